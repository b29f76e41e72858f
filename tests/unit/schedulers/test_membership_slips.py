"""Most recipients of a round taken out at once: a person says whether that is meant."""

from dataclasses import replace
from datetime import datetime

from domain import facts
from domain.campaign import Channel, ChannelChoice, RecipientRule
from domain.ids import Address, OfficeId
from domain.intents import (
    AskPerson,
    CloseReview,
    PlanDispatch,
    Probe,
    RemoveRecipient,
    RestoreRecipient,
    Transmit,
)
from domain.kinds import Decision, ReviewKind
from domain.office import Directory
from domain.state import ReviewState
from domain.status import DispatchStatus, RoundStatus
from tests.unit.domain.round_story import Story, about, put_off, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN_RULES,
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
    office,
)
from tests.unit.schedulers.intents_found import (
    AFTER_DEADLINE,
    FIRST_REMINDER,
    asked,
    of,
    offices,
    reminders,
)

NOTHING_BUT_LEADERS = CAMPAIGN_RULES.recipients[2:]


def slip(story: Story, at: datetime) -> ReviewState:
    """Take the recipients out but for the leaders, and return the review that asks."""
    story.campaign = ruled(recipients=NOTHING_BUT_LEADERS)
    story.run(at)
    (review,) = [r for r in story.picture().reviews if r.kind is ReviewKind.RECIPIENTS and r.open]
    return review


GONE = {YEN_SON, MINH_TIEN, PHONG_Y_TE, HOI_NONG_DAN}


def test_most_recipients_are_not_taken_out_before_a_person_says_so(sent: Story) -> None:
    sent.campaign = ruled(recipients=NOTHING_BUT_LEADERS)
    found = sent.due(FIRST_REMINDER)
    assert of(RemoveRecipient, found) == []
    (question,) = asked(ReviewKind.RECIPIENTS, found)
    assert set(question.candidates) == GONE
    assert "4 of the 5 recipients of round 2024" in question.why
    assert question.why.count("xa-yen-son") == 1
    # Nothing goes to them meanwhile, and a round is not ready for want of them.
    assert reminders(found) == []
    sent.run(FIRST_REMINDER)
    assert reminders(sent.run(AFTER_DEADLINE)) == []
    assert asked(ReviewKind.RECIPIENTS, sent.due(AFTER_DEADLINE)) == []
    assert sent.round().status is RoundStatus.OPEN


def test_half_of_the_recipients_may_go_without_a_question(sent: Story) -> None:
    sent.record(facts.AssignmentRemoved(about=about(LANH_DAO), reason="x"))
    sent.campaign = ruled(recipients=CAMPAIGN_RULES.recipients[:1])
    found = sent.due(START + DAY)
    assert len(of(RemoveRecipient, found)) == 2
    assert of(AskPerson, found) == []


def test_letters_wait_while_a_person_has_to_decide(story: Story) -> None:
    story.run(START, put_off)
    review = slip(story, START + HOUR)
    sending = [i for i in story.due(START + DAY) if isinstance(i, Transmit | Probe)]
    assert sending == []
    story.resolve(review.review, START + DAY, Decision.REJECT)
    sending = [i for i in story.due(START + DAY) if isinstance(i, Transmit | Probe)]
    assert {i.about.office for i in sending} == {YEN_SON, MINH_TIEN, PHONG_Y_TE}


def test_a_person_who_accepts_takes_them_out(sent: Story) -> None:
    review = slip(sent, START + DAY)
    sent.resolve(review.review, START + 2 * DAY, Decision.ACCEPT)
    done = sent.run(START + 2 * DAY)
    assert {i.about.office for i in of(RemoveRecipient, done)} == GONE
    assert asked(ReviewKind.RECIPIENTS, done) == []


def test_a_person_who_rejects_keeps_them_until_the_rules_are_mended(sent: Story) -> None:
    review = slip(sent, START + DAY)
    sent.resolve(review.review, START + 2 * DAY, Decision.REJECT)
    found = sent.due(FIRST_REMINDER)
    assert of(RemoveRecipient, found) == []
    assert asked(ReviewKind.RECIPIENTS, found) == []
    assert offices(reminders(found)) == {YEN_SON, MINH_TIEN, PHONG_Y_TE}


def test_rules_that_were_mended_close_the_question_and_a_new_slip_is_asked_about_anew(
    sent: Story,
) -> None:
    first = slip(sent, START + DAY)
    sent.campaign = CAMPAIGN_RULES
    (closed,) = of(CloseReview, sent.run(START + 2 * DAY))
    assert closed.review == first.review
    assert of(RemoveRecipient, sent.due(START + 2 * DAY)) == []
    second = slip(sent, START + 3 * DAY)
    assert second.review != first.review


def test_other_offices_are_another_question(sent: Story) -> None:
    first = slip(sent, START + DAY)
    sent.campaign = ruled(recipients=(RecipientRule(office=YEN_SON),))
    sent.run(START + 2 * DAY)
    reviews = [r for r in sent.picture().reviews if r.kind is ReviewKind.RECIPIENTS]
    still = [r for r in reviews if r.open]
    assert [r.review for r in still] != [first.review]
    assert set(still[0].candidates) == (GONE | {LANH_DAO}) - {YEN_SON}


def test_what_was_accepted_once_does_not_hold_after_the_office_came_back(sent: Story) -> None:
    review = slip(sent, START + DAY)
    sent.resolve(review.review, START + 2 * DAY, Decision.ACCEPT)
    sent.run(START + 2 * DAY)
    sent.campaign = CAMPAIGN_RULES
    sent.run(START + 3 * DAY)
    again = slip(sent, START + 4 * DAY)
    assert set(again.candidates) == GONE


def test_many_offices_are_counted_and_not_all_named() -> None:
    many = [office(OfficeId(f"xa-{n}"), "xa") for n in range(20)]
    story = Story(directory=Directory([*DIRECTORY.offices, *many])).begin()
    story.campaign = ruled(recipients=NOTHING_BUT_LEADERS)
    (question,) = asked(ReviewKind.RECIPIENTS, story.due(START))
    assert "16 more" in question.why
    assert len(question.candidates) == 24


def test_a_decision_to_keep_them_is_spent_once_the_rules_name_them_again(sent: Story) -> None:
    review = slip(sent, START + DAY)
    sent.resolve(review.review, START + 2 * DAY, Decision.REJECT)
    assert sent.run(START + 2 * DAY) == []
    sent.campaign = CAMPAIGN_RULES
    restored = {i.about.office for i in of(RestoreRecipient, sent.run(START + 3 * DAY))}
    assert restored == GONE
    assert sent.due(START + 3 * DAY) == []
    # A few of them go without a question, most of them with one.
    sent.campaign = ruled(recipients=(CAMPAIGN_RULES.recipients[0], CAMPAIGN_RULES.recipients[2]))
    done = sent.run(START + 4 * DAY)
    assert {i.about.office for i in of(RemoveRecipient, done)} == {PHONG_Y_TE, HOI_NONG_DAN}
    again = slip(sent, START + 5 * DAY)
    assert set(again.candidates) == {YEN_SON, MINH_TIEN}
    sent.check_replay()


def test_a_person_who_kept_some_may_not_have_kept_others(sent: Story) -> None:
    review = slip(sent, START + DAY)
    sent.resolve(review.review, START + 2 * DAY, Decision.REJECT)
    sent.campaign = ruled(recipients=(RecipientRule(office=YEN_SON),))
    done = sent.run(START + 3 * DAY)
    assert {i.about.office for i in of(RestoreRecipient, done)} == {YEN_SON}
    # The leaders are another matter, and few.
    assert {i.about.office for i in of(RemoveRecipient, done)} == {LANH_DAO}


def test_whoever_is_kept_gets_the_letter_that_it_has_not_got(story: Story) -> None:
    review = slip(story, START)
    story.resolve(review.review, START + DAY, Decision.REJECT)
    done = story.run(START + DAY)
    assert offices(of(PlanDispatch, done)) == {YEN_SON, MINH_TIEN, PHONG_Y_TE}
    assert [i.about.office for i in asked(ReviewKind.NO_DOOR, done)] == [HOI_NONG_DAN]
    assert story.due(START + 2 * DAY) == []


def test_whoever_is_kept_gets_it_as_most_recipients_do(story: Story) -> None:
    both = tuple(replace(r, channels=ChannelChoice.BOTH) for r in NOTHING_BUT_LEADERS)
    review = slip(story, START)
    story.campaign = ruled(recipients=both)
    story.resolve(review.review, START + DAY, Decision.REJECT)
    done = of(PlanDispatch, story.run(START + DAY))
    assert {i.channel for i in done if i.about.office == YEN_SON} == set(Channel)


def test_whoever_is_kept_gets_it_without_any_rule_too(story: Story) -> None:
    story.campaign = ruled(recipients=())
    story.run(START)
    (review,) = [r for r in story.picture().reviews if r.kind is ReviewKind.RECIPIENTS]
    story.resolve(review.review, START + DAY, Decision.REJECT)
    done = of(PlanDispatch, story.run(START + DAY))
    assert {i.channel for i in done if i.about.office == YEN_SON} == {Channel.EXCHANGE}


def test_a_letter_to_whom_a_person_kept_goes_to_the_corrected_address(story: Story) -> None:
    story.run(START, put_off)
    review = slip(story, START + HOUR)
    story.resolve(review.review, START + 2 * HOUR, Decision.REJECT)
    new = Address("vanthu@huulung.example")
    story.directory = Directory(
        replace(o, emails=(new,)) if o.id == YEN_SON else o for o in story.directory.offices
    )
    story.run(START + DAY)
    mine = [d for d in story.picture().dispatches_to(YEN_SON) if d.channel is Channel.EMAIL]
    assert sorted((d.target, d.status) for d in mine) == [
        (new, DispatchStatus.ACCEPTED),
        ("xa-yen-son@huulung.example", DispatchStatus.CANCELLED),
    ]
