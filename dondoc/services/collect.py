"""Take in what has arrived: stored whole and recorded before anyone reads it.

A source that cannot be reached is logged and tried at the next turn; the others go on. So they do
when a source gives something that we fail on: a person is told.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import BinaryIO

import structlog

from domain.content import pieces, whole
from domain.errors import (
    ConfigError,
    DuplicateEvent,
    ListNotWhole,
    MalformedDocument,
    NotAllowed,
    NotFound,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import Ability, PacketForm, PacketKind, Settlement, WaitingPacket
from domain.facts import About, Event, MailboxRead, RawArrived
from domain.ids import Digest, RawId
from domain.kinds import RawChannel
from domain.mail import MailArrival, MailCursor, MailPosition
from domain.state import CursorState, RawState
from domain.status import RawStatus
from dondoc.app import App, ExchangeDoor, Inbox
from dondoc.services.reviews import guarded, tell_failed, waits
from dondoc.services.transmit import OUR_FAULT

log = structlog.get_logger(__name__)

_OFFERED = {
    PacketKind.DOCUMENT: Ability.RECEIVE,
    PacketKind.STATUS: Ability.STATUSES,
}
"""What a door must be able to do before it is asked for packets of a kind."""

_CHANNELS = {
    (PacketKind.DOCUMENT, PacketForm.EDXML): RawChannel.EXCHANGE_DOCUMENT,
    (PacketKind.DOCUMENT, PacketForm.BUNDLE): RawChannel.EXCHANGE_BUNDLE,
    (PacketKind.STATUS, PacketForm.EDXML): RawChannel.EXCHANGE_STATUS,
}

_TAKEN_TOGETHER = 200
"""Messages that are made durable at once: so many take a fraction of a second."""

_OCTETS_TOGETHER = 16 * 1024 * 1024
"""Messages are held in memory until they are durable."""

_PART = 400
"""Messages of one folder that are taken in before those are read."""

_FAILURES_IN_A_ROW = 3

_TURNS_UNTIL_TOLD = 50
"""Well over what a restart of the exchange takes, and so few that ours does not start it anew for
ever: the count ends with the process."""

_REFUSED = (
    "the packet was not taken in and stays where it is; ask its sender, or mend the cause "
    "(`max_megabytes` for a large one) and resolve this: it is then fetched again"
)

_WITHHELD = (
    f"it was asked for in {_TURNS_UNTIL_TOLD} turns, and others no longer wait behind it; ask the "
    "operator of the exchange, or its sender to send it again"
)

_TURNS_NOT_WHOLE = 5
"""Turns in a row with a list that lacks something: what is missing in it is not taken at all."""

_LACKING = (
    f"that was so in {_TURNS_NOT_WHOLE} turns; what it does give is taken, the rest is not: ask "
    "the operator of the exchange, who can see what waits for us there"
)

_NOT_NOW = (PeerUnavailable, PeerRefused, ConfigError)
"""What one source may fail with, a secret that cannot be read included; the others go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What asking for one packet gave: how much was new, and whether the exchange kept it."""

    new: int = 0
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """How many messages of a folder were taken in, and whether more may wait there."""

    taken: int = 0
    more: bool = False


def _nothing() -> None:
    pass


def collect(app: App, now: datetime, *, between: Callable[[], object] = _nothing) -> int:
    """Take in everything new and return how much there was; see ``collect_mail``."""
    taken = sum(_collect_door(app, door, now) for door in app.doors)
    return taken + collect_mail(app, now, between=between)


def raw_id(source: str, source_key: str) -> RawId:
    """Return the identifier of raw input from its source and the key within it."""
    return RawId(f"{source}|{source_key}")


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


def collect_mail(app: App, now: datetime, *, between: Callable[[], object] = _nothing) -> int:
    """Take in new mail of every folder and return how much there was.

    ``between`` is called where a full mailbox goes on: what was taken in until then can be read
    before the rest is, so that both cores have work and nothing waits for the whole mailbox.
    """
    taken = 0
    for inbox in app.inboxes:
        for folder in inbox.folders:
            work = partial(_take_part, app, inbox, folder, now)
            more = True
            while more:
                part = guarded(app, f"mail folder {inbox.name}/{folder}", now, work) or _Part()
                taken += part.taken
                more = part.more
                if more:
                    between()
    return taken


def _take_part(app: App, inbox: Inbox, folder: str, now: datetime) -> _Part:
    taken = 0
    known = app.ledger.get(CursorState, (inbox.name, folder))
    recorded = reached = known.cursor if known else None
    more = False
    try:
        for some in _in_batches(inbox.mailbox.arrivals(folder, recorded)):
            for arrival, new in _take_mails(app, inbox, some, now):
                taken += new
                reached = arrival.cursor or reached
                recorded = (arrival.cursor or recorded) if new else recorded
            more = taken >= _PART
            if more:
                break
        else:
            inbox.heard[folder] = now
    except _NOT_NOW as error:
        log.warning("mailbox_unavailable", account=inbox.name, error=str(error))
    if reached is not None and reached != recorded:
        _note_reached(app, inbox, folder, reached, now)
    inbox.taken[folder] = inbox.taken.get(folder, 0) + taken
    return _Part(taken=taken, more=more)


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
    except _NOT_NOW:
        if some:
            yield some
        raise
    if some:
        yield some


def _take_mails(
    app: App, inbox: Inbox, arrivals: Sequence[MailArrival], now: datetime
) -> list[tuple[MailArrival, int]]:
    """Store and record messages, durably when it returns; tell which ones were new."""
    with app.ledger.together() as ledger, app.evidence.together() as evidence:
        together = replace(app, ledger=ledger, evidence=evidence)
        taken = [(one, *_take_mail(together, inbox, one, now)) for one in arrivals]
    if app.ahead:
        app.ahead.offer((digest, one.content.size) for one, digest, new in taken if new)
    return [(one, new) for one, _, new in taken]


def _take_mail(app: App, inbox: Inbox, arrival: MailArrival, now: datetime) -> tuple[Digest, int]:
    """Store and record a message, unless this very one was taken in from this place before."""
    source = inbox.source(arrival.mailbox)
    digest = _kept(app, arrival)
    known = tuple(raws_at(app, source, arrival.position))
    if any(raw.digest == digest for raw in known):
        return digest, 0
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
    return digest, _record(app, fact, digest, now)


def _kept(app: App, arrival: MailArrival) -> Digest:
    """Store a message; a large one goes from where it lies without standing whole in memory."""
    large = arrival.large
    if large is None:
        return app.evidence.put(arrival.raw)

    def write(into: BinaryIO) -> None:
        with large.open() as stream:
            for piece in pieces(stream):
                into.write(piece)

    return app.evidence.receive(write).digest


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
            f"{raw.raw} has {found.oversize} octets, still more than the mailbox's limit, or its "
            "mail server does not give it; raise `max_megabytes` of the mailbox or have the server "
            "mended, then release it again"
        )
    return whole(found.content)


def _record(app: App, fact: RawArrived, digest: Digest, now: datetime) -> int:
    source, _, key = fact.raw.rpartition("|")
    event = Event(source=source, source_key=key, occurred_at=now, fact=fact, evidence=digest)
    try:
        app.ledger.append([event], recorded_at=now)
    except DuplicateEvent:
        return 0
    return 1


def _collect_door(app: App, door: ExchangeDoor, now: datetime) -> int:
    taken = 0
    for kind, ability in _OFFERED.items():
        if ability in door.exchange.abilities:
            work = partial(_take_kind, app, door, kind, now)
            taken += guarded(app, f"exchange {door.name}, {kind}", now, work) or 0
    return taken


def _take_kind(app: App, door: ExchangeDoor, kind: PacketKind, now: datetime) -> int:
    """Take each packet; one that is not given is skipped, several in a row end the round.

    The next round then begins behind them: what failed least often is tried first.
    """
    try:
        waiting = _waiting(app, door, kind, now)
    except _NOT_NOW as error:
        log.warning("exchange_unavailable", account=door.name, error=str(error))
        return 0
    taken = failures = 0
    for packet in sorted(waiting, key=lambda one: door.not_given.get(_raw_of(door, one), 0)):
        work = partial(_asked, app, door, packet, now)
        given = guarded(app, f"packet {_raw_of(door, packet)}", now, work) or _Asked()
        taken += given.new
        failures = failures + 1 if given.withheld else 0
        if failures >= _FAILURES_IN_A_ROW:
            break
    return taken


def _waiting(
    app: App, door: ExchangeDoor, kind: PacketKind, now: datetime
) -> Sequence[WaitingPacket]:
    """Return what waits; of a list that is not whole, what it has, and count that turn."""
    try:
        found = door.exchange.waiting(kind)
    except ListNotWhole as error:
        log.warning("exchange_list_not_whole", account=door.name, kind=kind, error=str(error))
        times = door.not_whole[kind] = door.not_whole.get(kind, 0) + 1
        if times == _TURNS_NOT_WHOLE:
            cause = f"exchange {door.name}, list of {kind} not whole"
            tell_failed(app, cause, About(), f"{error}; {_LACKING}", now)
        return error.rows
    door.heard[kind] = now
    door.not_whole.pop(kind, None)
    return found


def _raw_of(door: ExchangeDoor, packet: WaitingPacket) -> RawId:
    return raw_id(f"exchange:{door.name}", f"{packet.kind}:{packet.doc_id}")


def _asked(app: App, door: ExchangeDoor, packet: WaitingPacket, now: datetime) -> _Asked:
    raw = _raw_of(door, packet)
    try:
        new = _take_packet(app, door, packet, raw, now)
    except _NOT_NOW as error:
        log.warning("packet_not_given", doc_id=packet.doc_id, error=str(error))
        if isinstance(error, PeerUnavailable):
            _not_given(app, door, raw, error, now)
        return _Asked(withheld=True)
    door.not_given.pop(raw, None)
    return _Asked(new=new)


def _not_given(
    app: App, door: ExchangeDoor, raw: RawId, error: PeerUnavailable, now: datetime
) -> None:
    """Count a turn without this packet; after many a person is told, and it is tried on."""
    times = door.not_given.get(raw, 0) + 1
    door.not_given[raw] = times
    if times >= _TURNS_UNTIL_TOLD:
        tell_failed(app, f"{raw} not given", About(), f"{raw}: {error}; {_WITHHELD}", now)


def _take_packet(
    app: App, door: ExchangeDoor, waiting: WaitingPacket, raw: RawId, now: datetime
) -> int:
    """Fetch a packet that is new; settle one whose reading was committed before a crash."""
    if not waiting.doc_id.isprintable():
        raise MalformedDocument("the packet's doc_id", "it has characters that no identifier has")
    known = app.ledger.get(RawState, (raw,))
    if known is not None:
        settle(door, known)
        return 0
    if waits(app, raw):
        return 0
    try:
        stored = app.evidence.receive(partial(door.exchange.fetch, waiting.doc_id))
    except PeerRefused as error:
        if error.code in OUR_FAULT:
            raise
        log.warning("packet_refused", doc_id=waiting.doc_id, code=error.code)
        tell_failed(app, raw, About(), f"{error}; {_REFUSED}", now)
        return 0
    fact = RawArrived(
        raw=raw,
        channel=_CHANNELS[waiting.kind, waiting.form],
        account=door.name,
        place=door.name,
        position=waiting.doc_id,
        size=stored.size,
    )
    return _record(app, fact, stored.digest, now)


def settle(door: ExchangeDoor, raw: RawState) -> None:
    """Tell its door what became of a packet once that is committed; harmless when it fails."""
    if raw.status is RawStatus.ARRIVED:
        return
    outcome = Settlement.DONE if raw.status is RawStatus.READ else Settlement.FAIL
    reason = raw.outcome if outcome is Settlement.FAIL else ""
    try:
        door.exchange.settle(raw.position, outcome, reason)
    except _NOT_NOW as error:
        log.warning("packet_not_settled", raw=raw.raw, error=str(error))
