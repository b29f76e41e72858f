"""Heads of real letters against their labels, drafts, and stamps."""

import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directive import Secrecy, Urgency
from mappings.letter.head import read_head
from mappings.letter.stamps import secrecy_word
from mappings.names.fold import fold

LETTERS = Path(__file__).parents[3] / "data" / "letters"
NAMES = sorted(path.stem for path in LETTERS.glob("*.txt"))
WITHOUT_ISSUER_LINES = {"14", "16", "26"}
"""Flattened to one line, or with the issuer behind the signature: its end cannot be told."""


@pytest.mark.parametrize("name", NAMES)
def test_real_letters(name: str) -> None:
    label = json.loads((LETTERS / f"{name}.json").read_text("utf-8"))
    head = read_head((LETTERS / f"{name}.txt").read_text("utf-8"))
    day = head.issued_on.isoformat() if head.issued_on else None
    assert (head.number, head.notation, day) == (label["number"], label["notation"], label["date"])
    if name not in WITHOUT_ISSUER_LINES:
        assert fold(head.issuer or "") == fold(label["issuer"] or "")
    assert head.draft == (name == "00")
    assert (head.secrecy, head.urgency) == (Secrecy.NONE, Urgency.NORMAL)


def test_the_shipped_letter_is_a_draft_for_two_reasons() -> None:
    head = read_head((LETTERS / "00.txt").read_text("utf-8"))
    assert [reason.rule for reason in head.reasons] == ["blank_number", "blank_day"]
    assert head.reasons[0].evidence == "Số: /UBND-VH"
    assert head.number_words == "Số: /UBND-VH"
    assert head.day_words == "Hữu Lũng, ngày tháng 5 năm 2024"
    assert (read_head("").number_words, read_head("").day_words) == ("", "")


def test_the_place_stands_before_the_date() -> None:
    assert read_head((LETTERS / "00.txt").read_text("utf-8")).place == "Hữu Lũng"
    assert read_head((LETTERS / "08.txt").read_text("utf-8")).place == "Bắc Giang"
    assert read_head("Số: 1/UBND-NV\nngày 05 tháng 6 năm 2024").place is None


def head_text(
    stamp: str = "", number: str = "Số: 12/UBND-NC", day: str = "ngày 05 tháng 3", body: str = ""
) -> str:
    return (
        f"ỦY BAN NHÂN DÂN\nHUYỆN HỮU LŨNG\n{stamp}\n{number}\n"
        f"Hữu Lũng, {day} năm 2024\nV/v thực hiện Nghị quyết số 1, ngày 02 tháng 01 năm 2020\n\n"
        f"Kính gửi: UBND các xã\n\n{body}"
    )


@pytest.mark.parametrize(
    ("number", "day", "draft"),
    [
        ("Số: 12/UBND-NC", "ngày 05 tháng 3", False),
        ("Số:      /UBND-NC", "ngày 05 tháng 3", True),
        ("Số: ....../UBND-NC", "ngày 05 tháng 3", True),
        ("Số: /UBND-NC", "ngày      tháng 3", True),
        ("Số: 12/UBND-NC", "ngày ... tháng 3", True),
        ("Số: 12/UBND-NC", "ngày … tháng …", True),
        ("Số: 12/UBND-NC\nDỰ THẢO", "ngày 05 tháng 3", True),
        ("Số: 12/UBND-NC\n(Dự thảo)", "ngày 05 tháng 3", False),
    ],
)
def test_drafts(number: str, day: str, draft: bool) -> None:
    head = read_head(head_text(number=number, day=day))
    assert head.draft is draft
    assert head.notation == "UBND-NC"
    assert head.issuer == "ỦY BAN NHÂN DÂN HUYỆN HỮU LŨNG"


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("Số : 4144 /GDĐT – VP", ("4144", "GDĐT-VP")),
        ("Số: 30/2020/NÐ-CP", ("30", "2020/NĐ-CP")),
        ("Số: 149 - KH/TU", ("149", "KH/TU")),
        ("Số 57-KL/TW", ("57", "KL/TW")),
        ("Công văn Số: 1/A-B\nSố: 2/A-B", ("2", "A-B")),
        ("Số: 255 / BC-BCĐ-\nNga Sơn\nXMC\n", ("255", "BC-BCĐ-XMC")),
        ("Số: 255/BC-BCĐ-", ("255", "BC-BCĐ")),
        ("không có số", (None, None)),
    ],
)
def test_numbers(number: str, read: tuple[str | None, str | None]) -> None:
    head = read_head(head_text(number=number))
    assert (head.number, head.notation) == read


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Hữu Lũng, ngày 05\ntháng 11 năm 2024", date(2024, 11, 5)),
        ("Hữu Lũng, ngày 31 tháng 2 năm 2024", None),
        ("ngày 5 tháng 3 năm 2024", date(2024, 3, 5)),
        ("theo Luật, ngày 5 tháng 3 năm 2024", date(2024, 3, 5)),
        ("Nghị quyết 1 ngày 5 tháng 3 năm 2024", None),
        ("không ngày", None),
    ],
)
def test_dates(words: str, day: date | None) -> None:
    head = read_head(f"Số: 1/A-B\n{words}")
    assert head.issued_on == day
    assert not head.draft


@pytest.mark.parametrize(
    ("stamp", "secrecy"),
    [
        ("MẬT", Secrecy.SECRET),
        ("  [ MẬT ]  ", Secrecy.SECRET),
        ("**TỐI MẬT**", Secrecy.TOP_SECRET),
        ("(TUYỆT MẬT)", Secrecy.UTMOST_SECRET),
        ("T Ố I   M Ậ T", Secrecy.TOP_SECRET),
        ("M Ậ T", Secrecy.SECRET),
        ("TUYỆT\u00a0MẬT", Secrecy.UTMOST_SECRET),
        ("TOI MAT", Secrecy.TOP_SECRET),
        ("Tối mật", Secrecy.TOP_SECRET),
        ("HUYỆN HỮU LŨNG | MẬT |", Secrecy.SECRET),
        ("Độ mật: Mật", Secrecy.SECRET),
        ("Mức độ mật: Tuyệt mật", Secrecy.UTMOST_SECRET),
        ("Độ mật: Không", Secrecy.NONE),
        ("BẢO MẬT", Secrecy.NONE),
        ("CÔNG TÁC BÍ MẬT", Secrecy.NONE),
        ("MẬT MÃ", Secrecy.NONE),
        ("mật độ", Secrecy.NONE),
    ],
)
def test_secrecy_stamps(stamp: str, secrecy: Secrecy) -> None:
    for form in ("NFC", "NFD"):
        head = read_head(unicodedata.normalize(form, head_text(stamp)))
        assert head.secrecy is secrecy
        assert head.number == "12"


@pytest.mark.parametrize(
    "number", ["Số: 12/UBND-NC    MẬT", "Số: 12/UBND-NC (MẬT)", "MẬT\tSố: 12/UBND-NC"]
)
def test_a_stamp_beside_the_number(number: str) -> None:
    head = read_head(head_text(number=number))
    assert (head.secrecy, head.number, head.notation) == (Secrecy.SECRET, "12", "UBND-NC")
    assert head.reasons[0].rule == "secrecy"


def test_stamps_in_a_text_on_one_line() -> None:
    for line in (
        "UBND HUYỆN Độc lập - Tự do - Hạnh phúc MẬT Số: 12/UBND-NC",
        "UBND HUYỆN MẬT Số: 12/UBND-NC",
        "UBND HUYỆN Độc lập - Tự do - Hạnh phúc TỐI MẬT KẾ HOẠCH",
    ):
        assert read_head(line).secrecy is not Secrecy.NONE
    assert read_head("UBND HUYỆN KẾ HOẠCH BẢO VỆ BÍ MẬT Số: 12/UBND-NC").secrecy is Secrecy.NONE


def test_a_stamp_on_a_later_page_counts_and_a_sentence_does_not() -> None:
    assert read_head(head_text(body="PHỤ LỤC\nTỐI MẬT\n")).secrecy is Secrecy.TOP_SECRET
    sentence = "Bảo vệ tài liệu tối mật, BÍ MẬT; mật độ dân số.\nMật\nMẬT VÀ TỐI MẬT"
    assert read_head(head_text(body=sentence)).secrecy is Secrecy.NONE


@pytest.mark.parametrize(
    ("stamp", "urgency"),
    [
        ("KHẨN", Urgency.URGENT),
        ("THƯỢNG KHẨN", Urgency.VERY_URGENT),
        ("HỎA TỐC", Urgency.FLASH),
        ("HOẢ TỐC HẸN GIỜ", Urgency.FLASH),
        ("Độ khẩn: Thượng khẩn", Urgency.VERY_URGENT),
        ("KHẨN TRƯƠNG", Urgency.NORMAL),
    ],
)
def test_urgency_stamps(stamp: str, urgency: Urgency) -> None:
    head = read_head(head_text(stamp))
    assert (head.urgency, head.secrecy) == (urgency, Secrecy.NONE)


def test_the_parent_stands_before_the_issuer() -> None:
    head = read_head("UBND HUYỆN HỮU LŨNG\nPHÒNG VĂN HÓA\nVÀ THÔNG TIN\n*****\nSố: 1/BC-VHTT")
    assert head.issuer == "PHÒNG VĂN HÓA VÀ THÔNG TIN"


def test_words_in_fields() -> None:
    assert secrecy_word("Độ mật: Tối mật") is Secrecy.TOP_SECRET
    assert secrecy_word("mật") is Secrecy.SECRET
    assert secrecy_word("Văn hóa") is Secrecy.NONE


@given(st.text(alphabet="Số: 1/UBND-ngàythángăm,\n|MẬT()TỐI "))
def test_nothing_is_raised(text: str) -> None:
    assert read_head(text).reasons is not None
