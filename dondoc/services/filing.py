"""Put mail that was read out of the way in its mailbox: moved or flagged, as configured.

It comes after the reading was committed, and nothing depends on it: where it fails it is tried
again at the next turn. What is to be put away is asked of the mailbox and of the ledger each time,
so there is nothing to remember. What was set aside unread stays where people look for it.
"""

from datetime import datetime
from functools import partial

import structlog

from domain.errors import ConfigError, PeerRefused, PeerUnavailable
from domain.ports import MailFiling
from domain.state import CursorState, RawState
from domain.status import RawStatus
from dondoc.app import App, Inbox
from dondoc.services.collect import raw_id
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
            filing.file(folder, some)
            filed += len(some)
    except (PeerUnavailable, PeerRefused, ConfigError) as error:
        log.warning("mail_not_filed", account=inbox.name, error=str(error))
    return filed


def _was_read(app: App, source: str, place: str) -> bool:
    raw = app.ledger.get(RawState, (raw_id(source, place),))
    return raw is not None and raw.status is RawStatus.READ
