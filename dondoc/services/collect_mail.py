"""Take in the mail that has arrived: stored whole and recorded before anyone reads it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import BinaryIO

import structlog

from domain.content import pieces, whole
from domain.errors import NotAllowed, NotFound
from domain.facts import Event, MailboxRead, RawArrived
from domain.ids import Digest, RawId
from domain.kinds import RawChannel
from domain.mail import MailArrival, MailCursor, MailPosition
from domain.ports import EvidenceStore
from domain.state import CursorState, RawState
from dondoc.app import App, Inbox
from dondoc.services.arrived import NOT_NOW, raw_id, record_arrival
from dondoc.services.mail_leases import collected_here, note_reached
from dondoc.services.restored import folders_of
from dondoc.services.reviews import guarded

log = structlog.get_logger(__name__)

_TAKEN_TOGETHER = 200
"""Messages that are made durable at once: so many take a fraction of a second."""

_OCTETS_TOGETHER = 16 * 1024 * 1024
"""Messages are held in memory until they are durable."""

_PART = 400
"""Messages of one folder that are taken in before those are read."""


def nothing() -> None:
    """Do nothing between two parts of a mailbox."""


def never() -> bool:
    """Let nobody stop what is done."""
    return False


def raws_at(app: App, source: str, position: str) -> Iterator[RawState]:
    """Yield what was taken in from one place of a folder, oldest first.

    It is more than one where the server gave the same number to another message, as one does that
    restores a folder from a backup or makes it anew without saying so.
    """
    for number in count(1):
        known = app.ledger.get(RawState, (_numbered(source, position, number),))
        if known is None:
            return
        yield known


def _numbered(source: str, position: str, number: int) -> RawId:
    return raw_id(source, position if number == 1 else f"{position}#{number}")


def collect_mail(
    app: App,
    now: datetime,
    *,
    between: Callable[[], object] = nothing,
    pause: Callable[[], bool] = never,
) -> int:
    """Take in new mail of every folder and return how much there was.

    ``between`` is called where a full mailbox goes on: what was taken in until then can be read
    before the rest is, so that both cores have work and nothing waits for the whole mailbox.
    ``pause`` is asked wherever messages were made durable: true leaves the rest for another time.
    """
    taken = 0
    for inbox in collected_here(app, now):
        inbox.reach.answered = False
        for part in _parts_of_all(app, inbox, now, pause):
            taken += part
            if pause():
                return taken
            if part >= _PART:
                between()
        note_reached(app, inbox, inbox.reach.answered, now)
    return taken


def _parts_of_all(
    app: App, inbox: Inbox, now: datetime, pause: Callable[[], bool]
) -> Iterator[int]:
    for folder in folders_of(app, inbox, now):
        parts = _parts(app, inbox, folder, now, pause)
        work: Callable[[], int | None] = partial(next, parts, None)
        while (part := guarded(app, f"mail folder {inbox.name}/{folder}", now, work)) is not None:
            yield part


def _parts(
    app: App, inbox: Inbox, folder: str, now: datetime, pause: Callable[[], bool]
) -> Iterator[int]:
    """Take in a folder and yield after each part how much it was; the last may be none."""
    part = 0
    known = app.ledger.get(CursorState, (inbox.name, folder))
    recorded = reached = known.cursor if known else None
    try:
        for some in _in_batches(inbox.mailbox.arrivals(folder, recorded)):
            inbox.reach.answered = True
            for arrival, new in _take_mails(app, inbox, some, now):
                part += new
                inbox.taken[folder] = inbox.taken.get(folder, 0) + new
                reached = arrival.cursor or reached
                recorded = (arrival.cursor or recorded) if new else recorded
            if part >= _PART or pause():
                yield part
                part = 0
        inbox.heard[folder] = now
        inbox.reach.answered = True
    except NOT_NOW as error:
        log.warning("mailbox_unavailable", account=inbox.name, error=str(error))
    if reached is not None and reached != recorded:
        _note_reached(app, inbox, folder, reached, now)
    yield part


def _note_reached(app: App, inbox: Inbox, folder: str, reached: MailCursor, now: datetime) -> None:
    """Record how far a folder was read where all of it, from some place on, was known already."""
    fact = MailboxRead(account=inbox.name, place=folder, cursor=reached)
    source, key = inbox.source(folder), f"read {now.isoformat()}"
    event = Event(source=source, source_key=key, occurred_at=now, fact=fact)
    app.ledger.append([event], recorded_at=now)


def _in_batches(arrivals: Iterator[MailArrival]) -> Iterator[list[MailArrival]]:
    """Yield arrivals in lists that are stored and recorded together.

    What came before a mailbox failed is yielded before the failure is.
    """
    some: list[MailArrival] = []
    octets = 0
    try:
        for arrival in arrivals:
            some.append(arrival)
            octets += arrival.content.size
            if len(some) >= _TAKEN_TOGETHER or octets >= _OCTETS_TOGETHER:
                yield some
                some, octets = [], 0
    except NOT_NOW:
        if some:
            yield some
        raise
    if some:
        yield some


def _take_mails(
    app: App, inbox: Inbox, arrivals: Sequence[MailArrival], now: datetime
) -> list[tuple[MailArrival, int]]:
    """Store and record messages, durably when it returns; tell which ones were new."""
    # Before the ledger's block begins: nobody else can append while it lasts.
    with app.evidence.together() as evidence:
        kept = [(one, _kept(evidence, one)) for one in arrivals]
    with app.ledger.together() as ledger:
        together = replace(app, ledger=ledger)
        taken = [(*one, _take_mail(together, inbox, *one, now)) for one in kept]
    if app.ahead:
        app.ahead.offer((digest, one.content.size) for one, digest, new in taken if new)
    return [(one, new) for one, _, new in taken]


def _take_mail(app: App, inbox: Inbox, arrival: MailArrival, digest: Digest, now: datetime) -> int:
    """Record a stored message, unless this very one was taken in from this place before."""
    source = inbox.source(arrival.mailbox)
    known = tuple(raws_at(app, source, arrival.position))
    if any(raw.digest == digest for raw in known):
        return 0
    if known:
        log.warning("mail_place_reused", raw=known[0].raw, digest=digest)
    fact = RawArrived(
        raw=_numbered(source, arrival.position, len(known) + 1),
        channel=RawChannel.MAIL,
        account=inbox.name,
        place=arrival.mailbox,
        position=arrival.position,
        size=arrival.size,
        cursor=arrival.cursor or MailCursor(""),
    )
    return record_arrival(app, fact, digest, now)


def _kept(evidence: EvidenceStore, arrival: MailArrival) -> Digest:
    """Store a message; a large one goes from where it lies without standing whole in memory."""
    large = arrival.large
    if large is None:
        return evidence.put(arrival.raw)

    def write(into: BinaryIO) -> None:
        with large.open() as stream:
            for piece in pieces(stream):
                into.write(piece)

    return evidence.receive(write).digest


def header_only(raw: RawState, content: bytes) -> bool:
    """Tell whether the stored bytes are the header alone: too large, or not given by its server."""
    return raw.channel is RawChannel.MAIL and len(content) < raw.size


def fetch_again(app: App, raw: RawState) -> bytes:
    """Return a message whole of which only the header was taken, under the limit as it is now.

    Raises ``NotFound`` when the mailbox has it no more, ``NotAllowed`` when its account is not
    configured or the message is still too large, and what the mailbox raises.
    """
    inbox = app.inbox(raw.account)
    if inbox is None:
        raise NotAllowed(f"mail account {raw.account} is not configured; {raw.raw} lies there")
    found = inbox.mailbox.message(raw.place, MailPosition(raw.position))
    if found is None:
        raise NotFound(
            f"{raw.raw} lies in its mailbox no more, or the mailbox was renumbered and gives all "
            "mail anew; ask the office for the message, or count it with `dondoc review resolve`"
        )
    if found.oversize is not None:
        raise NotAllowed(
            f"{raw.raw} has {found.oversize} octets, still more than {inbox.limit}, or its "
            "mail server does not give it; raise `max_megabytes` of the mailbox or have the server "
            "mended, then release it again"
        )
    return whole(found.content)
