"""Reminders after a clock that was a month ahead: what it noted takes no real one away."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from domain.ids import OfficeId
from domain.intents import CancelDispatch, Intent, Probe
from schedulers.calendar import end_of, local_day
from tests.unit.domain.round_story import Outcome, Story, lost, put_off
from tests.unit.domain.small_district import DAY, HOUR, MINH_TIEN, PHONG_Y_TE, START, YEN_SON
from tests.unit.schedulers.intents_found import (
    AFTER_DEADLINE,
    FIRST_REMINDER,
    SECOND_REMINDER,
    of,
    reminders,
)

MONTH = 31 * DAY
EVE = FIRST_REMINDER - 5 * DAY
LAST_REMINDER = AFTER_DEADLINE + 2 * DAY
REMINDED = {YEN_SON, MINH_TIEN, PHONG_Y_TE}


@pytest.fixture
def sent() -> Story:
    story = Story().begin()
    story.run(START)
    return story


def offices(found: Sequence[Intent]) -> set[OfficeId | None]:
    return {i.about.office for i in reminders(found)}


def reminded(story: Story) -> None:
    """See that each real reminder goes to everybody once, and none is dropped."""
    for at in (FIRST_REMINDER, SECOND_REMINDER, AFTER_DEADLINE, LAST_REMINDER):
        done = story.run(at)
        assert Counter(i.about.office for i in reminders(done)) == Counter(REMINDED)
        assert of(CancelDispatch, done) == []
        assert reminders(story.run(at + HOUR)) == []


@pytest.mark.parametrize("back", [timedelta(), HOUR], ids=["at once", "an hour later"])
def test_reminders_of_a_clock_that_was_ahead_take_none_away(sent: Story, back: timedelta) -> None:
    ahead = sent.run(EVE + MONTH)
    assert offices(ahead) == REMINDED
    assert reminders(sent.run(EVE + back)) == []
    reminded(sent)


def test_reminders_go_to_who_got_the_letter_while_the_clock_was_ahead() -> None:
    story = Story().begin()
    story.run(EVE + MONTH)
    assert reminders(story.run(EVE)) == []
    reminded(story)


def test_who_got_an_extension_while_the_clock_was_ahead_is_reminded(sent: Story) -> None:
    sent.extend(YEN_SON, end_of(date(2024, 11, 29)), EVE + MONTH)
    days = (EVE + n * DAY for n in range(47))
    found = {local_day(day) for day in days if YEN_SON in offices(sent.run(day))}
    assert found == {date(2024, 11, 15), date(2024, 11, 26), date(2024, 12, 2), date(2024, 12, 4)}


@pytest.mark.parametrize(("outcome", "way"), [(put_off, CancelDispatch), (lost, Probe)])
def test_a_reminder_that_was_planned_ahead_does_not_leave_later(
    sent: Story, outcome: Outcome, way: type[CancelDispatch | Probe]
) -> None:
    sent.run(EVE + MONTH, outcome)
    found = of(way, sent.due(EVE))
    assert {i.about.office for i in found if "/reminder/20241113/" in i.dispatch} == REMINDED
    assert not any(i.repeat for i in found if isinstance(i, Probe))


@pytest.mark.parametrize("at", [FIRST_REMINDER, SECOND_REMINDER])
def test_a_clock_that_is_set_back_an_hour_reminds_nobody_again(sent: Story, at: datetime) -> None:
    """Also where the reminder before it was missed: the later one took its place."""
    assert offices(sent.run(at)) == REMINDED
    assert reminders(sent.run(at - HOUR)) == []
    assert reminders(sent.run(at + HOUR)) == []
