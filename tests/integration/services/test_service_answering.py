"""How our own status messages leave, and what can be seen of them."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from connector.store.memory import MemoryEvidence
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.ids import Digest
from domain.intents import SendAnswer
from domain.kinds import Answering, Decision, ReviewKind
from domain.status import AnswerStatus
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.status import campaign_status
from dondoc.services.turn import intents
from dondoc.views.intents import intent_views
from schedulers.calendar import at_local
from tests.integration.services.answer_parts import (
    DAY,
    HOUR,
    OFFICE,
    REPORT,
    SO,
    answering,
    answers,
    heard,
    of_others,
    reported,
    send_as,
)
from tests.integration.services.service_parts import (
    CAMPAIGN,
    YEN_SON,
)
from tests.integration.services.service_world import World


def test_a_broken_connection_is_repeated_with_the_same_bytes(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["answer"] = DeliveryUnknown("exchange", "connection reset")
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.DEFERRED, AnswerStatus.PLANNED]
    assert len(heard(begun)) == 1
    begun.exchange.errors.clear()
    begun.turn(later=HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2
    assert len(heard(begun)) == 2


def test_an_answer_does_not_wait_for_a_clock_that_was_ahead(begun: World) -> None:
    begun.exchange.errors["answer"] = PeerUnavailable("exchange", "no route")
    reported(begun)
    begun.turn(later=30 * DAY)
    assert AnswerStatus.DEFERRED in [a.status for a in answers(begun)]
    begun.exchange.errors.clear()
    begun.turn(later=-30 * DAY)
    begun.turn(later=HOUR)
    assert {a.status for a in answers(begun)} == {AnswerStatus.SENT}


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


def test_registration_never_leaves_before_arrival(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receivers show what came last: 01 after 03 would take the registration back."""
    failures = iter([PeerUnavailable("exchange", "busy")])

    def fails_once(operation: str) -> None:
        if operation == "send" and (failure := next(failures, None)):
            raise failure

    monkeypatch.setattr(begun.exchange, "_fail", fails_once)
    reported(begun)
    begun.turn()
    begun.turn(later=timedelta(seconds=1))
    assert heard(begun) == []
    assert [i for i in intents(begun.app, begun.now) if isinstance(i, SendAnswer)] == []
    begun.turn(later=HOUR)
    assert [status.code for status in heard(begun)] == ["01", "03"]


def test_a_door_that_is_away_does_not_silence_another(begun: World) -> None:
    """The answers of the door that is away come first, and are more than it takes to rest."""
    answering(begun, Answering.ALL)
    for number in range(5):
        send_as(begun, of_others(document_id=f"{SO},2024/05/13,{number}"))
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    begun.exchange.errors.clear()
    door = begun.app.exchange
    assert door is not None
    begun.change(exchange=replace(door, name="truc-moi"))
    send_as(begun, of_others(document_id=f"{SO},2024/05/13,9"))
    begun.turn(later=HOUR)
    assert [status.response_for.document_id for status in heard(begun)] == [f"{SO},2024/05/13,9"]
    assert [a.attempts for a in answers(begun) if a.account == "truc"].count(2) == 3


def test_our_own_account_is_no_fault_of_the_answer(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerRefused("exchange", "19", "not registered")
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.DEFERRED, AnswerStatus.PLANNED]
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


def test_what_may_have_arrived_is_not_told_as_missing(begun: World) -> None:
    """A person who is told that it did not arrive answers a second time."""
    reported(begun)
    begun.exchange.errors["answer"] = DeliveryUnknown("exchange", "connection reset")
    begun.turn()
    begun.exchange.errors.clear()
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn(later=HOUR)
    begun.exchange.errors["send"] = PeerRefused("exchange", "18", "no such unit")
    begun.turn(later=DAY)
    first, second = sorted(r.reason for r in begun.reviews(ReviewKind.FAILED))
    assert first.startswith(f"status 01 about document {REPORT} may or may not have reached ")
    assert first.endswith("only if it is not there answer it by hand")
    assert second.startswith(f"status 03 about document {REPORT} did not reach ")
    assert len(heard(begun)) == 1


def test_an_answer_that_is_given_up_after_a_lost_one_may_have_arrived(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["answer"] = DeliveryUnknown("exchange", "connection reset")
    for _ in range(24):
        begun.turn(later=6 * HOUR)
    (told,) = [r.reason for r in begun.reviews(ReviewKind.FAILED) if "given up" in r.reason]
    assert "may or may not have reached" in told


def test_after_five_days_of_trying_it_is_given_up(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    for _ in range(24):
        begun.turn(later=6 * HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.REFUSED, AnswerStatus.DEFERRED]
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
    assert [a.status for a in answers(begun)] == [AnswerStatus.DEFERRED, AnswerStatus.PLANNED]


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
    answering(begun, Answering.ALL)
    send_as(begun, of_others())
    reported(begun)
    begun.exchange.errors["send"] = RuntimeError("a bug")
    begun.turn()
    assert len(begun.reviews(ReviewKind.FAILED)) == 2
    begun.exchange.errors.clear()
    begun.turn(later=HOUR)
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 3


def test_a_pause_leaves_the_rest_for_the_next_turn(begun: World) -> None:
    from dondoc.services.turn import turn

    reported(begun)
    turn(begun.app, begun.now, pause=lambda: True)
    assert [a.status for a in answers(begun)] == [AnswerStatus.PLANNED] * 2
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2


def test_a_flood_is_answered_over_several_turns(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dondoc.services.answering._IN_A_TURN", 1)
    reported(begun)
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT, AnswerStatus.PLANNED]
    begun.turn()
    assert [a.status for a in answers(begun)] == [AnswerStatus.SENT] * 2


def test_an_answer_of_a_door_that_is_configured_no_more_waits(begun: World) -> None:
    reported(begun)
    begun.exchange.errors["send"] = PeerUnavailable("exchange", "no route")
    begun.turn()
    begun.change(exchange=None)
    begun.turn(later=HOUR)
    assert "configured no more" in answers(begun)[0].detail


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
