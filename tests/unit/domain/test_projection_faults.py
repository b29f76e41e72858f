"""Facts that contradict what was recorded are our bug, and are named so."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from domain import facts
from domain.campaign import Channel, Expected
from domain.errors import InvariantViolation
from domain.facts import About, Fact
from domain.ids import DispatchId, OfficeId, RawId, ReviewId, RoundId
from domain.intents import PlanDispatch
from domain.kinds import Decision, DispatchKind, RawChannel
from tests.unit.domain.round_story import Story, about, planned
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DIRECTIVE,
    ROUND,
    START,
    YEN_SON,
)

NOBODY = OfficeId("xa-khong-co")
_MADE = facts.CompilationMade(about=About(), version=1, files=(), reports=(), missing=())


@pytest.fixture
def story() -> Story:
    return Story().begin()


@pytest.mark.parametrize(
    ("fact", "missing"),
    [
        (facts.DirectiveTaken(about=About(), directive=DIRECTIVE), "campaign"),
        (
            facts.RoundOpened(
                about=About(campaign=CAMPAIGN), due_on=date.max, due_at=START, compile_at=START
            ),
            "round",
        ),
        (facts.AssignmentMade(about=about(), expected=Expected.REPORT, due_at=None), "office"),
        (facts.AssignmentWaived(about=about(), reason="", by=""), "office"),
        (_MADE, "campaign"),
        (
            facts.RawArrived(
                raw=RawId("r"),
                channel=RawChannel.MAIL,
                account="a",
                place="p",
                position="1:1",
                size=1,
            ),
            "evidence",
        ),
    ],
)
def test_a_fact_without_what_it_needs_is_our_bug(story: Story, fact: Fact, missing: str) -> None:
    with pytest.raises(InvariantViolation, match=f"needs its {missing} came without it"):
        story.record(fact)


def unknown() -> Sequence[tuple[Fact, str]]:
    dispatch = DispatchId("nq47/2024/x/directive/1/email")
    return [
        (facts.RawRead(raw=RawId("r"), outcome=""), "RawState r"),
        (
            facts.DispatchAttempted(dispatch=dispatch, about=about(YEN_SON), attempt=1),
            f"DispatchState {dispatch}",
        ),
        (
            facts.DeadlinePassed(about=about(NOBODY), due_at=START),
            f"AssignmentState nq47/2024/{NOBODY}",
        ),
        (
            facts.ReviewResolved(
                review=ReviewId("R-0"), about=About(), decision=Decision.NOTED, by=""
            ),
            "ReviewState R-0",
        ),
        (
            facts.RoundReadied(about=about(round_id=RoundId("1999")), settled=True),
            "RoundState nq47/1999",
        ),
    ]


@pytest.mark.parametrize(("fact", "name"), unknown())
def test_a_fact_about_what_was_never_recorded_is_our_bug(
    story: Story, fact: Fact, name: str
) -> None:
    with pytest.raises(InvariantViolation, match=f"^{name} was never recorded$"):
        story.record(fact)


def test_only_the_newest_version_is_approved_or_forwarded(story: Story) -> None:
    for fact in (
        facts.CompilationApproved(about=about(), version=3, by=""),
        facts.CompilationForwarded(about=about(), version=3),
    ):
        with pytest.raises(InvariantViolation, match="version 3 is not the newest one, 0"):
            story.record(fact)


def test_a_letter_to_an_office_without_assignment_is_our_bug(story: Story) -> None:
    intent = PlanDispatch(
        about=about(NOBODY),
        kind=DispatchKind.NOTICE,
        occurrence=1,
        channel=Channel.EMAIL,
        target="x@huulung.example",
        why="",
    )
    fact = planned(intent)
    story.record(fact)
    story.record(facts.DispatchAttempted(dispatch=fact.dispatch, about=fact.about, attempt=1))
    with pytest.raises(InvariantViolation, match="AssignmentState"):
        story.record(
            facts.DispatchAccepted(dispatch=fact.dispatch, about=fact.about, answer="250"),
            at=START + timedelta(seconds=1),
        )


def test_what_a_fact_concerns() -> None:
    released = facts.RawReleased(raw=RawId("r"), by="lan")
    assert facts.about(released) == About()
    assert facts.about(facts.RoundReadied(about=about(), settled=True)).round == ROUND
