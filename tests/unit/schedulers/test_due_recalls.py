"""What is due of what was taken back, revoked or replaced: pure decisions, asked twice alike."""

from dataclasses import replace

import pytest

from domain import facts
from domain.campaign import Channel, ExchangeMode
from domain.facts import About
from domain.ids import OfficeId, RoundId
from domain.intents import CancelDispatch, Compile, OpenRound, PlanDispatch, Probe, Transmit
from domain.kinds import DispatchKind, ReviewKind
from domain.state import SENT_AGAIN
from domain.status import DispatchEvent
from schedulers.taking_part import recipients_of
from tests.unit.domain.round_story import Story, about, first_letter, lost, put_off, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DAY,
    DIRECTIVE,
    HOUR,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)
from tests.unit.schedulers.intents_found import COMPILE_AT, of

SECOND = replace(DIRECTIVE, number="600", document_id="second")
ALL = About(campaign=CAMPAIGN)


def _order(story: Story, scope: About = ALL) -> None:
    story.record(facts.RecallOrdered(about=scope, reason="nhầm", by="lan"), at=START + HOUR)


def _replace(story: Story) -> None:
    fact = facts.DirectiveReplaced(about=ALL, directive=SECOND, version=2)
    story.record(fact, at=START + HOUR)


def _asked(story: Story) -> set[tuple[OfficeId | None, Channel]]:
    plans = of(PlanDispatch, story.due(START + HOUR))
    return {(i.about.office, i.channel) for i in plans if i.kind is DispatchKind.RECALL}


def test_only_who_may_have_it_is_asked(sent: Story) -> None:
    sent.receipt(first_letter(MINH_TIEN), DispatchEvent.BOUNCED)
    sent.receipt(first_letter(PHONG_Y_TE, Channel.EXCHANGE), DispatchEvent.REJECTED)
    _order(sent)
    assert _asked(sent) == {
        (YEN_SON, Channel.EXCHANGE),
        (YEN_SON, Channel.EMAIL),
        (LANH_DAO, Channel.EMAIL),
    }
    done = sent.run(START + HOUR)
    assert sent.due(START + HOUR) == []
    # An office that takes the document after all is asked as well.
    sent.receipt(first_letter(PHONG_Y_TE, Channel.EXCHANGE), DispatchEvent.REGISTERED)
    assert _asked(sent) == {(PHONG_Y_TE, Channel.EXCHANGE)}
    assert len(of(Transmit, done)) == 3


def test_one_office_of_one_round_is_asked_alone(sent: Story) -> None:
    _order(sent, about(YEN_SON))
    assert _asked(sent) == {(YEN_SON, Channel.EXCHANGE), (YEN_SON, Channel.EMAIL)}
    assert YEN_SON in {r.office.id for r in recipients_of(sent.picture())}
    _order(sent, About(campaign=CAMPAIGN, office=MINH_TIEN))
    assert MINH_TIEN not in {r.office.id for r in recipients_of(sent.picture())}


def test_a_request_is_dropped_when_its_letter_comes_back_first(sent: Story) -> None:
    _order(sent, about(MINH_TIEN))
    (plan,) = of(PlanDispatch, sent.due(START + HOUR))
    sent.perform(plan, START + HOUR)
    sent.receipt(first_letter(MINH_TIEN), DispatchEvent.BOUNCED)
    (dropped,) = of(CancelDispatch, sent.due(START + HOUR))
    assert dropped.why == "the letter itself is bounced"
    sent.perform(dropped, START + HOUR)
    # It was delivered after all: the request is a new one.
    sent.receipt(first_letter(MINH_TIEN), DispatchEvent.DELIVERED)
    (again,) = of(PlanDispatch, sent.due(START + HOUR))
    assert again.occurrence == 1 + SENT_AGAIN


def test_what_was_put_off_is_dropped_at_once() -> None:
    story = Story().begin()
    story.run(START, put_off)
    _order(story)
    found = story.due(START)
    assert len(of(CancelDispatch, found)) == 5
    assert len(found) == 5


def test_what_is_uncertain_is_looked_for_and_not_repeated() -> None:
    story = Story().begin()
    story.run(START, lost)
    _order(story)
    probes = of(Probe, story.due(START + HOUR))
    assert {p.repeat for p in probes} == {False}
    assert len(probes) == len(_asked(story)) == 5


@pytest.mark.parametrize("mode", [ExchangeMode.FOLLOW, ExchangeMode.OFF])
def test_where_dondoc_does_not_send_on_the_exchange_it_asks_and_replaces_nothing_there(
    sent: Story, mode: ExchangeMode
) -> None:
    sent.campaign = ruled(exchange=mode)
    _replace(sent)
    plans = of(PlanDispatch, sent.due(START + HOUR))
    assert {i.channel for i in plans if i.kind is DispatchKind.REPLACEMENT} == {Channel.EMAIL}
    _order(sent)
    assert {channel for _, channel in _asked(sent)} == {Channel.EMAIL}


def test_nothing_else_is_due_in_a_campaign_that_was_taken_back(sent: Story) -> None:
    _order(sent)
    sent.run(START + HOUR)
    assert sent.due(COMPILE_AT + DAY) == []
    assert sent.due(COMPILE_AT + 400 * DAY) == []


def test_a_round_that_was_taken_back_has_no_result_and_the_next_one_opens(sent: Story) -> None:
    _order(sent, about())
    sent.run(START + HOUR)
    later = sent.due(COMPILE_AT + 300 * DAY)
    assert of(Compile, later) == []
    assert [i.about.round for i in of(OpenRound, later)] == [RoundId("2025")]


def test_while_a_revocation_waits_nothing_goes_out() -> None:
    story = Story().begin()
    for plan in of(PlanDispatch, story.due(START)):
        story.perform(plan, START)
    review = story.review(ReviewKind.REVOKED, "R", ALL)
    assert story.due(START) == []
    assert story.due(COMPILE_AT) == []
    story.resolve(review)
    assert len(of(Transmit, story.due(START))) == 5


def test_replacements_go_by_the_door_and_in_the_newest_round_of_the_letter(sent: Story) -> None:
    _replace(sent)
    plans = of(PlanDispatch, sent.due(START + HOUR))
    assert {i.kind for i in plans} == {DispatchKind.REPLACEMENT}
    assert {(i.about.office, i.channel) for i in plans} == {
        (YEN_SON, Channel.EXCHANGE),
        (YEN_SON, Channel.EMAIL),
        (MINH_TIEN, Channel.EMAIL),
        (PHONG_Y_TE, Channel.EXCHANGE),
        (LANH_DAO, Channel.EMAIL),
    }
    sent.run(START + HOUR)
    assert sent.due(START + HOUR) == []
    sent.check_replay()


def test_a_recalled_office_gets_no_replacement(sent: Story) -> None:
    _order(sent, about(YEN_SON))
    _replace(sent)
    plans = of(PlanDispatch, sent.due(START + HOUR))
    replaced = {i.about.office for i in plans if i.kind is DispatchKind.REPLACEMENT}
    assert YEN_SON not in replaced
    assert MINH_TIEN in replaced


def test_a_first_letter_of_an_old_version_gives_way_to_one_of_the_new() -> None:
    story = Story().begin()
    story.run(START, put_off)
    _replace(story)
    story.run(START)
    new = story.dispatch(f"{CAMPAIGN}/2024/{MINH_TIEN}/directive/2/email")
    assert (new.edition, new.status) == (2, "accepted")
    assert story.dispatch(first_letter(MINH_TIEN)).status == "cancelled"
    story.check_replay()


_HAS_IT = (
    DispatchEvent.ACCEPTED,
    DispatchEvent.DELAYED,
    DispatchEvent.RELAYED,
    DispatchEvent.DELIVERED,
    DispatchEvent.DISPLAYED,
    DispatchEvent.AUTO_REPLIED,
    DispatchEvent.REGISTERED,
    DispatchEvent.ASSIGNED,
    DispatchEvent.PROCESSING,
    DispatchEvent.FINISHED,
)
_HAS_IT_NOT = (DispatchEvent.BOUNCED, DispatchEvent.REJECTED, DispatchEvent.RECALL_ASKED)


@pytest.mark.parametrize("event", [*_HAS_IT, *_HAS_IT_NOT])
def test_in_every_status_who_has_the_letter_gets_the_replacement(
    sent: Story, event: DispatchEvent
) -> None:
    sent.receipt(first_letter(MINH_TIEN), event)
    _replace(sent)
    plans = of(PlanDispatch, sent.due(START + HOUR))
    replaced = {i.about.office for i in plans if i.kind is DispatchKind.REPLACEMENT}
    assert (MINH_TIEN in replaced) is (event in _HAS_IT)


@pytest.mark.parametrize("event", [DispatchEvent.BOUNCED, DispatchEvent.REJECTED])
def test_who_has_no_version_any_more_gets_the_newest_as_first_letter(
    sent: Story, event: DispatchEvent
) -> None:
    sent.receipt(first_letter(MINH_TIEN), event)
    assert of(PlanDispatch, sent.due(START + HOUR)) == []
    _replace(sent)
    sent.run(START + HOUR)
    new = sent.dispatch(f"{CAMPAIGN}/2024/{MINH_TIEN}/directive/2/email")
    assert (new.edition, new.status) == (2, "accepted")
    assert sent.due(START + HOUR) == []


def test_a_refusal_after_the_replacement_brings_no_second_one(sent: Story) -> None:
    _replace(sent)
    sent.run(START + HOUR)
    sent.receipt(first_letter(MINH_TIEN), DispatchEvent.REJECTED)
    assert sent.due(START + HOUR) == []


def test_a_letter_that_is_being_sent_is_waited_for() -> None:
    story = Story().begin()
    (plan,) = [i for i in of(PlanDispatch, story.due(START)) if i.about.office == MINH_TIEN]
    story.perform(plan, START)
    name = first_letter(MINH_TIEN)
    scope = story.dispatch(name).about
    story.record(facts.DispatchAttempted(dispatch=name, about=scope, attempt=1))
    _replace(story)
    _order(story, about(MINH_TIEN))
    asked = {i.about.office for i in of(PlanDispatch, story.due(START + HOUR))}
    assert MINH_TIEN not in asked
    assert of(CancelDispatch, story.due(START + HOUR)) == []
    story.record(facts.DispatchAccepted(dispatch=name, about=scope, answer="250"))
    (request,) = [
        i for i in of(PlanDispatch, story.due(START + HOUR)) if i.about.office == MINH_TIEN
    ]
    assert request.kind is DispatchKind.RECALL
