"""Recipients that come and go while a campaign is under way, with real letters and answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.campaign import CanaryRule, RecipientRule
from domain.errors import NotAllowed
from domain.ids import Address, OfficeId, ReviewId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.office import Directory, Office
from domain.state import DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.demo import texts
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.status import campaign_status
from dondoc.services.turn import turn
from dondoc.views.standing import standing_view
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MINH_TIEN,
    OFFICES,
    RULES,
    Y_TE,
    YEN_SON,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
LATE = Office(
    id=OfficeId("xa-van-nham"),
    name="UBND xã Vân Nham",
    groups=("xa",),
    emails=(Address("lanhdao@huulung.example"),),
)


def by(world: World, offices: Sequence[Office] = OFFICES, rules: object = None) -> None:
    """Have the world work by another directory, and by other rules if such are given."""
    world.change(directory=Directory(offices))
    if rules is not None:
        world.change(campaigns={CAMPAIGN: rules})


def decide(world: World, name: ReviewId, decision: Decision) -> None:
    resolve(world.app, name, Resolution(decision=decision, by="Nguyễn Thị Lan"), world.now)


def kept(world: World, name: ReviewId) -> ReviewState:
    found = world.app.ledger.get(ReviewState, (name,))
    assert found is not None
    return found


def letters(world: World, office: OfficeId) -> list[DispatchState]:
    found = world.app.ledger.select(DispatchState, office=office)
    return [d for d in found if d.kind is DispatchKind.DIRECTIVE]


def test_a_late_recipient_gets_one_letter_and_its_answer_counts(world: World) -> None:
    world.began()
    # Who takes part has been asked for already, by the reading of an answer.
    world.answer(MINH_TIEN, texts.ACKNOWLEDGEMENTS[0])
    world.turn(later=HOUR)
    before = {d.dispatch for d in world.app.ledger.select(DispatchState)}
    offices = [replace(o, emails=()) if o.name.startswith("Lãnh") else o for o in OFFICES]
    by(world, [*offices, LATE])
    world.turn(later=HOUR)
    assert [d.status for d in letters(world, LATE.id)] == [DispatchStatus.ACCEPTED]
    world.turn(later=HOUR)
    after = {d.dispatch for d in world.app.ledger.select(DispatchState)}
    assert len(after - before) == 1
    world.answer(LATE.id, texts.ACKNOWLEDGEMENTS[0], index=-1)
    world.turn(later=HOUR)
    assert world.assignment(LATE.id).status is AssignmentStatus.ACKNOWLEDGED
    assert world.consistent() == []


def test_a_removed_office_is_shown_as_removed_and_what_it_sends_is_recorded(world: World) -> None:
    world.began()
    by(
        world,
        rules=replace(RULES, recipients=(RecipientRule(office=YEN_SON), *RULES.recipients[1:])),
    )
    world.turn(later=HOUR)
    assert world.assignment(MINH_TIEN).removed
    standing = campaign_status(world.app, CAMPAIGN)
    assert MINH_TIEN not in {o.office for o in standing.missing}
    (view,) = standing_view(standing, world.now, MINH_TIEN)["offices"]
    assert view["removed"].startswith("the configuration names it")
    world.answer(MINH_TIEN, texts.ACKNOWLEDGEMENTS[0])
    world.turn(later=HOUR)
    assert len(world.replies(MINH_TIEN)) == 1
    by(world, rules=RULES)
    world.turn(later=HOUR)
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert len(letters(world, MINH_TIEN)) == 1
    assert world.consistent() == []


def test_a_slip_waits_for_a_person_who_says_what_is_meant(world: World) -> None:
    world.began()
    by(world, rules=replace(RULES, recipients=(RecipientRule(office=Y_TE),)))
    world.turn(later=HOUR)
    review = world.review(ReviewKind.RECIPIENTS)
    assert not world.assignment(YEN_SON).removed
    with pytest.raises(NotAllowed, match="accept takes them out"):
        decide(world, review.review, Decision.NOTED)
    decide(world, review.review, Decision.ACCEPT)
    world.turn(later=HOUR)
    assert world.assignment(YEN_SON).removed
    assert world.assignment(MINH_TIEN).removed
    by(world, rules=RULES)
    world.turn(later=HOUR)
    assert not world.assignment(YEN_SON).removed
    assert world.consistent() == []


def test_rules_that_are_mended_close_the_question(world: World) -> None:
    world.began()
    by(world, rules=replace(RULES, recipients=(RecipientRule(office=Y_TE),)))
    world.turn(later=HOUR)
    review = world.review(ReviewKind.RECIPIENTS)
    by(world, rules=RULES)
    world.turn(later=HOUR)
    closed = kept(world, review.review)
    assert (closed.open, closed.by) == (False, "Dondoc")
    by(world, rules=replace(RULES, recipients=(RecipientRule(office=Y_TE),)))
    world.turn(later=HOUR)
    assert len([r for r in world.reviews(ReviewKind.RECIPIENTS) if r.open]) == 1


def test_a_bounced_letter_goes_to_the_corrected_address_once(world: World) -> None:
    world.began()
    first = next(d for d in letters(world, MINH_TIEN) if d.message_id)
    world.arrive(world.dsn(first, "failed"))
    world.turn(later=HOUR)
    review = world.review(ReviewKind.UNDELIVERABLE)
    right = Address("lanhdao@huulung.example")
    by(world, [replace(o, emails=(right,)) if o.id == MINH_TIEN else o for o in OFFICES])
    world.turn(later=HOUR)
    world.turn(later=HOUR)
    assert [d.target for d in letters(world, MINH_TIEN)] == [first.target, right]
    closed = kept(world, review.review)
    assert not closed.open
    assert world.consistent() == []


def test_a_canary_lets_the_others_follow_when_a_person_accepts(world: World) -> None:
    by(world, rules=replace(RULES, canary=CanaryRule(first=1)))
    world.began()
    assert {d.office for d in world.app.ledger.select(DispatchState)} == {YEN_SON}
    world.turn(later=2 * HOUR)
    review = world.review(ReviewKind.CANARY)
    with pytest.raises(NotAllowed, match="leave it open"):
        decide(world, review.review, Decision.REJECT)
    decide(world, review.review, Decision.ACCEPT)
    world.turn(later=HOUR)
    found = {d.office for d in world.app.ledger.select(DispatchState)}
    assert found == {o.id for o in OFFICES[:4]}


def test_a_daemon_hears_of_a_recipient_that_another_one_added(world: World) -> None:
    world.began()
    world.answer(MINH_TIEN, texts.ACKNOWLEDGEMENTS[0])
    world.turn(later=HOUR)
    by(world, [*OFFICES, LATE])
    other = replace(world.app, taking_part={})
    turn(other, world.now)
    world.answer(MINH_TIEN, texts.ACKNOWLEDGEMENTS[0])
    world.turn(later=HOUR)
    (taking_part,) = world.app.taking_part.values()
    assert LATE.id in taking_part
