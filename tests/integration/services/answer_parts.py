"""What the tests of our own status messages have in common."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from domain.campaign import Channel
from domain.content import Inline, gathered
from domain.exchange import (
    Organ,
    Packet,
    PacketKind,
    StatusPacket,
)
from domain.ids import OrganId
from domain.kinds import Answering
from domain.state import AnswerState
from tests.edxml_files import read, written
from tests.integration.services.service_parts import (
    NOTE,
    UNIT,
    YEN_SON,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE, SO = OrganId("H37.99.1"), OrganId("H37.8")
REPORT = f"{OFFICE},2024/10/01,15/BC-UBND"
UNPOINTED = {"response_for": (), "subject": "Kết quả năm 2024", "attachments": (NOTE,)}
"""Members of a report that does not say what it answers: it waits for a person."""


def answers(world: World) -> list[AnswerState]:
    found = world.app.ledger.select(AnswerState)
    return sorted(found, key=lambda a: (a.planned_at, a.target, a.code))


def codes(world: World) -> list[str]:
    return [answer.code for answer in answers(world)]


def heard(world: World) -> list[StatusPacket]:
    """Return the statuses that lie on the exchange for the offices."""
    found = []
    for waiting in world.offices.waiting(PacketKind.STATUS):
        packet = read(gathered(partial(world.offices.fetch, waiting.doc_id))).packet
        assert isinstance(packet, StatusPacket)
        found.append(packet)
    return found


def send(world: World, content: bytes, kind: PacketKind = PacketKind.DOCUMENT) -> str:
    return world.offices.send(Inline(content), kind=kind, sender=OFFICE, receivers=[UNIT])


def of_others(**members: Any) -> Packet:  # those of Packet
    """Return a document that is no campaign's business, from a unit that is no recipient."""
    packet = Packet(
        sender=Organ(organ_id=SO, name="Sở Thông tin và Truyền thông"),
        receivers=(Organ(organ_id=UNIT),),
        document_id=f"{SO},2024/05/09,7/TB-STTTT",
        code_number="7",
        code_notation="TB-STTTT",
        subject="Thông báo lịch tiếp công dân",
        attachments=(NOTE,),
    )
    return replace(packet, **members)


def send_as(world: World, packet: Packet) -> str:
    sender = OrganId(packet.sender.organ_id or SO)
    return world.offices.send(
        Inline(written(packet)), kind=PacketKind.DOCUMENT, sender=sender, receivers=[UNIT]
    )


def answering(world: World, rule: Answering) -> None:
    door = world.app.exchange
    assert door is not None
    world.change(exchange=replace(door, answers=rule))


def reported(world: World, **members: Any) -> str:  # as put_answer's
    world.now += DAY
    return world.put_answer(world.dispatch(YEN_SON, Channel.EXCHANGE), **members)
