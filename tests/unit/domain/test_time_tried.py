"""Since when a dispatch has been tried: stops are no time spent trying."""

from datetime import datetime, timedelta

import pytest

from domain import facts
from domain.ids import DispatchId
from domain.intents import PlanDispatch
from domain.state import DispatchState
from domain.time_tried import STOP
from tests.unit.domain.round_story import Story, first_letter, lost, put_off
from tests.unit.domain.small_district import DAY, HOUR, MINH_TIEN, START


@pytest.fixture
def story() -> Story:
    return Story().begin()


def letter(story: Story) -> DispatchState:
    return story.dispatch(first_letter(MINH_TIEN))


def planned(story: Story) -> Story:
    for intent in story.due(START):
        if isinstance(intent, PlanDispatch):
            story.perform(intent, START)
    return story


def test_what_was_never_tried_is_tried_from_now_on(story: Story) -> None:
    waiting = letter(planned(story))
    assert waiting.tried_since is None
    assert waiting.tried_without_stop(START + 9 * DAY) == START + 9 * DAY
    story.run(START + 9 * DAY, put_off)
    assert letter(story).tried_since == START + 9 * DAY


@pytest.mark.parametrize("outcome", [put_off, lost])
@pytest.mark.parametrize(
    ("late", "stood_still"),
    [
        (timedelta(), timedelta()),
        (STOP, timedelta()),
        (STOP + HOUR, STOP + HOUR),
        (30 * DAY, 30 * DAY),
    ],
)
def test_only_a_stop_is_no_time_spent_trying(
    story: Story, outcome: object, late: timedelta, stood_still: timedelta
) -> None:
    story.run(START, outcome)  # type: ignore[arg-type] # one of the two outcomes
    again: datetime = START + HOUR + late
    assert letter(story).due_at == START + HOUR
    assert letter(story).tried_without_stop(again) == START + stood_still
    story.run(again, outcome)  # type: ignore[arg-type]
    assert letter(story).tried_since == START + stood_still
    story.check_replay()


def test_an_attempt_by_hand_before_its_time_changes_nothing(story: Story) -> None:
    story.run(START, put_off)
    assert letter(story).tried_without_stop(START + HOUR / 2) == START


def test_what_a_clock_that_was_ahead_noted_does_not_count(story: Story) -> None:
    story.run(START + 30 * DAY, put_off)
    story.run(START, put_off)
    assert letter(story).tried_since == START
    story.check_replay()


def test_a_sending_that_was_cut_off_stands_still_until_it_is_found(story: Story) -> None:
    name: DispatchId = first_letter(MINH_TIEN)
    scope = letter(planned(story)).about
    story.record(facts.DispatchAttempted(dispatch=name, about=scope, attempt=1), at=START)
    found = START + 6 * DAY
    story.record(
        facts.DispatchLost(dispatch=name, about=scope, reason="cut", probe_at=found + HOUR),
        at=found,
    )
    assert letter(story).tried_since == found
