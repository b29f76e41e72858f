"""Revocations that concern several campaigns, other documents or several decisions at once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.campaign import Channel, IntakeRule
from domain.content import Inline
from domain.exchange import Business, Organ, PacketKind, Replaced, ResponseFor, StatusPacket
from domain.ids import CampaignId, OrganId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import (
    AnswerState,
    DirectiveState,
    DispatchState,
    RecallState,
    ReviewState,
    RevocationState,
)
from domain.status import DispatchStatus, RawStatus
from dondoc.services.resolve import Resolution, resolve
from mappings.edxml.write import write_status
from tests.edxml_files import written
from tests.integration.services.replacement_parts import HOUR, directive
from tests.integration.services.service_parts import (
    NOTE,
    RULES,
    UNIT,
    Y_TE,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World

PROVINCE = Organ(organ_id=OrganId("H37.8"), name="Sở Thông tin và Truyền thông")
SECOND = replace(RULES, id=CampaignId("b"), intake=IntakeRule(number="513", notation="UBND-VH"))


def _send(world: World, document_id: str, **members: Any) -> str:
    """Let the province send a document: a letter like the directive unless told otherwise."""
    given: dict[str, Any] = {"sender": PROVINCE, "attachments": (NOTE,)} | members
    content = written(replace(letter(), document_id=document_id, **given))
    return world.offices.send(
        Inline(content),
        kind=PacketKind.DOCUMENT,
        sender=OrganId(given["sender"].organ_id),
        receivers=[UNIT],
    )


def _revoke(world: World, document_id: str, *taken: str, **members: Any) -> None:
    given: dict[str, Any] = {
        "code_number": "700",
        "business": Business.REVOCATION,
        "business_reason": "sai thẩm quyền",
        "attachments": (),
        "replaced": tuple(Replaced(document_id=one) for one in taken),
    } | members
    _send(world, document_id, **given)


def _ask(world: World, sender: OrganId, **pointer: Any) -> None:
    """Let a unit send us a status 13 about a document of its own."""
    packet = StatusPacket(
        sender=Organ(organ_id=sender, name="đơn vị"),
        response_for=ResponseFor(organ_id=UNIT, **pointer),
        code="13",
        description="gửi nhầm",
        at=world.now,
    )
    world.offices.send(
        Inline(write_status(packet)), kind=PacketKind.STATUS, sender=sender, receivers=[UNIT]
    )


def _decide(world: World, review: ReviewState, decision: Decision) -> None:
    resolve(world.app, review.review, Resolution(decision=decision, by="Lan"), world.now)


def _of(world: World, campaign: str, kind: ReviewKind = ReviewKind.REVOKED) -> ReviewState:
    (found,) = [r for r in world.reviews(kind) if r.campaign == campaign]
    return found


def _answers(world: World, *codes: str) -> list[tuple[str, str]]:
    found = world.app.ledger.select(AnswerState)
    return [(a.code, a.document_id) for a in found if a.code in codes]


def _versions(world: World) -> dict[str, int]:
    return {s.campaign: s.version for s in world.app.ledger.select(DirectiveState)}


@pytest.fixture
def both(world: World) -> World:
    """A world with two campaigns whose directives D1 and D2 went out to everybody."""
    world.change(campaigns={RULES.id: RULES, SECOND.id: SECOND})
    _send(world, "D1")
    _send(world, "D2", code_number="513")
    world.turn()
    assert _versions(world) == {"nq47": 1, "b": 1}
    return world


@pytest.fixture
def taken(world: World) -> World:
    """A world whose one directive D1 went out to everybody."""
    _send(world, "D1")
    world.turn()
    return world


def test_each_campaign_is_taken_back_by_its_own_decision(both: World) -> None:
    _revoke(both, "R", "D1", "D2")
    both.turn(later=HOUR)
    _decide(both, _of(both, "b"), Decision.ACCEPT)
    assert _answers(both, "15", "16") == []
    _decide(both, _of(both, "nq47"), Decision.ACCEPT)
    orders = both.app.ledger.select(RecallState)
    assert {(r.campaign, r.whole) for r in orders} == {("b", True), ("nq47", True)}
    decided = both.app.ledger.select(RevocationState)
    assert {(r.campaign, r.agreed) for r in decided} == {("b", True), ("nq47", True)}
    assert _answers(both, "15", "16") == [("15", "R")]
    both.turn(later=HOUR)
    assert both.reviews() == []
    letters = both.app.ledger.select(DispatchState)
    first = {d.status for d in letters if d.kind is DispatchKind.DIRECTIVE}
    assert first == {DispatchStatus.RECALL_ASKED}


@pytest.mark.parametrize("first", ["nq47", "b"])
def test_refused_in_one_campaign_the_issuer_gets_one_16(both: World, first: str) -> None:
    _revoke(both, "R", "D1", "D2")
    both.turn(later=HOUR)
    second = {"nq47": "b", "b": "nq47"}[first]
    _decide(both, _of(both, first), Decision.REJECT)
    _decide(both, _of(both, second), Decision.ACCEPT)
    assert [r.campaign for r in both.app.ledger.select(RecallState)] == [second]
    assert _answers(both, "15", "16") == [("16", "R")]


def test_what_has_come_is_held_and_what_has_not_is_remembered(world: World) -> None:
    world.change(campaigns={RULES.id: RULES, SECOND.id: SECOND})
    _send(world, "D1")
    world.turn()
    _revoke(world, "R", "D1", "D2")
    world.turn(later=HOUR)
    _decide(world, _of(world, "nq47"), Decision.REJECT)
    _send(world, "D2", code_number="513")
    world.turn(later=HOUR)
    assert _versions(world) == {"nq47": 1}
    _decide(world, _of(world, "b"), Decision.REJECT)
    world.turn(later=HOUR)
    assert _versions(world) == {"nq47": 1, "b": 1}
    assert _answers(world, "15", "16") == [("16", "R")]


@pytest.mark.parametrize("decision", [Decision.ACCEPT, Decision.REJECT])
def test_what_is_remembered_is_decided_for_each_campaign_by_itself(
    world: World, decision: Decision
) -> None:
    world.change(campaigns={RULES.id: RULES, SECOND.id: SECOND})
    _revoke(world, "R", "D1", "D2")
    world.turn()
    _send(world, "D1")
    world.turn(later=HOUR)
    _decide(world, _of(world, "nq47"), decision)
    _send(world, "D2", code_number="513")
    world.turn(later=HOUR)
    assert "took 513/UBND-VH back before it came" in _of(world, "b").reason
    _decide(world, _of(world, "b"), Decision.REJECT)
    world.turn(later=HOUR)
    expected = {"b": 1} if decision is Decision.ACCEPT else {"b": 1, "nq47": 1}
    assert _versions(world) == expected
    rows = world.app.ledger.select(RevocationState)
    agreed = {r.campaign: r.agreed for r in rows}
    assert agreed == {None: None, "nq47": decision is Decision.ACCEPT, "b": False}


def test_one_document_replaces_the_directives_of_two_campaigns(both: World) -> None:
    doc_id = _send(
        both,
        "D3",
        code_number="600",
        promulgated_on=date(2024, 6, 3),
        business=Business.REPLACEMENT,
        replaced=(Replaced(document_id="D1"), Replaced(document_id="D2")),
    )
    both.turn(later=HOUR)
    assert both.raws()[doc_id].status is RawStatus.READ
    assert _versions(both) == {"nq47": 2, "b": 2}
    assert _answers(both, "15") == [("15", "D3")]
    assert both.reviews() == []


def test_a_new_deadline_is_asked_about_in_each_campaign(both: World) -> None:
    _send(
        both,
        "D3",
        code_number="600",
        due_on=date(2024, 12, 24),
        business=Business.REPLACEMENT,
        replaced=(Replaced(document_id="D1"), Replaced(document_id="D2")),
    )
    both.turn(later=HOUR)
    for campaign in ("b", "nq47"):
        _decide(both, _of(both, campaign, ReviewKind.DUPLICATE_DIRECTIVE), Decision.ACCEPT)
    assert _versions(both) == {"nq47": 2, "b": 2}
    assert _answers(both, "15") == [("15", "D3")]


def _update(world: World, document_id: str, **members: Any) -> None:
    given: dict[str, Any] = {
        "code_number": "777",
        "subject": "Kế hoạch khác",
        "promulgated_on": date(2024, 6, 3),
        "business": Business.UPDATE,
        "business_document_id": "B1",
        "response_for": (ResponseFor(organ_id=PROVINCE.organ_id, document_id="D1"),),
    } | members
    _send(world, document_id, **given)


def test_a_change_of_another_document_that_refers_to_the_directive_waits(taken: World) -> None:
    _update(taken, "B2")
    taken.turn(later=HOUR)
    assert directive(taken).version == 1
    review = taken.review(ReviewKind.DUPLICATE_DIRECTIVE)
    assert "it changes B1, which is no document here, and refers to 512/UBND-VH" in review.reason
    assert _answers(taken, "03", "15") == [("03", "D1")]
    _decide(taken, review, Decision.NOTED)
    taken.turn(later=HOUR)
    assert directive(taken).version == 1
    assert _answers(taken, "15", "16") == []


def test_a_change_that_states_itself_states_nothing(taken: World) -> None:
    _update(taken, "B2", business_document_id="B2")
    taken.turn(later=HOUR)
    assert directive(taken).version == 2


def test_the_list_of_what_is_replaced_counts_whatever_stands_beside_the_kind(taken: World) -> None:
    _update(taken, "B2", replaced=(Replaced(document_id="D1"),), response_for=())
    taken.turn(later=HOUR)
    assert directive(taken).version == 2


def test_what_a_person_takes_into_the_ledger_is_answered_03(taken: World) -> None:
    _update(taken, "B2")
    taken.turn(later=HOUR)
    _decide(taken, taken.review(ReviewKind.DUPLICATE_DIRECTIVE), Decision.ACCEPT)
    taken.turn(later=HOUR)
    assert directive(taken).version == 2
    answers = [code for code, about in _answers(taken, "01", "03", "15") if about == "B2"]
    assert answers == ["01", "03", "15"]


def test_a_held_directive_that_goes_out_after_all_is_answered_03(world: World) -> None:
    _revoke(world, "R", "D1")
    world.turn()
    _send(world, "D1")
    world.turn(later=HOUR)
    assert _answers(world, "03") == []
    _decide(world, world.review(ReviewKind.REVOKED), Decision.REJECT)
    assert _answers(world, "03") == [("03", "D1")]


def test_each_update_under_one_document_id_is_answered(taken: World) -> None:
    for number in ("600", "601"):
        _send(
            taken,
            "D1",
            code_number=number,
            business=Business.UPDATE,
            business_document_id="D1",
        )
        taken.turn(later=HOUR)
    assert directive(taken).version == 3
    assert _answers(taken, "15") == [("15", "D1"), ("15", "D1")]


def test_a_revocation_of_another_document_that_refers_to_the_directive_holds_nothing(
    taken: World,
) -> None:
    answer = (ResponseFor(organ_id=PROVINCE.organ_id, code="512/UBND-VH", document_id="D1"),)
    _revoke(taken, "R9", business_document_id="B1", response_for=answer)
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
    _revoke(taken, "R3", "D3")
    taken.turn(later=HOUR)
    _send(taken, "D3", code_number="600", business=Business.REPLACEMENT, business_document_id="D1")
    taken.turn(later=HOUR)
    held = taken.review(ReviewKind.REVOKED)
    _revoke(taken, "R1", "D1")
    taken.turn(later=HOUR)
    (asked,) = [r for r in taken.reviews(ReviewKind.REVOKED) if r != held]
    assert "the issuer takes back 512/UBND-VH" in asked.reason
    _decide(taken, held, Decision.ACCEPT)
    assert _answers(taken, "15") == [("15", "R3")]
    assert taken.app.ledger.select(RecallState) == []
    _decide(taken, asked, Decision.ACCEPT)
    assert sorted(_answers(taken, "15")) == [("15", "R1"), ("15", "R3")]
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole


def test_the_decision_on_a_version_leaves_that_of_the_next_one(taken: World) -> None:
    _revoke(taken, "R1", "D1")
    taken.turn(later=HOUR)
    of_first = taken.review(ReviewKind.REVOKED)
    _send(taken, "D3", code_number="600", business=Business.REPLACEMENT, business_document_id="D1")
    _revoke(taken, "R3", "D3", code_number="701")
    taken.turn(later=HOUR)
    (of_second,) = [r for r in taken.reviews(ReviewKind.REVOKED) if r != of_first]
    _decide(taken, of_second, Decision.REJECT)
    assert _answers(taken, "16") == [("16", "R3")]
    _decide(taken, of_first, Decision.ACCEPT)
    assert taken.app.ledger.select(RecallState) == []
    assert ("15", "R1") in _answers(taken, "15")


def test_two_revocations_in_the_same_names_are_not_taken_for_one(taken: World) -> None:
    _revoke(taken, "R1", "D1")
    _revoke(taken, "R2", "D1", code_number="701")
    taken.turn(later=HOUR)
    assert {raw.status for raw in taken.raws().values()} == {RawStatus.READ}
    _decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    assert sorted(_answers(taken, "15")) == [("15", "R1"), ("15", "R2")]


def test_an_office_that_asks_its_report_back_is_told_to_a_person(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE))
    begun.turn(later=HOUR)
    sender = OrganId(begun.dispatch(YEN_SON, Channel.EXCHANGE).target)
    _ask(begun, sender, code="15/BC-UBND", document_id="H37.99.1,2024/10/01,15/BC-UBND")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.campaign, review.round, review.office) == ("nq47", "2024", YEN_SON)
    assert "takes back 15/BC-UBND, its report, which stays counted" in review.reason
    assert "gửi nhầm" in review.reason
    assert len(begun.replies(YEN_SON)) == 1


def test_an_office_that_asks_something_else_back_is_told_as_well(begun: World) -> None:
    sender = OrganId(begun.dispatch(Y_TE, Channel.EXCHANGE).target)
    _ask(begun, sender, code="99/CV", document_id="X99")
    begun.turn(later=HOUR)
    review = begun.review(ReviewKind.CONTRADICTION)
    assert (review.campaign, review.office) == (None, Y_TE)
    assert "takes back 99/CV, which is counted as nothing here" in review.reason
    assert [r.codes for r in begun.app.ledger.select(RevocationState)] == [("99/CV",)]


def test_taking_one_in_costs_the_same_however_many_are_remembered(world: World) -> None:
    ledger = _Counting(world.app.ledger)
    world.change(ledger=ledger)
    for number in range(30):
        _ask(world, PROVINCE.organ_id, code=f"{900 + number}/UBND-VH", document_id=f"X{number}")
    world.turn()
    assert len(world.app.ledger.select(RevocationState)) == 30
    ledger.rows = 0
    _ask(world, PROVINCE.organ_id, code="512/UBND-VH", document_id="D1")
    world.turn(later=HOUR)
    assert ledger.rows == 0
    _send(world, "D1")
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
    _ask(taken, PROVINCE.organ_id, code="512", promulgated_on=letter().promulgated_on)
    taken.turn(later=HOUR)
    _decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole


def test_a_revocation_under_the_own_identity_takes_back_whatever_it_cites(taken: World) -> None:
    cited = (ResponseFor(organ_id=PROVINCE.organ_id, code="47/NQ-CP"),)
    _revoke(taken, "D1", code_number="512", response_for=cited)
    taken.turn(later=HOUR)
    _decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    (order,) = taken.app.ledger.select(RecallState)
    assert order.whole


def test_requests_with_other_pointers_to_one_document_are_one_question(taken: World) -> None:
    _ask(taken, PROVINCE.organ_id, document_id="D1")
    _ask(taken, PROVINCE.organ_id, code="512/UBND-VH")
    taken.turn(later=HOUR)
    assert {raw.status for raw in taken.raws().values()} == {RawStatus.READ}
    _decide(taken, taken.review(ReviewKind.REVOKED), Decision.ACCEPT)
    assert taken.reviews() == []
    assert [r.agreed for r in taken.app.ledger.select(RevocationState)] == [True, True]
