"""Documents that come by the exchange are answered with statuses 01 and 03 on the same day."""

from dataclasses import replace
from typing import Any

import pytest

from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.exchange import (
    Ability,
    ExchangeStatus,
    Organ,
    PacketKind,
    ResponseFor,
    StatusPacket,
)
from domain.facts import About
from domain.ids import OrganId
from domain.kinds import Answering, Decision, DispatchKind, ReplyKind, ReviewKind
from domain.status import AnswerStatus, RawStatus
from dondoc.services.answers import planned_answer
from dondoc.services.compiling import approve
from dondoc.services.quarantine import release
from dondoc.services.resolve import Resolution, resolve
from mappings.edxml.write import write_status
from tests.integration.services.answer_parts import (
    DAY,
    HOUR,
    OFFICE,
    REPORT,
    SO,
    UNPOINTED,
    answering,
    answers,
    codes,
    heard,
    of_others,
    reported,
    send,
    send_as,
)
from tests.integration.services.service_parts import (
    CAMPAIGN,
    NOTE,
    RULES,
    UNIT,
    YEN_SON,
    letter,
)
from tests.integration.services.service_parts import (
    SO as SO_OFFICE,
)
from tests.integration.services.service_world import World


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
        document_id=REPORT,
        promulgated_on=begun.now.date(),
    )
    assert arrived.description == "Đã đến: phần mềm đã nhận văn bản"
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2


# What is answered.


def test_a_document_that_the_exchange_goes_on_listing_is_answered_once(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["settle"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    assert [a.sent_at for a in answers(begun)] == [begun.now] * 2
    begun.turn(later=HOUR)
    assert len(heard(begun)) == 2


def test_a_document_that_is_delivered_twice_is_answered_once(begun: World) -> None:
    reported(begun)
    begun.turn()
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE), sent_at=begun.now + HOUR)
    begun.turn(later=HOUR)
    outcomes = [r.outcome for r in begun.raws().values() if r.status is RawStatus.READ]
    assert "known already" in outcomes
    assert (codes(begun), len(heard(begun))) == (["01", "03"], 2)


def test_other_words_under_one_document_id_are_read_and_answered_no_second_time(
    begun: World,
) -> None:
    reported(begun)
    begun.turn()
    reported(begun, subject="Kết quả thực hiện Nghị quyết số 47/NQ-CP (bổ sung)")
    begun.turn()
    assert len(begun.replies(YEN_SON)) == 2
    assert codes(begun) == ["01", "03"]


def test_a_report_that_waits_has_01_at_once_and_03_when_a_person_takes_it(begun: World) -> None:
    reported(begun, **UNPOINTED)
    begun.turn()
    came = begun.now
    assert codes(begun) == ["01"]
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    begun.now += 3 * HOUR
    accept = Resolution(decision=Decision.ACCEPT, by="Lan", counts_as=ReplyKind.REPORT)
    resolve(begun.app, review.review, accept, begun.now)
    begun.turn()
    arrived, registered = sorted(heard(begun), key=lambda s: s.code)
    assert (arrived.at, registered.at) == (came, begun.now)
    assert registered.response_for.document_id == REPORT
    assert answers(begun)[1].about == begun.assignment(YEN_SON).about


def test_what_a_person_rejects_is_not_registered(begun: World) -> None:
    reported(begun, **UNPOINTED)
    begun.turn()
    review = begun.review(ReviewKind.UNMATCHED_REPLY)
    resolve(begun.app, review.review, Resolution(decision=Decision.REJECT, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    assert codes(begun) == ["01"]


def test_a_reply_that_is_counted_as_another_kind_is_answered_no_second_time(begun: World) -> None:
    words = {"type_name": "Công văn", "subject": "Về việc thời hạn", "attachments": ()}
    reported(begun, content="Hạn báo cáo là ngày nào?", **words)
    begun.turn()
    assert codes(begun) == ["01", "03"]
    (review,) = begun.reviews()
    accept = Resolution(decision=Decision.ACCEPT, by="Lan", counts_as=ReplyKind.REPORT)
    resolve(begun.app, review.review, accept, begun.now)
    begun.turn(later=HOUR)
    assert codes(begun) == ["01", "03"]


def test_a_directive_of_a_higher_unit_is_answered(world: World) -> None:
    rules = replace(RULES, intake=replace(RULES.intake, issuers=()))
    world.change(campaigns={CAMPAIGN: rules})
    packet = replace(letter(), sender=Organ(organ_id=SO, name="Sở"), attachments=(NOTE,))
    send_as(world, packet)
    world.turn()
    assert codes(world) == ["01", "03"]
    assert {(a.target, a.campaign, a.office) for a in answers(world)} == {(SO, CAMPAIGN, None)}


def test_a_directive_that_is_known_already_is_registered_too(world: World) -> None:
    """It was taken while the e-office still answered for the unit."""
    packet = replace(letter(), sender=Organ(organ_id=SO, name="Sở"), attachments=(NOTE,))
    answering(world, Answering.OFF)
    send_as(world, packet)
    world.turn()
    answering(world, Answering.OURS)
    doc_id = send_as(world, replace(packet, sent_at=world.now + HOUR))
    world.turn(later=HOUR)
    assert world.raws()[doc_id].outcome == "directive known already"
    assert codes(world) == ["01", "03"]


def test_a_directive_that_is_held_has_01_only(world: World) -> None:
    packet = replace(
        letter(), sender=Organ(organ_id=SO, name="Sở"), attachments=(NOTE,), sphere="MẬT"
    )
    send_as(world, packet)
    world.turn()
    assert world.review(ReviewKind.SECRET).campaign == CAMPAIGN
    assert codes(world) == ["01"]


def test_our_own_e_office_is_not_answered(begun: World) -> None:
    assert begun.raws() != {}
    assert answers(begun) == []


def test_an_answer_to_the_result_is_registered(begun: World) -> None:
    reported(begun)
    begun.turn()
    begun.turn(to=begun.round().compile_at + DAY)
    approve(begun.app, CAMPAIGN, "2024", begun.now, by="Lan", number="88")
    begun.turn()
    result = begun.dispatch(SO_OFFICE, Channel.EXCHANGE, DispatchKind.COMPILATION)
    answered = (ResponseFor(organ_id=UNIT, document_id=result.document_id or ""),)
    send_as(begun, of_others(response_for=answered))
    begun.turn(later=HOUR)
    assert begun.review(ReviewKind.UNCLEAR_REPLY).office == SO_OFFICE
    assert [a.code for a in answers(begun) if a.target == SO] == ["01", "03"]


@pytest.mark.parametrize(
    ("rule", "expected"), [(Answering.OURS, []), (Answering.ALL, ["01"]), (Answering.OFF, [])]
)
def test_what_is_not_ours_is_answered_only_where_everything_is(
    begun: World, rule: Answering, expected: list[str]
) -> None:
    answering(begun, rule)
    send_as(begun, of_others())
    begun.turn(later=HOUR)
    assert codes(begun) == expected


def test_with_off_the_e_office_answers_for_the_unit(begun: World) -> None:
    answering(begun, Answering.OFF)
    reported(begun)
    begun.turn()
    assert begun.replies(YEN_SON) != []
    assert answers(begun) == []


@pytest.mark.parametrize(
    "members",
    [{"document_id": ""}, {"document_id": "  "}, {"sender": Organ(organ_id=OrganId(""))}],
)
def test_without_sender_or_document_id_nobody_can_be_answered(
    begun: World, members: dict[str, Any]
) -> None:
    answering(begun, Answering.ALL)
    send_as(begun, of_others(**members))
    begun.turn(later=HOUR)
    (raw,) = [r for r in begun.raws().values() if r.outcome == "no campaign takes it"]
    assert raw.status is RawStatus.READ
    assert answers(begun) == []


def test_a_door_that_cannot_send_answers_nothing(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(begun.exchange), "ABILITIES", frozenset({Ability.RECEIVE}))
    reported(begun)
    begun.turn()
    assert begun.replies(YEN_SON) != []
    assert answers(begun) == []


def test_a_status_is_never_answered(begun: World) -> None:
    answering(begun, Answering.ALL)
    begun.put_status(begun.dispatch(YEN_SON, Channel.EXCHANGE), "03")
    begun.turn(later=HOUR)
    assert answers(begun) == []


def test_unread_input_is_answered_once_it_has_been_read(begun: World) -> None:
    """Nobody answers what nobody can read; the exchange tells its sender that it failed."""
    doc_id = send(begun, b"no edXML at all")
    begun.turn(later=HOUR)
    assert begun.raws()[doc_id].status is RawStatus.QUARANTINED
    review = begun.review(ReviewKind.UNREADABLE)
    assert answers(begun) == []
    accept = Resolution(
        decision=Decision.ACCEPT, by="Lan", office=YEN_SON, counts_as=ReplyKind.REPORT
    )
    resolve(begun.app, review.review, accept, begun.now)
    begun.turn(later=HOUR)
    assert begun.replies(YEN_SON) != []
    assert answers(begun) == []


def test_a_bug_in_reading_delays_the_answer_until_the_release(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    doc_id = reported(begun)
    came = begun.now
    with monkeypatch.context() as broken:
        broken.setattr("dondoc.services.exchange_reply.words_of", None)
        begun.turn()
    assert answers(begun) == []
    release(begun.app, begun.raws()[doc_id].raw, "Lan", begun.now)
    begun.turn(later=DAY)
    arrived, registered = heard(begun)
    assert (arrived.at, registered.at) == (came, begun.now)


def test_what_a_person_counts_unread_is_answered_where_it_can_be_read_by_then(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(begun)
    with monkeypatch.context() as broken:
        broken.setattr("dondoc.services.exchange_reply.words_of", None)
        begun.turn()
    review = begun.review(ReviewKind.UNREADABLE)
    accept = Resolution(
        decision=Decision.ACCEPT, by="Lan", office=YEN_SON, counts_as=ReplyKind.REPORT
    )
    resolve(begun.app, review.review, accept, begun.now)
    begun.turn(later=HOUR)
    assert codes(begun) == ["01", "03"]


# The mechanism for requests to take back.


def test_a_request_to_take_back_is_answered_by_its_pointer(begun: World) -> None:
    pointer = ResponseFor(organ_id=OFFICE, code="15/BC-UBND", document_id=REPORT)
    asked = write_status(
        StatusPacket(
            sender=Organ(organ_id=OFFICE, name="xã"),
            response_for=replace(pointer, organ_id=UNIT),
            code="13",
        )
    )
    doc_id = send(begun, asked, PacketKind.STATUS)
    begun.turn()
    raw = begun.raws()[doc_id]
    status, about = ExchangeStatus.RECALL_AGREED, About(campaign=CAMPAIGN)

    def planned(again: str = "") -> int:
        events = planned_answer(
            begun.app, raw, pointer, status, begun.now, about=about, description="vâng", again=again
        )
        begun.app.ledger.append(events, recorded_at=begun.now)
        return len(events)

    assert [planned(), planned(), planned("2")] == [1, 0, 1]
    begun.turn()
    # The second one says the same in the same second: the exchange takes it for the first.
    (said,) = heard(begun)
    assert (said.code, said.description) == ("15", "vâng")
    assert said.response_for.document_id == REPORT
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2
