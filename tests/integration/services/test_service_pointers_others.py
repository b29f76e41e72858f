"""Answers to another year's letter, and what units write that are no recipients."""

from dataclasses import replace
from datetime import date

import pytest

from domain.exchange import (
    Business,
    Organ,
    ResponseFor,
)
from domain.ids import OrganId
from domain.kinds import ReviewKind
from domain.status import AssignmentStatus
from tests.edxml_files import written
from tests.integration.services.pointer_parts import CODE, HOUR, SILENT, answered, yen_son
from tests.integration.services.service_parts import (
    NOTE,
    UNIT,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World

# Numbers begin anew each year, and offices use identifiers that nobody told us.


def test_an_answer_to_another_year_s_letter_of_the_number_waits(begun: World) -> None:
    answer = ResponseFor(organ_id=UNIT, code=CODE, document_id=f"{UNIT},2023/12/20,{CODE}")
    assert "to be decided" in answered(begun, answer, **SILENT)
    assert begun.review(ReviewKind.WRONG_LETTER).candidates == (YEN_SON,)
    assert begun.replies(YEN_SON) == []


@pytest.mark.parametrize("answer", [None, ResponseFor(organ_id=UNIT, code=CODE)])
def test_what_is_older_than_the_letter_cannot_answer_it(
    begun: World, answer: ResponseFor | None
) -> None:
    members = {**SILENT, "subject": f"Kết quả thực hiện Công văn số {CODE}"}
    early = date(2024, 5, 7)
    outcome = answered(begun, answer, promulgated_on=early, **members)
    assert outcome == "older than the letter, to be decided"
    assert begun.assignment(YEN_SON).status is not AssignmentStatus.REPORTED
    review = begun.review(ReviewKind.WRONG_LETTER)
    assert (review.candidates, "2024-05-07" in review.reason) == ((YEN_SON,), True)


def test_what_gives_our_own_document_id_is_an_answer_whatever_day_it_bears(begun: World) -> None:
    answer = ResponseFor(document_id=yen_son(begun).document_id or "")
    early = date(2014, 5, 7)
    assert answered(begun, answer, promulgated_on=early, **SILENT) == "report by exchange"


@pytest.mark.parametrize(
    ("answers", "subject", "told"),
    [
        ((ResponseFor(organ_id=UNIT, code=CODE),), "Kết quả thực hiện", True),
        ((), f"Báo cáo thực hiện Công văn số {CODE}", True),
        ((), "Báo cáo thực hiện Công văn số 9/UBND-VH", False),
        ((ResponseFor(organ_id=UNIT, code="9/UBND-VH"),), "Kết quả thực hiện", False),
    ],
)
def test_a_unit_that_is_no_recipient_and_writes_about_our_letter_is_shown(
    begun: World, answers: tuple[ResponseFor, ...], subject: str, told: bool
) -> None:
    stranger = Organ(organ_id=OrganId("H37.66"), name="Ban Quản lý dự án")
    doc_id = begun.put_answer(
        yen_son(begun), sender=stranger, response_for=answers, **{**SILENT, "subject": subject}
    )
    begun.turn(later=HOUR)
    assert (begun.reviews(ReviewKind.UNKNOWN_SENDER) != []) is told
    assert begun.raws()[doc_id].outcome == (
        "about our letter, of no recipient" if told else "no campaign takes it"
    )


def test_our_own_unit_may_speak_of_its_letter(begun: World) -> None:
    own = replace(letter(), document_id="H37.99,9", code_number="9", subject=f"Đôn đốc {CODE}")
    begun.put(written(replace(own, attachments=(NOTE,))))
    begun.turn(later=HOUR)
    assert begun.reviews() == []


def test_a_revocation_that_speaks_of_our_letter_is_remembered_not_taken_for_an_answer(
    begun: World,
) -> None:
    stranger = Organ(organ_id=OrganId("H37.66"), name="Sở khác")
    doc_id = begun.put_answer(
        yen_son(begun),
        sender=stranger,
        response_for=(),
        business=Business.REVOCATION,
        business_document_id="H37.66,2024/05/01,7/X",
        **{**SILENT, "subject": f"Thu hồi văn bản trả lời {CODE}"},
    )
    begun.turn(later=HOUR)
    assert "remembered" in begun.raws()[doc_id].outcome
    assert begun.reviews(ReviewKind.UNKNOWN_SENDER) == []
