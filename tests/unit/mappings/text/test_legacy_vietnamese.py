"""The old encodings, on sentences whose octets are written out, and what must not be touched."""

import pytest

from mappings.text.extract import extract_text
from mappings.text.legacy_vietnamese import (
    decode_claimed,
    in_font,
    may_be_old,
    modernised,
    modernised_octets,
    old_readings,
    with_horned_u,
)
from mappings.text.syllables import is_syllable

MOTTO = "Cộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc"
LETTER = "Kính gửi: Ủy ban nhân dân xã, đơn vị ở tỉnh Lạng Sơn; lý do, kỹ thuật, bằng văn bản"
TCVN_MOTTO = "Céng hßa x· héi chñ nghÜa ViÖt Nam\n§éc lËp - Tù do - H¹nh phóc"
TCVN_LETTER = "KÝnh göi: ñy ban nh©n d©n x·, ®¬n vÞ ë tØnh L¹ng S¬n; lý do, kü thuËt, b»ng v¨n b¶n"
VNI_MOTTO = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam\nÑoäc laäp - Töï do - Haïnh phuùc"
VNI_LETTER = (
    "Kính göûi: UÛy ban nhaân daân xaõ, ñôn vò ôû tænh Laïng Sôn; "
    "lyù do, kyõ thuaät, baèng vaên baûn"
)


def twice(text: str) -> str:
    """Return UTF-8 as a program shows it that takes it for windows-1252."""
    octets = [bytes([octet]) for octet in text.encode()]
    return "".join(octet.decode("cp1252", "ignore") or octet.decode("latin-1") for octet in octets)


@pytest.mark.parametrize(
    ("text", "expected", "encoding"),
    [
        (TCVN_MOTTO, MOTTO, "TCVN3"),
        (TCVN_LETTER, LETTER.replace("Ủy", "ủy"), "TCVN3"),
        (VNI_MOTTO, MOTTO, "VNI"),
        (VNI_LETTER, LETTER, "VNI"),
        (VNI_MOTTO.upper(), MOTTO.upper(), "VNI"),
        (twice(MOTTO), MOTTO, "UTF-8 encoded twice"),
        (twice(LETTER), LETTER, "UTF-8 encoded twice"),
        ("B¸o c¸o n¨m 2024.docx", "Báo cáo năm 2024.docx", "TCVN3"),
    ],
)
def test_old_text_is_recognised_and_converted(text: str, expected: str, encoding: str) -> None:
    assert modernised(text) == (expected, encoding)


def test_a_headline_in_the_font_of_capitals() -> None:
    assert modernised("CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM\nX· T©n LËp")[0] == (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nXã Tân Lập"
    )


def test_an_old_signature_under_a_text_in_unicode() -> None:
    mixed = "Đã nhận được văn bản.\nñy ban nh©n d©n x·\nRéunion à 9 h\n"
    assert modernised(mixed) == (
        "Đã nhận được văn bản.\nủy ban nhân dân xã\nRéunion à 9 h\n",
        "TCVN3",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        MOTTO,
        "Réunion à l'été, être là, garçon",
        "Größe für Übung schön",
        "Señor mañana corazón",
        "café m² 5°C ©2024 µm ½",
        "hoà bình là",
        "Hà Tú",
        "c¸o",
        "tiếng Việt, café",
        "é" * 3_000_000,
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert modernised(text) == (text, None)


@pytest.mark.parametrize("text", [TCVN_MOTTO, TCVN_LETTER, VNI_MOTTO, VNI_LETTER])
def test_octets_that_were_read_as_windows_1258(text: str) -> None:
    raw = text.encode("cp1252")
    assert modernised_octets(raw, raw.decode("cp1258", "replace")) == modernised(text)


def test_octets_in_windows_1258_stay_what_they_are() -> None:
    raw = "Kính gưÒi: đơn viò, baìo caìo đaÞ nhâòn".encode("latin-1", "ignore")
    vietnamese = b"K\xednh g\xfd\xd2i: \xf0\xf5n vi\xf2, b\xe1o c\xe1o nh\xe2\xf2n"
    assert modernised_octets(vietnamese, vietnamese.decode("cp1258"))[1] is None
    assert modernised_octets(raw, raw.decode("cp1258", "replace"))[1] is None
    long = b"\xe9" * 3_000_000
    assert modernised_octets(long, "") == ("", None)


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("VISCII", b"Vi\xaet Nam, b\xe1o c\xe1o, \xf0\xbdn v\xb8", "Việt Nam, báo cáo, đơn vị"),
        ("x-viet-tcvn5712", TCVN_MOTTO.encode("cp1252"), MOTTO),
        ("x-viet-vni", VNI_MOTTO.encode("cp1252"), MOTTO),
        ("utf-8", b"x", None),
    ],
)
def test_a_charset_of_that_name(charset: str, raw: bytes, text: str | None) -> None:
    assert decode_claimed(raw, charset) == text


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "Uỷ",
        "ủy",
        "khuỷu",
        "quyết",
        "gì",
        "yêu",
        "ĐƯỜNG",
        "CộNG",
        "cục",
        "quang",
        "khuya",
    ],
)
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "Réunion",
        "für",
        "nghiêngg",
        "stra",
        "báó",
        "c¸o",
        "é" * 99,
        "vùc",
        "côc",
        "dÊu",
        "thưanh",
    ],
)
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("Khu vùc sè 2", True),
        ("Chi côc III", True),
        ("ghi chó cã dÊu", True),
        ("Ban Tæ chøc", True),
        ("Khu vực số 2", False),
        ("Trung tâm Y tế", False),
        ("Ban Dân vận", False),
        ("Quán Café", False),
        ("Khu 50 m²", False),
        ("ban can su", False),
    ],
)
def test_few_words_may_be_in_an_old_encoding(text: str, *, old: bool) -> None:
    assert may_be_old(text) is old


@pytest.mark.parametrize(
    ("text", "unicode"),
    [
        ("B\xadu côc sè 1", "Bưu cục số 1"),
        ("UBND ph\xadêng Tam Thanh", "UBND phường Tam Thanh"),
        ("Trung\xad tâm", "Trung\xad tâm"),
        ("Th\xadanh tra", "Th\xadanh tra"),
        ("B\xadưu cục", "B\xadưu cục"),
    ],
)
def test_a_soft_hyphen_within_a_syllable_is_a_letter(text: str, unicode: str) -> None:
    assert with_horned_u(text) == unicode


@pytest.mark.parametrize(
    ("text", "font", "unicode"),
    [
        ("Khu vùc sè 2", ".VnTime", "Khu vực số 2"),
        ("Chi nhaùnh", "VNI-Times", "Chi nhánh"),
        ("Khu vùc sè 2", "Times New Roman", "Khu vùc sè 2"),
        ("Khu vực", ".VnTimeH", "Khu vực"),
        ("Ban", ".VnTime", "Ban"),
    ],
)
def test_a_font_tells_the_encoding(text: str, font: str, unicode: str) -> None:
    assert in_font(text, font) == unicode


def test_attached_text_is_converted_too() -> None:
    assert extract_text(TCVN_MOTTO.encode("cp1252")) == MOTTO
    assert extract_text(TCVN_MOTTO.encode()) == MOTTO


def test_few_words_have_the_readings_of_each_encoding() -> None:
    assert "xã Yên Sơn" in old_readings("x· Yªn S¬n")
    assert "xã Yên Sơn" in old_readings("xaõ Yeân Sôn")
    assert "xã Thanh Sơn" in old_readings("xaõ Thanh Sôn")


@pytest.mark.parametrize(
    "text", ["xa Yen Son", "xã Hoà Lạc", "xã Thanh Sôn", "xã Yên Sơn · 1", "· " * 200, "cà phê"]
)
def test_what_is_vietnamese_as_it_stands_has_no_other_readings(text: str) -> None:
    assert old_readings(text) == ()


def test_a_letter_that_only_looks_like_one_of_vni_stays() -> None:
    assert modernised(f"{VNI_MOTTO} İÙ ıÏ")[0] == f"{MOTTO} İÙ ıÏ"
