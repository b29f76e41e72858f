"""What Outlook wraps into winmail.dat; an independent reader agrees on the whole ones."""

import struct
from contextlib import suppress

import pytest
from tnefparse import TNEF

from domain.errors import MalformedDocument, TooLarge
from mappings.mail.parts import Budget, Limits
from mappings.mail.tnef import read_tnef
from tests.tnef_files import (
    BEGINS,
    BODY,
    DATA,
    FILE_PROPERTIES,
    PROPERTIES,
    SIGNATURE,
    TITLE,
    attribute,
    file,
    fixed,
    item,
    properties,
    sized,
    wide,
    winmail,
)

REPORT = b"%PDF-1.4 b\xc3\xa1o c\xc3\xa1o\0\0"


def test_files_have_their_long_names_and_every_octet() -> None:
    raw = winmail(file("Báo cáo số 15.pdf", REPORT), file("", b"x"), text="Xin gửi")
    found = read_tnef(raw, Budget(Limits()))
    assert [(f.name, f.content) for f in found.files] == [
        ("Báo cáo số 15.pdf", REPORT),
        ("BAOCAO~1.DOC", b"x"),
    ]
    assert found.text == "Xin gửi"


def test_another_reader_finds_the_same() -> None:
    raw = winmail(file("Báo cáo.pdf", REPORT), text="Xin gửi")
    other = TNEF(raw)
    assert [a.long_filename() for a in other.attachments] == ["Báo cáo.pdf"]
    assert other.attachments[0].data == REPORT


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (winmail(html="<p>Xin gửi <b>báo cáo</b></p>"), "Xin gửi báo cáo"),
        (
            winmail(rtf=rb"{\rtf1\ansi\ansicpg1258 Xin g\u7917?i b\'e1o c\'e1o\par}"),
            "Xin gửi báo cáo",
        ),
        (winmail(rtf=b"{\\rtf1 x}", text="y"), "y"),
        (SIGNATURE + attribute(BODY, b"Xin ch\xe0o\0"), "Xin chào"),
        (SIGNATURE + attribute(PROPERTIES, b"\1"), ""),
        (
            SIGNATURE + attribute(PROPERTIES, properties(sized(0x001E, 0x1000, b"Xin ch\xe0o\0"))),
            "Xin chào",
        ),
    ],
)
def test_the_text_is_found_in_whichever_form_it_is(raw: bytes, text: str) -> None:
    assert read_tnef(raw, Budget(Limits())).text.strip() == text


def test_an_attached_item_keeps_its_own_files() -> None:
    inner = winmail(file("Biểu mẫu.xlsx", b"PK"), text="trong")
    (found,) = read_tnef(winmail(item("Thư của xã", inner)), Budget(Limits())).files
    assert (found.name, found.content) == ("Thư của xã", inner)
    assert found.message is not None
    assert [f.name for f in found.message.files] == ["Biểu mẫu.xlsx"]


def test_a_file_may_be_in_its_properties_alone() -> None:
    held = properties(
        sized(0x001E, 0x3704, b"BC.DOC\0"),
        sized(0x001E, 0x370E, b"Application/MSWord\0"),
        sized(0x0102, 0x3701, b"abc"),
    )
    raw = SIGNATURE + attribute(BEGINS, b"", 2) + attribute(FILE_PROPERTIES, held, 2)
    (found,) = read_tnef(raw, Budget(Limits())).files
    assert (found.name, found.media_type, found.content) == ("BC.DOC", "application/msword", b"abc")


def test_properties_of_every_kind_are_passed_over() -> None:
    named = struct.pack("<HH", 0x0003, 0x8001) + bytes(16) + struct.pack("<II", 0, 5) + bytes(4)
    spelled = struct.pack("<HH", 0x0003, 0x8002) + bytes(16)
    spelled += struct.pack("<II", 1, 6) + "abc".encode("utf-16-le") + bytes(2) + bytes(4)
    several = struct.pack("<HHI", 0x1003, 0x3000, 2) + bytes(8)
    found = properties(
        fixed(0x0001, 0x3001, b""),
        fixed(0x000B, 0x3002, bytes(4)),
        fixed(0x0040, 0x3003, bytes(8)),
        fixed(0x0048, 0x3004, bytes(16)),
        named,
        spelled,
        several,
        sized(0x001F, 0x1000, wide("Đã nhận")),
    )
    assert read_tnef(SIGNATURE + attribute(PROPERTIES, found), Budget(Limits())).text == "Đã nhận"


@pytest.mark.parametrize(
    "found",
    [
        struct.pack("<I", 9),
        struct.pack("<I", 9) + b"\x1f\0",
        properties(fixed(0x0999, 0x1000, bytes(8))),
        properties(fixed(0x001F, 0x1000, struct.pack("<II", 1, 0xFFFFFFFF))),
    ],
)
def test_damaged_properties_end_the_list(found: bytes) -> None:
    assert read_tnef(SIGNATURE + attribute(PROPERTIES, found), Budget(Limits())).text == ""


def test_a_stray_attribute_of_a_file_is_no_file() -> None:
    raw = SIGNATURE + attribute(DATA, b"x", 2) + attribute(BEGINS, b"", 2) + attribute(0x9999, b"")
    assert [f.content for f in read_tnef(raw, Budget(Limits())).files] == [b""]


@pytest.mark.parametrize("page", [1, 65001, 28591, 1252])
def test_code_pages(page: int) -> None:
    raw = SIGNATURE + attribute(0x00069007, struct.pack("<I", page))
    raw += attribute(BEGINS, b"", 2) + attribute(TITLE, b"a.doc\0", 2)
    assert read_tnef(raw, Budget(Limits())).files[0].name == "a.doc"


def test_damage_and_size_are_told() -> None:
    whole = winmail(file("Báo cáo.pdf", REPORT))
    with pytest.raises(MalformedDocument, match="begin"):
        read_tnef(b"x", Budget(Limits()))
    with pytest.raises(MalformedDocument, match="cut off"):
        read_tnef(whole[:-20], Budget(Limits()))
    with pytest.raises(MalformedDocument, match="checksum"):
        read_tnef(whole.replace(b"%PDF", b"%PDX"), Budget(Limits()))
    with pytest.raises(TooLarge, match="once decoded"):
        read_tnef(whole, Budget(Limits(decoded=5)))


def test_depth_and_numbers_are_bounded() -> None:
    deep = winmail()
    for _ in range(6):
        deep = winmail(item("x", deep))
    with pytest.raises(TooLarge, match="nested"):
        read_tnef(deep, Budget(Limits()))
    with pytest.raises(TooLarge, match="attributes"):
        read_tnef(SIGNATURE + attribute(0x9999, b"") * 20_000, Budget(Limits()))
    with pytest.raises(TooLarge, match="500 parts"):
        read_tnef(SIGNATURE + attribute(BEGINS, b"", 2) * 600, Budget(Limits()))
    many = struct.pack("<HHI", 0x1003, 0x3000, 0xFFFFFFFF) + bytes(40_000)
    read_tnef(SIGNATURE + attribute(PROPERTIES, properties(many)), Budget(Limits()))


def test_truncated_anywhere_it_raises_nothing_else() -> None:
    whole = winmail(file("Báo cáo.pdf", REPORT), item("x", winmail(text="y")), rtf=b"{\\rtf1 x}")
    for end in range(len(whole)):
        with suppress(MalformedDocument):
            read_tnef(whole[:end], Budget(Limits()))
