"""Every unit of Hữu Lũng, old and new, written in the ways of offices: never the wrong one."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import OfficeId
from domain.office import Directory, Office, OfficeLevel, Successor
from mappings.names.mentions import mentions
from mappings.names.resolve import Certainty, Resolution, Why, resolve
from tests.checkout import ROOT
from tests.old_letters import in_tcvn3, in_vni
from tests.unit.mappings.reply.replies import directory

OFFICES = directory()
UNITS = json.loads(
    (ROOT / "tests" / "data" / "config" / "huu-lung-units.json").read_text(encoding="utf-8")
)
AROUND = ("UBND huyện Hữu Lũng", "UBND tỉnh Lạng Sơn")
BEFORE = date(2024, 5, 8)
AFTER_FIRST = date(2024, 12, 1)
AFTER_SECOND = date(2025, 7, 1)
DAYS = (BEFORE, date(2024, 11, 30), AFTER_FIRST, date(2025, 6, 30), AFTER_SECOND)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def without_marks(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def old_placement(text: str) -> str:
    """Return hoà for hòa and uỷ for ủy."""
    marks = "\u0300\u0301\u0303\u0309\u0323"
    moved = re.sub(
        f"([ou])([{marks}])([aey])(?![a-z])", r"\1\3\2", unicodedata.normalize("NFD", text)
    )
    return unicodedata.normalize("NFC", moved)


def tones_apart(text: str) -> str:
    """Return text as windows-1258 leaves it: shapes composed, tones as signs of their own."""
    found = ""
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        shape = "".join(c for c in parts if c not in tone)
        found += unicodedata.normalize("NFC", shape) + tone
    return found


# Ways of spelling, whatever is written.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "old tone placement": old_placement,
    "tones apart": tones_apart,
    "capitals": str.upper,
    "small": str.lower,
    "no accents": without_marks,
    "eth": lambda text: text.replace("Đ", "Ð").replace("đ", "ð"),
    "African D": lambda text: text.replace("Đ", "Ɖ").replace("đ", "ɖ"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "zero width": lambda text: text.replace(" ", " \u200b").replace("n", "n\u200d"),
    "stray blanks": lambda text: f"\n {text.replace(' ', '   ')}\t",
    "underscores": lambda text: text.replace(" ", "_"),
    "TCVN3": in_tcvn3,
    "VNI": in_vni,
}
# What VNI makes of these is other Vietnamese: Hoà Sôn, Minh Sôn, Thanh Sôn.
VNI_LOOKS_RIGHT = ("Hồ Sơn", "Minh Sơn", "Thanh Sơn")
# Ways of naming; {} is the place. All of them say what sort of unit it is.
COMMUNE = (
    "Xã {}",
    "xã {}",
    "UBND xã {}",
    "Ủy ban nhân dân xã {}",
    "Ủy ban xã {}",
    "x. {}",
    "X. {}",
    "X.{}",
    "UBND x. {}",
    "UBND: xã {}.",
    "UBND xã {}, huyện Hữu Lũng",
    "UBND xã {} - H. Hữu Lũng - T. Lạng Sơn",
    "xã {} (huyện Hữu Lũng, tỉnh Lạng Sơn)",
    "xã {}, Hữu Lũng, Lạng Sơn",
    "UBND huyện Hữu Lũng – UBND xã {}",
)
TOWN = (
    "Thị trấn {}",
    "UBND thị trấn {}",
    "Ủy ban nhân dân thị trấn {}",
    "TT {}",
    "TT. {}",
    "TT.{}",
    "UBND TT {}",
    "UBND TT. {}",
    "TTr. {}",
    "thị trấn {}, huyện Hữu Lũng",
)
BARE = ("{}", "UBND {}", "Ủy ban nhân dân {}", "{}, huyện Hữu Lũng")


def communes() -> Iterator[tuple[str, str, OfficeId | None]]:
    """Return sort, place and office (None: not in the directory) of each unit of the data."""
    for unit in UNITS:
        sort, place = re.fullmatch(r"(Xã|Thị trấn|Huyện) (.+)", unit["name"]).groups()  # type: ignore[union-attr]
        named = [
            office.id
            for office in OFFICES.offices
            if office.name == f"UBND {sort.lower()} {place}"
            and office.valid_from in (None, day(unit.get("valid_from")))
            and office.valid_to == day(unit["valid_to"])
        ]
        assert len(named) == (unit["valid_to"] != "2019-12-31" and sort != "Huyện")
        yield sort, place, named[0] if named else None


CASES = list(communes())


def existing(sorts: tuple[str, ...], place: str, on: date | None) -> set[OfficeId]:
    """Return the offices of a name on a day by the data of the reforms."""
    found = {o for sort, p, o in CASES if o and sort in sorts and p == place}
    return {
        o for o in found if on is None or (entry := OFFICES.get(o)) is None or entry.valid_on(on)
    }


def check(answer: Resolution, right: set[OfficeId], *, sure: bool) -> None:
    if answer.certainty is Certainty.CERTAIN:
        assert {answer.office} == right
    elif answer.certainty is Certainty.AMBIGUOUS:
        assert right
        assert right <= set(answer.candidates)
        assert not sure
    else:
        assert not right
    if len(right) > 1:
        assert answer.certainty is Certainty.AMBIGUOUS


def test_the_data_has_all_units() -> None:
    assert len(CASES) == 36
    assert sum(office is not None for _, _, office in CASES) == 32
    assert {s for s, _, _ in CASES} == {"Xã", "Thị trấn", "Huyện"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_unit_with_its_sort_is_found_for_certain_on_its_days(spelling: str) -> None:
    spelled, answers = SPELLINGS[spelling], 0
    for sort, place, _ in CASES:
        if sort == "Huyện":
            continue
        for form in COMMUNE if sort == "Xã" else TOWN:
            for on in (*DAYS, None):
                answer = resolve(spelled(form.format(place)), OFFICES, on, around=AROUND)
                right = existing((sort,), place, on)
                if spelling == "VNI" and place in VNI_LOOKS_RIGHT and form.isascii():
                    assert answer.certainty is Certainty.NONE
                    answers += 1
                    continue
                check(answer, right, sure=len(right) == 1)
                answers += 1
    assert answers == (34 * len(COMMUNE) + len(TOWN)) * 6


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_bare_name_is_right_or_ambiguous(spelling: str) -> None:
    spelled = SPELLINGS[spelling]
    for _, place, _ in CASES:
        for form in BARE:
            for on in (*DAYS, None):
                answer = resolve(spelled(form.format(place)), OFFICES, on, around=AROUND)
                right = existing(("Xã", "Thị trấn"), place, on)
                if spelling == "VNI" and place in VNI_LOOKS_RIGHT and form.isascii():
                    assert answer.certainty is Certainty.NONE
                    continue
                check(answer, right, sure=len(right) == 1 and place not in ("Hữu Lũng", "Hòa Bình"))


@pytest.mark.parametrize("around", [AROUND, ()])
@pytest.mark.parametrize("form", ["Hữu Lũng", "UBND Hữu Lũng"])
def test_huu_lung_alone_may_be_the_town_the_commune_or_the_district(
    form: str, around: tuple[str, ...]
) -> None:
    for on, office in ((BEFORE, "thi-tran-huu-lung"), (AFTER_SECOND, "xa-huu-lung")):
        answer = resolve(form, OFFICES, on, around=around)
        # Without what lies around, only the offices of the district tell that it is one.
        if around or on == BEFORE:
            assert (answer.certainty, answer.why) == (Certainty.AMBIGUOUS, Why.LARGER_PLACE)
            assert answer.office is None
        assert answer.candidates == (office,)
    ever = resolve(form, OFFICES, None, around=around)
    assert (ever.certainty, ever.why) == (Certainty.AMBIGUOUS, Why.SEVERAL)
    assert set(ever.candidates) == {"thi-tran-huu-lung", "xa-huu-lung"}


@pytest.mark.parametrize("form", ["huyện Hữu Lũng", "UBND huyện Hữu Lũng", "Huyện ủy Hữu Lũng"])
def test_the_district_itself_is_no_office_of_its_directory(form: str) -> None:
    for on in (*DAYS, None):
        assert resolve(form, OFFICES, on, around=AROUND).certainty is Certainty.NONE


def test_what_ended_is_told_with_those_that_took_over() -> None:
    answer = resolve("xã Sơn Hà", OFFICES, AFTER_FIRST, around=AROUND)
    assert (answer.certainty, answer.why) == (Certainty.NONE, Why.OTHER_TIME)
    assert answer.candidates == ("xa-son-ha", "thi-tran-huu-lung")
    early = resolve("xã Tuấn Sơn", OFFICES, BEFORE)
    assert (early.why, early.candidates) == (Why.OTHER_TIME, ("xa-tuan-son",))


@pytest.mark.parametrize(
    ("text", "around", "certainty", "why"),
    [
        ("xã Hòa Bình, huyện Văn Quan", AROUND, Certainty.NONE, Why.OTHER_PLACE),
        ("xã Hòa Bình huyện Văn Quan", (), Certainty.AMBIGUOUS, Why.UNKNOWN_PLACE),
        ("xã Hòa Bình, thành phố Lạng Sơn", AROUND, Certainty.NONE, Why.OTHER_PLACE),
        ("Công an xã Cai Kinh", AROUND, Certainty.NONE, Why.OTHER_PLACE),
        ("xã Hòa Bình và xã Hòa Sơn", AROUND, Certainty.NONE, Why.OTHER_PLACE),
        ("xã Yên Sớn", AROUND, Certainty.NONE, Why.SIMILAR),
        ("UBND xã Yen Sơnn", AROUND, Certainty.NONE, Why.SIMILAR),
        ("Các xã, thị trấn", AROUND, Certainty.NONE, Why.UNKNOWN),
        ("Phòng", AROUND, Certainty.AMBIGUOUS, Why.SEVERAL),
        ("", AROUND, Certainty.NONE, Why.UNKNOWN),
        ("…", AROUND, Certainty.NONE, Why.UNKNOWN),
        ("xã " * 41, AROUND, Certainty.NONE, Why.UNKNOWN),
    ],
)
def test_what_is_not_ours_is_never_taken_for_it(
    text: str, around: tuple[str, ...], certainty: Certainty, why: Why
) -> None:
    answer = resolve(text, OFFICES, BEFORE, around=around)
    assert (answer.certainty, answer.why, answer.office) == (certainty, why, None)


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("Phòng VH&TT", "phong-van-hoa-va-thong-tin"),
        ("P. VHTT", "phong-van-hoa-va-thong-tin"),
        ("P.VH-TT huyện Hữu Lũng", "phong-van-hoa-va-thong-tin"),
        ("PVHTT", "phong-van-hoa-va-thong-tin"),
        ("Phßng V¨n ho¸ vµ Th«ng tin", "phong-van-hoa-va-thong-tin"),
        ("PHÒNG VĂN HOÁ & THÔNG TIN", "phong-van-hoa-va-thong-tin"),
        ("Phòng LĐ - TBXH", "phong-lao-dong-thuong-binh-va-xa-hoi"),
        ("phong ldtb&xh", "phong-lao-dong-thuong-binh-va-xa-hoi"),
        ("P. TC-KH", "phong-tai-chinh-ke-hoach"),
        ("Phòng NN&PTNT", "phong-nong-nghiep-va-phat-trien-nong-thon"),
        ("Phòng Nội vụ, UBND huyện Hữu Lũng", "phong-noi-vu"),
        ("UBND huyện Hữu Lũng - Phòng Nội vụ", "phong-noi-vu"),
        ("VP HĐND&UBND", "van-phong-hdnd-ubnd-huyen"),
        ("Thanh tra", "thanh-tra-huyen"),
        ("UB MTTQ Việt Nam huyện", "uy-ban-mttq-huyen"),
        ("Hội Nông dân", "hoi-nong-dan-huyen"),
        ("TT Huyện ủy", "thuong-truc-huyen-uy"),
        ("CA huyện", "cong-an-huyen"),
        ("TAND huyện Hữu Lũng", "toa-an-nhan-dan-huyen"),
        ("Chi cục THADS", "chi-cuc-thi-hanh-an-dan-su-huyen"),
        ("BHXH huyện", "bao-hiem-xa-hoi-huyen"),
        ("KBNN Hữu Lũng", "kho-bac-nha-nuoc-huu-lung"),
        ("TTYT", "trung-tam-y-te-huyen"),
        ("Lãnh đạo UBND huyện", "lanh-dao-ubnd-huyen-ct-cac-pct"),
        ("Sở TT&TT tỉnh Lạng Sơn", "so-thong-tin-va-truyen-thong"),
        ("STTTT", "so-thong-tin-va-truyen-thong"),
    ],
)
def test_other_offices_by_their_usual_forms(text: str, office: str) -> None:
    assert resolve(text, OFFICES, BEFORE, around=AROUND).office == office


def test_every_office_is_found_by_its_own_name_on_its_days() -> None:
    for office in OFFICES.offices:
        for on in DAYS:
            answer = resolve(office.name, OFFICES, on, around=AROUND)
            assert (answer.office == office.id) is office.valid_on(on)


def test_a_body_of_several_communes_is_told_apart_by_the_commune() -> None:
    one, other = (
        Office(id=OfficeId(id), name=name, level=OfficeLevel.COMMUNE)
        for id, name in (("cai-kinh", "UBND xã Cai Kinh"), ("van-nham", "UBND xã Vân Nham"))
    )
    rooms = [
        Office(id=OfficeId(f"vhxh-{o.id}"), name="Phòng Văn hóa - Xã hội", parent=o.id)
        for o in (one, other)
    ]
    rooms += [Office(id=OfficeId("itself"), name="Phòng Dân tộc", parent=OfficeId("itself"))]
    rooms += [Office(id=OfficeId("lost"), name="Phòng Y tế", parent=OfficeId("khong-co"))]
    there = Directory([one, other, *rooms])
    assert resolve("Phòng VH-XH", there, BEFORE).why is Why.SEVERAL
    for text, office in (
        ("Phòng VH-XH xã Cai Kinh", "vhxh-cai-kinh"),
        ("Phòng Văn hóa - Xã hội, UBND xã Vân Nham", "vhxh-van-nham"),
        ("Phòng VHXH Vân Nham", "vhxh-van-nham"),
    ):
        assert resolve(text, there, BEFORE).office == office
    assert resolve("Phòng Dân tộc xã Vân Nham", there, BEFORE).office is None
    assert resolve("Phòng Y tế xã Vân Nham", there, BEFORE).office is None


def test_names_that_differ_in_their_marks_only_are_several_without_them() -> None:
    two = Directory(
        Office(id=OfficeId(id), name=name)
        for id, name in (("a", "UBND xã Minh Hòa"), ("b", "Ủy ban nhân dân xã Minh Hoa"))
    )
    assert set(resolve("xa minh hoa", two, None).candidates) == {"a", "b"}
    assert resolve("xã Minh Hoà", two, None).office == "a"


def test_an_alias_names_its_office_even_as_a_bare_place() -> None:
    one = Directory([Office(id=OfficeId("a"), name="UBND xã Cai Kinh", aliases=("Xã anh hùng",))])
    assert resolve("xã Anh Hùng", one, BEFORE).office == "a"


places = st.sampled_from(["Cai Kinh", "Tân Thành", "Hòa Sơn", "Minh Hòa"])
starts = st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=1, max_size=4, unique=True)


@given(names=st.dictionaries(places, starts, min_size=1), on=st.dates(date(1999, 1, 1)))
def test_offices_that_share_a_name_in_different_years_are_never_confused(
    names: dict[str, list[date]], on: date
) -> None:
    """Each place has an office after the other, each of which ends the day before the next."""
    offices = []
    for place, begun in names.items():
        days = sorted(begun)
        for number, first in enumerate(days):
            last = (
                date.fromordinal(days[number + 1].toordinal() - 1) if days[number + 1 :] else None
            )
            key = place.lower().replace(" ", "-")
            heirs = (Successor(office=OfficeId(f"{key}-{number + 1}")),) if last else ()
            offices.append(
                Office(
                    id=OfficeId(f"{key}-{number}"),
                    name=f"UBND xã {place}",
                    groups=("các xã",),
                    valid_from=first,
                    valid_to=last,
                    successors=heirs,
                )
            )
    there = Directory(offices)
    for place, begun in names.items():
        right = {o.id for o in offices if o.name.endswith(place) and o.valid_on(on)}
        assert len(right) <= 1
        for form in (f"UBND xã {place}", f"x. {without_marks(place)}", place):
            answer = resolve(form, there, on)
            assert ({answer.office} if answer.office else set()) == right
            ever = resolve(form, there, None)
            assert (ever.certainty is Certainty.CERTAIN) is (len(begun) == 1)
        found = mentions(f"UBND xã {place}", there, on)
        assert {office for mention in found for office in mention.offices} == right
        assert {o.id for o in there.in_group("các xã", on) if o.name.endswith(place)} == right


def test_a_place_that_is_not_ours_is_none_at_any_time() -> None:
    answer = resolve("xã Hòa Bình, huyện Văn Quan", OFFICES, AFTER_SECOND, around=AROUND)
    assert (answer.certainty, answer.why) == (Certainty.NONE, Why.OTHER_PLACE)


@pytest.mark.parametrize(
    "around", ["huyện Hữu Lũng", "Ủy ban nhân dân huyện Hữu Lũng", "H. Hữu Lũng"]
)
def test_what_lies_around_may_be_written_in_any_way(around: str) -> None:
    for text in ("xã Cai Kinh, huyện Hữu Lũng", "Cai Kinh - H. Hữu Lũng", "xã Cai Kinh, Hữu Lũng"):
        assert resolve(text, OFFICES, BEFORE, around=[around]).office == "xa-cai-kinh-2024"
    assert resolve("Hữu Lũng", OFFICES, AFTER_SECOND, around=[around]).why is Why.LARGER_PLACE
