"""Statuses and answers under another form of an identifier: by the table, or by a marked guess."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.exchange import Agency
from domain.facts import RawRead, ReceiptRecorded
from domain.ids import OrganId
from domain.kinds import ReviewKind
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.organs import BY_FORMULA
from dondoc.services.status import campaign_status
from tests.edxml_files import written
from tests.integration.services.service_parts import (
    CAMPAIGN,
    NOTE,
    RULES,
    UNIT,
    Y_TE,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
RENUMBERED = "000.44.77.H37"
"""What the exchange calls the old form of H37.99.2; no formula leads from one to the other."""
GUESSED = "2.99.H37"
"""What the formula makes of H37.99.2."""


def told(world: World, old: Mapping[str, str]) -> World:
    """Let the exchange name old identifiers beside the current ones; the directory has none."""
    known = world.offices._hub.units()
    for agency in known:
        former = old.get(agency.code)
        changed = replace(agency, old_code=OrganId(former) if former else None)
        world.offices._hub.register(changed, system_id="ours" if agency.code == UNIT else "offices")
    return world


def office(world: World) -> DispatchState:
    return world.dispatch(Y_TE, Channel.EXCHANGE)


def receipts(world: World) -> list[ReceiptRecorded]:
    facts = (recorded.event.fact for recorded in world.app.ledger.events(office=Y_TE))
    return [fact for fact in facts if isinstance(fact, ReceiptRecorded)]


def warnings(world: World) -> list[str]:
    facts = (recorded.event.fact for recorded in world.app.ledger.events())
    return [note for fact in facts if isinstance(fact, RawRead) for note in fact.warnings]


def test_a_status_under_the_old_identifier_of_the_table_counts(world: World) -> None:
    told(world, {"H37.99.2": RENUMBERED}).began()
    world.put_status(office(world), "03", sender=RENUMBERED.lower())
    world.turn(later=HOUR)
    assert office(world).status is DispatchStatus.REGISTERED
    assert [receipt.detail for receipt in receipts(world)] == ["status 03"]
    assert warnings(world) == []
    assert world.reviews() == []


def test_a_status_that_only_the_formula_attributes_is_marked(world: World) -> None:
    told(world, {}).began()
    world.put_status(office(world), "03", sender=GUESSED)
    world.turn(later=HOUR)
    assert office(world).status is DispatchStatus.REGISTERED
    mark = f"{BY_FORMULA}: 2.99.H37 and H37.99.2; the exchange's table of 2024-05-08 lacks one"
    assert [receipt.detail for receipt in receipts(world)] == [f"status 03; {mark}"]
    assert warnings(world) == [mark]
    (standing,) = [o for o in campaign_status(world.app, CAMPAIGN).offices if o.office == Y_TE]
    assert f"RawRead status 03 ({mark})" in [step.event for step in standing.timeline]


def test_without_a_table_the_mark_says_so(world: World) -> None:
    world.exchange.errors["agencies"] = PeerUnavailable("truc", "it is switched off")
    world.began()
    world.put_status(office(world), "03", sender=GUESSED)
    world.turn(later=HOUR)
    assert warnings(world) == [f"{BY_FORMULA}: 2.99.H37 and H37.99.2; there is no table yet"]


def test_the_table_overrules_the_formula(world: World) -> None:
    told(world, {"H37.99.2": RENUMBERED}).began()
    world.put_status(office(world), "03", sender=GUESSED)
    world.turn(later=HOUR)
    assert "2.99.H37 is not the receiver" in world.review(ReviewKind.CONTRADICTION).reason
    assert office(world).status is DispatchStatus.ACCEPTED
    assert receipts(world) == []


def test_an_old_identifier_of_two_units_is_a_person_s_business(world: World) -> None:
    told(world, {"H37.99.2": RENUMBERED, "H37.99.1": RENUMBERED}).began()
    world.put_status(office(world), "03", sender=RENUMBERED)
    world.turn(later=HOUR)
    assert "is not the receiver" in world.review(ReviewKind.CONTRADICTION).reason


def test_a_reason_names_the_unit_that_the_table_has(world: World) -> None:
    told(world, {"H37.99.1": RENUMBERED}).began()
    world.put_status(office(world), "03", sender=RENUMBERED)
    world.turn(later=HOUR)
    assert world.review(ReviewKind.CONTRADICTION).reason.endswith(
        "000.44.77.H37 is not the receiver; the exchange's table has it as H37.99.1 UBND xã Yên Sơn"
    )


def test_a_document_that_no_rule_takes_is_not_marked(world: World) -> None:
    intake = replace(RULES.intake, issuers=(UNIT,))
    world.change(campaigns={CAMPAIGN: replace(RULES, intake=intake)})
    sender = replace(letter().sender, organ_id=OrganId("000.00.99.H37"))
    other = replace(letter(), sender=sender, code_number="513", attachments=(NOTE,))
    told(world, {}).began(written(other))
    assert warnings(world) == []


def test_a_table_that_changed_is_used_from_the_next_turn_on(world: World) -> None:
    told(world, {}).began()
    told(world, {"H37.99.2": RENUMBERED})
    world.turn(later=timedelta(days=1))
    world.put_status(office(world), "03", sender=RENUMBERED)
    world.turn(later=HOUR)
    assert office(world).status is DispatchStatus.REGISTERED


def test_a_review_says_that_its_office_was_guessed(world: World) -> None:
    told(world, {}).began()
    world.put_status(office(world), "02", sender=GUESSED, description="gửi nhầm")
    world.turn(later=HOUR)
    assert "gửi nhầm; matched by the formula only" in world.review(ReviewKind.REFUSAL).reason


@pytest.mark.parametrize(("sender", "marks"), [("000.44.78.H37", 0), ("1.99.H37", 1)])
def test_an_answer_counts_for_its_office(world: World, sender: str, marks: int) -> None:
    told(world, {"H37.99.1": "000.44.78.H37"} if not marks else {}).began()
    dispatch = world.dispatch(YEN_SON, Channel.EXCHANGE)
    organ = replace(letter().sender, organ_id=OrganId(sender), name="UBND xã Yên Sơn")
    world.put_answer(dispatch, sender=organ)
    world.turn(later=HOUR)
    assert world.assignment(YEN_SON).status is AssignmentStatus.REPORTED
    assert len([note for note in warnings(world) if note.startswith(BY_FORMULA)]) == marks


@pytest.mark.parametrize(
    ("old", "issuer", "taken", "marks"),
    [
        ({UNIT: "000.00.55.H37"}, "000.00.55.H37", True, 0),
        ({UNIT: "000.00.55.H37"}, "000.00.99.H37", False, 0),
        ({}, "000.00.99.H37", True, 1),
    ],
)
def test_the_issuer_of_a_directive(
    world: World, old: Mapping[str, str], issuer: str, taken: bool, marks: int
) -> None:
    intake = replace(RULES.intake, issuers=(UNIT,))
    world.change(campaigns={CAMPAIGN: replace(RULES, intake=intake)})
    sender = replace(letter().sender, organ_id=OrganId(issuer))
    told(world, old).began(written(replace(letter(), sender=sender, attachments=(NOTE,))))
    assert (world.app.ledger.select(DispatchState) != []) is taken
    assert len(warnings(world)) == marks


def test_our_own_old_identifier_asks_to_take_back(world: World) -> None:
    told(world, {UNIT: "000.00.55.H37"}).began()
    world.put_status(office(world), "13", sender="000.00.55.H37")
    world.turn(later=HOUR)
    assert office(world).status is DispatchStatus.RECALL_ASKED


def test_a_unit_that_shares_nothing_is_no_agency_of_ours(world: World) -> None:
    stranger = Agency(id="9", code=OrganId("H37.99.9"), old_code=OrganId(GUESSED), name="khác")
    world.offices._hub.register(stranger, system_id="offices")
    told(world, {"H37.99.9": GUESSED}).began()
    world.put_status(office(world), "03", sender=GUESSED)
    world.turn(later=HOUR)
    assert "is not the receiver" in world.review(ReviewKind.CONTRADICTION).reason
