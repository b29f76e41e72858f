"""Workbooks read cell by cell: what programs write, what is odd, and what would do harm."""

import contextlib
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from domain.errors import MalformedDocument, TooLarge
from mappings.directory import workbook as reader
from mappings.directory.table import Flaw, Span, cell_name
from mappings.directory.workbook import read_workbook
from tests.unit.mappings.directory.sheets import (
    package,
    relations,
    saved,
    sheet_part,
    sheets_part,
    strings_part,
    styles_part,
    workbook,
)

MERGED = '<mergeCells><mergeCell ref="{}"/></mergeCells>'
CONTENT = workbook([["STT", "Tên đơn vị"], [1, "Xã Cai Kinh"]])


def rows_of(parts: dict[str, str]) -> list[dict[int, str]]:
    (found,) = read_workbook(package(parts))
    return [dict(row.cells) for row in found.rows]


def sheet_of(data: str, **parts: str) -> list[dict[int, str]]:
    return rows_of({"xl/worksheets/sheet1.xml": sheet_part(data), **parts})


def test_a_workbook_as_a_program_writes_it() -> None:
    content = workbook(
        [["STT", "Tên", "Ngày"], [], [1, "Xã Hòa\nLạc", date(2025, 7, 1)], [2.5, True, None]],
        merged=["A1:B1"],
    )
    (found,) = read_workbook(content)
    assert (found.name, found.hidden) == ("Danh sách", False)
    assert [(row.number, dict(row.cells)) for row in found.rows] == [
        (1, {1: "STT", 3: "Ngày"}),
        (3, {1: "1", 2: "Xã Hòa\nLạc", 3: "2025-07-01"}),
        (4, {1: "2.5", 2: "TRUE"}),
    ]
    assert found.merged == (Span(top=1, left=1, bottom=1, right=2),)


def test_hidden_sheets_are_marked_and_sheets_of_charts_left_out() -> None:
    book = Workbook()
    book.create_sheet("Ẩn").sheet_state = "hidden"
    book.create_chartsheet("Biểu đồ")
    assert [(t.name, t.hidden) for t in read_workbook(saved(book))] == [
        ("Sheet", False),
        ("Ẩn", True),
    ]


def test_days_are_told_by_the_format_of_the_cell() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for at, form in enumerate(("dd/mm/yyyy", "0.00", '"ngày" d', "[$-42A]d mmm", "hh:mm"), start=1):
        cell = sheet.cell(1, at, 45474)
        cell.number_format = form
    sheet.cell(2, 1, 45420.5625).number_format = "dd/mm/yyyy hh:mm"
    (found,) = read_workbook(saved(book))
    assert [dict(row.cells) for row in found.rows] == [
        {1: "2024-07-01", 2: "45474", 3: "2024-07-01", 4: "2024-07-01", 5: "45474"},
        {1: "2024-05-08"},
    ]


@pytest.mark.parametrize(
    ("properties", "number", "expected"),
    [
        ("", "1", "1900-01-01"),
        ("", "59", "1900-02-28"),
        ("", "61", "1900-03-01"),
        ("", "0.5", "0.5"),
        ("", "2958466", "2958466"),
        ('<workbookPr date1904="1"/>', "0", "0"),
        ('<workbookPr date1904="true"/>', "1", "1904-01-02"),
        ('<workbookPr date1904="0"/>', "61", "1900-03-01"),
    ],
)
def test_days_are_counted_as_the_book_says(properties: str, number: str, expected: str) -> None:
    parts = {
        "xl/workbook.xml": sheets_part(("Một", "r1"), properties=properties),
        "xl/_rels/workbook.xml.rels": relations(
            ("r1", "worksheet", "/xl/worksheets/sheet1.xml"), ("r2", "styles", "styles.xml")
        ),
        "xl/styles.xml": styles_part("", '<xf numFmtId="0"/><xf numFmtId="14"/><xf/>'),
        "xl/worksheets/sheet1.xml": sheet_part(f'<row><c s="1"><v>{number}</v></c></row>'),
    }
    assert rows_of(parts) == [{1: expected}]


def test_cells_of_every_kind() -> None:
    data = (
        '<row r="2"><c r="B2" t="inlineStr"><is><t>trong </t><r><t>ô</t></r>'
        '<rPh><t>x</t></rPh></is></c><c t="inlineStr"/>'
        '<c r="D2" t="str"><f>A1</f><v>kết quả</v></c><c><v>12345678901234567</v></c>'
        '<c t="b"><v>0</v></c><c><f>1/0</f></c><c t="e"><v>#REF!</v></c><c/>'
        '<c t="x"><v>khác</v></c></row><row><c r="a1"><v>1e3</v></c></row>'
        '<row r="1"><x/><c t="str"><v>a_x000A_b</v></c></row><extra/>'
    )
    (found,) = read_workbook(package({"xl/worksheets/sheet1.xml": sheet_part(data)}))
    first, second, third = found.rows
    assert (first.number, dict(first.cells)) == (1, {1: "a\nb"})
    assert (second.number, third.number) == (2, 3)
    assert dict(second.cells) == {
        2: "trong ô",
        4: "kết quả",
        5: "12345678901234567",
        6: "FALSE",
        10: "khác",
    }
    assert dict(second.flaws) == {7: Flaw.FORMULA, 8: Flaw.ERROR}
    assert dict(third.cells) == {1: "1000"}


def test_shared_texts() -> None:
    parts = {
        "xl/_rels/workbook.xml.rels": relations(
            ("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "sharedStrings", "shared.xml")
        ),
        "xl/shared.xml": strings_part("<t>một</t>", "<r><t>h</t></r><r><t>ai</t></r>"),
    }
    data = '<row><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row>'
    assert sheet_of(data, **parts) == [{1: "hai", 2: "một"}]
    with pytest.raises(MalformedDocument, match="refers to text 2"):
        sheet_of('<row><c t="s"><v>2</v></c></row>', **parts)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"_rels/.rels": relations(("r1", "other", "x.xml"))}, "damaged"),
        ({"xl/workbook.xml": sheets_part()}, "no sheets"),
        ({"xl/worksheets/sheet1.xml": "<worksheet"}, "damaged"),
        ({"xl/worksheets/sheet1.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "DTD"),
        ({"xl/worksheets/sheet1.xml": sheet_part('<row r="x"/>')}, "damaged"),
        ({"xl/worksheets/sheet1.xml": sheet_part("<row><c><v>x</v></c></row>")}, "damaged"),
        (
            {
                "xl/worksheets/sheet1.xml": sheet_part(
                    "", '<mergeCells><mergeCell ref="x"/></mergeCells>'
                )
            },
            "without a place",
        ),
    ],
)
def test_what_is_no_workbook(parts: dict[str, str], reason: str) -> None:
    usual = {"xl/worksheets/sheet1.xml": sheet_part("")}
    with pytest.raises(MalformedDocument, match=reason):
        read_workbook(package(usual | parts))


@pytest.mark.parametrize(
    ("data", "after"),
    [
        ('<row r="1048577"/>', ""),
        ('<row><c r="XFE1"><v>1</v></c></row>', ""),
        ("", MERGED.format("A1:XFE2")),
    ],
)
def test_places_that_no_sheet_has(data: str, after: str) -> None:
    with pytest.raises(TooLarge):
        read_workbook(package({"xl/worksheets/sheet1.xml": sheet_part(data, after)}))


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook([["một", "hai"], ["ba", "bốn"]], merged=["A1:B1", "A2:B2"])
    for name, unit in (
        ("CELLS", "texts|cells"),
        ("LETTERS", "characters"),
        ("SHEETS", "sheets"),
        ("MERGED", "merged cells"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(reader, name, 0)
            with pytest.raises(TooLarge, match=unit):
                read_workbook(content)
    with pytest.raises(TooLarge, match="octets"):
        read_workbook(b"x" * (reader.LIMITS.octets + 1))


def test_more_cells_and_letters_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = '<row><c t="str"><v>một</v></c><c t="str"><v>hai</v></c></row>'
    content = package({"xl/worksheets/sheet1.xml": sheet_part(data)})
    for name, most, unit in (("CELLS", 1, "cells"), ("LETTERS", 5, "characters")):
        with monkeypatch.context() as patched:
            patched.setattr(reader, name, most)
            with pytest.raises(TooLarge, match=unit):
                read_workbook(content)


def test_a_row_of_too_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    data = f"<row>{'<c><v>1</v></c>' * 200_000}</row>"
    with pytest.raises(TooLarge):
        read_workbook(package({"xl/worksheets/sheet1.xml": sheet_part(data)}))


def test_a_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 1024 * 1024))
    with pytest.raises(TooLarge):
        read_workbook(out.getvalue())


@given(st.data())
def test_damage_is_a_malformed_document_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(CONTENT)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    length = data.draw(st.integers(0, len(content)))
    for one in (bytes(content), bytes(content[:length])):
        with contextlib.suppress(MalformedDocument):
            read_workbook(one)


@pytest.mark.parametrize(
    ("row", "column", "expected"), [(7, 4, "D7"), (1, 26, "Z1"), (1, 27, "AA1"), (9, 703, "AAA9")]
)
def test_cells_are_named_as_a_spreadsheet_does(row: int, column: int, expected: str) -> None:
    assert cell_name(row, column) == expected
