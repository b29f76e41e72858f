"""RTF as Outlook packs and writes it."""

import struct
import tracemalloc

import pytest

from mappings.mail.rtf import rtf_text, unpack_rtf
from tests.tnef_files import packed


def test_the_example_of_the_specification() -> None:
    """[MS-OXRTFCP] section 4.1.1, the packed form of a short text."""
    raw = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpack_rtf(raw, 1_000) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_references_may_overlap_what_they_write() -> None:
    """Section 4.1.2: a run that is copied from itself."""
    raw = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpack_rtf(raw, 1_000) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_stored_rtf_and_damage() -> None:
    head = struct.pack("<II4sI", 0, 5, b"MELA", 0)
    assert unpack_rtf(head + b"{\\rtf1}", 1_000) == b"{\\rtf"
    assert unpack_rtf(b"x", 1_000) == b""
    assert unpack_rtf(struct.pack("<II4sI", 0, 5, b"WHAT", 0), 1_000) == b""
    assert unpack_rtf(packed(b"{\\rtf1 abc}")[:20], 1_000) == b"{\\r"
    assert len(unpack_rtf(packed(b"x" * 100), 1_000)) == 100
    assert len(unpack_rtf(packed(b"x" * 100), 30)) == 30


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi Xin ch\'e0o}", "Xin chào"),
        (rb"{\rtf1\ansicpg1258 \u272?\u227?\uc2  nh\u7853??n}", "Đã nhận"),
        (rb"{\rtf1\ansicpg99 a}", "a"),
        (rb"{\rtf1\ansicpg1111 a\'e0}", "aà"),
        (rb"{\rtf1{\fonttbl{\f0 Times;}}{\*\generator x;}{\pict 0102}a\par b\tab c}", "a\nb\tc"),
        (b"{\\rtf1 a\r\nb}", "ab"),
        (rb"{\rtf1 \{a\}\\ b\~c\_d \lquote e\rquote \emdash}", "{a}\\ b\xa0c-d ‘e’—"),
        (rb"{\rtf1 \u-10179?\u-8704?}", "😀"),
        (rb"{\rtf1 {\u233\'e9}t\'e9 \u225 \'e1 x}", "été á x"),
        (
            rb"{\rtf1\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Xin\htmlrtf\par}\htmlrtf0}",
            "Xin",
        ),
        (rb"{\rtf1 {\*\u65? \'41 \~ \lquote}b}", "b"),
        (b"}}} a {{{", "a"),
        (b"{" * 2_000 + b"a" + b"}" * 3_000, "a"),
        (b"\\", ""),
        (rb"{\rtf1 \uc a\uc0\u225 b}", "aáb"),
    ],
)
def test_text(rtf: bytes, text: str) -> None:
    assert rtf_text(rtf, 1_000) == (text, True)


@pytest.mark.parametrize(
    "rtf",
    [b"{\\b a", b"\\'61", b"\\u97 ?", b"a", b"\\~"],
    ids=["groups", "octets", "u", "run", "sign"],
)
def test_text_beyond_the_limit_is_not_read(rtf: bytes) -> None:
    text, whole = rtf_text(b"{\\rtf1 " + rtf * 1_000 + b"\\ansicpg99", 10)
    assert not whole
    assert text in ("a" * 10, "")
    assert rtf_text(rtf * 10, 10)[1]


def test_what_lies_behind_the_limit_takes_no_memory() -> None:
    rtf = b"{\\b a" * 400_000
    tracemalloc.start()
    try:
        assert rtf_text(rtf, 100) == ("a" * 100, False)
        assert tracemalloc.get_traced_memory()[1] < len(rtf)
    finally:
        tracemalloc.stop()
