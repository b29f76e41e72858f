"""Put mail that was read out of the way in its mailbox: moved or flagged, as configured.

It comes after the reading was committed, and nothing depends on it: where it fails it is tried
again at the next turn. What is to be put away is asked of the mailbox and of the ledger each time,
so there is nothing to remember. Where a mailbox was restored or made anew, a place may hold another
message than the one that was read, so headers are compared before. What was set aside unread stays
where people look for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog

from domain.errors import ConfigError, EvidenceMissing, PeerRefused, PeerUnavailable
from domain.mail import MailPosition
from domain.ports import MailFiling
from domain.state import CursorState, RawState
from domain.status import RawStatus
from dondoc.app import App, Inbox
from dondoc.services.collect_mail import raws_at
from dondoc.services.reviews import guarded

log = structlog.get_logger(__name__)

_AT_ONCE = 100


def file_read(app: App, now: datetime) -> int:
    """Move or flag what was read of every mail account that asks for it; return how much."""
    filed = 0
    for inbox in app.inboxes:
        if inbox.filing:
            for folder in inbox.folders:
                work = partial(_file_folder, app, inbox, inbox.filing, folder)
                filed += guarded(app, f"filing {inbox.name}/{folder}", now, work) or 0
    return filed


def _file_folder(app: App, inbox: Inbox, filing: MailFiling, folder: str) -> int:
    known = app.ledger.get(CursorState, (inbox.name, folder))
    if known is None:
        return 0
    filed = 0
    try:
        source = inbox.source(folder)
        places = [
            place for place in filing.unfiled(folder, known.cursor) if _was_read(app, source, place)
        ]
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            same = _still_there(app, source, some, filing.headers(folder, some))
            if same:
                filing.file(folder, same)
            filed += len(same)
    except (PeerUnavailable, PeerRefused, ConfigError) as error:
        log.warning("mail_not_filed", account=inbox.name, error=str(error))
    return filed


def _was_read(app: App, source: str, place: str) -> bool:
    return any(raw.status is RawStatus.READ for raw in raws_at(app, source, place))


def _still_there(
    app: App, source: str, places: Sequence[MailPosition], headers: Mapping[MailPosition, bytes]
) -> list[MailPosition]:
    """Return the places whose message is one that was read, and none that waits to be."""
    return [
        place
        for place in places
        if place in headers and _all_read(app, raws_at(app, source, place), headers[place])
    ]


def _all_read(app: App, raws: Iterable[RawState], header: bytes) -> bool:
    statuses = {raw.status for raw in raws if _begins(app, raw, header)}
    return statuses == {RawStatus.READ}


def _begins(app: App, raw: RawState, header: bytes) -> bool:
    try:
        with app.evidence.content(raw.digest).open() as stream:
            # Servers differ in whether the empty line that ends a header belongs to it.
            return stream.read(len(header)).rstrip() == header.rstrip() != b""
    except EvidenceMissing:
        return False
