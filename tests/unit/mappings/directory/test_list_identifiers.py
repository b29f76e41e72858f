"""Identifiers in lists: each form in its place, and written as the exchange writes it."""

import pytest

from domain.ids import OrganId
from domain.office import Directory
from mappings.directory.records import FieldChange
from tests.unit.mappings.directory.sheets import compared, office

PHONG = office("phong-noi-vu", "Phòng Nội vụ", organ="H37.99.05")
OLD = "000.00.04.H37"


def changes(heads: tuple[str, ...], *row: str | None) -> list[FieldChange]:
    found = compared([("Tên đơn vị", *heads), row], Directory([PHONG]))
    assert not found.left_out
    return [change for one in found.changed for change in one.changes]


@pytest.mark.parametrize(
    ("heads", "row"),
    [
        (("Mã định danh",), ("Phòng Nội vụ", OLD)),
        (("Mã định danh", "Mã định danh cũ"), ("Phòng Nội vụ", OLD.lower(), None)),
        (("Mã định danh", "Mã trong danh bạ"), ("Phòng Nội vụ", OLD, "phong-noi-vu")),
        (("Mã định danh", "Mã định danh cũ"), ("Phòng Nội vụ", "h37.99.05", OLD)),
    ],
)
def test_an_identifier_in_the_old_form_is_not_the_new_one(
    heads: tuple[str, ...], row: tuple[str | None, ...]
) -> None:
    assert changes(heads, *row) == [FieldChange(key="organ_id_old", old=None, new=OLD)]


def test_an_identifier_is_written_in_capitals() -> None:
    (changed,) = changes(("Mã định danh",), "Phòng Nội vụ", "h37.99.06")
    assert changed.new == "H37.99.06"
    assert changes(("Mã định danh",), "Phòng Nội vụ", "h37.99.05") == []


@pytest.mark.parametrize(("id", "organ", "old"), [("a-b", OLD, None), (None, None, OLD)])
def test_an_exported_list_has_each_in_its_place(
    id: str | None, organ: str | None, old: str | None
) -> None:
    heads = ("Tên đơn vị", "Mã định danh", "Mã trong danh bạ")
    (added,) = compared([heads, ("Phòng Y tế", OLD, id)], Directory([])).added
    assert (added.office.organ_id, added.office.organ_id_old) == (
        organ and OrganId(organ),
        old and OrganId(old),
    )


def test_what_the_directory_has_stays_in_its_place() -> None:
    there = office("phong-y-te", "Phòng Y tế", organ=OLD)
    rows = [("Tên đơn vị", "Mã định danh"), ("Phòng Y tế", OLD)]
    assert compared(rows, Directory([there])).unchanged == 1
