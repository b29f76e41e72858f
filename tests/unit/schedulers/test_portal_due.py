"""When a portal is asked and what waits for it, and what each of its facts changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import facts
from domain.directive import StoredFile
from domain.errors import InvariantViolation
from domain.facts import About, Fact
from domain.ids import Digest
from domain.intents import AskPortal, HoldLetters, PlanDispatch
from domain.portal import PortalComparison, PortalProblem, PortalRule
from domain.state import PortalState
from schedulers.calendar import WorkingCalendar
from schedulers.due import due
from schedulers.picture import Picture
from schedulers.portal import patience_ends, retry_at
from tests.unit.domain.round_story import Story
from tests.unit.domain.small_district import CAMPAIGN, CAMPAIGN_RULES, DAY, HOUR, START
from tests.unit.schedulers.intents_found import of

RULE = PortalRule(page="https://x.example/", document="47/NQ-CP")
ABOUT = About(campaign=CAMPAIGN)
FILE = StoredFile(name="47.pdf", digest=Digest("cd" * 32), size=9)
PAGE = Digest("ef" * 32)
FETCHED = facts.PortalFileFetched(about=ABOUT, file=FILE, url="https://x.example/47", pages=(PAGE,))


def failed(attempt: int, at: datetime = START) -> facts.PortalFailed:
    return facts.PortalFailed(
        about=ABOUT,
        attempt=attempt,
        problem=PortalProblem.UNAVAILABLE,
        reason="it is down",
        retry_at=retry_at(attempt, at),
    )


def compared(outcome: PortalComparison) -> facts.PortalCompared:
    return facts.PortalCompared(about=ABOUT, outcome=outcome, carried=())


@pytest.fixture
def story() -> Story:
    return Story(campaign=replace(CAMPAIGN_RULES, portal=RULE)).begin()


def picture(story: Story, *, carried: bool = False) -> Picture:
    return replace(
        story.picture(), portal=story.ledger.get(PortalState, (CAMPAIGN,)), carried=carried
    )


def found(story: Story, now: datetime, *, carried: bool = False) -> tuple[int, int, int]:
    """Return how often the portal is asked, letters are held, and letters are planned."""
    intents = due(picture(story, carried=carried), story.calendar, now)
    return (
        len(of(AskPortal, intents)),
        len(of(HoldLetters, intents)),
        min(1, len(of(PlanDispatch, intents))),
    )


def test_a_letter_without_the_file_waits(story: Story) -> None:
    assert found(story, START) == (1, 1, 0)
    story.record(failed(1))
    assert found(story, START) == (0, 1, 0)
    assert found(story, START + timedelta(minutes=15)) == (1, 1, 0)
    (held,) = of(HoldLetters, due(picture(story), story.calendar, START))
    assert "it is down; asked again at" in held.why


@pytest.mark.parametrize(
    "answers",
    [
        (FETCHED, compared(PortalComparison.NOT_CARRIED)),
        (FETCHED, compared(PortalComparison.DIFFERS)),
        (facts.PortalWaived(about=ABOUT, by="Lan", reason="x"),),
    ],
)
def test_it_goes_once_the_portal_is_not_waited_for(story: Story, answers: tuple[Fact]) -> None:
    story.record(failed(1))
    story.record(*answers)
    assert found(story, START + DAY) == (0, 0, 1)


def test_a_letter_with_the_file_does_not_wait(story: Story) -> None:
    assert found(story, START, carried=True) == (1, 0, 1)
    (asked,) = of(AskPortal, due(picture(story, carried=True), story.calendar, START))
    assert "came with the letter" in asked.why
    assert found(story, START + 31 * DAY, carried=True)[0] == 0


def test_who_goes_on_waiting_has_it_asked_at_once(story: Story) -> None:
    story.record(failed(4))
    assert found(story, START) == (0, 1, 0)
    story.record(facts.PortalRetryAsked(about=ABOUT, by="Lan"))
    assert found(story, START) == (1, 1, 0)
    (held,) = of(HoldLetters, due(picture(story), story.calendar, START))
    assert held.why.endswith("asked now")


def test_a_campaign_without_a_portal() -> None:
    story = Story().begin()
    assert found(story, START) == (0, 0, 1)


def test_letters_that_began_to_go_are_not_held(story: Story) -> None:
    story.campaign = CAMPAIGN_RULES
    story.run(START)
    story.campaign = replace(CAMPAIGN_RULES, portal=RULE)
    assert found(story, START)[:2] == (1, 0)


def test_the_file_goes_with_what_is_planned_after_it_came(story: Story) -> None:
    story.record(failed(1))
    story.record(FETCHED, compared(PortalComparison.NOT_CARRIED), at=START + HOUR, evidence=PAGE)
    state = story.ledger.get(PortalState, (CAMPAIGN,))
    assert state is not None
    assert (state.attempts, state.problem, state.evidence) == (1, None, PAGE)
    assert state.joins(1, START) is None
    assert state.joins(1, START + HOUR) == FILE
    assert state.joins(2, START + HOUR) is None
    assert PortalState(campaign=CAMPAIGN).joins(1, START) is None


def test_every_version_begins_anew_and_keeps_the_file(story: Story) -> None:
    story.record(FETCHED, compared(PortalComparison.SAME), evidence=PAGE)
    state = story.ledger.get(PortalState, (CAMPAIGN,))
    assert state is not None
    second = state.for_version(2)
    assert (second.done, second.file, second.version) == (False, FILE, 2)
    story.record(replace(failed(1, START + HOUR), version=2), at=START + HOUR)
    lacks = replace(compared(PortalComparison.NOT_CARRIED), version=2)
    story.record(lacks, at=START + DAY)
    state = story.ledger.get(PortalState, (CAMPAIGN,))
    assert state is not None
    assert (state.version, state.outcome) == (2, PortalComparison.NOT_CARRIED)
    assert [state.joins(n, START + DAY) for n in (1, 2)] == [None, FILE]
    assert state.joins(2, START + HOUR) is None


def test_what_was_asked_is_not_asked_again_at_once(story: Story) -> None:
    story.record(facts.PortalAsked(about=ABOUT, attempt=1, retry_at=retry_at(1, START)))
    assert found(story, START + timedelta(minutes=14)) == (0, 1, 0)
    (held,) = of(HoldLetters, due(picture(story), story.calendar, START))
    assert "nothing came of asking it" in held.why
    assert found(story, START + timedelta(minutes=15)) == (1, 1, 0)


def test_nothing_is_compared_that_was_never_fetched(story: Story) -> None:
    with pytest.raises(InvariantViolation, match="gave no file"):
        story.record(compared(PortalComparison.SAME))


@pytest.mark.parametrize(
    ("since", "days", "ends"),
    [
        (datetime(2024, 5, 8, 2, tzinfo=UTC), 1, datetime(2024, 5, 9, 2, tzinfo=UTC)),
        (datetime(2024, 5, 10, 2, tzinfo=UTC), 1, datetime(2024, 5, 13, 2, tzinfo=UTC)),
        (datetime(2024, 5, 8, 20, tzinfo=UTC), 2, datetime(2024, 5, 12, 20, tzinfo=UTC)),
        (datetime(2024, 5, 11, 2, tzinfo=UTC), 0, datetime(2024, 5, 11, 2, tzinfo=UTC)),
    ],
)
def test_patience_counts_working_days(since: datetime, days: int, ends: datetime) -> None:
    assert patience_ends(since, replace(RULE, patience=days), WorkingCalendar()) == ends


@given(st.integers(1, 200))
def test_a_portal_is_asked_eight_times_on_the_first_day_at_most(ahead: int) -> None:
    now, times = START, [START]
    for attempt in range(1, ahead + 1):
        now = retry_at(attempt, now)
        times.append(now)
    assert sum(START <= t < START + DAY for t in times) <= 8
    later = [t for t in times if t >= START + DAY]
    for start in later:
        assert sum(start <= t < start + DAY for t in later) <= 4
