"""Recipients that come when a round takes nobody more: a person is told, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from domain.ids import OfficeId
from domain.intents import CloseReview, Compile, Intent, PlanDispatch
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.status import RoundStatus
from tests.unit.domain.round_story import Story, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN_RULES,
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    MINH_TIEN,
    PHONG_Y_TE,
    ROUND,
    START,
    YEN_SON,
    office,
)
from tests.unit.schedulers.intents_found import COMPILE_AT, asked, of

VAN_NHAM = OfficeId("xa-van-nham")
LATE = Directory([*DIRECTORY.offices, office(VAN_NHAM, "xa")])


@pytest.fixture
def sent() -> Story:
    story = Story().begin()
    story.run(START)
    return story


def settle_all(story: Story) -> None:
    for name in (YEN_SON, MINH_TIEN):
        story.reply(name, ReplyKind.REPORT, START + HOUR)
    for name in (PHONG_Y_TE, HOI_NONG_DAN):
        story.reply(name, ReplyKind.ACKNOWLEDGEMENT, START + HOUR)


def forward(story: Story) -> None:
    story.run(COMPILE_AT)
    story.approve(story.round().version, COMPILE_AT)
    story.run(COMPILE_AT)
    assert story.round().status is RoundStatus.FORWARDED


def late(found: Sequence[Intent]) -> list[tuple[OfficeId, ...]]:
    return [i.candidates for i in asked(ReviewKind.TOO_LATE, found)]


def test_a_person_is_told_once_of_a_recipient_that_comes_when_nothing_goes_out_any_more(
    sent: Story,
) -> None:
    sent.run(COMPILE_AT)
    sent.directory = LATE
    done = sent.run(COMPILE_AT + HOUR)
    (told,) = asked(ReviewKind.TOO_LATE, done)
    assert told.candidates == (VAN_NHAM,)
    assert "names xa-van-nham as recipients, and round 2024 takes nobody more" in told.why
    assert "takes part from the next round on" in told.why
    assert late(sent.run(COMPILE_AT + DAY)) == []
    # Another one is told of by itself.
    more = OfficeId("xa-nhat-tien")
    sent.directory = Directory([*LATE.offices, office(more, "xa")])
    assert late(sent.run(COMPILE_AT + DAY)) == [(more,)]
    # It was a slip.
    sent.directory = DIRECTORY
    assert len(of(CloseReview, sent.run(COMPILE_AT + DAY))) == 2


def test_a_round_that_is_the_only_one_has_none_after_it(sent: Story) -> None:
    sent.run(COMPILE_AT)
    sent.directory = LATE
    once = replace(CAMPAIGN_RULES.rounds, yearly=False, due_on=date(2024, 11, 10))
    sent.campaign = ruled(rounds=once)
    (told,) = asked(ReviewKind.TOO_LATE, sent.due(COMPILE_AT + HOUR))
    assert "next round" not in told.why


def test_a_person_is_told_of_a_recipient_that_comes_after_the_result_went_away(
    sent: Story,
) -> None:
    settle_all(sent)
    sent.run(START + DAY)
    sent.approve(sent.round().version, START + DAY)
    sent.run(START + DAY)
    assert sent.round().status is RoundStatus.FORWARDED
    sent.directory = LATE
    assert late(sent.run(START + 2 * DAY)) == [(VAN_NHAM,)]


def test_a_person_is_told_of_who_is_to_be_informed_of_a_directive_of_an_older_round(
    sent: Story,
) -> None:
    forward(sent)
    sent.run(datetime(2025, 9, 12, 2, tzinfo=START.tzinfo))
    sent.directory = Directory([*DIRECTORY.offices, office(VAN_NHAM, "biet")])
    (told,) = asked(ReviewKind.TOO_LATE, sent.run(datetime(2025, 9, 13, 2, tzinfo=START.tzinfo)))
    assert (told.about.round, told.candidates) == (ROUND, (VAN_NHAM,))


def test_only_the_first_and_the_newest_round_tell_of_who_came_too_late(sent: Story) -> None:
    forward(sent)
    sent.run(datetime(2025, 9, 12, 2, tzinfo=START.tzinfo))
    sent.run(datetime(2026, 9, 14, 2, tzinfo=START.tzinfo))
    sent.directory = Directory([*DIRECTORY.offices, office(VAN_NHAM, "biet")])
    found = asked(ReviewKind.TOO_LATE, sent.run(datetime(2026, 9, 15, 2, tzinfo=START.tzinfo)))
    assert [i.about.round for i in found] == [ROUND]


@pytest.mark.parametrize("years", [0, 1])
def test_who_is_only_informed_gets_the_directive_until_the_result_has_gone_away(
    sent: Story, years: int
) -> None:
    sent.run(COMPILE_AT)
    assert sent.round().status is RoundStatus.COMPILED
    at = COMPILE_AT + DAY + years * 300 * DAY
    sent.run(at)
    sent.directory = Directory([*DIRECTORY.offices, office(VAN_NHAM, "biet")])
    done = sent.run(at + DAY)
    assert late(done) == []
    letters = [i for i in of(PlanDispatch, done) if i.about.office == VAN_NHAM]
    assert [(i.about.round, i.kind) for i in letters] == [(ROUND, DispatchKind.DIRECTIVE)]
    # The result is not made anew for it.
    assert of(Compile, done) == []
    assert sent.due(at + 2 * DAY) == []
    sent.check_replay()
