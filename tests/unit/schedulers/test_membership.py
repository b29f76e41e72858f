"""Recipients that a change of the rules brings in, takes out and puts back in an open round."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain import facts
from domain.campaign import Channel, ChannelChoice, Expected, RecipientRule
from domain.errors import IllegalTransition
from domain.facts import About
from domain.ids import OfficeId, RoundId
from domain.intents import (
    AddRecipient,
    AskPerson,
    CancelDispatch,
    PassDeadline,
    PlanDispatch,
    Probe,
    RemoveRecipient,
    RestoreRecipient,
)
from domain.kinds import DispatchKind, ReplyKind
from domain.office import Directory
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus, RoundStatus
from schedulers.membership import membership
from tests.unit.domain.round_story import (
    Story,
    about,
    first_letter,
    lost,
    ruled,
)
from tests.unit.domain.small_district import (
    CAMPAIGN,
    CAMPAIGN_RULES,
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    ROUND,
    SO_TTTT,
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
    MAIL,
    of,
    offices,
    reminders,
)

VAN_NHAM = OfficeId("xa-van-nham")
LATE = Directory([*DIRECTORY.offices, office(VAN_NHAM, "xa")])
WITHOUT_XA = CAMPAIGN_RULES.recipients[1:]
ONLY_MINH_TIEN = (
    RecipientRule(office=MINH_TIEN, channels=ChannelChoice.BOTH),
    *CAMPAIGN_RULES.recipients[1:],
)
NOTHING_BUT_LEADERS = CAMPAIGN_RULES.recipients[2:]


def test_the_same_rules_give_nothing_to_do(sent: Story) -> None:
    assert membership(sent.picture(), START + DAY).intents == []


def test_whoever_comes_in_late_gets_the_directive_once(sent: Story) -> None:
    sent.directory = LATE
    (added,) = of(AddRecipient, sent.due(START + DAY))
    assert (added.about.office, added.expected, added.due_at) == (VAN_NHAM, Expected.REPORT, DUE)
    done = sent.run(START + DAY)
    letters = of(PlanDispatch, done)
    assert [(i.about.office, i.kind, i.occurrence) for i in letters] == [
        (VAN_NHAM, DispatchKind.DIRECTIVE, 1)
    ]
    assert sent.assignment(VAN_NHAM).status is AssignmentStatus.SENT
    assert sent.due(START + 2 * DAY) == []
    sent.check_replay()


def test_whoever_is_only_informed_has_no_deadline_late_either(sent: Story) -> None:
    sent.directory = Directory([*DIRECTORY.offices, office(VAN_NHAM, "biet")])
    (added,) = of(AddRecipient, sent.due(START + DAY))
    assert (added.expected, added.due_at) == (Expected.INFORMATION, None)


def test_a_deadline_that_had_gone_by_before_an_office_was_asked_is_none_of_its(
    sent: Story,
) -> None:
    sent.run(FIRST_REMINDER)
    sent.directory = LATE
    (added,) = of(AddRecipient, sent.due(AFTER_DEADLINE))
    assert added.due_at is None
    sent.run(AFTER_DEADLINE)
    assert not sent.assignment(VAN_NHAM).late
    assert reminders(sent.due(AFTER_DEADLINE + 3 * DAY)) != []
    assert VAN_NHAM not in offices(reminders(sent.due(AFTER_DEADLINE + 3 * DAY)))


def test_nobody_comes_in_once_the_time_for_compiling_has_come(sent: Story) -> None:
    sent.directory = LATE
    assert of(AddRecipient, sent.due(COMPILE_AT - HOUR)) != []
    assert of(AddRecipient, sent.due(COMPILE_AT)) == []


def settle_all(story: Story) -> None:
    for name in (YEN_SON, MINH_TIEN):
        story.reply(name, ReplyKind.REPORT, START + HOUR)
    for name in (PHONG_Y_TE, HOI_NONG_DAN):
        story.reply(name, ReplyKind.ACKNOWLEDGEMENT, START + HOUR)


def test_a_late_recipient_makes_a_compiled_result_out_of_date(sent: Story) -> None:
    settle_all(sent)
    sent.run(START + DAY)
    assert sent.round().status is RoundStatus.COMPILED
    sent.directory = LATE
    sent.run(START + 2 * DAY)
    assert sent.round().version == 2
    assert sent.picture().compilations[-1].missing == (VAN_NHAM,)


def test_nobody_comes_in_or_back_once_a_result_is_approved(sent: Story) -> None:
    settle_all(sent)
    sent.run(START + DAY)
    sent.record(facts.AssignmentRemoved(about=about(YEN_SON), reason="x"), at=START + DAY)
    sent.approve(sent.round().version, START + 2 * DAY)
    assert membership(sent.picture(), START + 2 * DAY).intents == []
    sent.directory = LATE
    (told,) = membership(sent.picture(), START + 2 * DAY).intents
    assert isinstance(told, AskPerson)


def test_nobody_moves_in_a_round_that_went_to_the_department(sent: Story) -> None:
    settle_all(sent)
    sent.run(START + DAY)
    sent.approve(sent.round().version, START + DAY)
    sent.run(START + DAY)
    assert sent.round().status is RoundStatus.FORWARDED
    sent.directory = LATE
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    assert membership(sent.picture(), START + 2 * DAY).intents == []


def test_whoever_is_removed_gets_nothing_more_and_owes_nothing(sent: Story) -> None:
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    found = sent.due(FIRST_REMINDER)
    assert [i.about.office for i in of(RemoveRecipient, found)] == [YEN_SON]
    # Not in the very turn that takes it out either.
    assert offices(reminders(found)) == {MINH_TIEN, PHONG_Y_TE}
    sent.run(FIRST_REMINDER)
    row = sent.assignment(YEN_SON)
    assert row.removed
    assert row.membership_at == FIRST_REMINDER
    assert row.membership_why.startswith("the configuration names it")
    assert row.status is AssignmentStatus.SENT
    later = sent.run(AFTER_DEADLINE)
    assert YEN_SON not in {i.about.office for i in later}
    assert YEN_SON not in {i.about.office for i in of(PassDeadline, later)}
    sent.check_replay()


def test_what_was_planned_for_a_removed_office_is_dropped(story: Story) -> None:
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    story.campaign = ruled(recipients=ONLY_MINH_TIEN)
    found = story.due(START)
    assert {i.dispatch for i in of(CancelDispatch, found)} == {
        first_letter(YEN_SON),
        first_letter(YEN_SON, Channel.EXCHANGE),
    }
    assert {i.why for i in of(CancelDispatch, found)} == {"the office is no recipient any more"}
    story.run(START)
    assert story.dispatch(MAIL).status is DispatchStatus.CANCELLED


def test_a_letter_of_unknown_outcome_to_a_removed_office_is_not_repeated(story: Story) -> None:
    story.run(START, lost)
    story.campaign = ruled(recipients=ONLY_MINH_TIEN)
    story.run(START)
    probes = [p for p in of(Probe, story.due(START + HOUR)) if p.about.office == YEN_SON]
    assert len(probes) == 2
    assert not any(p.repeat or p.tell for p in probes)


def test_what_a_removed_office_still_sends_is_recorded_and_not_compiled(sent: Story) -> None:
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    sent.run(START + DAY)
    reply = sent.reply(YEN_SON, ReplyKind.REPORT, START + 2 * DAY)
    assert sent.kept_reply(reply).office == YEN_SON
    assert sent.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert sent.assignment(YEN_SON).removed
    sent.reply(MINH_TIEN, ReplyKind.REPORT, START + 2 * DAY)
    for name in (PHONG_Y_TE, HOI_NONG_DAN):
        sent.reply(name, ReplyKind.ACKNOWLEDGEMENT, START + 2 * DAY)
    sent.run(START + 3 * DAY)
    (made,) = sent.picture().compilations
    assert reply not in made.reports
    assert made.missing == ()


def test_a_round_is_ready_without_the_answer_of_a_removed_office(sent: Story) -> None:
    sent.reply(MINH_TIEN, ReplyKind.REPORT, START)
    for name in (PHONG_Y_TE, HOI_NONG_DAN):
        sent.reply(name, ReplyKind.ACKNOWLEDGEMENT, START)
    sent.run(START + DAY)
    assert sent.round().status is RoundStatus.OPEN
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    sent.run(START + DAY)
    assert sent.round().status is RoundStatus.COMPILED


def test_a_removed_office_gets_no_replacement_of_the_directive(sent: Story) -> None:
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    sent.run(START + DAY)
    newer = replace(sent.picture().directive.directive, subject="V/v bản thay thế")
    replaced = facts.DirectiveReplaced(about=About(campaign=CAMPAIGN), directive=newer, version=2)
    sent.record(replaced, at=START + 2 * DAY)
    done = sent.run(START + 2 * DAY)
    anew = [i for i in of(PlanDispatch, done) if i.kind is DispatchKind.REPLACEMENT]
    assert offices(anew) == {MINH_TIEN, PHONG_Y_TE, LANH_DAO}


def test_an_office_that_comes_back_goes_on_where_it_was_and_gets_no_second_letter(
    sent: Story,
) -> None:
    sent.receipt(MAIL, DispatchEvent.DELIVERED, START + HOUR)
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    sent.run(START + DAY)
    sent.campaign = CAMPAIGN_RULES
    found = sent.due(START + 2 * DAY)
    assert [i.about.office for i in of(RestoreRecipient, found)] == [YEN_SON]
    done = sent.run(START + 2 * DAY)
    assert of(PlanDispatch, done) == []
    assert sent.assignment(YEN_SON).status is AssignmentStatus.DELIVERED
    assert not sent.assignment(YEN_SON).removed
    assert YEN_SON in offices(reminders(sent.due(FIRST_REMINDER)))
    sent.check_replay()


def test_an_office_that_comes_back_gets_the_letter_that_had_not_left(story: Story) -> None:
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    story.campaign = ruled(recipients=ONLY_MINH_TIEN)
    story.run(START)
    story.campaign = CAMPAIGN_RULES
    done = story.run(START + DAY)
    anew = [i for i in of(PlanDispatch, done) if i.about.office == YEN_SON]
    assert sorted((i.channel, i.occurrence) for i in anew) == [
        (Channel.EMAIL, 2),
        (Channel.EXCHANGE, 2),
    ]
    assert story.assignment(YEN_SON).status is AssignmentStatus.SENT


def test_a_letter_to_the_department_is_no_letter_to_a_recipient() -> None:
    """One office may be both: its result goes there although it is a recipient no more."""
    rules = ruled(recipients=(*CAMPAIGN_RULES.recipients, RecipientRule(office=SO_TTTT)))
    story = Story(campaign=rules).begin()
    story.run(START)
    settle_all(story)
    story.reply(SO_TTTT, ReplyKind.REPORT, START + HOUR)
    story.run(START + DAY)
    story.campaign = CAMPAIGN_RULES
    story.run(START + DAY)
    assert story.assignment(SO_TTTT).removed
    story.approve(story.round().version, START + DAY)
    done = story.run(START + DAY)
    results = [i for i in of(PlanDispatch, done) if i.kind is DispatchKind.COMPILATION]
    assert offices(results) == {SO_TTTT}
    assert story.round().status is RoundStatus.FORWARDED


def test_an_office_that_a_person_took_the_letter_back_from_is_no_missing_one(sent: Story) -> None:
    sent.record(facts.RecallOrdered(about=about(YEN_SON), reason="nhầm", by="lan"))
    sent.campaign = ruled(recipients=ONLY_MINH_TIEN)
    assert membership(sent.picture(), START + DAY).intents == []


def test_nothing_moves_in_a_round_that_was_taken_back(sent: Story) -> None:
    sent.record(facts.RecallOrdered(about=about(), reason="nhầm", by="lan"))
    sent.directory = LATE
    assert membership(sent.picture(), START + DAY).intents == []


def test_a_later_round_follows_the_successors_and_has_nobody_who_is_only_informed(
    sent: Story,
) -> None:
    sent.run(COMPILE_AT)
    sent.approve(sent.round().version, COMPILE_AT)
    sent.run(COMPILE_AT)
    opens = datetime(2025, 9, 12, 2, tzinfo=START.tzinfo)
    sent.run(opens)
    newer = RoundId("2025")
    assert not sent.assignment(TUAN_SON, newer).removed
    assert membership(sent.picture(), opens + DAY).intents == []
    heir = office(VAN_NHAM, "", valid_from=TUAN_SON_BEGINS)
    successors = tuple(replace(s, office=VAN_NHAM) for s in DIRECTORY.offices[0].successors)
    changed = [
        replace(o, successors=successors) if o.id == YEN_SON else o for o in DIRECTORY.offices
    ]
    sent.directory = Directory([*changed, heir])
    found = membership(sent.picture(), opens + DAY).intents
    assert [(i.about.round, i.about.office) for i in found] == [(newer, VAN_NHAM)]
    done = sent.run(opens + DAY)
    assert [i.kind for i in of(PlanDispatch, done)] == [DispatchKind.NOTICE]


TUAN_SON_BEGINS = next(o.valid_from for o in DIRECTORY.offices if o.id == TUAN_SON)


def test_an_older_round_takes_nobody_more(sent: Story) -> None:
    sent.run(COMPILE_AT)
    opens = datetime(2025, 9, 12, 2, tzinfo=START.tzinfo)
    sent.run(opens)
    sent.directory = LATE
    found = membership(sent.picture(), opens + timedelta(days=1)).intents
    assert ROUND not in {i.about.round for i in found}


def test_an_office_is_not_removed_twice(sent: Story) -> None:
    gone = facts.AssignmentRemoved(about=about(YEN_SON), reason="x")
    sent.record(gone)
    with pytest.raises(IllegalTransition):
        sent.record(gone)
