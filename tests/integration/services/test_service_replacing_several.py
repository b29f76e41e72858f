"""Replacements of several directives at once, and of other documents that refer to ours."""

from datetime import date
from typing import Any

from domain.exchange import Business, Replaced, ResponseFor
from domain.kinds import Decision, ReviewKind
from domain.status import RawStatus
from tests.integration.services.replacement_parts import HOUR, directive
from tests.integration.services.revoking_parts import (
    PROVINCE,
    answers,
    decide,
    review_of,
    send,
    versions,
)
from tests.integration.services.service_world import World


def test_one_document_replaces_the_directives_of_two_campaigns(both: World) -> None:
    doc_id = send(
        both,
        "D3",
        code_number="600",
        promulgated_on=date(2024, 6, 3),
        business=Business.REPLACEMENT,
        replaced=(Replaced(document_id="D1"), Replaced(document_id="D2")),
    )
    both.turn(later=HOUR)
    assert both.raws()[doc_id].status is RawStatus.READ
    assert versions(both) == {"nq47": 2, "b": 2}
    assert answers(both, "15") == [("15", "D3")]
    assert both.reviews() == []


def test_a_new_deadline_is_asked_about_in_each_campaign(both: World) -> None:
    send(
        both,
        "D3",
        code_number="600",
        due_on=date(2024, 12, 24),
        business=Business.REPLACEMENT,
        replaced=(Replaced(document_id="D1"), Replaced(document_id="D2")),
    )
    both.turn(later=HOUR)
    for campaign in ("b", "nq47"):
        decide(both, review_of(both, campaign, ReviewKind.DUPLICATE_DIRECTIVE), Decision.ACCEPT)
    assert versions(both) == {"nq47": 2, "b": 2}
    assert answers(both, "15") == [("15", "D3")]


def _update(world: World, document_id: str, **members: Any) -> None:
    given: dict[str, Any] = {
        "code_number": "777",
        "subject": "Kế hoạch khác",
        "promulgated_on": date(2024, 6, 3),
        "business": Business.UPDATE,
        "business_document_id": "B1",
        "response_for": (ResponseFor(organ_id=PROVINCE.organ_id, document_id="D1"),),
    } | members
    send(world, document_id, **given)


def test_a_change_of_another_document_that_refers_to_the_directive_waits(taken: World) -> None:
    _update(taken, "B2")
    taken.turn(later=HOUR)
    assert directive(taken).version == 1
    review = taken.review(ReviewKind.DUPLICATE_DIRECTIVE)
    assert "it changes B1, which is no document here, and refers to 512/UBND-VH" in review.reason
    assert answers(taken, "03", "15") == [("03", "D1")]
    decide(taken, review, Decision.NOTED)
    taken.turn(later=HOUR)
    assert directive(taken).version == 1
    assert answers(taken, "15", "16") == []


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
    decide(taken, taken.review(ReviewKind.DUPLICATE_DIRECTIVE), Decision.ACCEPT)
    taken.turn(later=HOUR)
    assert directive(taken).version == 2
    codes = [code for code, about in answers(taken, "01", "03", "15") if about == "B2"]
    assert codes == ["01", "03", "15"]


def test_each_update_under_one_document_id_is_answered(taken: World) -> None:
    for number in ("600", "601"):
        send(
            taken,
            "D1",
            code_number=number,
            business=Business.UPDATE,
            business_document_id="D1",
        )
        taken.turn(later=HOUR)
    assert directive(taken).version == 3
    assert answers(taken, "15") == [("15", "D1"), ("15", "D1")]
