"""Revocations that concern several campaigns, other documents or several decisions at once."""

from datetime import timedelta
from typing import Any

import pytest

from domain.campaign import Channel
from domain.exchange import Business, ResponseFor
from domain.ids import OrganId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import (
    DispatchState,
    RecallState,
    RevocationState,
)
from domain.status import DispatchStatus, RawStatus
from tests.integration.services.replacement_parts import HOUR
from tests.integration.services.revoking_parts import (
    PROVINCE,
    SECOND,
    answers,
    ask,
    decide,
    review_of,
    revoke,
    send,
    versions,
)
from tests.integration.services.service_parts import (
    RULES,
    Y_TE,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World


def test_each_campaign_is_taken_back_by_its_own_decision(both: World) -> None:
    revoke(both, "R", "D1", "D2")
    both.turn(later=HOUR)
    decide(both, review_of(both, "b"), Decision.ACCEPT)
    assert answers(both, "15", "16") == []
    decide(both, review_of(both, "nq47"), Decision.ACCEPT)
    orders = both.app.ledger.select(RecallState)
    assert {(r.campaign, r.whole) for r in orders} == {("b", True), ("nq47", True)}
    decided = both.app.ledger.select(RevocationState)
    assert {(r.campaign, r.agreed) for r in decided} == {("b", True), ("nq47", True)}
    assert answers(both, "15", "16") == [("15", "R")]
    both.turn(later=HOUR)
    assert both.reviews() == []
    letters = both.app.ledger.select(DispatchState)
    first = {d.status for d in letters if d.kind is DispatchKind.DIRECTIVE}
    assert first == {DispatchStatus.RECALL_ASKED}


@pytest.mark.parametrize("first", ["nq47", "b"])
def test_refused_in_one_campaign_the_issuer_gets_one_16(both: World, first: str) -> None:
    revoke(both, "R", "D1", "D2")
    both.turn(later=HOUR)
    second = {"nq47": "b", "b": "nq47"}[first]
    decide(both, review_of(both, first), Decision.REJECT)
    decide(both, review_of(both, second), Decision.ACCEPT)
    assert [r.campaign for r in both.app.ledger.select(RecallState)] == [second]
    assert answers(both, "15", "16") == [("16", "R")]


def test_what_has_come_is_held_and_what_has_not_is_remembered(world: World) -> None:
    world.change(campaigns={RULES.id: RULES, SECOND.id: SECOND})
    send(world, "D1")
    world.turn()
    revoke(world, "R", "D1", "D2")
    world.turn(later=HOUR)
    decide(world, review_of(world, "nq47"), Decision.REJECT)
    send(world, "D2", code_number="513")
    world.turn(later=HOUR)
    assert versions(world) == {"nq47": 1}
    decide(world, review_of(world, "b"), Decision.REJECT)
    world.turn(later=HOUR)
    assert versions(world) == {"nq47": 1, "b": 1}
    assert answers(world, "15", "16") == [("16", "R")]


@pytest.mark.parametrize("decision", [Decision.ACCEPT, Decision.REJECT])
def test_what_is_remembered_is_decided_for_each_campaign_by_itself(
    world: World, decision: Decision
) -> None:
    world.change(campaigns={RULES.id: RULES, SECOND.id: SECOND})
    revoke(world, "R", "D1", "D2")
    world.turn()
    send(world, "D1")
    world.turn(later=HOUR)
    decide(world, review_of(world, "nq47"), decision)
    send(world, "D2", code_number="513")
    world.turn(later=HOUR)
    assert "took 513/UBND-VH back before it came" in review_of(world, "b").reason
    decide(world, review_of(world, "b"), Decision.REJECT)
    world.turn(later=HOUR)
    expected = {"b": 1} if decision is Decision.ACCEPT else {"b": 1, "nq47": 1}
    assert versions(world) == expected
    rows = world.app.ledger.select(RevocationState)
    agreed = {r.campaign: r.agreed for r in rows}
    assert agreed == {None: None, "nq47": decision is Decision.ACCEPT, "b": False}


def test_a_held_directive_that_goes_out_after_all_is_answered_03(world: World) -> None:
    revoke(world, "R", "D1")
    world.turn()
    send(world, "D1")
    world.turn(later=HOUR)
    # The revocation itself is in the ledger; the directive that waits is not.
    assert answers(world, "03") == [("03", "R")]
    decide(world, world.review(ReviewKind.REVOKED), Decision.REJECT)
    assert sorted(answers(world, "03")) == [("03", "D1"), ("03", "R")]


def test_a_revocation_of_another_document_that_refers_to_the_directive_holds_nothing(
    taken: World,
) -> None:
    answer = (ResponseFor(organ_id=PROVINCE.organ_id, code="512/UBND-VH", document_id="D1"),)
    revoke(taken, "R9", business_document_id="B1", response_for=answer)
    taken.turn(later=HOUR)
    assert taken.reviews(ReviewKind.REVOKED) == []
    reason = taken.review(ReviewKind.CONTRADICTION).reason
    assert "takes back B1, which is no document here, and refers to 512/UBND-VH" in reason
    (kept,) = taken.app.ledger.select(RevocationState)
    assert (kept.campaign, kept.document_ids, kept.codes) == (None, ("B1",), ())
    taken.turn(to=taken.round().due_at - timedelta(days=3))
    assert taken.reminders(YEN_SON) != []


def test_a_revocation_of_the_directive_is_asked_about_while_a_document_waits(taken: World) -> None:
    """A replacement that was revoked before it came waits; then its original is revoked, too."""
    revoke(taken, "R3", "D3")
    taken.turn(later=HOUR)
    send(taken, "D3", code_number="600", business=Business.REPLACEMENT, business_document_id="D1")
    taken.turn(later=HOUR)
    held = taken.review(ReviewKind.REVOKED)
    revoke(taken, "R1", "D1")
    taken.turn(later=HOUR)
    (asked,) = [r for r in taken.reviews(ReviewKind.REVOKED) if r != held]
    assert "the issuer takes back 512/UBND-VH" in asked.reason
    decide(taken, held, Decision.ACCEPT)
    assert answers(taken, "15") == [("15", "R3")]
    assert taken.app.ledger.select(RecallState) == []
    decide(taken, asked, Decision.ACCEPT)
    assert sorted(answers(taken, "15")) == [("15", "R1"), ("15", "R3")]
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole


def test_the_decision_on_a_version_leaves_that_of_the_next_one(taken: World) -> None:
    revoke(taken, "R1", "D1")
    taken.turn(later=HOUR)
    of_first = taken.review(ReviewKind.REVOKED)
    send(taken, "D3", code_number="600", business=Business.REPLACEMENT, business_document_id="D1")
    revoke(taken, "R3", "D3", code_number="701")
    taken.turn(later=HOUR)
    (of_second,) = [r for r in taken.reviews(ReviewKind.REVOKED) if r != of_first]
    decide(taken, of_second, Decision.REJECT)
    assert answers(taken, "16") == [("16", "R3")]
    decide(taken, of_first, Decision.ACCEPT)
    assert taken.app.ledger.select(RecallState) == []
    assert ("15", "R1") in answers(taken, "15")


def test_two_revocations_in_the_same_names_are_not_taken_for_one(taken: World) -> None:
    revoke(taken, "R1", "D1")
    revoke(taken, "R2", "D1", code_number="701")
    taken.turn(later=HOUR)
    assert {raw.status for raw in taken.raws().values()} == {RawStatus.READ}
    decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    assert sorted(answers(taken, "15")) == [("15", "R1"), ("15", "R2")]


def test_an_office_that_asks_its_report_back_is_told_to_a_person(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE))
    begun.turn(later=HOUR)
    sender = OrganId(begun.dispatch(YEN_SON, Channel.EXCHANGE).target)
    ask(begun, sender, code="15/BC-UBND", document_id="H37.99.1,2024/10/01,15/BC-UBND")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.campaign, review.round, review.office) == ("nq47", "2024", YEN_SON)
    assert "takes back 15/BC-UBND, its report, which stays counted" in review.reason
    assert "gửi nhầm" in review.reason
    assert len(begun.replies(YEN_SON)) == 1


def test_an_office_that_asks_something_else_back_is_told_as_well(begun: World) -> None:
    sender = OrganId(begun.dispatch(Y_TE, Channel.EXCHANGE).target)
    ask(begun, sender, code="99/CV", document_id="X99")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.campaign, review.office) == (None, Y_TE)
    assert "takes back 99/CV, which is counted as nothing here" in review.reason
    assert [r.codes for r in begun.app.ledger.select(RevocationState)] == [("99/CV",)]


def test_taking_one_in_costs_the_same_however_many_are_remembered(world: World) -> None:
    ledger = _Counting(world.app.ledger)
    world.change(ledger=ledger)
    for number in range(30):
        ask(world, PROVINCE.organ_id, code=f"{900 + number}/UBND-VH", document_id=f"X{number}")
    world.turn()
    assert len(world.app.ledger.select(RevocationState)) == 30
    ledger.rows = 0
    ask(world, PROVINCE.organ_id, code="512/UBND-VH", document_id="D1")
    world.turn(later=HOUR)
    assert ledger.rows == 0
    send(world, "D1")
    world.turn(later=HOUR)
    assert ledger.rows < 10
    assert world.reviews(ReviewKind.REVOKED) != []


class _Counting:
    """A ledger that counts the rows of revocations that are looked at."""

    def __init__(self, ledger: Any) -> None:
        self._ledger, self.rows = ledger, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def select(self, kind: type[Any], **equals: str | bool) -> list[Any]:
        found: list[Any] = self._ledger.select(kind, **equals)
        self.rows += len(found) if kind.__name__.startswith("Revo") else 0
        return found


def test_a_request_that_names_it_by_number_and_day_takes_it_back(taken: World) -> None:
    ask(taken, PROVINCE.organ_id, code="512", promulgated_on=letter().promulgated_on)
    taken.turn(later=HOUR)
    decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole


def test_a_revocation_under_the_own_identity_takes_back_whatever_it_cites(taken: World) -> None:
    cited = (ResponseFor(organ_id=PROVINCE.organ_id, code="47/NQ-CP"),)
    revoke(taken, "D1", code_number="512", response_for=cited)
    taken.turn(later=HOUR)
    decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole


def test_requests_with_other_pointers_to_one_document_are_one_question(taken: World) -> None:
    ask(taken, PROVINCE.organ_id, document_id="D1")
    ask(taken, PROVINCE.organ_id, code="512/UBND-VH")
    taken.turn(later=HOUR)
    assert {raw.status for raw in taken.raws().values()} == {RawStatus.READ}
    decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    assert taken.reviews() == []
    assert [r.agreed for r in taken.app.ledger.select(RevocationState)] == [True, True]
