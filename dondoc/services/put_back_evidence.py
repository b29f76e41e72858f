"""Documents of the exchange that an older ledger does not know, taken in from the evidence.

The exchange does not give again what was settled. Where the evidence was not put back with the
ledger, the documents and status messages of the lost time still lie in it, and no event names them.
They were answered then, so no status message follows from them now.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import structlog

from domain.errors import EvidenceMissing, MalformedDocument
from domain.exchange import Packet, StatusPacket
from domain.facts import RawArrived
from domain.ids import Digest
from domain.kinds import RawChannel
from domain.state import DirectiveState, RawState
from dondoc.app import App
from dondoc.services.arrived import raw_id, record_arrival
from dondoc.services.doctor_evidence import contents
from dondoc.services.organs import same_organ
from dondoc.services.packets import packet_in
from mappings.edxml.identifiers import same_code

log = structlog.get_logger(__name__)

PLACE = "evidence"
"""The account of what is taken in from here: no door has it, so nothing is settled or answered."""

_BEGINNING = 4096
_OURS = 5
"""Version of the UUIDs that our own documents are named by."""


def take_from_evidence(app: App, now: datetime) -> int:
    """Record what lies in the evidence and is in no event as arrived; return how much it was."""
    named = _named(app)
    taken = 0
    for digest in app.evidence.digests():
        channel = None if digest in named else _channel(app, digest)
        raw = raw_id(PLACE, digest)
        if channel is None or app.ledger.get(RawState, (raw,)) is not None:
            continue
        fact = RawArrived(
            raw=raw,
            channel=channel,
            account=PLACE,
            place="",
            position=digest,
            size=app.evidence.content(digest).size,
        )
        taken += record_arrival(app, fact, digest, now)
    if taken:
        log.warning("evidence_taken_in", documents=taken)
    return taken


def _named(app: App) -> set[Digest]:
    def each() -> Iterator[Digest]:
        for recorded in app.ledger.events():
            yield from contents(recorded.event.fact)
            if recorded.event.evidence:
                yield recorded.event.evidence

    return set(each())


def _channel(app: App, digest: Digest) -> RawChannel | None:
    """Return how a content came by the exchange from another unit; None where it did not."""
    try:
        with app.evidence.content(digest).open() as stream:
            if b"edXML" not in stream.read(_BEGINNING):
                return None
        packet = packet_in(app, digest).packet
    except (EvidenceMissing, MalformedDocument):
        return None
    ours = same_organ(app, packet.sender.organ_id, app.unit.organ_id)
    if isinstance(packet, StatusPacket):
        return None if ours else RawChannel.EXCHANGE_STATUS
    known = ours and (_made_by_us(packet) or _is_taken(app, packet))
    return None if known else RawChannel.EXCHANGE_DOCUMENT


def _is_taken(app: App, packet: Packet) -> bool:
    """Tell whether it is of a directive that is taken; what we looked into lies here as well."""
    code = f"{packet.code_number}/{packet.code_notation}"
    taken = app.ledger.select(DirectiveState)
    return any(same_code(code, version.code) for one in taken for version in one.versions)


def _made_by_us(packet: Packet) -> bool:
    try:
        return UUID(packet.document_id).version == _OURS
    except ValueError:
        return False
