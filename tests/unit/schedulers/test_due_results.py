"""When a round is compiled and forwarded, and when the next one opens."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from domain import facts
from domain.campaign import (
    Channel,
    ChannelChoice,
    Expected,
    ForwardRule,
    RecipientRule,
    RoundRule,
)
from domain.ids import DispatchId, OfficeId, ReviewId, RoundId
from domain.intents import (
    AskPerson,
    CancelDispatch,
    Compile,
    FinishForwarding,
    OpenRound,
    PassDeadline,
    PlanDispatch,
    ReadyRound,
)
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory, Passing
from domain.status import AssignmentStatus, DispatchStatus, RoundStatus
from schedulers.calendar import at_local, local_day
from schedulers.due import due
from schedulers.taking_part import recipients_of_round
from tests.unit.domain.round_story import Story, about, planned, put_off, ruled, taken
from tests.unit.domain.small_district import (
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    MINH_TIEN,
    PHONG_Y_TE,
    ROUND,
    SO_TTTT,
    SO_VH,
    START,
    TUAN_SON,
    YEN_SON,
)
from tests.unit.schedulers.deputies import STANDING_IN, with_deputy
from tests.unit.schedulers.intents_found import (
    COMPILE_AT,
    asked,
    of,
    reminders,
)


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


def test_a_round_whose_letter_left_for_nobody_is_not_compiled(story: Story) -> None:
    story.run(START, put_off)
    done = story.run(COMPILE_AT, put_off)
    assert of(ReadyRound, done) == []
    (question,) = asked(ReviewKind.NOT_SENT, done)
    assert "has left for nobody" in question.why
    assert asked(ReviewKind.NOT_SENT, story.due(COMPILE_AT + HOUR)) == []
    done = story.run(COMPILE_AT + HOUR)
    assert [i.settled for i in of(ReadyRound, done)] == [False]
    assert story.round().status is RoundStatus.COMPILED


def test_a_round_that_opens_late_sends_before_it_is_compiled() -> None:
    story = Story().begin(COMPILE_AT + DAY)
    late = COMPILE_AT + DAY
    assert [*of(ReadyRound, story.due(late)), *asked(ReviewKind.NOT_SENT, story.due(late))] == []
    done = story.run(late)
    assert asked(ReviewKind.NOT_SENT, done) == []
    assert len(of(ReadyRound, done)) == 1


def test_an_answer_to_a_letter_that_never_left_is_compiled(story: Story) -> None:
    story.run(START, put_off)
    story.reply(YEN_SON, ReplyKind.REPORT, START + DAY)
    done = story.run(COMPILE_AT, put_off)
    assert asked(ReviewKind.NOT_SENT, done) == []
    assert [i.settled for i in of(ReadyRound, done)] == [False]


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
COMPILATION = DispatchKind.COMPILATION


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


def test_the_department_has_the_result_when_it_has_every_part_of_it(approved: Story) -> None:
    (mail,) = [i for i in of(PlanDispatch, approved.due(NOW)) if i.channel is Channel.EMAIL]
    approved.perform(mail, NOW)
    letter = planned(mail)
    name = DispatchId(f"{letter.dispatch}/2")
    part = replace(letter, dispatch=name, kind=DispatchKind.PART, part_of=letter.dispatch)
    approved.record(part, at=NOW)
    approved.run(NOW, lambda d, now: (put_off if d.dispatch == name else taken)(d, now))
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
    nowhere = OfficeId("khong-co")
    approved.campaign = ruled(forward=ForwardRule(office=nowhere))
    assert [i.about.office for i in of(AskPerson, approved.due(NOW))] == [nowhere]
    approved.review(ReviewKind.NO_DOOR, "R-9", about(nowhere), at=NOW)
    assert approved.due(NOW) == []
    approved.resolve(ReviewId("R-9"))
    assert approved.due(NOW) == []


def test_without_a_rule_nothing_is_forwarded(approved: Story) -> None:
    approved.campaign = ruled(forward=None)
    assert approved.due(NOW) == []


def test_forwarding_follows_the_department_to_its_successor(sent: Story) -> None:
    sent.run(COMPILE_AT)
    later = datetime(2025, 3, 3, 2, tzinfo=UTC)
    sent.approve(1, later)
    plans = of(PlanDispatch, sent.due(later))
    assert {i.about.office for i in plans} == {SO_VH}
    assert {i.passed for i in plans} == {
        (Passing(office=SO_TTTT, to=SO_VH, function="external information"),)
    }


def test_a_result_for_the_department_itself_passed_to_nobody(approved: Story) -> None:
    assert {i.passed for i in of(PlanDispatch, approved.due(NOW))} == {()}


def test_a_deputy_of_the_department_gets_the_result_by_mail(approved: Story) -> None:
    approved.directory = with_deputy(approved.directory, SO_TTTT, local_day(NOW))
    plans = {i.channel: i.target for i in of(PlanDispatch, approved.due(NOW))}
    assert plans[Channel.EMAIL] == STANDING_IN


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


def test_a_reminder_that_was_put_off_is_dropped_when_the_result_has_gone(sent: Story) -> None:
    planned = reminders(sent.run(COMPILE_AT, put_off))
    sent.approve(1, NOW)
    done = sent.run(NOW, lambda d, now: (taken if d.kind is COMPILATION else put_off)(d, now))
    assert len(of(FinishForwarding, done)) == 1
    dropped = of(CancelDispatch, sent.run(NOW + DAY))
    assert len(dropped) == len(planned) > 0
    assert {i.why for i in dropped} == {
        "the result went to the Department before the reminder went out"
    }


def test_a_forwarded_round_reminds_and_writes_to_nobody_any_more(approved: Story) -> None:
    approved.run(NOW)
    approved.extend(YEN_SON, datetime(2024, 12, 20, 16, 59, 59, tzinfo=UTC))
    approved.directory = Directory(
        replace(o, organ_id=DIRECTORY.offices[0].organ_id) if o.id == MINH_TIEN else o
        for o in DIRECTORY.offices
    )
    late = datetime(2024, 12, 19, 2, tzinfo=UTC)
    assert of(PlanDispatch, approved.due(late)) == []
    # A version that a person makes after that changes nothing for the offices.
    approved.compile(about(), 2, NOW + HOUR)
    assert approved.round().status is RoundStatus.COMPILED
    assert of(PlanDispatch, approved.due(late)) == []


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


@pytest.mark.parametrize(
    ("awake", "name", "missed"),
    [
        (date(2025, 9, 11), "2025", []),
        (date(2025, 11, 10), "2025", []),
        (date(2026, 9, 11), "2026", ["2025"]),
        (date(2026, 11, 10), "2026", ["2025"]),
        (date(2027, 10, 1), "2027", ["2025", "2026"]),
    ],
)
def test_a_year_that_went_by_unseen_is_named_and_not_made_up_for(
    sent: Story, awake: date, name: str, missed: list[str]
) -> None:
    """Nobody is late at once in a year that went by while nothing ran."""
    sent.run(COMPILE_AT)
    done = sent.run(at_local(awake, time(9, 0)))
    (opened,) = of(OpenRound, done)
    assert opened.about.round == name
    questions = asked(ReviewKind.MISSED_ROUND, done)
    assert [i.about.round for i in questions] == missed
    assert all(
        f"the deadline of {year} " in i.why for i, year in zip(questions, missed, strict=True)
    )
    assert reminders(done) == []
    assert [i for i in of(PassDeadline, done) if i.about.round == name] == []
    sent.check_replay()


@pytest.mark.parametrize("awake", [date(2025, 11, 11), date(2026, 9, 10), date(2027, 1, 4)])
def test_between_a_missed_deadline_and_the_next_opening_no_round_opens(
    sent: Story, awake: date
) -> None:
    sent.run(COMPILE_AT)
    done = sent.run(at_local(awake, time(9, 0)))
    assert of(OpenRound, done) == []
    assert {i.about.round for i in asked(ReviewKind.MISSED_ROUND, done)} >= {"2025"}
    assert sent.due(at_local(awake, time(10, 0))) == []


def test_a_missed_year_is_asked_about_once_and_not_again_after_the_answer(sent: Story) -> None:
    sent.run(COMPILE_AT)
    awake = at_local(date(2025, 11, 11), time(9, 0))
    assert asked(ReviewKind.MISSED_ROUND, sent.due(awake - DAY)) == []
    (question,) = asked(ReviewKind.MISSED_ROUND, sent.run(awake))
    assert "nobody was written to" in question.why
    (review,) = [r for r in sent.picture().reviews if r.kind is ReviewKind.MISSED_ROUND]
    sent.resolve(review.review)
    assert sent.due(awake + DAY) == []


def test_each_year_opens_its_round_once(sent: Story) -> None:
    sent.run(COMPILE_AT)
    opened = []
    for year in (2025, 2026, 2027):
        for awake in (date(year, 9, 11), date(year, 11, 20)):
            done = sent.run(at_local(awake, time(9, 0)))
            opened += [i.about.round for i in of(OpenRound, done)]
            assert asked(ReviewKind.MISSED_ROUND, done) == []
        assert sent.round(RoundId(str(year))).status is RoundStatus.COMPILED
    assert opened == ["2025", "2026", "2027"]
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
