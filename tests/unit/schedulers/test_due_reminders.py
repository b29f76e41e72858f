"""Reminders within the whole decision: granted deadlines, and days on which a review held back."""

from datetime import UTC, date, datetime, time

import pytest

from domain.campaign import Channel, RoundRule
from domain.facts import About
from domain.ids import OfficeId, RoundId
from domain.intents import CancelDispatch, PlanDispatch, Probe, Transmit
from domain.kinds import ReplyKind, ReviewKind
from domain.status import AssignmentStatus, DispatchEvent, RoundStatus
from schedulers.calendar import at_local, end_of, local_day
from tests.unit.domain.round_story import Story, about, lost, put_off, ruled
from tests.unit.domain.small_district import (
    DAY,
    DIRECTORY,
    HOUR,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.deputies import STANDING_IN, with_deputy
from tests.unit.schedulers.intents_found import (
    COMPILE_AT,
    FIRST_REMINDER,
    SECOND_REMINDER,
    of,
    reminder,
    reminders,
)


def morning(month: int, day: int) -> datetime:
    return at_local(date(2024, month, day), time(8, 0))


def reminded(story: Story, office: OfficeId, now: datetime) -> list[int]:
    return [i.occurrence for i in reminders(story.run(now)) if i.about.office == office]


def test_a_granted_day_is_inclusive(sent: Story) -> None:
    # Three working days before Friday 29 November is the 26th; before its eve it is the 25th.
    sent.extend(YEN_SON, end_of(date(2024, 11, 29)))
    assert reminded(sent, YEN_SON, morning(11, 25)) == [20241115]
    assert reminded(sent, YEN_SON, morning(11, 26)) == [20241126]


@pytest.mark.parametrize(("before", "day"), [(True, 8), (False, 11)])
def test_the_letter_s_own_day_is_strict_only_where_it_says_before(before: bool, day: int) -> None:
    # A Thursday: three working days before its eve, or before the day itself.
    rule = RoundRule(yearly=True, due_month=11, due_day=14, before=before)
    story = Story(campaign=ruled(rounds=rule)).begin()
    story.run(START)
    story.run(morning(11, day) - 3 * DAY)
    assert reminded(story, YEN_SON, morning(11, day)) == [20241100 + day]


def test_the_offices_of_one_round_follow_their_own_deadlines(sent: Story) -> None:
    sent.extend(YEN_SON, end_of(date(2024, 11, 29)))
    sent.run(SECOND_REMINDER)
    assert reminded(sent, YEN_SON, morning(11, 15)) == [20241115]
    found = {i.about.office: i.occurrence for i in reminders(sent.due(morning(12, 4)))}
    assert found == {YEN_SON: 20241204}


def test_a_review_of_another_round_does_not_hold_a_reminder_back(sent: Story) -> None:
    sent.review(ReviewKind.UNCLEAR_REPLY, "R-1", about(YEN_SON, RoundId("2023")))
    assert reminded(sent, YEN_SON, FIRST_REMINDER) == [20241025]


def test_a_planned_reminder_waits_for_a_review_that_names_no_round(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    scope = About(campaign=about().campaign)
    review = sent.review(ReviewKind.UNKNOWN_SENDER, "R-1", scope, candidates=(YEN_SON, MINH_TIEN))
    now = FIRST_REMINDER + HOUR
    assert {i.about.office for i in of(Transmit, sent.due(now))} == {PHONG_Y_TE}
    sent.resolve(review)
    assert len(of(Transmit, sent.due(now))) == 3


def test_a_planned_reminder_does_not_wait_for_a_review_that_cannot_be_the_answer(
    sent: Story,
) -> None:
    sent.run(FIRST_REMINDER, put_off)
    sent.review(ReviewKind.QUESTION, "R-1", about(YEN_SON))
    sent.review(ReviewKind.UNCLEAR_REPLY, "R-2", about(YEN_SON, RoundId("2023")))
    assert len(of(Transmit, sent.due(FIRST_REMINDER + HOUR))) == 3


def test_a_waiting_reminder_is_dropped_when_the_review_was_the_answer(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    review = sent.review(ReviewKind.UNCLEAR_REPLY, "R-1", about(YEN_SON))
    sent.run(FIRST_REMINDER + HOUR)
    sent.reply(YEN_SON, ReplyKind.REPORT, FIRST_REMINDER)
    sent.resolve(review)
    (dropped,) = of(CancelDispatch, sent.run(FIRST_REMINDER + 2 * HOUR))
    assert dropped.dispatch == reminder(YEN_SON, "20241025")
    assert dropped.why == "answered before the reminder went out"


def test_a_lost_reminder_is_not_probed_while_a_review_may_hold_the_answer(sent: Story) -> None:
    # Without evidence a probe would send it again.
    sent.run(FIRST_REMINDER, lost)
    sent.review(ReviewKind.UNCLEAR_REPLY, "R-1", about(YEN_SON))
    probed = {i.about.office for i in of(Probe, sent.due(FIRST_REMINDER + HOUR))}
    assert probed == {MINH_TIEN, PHONG_Y_TE}


def test_an_open_review_holds_no_directive_back() -> None:
    story = Story().begin()
    story.run(START, put_off)
    story.review(ReviewKind.UNCLEAR_REPLY, "R-1", about(YEN_SON))
    offices = [i.about.office for i in of(Transmit, story.due(START + HOUR))]
    assert offices.count(YEN_SON) == 2


def test_a_reminder_held_back_until_the_next_one_s_day_serves_for_both(sent: Story) -> None:
    review = sent.review(ReviewKind.UNCLEAR_REPLY, "R-1", about(YEN_SON))
    assert reminded(sent, YEN_SON, FIRST_REMINDER) == []
    sent.resolve(review)
    assert reminded(sent, YEN_SON, SECOND_REMINDER - HOUR) == [20241025]
    assert reminded(sent, YEN_SON, SECOND_REMINDER) == []
    assert reminded(sent, YEN_SON, SECOND_REMINDER + 3 * DAY) == []
    assert reminded(sent, YEN_SON, datetime(2024, 11, 11, 1, tzinfo=UTC)) == [20241111]


def test_evidence_of_a_dropped_reminder_brings_no_second_one(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    sent.run(SECOND_REMINDER)
    dropped = sent.dispatch(reminder(YEN_SON, "20241025")).dispatch
    sent.receipt(dropped, DispatchEvent.DELIVERED, SECOND_REMINDER)
    assert sent.due(SECOND_REMINDER) == []
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_a_compiled_round_goes_on_reminding_until_it_is_forwarded(sent: Story) -> None:
    sent.extend(YEN_SON, end_of(date(2024, 12, 20)))
    sent.run(COMPILE_AT)
    assert sent.round().status is RoundStatus.COMPILED
    assert reminded(sent, YEN_SON, morning(12, 17)) == [20241217]
    sent.approve(1, morning(12, 17))
    sent.run(morning(12, 17))
    assert sent.round().status is RoundStatus.FORWARDED
    assert of(PlanDispatch, sent.run(morning(12, 23))) == []


def target_of(story: Story, office: OfficeId, now: datetime) -> list[tuple[Channel, str]]:
    found = [i for i in reminders(story.due(now)) if i.about.office == office]
    return [(i.channel, i.target) for i in found]


def test_a_deputy_gets_the_reminders_of_its_days_only(sent: Story) -> None:
    usual = target_of(sent, MINH_TIEN, FIRST_REMINDER)
    assert [channel for channel, _ in usual] == [Channel.EMAIL]
    sent.directory = with_deputy(DIRECTORY, MINH_TIEN, local_day(FIRST_REMINDER))
    assert target_of(sent, MINH_TIEN, FIRST_REMINDER) == [(Channel.EMAIL, STANDING_IN)]
    assert target_of(sent, MINH_TIEN, SECOND_REMINDER) == usual


def test_what_went_to_a_deputy_is_reminded_at_the_office_later() -> None:
    story = Story(directory=with_deputy(DIRECTORY, MINH_TIEN, local_day(START))).begin()
    written = [i for i in of(PlanDispatch, story.run(START)) if i.about.office == MINH_TIEN]
    assert [i.target for i in written if i.channel is Channel.EMAIL] == [STANDING_IN]
    assert STANDING_IN not in {t for _, t in target_of(story, MINH_TIEN, FIRST_REMINDER)}
    assert len(target_of(story, MINH_TIEN, FIRST_REMINDER)) == 1
