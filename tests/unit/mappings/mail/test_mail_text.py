import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.mail.headers import (
    addresses,
    identifiers,
    instant,
    is_plain,
    mailboxes,
    parameters,
    split_header,
    written,
)
from mappings.mail.text import clean, decode, decode_base64, decode_words


def test_text_is_composed_and_fit_to_be_stored() -> None:
    assert clean("Ba\u0301o ca\u0301o\r\nx\ry\x00\x1b\ufeff\ud800") == "Báo cáo\nx\ny\ufffd"


def test_runs_of_marks_do_not_cost_time() -> None:
    """What takes more than linear time outlasts the time-out of a test."""
    assert len(clean("a" + "\u0327\u0300" * 200_000)) < 20


@pytest.mark.parametrize(
    ("raw", "charset", "text", "warned"),
    [
        ("Đã nhận".encode(), "utf-8", "Đã nhận", False),
        ("Đã nhận".encode(), None, "Đã nhận", False),
        (b"ok", "us-ascii", "ok", False),
        ("Đã nhận".encode(), "us-ascii", "Đã nhận", True),
        ("Đã nhận".encode(), "iso-8859-1", "Đã nhận", True),
        (b"caf\xe9", "iso-8859-1", "café", False),
        ("Đã nhận".encode(), "x-viet-tcvn5712", "Đã nhận", True),
        ("Đã nhận".encode(), "hex", "Đã nhận", True),
        ("Đã nhận".encode(), "punycode", "Đã nhận", True),
        ("Đã nhận".encode(), "no such name", "Đã nhận", True),
        (b"\xd0a\xde nh\xe2\xf2n", "windows-1258", "Đã nhận", False),
        (b"\xd0a\xde nh\xe2\xf2n", "utf-8", "Đã nhận", True),
        (b"\xd0a\xde nh\xe2\xf2n", None, "Đã nhận", True),
        (b"\xd2\x8a\x8a\xff", None, "Òÿ", True),
        ("Đã nhận".encode("utf-16"), "utf-16", "Đã nhận", False),
        (b"+2AA-", "utf-7", "\ufffd", False),
    ],
)
def test_octets_become_text(raw: bytes, charset: str | None, text: str, warned: bool) -> None:
    assert decode(raw, charset)[0] == text
    assert (decode(raw, charset)[1] is not None) == warned


@given(st.binary(max_size=200), st.text(max_size=12) | st.sampled_from(["utf-7", "idna", "utf-16"]))
def test_any_octets_become_text(raw: bytes, charset: str) -> None:
    text, _ = decode(raw, charset)
    assert unicodedata.is_normalized("NFC", text)
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?B?xJDDoyBuaOG6rW4=?=", "Đã nhận"),
        ("=?utf-8?B?xJDD?= =?utf-8?B?oyBuaA==?=", "Đã nh"),
        ("=?UTF-8?Q?=C4?=\t=?utf-8?q?=90=C3=A3_x?=", "Đã x"),
        ("a =?utf-8?q?b?= =?iso-8859-1?q?=E9?= c", "a bé c"),
        ("=?utf-8*vi?q?x?=", "x"),
        ("=?windows-1258?q?nh=E2=F2n?=", "nhận"),
        ("=?unknown?q?x?=", "x"),
        ("=?utf-8?x?x?=", "=?utf-8?x?x?="),
        ("=?utf-8?b??=", ""),
        ("=?utf-8?q?a?=b=?utf-8?q?c?=", "abc"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decode_words(value) == text


@pytest.mark.parametrize(
    ("raw", "content", "whole"),
    [
        (b"YWJj\r\nZGVm", b"abcdef", True),
        (b"YQ==", b"a", True),
        (b"YQ==YWJj", b"aabc", True),
        (b"YWJjZ", b"abc", False),
        (b"YWJ", b"ab", False),
        (b"YW!Jj", b"abc", False),
        (b"YWJj=", b"abc", True),
        (b"YQ=\t=", b"a", True),
        (b"YQ=!=", b"a", False),
        (b"", b"", True),
    ],
)
def test_damaged_base64(raw: bytes, content: bytes, whole: bool) -> None:
    assert decode_base64(raw) == (content, whole)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.example", [("", "a@b.example")]),
        ("Lan <A@B.Example>", [("Lan", "a@b.example")]),
        (
            '"Lan, \\"x\\"" <a@b.example>, c@d.example',
            [('Lan, "x"', "a@b.example"), ("", "c@d.example")],
        ),
        ("a@b.example (chú (thích) <x@y.example>)", [("", "a@b.example")]),
        ("nhóm: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?evil=40x=2Eexample=2C_?= <a@b.example>", [("evil@x.example,", "a@b.example")]),
        ('"không đóng <a@b.example>', [("", "a@b.example")]),
        ("Lan <a@b.example", [("", "a@b.example")]),
        ("a@[", []),
        ("<>", []),
        ("((((" * 2000, []),
        ('"a@b.example"', [("", "a@b.example")]),
        ('"a@b.example"@c.example', [("", '"a@b.example"@c.example')]),
        ('"a@b.example" @c.example', [("", '"a@b.example"@c.example')]),
        ('x <a@b.example>, "Lan Anh"@c.example', [
            ("x", "a@b.example"), ("", '"lan anh"@c.example')
        ]),
        ('"lan"@c.example', [("", "lan@c.example")]),
        ("nhóm: <a@b.example>;", [("", "a@b.example")]),
        ("MAILER-DAEMON <>", []),
        ("Nguyễn Văn A, UBND xã <a@b.example>", [("UBND xã", "a@b.example")]),
        ("a@b.example\x00", []),
        ("<a@b.example\x01>", []),
        ("Lan <A@b.example>", [("Lan", "a@b.example")]),
        ("=?utf-8?q?Lan=2C_A?= <a@b.example>", [("Lan, A", "a@b.example")]),
        ("Lan <a@b.example> x", [("", "a@b.example")]),
        ("Lan > <a@b.example>", [("Lan >", "a@b.example")]),
    ],
)  # fmt: skip
def test_addresses(value: str, expected: list[tuple[str, str]]) -> None:
    assert mailboxes([value]) == expected


@pytest.mark.parametrize(
    "value",
    [
        "a@b.example",
        '"a@b.example"@c.example',
        '"Lan, A" <a@b.example>,',
        "a@b.example (chú (thích))",
        "nhóm: a@b.example, c@d.example;",
        "Nguyễn Văn A, UBND xã <a@b.example>",
        "MAILER-DAEMON",
        "<>",
        "",
        "a@b.example <c@d.example>",
    ],
)
def test_fields_that_everybody_reads_alike(value: str) -> None:
    assert is_plain(value)


@pytest.mark.parametrize(
    "value",
    [
        "a@b.example@c.example",
        "<a@b.example>@c.example",
        "<a@b.example> x",
        '<a@b.example> "x"',
        "a@b.example\\@c.example",
        "a@b.example .c.example",
        "a@b.example <>",
        "a@b.example\x00@c.example",
        "a@b.example\x01@c.example",
        "a@b.example\x01",
        "a@b.example,@c.example",
        "<c@d.example> <a@b.example>",
        "<a@b.example>: c@d.example",
        "a@b.example:c@d.example",
        "<@c.example:a@b.example>",
        "<c.example>",
        '"a@b.example"',
        '"a@b.example" c.example',
        '"a@b.example""x"@c.example',
        '"a\\"@b.example"@ c d',
        '"a\\"b"@c.example',
        '"a@b.example',
        "a@b.example, <c@d.example",
        "a@b.example (",
        "a@b.example)",
        '("x) c@d.example (") a@b.example',
        "(<) c@d.example (>) a@b.example",
        "(\\(x) c@d.example, (x) y) a@b.example",
    ],
)
def test_fields_that_some_read_otherwise(value: str) -> None:
    assert not is_plain(value)


def test_a_damaged_field_names_whatever_looks_like_an_address() -> None:
    assert written("<c@d.example> <a@b.example>, e@f.example") == [
        "e@f.example", "c@d.example", "a@b.example"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "piece", ['"', '\\"', '"\\', "<", "(", ")", ",", "a", "a@", "=?a?q?", ';a="', ";a*1*=", "\\"]
)
def test_header_work_is_linear(piece: str) -> None:
    """What takes more than linear time outlasts the time-out of a test."""
    value = piece * (200_000 // len(piece))
    addresses([value])
    identifiers(value)
    parameters(value)
    decode_words(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", ["<a@b>"]),
        ("a@b", ["<a@b>"]),
        ("<a@b> <c@d>", ["<a@b>", "<c@d>"]),
        ("<a@b\t c>", ["<a@bc>"]),
        ("=?utf-8?q?=3Ca=40b=3E?=", ["<a@b>"]),
        ("<>", []),
        ("<@>", []),
        ("<[abc@x>", ["<[abc@x>"]),
        ("<abc@[x>", ["<abc@[x>"]),
        ("", []),
        ("<" + "a" * 2000 + ">", []),
    ],
)
def test_identifiers(value: str, expected: list[str]) -> None:
    assert identifiers(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Fri, 8 Nov 2024 09:20:11 +0700", datetime(2024, 11, 8, 2, 20, 11, tzinfo=UTC)),
        ("Fri, 8 Nov 2024 09:20:11 -0000", datetime(2024, 11, 8, 9, 20, 11, tzinfo=UTC)),
        ("hôm qua", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:00 -1200", None),
        ("Fri, 99 Nov 2024 09:20:11 +0700", None),
        ("Fri, 8 Nov 2024 09:20:11 +999999999999", None),
    ],
)
def test_dates(value: str, expected: datetime | None) -> None:
    assert instant(value) == expected


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("attachment; filename=a.pdf", "a.pdf"),
        ('attachment; filename="a; b \\"c\\".pdf"', 'a; b "c".pdf'),
        ("attachment; filename*=utf-8''B%C3%A1o%20c%C3%A1o.pdf", "Báo cáo.pdf"),
        (
            "attachment; filename*0*=utf-8''B%C3%A1o; filename*1=\" x\"; filename*2*=%20c.pdf",
            "Báo x c.pdf",
        ),
        ("attachment; filename*0=dai; filename*1=.pdf", "dai.pdf"),
        ("attachment; filename*=windows-1258''nh%E2%F2n.pdf", "nhận.pdf"),
        ("attachment; filename*=khong-co''B%C3%A1o.pdf", "Báo.pdf"),
        ("attachment; filename*=''Báo.pdf", "Báo.pdf"),
        ('attachment; filename="=?utf-8?B?QsOhbyBjw6FvLmRvY3g=?="', "Báo cáo.docx"),
        ('attachment; filename="Ba\u0301o.pdf"', "Báo.pdf"),
        ('attachment; filename="chưa đóng', '"chưa đóng'),
    ],
)
def test_file_names_in_every_spelling(value: str, name: str) -> None:
    assert parameters(value) == ("attachment", {"filename": name})


def test_a_header_ends_where_it_can() -> None:
    raw = b"From here Mon\nA: 1\r\n\t2\r\nB : \xc4\x90\nno field\nC: 3\n\nbody"
    fields, body = split_header(raw, 0, len(raw))
    assert fields.items == (("a", "1 2"), ("b", "Đ"))
    assert raw[body:].startswith(b"no field")
    assert fields.first("c") == ""


@pytest.mark.parametrize("claimed", ["windows-1252", "iso-8859-1"])
def test_windows_1258_under_another_name_is_read(claimed: str) -> None:
    raw = b"K\xednh g\xfd\xd2i huy\xea\xf2n, xa\xde \xf0a\xde nh\xe2\xf2n v\xe3n ba\xd2n."
    text, warning = decode(raw, claimed)
    assert text.startswith("Kính gửi huyện, xã đã nhận")
    assert "windows-1258" in (warning or "")


@pytest.mark.parametrize("text", ["Café à la crème, déjà vu", "Größe für Straße", "\x81 déjà"])
def test_western_text_stays_western(text: str) -> None:
    assert decode(text.encode("latin-1"), "iso-8859-1") == (clean(text), None)


def test_a_western_text_too_long_to_be_weighed_stays() -> None:
    assert decode(b"g\xfd\xd2i " * 500_000, "iso-8859-1")[0].startswith("gýÒi")


def test_a_text_cut_inside_a_character_loses_only_that() -> None:
    whole = "Đã nhận được văn bản".encode()
    text, warning = decode(whole[: whole.rindex(b"n") - 1], "utf-8")
    assert text == "Đã nhận được văn b\ufffd"
    assert "inside a character" in (warning or "")


@pytest.mark.parametrize(
    "value",
    [
        "attachment; filename*=UTF-8''b%C3%A1o.pdf; filename*0*=UTF-8''b%C3%A1; filename*1*=o.pdf",
        "attachment; filename*0=bao; filename*1=.pdf; filename*=UTF-8''b%C3%A1o.pdf",
    ],
)
def test_a_name_that_is_written_whole_and_in_parts_is_read_whole(value: str) -> None:
    assert parameters(value) == ("attachment", {"filename": "báo.pdf"})
