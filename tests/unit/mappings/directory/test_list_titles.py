"""Titles within a list as the groups of new offices, and notes that only look like a dash."""

from dataclasses import replace

import pytest

from domain.office import Directory
from tests.unit.mappings.directory.sheets import HEADS, compared, office

PARTY = office("ban-dan-van", "Ban Dân vận", groups=("các cơ quan Đảng",))


@pytest.mark.parametrize(
    ("title", "known", "group"),
    [
        ("IV. CÁC CƠ QUAN ĐẢNG", True, "các cơ quan Đảng"),
        ("IV. CÁC CƠ QUAN ĐẢNG (4 đơn vị):", True, "các cơ quan Đảng"),
        ("IV. CÁC CƠ QUAN ĐẢNG:", False, "các cơ quan Đảng"),
        ("II. MẶT TRẬN TỔ QUỐC VÀ ĐOÀN THỂ", False, "Mặt trận Tổ quốc và đoàn thể"),
        ("II. Các đoàn thể (5)", False, "các đoàn thể"),
    ],
)
def test_a_title_is_the_name_of_its_group(title: str, known: bool, group: str) -> None:
    there = Directory([PARTY] if known else [])
    (added,) = compared([HEADS, (title,), (1, "Trường Chính trị")], there).added
    assert added.office.groups == (group,)


def test_a_note_that_is_a_dash_stays() -> None:
    there = Directory([replace(PARTY, note="-")])
    assert compared([HEADS, (1, "Ban Dân vận", None, None, "-")], there).unchanged == 1
    (changed,) = compared(
        [HEADS, (1, "Ban Dân vận", None, None, "-")], Directory([replace(PARTY, note="cũ")])
    ).changed
    assert changed.office.note == ""
