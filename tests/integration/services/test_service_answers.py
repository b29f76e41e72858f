"""Documents that come by the exchange are answered with statuses 01 and 03 on the same day."""

from datetime import timedelta
from functools import partial

from domain.campaign import Channel
from domain.content import Inline, gathered
from domain.exchange import (
    Organ,
    Packet,
    PacketKind,
    ResponseFor,
    StatusPacket,
)
from domain.ids import OrganId
from domain.state import AnswerState
from domain.status import AnswerStatus
from tests.edxml_files import read, written
from tests.integration.services.service_parts import UNIT, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OFFICE = OrganId("H37.99.1")


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


def stranger(**members: object) -> bytes:
    """Return a document of a unit that nobody knows, about something else."""
    packet = Packet(
        sender=Organ(organ_id=OFFICE, name="UBND xã Yên Sơn"),
        receivers=(Organ(organ_id=UNIT),),
        document_id=f"{OFFICE},2024/05/09,7/TB-UBND",
        code_number="7",
        code_notation="TB-UBND",
        subject="Thông báo lịch tiếp công dân",
    )
    return written(packet)


def send(world: World, content: bytes, kind: PacketKind = PacketKind.DOCUMENT) -> str:
    return world.offices.send(Inline(content), kind=kind, sender=OFFICE, receivers=[UNIT])


def reported(world: World) -> None:
    world.now += DAY
    world.put_answer(world.dispatch(YEN_SON, Channel.EXCHANGE))


def test_a_report_is_answered_with_01_and_03_in_the_turn_that_read_it(begun: World) -> None:
    reported(begun)
    begun.turn()
    arrived, registered = heard(begun)
    assert (arrived.code, registered.code) == ("01", "03")
    assert arrived.sender == begun.app.unit
    assert arrived.at == registered.at == begun.now
    assert arrived.response_for == ResponseFor(
        organ_id=OFFICE,
        code="15/BC-UBND",
        document_id=f"{OFFICE},2024/10/01,15/BC-UBND",
        promulgated_on=begun.now.date(),
    )
    assert arrived.description == "Đã đến: phần mềm đã nhận văn bản"
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2
