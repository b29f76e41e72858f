"""What is due when, each kind of intent, and what a crash, a sleep or a late answer changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TypeVar

import pytest

from domain import facts
from domain.campaign import (
    Channel,
    ChannelChoice,
    ExchangeMode,
    Expected,
    ForwardRule,
    RecipientRule,
    RoundRule,
)
from domain.facts import About
from domain.ids import Address, OfficeId, RoundId
from domain.intents import (
    CancelDispatch,
    Compile,
    FinishForwarding,
    Intent,
    OpenRound,
    PassDeadline,
    PlanDispatch,
    Probe,
    ReadyRound,
    ReportNoDoor,
    Transmit,
)
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus, RoundStatus
from schedulers.calendar import at_local
from schedulers.due import due, recipients_of, recipients_of_round
from tests.unit.domain.round_story import (
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    ROUND,
    SO_TTTT,
    SO_VH,
    START,
    TUAN_SON,
    YEN_SON,
    Story,
    about,
    first_letter,
    lost,
    put_off,
    ruled,
    taken,
)

T = TypeVar("T", bound=Intent)
DUE = datetime(2024, 11, 10, 16, 59, 59, tzinfo=UTC)
FIRST_REMINDER = datetime(2024, 10, 25, 1, tzinfo=UTC)
SECOND_REMINDER = datetime(2024, 11, 5, 1, tzinfo=UTC)
AFTER_DEADLINE = datetime(2024, 11, 11, 1, tzinfo=UTC)
COMPILE_AT = datetime(2024, 11, 15, 1, tzinfo=UTC)
MAIL = first_letter(YEN_SON)
PACKET = first_letter(YEN_SON, Channel.EXCHANGE)


def of(kind: type[T], found: Sequence[Intent]) -> list[T]:
    return [intent for intent in found if isinstance(intent, kind)]


def reminders(found: Sequence[Intent]) -> list[PlanDispatch]:
    return [i for i in of(PlanDispatch, found) if i.kind is DispatchKind.REMINDER]


def reminder(office: OfficeId, day: str, channel: Channel = Channel.EMAIL) -> str:
    return f"nq47/2024/{office}/reminder/{day}/{channel}"


@pytest.fixture
def story() -> Story:
    return Story().begin()


@pytest.fixture
def sent(story: Story) -> Story:
    story.run(START)
    return story


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
    assert [i.about.office for i in of(ReportNoDoor, found)] == [HOI_NONG_DAN]
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


def test_a_campaign_that_says_both_uses_a_door_that_appears_later(sent: Story) -> None:
    offices = [
        replace(o, organ_id=DIRECTORY.offices[0].organ_id) if o.id == MINH_TIEN else o
        for o in DIRECTORY.offices
    ]
    sent.directory = Directory(offices)
    assert [i.target for i in of(PlanDispatch, sent.due(START))] == ["H37.1"]


def test_nobody_is_written_to_after_answering_or_being_waived(story: Story) -> None:
    story.reply(YEN_SON, ReplyKind.REPORT, START)
    story.waive(MINH_TIEN)
    story.waive(HOI_NONG_DAN)
    found = story.due(START)
    assert {i.about.office for i in of(PlanDispatch, found)} == {PHONG_Y_TE, LANH_DAO}
    assert of(ReportNoDoor, found) == []


def test_an_assignment_that_no_rule_names_any_more_is_left_alone(story: Story) -> None:
    story.campaign = ruled(recipients=(RecipientRule(group="biet", expected=Expected.INFORMATION),))
    assert {i.about.office for i in of(PlanDispatch, story.due(START))} == {LANH_DAO}


def test_without_the_exchange_an_office_with_no_mail_has_no_door(story: Story) -> None:
    story.campaign = ruled(exchange=ExchangeMode.OFF)
    found = story.due(START)
    assert {i.channel for i in of(PlanDispatch, found)} == {Channel.EMAIL}
    assert {i.about.office for i in of(ReportNoDoor, found)} == {HOI_NONG_DAN, PHONG_Y_TE}


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
    assert {type(intent) for intent in story.due(START + DAY)} == {ReportNoDoor}


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
    later = datetime(2024, 11, 25, 2, tzinfo=UTC)
    assert [i.occurrence for i in reminders(sent.due(later)) if i.about.office == YEN_SON] == [
        20241125
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


def test_a_lost_reminder_is_not_sent_again_to_an_office_that_reported(sent: Story) -> None:
    sent.run(FIRST_REMINDER, lost)
    sent.reply(YEN_SON, ReplyKind.REPORT, FIRST_REMINDER)
    probed = {i.about.office for i in of(Probe, sent.due(FIRST_REMINDER + HOUR))}
    assert probed == {MINH_TIEN, PHONG_Y_TE}


def test_after_an_outage_only_the_latest_reminder_goes_out(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    done = sent.run(SECOND_REMINDER)
    assert len(of(CancelDispatch, done)) == 3
    assert {i.why for i in of(CancelDispatch, done)} == {"a later reminder takes its place"}
    assert {sent.dispatch(i.dispatch).occurrence for i in of(Transmit, done)} == {20241105}


def answered(story: Story, at: datetime) -> None:
    for office in (YEN_SON, MINH_TIEN):
        story.reply(office, ReplyKind.REPORT, at)
    story.reply(PHONG_Y_TE, ReplyKind.ACKNOWLEDGEMENT, at)
    story.waive(HOI_NONG_DAN)


def test_a_round_is_ready_when_all_have_answered(sent: Story) -> None:
    answered(sent, START + DAY)
    done = sent.run(START + DAY)
    assert [i.settled for i in of(ReadyRound, done)] == [True]
    assert [i.version for i in of(Compile, done)] == [1]
    assert sent.round().status is RoundStatus.COMPILED


def test_a_round_is_ready_when_its_time_has_come(sent: Story) -> None:
    sent.run(COMPILE_AT - HOUR)
    assert sent.round().status is RoundStatus.OPEN
    done = sent.run(COMPILE_AT)
    assert [i.settled for i in of(ReadyRound, done)] == [False]
    assert sent.round().version == 1


def test_a_round_of_information_only_waits_for_its_time() -> None:
    story = Story(
        campaign=ruled(recipients=(RecipientRule(group="biet", expected=Expected.INFORMATION),))
    ).begin()
    story.run(START)
    assert story.round().status is RoundStatus.OPEN
    story.run(COMPILE_AT)
    assert story.round().status is RoundStatus.COMPILED


def test_a_report_after_the_compilation_makes_another_version(sent: Story) -> None:
    sent.reply(YEN_SON, ReplyKind.REPORT, START + DAY)
    sent.run(COMPILE_AT)
    assert sent.due(COMPILE_AT + HOUR) == []
    sent.reply(MINH_TIEN, ReplyKind.REPORT, COMPILE_AT + HOUR)
    assert [i.version for i in of(Compile, sent.run(COMPILE_AT + HOUR))] == [2]
    sent.reply(YEN_SON, ReplyKind.REPORT, COMPILE_AT + 2 * HOUR, corrects=True)
    assert [i.version for i in of(Compile, sent.run(COMPILE_AT + 2 * HOUR))] == [3]
    sent.reply(YEN_SON, ReplyKind.QUESTION, COMPILE_AT + 3 * HOUR)
    assert sent.due(COMPILE_AT + 3 * HOUR) == []


@pytest.fixture
def approved(sent: Story) -> Story:
    sent.run(COMPILE_AT)
    sent.approve(1, COMPILE_AT + HOUR)
    return sent


NOW = COMPILE_AT + HOUR


def test_an_approved_version_is_forwarded_by_every_door(approved: Story) -> None:
    plans = of(PlanDispatch, approved.due(NOW))
    assert [(i.kind, i.occurrence, i.about.office, i.channel) for i in plans] == [
        (DispatchKind.COMPILATION, 1, SO_TTTT, Channel.EXCHANGE),
        (DispatchKind.COMPILATION, 1, SO_TTTT, Channel.EMAIL),
    ]
    done = approved.run(NOW)
    assert [(i.version, i.about.office) for i in of(FinishForwarding, done)] == [(1, SO_TTTT)]
    assert approved.round().status is RoundStatus.FORWARDED
    assert approved.due(NOW + DAY) == []


def test_a_crash_between_the_two_doors_of_forwarding_loses_neither(approved: Story) -> None:
    approved.perform(of(PlanDispatch, approved.due(NOW))[0], NOW)
    assert [i.channel for i in of(PlanDispatch, approved.due(NOW))] == [Channel.EMAIL]
    approved.run(NOW)
    sent = [d for d in approved.picture().dispatches if d.kind is DispatchKind.COMPILATION]
    assert {d.status for d in sent} == {DispatchStatus.ACCEPTED}
    assert len(sent) == 2


def test_forwarding_is_finished_only_when_no_door_is_under_way(approved: Story) -> None:
    approved.run(NOW, lambda d, now: (put_off if d.channel is Channel.EMAIL else taken)(d, now))
    assert approved.round().status is RoundStatus.APPROVED
    approved.run(NOW + HOUR)
    assert approved.round().status is RoundStatus.FORWARDED


def test_forwarding_that_every_door_refused_waits_for_a_person(approved: Story) -> None:
    approved.run(
        NOW,
        lambda d, now: [facts.DispatchRefused(dispatch=d.dispatch, about=d.about, reason="550")],
    )
    assert approved.round().status is RoundStatus.APPROVED
    assert approved.due(NOW + DAY) == []


def test_a_department_without_any_door_is_told_to_a_person_once(approved: Story) -> None:
    approved.campaign = ruled(forward=ForwardRule(office=HOI_NONG_DAN))
    approved.resolve(approved.picture().reviews[0].review)
    assert ReportNoDoor in {type(intent) for intent in approved.due(NOW)}
    approved.review(ReviewKind.NO_DOOR, "R-9", about(HOI_NONG_DAN), at=NOW)
    assert approved.due(NOW) == []
    approved.campaign = ruled(forward=ForwardRule(office=OfficeId("khong-co")))
    assert [i.about.office for i in of(ReportNoDoor, approved.due(NOW))] == ["khong-co"]


def test_without_a_rule_nothing_is_forwarded(approved: Story) -> None:
    approved.campaign = ruled(forward=None)
    assert approved.due(NOW) == []


def test_forwarding_follows_the_department_to_its_successor(sent: Story) -> None:
    sent.run(COMPILE_AT)
    later = datetime(2025, 3, 3, 2, tzinfo=UTC)
    sent.approve(1, later)
    plans = of(PlanDispatch, sent.due(later))
    assert {i.about.office for i in plans} == {SO_VH}


def test_what_went_to_the_old_department_is_not_sent_to_its_successor_too(
    approved: Story,
) -> None:
    approved.run(NOW, put_off)
    later = datetime(2025, 3, 3, 2, tzinfo=UTC)
    assert of(PlanDispatch, approved.due(later)) == []
    assert [i.about.office for i in of(FinishForwarding, approved.run(later))] == [SO_TTTT]


def test_a_new_version_is_forwarded_again(approved: Story) -> None:
    approved.run(NOW)
    approved.compile(about(), 2, NOW + HOUR)
    approved.approve(2, NOW + HOUR)
    assert {i.occurrence for i in of(PlanDispatch, approved.due(NOW + HOUR))} == {2}


def test_a_forwarded_round_reminds_and_writes_to_nobody_any_more(approved: Story) -> None:
    approved.run(NOW)
    approved.extend(YEN_SON, datetime(2024, 12, 20, 16, 59, 59, tzinfo=UTC))
    approved.directory = Directory(
        replace(o, organ_id=DIRECTORY.offices[0].organ_id) if o.id == MINH_TIEN else o
        for o in DIRECTORY.offices
    )
    assert of(PlanDispatch, approved.due(datetime(2024, 12, 19, 2, tzinfo=UTC))) == []


NEXT = RoundId("2025")
OPENING = at_local(date(2025, 9, 11), time(0, 0))


def test_a_later_round_opens_in_good_time_for_the_successors(sent: Story) -> None:
    sent.run(COMPILE_AT)
    assert of(OpenRound, sent.due(OPENING - HOUR)) == []
    done = sent.run(OPENING)
    assert [(i.about.round, f"{i.due_on}") for i in of(OpenRound, done)] == [(NEXT, "2025-11-10")]
    notices = [i for i in of(PlanDispatch, done) if i.kind is DispatchKind.NOTICE]
    assert {(i.about.office, i.channel) for i in notices} == {
        (TUAN_SON, Channel.EXCHANGE),
        (TUAN_SON, Channel.EMAIL),
    }
    assert {i.about.round for i in notices} == {NEXT}
    assert sent.assignment(TUAN_SON, NEXT).expected is Expected.REPORT
    assert sent.assignment(TUAN_SON, NEXT).status is AssignmentStatus.SENT
    assert sent.due(OPENING) == []


def test_an_office_that_ended_without_successor_is_named(sent: Story) -> None:
    kept, ended = recipients_of_round(sent.picture(), OPENING)
    assert ended == [PHONG_Y_TE]
    assert [r.office.id for r in kept] == [TUAN_SON, HOI_NONG_DAN]


def test_a_daemon_that_slept_for_years_opens_each_round_once(sent: Story) -> None:
    sent.run(COMPILE_AT)
    done = sent.run(datetime(2027, 1, 4, 2, tzinfo=UTC))
    assert [i.about.round for i in of(OpenRound, done)] == ["2025", "2026"]
    assert reminders(done) == []
    assert sent.round(NEXT).status is RoundStatus.COMPILED
    assert sent.round(RoundId("2026")).status is RoundStatus.COMPILED
    sent.check_replay()


def test_a_duty_done_once_opens_no_later_round() -> None:
    rule = RoundRule(yearly=False, due_on=date(2024, 11, 10))
    story = Story(campaign=ruled(rounds=rule)).begin()
    story.run(START)
    assert of(OpenRound, story.due(datetime(2030, 1, 1, tzinfo=UTC))) == []


def test_a_campaign_without_rounds_has_nothing_to_do(story: Story) -> None:
    bare = replace(story.picture(), rounds=(), assignments=(), dispatches=())
    assert due(bare, story.calendar, datetime(2030, 1, 1, tzinfo=UTC)) == []


def test_a_preferred_door_is_enough(story: Story) -> None:
    story.campaign = ruled(
        recipients=(RecipientRule(group="xa", channels=ChannelChoice.PREFER_EMAIL),)
    )
    plans = of(PlanDispatch, story.due(START))
    assert {i.channel for i in plans} == {Channel.EMAIL}
    assert {i.about.round for i in plans} == {ROUND}
