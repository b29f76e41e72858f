"""Single cells of a list: addresses, days, several values; and the same written back."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import Address, OfficeId
from domain.office import Deputy, Successor
from mappings.directory import cells


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@xa.example", ["a@xa.example"]),
        ("A@Xa.Example.", ["a@xa.example"]),
        ("mailto:a@xa.example", ["a@xa.example"]),
        ("a@xa.example; b@xa.example", ["a@xa.example", "b@xa.example"]),
        ("a@xa.example,b@xa.example", ["a@xa.example", "b@xa.example"]),
        ("a@xa.example\nb@xa.example\n", ["a@xa.example", "b@xa.example"]),
        ("a@xa.example / b@xa.example", ["a@xa.example", "b@xa.example"]),
        ("a@xa.example/b@xa.example", ["a@xa.example", "b@xa.example"]),
        ("a@xa.example và b@xa.example", ["a@xa.example", "b@xa.example"]),
        ("Văn thư: a@xa.example\nLãnh đạo: b@xa.example", ["a@xa.example", "b@xa.example"]),
        ("E-mail: <a@xa.example>", ["a@xa.example"]),
        ("Tư pháp <a@xa.example>, b@xa.example", ["a@xa.example", "b@xa.example"]),
        ('"Nguyễn, An" <a@xa.example>; Bình < b@xa.example >', ["a@xa.example", "b@xa.example"]),
        ("Văn thư\nAn <mailto:a@xa.example>", ["a@xa.example"]),
        ("a@xa.example a@xa.example", ["a@xa.example"]),
        ("\u200ba@xa.example\u00a0", ["a@xa.example"]),
        ("không có", []),
        ("Chưa có.", []),
        ("/", []),
    ],
)
def test_addresses_of_a_cell(text: str, found: list[str]) -> None:
    assert cells.addresses(text) == cells.Addresses(found=tuple(map(Address, found)))


@pytest.mark.parametrize(
    "text",
    [
        "xayenson huulung.example",
        "xa yen son@huulung.example",
        "yên.sơn@huulung.example",
        "a@b",
        "a@xa.example (Nguyễn Văn An)",
        "0912 345 678",
        "a@xa.example <Nguyễn Văn An>",
        "Nguyễn Văn An, <a@xa.example>",
        "An <xa.example>",
        "@xa.example",
    ],
)
def test_what_is_no_address_is_told(text: str) -> None:
    assert cells.addresses(text).wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01/07/2025", date(2025, 7, 1)),
        ("1-7-2025", date(2025, 7, 1)),
        ("1.7.2025", date(2025, 7, 1)),
        ("2025-07-01", date(2025, 7, 1)),
        ("2025-07-01 00:00:00", date(2025, 7, 1)),
        ("Ngày 01 tháng 7 năm 2025", date(2025, 7, 1)),
        ("31/02/2025", None),
        ("07/2025", None),
        ("hết quý", None),
    ],
)
def test_days(text: str, expected: date | None) -> None:
    assert cells.day(text) == expected


def test_tidy_text() -> None:
    decomposed = unicodedata.normalize("NFD", "Xã  Hòa\u200b Lạc\u00a0")
    assert cells.tidy(f" {decomposed}\r\n dòng hai \n\n") == "Xã Hòa Lạc\ndòng hai"
    assert cells.one_line("a\n b") == "a b"
    assert cells.tidy("a\ud800b") == "ab"


@pytest.mark.parametrize(
    ("text", "dash"), [("-", True), (" – ", True), ("—", True), ("", False), ("a-", False)]
)
def test_a_dash_takes_away(text: str, dash: bool) -> None:
    assert cells.is_dash(text) is dash


def test_successors_and_deputies_are_read_with_what_stands_in_brackets() -> None:
    text = "so-a (external-information); so-b\n"
    assert list(cells.heirs(text.strip())) == [("so-a", "external-information"), ("so-b", None)]
    assert list(cells.heirs("so-a ()")) == [("so-a", None)]
    first, last = date(2024, 5, 13), date(2024, 5, 17)
    for period in ("13/05/2024 – 17/05/2024", "13/5/2024-17/5/2024", "2024-05-13 đến 2024-05-17"):
        assert list(cells.stand_ins(f"a@xa.example ({period})")) == [("a@xa.example", first, last)]
    assert list(cells.stand_ins("so-a")) == [("so-a", None, None)]
    assert list(cells.stand_ins("so-a (tuần sau)")) == [("so-a (tuần sau)", None, None)]


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), min_size=1
).map(cells.one_line)
days = st.dates()


@given(st.lists(texts.filter(bool), unique=True))
def test_values_are_read_as_they_were_written(items: list[str]) -> None:
    assert cells.values(cells.written_values(items)) == tuple(items)


@given(days)
def test_a_written_day_is_read(value: date) -> None:
    assert cells.day(cells.written_day(value)) == value


@given(days, days)
def test_written_successors_and_deputies_are_read(first: date, last: date) -> None:
    heirs = (
        Successor(office=OfficeId("a-1"), function="mot-viec"),
        Successor(office=OfficeId("b")),
    )
    assert list(cells.heirs(cells.written_heirs(heirs))) == [("a-1", "mot-viec"), ("b", None)]
    deputies = (
        Deputy(address=Address("a/b@xa.example"), valid_from=first, valid_to=last),
        Deputy(office=OfficeId("b-2"), valid_from=last, valid_to=first),
    )
    assert list(cells.stand_ins(cells.written_stand_ins(deputies))) == [
        ("a/b@xa.example", first, last),
        ("b-2", last, first),
    ]
