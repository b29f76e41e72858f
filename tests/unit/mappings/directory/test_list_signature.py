"""The signature below a list of offices: told, and no row of it."""

from mappings.directory.columns import default_words
from mappings.directory.doubt import Code
from mappings.directory.listed import Listing
from mappings.directory.read_list import read_list
from mappings.directory.table import Table
from tests.unit.mappings.directory.sheets import HEADS, cells, table


def read(*tables: Table) -> Listing:
    return read_list(tables, default_words())


def names(found: Listing) -> list[str]:
    return [office.name for office in found.offices]


def test_the_signature_below_a_list_is_told_and_not_taken() -> None:
    found = read(
        table(
            cells(*HEADS),
            cells("1", "Xã Cai Kinh"),
            cells("2", "Xã Hòa Lạc"),
            cells(None, "Người lập biểu", None, "TM. ỦY BAN NHÂN DÂN"),
            cells(None, "Nguyễn Văn A", None, "Trần Văn B"),
            cells(*HEADS),
            cells("3", "Xã Hồ Sơn"),
            cells(None, "Phòng Y tế", None, "a@xa.example"),
            cells(None, None, None, "Người lập biểu"),
            cells(None, None, None, "Nguyễn Văn A"),
        )
    )
    assert names(found) == ["Xã Cai Kinh", "Xã Hòa Lạc", "Xã Hồ Sơn", "Phòng Y tế"]
    assert [doubt.code for doubt in found.doubts] == [Code.NOT_A_ROW] * 4


def test_the_signature_below_a_list_without_numbers_has_one_cell() -> None:
    found = read(
        table(
            cells(*HEADS[1:]),
            cells("Xã Cai Kinh", None, "a@xa.example"),
            cells("Người lập"),
            cells(None, None, "Nguyễn Văn A"),
            cells("Nguyễn Văn A"),
            cells("Xã Hòa Lạc", "H37.1"),
            cells("Xã Hồ Sơn"),
        )
    )
    assert names(found) == ["Xã Cai Kinh", "Xã Hòa Lạc", "Xã Hồ Sơn"]
    assert [doubt.code for doubt in found.doubts] == [Code.NOT_A_ROW] * 3
