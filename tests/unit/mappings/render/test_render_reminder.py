"""The reminder sheet for the exchange."""

from dataclasses import replace
from datetime import date

import pytest

from domain.campaign import Expected
from domain.directive import Directive
from mappings.render.official import Paragraph
from mappings.render.pdf import render_pdf
from mappings.render.reminder import ReminderSheet, reminder_document

DIRECTIVE = Directive(
    number="512",
    notation="UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    issuer_organ=None,
    subject="Triển khai thực hiện Nghị quyết số 47/NQ-CP",
    type_name="Công văn",
    document_id="d",
)


def sheet(
    *, overdue: bool, expected: Expected = Expected.REPORT, directive: Directive = DIRECTIVE
) -> ReminderSheet:
    return reminder_document(
        directive,
        unit="UBND huyện Hữu Lũng",
        place="Hữu Lũng",
        office="UBND xã Minh Hòa",
        expected=expected,
        deadline="trước ngày 10/11/2024",
        day=date(2024, 11, 11),
        overdue=overdue,
    )


def test_it_names_letter_office_and_deadline_and_bears_the_letters_number() -> None:
    found = sheet(overdue=False)
    assert "Công văn số 512/UBND-VH ngày 08 tháng 5 năm 2024" in found.summary
    assert "UBND xã Minh Hòa gửi báo cáo" in found.summary
    assert "trước ngày 10/11/2024" in found.summary
    assert "Đến nay" not in found.summary
    assert found.document.number_line == "Số: 512/UBND-VH"
    assert render_pdf(found.document).startswith(b"%PDF")


def test_after_the_deadline_it_says_that_nothing_has_come() -> None:
    found = sheet(overdue=True)
    assert "Đến nay, UBND huyện Hữu Lũng chưa nhận được báo cáo" in found.summary
    assert len(found.document.body) == 3


@pytest.mark.parametrize("expected", list(Expected))
def test_it_asks_for_what_is_expected(expected: Expected) -> None:
    asked = {
        Expected.REPORT: "gửi báo cáo kết quả thực hiện",
        Expected.ACKNOWLEDGEMENT: "xác nhận đã nhận được văn bản",
        Expected.INFORMATION: "lưu ý thực hiện",
    }
    assert asked[expected] in sheet(overdue=False, expected=expected).summary


def test_a_subject_from_outside_brings_no_control_characters() -> None:
    found = sheet(overdue=True, directive=replace(DIRECTIVE, subject="a\x00b\u202ec"))
    assert found.document.subject == "abc"
    first = found.document.body[0]
    assert isinstance(first, Paragraph)
    assert "\x00" not in first.text
