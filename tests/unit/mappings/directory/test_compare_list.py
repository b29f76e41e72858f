"""A list beside the directory: who is meant, what differs, what is new, missing or unsure."""

from dataclasses import replace
from datetime import date

import pytest

from domain.ids import Address, OfficeId, OrganId
from domain.office import Deputy, Directory, Office, OfficeKind, OfficeLevel, Successor
from mappings.directory.compare import Comparison
from mappings.directory.doubt import Code
from mappings.directory.records import FieldChange
from tests.unit.mappings.directory.sheets import (
    AFTER,
    BEFORE,
    HEADS,
    codes,
    compared,
    office,
)

LAST = date(2025, 6, 30)
CAI_KINH = office(
    "xa-cai-kinh-2024",
    "UBND xã Cai Kinh",
    "caikinh@huulung.example",
    organ="H37.99.02",
    groups=("các xã",),
    valid_to=LAST,
    successors=(Successor(office=OfficeId("xa-cai-kinh-2025")),),
)
CAI_KINH_2025 = office(
    "xa-cai-kinh-2025",
    "UBND xã Cai Kinh",
    "caikinh@langson.example",
    organ="H37.99.76",
    valid_from=date(2025, 7, 1),
)
HOA_LAC = office("xa-hoa-lac", "UBND xã Hòa Lạc", "hoalac@huulung.example", valid_to=LAST)
PHONG = office("phong-noi-vu", "Phòng Nội vụ", "pnv@huulung.example", organ="H37.99.26")
DIRECTORY = Directory([CAI_KINH, HOA_LAC, PHONG, CAI_KINH_2025])


def one_row(*cells: object, heads: tuple[str, ...] = HEADS, on: date = BEFORE) -> Comparison:
    return compared([heads, cells], DIRECTORY, on)


def changes(found: Comparison) -> list[tuple[str, list[FieldChange]]]:
    return [(one.office.id, list(one.changes)) for one in found.changed]


def test_what_the_list_has_as_the_directory_changes_nothing() -> None:
    found = one_row(1, "x. CAI KINH", "H37.99.02", "CaiKinh@huulung.example", None)
    assert (found.unchanged, found.changed, found.added, found.doubts) == (1, (), (), ())
    assert [o.id for o in found.unlisted] == ["xa-hoa-lac", "phong-noi-vu"]


def test_the_day_says_which_office_has_the_name() -> None:
    for on, id in ((BEFORE, "xa-cai-kinh-2024"), (AFTER, "xa-cai-kinh-2025")):
        found = one_row(1, "Xã Cai Kinh", None, "moi@huulung.example", on=on)
        assert [one.office.id for one in found.changed] == [id]


def test_the_row_s_own_days_say_it_too() -> None:
    heads = ("Tên đơn vị", "Email", "Từ ngày", "Đến ngày")
    found = one_row("Xã Cai Kinh", "moi@huulung.example", "01/07/2025", None, heads=heads)
    assert [one.office.id for one in found.changed] == ["xa-cai-kinh-2025"]
    found = one_row("Xã Cai Kinh", "moi@huulung.example", None, "30/06/2025", heads=heads, on=AFTER)
    assert [one.office.id for one in found.changed] == ["xa-cai-kinh-2024"]


def test_changed_values_are_told_old_and_new() -> None:
    found = one_row(1, "Xã Hòa Lạc", "H37.99.06", "moi@huulung.example", "ghi chú")
    assert changes(found) == [
        (
            "xa-hoa-lac",
            [
                FieldChange(key="organ_id", old=None, new="H37.99.06"),
                FieldChange(
                    key="emails", old=["hoalac@huulung.example"], new=["moi@huulung.example"]
                ),
                FieldChange(key="note", old=None, new="ghi chú"),
            ],
        )
    ]


def test_a_new_name_needs_the_id() -> None:
    heads = ("Mã trong danh bạ", "Tên đơn vị", "Email")
    found = one_row("phong-noi-vu", "Phòng Nội vụ và Tổ chức", "pnv@huulung.example", heads=heads)
    assert changes(found)[0][1] == [
        FieldChange(key="name", old="Phòng Nội vụ", new="Phòng Nội vụ và Tổ chức")
    ]
    told = one_row(1, "Phòng Nội vụ và Tổ chức", None, "pnv@huulung.example")
    assert codes(told) == [(Code.OTHER_NAME, "B2")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((1, "Xã Hòa Lạc", "H37.99.02"), Code.KEYS_DISAGREE),
        ((1, "Xã Hòa Lạc", "H37.99.02", "pnv@huulung.example"), Code.KEYS_DISAGREE),
        ((1, "Trường Tiểu học", None, "pnv@huulung.example"), Code.OTHER_NAME),
        ((1, "Phòng Nội vự", None, "pnv@huulung.example"), Code.OTHER_NAME),
        ((1, "Phòng Nội vự"), Code.SIMILAR),
        ((1, "Phòng Nộii vụ"), Code.SIMILAR),
        ((1, "Phòng Nội  v ụ"), Code.SIMILAR),
        ((1, "Phòng Nội chính"), None),
        ((1, "Phòng Nội vụ tỉnh Lạng Sơn"), None),
        ((1, "Xã Hòa Lạt"), Code.SIMILAR),
        ((1, "UBND xã Hòa Tân"), None),
        ((1, "Xã Sơn La, huyện khác"), None),
        ((1, "Phßng Moi"), Code.OLD_FONT),
        ((1, "Xã Hòa Lạc", "H37.99.26"), Code.KEYS_DISAGREE),
    ],
)
def test_who_is_not_sure_is_left_out(row: tuple[object, ...], code: Code | None) -> None:
    found = one_row(*row)
    assert [doubt.code for doubt in found.doubts] == ([code] if code else [])
    assert len(found.added) == (0 if code else 1)
    assert found.changed == ()


def test_an_office_that_ended_is_not_the_one_that_took_over() -> None:
    heir = replace(CAI_KINH_2025, id=OfficeId("xa-huu-lung"), name="UBND xã Hữu Lũng")
    there = Directory([replace(HOA_LAC, successors=(Successor(office=heir.id),)), heir])
    for address in ("caikinh@langson.example", "hoalac@huulung.example", None):
        found = compared([HEADS, (1, "Xã Hòa Lạc", "H37.99.06", address)], there, AFTER)
        assert (found.added, found.changed) == ((), ())
        code = Code.OTHER_NAME if address == "caikinh@langson.example" else Code.NOT_THEN
        assert codes(found) == [(code, "B2")]


def test_names_of_other_times_and_of_several() -> None:
    assert codes(one_row(1, "Xã Hòa Lạc", on=AFTER)) == [(Code.NOT_THEN, "B2")]
    heads = ("Tên đơn vị", "Từ ngày")
    added = one_row("Xã Hòa Lạc", "01/07/2025", heads=heads).added
    assert [(one.office.id, one.office.valid_from) for one in added] == [
        ("xa-hoa-lac-2025", date(2025, 7, 1))
    ]
    twins = Directory([replace(HOA_LAC, id=OfficeId(id), emails=()) for id in ("a", "b")])
    found = compared([HEADS, (1, "Xã Hòa Lạc")], twins)
    assert (codes(found), found.doubts[0].said) == (
        [(Code.SEVERAL, "B2")],
        ("Xã Hòa Lạc", "a", "b"),
    )
    town = Directory([office("thi-tran", "UBND thị trấn Hữu Lũng")])
    assert codes(compared([HEADS, (1, "Hữu Lũng")], town)) == [(Code.BARE_PLACE, "B2")]


def test_an_id_that_the_directory_lacks_is_a_new_office_unless_it_is_known_otherwise() -> None:
    heads = ("Mã trong danh bạ", "Tên đơn vị", "Email")
    added = one_row("don-vi-moi", "Phòng Nội vự", None, heads=heads).added
    assert [one.office.id for one in added] == ["don-vi-moi"]
    for email in ("pnv@huulung.example", None):
        found = one_row("don-vi-moi", "Phòng Nội vụ", email, heads=heads)
        assert codes(found) == [(Code.KEYS_DISAGREE, "A2")]


def test_one_office_in_two_rows_counts_once() -> None:
    found = compared(
        [
            HEADS,
            (1, "Xã Hòa Lạc", None, None, "một"),
            (2, "UBND xã Hoà Lạc", None, None, "hai"),
            (3, "Trường Yên Sơn"),
            (4, "Trường yên sơn"),
        ],
        DIRECTORY,
    )
    assert codes(found) == [(Code.TWICE, "B3"), (Code.TWICE, "B5")]
    assert found.doubts[0].said == ("UBND xã Hoà Lạc", "Danh sách", "2")
    assert len(found.added) == len(found.changed) == 1
    assert found.left_out == found.doubts


def test_what_another_office_has_is_not_given_twice() -> None:
    found = compared(
        [
            HEADS,
            (1, "Trường A", None, "chung@huulung.example"),
            (2, "Trường B", None, "chung@huulung.example"),
            (3, "Trường C", "h37.99.30"),
            (4, "Trường D", "H37.99.30"),
        ],
        DIRECTORY,
    )
    assert [code for code, _ in codes(found)] == [Code.ADDRESS_TAKEN] * 2 + [
        Code.IDENTIFIER_TAKEN
    ] * 2
    assert found.added == ()


def test_an_address_may_go_on_to_another_office_in_one_list() -> None:
    found = compared(
        [
            HEADS,
            (1, "Xã Hòa Lạc", None, "moi@huulung.example"),
            (2, "UBND xã Cai Kinh", "H37.99.02", "caikinh@huulung.example"),
            (3, "Trường Yên Sơn", None, "truong@huulung.example"),
        ],
        DIRECTORY,
    )
    assert codes(found) == []
    heads = ("Mã trong danh bạ", "Tên đơn vị", "Email")
    swapped = compared(
        [
            heads,
            ("xa-hoa-lac", "UBND xã Hòa Lạc", "pnv@huulung.example"),
            ("phong-noi-vu", "Phòng Nội vụ", "hoalac@huulung.example"),
        ],
        DIRECTORY,
    )
    assert (codes(swapped), len(swapped.changed)) == ([], 2)


def test_offices_that_share_something_on_other_days_do_not_disturb() -> None:
    old = replace(HOA_LAC, valid_to=date(2023, 12, 31))
    new = replace(PHONG, valid_from=date(2024, 1, 1))
    found = compared(
        [HEADS, (1, "Phòng Nội vụ", None, "hoalac@huulung.example")], Directory([old, new])
    )
    assert (codes(found), len(found.changed)) == ([], 1)


def test_what_was_shared_before_is_not_the_list_s_fault() -> None:
    shared = replace(HOA_LAC, emails=PHONG.emails)
    found = compared(
        [HEADS, (1, "Phòng Nội vụ", None, None, "ghi chú")], Directory([shared, PHONG])
    )
    assert (codes(found), len(found.changed)) == ([], 1)


def test_missing_offices_end_only_when_asked_and_nothing_is_doubtful() -> None:
    rows: list[tuple[object, ...]] = [HEADS, (1, "Xã Cai Kinh")]
    last = date(2024, 12, 31)
    found = compared(rows, DIRECTORY, end_missing=last)
    assert [(one.office.id, one.office.valid_to) for one in found.ended] == [
        ("xa-hoa-lac", last),
        ("phong-noi-vu", last),
    ]
    assert found.unlisted == ()
    unsure = compared([*rows, (2, "Phòng Nội vự")], DIRECTORY, end_missing=last)
    assert (unsure.ended, len(unsure.unlisted)) == ((), 2)
    early = compared(rows, Directory([PHONG]), end_missing=LAST)
    assert len(early.ended) == 1
    begun = replace(PHONG, valid_from=date(2024, 5, 1))
    too_early = compared(rows, Directory([begun]), end_missing=date(2024, 4, 1))
    assert (too_early.ended, len(too_early.unlisted)) == ((), 1)
    same = compared(rows, Directory([replace(PHONG, valid_to=last)]), end_missing=last)
    assert same.ended == ()


def test_groups_of_new_offices() -> None:
    found = compared(
        [
            HEADS,
            ("I", "CÁC XÃ"),
            (1, "Xã Yên Sơn"),
            ("II", "Các trường học"),
            (2, "Trường Yên Sơn"),
            ("III", "ĐOÀN THỂ HUYỆN"),
            (3, "Hội Nông dân huyện"),
            ("IV", "Trường trung học"),
            (4, "Trường Hòa Lạc"),
        ],
        DIRECTORY,
    )
    assert [one.office.groups[0] for one in found.added] == [
        "các xã",
        "các trường học",
        "đoàn thể huyện",
        "Trường trung học",
    ]


def test_offices_named_by_id_or_name() -> None:
    heads = ("Tên đơn vị", "Trực thuộc", "Đến ngày", "Đơn vị kế thừa", "Nhận thay")
    row = (
        *("Xã Hòa Lạc", "Phòng Nội vụ", "30/06/2025", "Xã Cai Kinh\nTrường Yên Sơn (truong)"),
        "phong-noi-vu (13/05/2024 – 17/05/2024)\nThay@xa.example (18/05/2024 – 19/05/2024)",
    )
    found = compared([heads, row, ("Trường Yên Sơn",)], DIRECTORY)
    assert codes(found) == []
    (changed,) = found.changed
    assert changed.office.parent == "phong-noi-vu"
    assert changed.office.successors == (
        Successor(office=OfficeId("xa-cai-kinh-2025")),
        Successor(office=OfficeId("truong-yen-son"), function="truong"),
    )
    assert [d.office or d.address for d in changed.office.deputies] == [
        "phong-noi-vu",
        "thay@xa.example",
    ]
    unknown = compared([heads, ("Xã Hòa Lạc", "Phòng Gì", None, "Ai đó")], DIRECTORY)
    assert codes(unknown) == [(Code.UNKNOWN_OFFICE, "B2"), (Code.UNKNOWN_OFFICE, "D2")]
    assert unknown.changed == ()


ROLES = replace(
    PHONG,
    emails=(Address("rieng@thu.example"), *PHONG.emails, Address("tp@huulung.example")),
    private_emails=(Address("rieng@thu.example"),),
    leader_emails=(Address("tp@huulung.example"),),
)


@pytest.mark.parametrize(
    ("clerks", "leaders", "private", "expected"),
    [
        ("pnv@huulung.example", None, None, ROLES.emails),
        (
            "pnv@huulung.example; tp@huulung.example; rieng@thu.example",
            None,
            None,
            ROLES.emails,
        ),
        (
            "moi@huulung.example",
            None,
            None,
            ("moi@huulung.example", "tp@huulung.example", "rieng@thu.example"),
        ),
        (None, "-", None, ("pnv@huulung.example", "rieng@thu.example")),
        ("-", None, None, ("tp@huulung.example", "rieng@thu.example")),
        (None, None, "-", ("pnv@huulung.example", "tp@huulung.example")),
        (
            None,
            "rieng@thu.example",
            None,
            ("pnv@huulung.example", "rieng@thu.example"),
        ),
        (
            None,
            None,
            "tp@huulung.example",
            ("pnv@huulung.example", "tp@huulung.example"),
        ),
    ],
)
def test_addresses_keep_their_roles(
    clerks: str | None, leaders: str | None, private: str | None, expected: tuple[str, ...]
) -> None:
    heads = ("Tên đơn vị", "Email", "Email lãnh đạo", "Email cá nhân")
    found = compared([heads, ("Phòng Nội vụ", clerks, leaders, private)], Directory([ROLES]))
    assert codes(found) == []
    made = found.changed[0].office if found.changed else ROLES
    assert made.emails == expected


def test_a_dash_takes_a_value_away() -> None:
    full = replace(
        PHONG,
        aliases=("PNV",),
        kind=OfficeKind.DEPARTMENT,
        level=OfficeLevel.DISTRICT,
        parent=HOA_LAC.id,
        groups=("phòng",),
        organ_id_old=PHONG.organ_id,
        deputies=(Deputy(office=HOA_LAC.id, valid_from=BEFORE, valid_to=LAST),),
        valid_from=BEFORE,
        valid_to=LAST,
        successors=(Successor(office=HOA_LAC.id),),
        note="ghi",
    )
    heads = (
        *("Tên đơn vị", "Tên gọi khác", "Loại", "Cấp", "Trực thuộc", "Nhóm", "Mã định danh"),
        *("Mã định danh cũ", "Email", "Nhận thay", "Từ ngày", "Đến ngày", "Kế thừa", "Ghi chú"),
    )
    row = ("Phòng Nội vụ", *("-" for _ in heads[1:]))
    (changed,) = compared([heads, row], Directory([full, HOA_LAC])).changed
    assert changed.office == Office(id=PHONG.id, name=PHONG.name)
    (named,) = compared(
        [("Mã danh bạ", "Tên đơn vị", "STT", "Ghi chú"), ("-", "Phòng Nội vụ", "-", "a")],
        Directory([full]),
    ).changed
    assert [change.key for change in named.changes] == ["note"]


def test_all_other_columns_are_taken() -> None:
    heads = ("Tên đơn vị", "Tên gọi khác", "Loại", "Cấp", "Nhóm", "Mã định danh cũ", "Từ ngày")
    row = ("Phòng Nội vụ", "PNV; Nội vụ", "phòng", "huyện", "các phòng", "000.26.H37", "01/01/2020")
    (changed,) = compared([heads, row], DIRECTORY).changed
    assert changed.office == replace(
        PHONG,
        aliases=("PNV", "Nội vụ"),
        kind=OfficeKind.DEPARTMENT,
        level=OfficeLevel.DISTRICT,
        groups=("các phòng",),
        organ_id_old=OrganId("000.26.H37"),
        valid_from=date(2020, 1, 1),
    )
    same = compared([heads, row], Directory([changed.office]))
    assert (same.changed, same.unchanged) == ((), 1)
