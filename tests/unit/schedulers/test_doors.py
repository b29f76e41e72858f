"""Which doors are left, and that a person is told once of an office that has none."""

from dataclasses import replace

import pytest

from domain.campaign import Channel, ChannelChoice, ExchangeMode
from domain.facts import About, DispatchAttempted
from domain.ids import Address, OfficeId, ReviewId, RoundId
from domain.intents import AskPerson, PlanDispatch, Transmit
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Directory
from domain.recipients import Door
from domain.status import DispatchEvent
from schedulers.doors import FIRST, no_door, unused
from tests.unit.domain.round_story import Story, about, first_letter, lost, put_off, ruled
from tests.unit.domain.small_district import (
    DAY,
    DIRECTORY,
    HOI_NONG_DAN,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.intents_found import of

PACKET: Door = (Channel.EXCHANGE, "H37.1")
EXCHANGED = (YEN_SON, Channel.EXCHANGE)
WITH_PACKET = first_letter(YEN_SON, Channel.EXCHANGE)
RULES = ruled().recipients
MAIL: Door = (Channel.EMAIL, "a@huulung.example")


@pytest.fixture
def story() -> Story:
    return Story().begin()


@pytest.mark.parametrize("choice", list(ChannelChoice))
def test_unused_doors_are_all_that_the_choice_gives_before_the_first_letter(
    choice: ChannelChoice,
) -> None:
    assert unused([PACKET, MAIL], choice, set()) == [PACKET, MAIL]
    assert unused([], choice, set()) == []


@pytest.mark.parametrize("choice", [ChannelChoice.PREFER_EMAIL, ChannelChoice.PREFER_EXCHANGE])
@pytest.mark.parametrize("used", list(Channel))
def test_where_one_door_is_enough_a_used_one_closes_the_others(
    choice: ChannelChoice, used: Channel
) -> None:
    assert unused([PACKET, MAIL], choice, {used}) == []


def test_where_both_are_wanted_only_the_used_one_is_closed() -> None:
    assert unused([PACKET, MAIL], ChannelChoice.BOTH, {Channel.EMAIL}) == [PACKET]
    assert unused([PACKET, MAIL], ChannelChoice.BOTH, set(Channel)) == []


def test_a_person_is_told_of_a_missing_door_once_even_after_resolving(story: Story) -> None:
    (first,) = of(AskPerson, story.run(START))
    assert (first.about, first.why) == (
        about(HOI_NONG_DAN),
        "no identifier on the exchange and no mail address that the campaign may use",
    )
    (review,) = story.picture().reviews
    story.resolve(review.review, START + DAY)
    assert [r.open for r in story.picture().reviews] == [False]
    assert story.due(START + 2 * DAY) == []


def test_each_round_and_office_is_told_of_by_itself(story: Story) -> None:
    story.review(ReviewKind.NO_DOOR, "R-1", about(HOI_NONG_DAN))
    picture = story.picture()
    assert no_door(picture, about(HOI_NONG_DAN)) == []
    for other in (about(PHONG_Y_TE), about(HOI_NONG_DAN, RoundId("2025"))):
        assert [intent.about for intent in no_door(picture, other)] == [other]


def test_a_review_of_another_kind_is_no_report_of_a_missing_door(story: Story) -> None:
    story.review(ReviewKind.UNDELIVERABLE, "R-1", about(HOI_NONG_DAN))
    assert len(no_door(story.picture(), about(HOI_NONG_DAN))) == 1


def test_a_door_that_appears_after_the_report_is_used(story: Story) -> None:
    story.run(START)
    story.directory = Directory(
        replace(o, emails=(Address("nd@huulung.example"),)) if o.id == HOI_NONG_DAN else o
        for o in DIRECTORY.offices
    )
    found = [(i.about.office, i.target) for i in of(PlanDispatch, story.run(START + DAY))]
    assert found == [(HOI_NONG_DAN, "nd@huulung.example")]


def test_an_office_that_loses_its_door_after_the_letter_is_no_case_for_a_person(
    story: Story,
) -> None:
    story.run(START)
    story.campaign = ruled(exchange=ExchangeMode.OFF)
    assert story.due(START + DAY) == []


def test_whoever_has_the_letter_gets_no_second_one_by_a_door_that_opens_later(
    story: Story,
) -> None:
    both = story.campaign
    story.campaign = ruled(
        recipients=tuple(replace(r, channels=ChannelChoice.PREFER_EXCHANGE) for r in RULES)
    )
    story.run(START)
    story.campaign = both
    assert story.due(START + DAY) == []


def test_what_is_on_its_way_counts_as_had_and_what_has_not_left_does_not(story: Story) -> None:
    both = story.campaign
    story.campaign = ruled(
        recipients=tuple(replace(r, channels=ChannelChoice.PREFER_EXCHANGE) for r in RULES)
    )
    for intent in of(PlanDispatch, story.due(START)):
        story.perform(intent, START)
    story.campaign = both
    (mail,) = of(PlanDispatch, story.due(START))
    assert (mail.about.office, mail.channel) == (YEN_SON, Channel.EMAIL)
    attempt = DispatchAttempted(dispatch=WITH_PACKET, about=about(YEN_SON), attempt=1)
    story.record(attempt, at=START)
    assert of(PlanDispatch, story.due(START)) == []
    story.record(*lost(story.dispatch(WITH_PACKET), START), at=START)
    assert of(PlanDispatch, story.due(START)) == []
    again = DispatchAttempted(dispatch=WITH_PACKET, about=about(YEN_SON), attempt=2, marked=True)
    story.record(again, at=START)
    story.record(*put_off(story.dispatch(WITH_PACKET), START), at=START)
    assert of(PlanDispatch, story.due(START)) == []


def test_nor_where_the_exchange_is_used_since(story: Story) -> None:
    story.campaign = ruled(exchange=ExchangeMode.OFF)
    story.run(START)
    story.campaign = ruled()
    # One office had no other door.
    found = [i.about.office for i in of(PlanDispatch, story.due(START + DAY))]
    assert found == [PHONG_Y_TE]


def test_a_letter_that_came_back_goes_by_the_door_that_opened_since(story: Story) -> None:
    story.campaign = ruled(exchange=ExchangeMode.OFF)
    story.run(START)
    story.receipt(first_letter(YEN_SON), DispatchEvent.BOUNCED)
    story.campaign = ruled()
    (found,) = [i for i in of(PlanDispatch, story.due(START + DAY)) if i.about.office == YEN_SON]
    assert found.channel is Channel.EXCHANGE


def test_a_plan_that_a_stop_cut_short_is_finished(story: Story) -> None:
    plans = [i for i in of(PlanDispatch, story.due(START)) if i.about.office == YEN_SON]
    assert len(plans) == 2
    story.perform(plans[0], START)
    assert plans[1] in story.due(START)


def test_mail_that_waits_for_its_files_still_goes_when_the_exchange_has_brought_the_letter(
    story: Story,
) -> None:
    story.campaign = ruled(exchange=ExchangeMode.SEND)
    exchange = [
        i for i in of(PlanDispatch, story.due(START)) if (i.about.office, i.channel) == EXCHANGED
    ]
    story.perform(exchange[0], START)
    story.perform(Transmit(about=about(YEN_SON), dispatch=WITH_PACKET, why=""), START)
    review = story.review(ReviewKind.OVER_SIZE, "R-1", about())
    (mail,) = [i for i in of(PlanDispatch, story.due(START + DAY)) if i.about.office == YEN_SON]
    assert mail.channel is Channel.EMAIL
    # Noted means that somebody brings it by hand.
    story.resolve(review, START + DAY)
    assert [i for i in of(PlanDispatch, story.due(START + DAY)) if i.about.office == YEN_SON] == []


def test_the_picture_gives_a_round_s_assignments_and_dispatches(story: Story) -> None:
    story.run(START)
    picture = story.picture()
    here = story.round()
    elsewhere = replace(here, round=RoundId("2025"))
    assert {a.office for a in picture.assignments_of(here)} == {
        YEN_SON,
        MINH_TIEN,
        PHONG_Y_TE,
        HOI_NONG_DAN,
        LANH_DAO,
    }
    assert picture.assignments_of(elsewhere) == []
    found = picture.dispatches_of(here, iter(FIRST))
    assert {office: {d.dispatch for d in sent} for office, sent in found.items()} == {
        YEN_SON: {first_letter(YEN_SON), first_letter(YEN_SON, Channel.EXCHANGE)},
        MINH_TIEN: {first_letter(MINH_TIEN)},
        PHONG_Y_TE: {first_letter(PHONG_Y_TE, Channel.EXCHANGE)},
        LANH_DAO: {first_letter(LANH_DAO)},
    }
    assert picture.dispatches_of(here, [DispatchKind.REMINDER]) == {}
    assert picture.dispatches_of(here, []) == {}
    assert picture.dispatches_of(elsewhere, FIRST) == {}


def test_the_department_s_missing_door_is_told_once_for_the_round(story: Story) -> None:
    department = OfficeId("khong-co")
    scope = About(campaign=about().campaign, round=about().round, office=department)
    story.review(ReviewKind.NO_DOOR, "R-1", scope)
    story.resolve(ReviewId("R-1"))
    assert no_door(story.picture(), scope) == []
