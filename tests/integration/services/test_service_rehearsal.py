"""A rehearsal tells nobody anything on the exchange, whatever there was to send on it."""

from dataclasses import replace

import pytest

from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.exchange import PacketKind
from domain.kinds import DispatchKind
from domain.status import AnswerStatus, DispatchStatus, RawStatus
from dondoc.services.doctor import examine_doors
from dondoc.services.recall import Order, take_back
from tests.integration.services.answer_parts import DAY, HOUR, answers, heard, of_others, send_as
from tests.integration.services.service_parts import Y_TE, YEN_SON
from tests.integration.services.service_world import World


def rehearsed(world: World) -> None:
    door = world.app.exchange
    assert door is not None
    world.change(exchange=replace(door, rehearsal=True))


@pytest.fixture
def begun_in_rehearsal(world: World) -> World:
    rehearsed(world)
    return world.began()


def test_no_document_leaves_and_each_letter_says_why(begun_in_rehearsal: World) -> None:
    world = begun_in_rehearsal
    letter = world.dispatch(YEN_SON, Channel.EXCHANGE)
    assert letter.status is DispatchStatus.DEFERRED
    assert "a rehearsal" in letter.detail
    assert world.offices.waiting(PacketKind.DOCUMENT) == []
    assert world.dispatch(YEN_SON, Channel.EMAIL).status is DispatchStatus.ACCEPTED


def test_nobody_is_asked_on_the_exchange_to_give_back_what_went_before(begun: World) -> None:
    rehearsed(begun)
    order = Order(offices=(Y_TE,), round=None, reason="ban hành nhầm", by="Lan")
    take_back(begun.app, "nq47", order, begun.now)
    begun.turn(later=HOUR)
    request = begun.dispatch(Y_TE, Channel.EXCHANGE, DispatchKind.RECALL)
    assert request.status is DispatchStatus.DEFERRED
    assert heard(begun) == []


def test_what_comes_is_read_but_neither_answered_nor_taken_off_the_list(begun: World) -> None:
    rehearsed(begun)
    send_as(begun, of_others())
    begun.put_answer(begun.dispatch(Y_TE, Channel.EXCHANGE))
    begun.turn(later=DAY)
    waiting = [packet.doc_id for packet in begun.exchange.waiting(PacketKind.DOCUMENT)]
    assert [begun.raws()[doc_id].status for doc_id in waiting] == [RawStatus.READ] * 2
    assert answers(begun) == []
    assert heard(begun) == []
    assert len(begun.replies(Y_TE)) == 1


def test_an_answer_that_was_planned_before_is_held(begun: World) -> None:
    begun.put_answer(begun.dispatch(Y_TE, Channel.EXCHANGE))
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn(later=DAY)
    rehearsed(begun)
    begun.turn(later=HOUR)
    assert heard(begun) == []
    arrived, registered = answers(begun)
    assert "a rehearsal" in arrived.detail
    assert {arrived.status, registered.status} == {AnswerStatus.DEFERRED, AnswerStatus.PLANNED}


def test_the_doctor_says_that_the_exchange_is_rehearsed(begun_in_rehearsal: World) -> None:
    (check,) = [
        c
        for c in examine_doors(begun_in_rehearsal.app, begun_in_rehearsal.now)
        if c.name == "exchange"
    ]
    assert "REHEARSAL: nothing is sent on it" in check.what
