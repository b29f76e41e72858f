"""Cells of a list that are merged over several rows."""

from collections.abc import Mapping

import pytest

from domain.errors import TooLarge
from mappings.directory import read_list as read_list_module
from mappings.directory.columns import default_words
from mappings.directory.doubt import Code
from mappings.directory.listed import Listing
from mappings.directory.read_list import read_list
from mappings.directory.table import Flaw, Span, Table
from tests.unit.mappings.directory.sheets import cells, codes, table


def read(*tables: Table) -> Listing:
    return read_list(tables, default_words())


def test_cells_merged_downwards_count_in_each_row() -> None:
    heads = ("Nhóm", "Tên đơn vị", "Email", "Ghi chú")
    found = read(
        table(
            cells(*heads),
            cells("các xã", "Xã Cai Kinh", "a@xa.example"),
            cells(None, None, "b@xa.example"),
            cells(None, "Xã Hòa Lạc", "c@xa.example"),
            {},
            cells(None, None, None, "một dòng"),
            merged=[
                Span(top=2, left=1, bottom=4, right=1),
                Span(top=2, left=2, bottom=3, right=2),
                Span(top=4, left=2, bottom=6, right=2),
                Span(top=9, left=1, bottom=12, right=1),
                Span(top=2, left=4, bottom=3, right=4),
            ],
        )
    )
    assert [(o.name, o.groups, o.emails) for o in found.offices] == [
        ("Xã Cai Kinh", ("các xã",), ("a@xa.example", "b@xa.example")),
        ("Xã Hòa Lạc", ("các xã",), ("c@xa.example",)),
    ]


@pytest.mark.parametrize(
    ("first", "second", "flaws", "doubts"),
    [
        ("sai", "b@xa.example", {}, [(Code.BAD_ADDRESS, "B3"), (Code.TORN, "A4")]),
        (None, "b@xa.example", {(3, 2): Flaw.FORMULA}, [(Code.FORMULA, "B3"), (Code.TORN, "A4")]),
        ("b@xa.example", "sai", {}, [(Code.BAD_ADDRESS, "B4"), (Code.TORN, "A3")]),
        ("sai", "sai", {}, [(Code.BAD_ADDRESS, "B3"), (Code.BAD_ADDRESS, "B4")]),
    ],
)
def test_the_rows_of_a_merged_name_are_taken_together_or_not_at_all(
    first: str | None,
    second: str,
    flaws: Mapping[tuple[int, int], Flaw],
    doubts: list[tuple[Code, str]],
) -> None:
    found = read(
        table(
            cells("Tên đơn vị", "Email"),
            cells("Xã Cai Kinh", "a@xa.example"),
            cells("Xã Hòa Lạc", first),
            cells(None, second),
            cells("Xã Hồ Sơn", "c@xa.example"),
            merged=[Span(top=3, left=1, bottom=4, right=1)],
            flaws=flaws,
        )
    )
    assert codes(found) == doubts
    assert [(o.name, o.emails) for o in found.offices] == [
        ("Xã Cai Kinh", ("a@xa.example",)),
        ("Xã Hồ Sơn", ("c@xa.example",)),
    ]


def test_after_a_torn_row_all_further_rows_of_its_name_are_left_out() -> None:
    rows = [cells("Xã A", "a@xa.example"), cells(None, "sai"), cells(None, "c@xa.example")]
    spans = [Span(top=2, left=1, bottom=4, right=1)]
    found = read(table(cells("Tên đơn vị", "Email"), *rows, merged=spans))
    assert found.offices == ()
    assert codes(found) == [(Code.BAD_ADDRESS, "B3"), (Code.TORN, "A2"), (Code.TORN, "A4")]


def test_a_merged_cell_without_a_name_hides_no_name_below_it() -> None:
    rows = [cells("Xã A", "a@xa.example"), cells(None, "b@xa.example"), cells("Xã C")]
    spans = [Span(top=3, left=1, bottom=4, right=1)]
    found = read(table(cells("Tên đơn vị", "Email"), *rows, merged=spans))
    assert [(o.name, o.emails) for o in found.offices] == [
        ("Xã A", ("a@xa.example",)),
        ("Xã C", None),
    ]
    assert codes(found) == [(Code.NO_NAME, "A3")]


def test_merged_cells_over_one_another_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_list_module, "CELLS", 3)
    rows = [cells("Tên đơn vị", "Email"), *(cells(f"Xã {number}") for number in range(4))]
    spans = [Span(top=2, left=1, bottom=4, right=1)] * 2
    with pytest.raises(TooLarge, match="merged"):
        read(table(*rows, merged=spans))
