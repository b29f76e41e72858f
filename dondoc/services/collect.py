"""Take in what has arrived: stored whole and recorded before anyone reads it.

A source that cannot be reached is logged and tried at the next turn; the others go on.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import structlog

from domain.errors import (
    ConfigError,
    DuplicateEvent,
    NotAllowed,
    NotFound,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import Ability, PacketForm, PacketKind, Settlement, WaitingPacket
from domain.facts import About, Event, RawArrived
from domain.ids import Digest, RawId
from domain.kinds import RawChannel
from domain.mail import MailArrival, MailPosition
from domain.state import CursorState, RawState
from domain.status import RawStatus
from dondoc.app import App, ExchangeDoor, MailDoor
from dondoc.services.reviews import tell_failed, waits
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

_FAILURES_IN_A_ROW = 3

_REFUSED = (
    "the packet was not taken in and stays where it is; ask its sender, or mend the cause "
    "(`max_megabytes` for a large one) and resolve this: it is then fetched again"
)

_NOT_NOW = (PeerUnavailable, PeerRefused, ConfigError)
"""What one source may fail with, a secret that cannot be read included; the others go on."""


def collect(app: App, now: datetime) -> int:
    """Take in everything new and return how much there was."""
    return sum(_collect_door(app, door, now) for door in app.doors) + _collect_mail(app, now)


def raw_id(source: str, source_key: str) -> RawId:
    """Return the identifier of raw input from its source and the key within it."""
    return RawId(f"{source}|{source_key}")


def _collect_mail(app: App, now: datetime) -> int:
    if app.mail is None:
        return 0
    taken = 0
    for folder in app.mail.folders:
        try:
            for arrival in _arrivals(app, app.mail, folder):
                taken += _take_mail(app, app.mail, arrival, now)
        except _NOT_NOW as error:
            log.warning("mailbox_unavailable", account=app.mail.name, error=str(error))
    return taken


def _arrivals(app: App, door: MailDoor, folder: str) -> Iterator[MailArrival]:
    cursor = app.ledger.get(CursorState, (door.name, folder))
    after = MailPosition(uid_validity=cursor.validity, uid=cursor.uid) if cursor else None
    return door.mailbox.arrivals(folder, after)


def _take_mail(app: App, door: MailDoor, arrival: MailArrival, now: datetime) -> int:
    position = f"{arrival.position.uid_validity}:{arrival.position.uid}"
    fact = RawArrived(
        raw=raw_id(f"imap:{door.name}/{arrival.mailbox}", position),
        channel=RawChannel.MAIL,
        account=door.name,
        place=arrival.mailbox,
        position=position,
        size=arrival.oversize or len(arrival.raw),
    )
    return _record(app, fact, app.evidence.put(arrival.raw), now)


def header_only(raw: RawState, content: bytes) -> bool:
    """Tell whether the stored bytes are the header alone of a message over the mailbox's limit."""
    return raw.channel is RawChannel.MAIL and len(content) < raw.size


def fetch_again(app: App, raw: RawState) -> bytes:
    """Return a message whole of which only the header was taken, under the limit as it is now.

    Raises ``NotFound`` when the mailbox has it no more, ``NotAllowed`` when its account is not
    configured or the message is still too large, and what the mailbox raises.
    """
    door = app.mail
    if door is None or door.name != raw.account:
        raise NotAllowed(f"mail account {raw.account} is not configured; {raw.raw} lies there")
    validity, uid = map(int, raw.position.split(":"))
    position = MailPosition(uid_validity=validity, uid=uid)
    found = door.mailbox.message(raw.place, position)
    if found is None:
        raise NotFound(
            f"{raw.raw} lies in its mailbox no more, or the mailbox was renumbered and gives all "
            "mail anew; ask the office for the message, or count it with `dondoc review resolve`"
        )
    if found.oversize is not None:
        raise NotAllowed(
            f"{raw.raw} has {found.oversize} octets, still more than the mailbox's limit; raise "
            "`max_megabytes` of the mailbox, then release it again"
        )
    return found.raw


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
        if ability not in door.exchange.abilities:
            continue
        try:
            waiting = door.exchange.waiting(kind)
        except _NOT_NOW as error:
            log.warning("exchange_unavailable", account=door.name, error=str(error))
            continue
        taken += _take_packets(app, door, waiting, now)
    return taken


def _take_packets(app: App, door: ExchangeDoor, waiting: list[WaitingPacket], now: datetime) -> int:
    """Take each packet; one that is not given is skipped, several in a row end the round."""
    taken = failures = 0
    for packet in waiting:
        try:
            taken += _take_packet(app, door, packet, now)
            failures = 0
        except _NOT_NOW as error:
            log.warning("packet_not_given", doc_id=packet.doc_id, error=str(error))
            failures += 1
            if failures >= _FAILURES_IN_A_ROW:
                break
    return taken


def _take_packet(app: App, door: ExchangeDoor, waiting: WaitingPacket, now: datetime) -> int:
    """Fetch a packet that is new; settle one whose reading was committed before a crash."""
    raw = raw_id(f"exchange:{door.name}", f"{waiting.kind}:{waiting.doc_id}")
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
