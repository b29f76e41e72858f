"""Keys for comparing: one key for one word, however it was typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.names.fold import fold, fold_loose

VIETNAMESE = st.text(
    alphabet="aăâeêioôơuưyđbcghklmnpqrstvxAĂÂEÊIOÔƠUƯYĐÐƉð \u00a0\u200b-–_.,/012"
    "àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
    "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"
)


@given(st.one_of(st.text(), VIETNAMESE))
def test_keys_are_stable_and_free_of_unicode_forms(text: str) -> None:
    for key in (fold, fold_loose):
        once = key(text)
        assert key(once) == once
        assert key(unicodedata.normalize("NFD", text)) == once
        assert key(unicodedata.normalize("NFC", text)) == once
        assert once == " ".join(once.split())


@given(VIETNAMESE)
def test_the_loose_key_forgets_more_than_the_strict_one(text: str) -> None:
    assert fold_loose(fold(text)) == fold_loose(text)
    assert all(char.isascii() for char in fold_loose(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("Uỷ ban", "Ủy ban"),
        ("thuý", "thúy"),
        ("quản lí", "quản lý"),
        ("Lí Thường Kiệt", "LÝ THƯỜNG KIỆT"),
        ("quí", "quý"),
        ("Ðồng Tân", "Đồng Tân"),
        ("Ɖồng Tân", "đồng tân"),
        ("Hữu\u00a0Lũng", "Hữu Lũng"),
        ("Hữu\u200b Lũng", "Hữu Lũng"),
        ("Hữu\fLũng", "Hữu Lũng"),
        ("512/UBND–VH", "512 / UBND-VH"),
        ("BC_47  (xã).docx", "bc 47 xã docx"),
    ],
)
def test_spellings_of_one_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold_loose(one) == fold_loose(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hồ Sơn", "Hòa Sơn"), ("bí mật", "bị mất"), ("hai", "hay"), ("hỏi", "hội"), ("tại", "tay")],
)
def test_other_words_keep_other_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_loose_key_is_plain() -> None:
    assert fold_loose("Đề nghị gửi về Ủy ban nhân dân xã Yên Vượng") == (
        "de nghi gui ve uy ban nhan dan xa yen vuong"
    )


def test_marks_without_a_letter_make_no_word() -> None:
    assert fold("thiêt ̀ ̣ hai") == "thiêt hai"
    assert fold("̂ ̣") == ""


def test_long_runs_of_marks_are_harmless() -> None:
    assert fold("a" + "\u0301\u0323" * 50_000 + " b").endswith(" b")
