"""What is due when, each kind of intent, and what a crash, a sleep or a late answer changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain import facts
from domain.campaign import (
    Channel,
    ExchangeMode,
    Expected,
    RecipientRule,
)
from domain.facts import About
from domain.ids import Address, ReviewId
from domain.intents import (
    AskPerson,
    CancelDispatch,
    PassDeadline,
    PlanDispatch,
    Probe,
    Transmit,
)
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.state import DispatchState
from domain.status import DispatchEvent, DispatchStatus
from domain.waiting import LONGEST_WAIT
from schedulers.taking_part import recipients_of
from tests.unit.domain.round_story import Story, about, first_letter, lost, put_off, ruled, taken
from tests.unit.domain.small_district import (
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.intents_found import (
    AFTER_DEADLINE,
    COMPILE_AT,
    DUE,
    FIRST_REMINDER,
    MAIL,
    SECOND_REMINDER,
    of,
    reminder,
    reminders,
)


def test_first_letters_go_by_every_door_of_the_choice(story: Story) -> None:
    found = story.due(START)
    plans = {(i.about.office, i.channel, i.target) for i in of(PlanDispatch, found)}
    assert plans == {
        (YEN_SON, Channel.EXCHANGE, "H37.1"),
        (YEN_SON, Channel.EMAIL, f"{YEN_SON}@huulung.example"),
        (MINH_TIEN, Channel.EMAIL, f"{MINH_TIEN}@huulung.example"),
        (PHONG_Y_TE, Channel.EXCHANGE, "H37.2"),
        (LANH_DAO, Channel.EMAIL, f"{LANH_DAO}@huulung.example"),
    }
    assert {i.kind for i in of(PlanDispatch, found)} == {DispatchKind.DIRECTIVE}
    assert [i.about.office for i in of(AskPerson, found)] == [HOI_NONG_DAN]
    assert story.due(START) == found


def test_after_a_crash_only_the_missing_door_is_planned(story: Story) -> None:
    plans = of(PlanDispatch, story.due(START))
    for plan in plans:
        if plan.target != "H37.1":
            story.perform(plan, START)
    assert [i.target for i in of(PlanDispatch, story.due(START))] == ["H37.1"]


def test_planned_letters_are_transmitted_and_then_nothing_is_due(story: Story) -> None:
    done = story.run(START)
    assert len(of(Transmit, done)) == 5
    assert {i.why for i in of(Transmit, done)} == {"planned"}
    assert story.due(START) == []
    assert story.due(START + DAY) == []


def test_an_office_that_gets_a_second_door_later_gets_no_second_letter(sent: Story) -> None:
    sent.campaign = ruled(recipients=(RecipientRule(group="xa"), *sent.campaign.recipients[1:]))
    offices = [
        replace(o, emails=(Address("y-te@huulung.example"),)) if o.id == PHONG_Y_TE else o
        for o in DIRECTORY.offices
    ]
    sent.directory = Directory(offices)
    assert of(PlanDispatch, sent.due(START)) == []


def test_a_door_that_appears_later_brings_no_second_letter_under_both_either(sent: Story) -> None:
    offices = [
        replace(o, organ_id=DIRECTORY.offices[0].organ_id) if o.id == MINH_TIEN else o
        for o in DIRECTORY.offices
    ]
    sent.directory = Directory(offices)
    assert of(PlanDispatch, sent.due(START)) == []


def test_nobody_is_written_to_after_answering_or_being_waived(story: Story) -> None:
    story.reply(YEN_SON, ReplyKind.REPORT, START)
    story.waive(MINH_TIEN)
    story.waive(HOI_NONG_DAN)
    found = story.due(START)
    assert {i.about.office for i in of(PlanDispatch, found)} == {PHONG_Y_TE, LANH_DAO}
    assert of(AskPerson, found) == []


def test_an_assignment_that_no_rule_names_any_more_is_left_alone(story: Story) -> None:
    story.campaign = ruled(recipients=(RecipientRule(group="biet", expected=Expected.INFORMATION),))
    assert {i.about.office for i in of(PlanDispatch, story.due(START))} == {LANH_DAO}


def test_without_the_exchange_an_office_with_no_mail_has_no_door(story: Story) -> None:
    story.campaign = ruled(exchange=ExchangeMode.OFF)
    found = story.due(START)
    assert {i.channel for i in of(PlanDispatch, found)} == {Channel.EMAIL}
    assert {i.about.office for i in of(AskPerson, found)} == {HOI_NONG_DAN, PHONG_Y_TE}


def test_an_undated_directive_expands_on_the_day_it_was_taken(story: Story) -> None:
    picture = story.picture()
    directive = replace(picture.directive.directive, issued_on=None)
    undated = replace(picture, directive=replace(picture.directive, directive=directive))
    assert len(recipients_of(undated)) == 5
    late = replace(
        picture,
        directive=replace(
            picture.directive, directive=directive, taken_at=datetime(2025, 8, 1, tzinfo=UTC)
        ),
    )
    assert [r.office.id for r in recipients_of(late)] == [HOI_NONG_DAN]


def test_a_put_off_letter_waits_for_its_time(story: Story) -> None:
    story.run(START, put_off)
    assert story.due(START) == []
    found = story.due(START + HOUR)
    assert len(of(Transmit, found)) == 5
    assert {i.why for i in of(Transmit, found)} == {"put off until now"}


def test_what_a_clock_that_was_ahead_put_off_does_not_wait_for_it(story: Story) -> None:
    story.run(START, put_off)
    assert len(of(Transmit, story.due(START - timedelta(days=30)))) == 5
    assert story.due(START + HOUR - LONGEST_WAIT) == []


def test_a_lost_letter_is_probed_and_never_simply_sent(story: Story) -> None:
    story.run(START, lost)
    assert story.due(START) == []
    found = story.due(START + HOUR)
    assert len(of(Probe, found)) == 5
    assert of(Transmit, found) == []


def test_a_sending_in_hand_is_left_alone(story: Story) -> None:
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    for d in story.ledger.select(DispatchState):
        story.record(facts.DispatchAttempted(dispatch=d.dispatch, about=d.about, attempt=1))
    assert {type(intent) for intent in story.due(START + DAY)} == {AskPerson}


def test_the_deadline_passes_after_its_last_second(sent: Story) -> None:
    assert of(PassDeadline, sent.due(DUE)) == []
    sent.reply(PHONG_Y_TE, ReplyKind.ACKNOWLEDGEMENT, DUE)
    sent.waive(HOI_NONG_DAN)
    passed = of(PassDeadline, sent.due(DUE.replace(microsecond=1)))
    assert {i.about.office for i in passed} == {YEN_SON, MINH_TIEN}
    assert {i.due_at for i in passed} == {DUE}
    sent.run(DUE + HOUR)
    assert of(PassDeadline, sent.due(DUE + DAY)) == []


def test_reminders_follow_the_schedule_and_go_once(sent: Story) -> None:
    assert reminders(sent.due(FIRST_REMINDER - HOUR)) == []
    found = reminders(sent.run(FIRST_REMINDER))
    assert {(i.about.office, i.channel) for i in found} == {
        (YEN_SON, Channel.EMAIL),
        (MINH_TIEN, Channel.EMAIL),
        (PHONG_Y_TE, Channel.EXCHANGE),
    }
    assert {i.occurrence for i in found} == {20241025}
    assert sent.due(FIRST_REMINDER + HOUR) == []
    sent.reply(MINH_TIEN, ReplyKind.REPORT, FIRST_REMINDER + DAY)
    sent.reply(PHONG_Y_TE, ReplyKind.ACKNOWLEDGEMENT, FIRST_REMINDER + DAY)
    assert [i.about.office for i in reminders(sent.run(SECOND_REMINDER))] == [YEN_SON]


def test_a_reminder_goes_by_a_door_that_took_the_letter(story: Story) -> None:
    story.run(START, lambda d, now: (put_off if d.channel is Channel.EMAIL else taken)(d, now))
    found = {i.about.office: i.channel for i in reminders(story.due(FIRST_REMINDER))}
    assert found == {YEN_SON: Channel.EXCHANGE, PHONG_Y_TE: Channel.EXCHANGE}


def test_an_office_whose_letter_came_back_is_not_reminded(sent: Story) -> None:
    sent.receipt(first_letter(MINH_TIEN), DispatchEvent.BOUNCED)
    sent.receipt(MAIL, DispatchEvent.BOUNCED)
    found = {i.about.office: i.channel for i in reminders(sent.due(FIRST_REMINDER))}
    assert found == {YEN_SON: Channel.EXCHANGE, PHONG_Y_TE: Channel.EXCHANGE}


def test_an_open_review_that_may_be_the_answer_holds_a_reminder_back(sent: Story) -> None:
    scope = About(campaign=about().campaign)
    review = sent.review(ReviewKind.UNKNOWN_SENDER, "R-1", scope, candidates=(YEN_SON,))
    now = FIRST_REMINDER
    assert YEN_SON not in {i.about.office for i in reminders(sent.due(now))}
    sent.resolve(review)
    assert YEN_SON in {i.about.office for i in reminders(sent.due(now))}


def test_a_daemon_that_slept_reminds_once_and_marks_late_once(sent: Story) -> None:
    awake = COMPILE_AT - HOUR
    done = sent.run(awake)
    assert {(i.about.office, i.occurrence) for i in reminders(done)} == {
        (office, 20241113) for office in (YEN_SON, MINH_TIEN, PHONG_Y_TE)
    }
    assert len(reminders(done)) == 3
    assert len(of(PassDeadline, done)) == 4
    assert sent.due(awake) == []


def test_an_extension_moves_the_reminders(sent: Story) -> None:
    until = datetime(2024, 11, 29, 16, 59, 59, tzinfo=UTC)
    sent.run(FIRST_REMINDER)
    sent.extend(YEN_SON, until)
    assert YEN_SON not in {i.about.office for i in reminders(sent.run(SECOND_REMINDER))}
    assert YEN_SON not in {i.about.office for i in of(PassDeadline, sent.run(AFTER_DEADLINE))}
    later = datetime(2024, 11, 26, 2, tzinfo=UTC)
    assert [i.occurrence for i in reminders(sent.due(later)) if i.about.office == YEN_SON] == [
        20241126
    ]


def test_a_reminder_that_became_needless_is_cancelled(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    sent.reply(YEN_SON, ReplyKind.REPORT, FIRST_REMINDER)
    sent.waive(MINH_TIEN)
    done = sent.run(FIRST_REMINDER + HOUR)
    assert {i.dispatch for i in of(CancelDispatch, done)} == {
        reminder(YEN_SON, "20241025"),
        reminder(MINH_TIEN, "20241025"),
    }
    assert [i.about.office for i in of(Transmit, done)] == [PHONG_Y_TE]
    assert sent.dispatch(reminder(YEN_SON, "20241025")).status is DispatchStatus.CANCELLED


def test_a_planned_reminder_waits_while_a_review_may_hold_the_answer(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    sent.review(ReviewKind.UNMATCHED_REPLY, "R-7", about(YEN_SON), at=FIRST_REMINDER)
    waiting = {i.about.office for i in of(Transmit, sent.due(FIRST_REMINDER + HOUR))}
    assert waiting == {MINH_TIEN, PHONG_Y_TE}
    sent.resolve(ReviewId("R-7"))
    released = {i.about.office for i in of(Transmit, sent.due(FIRST_REMINDER + HOUR))}
    assert YEN_SON in released


def test_a_lost_reminder_is_not_sent_again_to_an_office_that_reported(sent: Story) -> None:
    sent.run(FIRST_REMINDER, lost)
    sent.reply(YEN_SON, ReplyKind.REPORT, FIRST_REMINDER)
    probes = of(Probe, sent.due(FIRST_REMINDER + HOUR))
    repeated = {i.about.office: i.repeat for i in probes}
    assert repeated == {MINH_TIEN: True, PHONG_Y_TE: True, YEN_SON: False}
    (looked,) = (i for i in probes if not i.repeat)
    assert looked.why == ("outcome not known; not repeated: answered before the reminder went out")


def test_after_an_outage_only_the_latest_reminder_goes_out(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    done = sent.run(SECOND_REMINDER)
    assert len(of(CancelDispatch, done)) == 3
    assert {i.why for i in of(CancelDispatch, done)} == {"a later reminder takes its place"}
    assert {sent.dispatch(i.dispatch).occurrence for i in of(Transmit, done)} == {20241105}
