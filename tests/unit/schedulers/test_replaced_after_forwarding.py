"""Who gets another version of the directive when the round is closed or the office has ended."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain import facts
from domain.campaign import ChannelChoice, RecipientRule
from domain.facts import About
from domain.ids import OfficeId
from domain.intents import AskPerson, Intent, PlanDispatch, RemoveRecipient
from domain.kinds import Decision, DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory, Successor
from tests.unit.domain.round_story import Story, about, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DAY,
    DIRECTORY,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.intents_found import COMPILE_AT, of

LATE = COMPILE_AT + 2 * DAY
AFTER_THE_REFORM = datetime(2025, 7, 10, 2, tzinfo=UTC)
SECOND_ROUND = datetime(2025, 9, 12, 2, tzinfo=UTC)
WITHOUT_YEN_SON = tuple(
    RecipientRule(office=MINH_TIEN, channels=ChannelChoice.BOTH) if r.group == "xa" else r
    for r in ruled().recipients
)
HAVE_IT = frozenset({YEN_SON, MINH_TIEN, PHONG_Y_TE, LANH_DAO})
"""Who has the letter."""


@pytest.fixture
def sent() -> Story:
    story = Story().begin()
    story.run(START)
    return story


@pytest.fixture
def forwarded(sent: Story) -> Story:
    sent.run(COMPILE_AT)
    sent.approve(1, COMPILE_AT + HOUR)
    sent.run(COMPILE_AT + 2 * HOUR)
    assert sent.picture().forwarded(sent.round())
    return sent


def replaced(story: Story, at: datetime) -> list[Intent]:
    newer = replace(story.picture().directive.directive, subject="V/v bản thay thế")
    fact = facts.DirectiveReplaced(about=About(campaign=CAMPAIGN), directive=newer, version=2)
    story.record(fact, at=at)
    return story.run(at)


def anew(done: list[Intent]) -> set[OfficeId | None]:
    plans = of(PlanDispatch, done)
    return {i.about.office for i in plans if i.kind is DispatchKind.REPLACEMENT}


def asked(done: list[Intent], kind: ReviewKind) -> dict[OfficeId | None, str]:
    return {i.about.office: i.why for i in of(AskPerson, done) if i.kind is kind}


def test_a_closed_round_brings_another_version_to_whom_the_rules_name(forwarded: Story) -> None:
    assert anew(replaced(forwarded, LATE)) == HAVE_IT


def test_who_was_taken_out_after_the_round_was_closed_gets_nothing(forwarded: Story) -> None:
    forwarded.campaign = ruled(recipients=WITHOUT_YEN_SON)
    assert forwarded.due(LATE) == []
    done = replaced(forwarded, LATE)
    assert anew(done) == HAVE_IT - {YEN_SON}
    # The result stays as it was.
    assert of(RemoveRecipient, done) == []
    assert forwarded.due(LATE + DAY) == []


def test_what_was_planned_for_it_is_dropped(forwarded: Story) -> None:
    newer = replace(forwarded.picture().directive.directive, subject="V/v bản thay thế")
    fact = facts.DirectiveReplaced(about=About(campaign=CAMPAIGN), directive=newer, version=2)
    forwarded.record(fact, at=LATE)
    for intent in of(PlanDispatch, forwarded.due(LATE)):
        forwarded.perform(intent, LATE)
    forwarded.campaign = ruled(recipients=WITHOUT_YEN_SON)
    forwarded.run(LATE + HOUR)
    assert {
        d.status
        for d in forwarded.picture().dispatches_to(YEN_SON)
        if d.kind is DispatchKind.REPLACEMENT
    } == {"cancelled"}


def test_where_most_are_gone_a_person_is_asked_first(forwarded: Story) -> None:
    forwarded.campaign = ruled(recipients=(RecipientRule(office=LANH_DAO),))
    done = replaced(forwarded, LATE)
    assert anew(done) == {LANH_DAO}
    assert asked(done, ReviewKind.RECIPIENTS).keys() == {None}
    (review,) = [r for r in forwarded.picture().reviews if r.kind is ReviewKind.RECIPIENTS]
    forwarded.resolve(review.review, LATE + HOUR, Decision.REJECT)
    assert anew(forwarded.run(LATE + DAY)) == HAVE_IT - {LANH_DAO}


def test_only_the_round_in_which_an_office_took_part_last_counts() -> None:
    story = Story(directory=Directory(replace(o, valid_to=None) for o in DIRECTORY.offices))
    story.begin()
    story.run(START)
    story.run(COMPILE_AT)
    story.approve(1, COMPILE_AT + HOUR)
    story.run(COMPILE_AT + 2 * HOUR)
    story.run(SECOND_ROUND)
    assert len(story.picture().rounds) == 2
    story.campaign = ruled(recipients=(RecipientRule(office=LANH_DAO),))
    done = replaced(story, SECOND_ROUND + DAY)
    assert anew(done) == {LANH_DAO}
    rounds = [i.about.round for i in of(AskPerson, done) if i.kind is ReviewKind.RECIPIENTS]
    assert rounds == ["2025"]


def test_an_office_that_has_ended_gets_nothing_and_a_person_is_told(forwarded: Story) -> None:
    done = replaced(forwarded, AFTER_THE_REFORM)
    assert anew(done) == set()
    told = asked(done, ReviewKind.ENDED)
    assert told.keys() == HAVE_IT
    assert "its successor UBND xa-tuan-son has no letter" in told[YEN_SON]
    assert "nobody takes over" in told[PHONG_Y_TE]
    # Once for the office, however many doors it had.
    assert len([i for i in of(AskPerson, done) if i.kind is ReviewKind.ENDED]) == len(HAVE_IT)
    assert forwarded.due(AFTER_THE_REFORM + DAY) == []


def test_nobody_is_asked_where_the_successor_gets_it_for_itself(sent: Story) -> None:
    sent.reply(YEN_SON, ReplyKind.REPORT, START + HOUR)
    into = (Successor(office=MINH_TIEN),)
    sent.directory = Directory(
        replace(o, valid_to=date(2024, 5, 31), successors=into) if o.id == YEN_SON else o
        for o in DIRECTORY.offices
    )
    done = replaced(sent, datetime(2024, 6, 3, 2, tzinfo=UTC))
    assert anew(done) == HAVE_IT - {YEN_SON}
    assert asked(done, ReviewKind.ENDED) == {}


def test_an_office_that_is_not_in_the_directory_any_more_gets_it_where_it_had_it(
    sent: Story,
) -> None:
    review = sent.review(ReviewKind.RECIPIENTS, "R-1", about(), candidates=(MINH_TIEN,))
    sent.resolve(review, START + HOUR, Decision.REJECT)
    rules = [r for r in ruled().recipients if r.group != "xa"]
    sent.campaign = ruled(recipients=(RecipientRule(office=YEN_SON), *rules))
    sent.directory = Directory(o for o in DIRECTORY.offices if o.id != MINH_TIEN)
    assert MINH_TIEN in anew(replaced(sent, START + DAY))
