"""Items of Kính gửi and Nơi nhận resolved through a directory: the right offices or none."""

from dataclasses import replace
from datetime import date

import pytest

from domain.ids import OfficeId
from domain.office import Directory, Office
from mappings.letter.addressees import action_addressees, information_addressees
from mappings.letter.whom import (
    Here,
    Meant,
    is_unit,
    is_unit_by_name,
    office_named,
    speaks_of_nobody,
    whom,
)
from tests.unit.mappings.letter.labelled import ALL

COMMUNES, SECTIONS = "các xã, thị trấn", "các cơ quan chuyên môn"
UNIONS, PARTY = "các đoàn thể", "các cơ quan Đảng"
BRANCHES, DEPARTMENT = "các đơn vị ngành dọc và sự nghiệp", "cơ quan nhận tổng hợp"
LATER = "các xã, phường (2025)"
END = date(2025, 6, 30)

OFFICES = (
    ("xa-hoa-binh", "UBND xã Hòa Bình", COMMUNES, END),
    ("thi-tran", "UBND thị trấn Hữu Lũng", COMMUNES, END),
    ("phong-noi-vu", "Phòng Nội vụ", SECTIONS, END),
    ("phong-tu-phap", "Phòng Tư pháp", SECTIONS, END),
    ("hoi-nong-dan", "Hội Nông dân huyện", UNIONS, END),
    ("ban-dan-van", "Ban Dân vận Huyện ủy", PARTY, END),
    ("cong-an", "Công an huyện", BRANCHES, END),
    ("trung-tam", "Trung tâm Văn hóa, Thể thao và Truyền thông", BRANCHES, END),
    ("lanh-dao", "Lãnh đạo UBND huyện (CT, các PCT)", "nơi nhận để biết", END),
    ("lanh-dao-vp", "Lãnh đạo Văn phòng HĐND&UBND huyện", "nơi nhận để biết", END),
    ("so-tttt", "Sở Thông tin và Truyền thông tỉnh Lạng Sơn", DEPARTMENT, END),
    ("xa-2025", "UBND xã Hòa Bình", LATER, None),
)
DIRECTORY = Directory(
    Office(
        id=OfficeId(key),
        name=name,
        groups=(group,),
        valid_to=end,
        valid_from=date(2025, 7, 1) if end is None else None,
    )
    for key, name, group, end in OFFICES
)
HERE = Here(
    unit="Ủy ban nhân dân huyện Hữu Lũng",
    parent="Ủy ban nhân dân tỉnh Lạng Sơn",
    directory=DIRECTORY,
    day=date(2024, 5, 8),
)


@pytest.mark.parametrize(
    ("item", "groups"),
    [
        ("Các cơ quan, ban, ngành, đoàn thể huyện", {SECTIONS, PARTY, BRANCHES, UNIONS}),
        ("Các phòng, ban, ngành huyện", {SECTIONS, PARTY, BRANCHES}),
        ("Thủ trưởng các cơ quan, đơn vị", {SECTIONS, PARTY, BRANCHES}),
        ("UBND các xã, thị trấn", {COMMUNES}),
        ("Ủy ban nhân dân các xã, thị trấn", {COMMUNES}),
        ("Chủ tịch UBND các xã, thị trấn thuộc huyện Hữu Lũng", {COMMUNES}),
        ("Các xã trên địa bàn huyện", {COMMUNES}),
        ("các đoàn thể", {UNIONS}),
        ("Các đoàn thể (để thực hiện)", {UNIONS}),
        ("cơ quan chuyên môn", {SECTIONS}),
    ],
)
def test_groups(item: str, groups: set[str]) -> None:
    meant = whom(item, HERE)
    assert set(meant.groups) == groups
    assert (meant.offices, meant.unknown) == ((), ())


@pytest.mark.parametrize(
    ("item", "office"),
    [
        ("Phòng Nội vụ", "phong-noi-vu"),
        ("Phòng Nội vụ huyện", "phong-noi-vu"),
        ("phòng nội vụ huyện Hữu Lũng (để tổng hợp)", "phong-noi-vu"),
        ("UBND xã Hoà Bình", "xa-hoa-binh"),
        ("Trung tâm Văn hoá, Thể thao và Truyền thông huyện", "trung-tam"),
        ("CT, PCT UBND huyện", "lanh-dao"),
        ("Chủ tịch, các Phó Chủ tịch UBND huyện", "lanh-dao"),
        ("C, PCVP HĐND&UBND huyện", "lanh-dao-vp"),
        ("Sở Thông tin và Truyền Thông", "so-tttt"),
        ("Công an huyện Hữu Lũng, tỉnh Lạng Sơn", "cong-an"),
    ],
)
def test_single_offices(item: str, office: str) -> None:
    assert whom(item, HERE) == Meant(offices=(OfficeId(office),))


@pytest.mark.parametrize(
    "item",
    [
        "Phòng Nội vụ huyện Chi Lăng",
        "Công an tỉnh",
        "Công an tỉnh Lạng Sơn",
        "Lãnh đạo UBND tỉnh",
        "Các cơ quan báo chí thuộc Bộ",
        "Các trường học trên địa bàn huyện",
        "UBND các huyện, thành phố",
        "Các đoàn thể tỉnh",
        "Các phường",
        "Hòa Bình",
        "UBND huyện",
        "Các Phòng Nội vụ",
    ],
)
def test_foreign_items_are_nobody(item: str) -> None:
    meant = whom(item, HERE)
    assert (meant.groups, meant.offices) == ((), ())
    assert meant.unknown


def test_a_list_is_resolved_item_by_item() -> None:
    assert whom("Phòng Nội vụ, Phòng Y tế, Phòng Tư pháp huyện", HERE) == Meant(
        offices=(OfficeId("phong-noi-vu"), OfficeId("phong-tu-phap")), unknown=("Phòng Y tế",)
    )
    assert whom(" ; ", HERE) == Meant()


def test_a_kind_without_a_group_is_left_to_a_person() -> None:
    few = Directory(
        [
            Office(id=OfficeId("phong"), name="Phòng Nội vụ", groups=(SECTIONS,)),
            Office(id=OfficeId("ban"), name="Ban Dân vận", groups=(PARTY,)),
        ]
    )
    here = replace(HERE, directory=few)
    assert whom("Các phòng, ban, đoàn thể, đơn vị sự nghiệp huyện", here) == Meant(
        groups=(SECTIONS, PARTY), unknown=("đoàn thể", "đơn vị sự nghiệp huyện")
    )
    assert whom("Các ban ngành và các đoàn thể huyện", here) == Meant(
        groups=(SECTIONS, PARTY), unknown=("Các ban ngành", "các đoàn thể huyện")
    )
    assert whom("Các ban ngành huyện", HERE).unknown == ()
    assert whom("Các đoàn thể huyện", here) == Meant(unknown=("Các đoàn thể huyện",))


@pytest.mark.parametrize(
    ("item", "offices", "unknown"),
    [
        ("UBND các xã: Hòa Bình, Yên Sơn và Hồ Sơn", ("xa-hoa-binh", "xa-yen-son"), ("Hồ Sơn",)),
        ("Ủy ban nhân dân các xã Yên Sơn, Hoà Bình", ("xa-yen-son", "xa-hoa-binh"), ()),
        ("UBND các xã Yên Sơn, Hồ Sơn", ("xa-yen-son",), ("UBND xã Hồ Sơn",)),
        ("Các xã, thị trấn: Hữu Lũng; Yên Sơn", ("thi-tran", "xa-yen-son"), ()),
        ("UBND các xã: Yên Sơn; thị trấn Hữu Lũng", ("xa-yen-son", "thi-tran"), ()),
        ("Các phòng: Nội vụ, Tư pháp", ("phong-noi-vu", "phong-tu-phap"), ()),
    ],
)
def test_names_of_which_the_kind_is_written_once(
    item: str, offices: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert whom(item, named_communes()) == Meant(
        offices=tuple(map(OfficeId, offices)), unknown=unknown
    )


@pytest.mark.parametrize(
    "item",
    ["UBND các xã Hòa Bình, Yên Sơn huyện Chi Lăng", "Các xã, thị trấn: Đôi", "UBND các xã Đôi"],
)
def test_names_that_are_not_surely_ours_are_nobody(item: str) -> None:
    meant = whom(item, named_communes())
    assert (meant.groups, meant.offices) == ((), ())
    assert len(meant.unknown) == 1


def named_communes() -> Here:
    more = (
        Office(id=OfficeId("xa-yen-son"), name="UBND xã Yên Sơn", groups=("Yên",)),
        Office(id=OfficeId("xa-doi"), name="UBND xã Đôi", groups=("Đôi",)),
        Office(id=OfficeId("thi-tran-doi"), name="UBND thị trấn Đôi", groups=("Đôi",)),
    )
    return replace(HERE, directory=Directory((*DIRECTORY.offices, *more)))


def test_posts_of_one_office_are_one_question() -> None:
    nobody = replace(HERE, directory=Directory(()))
    assert whom("CT, PCT UBND huyện", nobody).unknown == ("CT, PCT UBND huyện",)
    assert whom("Phòng Nội vụ, CT, PCT UBND huyện; Phòng Y tế", HERE) == Meant(
        offices=(OfficeId("phong-noi-vu"), OfficeId("lanh-dao")), unknown=("Phòng Y tế",)
    )


def test_the_day_decides_which_office_is_meant() -> None:
    later = replace(HERE, day=date(2025, 8, 1))
    assert whom("UBND xã Hòa Bình", later).offices == (OfficeId("xa-2025"),)
    assert whom("UBND các xã, phường", later).groups == (LATER,)
    assert whom("UBND các xã, thị trấn", later).groups == (LATER,)
    assert whom("Các đoàn thể", later).groups == ()


def test_a_name_of_two_offices_is_left() -> None:
    twice = Directory(
        [Office(id=OfficeId(key), name="Phòng Nội vụ", groups=("g",)) for key in ("a", "b")]
    )
    here = Here(unit="Văn phòng", directory=twice, day=HERE.day)
    assert here.own_words == frozenset({""})
    assert office_named("Phòng Nội vụ", here) is None
    assert office_named("P Nội vụ", here) is None


@pytest.mark.parametrize(
    ("words", "ours", "by_name"),
    [
        ("ỦY BAN NHÂN DÂN HUYỆN HỮU LŨNG", True, True),
        ("UBND huyện", True, False),
        ("ỦY BAN NHÂN DÂN", True, False),
        ("UBND huyện Hữu Lũng", True, True),
        ("UBND Hữu Lũng", True, True),
        ("UBND huyện Chi Lăng", False, False),
        ("UBND thị trấn Hữu Lũng", False, False),
        ("UBND tỉnh", False, False),
        ("Huyện", False, False),
    ],
)
def test_our_own_unit(words: str, ours: bool, by_name: bool) -> None:
    assert is_unit(words, HERE) is ours
    assert is_unit_by_name(words, HERE) is by_name


def test_a_unit_that_is_no_committee() -> None:
    here = Here(unit="Sở Nội vụ", directory=DIRECTORY, day=HERE.day)
    assert is_unit("SỞ NỘI VỤ", here)
    assert is_unit_by_name("Sở Nội vụ", here)
    assert not is_unit_by_name("UBND", here)
    assert not is_unit("UBND", here)


@pytest.mark.parametrize(
    ("item", "nobody"),
    [("Như trên", True), ("Lưu: VT", True), ("Như kính gửi", True), ("Phòng Nội vụ", False)],
)
def test_items_that_speak_of_nobody(item: str, nobody: bool) -> None:
    assert speaks_of_nobody(item) is nobody


def test_letters_of_others_lead_to_no_office_of_ours() -> None:
    """None of the other labelled letters is for Hữu Lũng, whoever it may name."""
    found = 0
    for letter in ALL:
        for read in (action_addressees, information_addressees):
            for item in read(letter.text) or ():
                if letter.name != "00" and not speaks_of_nobody(item):
                    meant = whom(item, HERE)
                    assert (meant.groups, meant.offices) == ((), ()), item
                    found += 1
    assert found >= 20
