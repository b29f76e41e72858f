"""Under `exchange: follow` only offices that the exchange does not reach get a mail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain import facts
from domain.campaign import Channel, ExchangeMode, Expected, FollowRule, RecipientRule
from domain.ids import DispatchId, OfficeId
from domain.intents import AskPerson, CancelDispatch, HoldLetters, PlanDispatch, Probe, Transmit
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.office import Directory
from domain.portal import PortalRule
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus
from schedulers.due import due
from tests.unit.domain.round_story import Story, about, lost, ruled
from tests.unit.domain.small_district import (
    DIGEST,
    DIRECTORY,
    HOI_NONG_DAN,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.deputies import STANDING_IN, with_deputy
from tests.unit.schedulers.intents_found import FIRST_REMINDER, PACKET, asked, of, reminders

# Directive taken on Wednesday, 8 May 2024, at 9:00; a working day later is Thursday at 8:00.
TIME_IS_UP = datetime(2024, 5, 9, 1, tzinfo=UTC)
BEFORE = TIME_IS_UP - timedelta(seconds=1)


@pytest.fixture
def story() -> Story:
    return Story(campaign=ruled(exchange=ExchangeMode.FOLLOW)).begin()


def followed(story: Story, office: OfficeId, at: datetime = START) -> DispatchId:
    """Record that the e-office sent the directive to an office."""
    found = story.directory.get(office)
    assert found is not None
    name = DispatchId(f"nq47/2024/{office}/directive/1/exchange")
    fact = facts.DispatchFollowed(
        dispatch=name,
        about=about(office),
        target=found.organ_id or "",
        content=DIGEST,
        subject="V/v",
        answer="in the sent list",
        exchange_id="doc-1",
    )
    story.record(fact, at=at, evidence=DIGEST)
    return name


def mailed(story: Story, now: datetime) -> set[OfficeId | None]:
    return {i.about.office for i in of(PlanDispatch, story.due(now))}


def test_the_row_of_a_followed_sending_is_accepted_and_not_ours(story: Story) -> None:
    name = followed(story, YEN_SON)
    row = story.dispatch(name)
    assert (row.status, row.channel, row.followed) == (
        DispatchStatus.ACCEPTED,
        Channel.EXCHANGE,
        True,
    )
    assert (row.accepted_at, row.due_at, row.document_id) == (START, None, None)
    assert story.assignment(YEN_SON).status is AssignmentStatus.SENT
    story.check_replay()


def test_only_offices_without_identifier_are_written_to_at_once(story: Story) -> None:
    plans = of(PlanDispatch, story.due(START))
    assert {(i.about.office, i.channel, i.target) for i in plans} == {
        (MINH_TIEN, Channel.EMAIL, f"{MINH_TIEN}@huulung.example"),
        (LANH_DAO, Channel.EMAIL, f"{LANH_DAO}@huulung.example"),
    }
    assert {i.why for i in plans} == {
        "report expected, it has no identifier on the exchange",
        "information expected, it has no identifier on the exchange",
    }
    (told,) = asked(ReviewKind.NO_DOOR, story.due(START))
    assert told.about.office == HOI_NONG_DAN


def test_nothing_is_ever_planned_on_the_exchange(story: Story) -> None:
    done = story.run(START) + story.run(TIME_IS_UP) + story.run(FIRST_REMINDER)
    assert {i.channel for i in of(PlanDispatch, done)} == {Channel.EMAIL}


def test_who_is_not_reached_in_time_gets_a_mail(story: Story) -> None:
    story.run(START)
    assert mailed(story, BEFORE) == set()
    assert mailed(story, TIME_IS_UP) == {YEN_SON}
    (told,) = asked(ReviewKind.NO_DOOR, story.due(TIME_IS_UP))
    assert (told.about.office, "no mail address" in told.why) == (PHONG_Y_TE, True)
    story.run(TIME_IS_UP)
    assert story.due(TIME_IS_UP + HOUR) == []


def test_the_time_counts_working_days(story: Story) -> None:
    story.campaign = ruled(exchange=ExchangeMode.FOLLOW, follow=FollowRule(email_after=3))
    story.run(START)
    assert mailed(story, datetime(2024, 5, 13, 0, 59, tzinfo=UTC)) == set()
    assert mailed(story, datetime(2024, 5, 13, 1, tzinfo=UTC)) == {YEN_SON}


def test_no_time_at_all_writes_at_once(story: Story) -> None:
    story.campaign = ruled(exchange=ExchangeMode.FOLLOW, follow=FollowRule(email_after=0))
    assert YEN_SON in mailed(story, START)


@pytest.mark.parametrize(
    "event",
    [
        DispatchEvent.DELIVERED,
        DispatchEvent.REGISTERED,
        DispatchEvent.FINISHED,
        DispatchEvent.REJECTED,
        DispatchEvent.RECALL_ASKED,
    ],
)
def test_whom_the_exchange_has_reached_gets_no_mail(story: Story, event: DispatchEvent) -> None:
    story.receipt(followed(story, YEN_SON), event)
    story.run(START)
    assert mailed(story, TIME_IS_UP) == set()


def test_a_sending_still_on_its_way_is_waited_for(story: Story) -> None:
    followed(story, YEN_SON)
    story.run(START)
    assert mailed(story, BEFORE) == set()
    (plan,) = of(PlanDispatch, story.due(TIME_IS_UP))
    # It is the first letter that the office gets, not one that takes the place of another.
    assert (plan.about.office, plan.kind, plan.occurrence) == (YEN_SON, DispatchKind.DIRECTIVE, 1)


def test_a_sending_that_failed_is_made_good_at_once(story: Story) -> None:
    story.receipt(followed(story, YEN_SON), DispatchEvent.BOUNCED)
    assert story.assignment(YEN_SON).status is AssignmentStatus.UNREACHED
    (plan,) = [i for i in of(PlanDispatch, story.due(START)) if i.about.office == YEN_SON]
    assert plan.why == "report expected, the exchange could not bring it"
    story.run(START)
    assert story.assignment(YEN_SON).status is AssignmentStatus.SENT
    assert mailed(story, TIME_IS_UP) == set()


def test_both_doors_in_a_rule_do_not_make_two_letters(story: Story) -> None:
    story.receipt(followed(story, YEN_SON), DispatchEvent.DELIVERED)
    assert story.campaign.recipients[0].channels == "both"
    assert YEN_SON not in mailed(story, TIME_IS_UP)


def test_while_the_exchange_is_silent_nobody_is_taken_for_unreached(story: Story) -> None:
    story.run(START)
    picture = replace(story.picture(), unheard=True)
    assert of(PlanDispatch, due(picture, story.calendar, TIME_IS_UP)) == []
    later = TIME_IS_UP + timedelta(days=5)
    assert of(PlanDispatch, due(picture, story.calendar, later - HOUR)) == []
    (plan,) = of(PlanDispatch, due(picture, story.calendar, later))
    assert plan.about.office == YEN_SON


def test_an_office_reached_by_the_exchange_is_reminded_by_mail(story: Story) -> None:
    story.receipt(followed(story, YEN_SON), DispatchEvent.DELIVERED)
    story.run(START)
    (plan,) = [i for i in reminders(story.due(FIRST_REMINDER)) if i.about.office == YEN_SON]
    assert (plan.channel, plan.target) == (Channel.EMAIL, f"{YEN_SON}@huulung.example")


def test_who_cannot_be_reminded_by_mail_is_told_to_a_person_once(story: Story) -> None:
    story.receipt(followed(story, PHONG_Y_TE), DispatchEvent.DELIVERED)
    story.run(START)
    found = story.due(FIRST_REMINDER)
    assert PHONG_Y_TE not in {i.about.office for i in reminders(found)}
    told = [i for i in asked(ReviewKind.NO_DOOR, found) if i.about.office == PHONG_Y_TE]
    assert len(told) == 1
    assert "remind it by telephone" in told[0].why
    story.run(FIRST_REMINDER)
    assert story.due(FIRST_REMINDER + HOUR) == []


def test_an_office_that_left_the_directory_is_not_reminded_but_told(story: Story) -> None:
    story.receipt(followed(story, YEN_SON), DispatchEvent.DELIVERED)
    story.run(START)
    story.directory = Directory(o for o in DIRECTORY.offices if o.id != YEN_SON)
    assert [i.about.office for i in asked(ReviewKind.NO_DOOR, story.due(FIRST_REMINDER))]


def test_later_rounds_are_announced_by_mail(story: Story) -> None:
    for office in (YEN_SON, PHONG_Y_TE):
        story.receipt(followed(story, office), DispatchEvent.DELIVERED)
        story.reply(office, ReplyKind.REPORT, START)
    story.run(START)
    opens = datetime(2025, 9, 12, 1, tzinfo=UTC)
    done = story.run(opens)
    notices = [i for i in of(PlanDispatch, done) if i.kind is DispatchKind.NOTICE]
    assert {i.channel for i in notices} <= {Channel.EMAIL}


def test_who_has_answered_needs_no_mail(story: Story) -> None:
    story.reply(YEN_SON, ReplyKind.REPORT, START)
    assert YEN_SON not in mailed(story, TIME_IS_UP)


def test_a_campaign_that_begins_to_send_does_not_send_again(story: Story) -> None:
    followed(story, PHONG_Y_TE)
    story.campaign = ruled(exchange=ExchangeMode.SEND)
    assert PHONG_Y_TE not in mailed(story, TIME_IS_UP)


@pytest.mark.parametrize("mode", [ExchangeMode.FOLLOW, ExchangeMode.OFF])
def test_what_was_to_be_sent_is_dropped_when_the_campaign_sends_no_more(mode: ExchangeMode) -> None:
    story = Story().begin()
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    story.campaign = ruled(exchange=mode)
    found = story.due(START)
    dropped = {i.dispatch: i.why for i in of(CancelDispatch, found)}
    assert dropped[PACKET] == f"the campaign says exchange: {mode}"
    assert all("email" in i.dispatch for i in of(Transmit, found))


@pytest.mark.parametrize("mode", [ExchangeMode.FOLLOW, ExchangeMode.OFF])
def test_a_letter_that_may_be_lost_is_told_when_the_campaign_sends_no_more(
    mode: ExchangeMode,
) -> None:
    story = Story().begin()
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    story.run(START, lost)
    story.campaign = ruled(exchange=mode)
    (asked_for,) = [i for i in of(Probe, story.due(TIME_IS_UP)) if i.dispatch == PACKET]
    assert (asked_for.repeat, asked_for.tell) == (False, True)


def test_information_only_recipients_wait_for_the_exchange_too() -> None:
    rules = (RecipientRule(office=YEN_SON, expected=Expected.INFORMATION),)
    story = Story(campaign=ruled(exchange=ExchangeMode.FOLLOW, recipients=rules)).begin()
    assert story.due(START) == []
    assert mailed(story, TIME_IS_UP) == {YEN_SON}


def test_nobody_is_asked_twice(story: Story) -> None:
    story.run(START)
    story.run(TIME_IS_UP)
    assert of(AskPerson, story.due(TIME_IS_UP + HOUR)) == []
    rows = story.ledger.select(DispatchState)
    assert len({(d.office, d.channel) for d in rows}) == len(rows)


def test_what_the_e_office_sent_lifts_no_letter_of_ours_off_the_portal() -> None:
    rule = PortalRule(page="https://sotttt.langson.example/van-ban", document="47/NQ-CP")
    rules = ruled(exchange=ExchangeMode.FOLLOW, portal=rule)
    story = Story(campaign=rules).begin()
    followed(story, YEN_SON)
    found = story.due(START)
    assert of(PlanDispatch, found) == []
    assert of(HoldLetters, found)


def test_a_deputy_gets_the_mail_that_the_exchange_did_not_bring(story: Story) -> None:
    story.directory = with_deputy(DIRECTORY, YEN_SON, TIME_IS_UP.date())
    targets = {i.about.office: i.target for i in of(PlanDispatch, story.due(TIME_IS_UP))}
    assert targets[YEN_SON] == STANDING_IN
    later = TIME_IS_UP + timedelta(days=1)
    targets = {i.about.office: i.target for i in of(PlanDispatch, story.due(later))}
    assert targets[YEN_SON] == f"{YEN_SON}@huulung.example"
