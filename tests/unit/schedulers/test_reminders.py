"""When an open assignment is reminded, and what holds a reminder back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from domain.campaign import Expected, ReminderRule
from domain.ids import CampaignId, OfficeId, ReviewId, RoundId
from domain.kinds import ReviewKind
from domain.state import AssignmentState, ReviewState
from domain.status import AssignmentStatus
from schedulers.calendar import WorkingCalendar, end_of, local_day
from schedulers.reminders import (
    HOLDING,
    due_reminder,
    held_back,
    occurrence_of,
    possible_occurrences,
    schedule,
)
from tests.unit.domain.small_district import CAMPAIGN, MINH_TIEN, ROUND, START, YEN_SON

CALENDAR = WorkingCalendar()
TIMES = schedule(ReminderRule(), CALENDAR, end_of(date(2024, 11, 10)), before=True)
REACHED = (
    AssignmentStatus.SENT,
    AssignmentStatus.DELIVERED,
    AssignmentStatus.DISPLAYED,
    AssignmentStatus.ACKNOWLEDGED,
)


def assignment(
    status: AssignmentStatus = AssignmentStatus.SENT, expected: Expected = Expected.REPORT
) -> AssignmentState:
    return AssignmentState(
        campaign=CAMPAIGN, round=ROUND, office=YEN_SON, expected=expected, status=status
    )


def review(
    kind: ReviewKind = ReviewKind.UNKNOWN_SENDER,
    *,
    campaign: CampaignId | None = CAMPAIGN,
    round_id: RoundId | None = None,
    office: OfficeId | None = None,
    candidates: tuple[OfficeId, ...] = (),
) -> ReviewState:
    return ReviewState(
        review=ReviewId("R-1"),
        kind=kind,
        campaign=campaign,
        round=round_id,
        office=office,
        reason="",
        opened_at=START,
        candidates=candidates,
    )


def test_the_schedule_counts_working_days_from_the_practical_day() -> None:
    # 10 November 2024 is a Sunday: Friday the 8th is the last safe day.
    assert [at.date() for at in TIMES] == [
        date(2024, 10, 25),
        date(2024, 11, 5),
        date(2024, 11, 11),
        date(2024, 11, 13),
    ]
    assert {at.timetz() for at in TIMES} == {time(1, tzinfo=UTC)}


def test_without_grace_the_deadline_itself_is_the_last_day() -> None:
    rule = ReminderRule(before=(0, 1), after=(), at=time(14, 30))
    times = schedule(rule, CALENDAR, end_of(date(2025, 11, 10)), before=False)
    assert times == [
        datetime(2025, 11, 7, 7, 30, tzinfo=UTC),
        datetime(2025, 11, 10, 7, 30, tzinfo=UTC),
    ]


def test_days_that_fall_together_remind_once() -> None:
    rule = ReminderRule(before=(0,), after=(1, 1))
    assert len(schedule(rule, CALENDAR, end_of(date(2024, 11, 10)), before=True)) == 2


def test_nobody_is_reminded_when_the_rule_is_empty() -> None:
    times = schedule(ReminderRule(before=(), after=()), CALENDAR, TIMES[0], before=True)
    assert times == []
    assert due_reminder(assignment(), times, TIMES[-1], since=START) is None


def test_only_the_latest_of_several_missed_ones_is_due() -> None:
    def due(now: datetime, since: datetime = START) -> date | None:
        return due_reminder(assignment(), TIMES, now, since=since)

    assert due(TIMES[0].replace(minute=0) - (TIMES[1] - TIMES[0])) is None
    assert due(TIMES[0]) == date(2024, 10, 25)
    assert due(TIMES[1].replace(hour=0, minute=59)) == date(2024, 10, 25)
    assert due(TIMES[3]) == date(2024, 11, 13)
    assert due(datetime(2030, 1, 1, tzinfo=UTC)) == date(2024, 11, 13)


def test_what_was_due_before_the_office_was_written_to_is_not_made_up_for() -> None:
    assert due_reminder(assignment(), TIMES, TIMES[1], since=TIMES[1]) is None
    assert due_reminder(assignment(), TIMES, TIMES[2], since=TIMES[1]) == date(2024, 11, 11)


def test_what_a_reminder_may_be_named_by() -> None:
    days = [local_day(at) for at in TIMES]
    found = possible_occurrences(days[-1])
    assert {occurrence_of(day) for day in days} <= set(found)
    # Twice to another address, under the next numbers, at the end of a month too.
    assert {20241101, 20241031 + 1, 20241031 + 2} <= set(found)
    assert occurrence_of(date(2024, 11, 20)) not in found
    assert occurrence_of(date(2024, 4, 1)) not in found


@pytest.mark.parametrize("status", list(AssignmentStatus))
def test_only_who_was_reached_and_owes_something_is_reminded(status: AssignmentStatus) -> None:
    def reminded(expected: Expected) -> bool:
        one = assignment(status, expected)
        return due_reminder(one, TIMES, TIMES[0], since=START) is not None

    assert reminded(Expected.REPORT) is (status in REACHED)
    assert reminded(Expected.ACKNOWLEDGEMENT) is (status in REACHED[:3])
    assert not reminded(Expected.INFORMATION)


@pytest.mark.parametrize("kind", list(ReviewKind))
def test_which_reviews_hold_back(kind: ReviewKind) -> None:
    found = held_back(assignment(), [review(kind, office=YEN_SON)])
    assert (found is not None) is (kind in HOLDING)
    awaits_no_answer = {ReviewKind.UNDELIVERABLE, ReviewKind.QUESTION, ReviewKind.NO_DOOR}
    assert not HOLDING & awaits_no_answer


def test_a_review_holds_back_the_offices_it_names() -> None:
    among = review(candidates=(MINH_TIEN, YEN_SON))
    assert held_back(assignment(), [review(office=MINH_TIEN), among]) is among
    assert held_back(assignment(), [review(), review(candidates=(MINH_TIEN,))]) is None


def test_a_review_of_another_campaign_holds_nothing_back() -> None:
    other = review(campaign=CampaignId("other"), office=YEN_SON)
    nobody_knows = review(campaign=None, office=YEN_SON)
    assert held_back(assignment(), [other]) is None
    assert held_back(assignment(), [other, nobody_knows]) is nobody_knows


def test_a_review_of_another_round_holds_nothing_back() -> None:
    last_year = review(round_id=RoundId("2023"), office=YEN_SON)
    this_year = review(round_id=ROUND, office=YEN_SON)
    assert held_back(assignment(), [last_year]) is None
    assert held_back(assignment(), [last_year, this_year]) is this_year


def test_a_resolved_review_holds_nothing_back() -> None:
    resolved = replace(review(office=YEN_SON), open=False)
    assert held_back(assignment(), [resolved]) is None
    still_open = review(office=YEN_SON)
    assert held_back(assignment(), [resolved, still_open]) is still_open
