"""Other offices that a row names, each on the day for which it is named."""

from datetime import date

import pytest

from domain.office import Directory, Successor
from mappings.directory.compare import Comparison
from mappings.directory.doubt import Code
from tests.unit.mappings.directory.sheets import AFTER, BEFORE, codes, compared, office

LAST = date(2025, 6, 30)
FIRST = date(2025, 7, 1)
OLD = office("xa-cai-kinh-2024", "UBND xã Cai Kinh", "old@xa.example", valid_to=LAST)
NEW = office("xa-cai-kinh-2025", "UBND xã Cai Kinh", "new@xa.example", valid_from=FIRST)
ENDED = office("phong-y-te", "Phòng Y tế", valid_to=LAST)
DIRECTORY = Directory([OLD, NEW, ENDED])
HEADS = ("Tên đơn vị", "Từ ngày", "Đến ngày", "Trực thuộc", "Đơn vị kế thừa", "Nhận thay")
CAI_KINH = "UBND xã Cai Kinh"


def listed(*rows: tuple[str | None, ...], on: date = BEFORE) -> Comparison:
    return compared([HEADS, *rows], DIRECTORY, on)


@pytest.mark.parametrize("on", [BEFORE, AFTER])
def test_each_named_office_is_that_of_its_own_day(on: date) -> None:
    stands_in = f"{CAI_KINH} (13/05/2024 – 17/05/2024)\n{CAI_KINH} (01/07/2025 – 02/07/2025)"
    found = listed(("Phòng X", None, "30/06/2025", CAI_KINH, CAI_KINH, stands_in), on=on)
    (added,) = found.added
    assert added.office.parent == OLD.id
    assert added.office.successors == (Successor(office=NEW.id),)
    assert [deputy.office for deputy in added.office.deputies] == [OLD.id, NEW.id]


@pytest.mark.parametrize(
    ("begin", "end", "on", "parent"),
    [
        (None, None, BEFORE, OLD),
        (None, None, AFTER, NEW),
        ("01/07/2025", None, BEFORE, NEW),
        ("01/07/2025", "31/12/2026", AFTER, NEW),
        ("01/01/2024", "30/06/2025", AFTER, OLD),
    ],
)
def test_the_office_above_is_that_of_a_day_of_the_row(
    begin: str | None, end: str | None, on: date, parent: object
) -> None:
    (added,) = listed(("Phòng X", begin, end, CAI_KINH), on=on).added
    assert added.office.parent == getattr(parent, "id", None)


def test_the_days_that_the_directory_has_count_where_the_row_has_none() -> None:
    heads = ("Mã trong danh bạ", *HEADS)
    row = ("phong-y-te", "Phòng Y tế", None, None, CAI_KINH, CAI_KINH)
    (changed,) = compared([heads, row], DIRECTORY, AFTER).changed
    assert changed.office.parent == OLD.id
    assert changed.office.successors == (Successor(office=NEW.id),)


def test_an_office_that_ends_on_the_last_day_there_is_has_no_day_after_it() -> None:
    (added,) = listed(("Phòng X", None, "31/12/9999", None, CAI_KINH)).added
    assert added.office.successors == (Successor(office=OLD.id),)


@pytest.mark.parametrize("rows_in_order", [True, False])
def test_of_new_offices_of_one_name_the_day_chooses(rows_in_order: bool) -> None:
    new = [("Xã Yên Sơn", None, "30/06/2025"), ("Xã Yên Sơn", "01/07/2025")]
    rows = [
        *(new if rows_in_order else reversed(new)),
        ("Phòng X", None, "30/06/2025", "xã Yên Sơn", "xã Yên Sơn"),
    ]
    added = {(one.office.name, one.office.valid_from): one.office for one in listed(*rows).added}
    section = added["Phòng X", None]
    assert section.parent == added["Xã Yên Sơn", None].id
    assert section.successors == (Successor(office=added["Xã Yên Sơn", FIRST].id),)


def test_a_name_of_several_new_offices_of_a_day_is_none() -> None:
    heads = ("Mã trong danh bạ", "Tên đơn vị", "Trực thuộc")
    rows = [("a", "Đội A"), ("b", "Đội A"), ("c", "Tổ C", "Đội A")]
    found = compared([heads, *rows], DIRECTORY, BEFORE)
    assert [one.office.id for one in found.added] == ["a", "b"]
    assert codes(found) == [(Code.UNKNOWN_OFFICE, "C4")]


def test_an_office_that_ends_by_the_list_is_none_after_its_end() -> None:
    there = Directory([office("phong-dan-toc", "Phòng Dân tộc")])
    for period, doubts in (
        ("(01/06/2025 – 02/06/2025)", []),
        ("(01/07/2025 – 02/07/2025)", [(Code.UNKNOWN_OFFICE, "F3")]),
    ):
        rows = [
            ("Phòng Dân tộc", None, "30/06/2025"),
            ("Tổ X", None, None, None, None, f"Phòng Dân tộc {period}"),
        ]
        assert codes(compared([HEADS, *rows], there, BEFORE)) == doubts
