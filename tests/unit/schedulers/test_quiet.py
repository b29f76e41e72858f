"""Hours in which no mail leaves: what waits, until when, and what goes on."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from domain.campaign import Channel
from domain.intents import (
    CancelDispatch,
    HoldLetters,
    Intent,
    PlanDispatch,
    Probe,
    Transmit,
)
from domain.state import DispatchState
from schedulers.calendar import LOCAL
from schedulers.due import due
from schedulers.quiet import QuietHours
from tests.unit.domain.round_story import Story, lost
from tests.unit.domain.small_district import START, YEN_SON
from tests.unit.schedulers.intents_found import FIRST_REMINDER, of, reminders

NIGHT = QuietHours(begins=time(21), ends=time(6, 30))
NOON = QuietHours(begins=time(11, 30), ends=time(13))


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 5, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, local(8, 20, 59), None),
        (NIGHT, local(8, 21), local(9, 6, 30)),
        (NIGHT, local(8, 23, 59), local(9, 6, 30)),
        (NIGHT, local(9, 0), local(9, 6, 30)),
        (NIGHT, local(9, 6, 29), local(9, 6, 30)),
        (NIGHT, local(9, 6, 30), None),
        (NOON, local(8, 11, 29), None),
        (NOON, local(8, 11, 30), local(8, 13)),
        (NOON, local(8, 13), None),
        (NIGHT, local(31, 22), datetime(2024, 6, 1, 6, 30, tzinfo=LOCAL)),
    ],
)
def test_quiet_hours_are_local_and_may_pass_midnight(
    hours: QuietHours, now: datetime, until: datetime | None
) -> None:
    assert hours.until(now.astimezone(UTC)) == until


def at_night(story: Story, now: datetime) -> list[Intent]:
    return due(replace(story.picture(), quiet=NIGHT), story.calendar, now)


@pytest.fixture
def planned() -> Story:
    story = Story().begin()
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    return story


def test_letters_by_mail_wait_and_the_plan_says_why(planned: Story) -> None:
    found = at_night(planned, local(8, 22))
    by_day = at_night(planned, local(9, 6, 30))
    channels = {planned.dispatch(i.dispatch).channel for i in of(Transmit, found)}
    assert channels == {Channel.EXCHANGE}
    (held,) = of(HoldLetters, found)
    mails = sum(d.channel is Channel.EMAIL for d in planned.ledger.select(DispatchState))
    assert held.why == (
        f"{mails} letter(s) by mail wait until 06:30: quiet hours are from 21:00 to 06:30 "
        "(mail.quiet_hours)"
    )
    assert of(HoldLetters, by_day) == []
    assert len(of(Transmit, by_day)) == len(of(Transmit, found)) + mails


def test_a_letter_is_planned_at_any_hour() -> None:
    story = Story().begin()
    night = local(8, 22)
    assert of(PlanDispatch, at_night(story, night)) == of(PlanDispatch, story.due(night))


def test_a_repeat_is_a_letter_too(planned: Story) -> None:
    planned.run(START, lost)
    found = at_night(planned, local(9, 1))
    channels = {planned.dispatch(i.dispatch).channel for i in of(Probe, found)}
    assert channels == {Channel.EXCHANGE}
    assert len(of(HoldLetters, found)) == 1


def test_what_is_needless_is_dropped_at_night_too(planned: Story) -> None:
    planned.run(START)
    story = planned
    for plan in reminders(story.due(FIRST_REMINDER)):
        story.perform(plan, FIRST_REMINDER)
    story.waive(YEN_SON, FIRST_REMINDER)
    night = FIRST_REMINDER + timedelta(hours=14)
    cancelled = of(CancelDispatch, at_night(story, night))
    assert [i.about.office for i in cancelled] == [YEN_SON]
