"""Pointers as programs really fill them: the number alone, the wrong identifier, themselves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.campaign import Channel, Expected, RecipientRule
from domain.exchange import Organ, ResponseFor
from domain.ids import CampaignId, OrganId
from domain.kinds import ReviewKind
from domain.status import AssignmentStatus, DispatchStatus
from tests.edxml_files import written
from tests.integration.services.pointer_parts import CODE, SILENT, UNKNOWN, put_status
from tests.integration.services.service_parts import NOTE, RULES, UNIT, YEN_SON, letter
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
DAY = date(2024, 5, 8)
OFFICE = OrganId("H37.99.1")
CITING = {**SILENT, "subject": "Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024"}


def answered(world: World, *pointers: ResponseFor, **members: Any) -> str:  # as put_answer's
    dispatch = world.dispatch(YEN_SON, Channel.EXCHANGE)
    doc_id = world.put_answer(dispatch, response_for=pointers, **members)
    world.turn(later=HOUR)
    return world.raws()[doc_id].outcome


@pytest.mark.parametrize(
    "pointer",
    [
        ResponseFor(organ_id=UNIT, code="512", promulgated_on=DAY),
        ResponseFor(code="Số 0512", promulgated_on=DAY),
        ResponseFor(document_id=f"{UNIT},2024-05-08,512"),
        ResponseFor(organ_id=UNIT, code="512", document_id=f"{UNIT},2024/05/08,512"),
    ],
)
def test_the_number_and_the_day_name_the_letter(begun: World, pointer: ResponseFor) -> None:
    assert answered(begun, pointer, **SILENT) == "report by exchange"
    (reply,) = begun.replies(YEN_SON)
    assert reply.dispatch == begun.dispatch(YEN_SON, Channel.EXCHANGE).dispatch
    assert begun.reviews() == []


def test_a_status_with_number_and_day_counts(begun: World) -> None:
    pointer = ResponseFor(organ_id=UNIT, code="512", promulgated_on=DAY)
    assert put_status(begun, YEN_SON, "03", pointer) == "status 03"
    assert begun.dispatch(YEN_SON, Channel.EXCHANGE).status is DispatchStatus.REGISTERED


def test_the_number_alone_counts_with_a_fitting_citation(begun: World) -> None:
    assert answered(begun, ResponseFor(organ_id=UNIT, code="512"), **CITING) == "report by exchange"
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_the_number_alone_is_no_second_sign(begun: World) -> None:
    outcome = answered(begun, ResponseFor(organ_id=UNIT, code="512"), **SILENT)
    assert outcome == "report by exchange, to be decided"
    assert "only the sender" in begun.review(ReviewKind.UNMATCHED_REPLY).reason


@pytest.mark.parametrize(
    "pointer",
    [
        ResponseFor(organ_id=UNIT, code="512", promulgated_on=date(2024, 5, 9)),
        ResponseFor(organ_id=UNIT, code="513", promulgated_on=DAY),
        ResponseFor(organ_id=UNIT, code="513"),
        ResponseFor(organ_id=OrganId("H99"), code="512", promulgated_on=DAY),
    ],
)
def test_another_number_day_or_issuer_is_another_letter(begun: World, pointer: ResponseFor) -> None:
    """Decisions are numbered apart from letters: 512 of another day is another document."""
    answered(begun, pointer, **CITING)
    assert "none of our documents" in begun.review(ReviewKind.WRONG_LETTER).reason
    assert begun.replies(YEN_SON) == []


def test_the_number_alone_of_a_letter_that_went_to_others_is_another_letter(begun: World) -> None:
    others = (RecipientRule(group="phong", expected=Expected.ACKNOWLEDGEMENT),)
    intake = replace(RULES.intake, number="600", subject_contains=("rà soát",))
    rules = replace(RULES, id=CampaignId("khac"), intake=intake, recipients=others)
    begun.change(campaigns={RULES.id: RULES, rules.id: rules})
    words: Mapping[str, Any] = {"document_id": "H37.99,khac", "subject": "Về việc rà soát thủ tục"}
    begun.put(written(replace(letter(), code_number="600", attachments=(NOTE,), **words)))
    begun.turn(later=HOUR)
    answered(begun, ResponseFor(organ_id=UNIT, code="600"), **CITING)
    assert "600, which is none of our" in begun.review(ReviewKind.WRONG_LETTER).reason


def test_the_docid_of_the_exchange_is_as_good_as_our_document_id(begun: World) -> None:
    dispatch = begun.dispatch(YEN_SON, Channel.EXCHANGE)
    assert dispatch.exchange_id not in (None, dispatch.document_id)
    pointer = ResponseFor(document_id=dispatch.exchange_id or "")
    assert answered(begun, pointer, **SILENT) == "report by exchange"


def test_who_names_itself_as_the_one_that_is_answered_is_heard(begun: World) -> None:
    pointer = ResponseFor(organ_id=OFFICE, code=CODE)
    assert answered(begun, pointer, **SILENT) == "report by exchange"


@pytest.mark.parametrize(
    "pointer",
    [
        ResponseFor(organ_id=OFFICE, code="15/BC-UBND"),
        ResponseFor(code="15/BC-UBND", document_id=f"{OFFICE},2024/10/01,15/BC-UBND"),
    ],
)
def test_a_document_that_points_at_itself_points_at_nothing(
    begun: World, pointer: ResponseFor
) -> None:
    assert answered(begun, pointer, **CITING) == "report by exchange"


def test_an_unknown_document_id_is_not_the_document_itself(begun: World) -> None:
    pointer = ResponseFor(code="15/BC-UBND", document_id=UNKNOWN)
    answered(begun, pointer, **CITING)
    assert begun.review(ReviewKind.WRONG_LETTER).candidates == (YEN_SON,)


def test_a_code_that_names_the_letter_and_what_it_passes_on_counts(begun: World) -> None:
    pointer = ResponseFor(organ_id=UNIT, code=f"{CODE}; 47/NQ-CP")
    assert answered(begun, pointer, **SILENT) == "report by exchange"


@pytest.mark.parametrize("organ", [UNIT, OrganId("H99")])
def test_a_code_that_names_another_letter_too_waits(begun: World, organ: OrganId) -> None:
    other = "88/UBND-TC" if organ == UNIT else "47/NQ-CP"
    answered(begun, ResponseFor(organ_id=organ, code=f"{CODE}; {other}"), **CITING)
    assert begun.review(ReviewKind.WRONG_LETTER).candidates == (YEN_SON,)


def test_the_number_with_its_day_from_a_stranger_is_shown_to_a_person(begun: World) -> None:
    stranger = Organ(organ_id=OrganId("H37.55"), name="UBND huyện khác")
    pointer = ResponseFor(organ_id=UNIT, code="512", promulgated_on=DAY)
    outcome = answered(begun, pointer, sender=stranger, **CITING)
    assert outcome == "about our letter, of no recipient"
    assert begun.review(ReviewKind.UNKNOWN_SENDER).office is None


def test_one_pointer_to_our_letter_among_others_counts(begun: World) -> None:
    ours = ResponseFor(organ_id=UNIT, code=CODE)
    other = replace(ours, organ_id=OrganId("H37"), code="968/STTTT-TTBCXB")
    assert answered(begun, other, ours, **SILENT) == "report by exchange"
