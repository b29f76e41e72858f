"""A few recipients first: the others wait until a person has seen what came of it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from domain.campaign import CanaryRule, RecipientRule
from domain.facts import About, DispatchCancelled
from domain.ids import OfficeId
from domain.intents import HoldLetters, PlanDispatch, Transmit
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.office import Directory
from domain.status import DispatchEvent
from tests.unit.domain.round_story import Story, first_letter, put_off, ruled
from tests.unit.domain.small_district import (
    DAY,
    DIRECTORY,
    HOUR,
    MINH_TIEN,
    START,
    YEN_SON,
    office,
)
from tests.unit.schedulers.deputies import with_deputy
from tests.unit.schedulers.intents_found import asked, of

MORE = [OfficeId(f"xa-{n}") for n in range(4)]
RULE = CanaryRule(first=2, stop_above_percent=40, wait=timedelta(hours=2))
BY_MAIL = ruled(recipients=(RecipientRule(group="xa"),), canary=RULE, exchange="off")
FIRST = {YEN_SON, MINH_TIEN}


@pytest.fixture
def story() -> Story:
    directory = Directory([*DIRECTORY.offices, *(office(name, "xa") for name in MORE)])
    return Story(campaign=BY_MAIL, directory=directory).begin()


def written_to(story: Story) -> set[OfficeId]:
    return {d.office for d in story.picture().dispatches if d.kind is DispatchKind.DIRECTIVE}


def test_the_first_ones_are_written_to_and_the_others_wait(story: Story) -> None:
    found = story.due(START)
    assert {i.about.office for i in of(PlanDispatch, found)} == FIRST
    (hold,) = of(HoldLetters, found)
    assert hold.why.startswith("4 recipient(s) wait")


def sent(story: Story) -> Story:
    for _ in range(3):
        for intent in story.due(START):
            story.perform(intent, START)
    assert written_to(story) == FIRST
    return story


def test_a_person_is_asked_when_the_time_of_the_first_letters_has_passed(story: Story) -> None:
    sent(story)
    assert asked(ReviewKind.CANARY, story.due(START + HOUR)) == []
    (question,) = asked(ReviewKind.CANARY, story.due(START + 2 * HOUR))
    assert question.why.startswith("of the first 2 letter(s) 0 came back; 4 recipient(s) wait")
    story.perform(question, START + 2 * HOUR)
    # Asked once, and nothing goes out for want of an answer.
    later = story.due(START + 3 * DAY)
    assert asked(ReviewKind.CANARY, later) == []
    assert of(PlanDispatch, later) == []


def a_turn(story: Story, at: datetime) -> None:
    for intent in story.due(at):
        story.perform(intent, at)


def open_questions(story: Story) -> list[str]:
    return [r.reason for r in story.picture().reviews if r.open and r.kind is ReviewKind.CANARY]


def test_a_letter_that_comes_back_later_has_the_question_asked_anew(story: Story) -> None:
    sent(story)
    a_turn(story, START + 2 * HOUR)
    (before,) = open_questions(story)
    assert before.startswith("of the first 2 letter(s) 0 came back; ")
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED, START + 3 * HOUR)
    a_turn(story, START + 3 * HOUR)
    (after,) = open_questions(story)
    assert after.startswith("of the first 2 letter(s) 1 came back; that is more than the campaign")
    # Another one of those who wait is no news of the first ones.
    story.waive(MORE[0], START + 4 * HOUR)
    assert {type(i) for i in story.due(START + 4 * HOUR)} == {HoldLetters}
    (review,) = [r for r in story.picture().reviews if r.open]
    story.resolve(review.review, START + 5 * HOUR, Decision.ACCEPT)
    done = of(PlanDispatch, story.run(START + 5 * HOUR))
    assert {i.about.office for i in done} == set(MORE[1:])


def test_what_a_person_has_only_noted_is_not_asked_again_until_it_changes(story: Story) -> None:
    sent(story)
    a_turn(story, START + 2 * HOUR)
    (review,) = [r for r in story.picture().reviews if r.open]
    story.resolve(review.review, START + 2 * HOUR)
    a_turn(story, START + 3 * HOUR)
    assert open_questions(story) == []
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED, START + 3 * HOUR)
    a_turn(story, START + 3 * HOUR)
    assert len(open_questions(story)) == 1


def test_a_person_is_asked_at_once_when_all_have_arrived(story: Story) -> None:
    sent(story)
    story.receipt(first_letter(YEN_SON), DispatchEvent.DELIVERED)
    assert asked(ReviewKind.CANARY, story.due(START + HOUR)) == []
    story.receipt(first_letter(MINH_TIEN), DispatchEvent.DELIVERED)
    assert asked(ReviewKind.CANARY, story.due(START + HOUR)) != []


def test_too_many_that_come_back_stop_it_before_the_others_are_known(story: Story) -> None:
    sent(story)
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED)
    (question,) = asked(ReviewKind.CANARY, story.due(START + HOUR))
    assert "1 came back; that is more than the campaign allows" in question.why


def test_few_that_come_back_wait_for_the_others(story: Story) -> None:
    story.campaign = ruled(
        recipients=BY_MAIL.recipients,
        canary=CanaryRule(first=2, stop_above_percent=50, wait=RULE.wait),
        exchange="off",
    )
    sent(story)
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED)
    assert asked(ReviewKind.CANARY, story.due(START + HOUR)) == []
    (question,) = asked(ReviewKind.CANARY, story.due(START + 2 * HOUR))
    assert "more than the campaign allows" not in question.why


def test_what_was_put_off_is_waited_for_no_longer_than_other_letters(story: Story) -> None:
    for _ in range(3):
        for intent in story.due(START):
            story.perform(intent, START, put_off)
    for intent in of(Transmit, story.due(START + HOUR)):
        story.perform(intent, START + HOUR, put_off)
    assert asked(ReviewKind.CANARY, story.due(START + HOUR)) == []
    (question,) = asked(ReviewKind.CANARY, story.due(START + 2 * HOUR))
    assert "0 came back; 2 could not be handed over so far; 4 recipient(s) wait" in question.why


def test_what_was_not_tried_yet_is_waited_for(story: Story) -> None:
    for intent in of(PlanDispatch, story.due(START)):
        story.perform(intent, START)
    assert asked(ReviewKind.CANARY, story.due(START + DAY)) == []


def test_the_others_follow_when_a_person_accepts(story: Story) -> None:
    sent(story)
    (question,) = asked(ReviewKind.CANARY, story.due(START + 2 * HOUR))
    review = story.review(ReviewKind.CANARY, "R-1", question.about)
    story.resolve(review, START + 2 * HOUR, Decision.NOTED)
    assert of(PlanDispatch, story.due(START + 2 * HOUR)) == []
    again = story.review(ReviewKind.CANARY, "R-2", question.about)
    story.resolve(again, START + 3 * HOUR, Decision.ACCEPT)
    plans = of(PlanDispatch, story.due(START + 3 * HOUR))
    assert {i.about.office for i in plans} == set(MORE)


def test_another_round_is_another_question(story: Story) -> None:
    other = About(campaign=BY_MAIL.id, round=None, office=None)
    review = story.review(ReviewKind.CANARY, "R-1", other)
    story.resolve(review, START, Decision.ACCEPT)
    assert {i.about.office for i in of(PlanDispatch, story.due(START))} == FIRST


def test_fewer_recipients_than_the_first_ones_need_no_question() -> None:
    story = Story(campaign=BY_MAIL).begin()
    story.run(START)
    assert written_to(story) == FIRST
    assert asked(ReviewKind.CANARY, story.due(START + DAY)) == []


def test_a_rule_that_is_added_later_holds_nobody_back_who_has_the_letter(story: Story) -> None:
    story.campaign = ruled(recipients=BY_MAIL.recipients, exchange="off")
    story.run(START)
    story.campaign = BY_MAIL
    assert story.due(START + DAY) == []


def without_mail(story: Story, name: OfficeId) -> None:
    story.directory = Directory(
        replace(o, emails=()) if o.id == name else o for o in story.directory.offices
    )


def next_one(story: Story) -> set[OfficeId | None]:
    """Return who is written to first where Yên Sơn can get no letter, or needs none."""
    found = story.due(START)
    (hold,) = of(HoldLetters, found)
    assert hold.why.startswith("3 recipient(s) wait")
    return {i.about.office for i in of(PlanDispatch, found)}


def test_an_office_without_a_door_is_none_of_the_first(story: Story) -> None:
    without_mail(story, YEN_SON)
    assert next_one(story) == {MINH_TIEN, MORE[0]}
    assert [i.about.office for i in asked(ReviewKind.NO_DOOR, story.due(START))] == [YEN_SON]
    for _ in range(3):
        for intent in story.due(START):
            story.perform(intent, START)
    assert asked(ReviewKind.CANARY, story.due(START + 2 * HOUR)) != []


def test_a_deputy_makes_an_office_without_an_address_one_of_the_first(story: Story) -> None:
    without_mail(story, YEN_SON)
    story.directory = with_deputy(story.directory, YEN_SON, date(2024, 5, 8))
    assert {i.about.office for i in of(PlanDispatch, story.due(START))} == FIRST


def test_whoever_is_waived_or_has_answered_is_none_of_the_first(story: Story) -> None:
    story.waive(YEN_SON)
    assert next_one(story) == {MINH_TIEN, MORE[0]}


def test_whoever_has_left_the_directory_is_none_of_the_first(story: Story) -> None:
    story.directory = Directory(o for o in story.directory.offices if o.id != YEN_SON)
    assert next_one(story) == {MINH_TIEN, MORE[0]}


def test_a_letter_that_was_dropped_takes_no_place(story: Story) -> None:
    for intent in of(PlanDispatch, story.due(START)):
        story.perform(intent, START)
    dropped = story.dispatch(first_letter(YEN_SON))
    cancelled = DispatchCancelled(dispatch=dropped.dispatch, about=dropped.about, reason="x")
    story.record(cancelled)
    without_mail(story, YEN_SON)
    assert {i.about.office for i in of(PlanDispatch, story.due(START))} == {MORE[0]}


EDITED = {
    "no rule any more": None,
    "more first ones": replace(RULE, first=5),
    "more may come back": replace(RULE, stop_above_percent=100),
    "both": replace(RULE, first=5, stop_above_percent=100),
}


@pytest.mark.parametrize("rule", EDITED.values(), ids=EDITED)
@pytest.mark.parametrize("noted", [False, True], ids=["open", "noted"])
def test_what_stopped_is_continued_by_a_person_and_by_no_edit(
    story: Story, rule: CanaryRule | None, noted: bool
) -> None:
    sent(story)
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED)
    a_turn(story, START + HOUR)
    if noted:
        (review,) = [r for r in story.picture().reviews if r.open]
        story.resolve(review.review, START + HOUR, Decision.NOTED)
    story.campaign = replace(BY_MAIL, canary=rule)
    a_turn(story, START + DAY)
    assert of(PlanDispatch, story.due(START + DAY)) == []
    assert written_to(story) == FIRST
    if not noted:
        (question,) = open_questions(story)
        assert question.startswith("of the first 2 letter(s) 1 came back; ")
        assert "; 4 recipient(s) wait: accept has the others sent" in question
    # One more that comes back is told, though the rule now speaks of five.
    story.receipt(first_letter(MINH_TIEN), DispatchEvent.BOUNCED, START + DAY + HOUR)
    a_turn(story, START + DAY + HOUR)
    (question,) = open_questions(story)
    assert question.startswith("of the first 2 letter(s) 2 came back; ")
    (review,) = [r for r in story.picture().reviews if r.open]
    story.resolve(review.review, START + 2 * DAY, Decision.ACCEPT)
    plans = of(PlanDispatch, story.run(START + 2 * DAY))
    assert {i.about.office for i in plans} == set(MORE)


def test_a_rule_that_is_taken_out_before_anything_was_asked_holds_nobody(story: Story) -> None:
    sent(story)
    story.campaign = replace(BY_MAIL, canary=None)
    assert {i.about.office for i in of(PlanDispatch, story.run(START + HOUR))} == set(MORE)
