"""Cells of a list that are merged over several rows."""

from collections.abc import Mapping

import pytest

from domain.errors import TooLarge
from mappings.directory import read_list as read_list_module
from mappings.directory.columns import Column, default_words
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


MORE = (
    *("Tên đơn vị", "Email", "Email lãnh đạo", "Email cá nhân", "Tên gọi khác", "Nhận thay"),
    *("Mã định danh", "Cấp", "Ghi chú", "Nhóm"),
)


def under_one_name(*rows: tuple[str | None, ...]) -> Listing:
    last = len(rows) + 1
    spans = [Span(top=2, left=1, bottom=last, right=1)]
    return read(table(cells(*MORE), *(cells(*row) for row in rows), merged=spans))


def test_the_rows_of_a_merged_name_say_together_what_one_row_says() -> None:
    away = "c@x.example (13/05/2024 – 17/05/2024)"
    other = "d@x.example (18/05/2024 – 19/05/2024)"
    (office,) = under_one_name(
        ("Xã A", "a@x.example", None, "-", "A", away, None, "xã", "ghi chú", "-"),
        (None, "b@x.example", "l@x.example", "p@x.example", "Á", other, "H37.1", "xã", None, "-"),
        (None, None, "-", None, "A"),
    ).offices
    assert (office.emails, office.leader_emails, office.private_emails) == (
        ("a@x.example", "b@x.example"),
        ("l@x.example",),
        ("p@x.example",),
    )
    assert (office.aliases, office.organ_id, office.note) == (("A", "Á"), "H37.1", "ghi chú")
    assert office.deputies is not None
    assert [who for who, _, _ in office.deputies] == ["c@x.example", "d@x.example"]
    assert (office.groups, office.taken_away) == (None, frozenset({Column.GROUPS}))


def test_what_the_rows_of_a_merged_name_say_differently_is_doubtful() -> None:
    found = under_one_name(
        ("Xã A", "a@x.example", None, None, None, None, "H37.1", None, "một"),
        (None, "b@x.example", None, None, None, None, "H37.2", None, "hai"),
        (None, "c@x.example"),
    )
    assert found.offices == ()
    assert codes(found) == [
        (Code.ROWS_DIFFER, "G3"),
        (Code.ROWS_DIFFER, "I3"),
        (Code.TORN, "A2"),
        (Code.TORN, "A4"),
    ]
