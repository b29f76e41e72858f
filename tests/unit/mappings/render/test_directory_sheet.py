"""The directory as a workbook: what people see, and that it comes back as it was."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.errors import NotAllowed
from domain.ids import Address, OfficeId, OrganId
from domain.office import Deputy, Directory, Office, OfficeKind, OfficeLevel, Successor
from dondoc.settings.load import load_settings
from mappings.directory.cells import one_line
from mappings.directory.columns import default_words
from mappings.directory.compare import Comparison, compare
from mappings.directory.read_list import read_list
from mappings.directory.table_file import read_tables
from mappings.directory.yaml_text import edited
from mappings.render.directory_sheet import directory_workbook
from tests.checkout import ROOT
from tests.unit.mappings.directory.sheets import AROUND, BEFORE

NOW = datetime(2024, 5, 8, 2, tzinfo=UTC)
WORDS = default_words()
SHIPPED = load_settings(ROOT / "config" / "dondoc.yaml").directory.offices


def exported(offices: Sequence[Office]) -> bytes:
    return directory_workbook(offices, WORDS, NOW)


def taken(content: bytes, offices: Sequence[Office], on: date = BEFORE) -> Comparison:
    listing = read_list(read_tables(content, "x"), WORDS)
    return compare(listing, Directory(offices), on, around=AROUND)


def assert_same(offices: Sequence[Office], on: date = BEFORE) -> None:
    found = taken(exported(offices), offices, on)
    assert (found.doubts, found.changed, found.added) == ((), (), ())
    assert found.unchanged == len(offices)


def sheet(content: bytes, index: int = 0) -> Worksheet:
    found = load_workbook(io.BytesIO(content)).worksheets[index]
    assert isinstance(found, Worksheet)
    return found


@pytest.mark.parametrize("on", [BEFORE, date(2024, 12, 1), date(2025, 8, 1)])
def test_the_shipped_directory_comes_back_as_it_went(on: date) -> None:
    assert_same(SHIPPED, on)


def test_a_new_directory_made_of_the_sheet_is_the_old_one() -> None:
    """From a sheet into an empty file, and that file is the directory again."""
    added = [one.office for one in taken(exported(SHIPPED), []).added]
    assert added == list(SHIPPED)
    text = edited("", {}, added)
    assert text.count("  - id: ") == len(SHIPPED)


def test_what_people_see() -> None:
    content = exported(SHIPPED)
    found = sheet(content)
    assert (found.title, found["A1"].value) == ("Danh bạ", "DANH BẠ ĐƠN VỊ")
    assert found["A2"].value == "78 đơn vị; xuất ngày 08/05/2024"
    heads = [cell.value for cell in found[4]]
    assert heads == [
        *("STT", "Mã trong danh bạ", "Tên đơn vị", "Loại", "Cấp", "Cơ quan cấp trên", "Nhóm"),
        *("Mã định danh", "Mã định danh cũ", "Thư điện tử văn thư", "Có từ ngày"),
        *("Đến hết ngày", "Đơn vị kế thừa", "Ghi chú"),
    ]
    first = [cell.value for cell in found[5]]
    assert first[:5] == [1, "thi-tran-huu-lung", "UBND thị trấn Hữu Lũng", "Ủy ban nhân dân", "Xã"]
    assert first[11] == datetime(2025, 6, 30)  # noqa: DTZ001 - a sheet knows no zones
    assert found.freeze_panes == "D5"
    assert found.print_title_rows == "$4:$4"
    assert found.page_setup.orientation == "landscape"
    assert found.page_setup.fitToHeight == 0
    widths = [found.column_dimensions[letter].width for letter in "ABCJ"]
    assert widths == sorted(widths, key=lambda width: width or 0)
    guide = sheet(content, 1)
    assert guide.title == "Hướng dẫn"
    shown = [cell.value for row in guide.iter_rows() for cell in row]
    assert any(text and "directory import" in str(text) for text in shown)


def test_equal_directories_give_equal_octets() -> None:
    assert exported(SHIPPED[:3]) == exported(SHIPPED[:3])


def test_no_cell_becomes_a_formula_or_a_link() -> None:
    office = Office(id=OfficeId("a"), name='=HYPERLINK("x")', note="https://xa.example")
    found = sheet(exported([office]))
    cells = [cell for row in found.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    assert_same([office])


def test_a_text_that_no_cell_holds_is_refused() -> None:
    with pytest.raises(NotAllowed, match="office a"):
        exported([Office(id=OfficeId("a"), name="A", note="x" * 32_768)])


EVERYTHING = Office(
    id=OfficeId("xa-a"),
    name="UBND xã A",
    kind=OfficeKind.PEOPLES_COMMITTEE,
    level=OfficeLevel.COMMUNE,
    parent=OfficeId("xa-b"),
    groups=("các xã, thị trấn", "nhóm; hai"),
    organ_id=OrganId("H37.1"),
    organ_id_old=OrganId("000.1.H37"),
    emails=(Address("r@a.example"), Address("x@a.example"), Address("l@a.example")),
    leader_emails=(Address("l@a.example"),),
    private_emails=(Address("r@a.example"),),
    deputies=(
        Deputy(office=OfficeId("xa-b"), valid_from=date(2024, 1, 1), valid_to=date(2024, 1, 2)),
        Deputy(
            address=Address("t@a.example"), valid_from=date(2024, 2, 1), valid_to=date(2024, 2, 2)
        ),
    ),
    aliases=("một; hai",),
    valid_from=date(1899, 12, 31),
    valid_to=date(2025, 6, 30),
    successors=(
        Successor(office=OfficeId("xa-b"), function="external-information"),
        Successor(office=OfficeId("xa-c")),
    ),
    note="dòng một\n\ndòng  hai _x0041_",
)
OTHERS = (
    Office(id=OfficeId("xa-b"), name="UBND xã B"),
    Office(id=OfficeId("xa-c"), name="UBND xã C"),
)


def test_every_member_comes_back() -> None:
    assert_same([EVERYTHING, *OTHERS])
    added = [one.office for one in taken(exported([EVERYTHING, *OTHERS]), []).added]
    # Addresses are written role by role, and blanks within a line are one.
    mended = replace(
        EVERYTHING,
        emails=(EVERYTHING.emails[1], EVERYTHING.emails[2], EVERYTHING.emails[0]),
        note="dòng một\n\ndòng hai _x0041_",
    )
    assert added == [mended, *OTHERS]


letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
texts = st.text(letters, min_size=1, max_size=20).map(str.strip).filter(one_line)
ids = st.sampled_from([f"co-quan-{number}" for number in range(6)]).map(OfficeId)


@st.composite
def directories(draw: st.DrawFn) -> list[Office]:
    """Return offices with ids, identifiers and addresses of their own, and anything else."""
    names = draw(st.lists(ids, unique=True, min_size=1))
    made = []
    for id in names:
        boxes = [Address(f"{role}@{id}.example") for role in ("vt", "ld", "cn", "vt2")]
        emails = tuple(draw(st.permutations(boxes))[: draw(st.integers(0, 4))])
        begin = draw(st.none() | st.dates())
        end = draw(st.none() | st.dates(min_value=begin or date.min))
        made.append(
            Office(
                id=id,
                name=draw(texts),
                kind=draw(st.none() | st.sampled_from(OfficeKind)),
                level=draw(st.none() | st.sampled_from(OfficeLevel)),
                parent=draw(st.none() | st.sampled_from(names)),
                groups=tuple(draw(st.lists(texts, max_size=2))),
                organ_id=draw(st.none() | st.just(OrganId(f"H37.{id}"))),
                organ_id_old=draw(st.none() | st.just(OrganId(f"000.{id}.H37"))),
                emails=emails,
                leader_emails=tuple(a for a in emails if a.startswith("ld")),
                private_emails=tuple(a for a in emails if a.startswith("cn")),
                deputies=tuple(
                    Deputy(office=heir, valid_from=first, valid_to=max(first, date(2030, 1, 1)))
                    for heir, first in draw(
                        st.lists(st.tuples(st.sampled_from(names), st.dates()), max_size=2)
                    )
                ),
                aliases=tuple(draw(st.lists(texts, max_size=2))),
                valid_from=begin,
                valid_to=end,
                successors=tuple(
                    Successor(office=heir, function=function)
                    for heir, function in draw(
                        st.lists(
                            st.tuples(
                                st.sampled_from(names), st.none() | st.sampled_from(["a-1", "b"])
                            ),
                            max_size=2,
                        )
                    )
                ),
                note="\n".join(draw(st.lists(texts, max_size=3))),
            )
        )
    return made


@settings(deadline=None, max_examples=60)
@given(directories())
def test_any_directory_comes_back_as_it_went(offices: list[Office]) -> None:
    assert_same(offices)


@settings(deadline=None, max_examples=40)
@given(directories())
def test_what_was_taken_from_a_sheet_gives_that_sheet_again(offices: list[Office]) -> None:
    """A sheet into an empty directory, out again and in again: nothing changes any more."""
    first = exported(offices)
    added = [one.office for one in taken(first, []).added]
    assert len(added) == len(offices)
    second = exported(added)
    assert [one.office for one in taken(second, []).added] == added
    assert_same(added)


def test_titles_and_the_guide_run_on_to_the_right() -> None:
    # Centred in their narrow column they would run off the sheet's left edge.
    book = load_workbook(io.BytesIO(exported(SHIPPED)))
    for sheet in book.worksheets:
        said = [row[0] for row in sheet.iter_rows(max_row=9, max_col=1) if row[0].value]
        above = said[: 2 if sheet is book.worksheets[0] else len(said)]
        assert len(above) >= 2
        assert {cell.alignment.horizontal for cell in above} <= {None, "general", "left"}
