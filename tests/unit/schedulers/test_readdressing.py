"""Corrected addresses: what came back goes there once, what arrived does not."""

from dataclasses import replace
from datetime import date, datetime

from domain import facts
from domain.campaign import Channel, ExchangeMode
from domain.facts import About
from domain.ids import Address, OfficeId, OrganId, ReviewId
from domain.intents import CancelDispatch, CloseReview, PlanDispatch, Transmit
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus
from tests.unit.domain.round_story import Story, about, first_letter, lost, put_off, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DAY,
    DIRECTORY,
    HOUR,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.deputies import STANDING_IN, with_deputy
from tests.unit.schedulers.intents_found import (
    AFTER_DEADLINE,
    FIRST_REMINDER,
    MAIL,
    PACKET,
    asked,
    of,
    reminder,
    reminders,
)

NEW = "vanthu.yenson@huulung.example"
NEWER = "ubnd.yenson@huulung.example"
SECOND_MAIL = "nq47/2024/xa-yen-son/directive/2/email"


def corrected(story: Story, mail: str, office: OfficeId = YEN_SON) -> None:
    change(story, office, emails=(Address(mail),))


def change(story: Story, office: OfficeId, **changes: object) -> None:
    story.directory = Directory(
        replace(o, **changes) if o.id == office else o  # type: ignore[arg-type]
        for o in story.directory.offices
    )


def bounce(story: Story, name: str = MAIL, at: datetime = START + HOUR) -> None:
    story.receipt(story.dispatch(name).dispatch, DispatchEvent.BOUNCED, at)


def plans(story: Story, at: datetime = START + DAY) -> list[tuple[str, int, str]]:
    return [(i.kind, i.occurrence, i.target) for i in of(PlanDispatch, story.run(at))]


def test_a_letter_that_came_back_goes_to_the_corrected_address_once(sent: Story) -> None:
    bounce(sent)
    assert plans(sent) == []
    corrected(sent, NEW)
    assert plans(sent) == [(DispatchKind.DIRECTIVE, 2, NEW)]
    assert plans(sent, START + 2 * DAY) == []
    assert sent.assignment(YEN_SON).status is AssignmentStatus.SENT
    sent.check_replay()


def test_an_address_that_comes_back_too_is_not_tried_again(sent: Story) -> None:
    bounce(sent)
    old = sent.dispatch(MAIL).target
    corrected(sent, NEW)
    sent.run(START + DAY)
    bounce(sent, SECOND_MAIL, START + DAY + HOUR)
    assert plans(sent, START + 2 * DAY) == []
    corrected(sent, old)
    assert plans(sent, START + 2 * DAY) == []
    corrected(sent, NEWER)
    assert plans(sent, START + 2 * DAY) == [(DispatchKind.DIRECTIVE, 3, NEWER)]


def test_an_address_that_is_changed_without_need_sends_nothing_again(sent: Story) -> None:
    sent.receipt(first_letter(YEN_SON), DispatchEvent.DELIVERED, START + HOUR)
    corrected(sent, NEW)
    assert plans(sent) == []
    # Whoever is reminded is written to where it reads now.
    assert NEW in {i.target for i in reminders(sent.due(FIRST_REMINDER))}


def test_a_refused_identifier_that_is_corrected_gets_the_document(sent: Story) -> None:
    sent.receipt(PACKET, DispatchEvent.REJECTED, START + HOUR)
    change(sent, YEN_SON, organ_id=OrganId("H37.77"))
    assert plans(sent) == [(DispatchKind.DIRECTIVE, 2, "H37.77")]


def test_where_the_e_office_sends_no_document_of_ours_goes_out(sent: Story) -> None:
    sent.receipt(PACKET, DispatchEvent.REJECTED, START + HOUR)
    change(sent, YEN_SON, organ_id=OrganId("H37.77"))
    sent.campaign = ruled(exchange=ExchangeMode.FOLLOW)
    assert plans(sent) == []


def test_a_reminder_that_came_back_has_the_letter_itself_sent_to_the_new_address(
    sent: Story,
) -> None:
    sent.run(FIRST_REMINDER)
    bounce(sent, reminder(YEN_SON, "20241025"), FIRST_REMINDER + HOUR)
    corrected(sent, NEW)
    assert plans(sent, FIRST_REMINDER + DAY) == [(DispatchKind.DIRECTIVE, 2, NEW)]


def test_an_address_that_a_person_sent_to_again_with_success_gives_nothing_back(
    sent: Story,
) -> None:
    bounce(sent)
    again = replace_target(sent, sent.dispatch(MAIL).target, 2)
    sent.perform(again, START + 2 * HOUR)
    sent.run(START + 2 * HOUR)
    corrected(sent, NEW)
    assert plans(sent) == []


def replace_target(story: Story, target: str, occurrence: int) -> PlanDispatch:
    return PlanDispatch(
        about=about(YEN_SON),
        kind=DispatchKind.DIRECTIVE,
        occurrence=occurrence,
        channel=Channel.EMAIL,
        target=target,
        why="a person sent it again",
    )


def test_whoever_answered_or_was_waived_gets_no_letter_any_more(sent: Story) -> None:
    bounce(sent)
    bounce(sent, first_letter(MINH_TIEN))
    sent.reply(YEN_SON, ReplyKind.REPORT, START + 2 * HOUR)
    sent.waive(MINH_TIEN)
    corrected(sent, NEW)
    corrected(sent, NEWER, MINH_TIEN)
    assert plans(sent) == []


def test_an_office_that_the_letter_was_taken_back_from_gets_none(sent: Story) -> None:
    bounce(sent)
    sent.record(facts.RecallOrdered(about=about(YEN_SON), reason="nhầm", by="lan"))
    corrected(sent, NEW)
    assert [p for p in plans(sent) if p[0] == DispatchKind.DIRECTIVE] == []


def test_a_letter_that_was_replaced_goes_to_the_new_address_in_its_new_version(
    sent: Story,
) -> None:
    bounce(sent)
    newer = replace(sent.picture().directive.directive, subject="V/v bản thay thế")
    replaced = facts.DirectiveReplaced(about=About(campaign=CAMPAIGN), directive=newer, version=2)
    sent.record(replaced, at=START + 2 * HOUR)
    corrected(sent, NEW)
    mine = [
        i
        for i in of(PlanDispatch, sent.run(START + DAY))
        if i.about.office == YEN_SON and i.channel is Channel.EMAIL
    ]
    assert [(i.kind, i.target) for i in mine] == [(DispatchKind.DIRECTIVE, NEW)]


def test_a_replacement_goes_where_the_office_is_written_to_now(sent: Story) -> None:
    corrected(sent, NEW)
    newer = replace(sent.picture().directive.directive, subject="V/v bản thay thế")
    replaced = facts.DirectiveReplaced(about=About(campaign=CAMPAIGN), directive=newer, version=2)
    sent.record(replaced, at=START + 2 * HOUR)
    sent.run(START + DAY)
    (mine,) = [d for d in sent.picture().dispatches if d.target == NEW]
    assert mine.kind is DispatchKind.REPLACEMENT
    bounce(sent, mine.dispatch, START + 2 * DAY)
    corrected(sent, NEWER)
    assert plans(sent, START + 3 * DAY) == [(DispatchKind.REPLACEMENT, 1002, NEWER)]


def test_the_question_about_a_letter_that_came_back_closes_itself(sent: Story) -> None:
    bounce(sent)
    fact = facts.ReviewOpened(
        review=ReviewId("R-1"),
        kind=ReviewKind.UNDELIVERABLE,
        about=about(YEN_SON),
        reason="it came back",
        dispatch=sent.dispatch(MAIL).dispatch,
    )
    sent.record(fact, at=START + HOUR)
    assert of(CloseReview, sent.due(START + 2 * HOUR)) == []
    corrected(sent, NEW)
    closed = of(CloseReview, sent.run(START + DAY))
    assert [c.review for c in closed] == [ReviewId("R-1")]


def test_a_letter_that_has_not_left_goes_to_the_new_address_instead() -> None:
    story = Story().begin()
    story.run(START, put_off)
    corrected(story, NEW)
    found = story.due(START + 2 * HOUR)
    dropped = of(CancelDispatch, found)
    assert [(i.dispatch, i.why) for i in dropped] == [
        (MAIL, "the directory has another address since it was written")
    ]
    assert plans(story, START + 2 * HOUR) == [(DispatchKind.DIRECTIVE, 2, NEW)]
    assert story.dispatch(MAIL).status is DispatchStatus.CANCELLED
    assert story.dispatch(SECOND_MAIL).status is DispatchStatus.ACCEPTED


def test_a_letter_that_may_have_left_keeps_its_address() -> None:
    story = Story().begin()
    story.run(START, lost)
    corrected(story, NEW)
    assert plans(story, START + DAY) == []


def test_a_document_that_was_tried_twice_keeps_its_identifier() -> None:
    """Its first attempt may have come through: a repeat on the exchange has no mark."""
    story = Story().begin()
    story.run(START, lost)
    story.run(START + 2 * HOUR, put_off)
    assert story.dispatch(PACKET).status is DispatchStatus.DEFERRED
    change(story, YEN_SON, organ_id=OrganId("H37.77"))
    assert "H37.77" not in {p[2] for p in plans(story, START + DAY)}
    assert story.dispatch(PACKET).status is DispatchStatus.ACCEPTED


def test_an_office_without_an_address_any_more_keeps_the_letter_to_the_old_one() -> None:
    story = Story().begin()
    story.run(START, put_off)
    change(story, MINH_TIEN, emails=())
    sending = [i.dispatch for i in of(Transmit, story.due(START + 2 * HOUR))]
    assert first_letter(MINH_TIEN) in sending


def test_an_office_that_left_the_directory_is_written_to_as_before(sent: Story) -> None:
    bounce(sent)
    sent.directory = Directory(o for o in DIRECTORY.offices if o.id != YEN_SON)
    assert plans(sent) == []


def test_nothing_goes_to_a_new_address_while_a_person_has_to_decide(sent: Story) -> None:
    bounce(sent, first_letter(MINH_TIEN))
    corrected(sent, NEW, MINH_TIEN)
    sent.campaign = ruled(recipients=sent.campaign.recipients[2:])
    assert plans(sent) == []


def test_a_round_that_went_to_the_department_is_over(sent: Story) -> None:
    bounce(sent)
    sent.run(AFTER_DEADLINE)
    sent.run(datetime(2024, 11, 15, 2, tzinfo=START.tzinfo))
    sent.approve(sent.round().version, AFTER_DEADLINE)
    sent.run(AFTER_DEADLINE)
    corrected(sent, NEW)
    assert plans(sent, AFTER_DEADLINE + 5 * DAY) == []


def test_a_letter_by_the_exchange_alone_has_a_mail_address_that_changes_nothing(
    sent: Story,
) -> None:
    corrected(sent, NEW, PHONG_Y_TE)
    assert plans(sent) == []


def test_a_mail_that_was_repeated_after_a_loss_and_then_put_off_keeps_its_address() -> None:
    story = Story().begin()
    story.run(START, lost)
    mail = story.dispatch(MAIL)
    attempted = facts.DispatchAttempted(
        dispatch=mail.dispatch, about=mail.about, attempt=2, marked=True
    )
    story.record(attempted, *put_off(mail, START + HOUR), at=START + HOUR)
    assert story.dispatch(MAIL).status is DispatchStatus.DEFERRED
    corrected(story, NEW)
    assert NEW not in {p[2] for p in plans(story)}
    assert story.dispatch(MAIL).status is DispatchStatus.ACCEPTED


def test_a_reminder_that_has_not_left_goes_to_the_new_address(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    corrected(sent, NEW)
    assert plans(sent, FIRST_REMINDER + 2 * HOUR) == [(DispatchKind.REMINDER, 20241026, NEW)]
    assert sent.dispatch(reminder(YEN_SON, "20241025")).status is DispatchStatus.CANCELLED
    assert sent.dispatch(reminder(YEN_SON, "20241026")).status is DispatchStatus.ACCEPTED
    assert plans(sent, FIRST_REMINDER + DAY) == []


def test_a_reminder_of_what_was_answered_is_dropped_and_not_moved(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    corrected(sent, NEW)
    sent.reply(YEN_SON, ReplyKind.REPORT, FIRST_REMINDER + HOUR)
    assert plans(sent, FIRST_REMINDER + 2 * HOUR) == []
    assert sent.dispatch(reminder(YEN_SON, "20241025")).status is DispatchStatus.CANCELLED


def test_a_reminder_waits_at_its_address_while_an_answer_may_be_there(sent: Story) -> None:
    sent.run(FIRST_REMINDER, put_off)
    corrected(sent, NEW)
    sent.review(ReviewKind.UNCLEAR_REPLY, "R-1", about(YEN_SON))
    assert plans(sent, FIRST_REMINDER + 2 * HOUR) == []
    assert sent.dispatch(reminder(YEN_SON, "20241025")).status is DispatchStatus.DEFERRED


def newer_version(story: Story, at: datetime) -> None:
    newer = replace(story.picture().directive.directive, subject="V/v bản thay thế")
    replaced = facts.DirectiveReplaced(about=About(campaign=CAMPAIGN), directive=newer, version=2)
    story.record(replaced, at=at)


def test_a_replacement_that_has_not_left_goes_to_the_new_address(sent: Story) -> None:
    newer_version(sent, START + HOUR)
    sent.run(START + HOUR, put_off)
    corrected(sent, NEW)
    assert plans(sent, START + 3 * HOUR) == [(DispatchKind.REPLACEMENT, 1002, NEW)]
    anew = sent.dispatch("nq47/2024/xa-yen-son/replacement/1002/email")
    assert (anew.target, anew.status) == (NEW, DispatchStatus.ACCEPTED)
    assert plans(sent, START + DAY) == []


def test_a_replacement_goes_to_the_office_that_has_the_letter_and_not_to_a_deputy(
    sent: Story,
) -> None:
    sent.directory = with_deputy(sent.directory, YEN_SON, date(2024, 5, 9))
    newer_version(sent, START + HOUR)
    sent.run(START + DAY)
    mine = sent.dispatch("nq47/2024/xa-yen-son/replacement/2/email")
    assert mine.target == "xa-yen-son@huulung.example"


def test_a_replacement_goes_to_the_deputy_who_has_the_letter() -> None:
    story = Story(directory=with_deputy(DIRECTORY, YEN_SON, date(2024, 5, 8))).begin()
    story.run(START)
    newer_version(story, START + 2 * DAY)
    story.run(START + 2 * DAY, put_off)
    mine = story.dispatch("nq47/2024/xa-yen-son/replacement/2/email")
    assert (mine.target, mine.status) == (STANDING_IN, DispatchStatus.DEFERRED)
    story.run(START + 3 * DAY)
    assert story.dispatch(mine.dispatch).status is DispatchStatus.ACCEPTED


def test_a_letter_to_a_deputy_waits_when_its_time_is_over_and_there_is_no_other_door() -> None:
    story = Story(directory=with_deputy(DIRECTORY, MINH_TIEN, date(2024, 5, 8)))
    change(story, MINH_TIEN, emails=())
    story.begin()
    story.run(START, put_off)
    (letter,) = story.picture().dispatches_to(MINH_TIEN)
    assert letter.target == STANDING_IN
    done = story.run(START + 3 * DAY)
    assert [i.about.office for i in asked(ReviewKind.NO_DOOR, done)] == [MINH_TIEN]
    assert story.dispatch(letter.dispatch).status is DispatchStatus.DEFERRED
    assert asked(ReviewKind.NO_DOOR, story.due(START + 4 * DAY)) == []
    corrected(story, NEW, MINH_TIEN)
    assert plans(story, START + 4 * DAY) == [(DispatchKind.DIRECTIVE, 2, NEW)]


def test_a_stop_between_the_new_plan_and_the_dropping_of_the_old_one_doubles_nothing() -> None:
    story = Story().begin()
    story.run(START, put_off)
    corrected(story, NEW)
    later = START + 2 * HOUR
    (anew,) = of(PlanDispatch, story.due(later))
    story.perform(anew, later)
    found = story.due(later)
    assert of(PlanDispatch, found) == []
    assert [i.dispatch for i in of(CancelDispatch, found)] == [MAIL]


def test_a_letter_to_whom_it_was_taken_back_from_is_not_moved() -> None:
    story = Story().begin()
    story.run(START, put_off)
    corrected(story, NEW)
    story.record(facts.RecallOrdered(about=about(YEN_SON), reason="nhầm", by="lan"))
    assert plans(story, START + 2 * HOUR) == []
    assert story.dispatch(MAIL).status is DispatchStatus.CANCELLED
