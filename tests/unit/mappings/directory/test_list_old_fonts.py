"""Lists in fonts of before Unicode: what is sure is converted and told, all else is left out."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from domain.office import Directory
from mappings.directory.compare import Comparison, compare
from mappings.directory.doubt import Code
from mappings.directory.workbook import read_workbook
from mappings.text.legacy_vietnamese import in_font
from tests.unit.mappings.directory.sheets import (
    AROUND,
    BEFORE,
    codes,
    compared,
    listing,
    office,
    package,
    relations,
    saved,
    sheet_part,
)

HEADS = ("STT", "Tên đơn vị", "Tên gọi khác", "Nhóm", "Ghi chú", "Email")
PHONG = office("phong-noi-vu", "Phòng Nội vụ", note="đã xác nhận", groups=("các phòng",))
DIRECTORY = Directory([PHONG])


def of_row(*texts: str | None) -> Comparison:
    return compared([HEADS, ("1", "Xã Đồng Tân"), ("2", *texts)], DIRECTORY)


def added(found: Comparison) -> list[str]:
    return [one.office.name for one in found.added]


@pytest.mark.parametrize("name", ["Khu vùc sè 2", "Chi côc III", "Khu vùc II"])
def test_a_new_name_that_may_be_in_an_old_font_is_left_out(name: str) -> None:
    found = of_row(name)
    assert added(found) == ["Xã Đồng Tân"]
    assert codes(found) == [(Code.OLD_FONT, "B3")]


@pytest.mark.parametrize(
    ("written", "name"),
    [("B\xadu côc sè 1", "Bưu cục số 1"), ("UBND ph\xadêng Tam Thanh", "UBND phường Tam Thanh")],
)
def test_a_soft_hyphen_within_a_syllable_is_converted_and_told(written: str, name: str) -> None:
    found = of_row(written)
    assert added(found) == ["Xã Đồng Tân", name]
    assert told(found) == [(name, "1")]


def told(found: Comparison) -> list[Sequence[str]]:
    assert not found.left_out
    return [doubt.said for doubt in found.doubts if doubt.code is Code.CONVERTED]


@pytest.mark.parametrize("name", ["Phòng Nội vụ", "Xã Hữu Liên"])
@pytest.mark.parametrize(
    ("cells", "cell"),
    [
        (("Khu vùc", None, None), "C3"),
        ((None, "c¸c x·", None), "D3"),
        ((None, None, "ghi chó cã dÊu"), "E3"),
        ((None, None, "rõ\nghi chó cã dÊu"), "E3"),
    ],
)
def test_other_texts_in_an_old_font_leave_the_row_out(
    name: str, cells: tuple[str | None, ...], cell: str
) -> None:
    found = of_row(name, *cells, "moi@xa.example")
    assert added(found) == ["Xã Đồng Tân"]
    assert found.changed == ()
    assert codes(found) == [(Code.OLD_FONT, cell)]


def test_a_section_in_an_old_font_leaves_its_new_offices_out() -> None:
    found = compared([HEADS, ("I", "Khu vùc"), ("1", "Xã Đồng Tân")], Directory([]))
    assert added(found) == []
    assert codes(found) == [(Code.OLD_FONT, "D3")]


def test_what_the_directory_says_already_is_no_doubt() -> None:
    old = Directory([replace(PHONG, note="ghi chó cã dÊu", aliases=("Khu vùc",))])
    rows = [HEADS, ("1", "Phòng Nội vụ", "Khu vùc", None, "ghi chó cã dÊu")]
    assert codes(compared(rows, old)) == []
    new = [("Mã trong danh bạ", "Tên đơn vị", "Ghi chú"), ("a-b", "Xã A", "ghi chó cã dÊu")]
    assert added(compared(new, old)) == ["Xã A"]


def with_fonts(rows: Sequence[Sequence[tuple[str, str | None]]]) -> Comparison:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(HEADS)
    for number, row in enumerate(rows, start=2):
        for column, (text, font) in enumerate(row, start=1):
            cell = sheet.cell(number, column, text)
            if font:
                cell.font = Font(name=font)
    return compare(listing(saved(book)), DIRECTORY, BEFORE, around=AROUND)


def test_the_font_of_a_cell_tells() -> None:
    found = with_fonts(
        [
            [("1", None), ("Chi côc ThuÕ khu vùc II", ".VnTime")],
            [("2", None), ("Traïm Y teá soá 1", "VNI-Times")],
            [("3", None), ("Trạm thú y", None)],
        ]
    )
    assert added(found) == ["Chi cục Thuế khu vực II", "Trạm Y tế số 1", "Trạm thú y"]
    assert told(found) == [("Chi cục Thuế khu vực II", "2")]


def test_a_font_in_which_cells_are_in_unicode_tells_nothing() -> None:
    rows = [[(str(at), None), (name, ".VnTime")] for at, name in enumerate(("Trạm Y", "Phòng Tài"))]
    found = with_fonts(rows)
    assert added(found) == ["Trạm Y", "Phòng Tài"]
    assert told(found) == []
    assert added(with_fonts(rows[1:])) == [in_font("Phòng Tài", ".VnTime")]


def test_styles_that_name_no_font_are_read() -> None:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><name/>'
        '<fonts><font><sz/></font><font><name val=".VnArial"/></font></fonts><cellXfs><xf/>'
        '<xf fontId="9"/><xf fontId="1"/><xf fontId="0"/></cellXfs></styleSheet>'
    )
    row = "".join(
        f'<c s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'
        for style, text in (("0", "Khu vùc"), ("1", "Khu vùc"), ("2", "Khu vùc"), ("x", "Đơn vị"))
    )
    parts = {
        "xl/worksheets/sheet1.xml": sheet_part(f"<row>{row}</row>"),
        "xl/styles.xml": styles,
        "xl/_rels/workbook.xml.rels": relations(
            ("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "styles", "styles.xml")
        ),
    }
    (table,) = read_workbook(package(parts))
    assert table.rows[0].fonts == {3: ".VnArial"}
