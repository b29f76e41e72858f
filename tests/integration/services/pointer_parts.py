"""What the tests of answers share that name our letter, or do not."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.campaign import Channel
from domain.exchange import Organ, PacketKind, ResponseFor, Settlement, StatusPacket
from domain.ids import OfficeId, OrganId
from domain.state import DirectiveState, DispatchState
from mappings.edxml.write import write_status
from tests.edxml_files import attached
from tests.integration.services.service_parts import YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
CODE = "512/UBND-VH"
UNKNOWN = "6d0f7f1c-0000-4000-8000-000000000000"
_TEXT = "UBND XÃ YÊN SƠN\nSố: 15/BC-UBND\nBÁO CÁO\nKết quả thực hiện năm 2024\n"
SILENT: Mapping[str, Any] = {  # members of a Packet
    "subject": "Kết quả thực hiện năm 2024",
    "attachments": (attached("15_BC-UBND.txt", (_TEXT + "Đã làm. " * 40).encode()),),
}
"""A report that says nothing of what it is about."""


def yen_son(world: World) -> DispatchState:
    return world.dispatch(YEN_SON, Channel.EXCHANGE)


def directive_id(world: World) -> str:
    (directive,) = world.app.ledger.select(DirectiveState)
    return directive.document_id


def answered(world: World, answer: ResponseFor | None, **members: Any) -> str:  # as put_answer's
    answers = () if answer is None else (answer,)
    doc_id = world.put_answer(yen_son(world), response_for=answers, **members)
    world.turn(later=HOUR)
    assert world.exchange.settled[doc_id] is Settlement.DONE
    return world.raws()[doc_id].outcome


def put_status(
    world: World, office: OfficeId, code: str, answer: ResponseFor, at: datetime | None = None
) -> str:
    packet = StatusPacket(
        sender=Organ(organ_id=world.office(office).organ_id or OrganId(""), name="đơn vị nhận"),
        response_for=answer,
        code=code,
        at=at or world.now,
    )
    doc_id = world._from_office(write_status(packet), PacketKind.STATUS)
    world.turn(later=HOUR)
    return world.raws()[doc_id].outcome
