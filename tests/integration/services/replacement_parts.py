"""The issuer's replacement of the letter, and what Dondoc made of it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from domain.campaign import Channel
from domain.exchange import Business, Packet
from domain.ids import OfficeId
from domain.kinds import DispatchKind
from domain.state import DirectiveState, DispatchState
from tests.edxml_files import attached, read, written
from tests.integration.services.service_parts import (
    NOTE,
    letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
ANNEX = attached("phu-luc.txt", b"Phu luc.", "text/plain")
REPLACEMENT = DispatchKind.REPLACEMENT


def document(**members: Any) -> bytes:
    """The issuer's replacement of the letter: another number, another day, one file more."""
    given: dict[str, Any] = {
        "document_id": "H37.20,2024/06/03,600/UBND-VH",
        "code_number": "600",
        "promulgated_on": date(2024, 6, 3),
        "attachments": (NOTE, ANNEX),
        "business": Business.REPLACEMENT,
        "business_reason": "điều chỉnh nội dung",
        "business_document_id": letter().document_id,
    } | members
    return written(replace(letter(), **given))


def directive(world: World) -> DirectiveState:
    found = world.app.ledger.get(DirectiveState, ("nq47",))
    assert found is not None
    return found


def sent(world: World, office: OfficeId, channel: Channel) -> list[DispatchState]:
    return world.dispatches(office, channel, REPLACEMENT)


def packet_of(world: World, dispatch: DispatchState) -> Packet:
    packet = read(world.app.evidence.get(dispatch.content)).packet
    assert isinstance(packet, Packet)
    return packet
