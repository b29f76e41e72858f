"""Lists as offices keep them: titles, headings, groups, merged cells, stray rows, old fonts."""

import unicodedata

import pytest

from domain.office import OfficeKind, OfficeLevel
from mappings.directory.columns import Column, Vocabulary, default_words
from mappings.directory.doubt import Code
from mappings.directory.headings import find_headings
from mappings.directory.listed import Listing
from mappings.directory.read_list import GUIDE_SHEET, read_list
from mappings.directory.table import Flaw, Span, Table
from tests.old_letters import in_tcvn3
from tests.unit.mappings.directory.sheets import HEADS, cells, codes, table

WORDS = default_words()


def read(*tables: Table) -> Listing:
    return read_list(tables, WORDS)


def names(found: Listing) -> list[str]:
    return [office.name for office in found.offices]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Tên đơn vị", Column.NAME),
        ("TÊN CƠ QUAN, ĐƠN VỊ", Column.NAME),
        ("ten don vi", None),
        ("Tên cơ quan đơn vị", Column.NAME),
        (unicodedata.normalize("NFD", "Hòm thư điện tử"), Column.EMAILS),
        ("Hộp thư điện tử (công vụ)", Column.EMAILS),
        ("E-mail", Column.EMAILS),
        ("Mã định danh [mới]", Column.ORGAN_ID),
        ("Số điện thoại:", Column.IGNORED),
        ("STT", Column.ORDINAL),
        ("Ghi chú*", Column.NOTE),
        ("Sở thích", None),
    ],
)
def test_headings_are_recognised(heading: str, column: Column | None) -> None:
    assert Vocabulary(WORDS).column(heading) is column


def test_words_of_the_office_itself_win() -> None:
    more = WORDS.with_more(
        headings={Column.NAME: ["Địa chỉ"]},
        kinds={OfficeKind.PUBLIC_UNIT: ["Trường"]},
        levels={OfficeLevel.COMMUNE: ["Cơ sở"]},
    )
    vocabulary = Vocabulary(more)
    assert vocabulary.column("Địa chỉ") is Column.IGNORED
    assert vocabulary.kind("TRƯỜNG") is OfficeKind.PUBLIC_UNIT
    assert vocabulary.kind("union") is OfficeKind.UNION
    assert vocabulary.kind("gì đó") is None
    assert vocabulary.level("cơ sở") is OfficeLevel.COMMUNE
    assert vocabulary.level("district") is OfficeLevel.DISTRICT


def test_headings_stand_below_the_title() -> None:
    found = find_headings(
        table(
            cells("UBND HUYỆN HỮU LŨNG"),
            cells("Danh sách cơ quan"),
            cells(None, "Đơn vị"),
            cells("STT", "Đơn vị", "Email", "Email 2", "Màu"),
            cells("1", "Xã Cai Kinh", "a@xa.example"),
        ),
        Vocabulary(WORDS),
    )
    assert found is not None
    assert dict(found.columns) == {1: Column.ORDINAL, 2: Column.NAME, 3: Column.EMAILS}
    assert dict(found.unknown) == {4: "Email 2", 5: "Màu"}
    assert found.last == 4


def test_headings_of_two_rows() -> None:
    spans = [
        Span(top=1, left=1, bottom=2, right=1),
        Span(top=1, left=2, bottom=2, right=2),
        Span(top=1, left=3, bottom=1, right=5),
    ]
    two = table(
        cells("STT", "Tên đơn vị", "Thư điện tử"),
        cells(None, None, "Văn thư", "Lãnh đạo", "Màu"),
        cells("1", "Xã Cai Kinh", "a@xa.example", "b@xa.example"),
        merged=spans,
    )
    found = find_headings(two, Vocabulary(WORDS))
    assert found is not None
    assert dict(found.columns)[4] is Column.LEADER_EMAILS
    assert (dict(found.columns)[3], dict(found.unknown), found.last) == (
        Column.EMAILS,
        {5: "Thư điện tử Màu"},
        2,
    )
    (office,) = read(two).offices
    assert (office.emails, office.leader_emails) == (("a@xa.example",), ("b@xa.example",))


def test_a_row_below_that_is_no_second_row_of_headings() -> None:
    spans = [Span(top=1, left=2, bottom=1, right=3)]
    found = read(
        table(
            cells("STT", "Tên đơn vị", None, "Email"),
            cells("1", "Xã Cai Kinh", None, "a@xa.example"),
            merged=spans,
        )
    )
    assert names(found) == ["Xã Cai Kinh"]
    apart = table(cells("STT", "Tên đơn vị"), {}, cells("1", "Xã Cai Kinh"), merged=spans)
    assert names(read(apart)) == ["Xã Cai Kinh"]


def test_a_column_that_comes_twice_is_read_once_but_for_addresses() -> None:
    found = read(
        table(
            cells("Tên đơn vị", "Email", "Email công vụ", "Ghi chú", "Chú thích"),
            cells("Xã Cai Kinh", "a@xa.example", "b@xa.example", "một", "hai"),
        )
    )
    (office,) = found.offices
    assert (office.emails, office.note) == (("a@xa.example", "b@xa.example"), "một")
    assert [d.code for d in found.doubts] == [Code.NOT_USED]


def test_a_single_column_of_names_is_a_list() -> None:
    assert names(read(table(cells("Tên đơn vị"), cells("Xã Cai Kinh")))) == ["Xã Cai Kinh"]
    assert codes(read(table(cells("Danh sách"), cells("Xã Cai Kinh")))) == [
        (Code.NO_HEADINGS, ""),
        (Code.NOTHING_READ, ""),
    ]


@pytest.mark.parametrize(
    ("row", "merged", "group"),
    [
        (cells("I. Các xã, thị trấn"), Span(top=2, left=1, bottom=2, right=5), "Các xã, thị trấn"),
        (cells("Các xã, thị trấn"), Span(top=2, left=1, bottom=2, right=5), "Các xã, thị trấn"),
        (cells("I", "Các xã, thị trấn"), None, "Các xã, thị trấn"),
        (cells("A.", "Các xã"), None, "Các xã"),
        (cells("II) Khối Đảng"), None, "Khối Đảng"),
        (cells(None, "IV - Khối Đảng"), None, "Khối Đảng"),
        (cells("Các xã"), None, "Các xã"),
        (cells("I", "Các xã", "-", None, "-"), None, "Các xã"),
    ],
)
def test_rows_that_name_a_group(row: dict[int, str], merged: Span | None, group: str) -> None:
    found = read(
        table(
            cells(*HEADS),
            row,
            cells("1", "Xã Cai Kinh", None, "a@xa.example"),
            merged=[merged] if merged else [],
        )
    )
    assert [(o.name, o.heading) for o in found.offices] == [("Xã Cai Kinh", group)]
    assert codes(found) == []


def test_an_office_without_anything_else_is_no_group() -> None:
    found = read(table(cells(*HEADS), cells("1", "Xã Cai Kinh"), cells("2", "Xã Hòa Lạc")))
    assert [(o.name, o.heading) for o in found.offices] == [
        ("Xã Cai Kinh", None),
        ("Xã Hòa Lạc", None),
    ]


def test_what_stands_below_or_between_is_told_and_not_taken() -> None:
    found = read(
        table(
            cells(*HEADS),
            cells("1", "2", "3", "4", "5"),
            cells("1", "Xã Cai Kinh"),
            cells("2", "Xã Hòa Lạc"),
            cells(*HEADS),
            cells("3", "Xã Hồ Sơn"),
            cells(None, "Tổng cộng: 3 đơn vị"),
            cells(None, None, None, "Hữu Lũng, ngày 8 tháng 5 năm 2024"),
            cells(None, None, None, None, "lời cuối"),
            cells("Nơi nhận: như trên"),
        )
    )
    assert names(found) == ["Xã Cai Kinh", "Xã Hòa Lạc", "Xã Hồ Sơn"]
    assert [doubt.code for doubt in found.doubts] == [Code.NOT_A_ROW] * 4
    assert found.doubts[0].said == ("Tổng cộng: 3 đơn vị",)


def test_a_name_of_more_than_300_letters_is_doubtful() -> None:
    found = read(table(cells(*HEADS), cells("1", "x" * 300), cells("2", "x" * 301)))
    assert names(found) == ["x" * 300]
    assert codes(found) == [(Code.LONG_NAME, "B3")]


def test_a_row_without_a_name_is_doubtful() -> None:
    found = read(table(cells(*HEADS), cells(None, None, None, "a@xa.example")))
    assert codes(found) == [(Code.NO_NAME, "B2")]
    heads, first, second = cells(*HEADS), cells("1", "Xã Cai Kinh"), cells("2", "Xã Hòa Lạc")
    numbered = read(table(heads, first, second, cells("3", None, "H37.1")))
    assert codes(numbered) == [(Code.NO_NAME, "B4")]


def test_formulas_without_result_and_errors_are_told_where_they_matter() -> None:
    found = read(
        table(
            cells("Tên đơn vị", "Email", "Điện thoại"),
            cells("Xã Cai Kinh"),
            cells("Xã Hòa Lạc"),
            cells("Xã Hồ Sơn"),
            {},
            flaws={
                (2, 2): Flaw.FORMULA,
                (3, 2): Flaw.ERROR,
                (4, 3): Flaw.ERROR,
                (5, 2): Flaw.ERROR,
            },
        )
    )
    assert names(found) == ["Xã Hồ Sơn"]
    assert codes(found) == [(Code.FORMULA, "B2"), (Code.ERROR, "B3"), (Code.ERROR, "B5")]


def test_each_cell_of_a_row() -> None:
    heads = (
        *("Mã trong danh bạ", "Tên đơn vị", "Tên gọi khác", "Loại", "Cấp", "Cơ quan cấp trên"),
        *("Nhóm", "Mã định danh", "Mã định danh cũ", "Email", "Email cá nhân", "Nhận thay"),
        *("Từ ngày", "Đến ngày", "Đơn vị kế thừa", "Ghi chú"),
    )
    row = (
        *("xa-a", "Xã A", "A; Á", "UBND", "xã", "huyen", "-", "H37.1", "000.1.H37", "a@xa.example"),
        *("b@xa.example", "c@xa.example (13/05/2024 – 17/05/2024)", "01/07/2025", "2026-06-30"),
        *("xa-b (viec)", " dòng 1\n dòng 2 "),
    )
    (office,) = read(table(cells(*heads), cells(*row))).offices
    assert (office.id, office.aliases, office.kind, office.level) == (
        "xa-a",
        ("A", "Á"),
        OfficeKind.PEOPLES_COMMITTEE,
        OfficeLevel.COMMUNE,
    )
    assert (office.parent, office.groups, office.taken_away) == (
        "huyen",
        None,
        frozenset({Column.GROUPS}),
    )
    assert office.deputies is not None
    assert [who for who, _, _ in office.deputies] == ["c@xa.example"]
    assert (office.successors, office.note) == ((("xa-b", "viec"),), "dòng 1\ndòng 2")
    assert office.at(Column.NAME).cell == "B2"
    assert office.at(Column.LEADER_EMAILS).cell == ""


@pytest.mark.parametrize(
    ("heading", "text", "code"),
    [
        ("Mã trong danh bạ", "Xã A", Code.BAD_ID),
        ("Loại", "tàu", Code.UNKNOWN_KIND),
        ("Cấp", "trên", Code.UNKNOWN_LEVEL),
        ("Mã định danh", "H37 01", Code.BAD_IDENTIFIER),
        ("Mã định danh cũ", "mã ấy", Code.BAD_IDENTIFIER),
        ("Email", "a b@xa.example", Code.BAD_ADDRESS),
        ("Từ ngày", "năm ngoái " * 20, Code.BAD_DAY),
        ("Nhận thay", "c@xa.example", Code.BAD_DAY),
        ("Nhận thay", "c@xa.example (17/05/2024 – 13/05/2024)", Code.BAD_PERIOD),
    ],
)
def test_a_wrong_cell_is_told_with_its_name(heading: str, text: str, code: Code) -> None:
    found = read(table(cells("Tên đơn vị", heading), cells("Xã A", text)))
    assert (found.offices, codes(found)) == ((), [(code, "B2")])


def test_a_period_that_ends_before_it_begins() -> None:
    heads = cells("Tên đơn vị", "Từ ngày", "Đến ngày")
    found = read(table(heads, cells("Xã A", "02/01/2025", "01/01/2025")))
    assert codes(found) == [(Code.BAD_PERIOD, "C2")]


def test_a_sheet_in_an_old_font_is_read_in_unicode() -> None:
    rows = [HEADS, ("1", "Xã Hòa Lạc", None, None, "xã miền núi"), ("2", "Xã Đồng Tân")]
    written = [cells(*(t and in_tcvn3(t) for t in row)) for row in rows]
    written[1][5] += "\nhai dßng"
    assert [(o.name, o.note) for o in read(table(*written)).offices] == [
        ("Xã Hòa Lạc", "xã miền núi\nhai dòng"),
        ("Xã Đồng Tân", None),
    ]


def test_sheets_that_are_not_read_are_told() -> None:
    hidden = Table(name="Ẩn", rows=table(cells(*HEADS)).rows, hidden=True)
    guide = Table(name=GUIDE_SHEET, rows=table(cells("Hướng dẫn")).rows)
    empty = Table(name="Trống", rows=())
    notes = table(cells("nháp"), name="Nháp")
    offices = table(cells("STT", "Tên đơn vị", "Màu"), cells("1", "Xã A", "đỏ"))
    found = read(hidden, guide, empty, notes, offices)
    assert [(d.code, d.place.sheet, d.remark) for d in found.doubts] == [
        (Code.HIDDEN_SHEET, "Ẩn", True),
        (Code.NO_HEADINGS, "Nháp", True),
        (Code.UNKNOWN_HEADING, "A", True),
    ]
    assert names(found) == ["Xã A"]


def test_a_row_of_what_is_not_kept_is_nothing() -> None:
    found = read(
        table(
            cells("STT", "Tên đơn vị", "Điện thoại", "Màu"),
            cells("1", "Xã A"),
            cells(None, None, "0205 3825 111", "đỏ"),
        )
    )
    assert names(found) == ["Xã A"]
    assert [d.code for d in found.doubts] == [Code.UNKNOWN_HEADING, Code.NOT_USED]


def test_an_exported_sheet_is_in_unicode_whatever_it_looks_like() -> None:
    heads = ("Mã trong danh bạ", "Tên đơn vị", "Ghi chú")
    (office,) = read(table(cells(*heads), cells("a", "Xã A", "B¸o c¸o n¨m"))).offices
    assert office.note == "B¸o c¸o n¨m"
