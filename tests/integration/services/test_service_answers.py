"""Documents that come by the exchange are answered with statuses 01 and 03 on the same day."""

from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest

from connector.store.memory import MemoryEvidence
from domain.campaign import Channel
from domain.content import Inline, gathered
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.exchange import (
    Ability,
    ExchangeStatus,
    Organ,
    Packet,
    PacketKind,
    ResponseFor,
    StatusPacket,
)
from domain.facts import About
from domain.ids import Digest, OrganId
from domain.kinds import Answering, Decision, DispatchKind, ReplyKind, ReviewKind
from domain.state import AnswerState
from domain.status import AnswerStatus, RawStatus
from dondoc.services.answers import planned_answer
from dondoc.services.compiling import approve
from dondoc.services.quarantine import release
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.status import campaign_status
from dondoc.services.turn import intents
from dondoc.views.intents import intent_views
from mappings.edxml.write import write_status
from schedulers.calendar import at_local
from tests.edxml_files import read, written
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
        broken.setattr("dondoc.services.exchange_reply.judge", None)
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
        broken.setattr("dondoc.services.exchange_reply.judge", None)
        begun.turn()
    review = begun.review(ReviewKind.UNREADABLE)
    accept = Resolution(
        decision=Decision.ACCEPT, by="Lan", office=YEN_SON, counts_as=ReplyKind.REPORT
    )
    resolve(begun.app, review.review, accept, begun.now)
    begun.turn(later=HOUR)
    assert codes(begun) == ["01", "03"]


# How they leave.


def test_a_broken_connection_is_repeated_with_the_same_bytes(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["answer"] = DeliveryUnknown("exchange", "connection reset")
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.DEFERRED] * 2
    assert len(heard(begun)) == 2
    begun.exchange.errors.clear()
    begun.turn(later=HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2
    assert len(heard(begun)) == 2


def test_a_door_that_fails_rests_and_everything_leaves_when_it_is_up(begun: World) -> None:
    """The exchange is away all day: a person is told once, after office hours."""
    answering(begun, Answering.ALL)
    begun.now = at_local(date(2024, 5, 13), time(8, 0))
    for number in range(5):
        send_as(begun, of_others(document_id=f"{SO},2024/05/13,{number}"))
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    assert [a.attempts for a in answers(begun)].count(1) == 3
    while begun.now < at_local(date(2024, 5, 13), time(17, 0)):
        assert begun.reviews(ReviewKind.FAILED) == []
        begun.turn(later=HOUR)
    for _ in range(3):
        begun.turn(later=HOUR)
    review = begun.review(ReviewKind.FAILED)
    assert "5 status message(s) due by the end of 2024-05-13 have not left" in review.reason
    assert "no route" in review.reason
    resolve(begun.app, review.review, Resolution(decision=Decision.NOTED, by="Lan"), begun.now)
    begun.turn(later=HOUR)
    assert begun.reviews(ReviewKind.FAILED) == []
    begun.exchange.errors.clear()
    begun.turn(later=6 * HOUR)
    assert {a.status for a in answers(begun)} == {AnswerStatus.SENT}
    assert len(heard(begun)) == 5


def test_our_own_account_is_no_fault_of_the_answer(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerRefused("exchange", "19", "not registered")
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.DEFERRED] * 2
    assert begun.reviews() == []


def test_a_refusal_is_told_and_not_repeated(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerRefused("exchange", "18", "no such unit")
    begun.turn()
    begun.exchange.errors.clear()
    begun.turn(later=DAY)
    assert [a.status for a in answers(begun)] == [AnswerStatus.REFUSED] * 2
    reasons = sorted(r.reason for r in begun.reviews(ReviewKind.FAILED))
    assert [r.partition(" did not")[0] for r in reasons] == [
        f"status {code} about document {REPORT}" for code in ("01", "03")
    ]
    assert all("answer it in the e-office" in r for r in reasons)
    assert begun.reminders(YEN_SON) == []


def test_after_five_days_of_trying_it_is_given_up(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    for _ in range(24):
        begun.turn(later=6 * HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.REFUSED] * 2
    told = [r.reason for r in begun.reviews(ReviewKind.FAILED) if "given up" in r.reason]
    assert len(told) == 2
    assert "given up after 5 days" in told[0]


def test_a_stop_of_the_daemon_gives_nothing_up(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    begun.turn(later=timedelta(days=30))
    assert [a.status for a in answers(begun)] == [AnswerStatus.DEFERRED] * 2


def test_a_lost_file_ends_an_answer_and_is_told(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    begun.exchange.errors.clear()
    evidence = begun.app.evidence
    assert isinstance(evidence, MemoryEvidence)
    lost: Digest = answers(begun)[0].content
    monkeypatch.delitem(evidence._contents, lost)
    begun.turn(later=HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.REFUSED, AnswerStatus.SENT]
    assert "restore the evidence" in begun.review(ReviewKind.FAILED).reason


def test_a_bug_in_one_answer_stops_no_other(begun: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reported(begun)
    begun.exchange.errors["send"] = RuntimeError("a bug")
    begun.turn()
    assert len(begun.reviews(ReviewKind.FAILED)) == 2
    begun.exchange.errors.clear()
    begun.turn(later=HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2


def test_a_pause_leaves_the_rest_for_the_next_turn(begun: World) -> None:
    from dondoc.services.turn import turn

    reported(begun)
    turn(begun.app, begun.now, pause=lambda: True)
    assert [a.status for a in answers(begun)] == [AnswerStatus.PLANNED] * 2
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2


def test_an_answer_of_a_door_that_is_configured_no_more_waits(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    begun.change(exchange=None)
    begun.turn(later=HOUR)
    assert "configured no more" in answers(begun)[0].detail


# What can be seen of it.


def test_the_plan_names_what_would_be_answered(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    begun.now += HOUR
    views = intent_views(begun.app, intents(begun.app, begun.now))
    first, second = [v for v in views if v["intent"] == "send_answer"]
    assert (first["kind"], first["channel"], first["target"]) == ("status 01", "exchange", OFFICE)
    assert (second["kind"], second["office"], second["campaign"]) == (
        "status 03",
        YEN_SON,
        CAMPAIGN,
    )
    assert REPORT in first["why"]
    assert "put off: exchange is not available" in first["why"]


def test_the_timeline_of_an_office_shows_the_answers(begun: World) -> None:
    reported(begun)
    begun.turn()
    office = next(o for o in campaign_status(begun.app, CAMPAIGN).offices if o.office == YEN_SON)
    steps = [step.event for step in office.timeline if step.event.startswith("Answer")]
    assert steps == ["AnswerPlanned 01", "AnswerPlanned 03", "AnswerSent 01", "AnswerSent 03"]


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
