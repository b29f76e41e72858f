"""Offices found by their names, and none that is not meant."""

from datetime import date

import pytest

from domain.ids import OfficeId
from domain.office import Directory, Office
from mappings.names.mentions import mentions
from tests.unit.mappings.reply.replies import directory

OFFICES = directory()
IN_2024 = date(2024, 11, 8)
IN_2025 = date(2025, 8, 1)


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("UBND xã Yên Sơn", "xa-yen-son"),
        ("xã Yên Sơn", "xa-yen-son"),
        ("x. Yên Sơn", "xa-yen-son"),
        ("xa yen son", "xa-yen-son"),
        ("ỦY BAN NHÂN DÂN\nXÃ YÊN SƠN", "xa-yen-son"),
        ("Xã Hoà Lạc nộp báo cáo", "xa-hoa-lac"),
        ("TT Hữu Lũng", "thi-tran-huu-lung"),
        ("thị trấn Hữu Lũng", "thi-tran-huu-lung"),
        ("Phòng Nội vụ", "phong-noi-vu"),
        ("P. Tài chính – Kế hoạch huyện", "phong-tai-chinh-ke-hoach"),
        ("Phòng Văn hóa & Thông tin", "phong-van-hoa-va-thong-tin"),
        ("Phòng VHTT", "phong-van-hoa-va-thong-tin"),
        ("phòng VH&TT huyện", "phong-van-hoa-va-thong-tin"),
        ("phong lđ-tb&xh".upper(), "phong-lao-dong-thuong-binh-va-xa-hoi"),
        ("Hội LHPN huyện", "hoi-lien-hiep-phu-nu-huyen"),
        ("VP Huyện ủy", "van-phong-huyen-uy"),
        ("Sở Thông tin và Truyền thông", "so-thong-tin-va-truyen-thong"),
        ("Lãnh đạo Văn phòng HĐND&UBND huyện", "lanh-dao-van-phong-hdnd-ubnd-huyen"),
        ("Văn phòng HĐND&UBND huyện", "van-phong-hdnd-ubnd-huyen"),
        ("BC-47-xa-Cai-Kinh.docx", "xa-cai-kinh-2024"),
    ],
)
def test_usual_forms(text: str, office: str) -> None:
    assert [m.offices for m in mentions(text, OFFICES, IN_2024)] == [(office,)]


@pytest.mark.parametrize(
    "text",
    ["Yên Sơn", "Hữu Lũng", "huyện Hữu Lũng", "hòa bình", "xã Yên Sớn", "Công an xã", "xã", ""],
)
def test_no_wrong_answers(text: str) -> None:
    assert mentions(text, OFFICES, IN_2024) == ()


def test_names_belong_to_their_time() -> None:
    found = mentions("xã Tân Thành và xã Yên Sơn", OFFICES, IN_2025)
    assert [m.offices for m in found] == [("xa-tan-thanh-2025",)]


def test_each_office_once_in_order() -> None:
    found = mentions("xã Hồ Sơn, xã Hòa Sơn, xã Hồ Sơn", OFFICES, IN_2024)
    assert [m.offices for m in found] == [("xa-ho-son",), ("xa-hoa-son",)]
    assert found[0].words.startswith("xã ")


def test_words_without_diacritics_may_mean_several() -> None:
    offices = [
        Office(id=OfficeId("a"), name="UBND xã Minh Hòa"),
        Office(id=OfficeId("b"), name="UBND xã Minh Hoa", aliases=("MH",)),
    ]
    two = Directory(offices)
    assert [m.offices for m in mentions("xa minh hoa", two, IN_2024)] == [("a", "b")]
    assert [m.offices for m in mentions("xã Minh Hòa, MH", two, IN_2024)] == [("a",), ("b",)]


def test_an_office_without_a_name_is_never_mentioned() -> None:
    nameless = Directory([Office(id=OfficeId("a"), name="-")])
    assert mentions("- a", nameless, IN_2024) == ()
