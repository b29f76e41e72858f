"""What may stand beside a name: bodies around it, its own level first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from domain.ids import OfficeId
from domain.office import Directory, Office, OfficeLevel
from mappings.names.fold import fold
from mappings.names.mentions import mentions
from mappings.names.resolve import Certainty, Why, resolve
from tests.unit.mappings.names.test_names_resolve import AROUND, BEFORE, OFFICES, without_marks

# Bodies of the district that the province has, too, or might have.
BODIES = (
    *("Văn phòng HĐND&UBND", "VP HĐND&UBND", "Thanh tra", "Thường trực HĐND", "Lãnh đạo UBND"),
    *("Ủy ban MTTQ", "MTTQ", "Hội Nông dân", "HND", "Hội LHPN", "Hội CCB", "LĐLĐ"),
    *("Công an", "CA", "Ban Chỉ huy Quân sự", "Tòa án nhân dân", "TAND", "VKSND", "Viện kiểm sát"),
    *("Chi cục THADS", "Bảo hiểm xã hội", "BHXH", "Chi cục Thống kê", "Trung tâm Y tế", "TTYT"),
    *("Trung tâm Chính trị", "Ban Tổ chức", "Phòng Nội vụ", "Phòng LĐ - TBXH", "P. VHTT"),
    *("Trung tâm Dịch vụ nông nghiệp", "Trung tâm GDNN - GDTX", "Ban QLDA đầu tư xây dựng"),
)
OF_THE_PROVINCE = (
    *("{} tỉnh", "{} tỉnh Lạng Sơn", "{} Lạng Sơn", "{} - T. Lạng Sơn", "{}, UBND tỉnh Lạng Sơn"),
    *("UBND tỉnh Lạng Sơn - {}", "tỉnh Lạng Sơn: {}", "{} tỉnh huyện Hữu Lũng"),
)
LEVELLED = Directory(
    replace(o, level=OfficeLevel.PROVINCE if o.name.startswith("Sở") else OfficeLevel.DISTRICT)
    if not o.name.startswith("UBND")
    else o
    for o in OFFICES.offices
)


@pytest.mark.parametrize("there", [OFFICES, LEVELLED], ids=["without levels", "with levels"])
def test_a_body_of_the_province_is_never_that_of_the_district(there: Directory) -> None:
    others = [form.format(body) for body in BODIES for form in OF_THE_PROVINCE]
    for text in (*others, "Sở TT&TT huyện Hữu Lũng", "Sở TT&TT huyện", "UBND huyện - Sở TT&TT"):
        for spelled in (text, without_marks(text), text.upper()):
            answer = resolve(spelled, there, BEFORE, around=AROUND)
            assert answer.certainty is Certainty.NONE, (spelled, answer)


@pytest.mark.parametrize("there", [OFFICES, LEVELLED], ids=["without levels", "with levels"])
def test_the_district_and_the_province_may_stand_behind_an_office_of_the_district(
    there: Directory,
) -> None:
    for text, office in (
        ("Công an huyện Hữu Lũng, tỉnh Lạng Sơn", "cong-an-huyen"),
        ("Công an Hữu Lũng, Lạng Sơn", "cong-an-huyen"),
        ("Phòng Nội vụ, UBND huyện Hữu Lũng, tỉnh Lạng Sơn", "phong-noi-vu"),
        ("Phòng Nội vụ huyện", "phong-noi-vu"),
        ("UBND huyện Hữu Lũng - Thanh tra", "thanh-tra-huyen"),
        ("Kho bạc Nhà nước Hữu Lũng, tỉnh Lạng Sơn", "kho-bac-nha-nuoc-huu-lung"),
        ("Ban Tổ chức Huyện ủy, tỉnh Lạng Sơn", "ban-to-chuc-huyen-uy"),
        ("xã Cai Kinh, tỉnh Lạng Sơn", "xa-cai-kinh-2024"),
        ("Sở TT&TT Lạng Sơn", "so-thong-tin-va-truyen-thong"),
        ("Sở TT&TT, UBND tỉnh Lạng Sơn", "so-thong-tin-va-truyen-thong"),
    ):
        assert resolve(text, there, BEFORE, around=AROUND).office == office


def test_an_office_without_a_level_is_of_the_level_of_our_own() -> None:
    there = Directory(
        [
            Office(id=OfficeId("so"), name="Sở Nội vụ"),
            Office(id=OfficeId("phong"), name="Phòng Dân tộc"),
            Office(id=OfficeId("bo"), name="Bộ Nội vụ", level=OfficeLevel.CENTRAL),
            Office(id=OfficeId("thanh-tra"), name="Thanh tra", level=OfficeLevel.PROVINCE),
        ]
    )
    department = ("Sở Y tế", "UBND tỉnh Lạng Sơn")
    for text, around, office in (
        ("Phòng Dân tộc huyện Hữu Lũng", AROUND, "phong"),
        ("Phòng Dân tộc tỉnh", AROUND, None),
        ("Phòng Dân tộc tỉnh", AROUND[1:], "phong"),
        ("Sở Nội vụ tỉnh Lạng Sơn", AROUND, "so"),
        ("Sở Nội vụ huyện Hữu Lũng", AROUND, None),
        ("Bộ Nội vụ tỉnh Lạng Sơn", AROUND, None),
        ("Phòng Dân tộc, Sở Y tế, tỉnh Lạng Sơn", department, "phong"),
        ("Phòng Dân tộc, UBND tỉnh Lạng Sơn", department, None),
        ("Thanh tra Sở Y tế", department, "thanh-tra"),
        ("Thanh tra tỉnh", department, "thanh-tra"),
        ("Thanh tra huyện", department, None),
    ):
        assert resolve(text, there, BEFORE, around=around).office == office, text


@pytest.mark.parametrize(
    "text", ["Văn phòng", "Thường trực", "Lãnh đạo", "Bảo hiểm", "Văn phòng huyện"]
)
def test_what_is_left_of_a_name_may_say_nothing(text: str) -> None:
    assert resolve(text, OFFICES, BEFORE, around=AROUND).office is None


def test_a_committee_is_not_named_by_its_sort_alone() -> None:
    there = Directory(
        Office(id=OfficeId(id), name=name)
        for id, name in (("ubnd-tinh", "UBND tỉnh Lạng Sơn"), ("ca", "Công an tỉnh Lạng Sơn"))
    )
    for text in ("UBND", "UBND huyện Hữu Lũng", "UBND huyện", "Công an huyện"):
        assert resolve(text, there, BEFORE, around=AROUND).office is None
        assert mentions(f"Kính gửi {text}.", there, BEFORE) == ()
    assert resolve("Công an tỉnh", there, BEFORE, around=AROUND).office == "ca"
    assert resolve("UBND tỉnh Lạng Sơn", there, BEFORE, around=AROUND).office == "ubnd-tinh"


HEADS = (
    *("Văn phòng", "VP", "Ban", "Phòng", "P", "Hội", "Trung tâm", "TT", "Chi cục", "Thường trực"),
    *("Công an", "CA", "Ủy ban", "UB", "UBND", "Ủy ban nhân dân", "Lãnh đạo", "Sở", "Thanh tra"),
    *("Trung tâm Y tế", "Chi cục Thuế", "Ban Quản lý", "Hội Liên hiệp", "Liên đoàn", "Kho bạc"),
)
DAYS = (
    *(BEFORE, date(2024, 11, 30), date(2024, 12, 1), date(2025, 6, 30), date(2025, 7, 1)),
    *(date(2025, 8, 8), date(2026, 1, 1), None),
)


@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("head", HEADS)
def test_a_head_that_several_names_begin_with_is_never_certain(head: str, on: date | None) -> None:
    begun = [
        office
        for office in OFFICES.offices
        if (on is None or office.valid_on(on)) and fold(office.name).startswith(f"{fold(head)} ")
    ]
    for way in (head, head.upper(), f"{head} huyện Hữu Lũng"):
        office = resolve(way, OFFICES, on, around=AROUND).office
        assert office is None or begun in ([], [OFFICES.get(office)]), way
    if len(begun) > 1:
        found = resolve(head, OFFICES, on, around=AROUND)
        assert (found.certainty, found.why) == (Certainty.AMBIGUOUS, Why.SEVERAL)
        assert len(found.candidates) > 1


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("Văn phòng", ("Văn phòng Huyện ủy", "Văn phòng HĐND và UBND huyện")),
        ("Chi cục Thuế", ("Chi cục Thuế huyện", "Chi cục Thuế khu vực II")),
        ("Chi cục Thuế, UBND huyện", ("Chi cục Thuế huyện", "Chi cục Thuế khu vực II")),
        ("TT Y tế", ("Trung tâm Y tế huyện", "Trung tâm Y tế dự phòng")),
        ("Công an", ("Công an huyện", "Công an xã Yên Bình")),
        ("Ban", ("Ban Huyện ủy", "Ban Dân vận Huyện ủy")),
        ("Phòng Tài chính", ("Phòng Tài chính xã", "Phòng Tài chính - Kế hoạch")),
        ("Hội", ("Hội huyện", *(f"Hội {letter}" for letter in "ABCDEFGH"))),
    ],
)
def test_what_short_forms_share_is_never_certain(head: str, names: Sequence[str]) -> None:
    there = Directory(Office(id=OfficeId(f"o{at}"), name=name) for at, name in enumerate(names))
    for around in (AROUND, ()):
        assert resolve(head, there, BEFORE, around=around).office is None
    for at, name in enumerate(names):
        assert resolve(name, there, BEFORE, around=AROUND).office == f"o{at}"
