"""Take in what has arrived: stored whole and recorded before anyone reads it.

A source that cannot be reached is logged and tried at the next turn; the others go on. So they do
when a source gives something that we fail on: a person is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from domain.errors import (
    ListNotWhole,
    MalformedDocument,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import PacketForm, PacketKind, Settlement, WaitingPacket
from domain.facts import About, RawArrived
from domain.ids import RawId
from domain.kinds import RawChannel
from domain.state import RawState
from domain.status import RawStatus
from dondoc.app import App, ExchangeDoor
from dondoc.services.arrived import NOT_NOW, raw_id, record_arrival
from dondoc.services.collect_mail import collect_mail, never, nothing
from dondoc.services.reviews import guarded, tell_failed, waits
from dondoc.services.transmit import OUR_FAULT

log = structlog.get_logger(__name__)

_CHANNELS = {
    (PacketKind.DOCUMENT, PacketForm.EDXML): RawChannel.EXCHANGE_DOCUMENT,
    (PacketKind.DOCUMENT, PacketForm.BUNDLE): RawChannel.EXCHANGE_BUNDLE,
    (PacketKind.STATUS, PacketForm.EDXML): RawChannel.EXCHANGE_STATUS,
}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What asking for one packet gave: how much was new, and whether the exchange kept it."""

    new: int = 0
    withheld: bool = False


def collect(
    app: App,
    now: datetime,
    *,
    between: Callable[[], object] = nothing,
    pause: Callable[[], bool] = never,
) -> int:
    """Take in everything new and return how much there was; see ``collect_mail``."""
    taken = sum(_collect_door(app, door, now) for door in app.doors)
    return taken + collect_mail(app, now, between=between, pause=pause)


def _collect_door(app: App, door: ExchangeDoor, now: datetime) -> int:
    taken = 0
    for kind in door.kinds:
        work = partial(_take_kind, app, door, kind, now)
        taken += guarded(app, f"exchange {door.name}, {kind}", now, work) or 0
    return taken


def _take_kind(app: App, door: ExchangeDoor, kind: PacketKind, now: datetime) -> int:
    """Take each packet; one that is not given is skipped, several in a row end the round.

    The next round then begins behind them: what failed least often is tried first.
    """
    try:
        waiting = _waiting(app, door, kind, now)
    except NOT_NOW as error:
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
    except NOT_NOW as error:
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
    return record_arrival(app, fact, stored.digest, now)


def settle(door: ExchangeDoor, raw: RawState) -> None:
    """Tell its door what became of a packet once that is committed; harmless when it fails.

    A rehearsal leaves it on the list, for whoever does the work.
    """
    if raw.status is RawStatus.ARRIVED or door.rehearsal:
        return
    outcome = Settlement.DONE if raw.status is RawStatus.READ else Settlement.FAIL
    reason = raw.outcome if outcome is Settlement.FAIL else ""
    try:
        door.exchange.settle(raw.position, outcome, reason)
    except NOT_NOW as error:
        log.warning("packet_not_settled", raw=raw.raw, error=str(error))
