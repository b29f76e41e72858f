"""A Code that gives the number alone, and the days that a pointer gives."""

from datetime import date

import pytest

from domain.exchange import ResponseFor
from mappings.edxml.bare_number import days_given, gives_number_only

DAY = date(2024, 5, 8)


@pytest.mark.parametrize("code", ["512", " 0512 ", "Số 512", "số: 512/", "Công văn số 512", "512."])
def test_the_number_alone(code: str) -> None:
    assert gives_number_only(code, "512")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "512/UBND-VH",
        "5120",
        "512a",
        "số",
        "512 và 513",
        "năm 512",
        "1512",
        "000000512",
        "đ" * 9,
    ],
)
def test_anything_else(code: str) -> None:
    assert not gives_number_only(code, "512")


def test_leading_zeros_of_the_letter_do_not_count_and_no_number_is_no_number() -> None:
    assert gives_number_only("5", "05")
    assert not gives_number_only("5", None)
    assert not gives_number_only("0", "0")


@pytest.mark.parametrize(
    ("answer", "days"),
    [
        (ResponseFor(code="512"), ()),
        (ResponseFor(promulgated_on=DAY), (DAY,)),
        (ResponseFor(document_id="H37.99,2024/05/08,512"), (DAY,)),
        (
            ResponseFor(document_id="H37.99,2024-05-09,512", promulgated_on=DAY),
            (DAY, date(2024, 5, 9)),
        ),
        (ResponseFor(document_id="6d0f7f1c-0000-4000-8000-000000000000"), ()),
        (ResponseFor(document_id="H37.99,ngày,512"), ()),
    ],
)
def test_days(answer: ResponseFor, days: tuple[date, ...]) -> None:
    assert days_given(answer) == days
