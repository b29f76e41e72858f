"""Wording, dates, counts and the treatment of text from outside."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.status import AssignmentStatus
from mappings.render import wording
from mappings.render.official import (
    IssueDate,
    OfficialDocument,
    Signer,
    addressed,
    dash_list,
    printed_issuer,
)
from mappings.render.outside import plain
from mappings.render.tally import by_group, tally
from tests.unit.mappings.render.compilations import DIRECTIVE, compilation, district


def document(**members: object) -> OfficialDocument:
    base = OfficialDocument(
        issuer="UBND huyện Hữu Lũng",
        notation="UBND-VH",
        place="Hữu Lũng",
        issued=IssueDate(year=2024, month=5),
        subject="triển khai",
        body=(),
        signer=Signer(),
    )
    return replace(base, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("  hai\r\n dòng\t ", "hai dòng"),
        ("ngược\u202efdp.exe", "ngượcfdp.exe"),
        ("Hòa".encode().decode() + "\u200b", "Hòa"),
        (unicodedata.normalize("NFD", "Yên Bình"), "Yên Bình"),
        ("\ud800\uffff x", "x"),
    ],
)
def test_text_from_outside_is_one_clean_line(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_text_from_outside_is_bounded() -> None:
    assert plain("a" * 10, 5) == "aaaa…"
    assert plain("abc d efg", 5) == "abc…"
    assert plain("abcde", 5) == "abcde"


@given(st.text(max_size=400))
def test_any_text_is_clean_and_bounded(text: str) -> None:
    line = plain(text, 50)
    assert len(line) <= 50
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in line)
    assert plain(line, 50) == line


def test_dates_follow_the_decree() -> None:
    assert wording.day_long(date(2024, 5, 8)) == "08 tháng 5 năm 2024"
    assert wording.day_short(date(2024, 2, 1)) == "01/02/2024"
    assert wording.day_short(date(2024, 3, 5)) == "05/3/2024"


def test_instants_are_told_in_the_time_of_viet_nam() -> None:
    assert (
        wording.moment(datetime(2024, 11, 9, 18, 5, tzinfo=UTC)) == "01 giờ 05 phút ngày 10/11/2024"
    )


def test_numbers_in_running_text() -> None:
    assert [wording.count(n) for n in (0, 9, 10, 1250)] == ["00", "09", "10", "1.250"]
    assert [wording.percent(*p) for p in ((58, 63), (5, 5), (0, 0))] == ["92,1%", "100%", "0%"]
    assert [wording.serial(n) for n in ("5", "15", "05a")] == ["05", "15", "05a"]


@pytest.mark.parametrize(
    "subject", ["V/v triển khai  thực hiện", "Về việc triển khai thực hiện", "triển khai thực hiện"]
)
def test_a_subject_loses_its_opening(subject: str) -> None:
    assert wording.subject_of(replace(DIRECTIVE, subject=subject)) == "triển khai thực hiện"


def test_a_directive_is_named_in_full_and_as_far_as_known() -> None:
    assert wording.naming(DIRECTIVE) == (
        "Công văn số 512/UBND-VH ngày 08 tháng 5 năm 2024 của UBND huyện Hữu Lũng"
    )
    bare = replace(DIRECTIVE, type_name="", issued_on=None, issuer="")
    assert wording.naming(bare) == "Văn bản số 512/UBND-VH"
    assert wording.directive_line(bare) == "Văn bản số 512/UBND-VH"
    assert wording.directive_line(DIRECTIVE) == (
        "Công văn số 512/UBND-VH ngày 08/5/2024, UBND huyện Hữu Lũng"
    )


def test_the_deadline_has_the_words_of_the_letter() -> None:
    assert wording.deadline(compilation()) == "trước ngày 10/11/2024"
    assert wording.deadline(compilation(yearly=False)) == "chậm nhất ngày 10/11/2024"


def test_every_status_has_a_word() -> None:
    assert wording.STATUS.keys() == set(AssignmentStatus)
    assert len(set(wording.STATUS.values())) == len(AssignmentStatus)


def test_groups_are_named_with_a_capital() -> None:
    assert wording.group_name("các đoàn thể") == "Các đoàn thể"
    assert wording.group_name("") == "Khác"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("UBND huyện Hữu Lũng", ("ỦY BAN NHÂN DÂN", "HUYỆN HỮU LŨNG")),
        ("Ủy ban nhân dân\nhuyện Hữu Lũng", ("ỦY BAN NHÂN DÂN", "HUYỆN HỮU LŨNG")),
        ("Phòng Y tế", ("PHÒNG Y TẾ",)),
    ],
)
def test_the_issuer_is_printed_in_capitals(name: str, lines: tuple[str, ...]) -> None:
    assert printed_issuer(name) == lines


def test_number_and_day_leave_room_until_they_are_given() -> None:
    draft = document()
    assert draft.number_line.split("\u00a0") == ["Số: ", "", "", "", "", "", "/UBND-VH"]
    assert draft.place_line.replace("\u00a0", "") == "Hữu Lũng, ngày  tháng 5 năm 2024"
    issued = document(number="5", issued=IssueDate.of(date(2024, 5, 8)))
    assert issued.number_line == "Số: 05/UBND-VH"
    assert issued.place_line == "Hữu Lũng, ngày 08 tháng 5 năm 2024"
    assert issued.title == "5/UBND-VH triển khai"


def test_addressees_and_recipients_are_listed_as_the_decree_writes_them() -> None:
    assert addressed(("Sở A",)) == ("Kính gửi: Sở A", ())
    assert addressed(("Sở A", "Sở B")) == ("Kính gửi:", ("- Sở A;", "- Sở B."))
    assert dash_list(()) == ()


def test_counts_agree_with_each_other() -> None:
    total = tally(district())
    assert (total.listed, total.awaited, total.reported) == (67, 63, 58)
    assert (total.punctual, total.late, total.nil) == (56, 2, 2)
    assert (total.waived, total.missing, total.unreached) == (1, 4, 1)
    assert total.reported + total.waived + total.missing == total.awaited
    groups = by_group(district())
    assert next(iter(groups)) == "các xã, thị trấn"
    assert sum(t.reported for t in groups.values()) == total.reported
    assert sum(t.listed for t in groups.values()) == total.listed


def test_a_long_issuer_breaks_near_its_middle() -> None:
    assert printed_issuer("Phòng Văn hóa và Thông tin") == ("PHÒNG VĂN HÓA", "VÀ THÔNG TIN")
    assert printed_issuer("Phòng Nội vụ") == ("PHÒNG NỘI VỤ",)
    assert printed_issuer("Trungtâmmộttừrấtdàikhôngcódấucách") == (
        "TRUNGTÂMMỘTTỪRẤTDÀIKHÔNGCÓDẤUCÁCH",
    )
