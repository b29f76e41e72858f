"""Offices that end while a round is open: what they owe passes to their successors, once."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain import facts
from domain.campaign import Channel, Expected, RecipientRule
from domain.facts import About
from domain.ids import OfficeId
from domain.intents import (
    AddRecipient,
    AskPerson,
    CancelDispatch,
    CloseReview,
    PassDeadline,
    PassDuty,
    PlanDispatch,
    RemoveRecipient,
    RestoreRecipient,
)
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory, Passing, Successor
from domain.status import AssignmentStatus, DispatchStatus, Membership
from tests.unit.domain.round_story import Story, about, first_letter, put_off, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN,
    CAMPAIGN_RULES,
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    TUAN_SON,
    YEN_SON,
    office,
)
from tests.unit.schedulers.intents_found import (
    AFTER_DEADLINE,
    COMPILE_AT,
    DUE,
    FIRST_REMINDER,
    asked,
    of,
    reminders,
)

LAST_DAY = date(2024, 9, 30)
AFTER = datetime(2024, 10, 1, 2, tzinfo=UTC)
VAN_NHAM = OfficeId("xa-van-nham")


def change(story: Story, office_id: OfficeId, **changes: object) -> None:
    story.directory = Directory(
        replace(o, **changes) if o.id == office_id else o  # type: ignore[arg-type]
        for o in story.directory.offices
    )


@pytest.fixture
def sent() -> Story:
    """Both communes end on the last day of September, and Tuấn Sơn begins on the next."""
    story = Story().begin()
    story.run(START)
    for name in (YEN_SON, MINH_TIEN):
        change(story, name, valid_to=LAST_DAY)
    change(story, TUAN_SON, valid_from=date(2024, 10, 1))
    return story


def into(story: Story, gone: OfficeId, heir: OfficeId) -> None:
    """Have one commune alone end, and another one that takes part already take over."""
    change(story, gone, successors=(Successor(office=heir),))
    change(story, heir, valid_to=None)


def letters(story: Story, office_id: OfficeId) -> list[tuple[str, int]]:
    return [
        (d.kind, d.occurrence)
        for d in story.picture().dispatches_to(office_id)
        if d.channel is Channel.EMAIL
    ]


def test_nothing_passes_on_the_last_day(sent: Story) -> None:
    assert of(PassDuty, sent.due(datetime(2024, 9, 30, 16, tzinfo=UTC))) == []


def test_what_two_communes_owe_passes_to_their_successor_which_gets_one_letter(
    sent: Story,
) -> None:
    found = sent.due(AFTER)
    assert [(i.about.office, i.to, i.due_at) for i in of(PassDuty, found)] == [
        (MINH_TIEN, TUAN_SON, DUE),
        (YEN_SON, TUAN_SON, DUE),
    ]
    # Not in the very turn in which it passes.
    assert of(PlanDispatch, found) == []
    done = sent.run(AFTER)
    assert [(i.about.office, i.kind, i.channel) for i in of(PlanDispatch, done)] == [
        (TUAN_SON, DispatchKind.DIRECTIVE, Channel.EXCHANGE),
        (TUAN_SON, DispatchKind.DIRECTIVE, Channel.EMAIL),
    ]
    heir = sent.assignment(TUAN_SON)
    assert (heir.expected, heir.due_at, heir.status) == (
        Expected.REPORT,
        DUE,
        AssignmentStatus.SENT,
    )
    for name in (YEN_SON, MINH_TIEN):
        row = sent.assignment(name)
        assert (row.membership, row.removed) == (Membership.PASSED, True)
        assert row.membership_why == (
            "the office ended on 30/09/2024, and UBND xa-tuan-son takes over what it owed"
        )
    assert sent.due(AFTER + DAY) == []
    sent.check_replay()


def test_the_steps_by_which_it_passed_are_recorded_with_both(sent: Story) -> None:
    sent.run(AFTER)
    told = [r.event.fact for r in sent.ledger.events()]
    steps = (Passing(office=MINH_TIEN, to=TUAN_SON),)
    (passed,) = [
        f for f in told if isinstance(f, facts.AssignmentPassed) and f.about.office == MINH_TIEN
    ]
    (made,) = [
        f for f in told if isinstance(f, facts.AssignmentMade) and f.about.office == TUAN_SON
    ]
    assert (passed.to, passed.passed, made.passed) == (TUAN_SON, steps, steps)


def test_the_successor_is_reminded_and_whoever_has_ended_is_not(sent: Story) -> None:
    sent.run(AFTER)
    assert {i.about.office for i in reminders(sent.due(FIRST_REMINDER))} == {TUAN_SON, PHONG_Y_TE}
    late = {i.about.office for i in of(PassDeadline, sent.run(AFTER_DEADLINE))}
    assert TUAN_SON in late
    assert not late & {YEN_SON, MINH_TIEN}


def test_time_that_a_person_gave_passes_with_the_duty(sent: Story) -> None:
    sent.extend(YEN_SON, DUE + 5 * DAY)
    sent.run(AFTER)
    assert sent.assignment(TUAN_SON).due_at == DUE + 5 * DAY


def test_what_was_answered_does_not_pass(sent: Story) -> None:
    sent.reply(YEN_SON, ReplyKind.REPORT, START + DAY)
    sent.waive(MINH_TIEN)
    assert of(PassDuty, sent.run(AFTER)) == []
    assert not sent.assignment(YEN_SON).removed


def test_who_is_only_informed_owes_nothing_that_could_pass(sent: Story) -> None:
    change(sent, OfficeId("lanh-dao-ubnd"), valid_to=LAST_DAY)
    passed = {i.about.office for i in of(PassDuty, sent.run(AFTER))}
    assert passed == {YEN_SON, MINH_TIEN}


def test_a_successor_that_takes_part_already_gets_no_second_letter(sent: Story) -> None:
    into(sent, YEN_SON, MINH_TIEN)
    before = letters(sent, MINH_TIEN)
    done = sent.run(AFTER)
    assert [(i.about.office, i.to) for i in of(PassDuty, done)] == [(YEN_SON, MINH_TIEN)]
    assert of(PlanDispatch, done) == []
    assert of(AskPerson, done) == []
    assert letters(sent, MINH_TIEN) == before
    assert sent.due(AFTER + DAY) == []


def test_a_successor_that_owed_less_owes_what_passed_to_it(sent: Story) -> None:
    change(sent, YEN_SON, successors=(Successor(office=PHONG_Y_TE),))
    sent.extend(YEN_SON, DUE + DAY)
    sent.run(AFTER)
    heir = sent.assignment(PHONG_Y_TE)
    assert (heir.expected, heir.due_at) == (Expected.REPORT, DUE + DAY)
    sent.check_replay()


def test_a_successor_that_was_only_informed_gets_a_deadline(sent: Story) -> None:
    change(sent, YEN_SON, successors=(Successor(office=OfficeId("lanh-dao-ubnd")),))
    sent.run(AFTER)
    heir = sent.assignment(OfficeId("lanh-dao-ubnd"))
    assert (heir.expected, heir.due_at) == (Expected.REPORT, DUE)


def test_a_person_is_asked_once_where_the_successor_has_answered_already(sent: Story) -> None:
    into(sent, YEN_SON, MINH_TIEN)
    sent.reply(MINH_TIEN, ReplyKind.REPORT, START + DAY)
    done = sent.run(AFTER)
    (question,) = asked(ReviewKind.ENDED, done)
    assert (question.about.office, question.candidates) == (YEN_SON, (MINH_TIEN,))
    assert "had answered for itself already" in question.why
    assert sent.assignment(YEN_SON).membership is Membership.PASSED
    assert sent.due(AFTER + DAY) == []


def test_a_person_is_asked_once_where_nobody_takes_over_and_nothing_goes_out(sent: Story) -> None:
    change(sent, YEN_SON, successors=())
    done = sent.run(AFTER)
    (question,) = asked(ReviewKind.ENDED, done)
    assert question.about.office == YEN_SON
    assert question.why.startswith("the office ended on 30/09/2024 before it had answered")
    assert YEN_SON not in {i.about.office for i in reminders(sent.run(FIRST_REMINDER))}
    assert asked(ReviewKind.ENDED, sent.due(FIRST_REMINDER + DAY)) == []
    # The directory names somebody after all.
    change(sent, YEN_SON, successors=(Successor(office=TUAN_SON),))
    later = sent.run(FIRST_REMINDER + DAY)
    assert [i.to for i in of(PassDuty, later)] == [TUAN_SON]
    assert len(of(CloseReview, later)) == 1


def test_a_first_letter_is_not_written_to_an_office_that_is_no_more() -> None:
    story = Story().begin()
    change(story, MINH_TIEN, valid_to=date(2024, 5, 7), successors=())
    assert MINH_TIEN not in {i.about.office for i in of(PlanDispatch, story.run(START))}


def test_a_successor_that_has_not_begun_takes_nothing_over(sent: Story) -> None:
    change(sent, TUAN_SON, valid_from=date(2025, 1, 1))
    assert {i.about.office for i in asked(ReviewKind.ENDED, sent.run(AFTER))} == {
        YEN_SON,
        MINH_TIEN,
    }


def test_a_successor_from_which_the_letter_was_taken_back_takes_nothing_over(sent: Story) -> None:
    into(sent, YEN_SON, MINH_TIEN)
    sent.record(facts.RecallOrdered(about=about(MINH_TIEN), reason="nhầm", by="lan"))
    assert {i.about.office for i in asked(ReviewKind.ENDED, sent.run(AFTER))} == {YEN_SON}


def test_what_was_taken_back_from_an_office_does_not_pass(sent: Story) -> None:
    into(sent, YEN_SON, MINH_TIEN)
    sent.record(facts.RecallOrdered(about=about(YEN_SON), reason="nhầm", by="lan"))
    assert of(PassDuty, sent.run(AFTER)) == []


def test_what_may_be_the_answer_is_looked_at_first(sent: Story) -> None:
    into(sent, YEN_SON, MINH_TIEN)
    review = sent.review(ReviewKind.UNKNOWN_SENDER, "R-1", about(YEN_SON))
    assert of(PassDuty, sent.run(AFTER)) == []
    assert reminders(sent.due(FIRST_REMINDER)) != []
    sent.resolve(review, AFTER)
    assert len(of(PassDuty, sent.run(AFTER))) == 1


def test_a_letter_that_has_not_left_is_dropped_and_the_successor_gets_its_own() -> None:
    story = Story().begin()
    story.run(START, put_off)
    for name in (YEN_SON, MINH_TIEN):
        change(story, name, valid_to=date(2024, 5, 8))
    change(story, TUAN_SON, valid_from=date(2024, 5, 9))
    done = story.run(START + DAY)
    dropped = {i.about.office for i in of(CancelDispatch, done)}
    assert dropped == {YEN_SON, MINH_TIEN}
    assert story.dispatch(first_letter(YEN_SON)).status is DispatchStatus.CANCELLED
    assert story.assignment(TUAN_SON).status is AssignmentStatus.SENT


def test_a_successor_that_ends_passes_it_on_in_one_step(sent: Story) -> None:
    sent.run(AFTER)
    change(sent, TUAN_SON, valid_to=date(2024, 10, 10), successors=(Successor(office=VAN_NHAM),))
    sent.directory = Directory([*sent.directory.offices, office(VAN_NHAM, "")])
    done = sent.run(AFTER + 15 * DAY)
    assert [(i.about.office, i.to) for i in of(PassDuty, done)] == [(TUAN_SON, VAN_NHAM)]
    assert of(AddRecipient, done) == []
    assert {i.about.office for i in of(PlanDispatch, done)} == {VAN_NHAM}
    assert sent.due(AFTER + 16 * DAY) == []


def test_an_end_that_was_a_slip_brings_the_office_back_and_takes_the_successor_out(
    sent: Story,
) -> None:
    sent.run(AFTER)
    for name in (YEN_SON, MINH_TIEN):
        change(sent, name, valid_to=None)
    done = sent.run(AFTER + DAY)
    assert {i.about.office for i in of(RestoreRecipient, done)} == {YEN_SON, MINH_TIEN}
    assert {i.about.office for i in of(RemoveRecipient, done)} == {TUAN_SON}
    assert of(PlanDispatch, done) == []
    assert sent.due(AFTER + 2 * DAY) == []


def test_a_successor_leaves_with_the_office_that_the_rules_name_no_more(sent: Story) -> None:
    into(sent, YEN_SON, TUAN_SON)
    change(sent, MINH_TIEN, valid_to=None)
    sent.run(AFTER)
    sent.campaign = ruled(
        recipients=(RecipientRule(office=MINH_TIEN), *CAMPAIGN_RULES.recipients[1:])
    )
    assert {i.about.office for i in of(RemoveRecipient, sent.run(AFTER + DAY))} == {TUAN_SON}


def test_a_round_whose_result_is_approved_passes_nothing(sent: Story) -> None:
    for name in (YEN_SON, MINH_TIEN):
        change(sent, name, valid_to=date(2024, 11, 15))
    sent.run(COMPILE_AT)
    sent.approve(sent.round().version, COMPILE_AT + HOUR)
    assert of(PassDuty, sent.due(COMPILE_AT + 3 * DAY)) == []


def test_a_duty_that_passes_after_its_deadline_makes_the_result_out_of_date(sent: Story) -> None:
    for name in (YEN_SON, MINH_TIEN):
        change(sent, name, valid_to=date(2024, 11, 15))
    sent.run(COMPILE_AT)
    sent.run(COMPILE_AT + 3 * DAY)
    assert sent.assignment(TUAN_SON).late
    assert sent.picture().compilations[-1].missing == (TUAN_SON,)


def test_an_office_that_left_the_directory_has_not_ended(sent: Story) -> None:
    sent.directory = Directory(o for o in DIRECTORY.offices if o.id != HOI_NONG_DAN)
    found = sent.due(AFTER)
    assert of(PassDuty, found) == []
    assert asked(ReviewKind.ENDED, found) == []


def test_the_duty_goes_by_the_campaigns_function(sent: Story) -> None:
    change(
        sent,
        YEN_SON,
        successors=(
            Successor(office=TUAN_SON),
            Successor(office=MINH_TIEN, function="external information"),
        ),
    )
    change(sent, MINH_TIEN, valid_to=None)
    (passed,) = of(PassDuty, sent.run(AFTER))
    assert (passed.to, passed.passed[0].function) == (MINH_TIEN, "external information")
    assert passed.about == About(campaign=CAMPAIGN, round=passed.about.round, office=YEN_SON)


def test_what_has_no_deadline_gives_its_successor_none(sent: Story) -> None:
    """An office that came in after the deadline owes a report by no day."""
    sent.directory = Directory([*sent.directory.offices, office(VAN_NHAM, "xa")])
    sent.run(AFTER_DEADLINE)
    assert sent.assignment(VAN_NHAM).due_at is None
    change(sent, VAN_NHAM, valid_to=date(2024, 11, 11), successors=(Successor(office=PHONG_Y_TE),))
    sent.run(AFTER_DEADLINE + DAY)
    heir = sent.assignment(PHONG_Y_TE)
    assert (heir.expected, heir.due_at) == (Expected.REPORT, DUE)
