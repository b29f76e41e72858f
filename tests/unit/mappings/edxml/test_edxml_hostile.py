"""Hostile and broken files: one clear error or a reading, nothing else, and no hanging."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import MalformedDocument, TooLarge
from domain.exchange import PacketReading
from mappings.edxml.limits import Limits
from mappings.edxml.safe_xml import parse
from tests.checkout import ROOT
from tests.edxml_files import read

DATA = ROOT / "tests" / "data" / "edxml"
BUILT = (DATA / "built_by_vendor_edoc.xml").read_bytes()
MINIMAL = [path.read_bytes() for path in sorted((DATA / "minimal").glob("*.xml"))]
HEAD = b"<edXML><edXMLEnvelope><edXMLHeader><MessageHeader><Subject>"
TAIL = b"</Subject></MessageHeader></edXMLHeader></edXMLEnvelope></edXML>"
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE edXML [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]>"
)


def outcome(content: bytes) -> PacketReading | MalformedDocument:
    """Read, letting only the two agreed kinds of result through."""
    try:
        return read(content)
    except MalformedDocument as error:
        return error


@pytest.mark.parametrize(
    "prolog",
    [
        BILLION_LAUGHS,
        b'<!DOCTYPE edXML SYSTEM "http://dtd.example/edxml.dtd">',
        b'<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE edXML [<!ENTITY % x SYSTEM "http://dtd.example/x"> %x;]>',
        b"<?xml version='1.0'?> <!-- > --> <?pi ?>\r\n<!DOCTYPE edXML>",
        b"\xef\xbb\xbf <!DOCTYPE edXML>",
    ],
)
@pytest.mark.parametrize("encode", [bytes, lambda text: text.decode("utf-8-sig").encode("utf-16")])
def test_document_types_are_refused(prolog: bytes, encode: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedDocument, match="document type declaration"):
        read(encode(prolog + HEAD + b"&a9;&x;" + TAIL))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no <.xml or <edXML"),
        (b"\xef\xbb\xbf", "no <.xml or <edXML"),
        (b"12<!DOCTYPE x><edXML/>", "markup stands before"),
        (b"x" * 70_000 + b"<edXML/>", "no <.xml or <edXML"),
        (b"<!-- ", "--> is missing"),
        (b"<?xml ", r"\?> is missing"),
        (b"<", "not well-formed"),
        (b"<edXML>", "not well-formed"),
        (b"<edXML>&unknown;</edXML>", "not well-formed"),
        (b"<edXML>\xff</edXML>", "not well-formed"),
        (b"<edXML/><edXML/>", "not well-formed"),
        (b"<edXML x:y=''/>", "not well-formed"),
        (b"<edXML xlink:y='' x:y=''/>", "not well-formed"),
        (b"<?xml version='1.0'?>", "not well-formed"),
        (b"<html/>", "its root is 'html'"),
        (b"<edXML/>", "MessageHeader is missing"),
        (b"\xff\xfe<\x00\x00\xd8", "bytes are not utf-16"),
        (b"<?xml version='1.0' encoding='windows-1258'?><edXML>\xd2\xff\x81\x8a</edXML>", "cp1258"),
    ],
)
def test_broken_files_are_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason) as caught:
        read(content)
    assert caught.value.what == "edXML file"


@pytest.mark.parametrize(
    ("declaration", "encoding", "warning"),
    [
        ("utf-16", "utf-8", "the declared encoding utf-16 is not used; read as UTF-8"),
        ("windows-1252", "cp1252", "the file is in cp1252, not in UTF-8"),
        ("utf-16", "utf-16-le", "the file is in utf-16-le, not in UTF-8"),
        ("utf-8", "utf-16-be", "the file is in utf-16-be, not in UTF-8"),
    ],
)
def test_encodings(declaration: str, encoding: str, warning: str) -> None:
    text = f'<?xml version="1.0" encoding="{declaration}"?>{HEAD.decode()}thành quả{TAIL.decode()}'
    text = text.replace("ả", "à")
    reading = read(text.encode(encoding))
    assert getattr(reading.packet, "subject", None) == "thành quà"
    assert warning in reading.warnings


@pytest.mark.parametrize(
    ("content", "limits", "reason"),
    [
        (b"<edXML/>", Limits(max_bytes=7), "8 bytes are over the limit of 7"),
        (b"<edXML/>", Limits(max_text_bytes=7), "over 7 bytes besides its attachments"),
        (b"<edXML>" + b"<a>" * 80 + b"</a>" * 80 + b"</edXML>", Limits(), "deeper than 64"),
        (b"<edXML>" + b"<a/>" * 30 + b"</edXML>", Limits(max_elements=10), "more than 10 elements"),
        (b"<edXML " + b'a="" ' * 30 + b"/>", Limits(max_attributes=20), "20 attributes"),
    ],
)
def test_files_over_the_limits_are_too_large(content: bytes, limits: Limits, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        read(content, limits=limits)


@pytest.mark.parametrize(
    "build",
    [
        lambda n: b"<edXML>" * n,
        lambda n: b"<a>" * n + b"</a>" * n,
        lambda n: b"<edXML " + b" ".join(b'a%d=""' % k for k in range(n)) + b"/>",
        lambda n: b"<edXML>" + b"<xlink:a/>" * n + b"</edXML>",
        lambda n: b"<?a?>" * n + b"<!DOCTYPE a>",
        lambda n: b" " * 33 * n,
        lambda n: b"<" + b"x" * 33 * n,
        lambda n: b"<?xml " + b"encoding=" * 3 * n + b"?><edXML/>",
        lambda n: HEAD + b"&" * 7 * n + TAIL,
        lambda n: HEAD + b"<To><OrganId>x" * n,
    ],
    ids=range(10),
)
def test_twice_as_much_takes_no_more_than_twice_the_steps(build: Callable[[int], bytes]) -> None:
    once, twice = steps(build(75_000)), steps(build(150_000))
    assert twice <= 2 * once + 100


def steps(content: bytes) -> int:
    """Return how often something was called until the content was refused."""
    calls = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        found = outcome(content)
    finally:
        sys.setprofile(None)
    assert isinstance(found, MalformedDocument)
    return calls


def test_large_text_is_read() -> None:
    text = b"ABC, " * 2_400_000 + b"."  # above the parser's ordinary bound of 10 000 000
    reading = read(HEAD + text + TAIL)
    assert len(getattr(reading.packet, "subject", "")) == len(text)


def test_warnings_are_bounded() -> None:
    odd = b"</Subject>" + b"<ResponseFor><PromulgationDate>x</PromulgationDate></ResponseFor>" * 300
    reading = read(HEAD + odd + b"<Subject>" + TAIL)
    assert len(reading.warnings) == 101
    assert reading.warnings[-1] == "and 204 warnings more"


def test_parse_itself_notes_the_prefixes_it_declared() -> None:
    parsed = parse(b"<?xml version='1.0'?><!-- c --><edXML xlink:a='' xsi:b=''><edXML:c/></edXML>")
    assert parsed.root.tag == "edXML"
    assert [text.split()[2] for text in parsed.warnings] == ["edXML", "xlink", "xsi"]


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    assert isinstance(outcome(content), MalformedDocument)


@given(st.lists(st.sampled_from([*b"<>/?!-[]&;=\"' :x\x00\xff", b"edXML", b"<?xml "]), max_size=60))
def test_no_markup_raises_anything_else(pieces: list[Any]) -> None:
    content = b"".join(piece if isinstance(piece, bytes) else bytes([piece]) for piece in pieces)
    assert isinstance(outcome(b"<edXML" + content), MalformedDocument)


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_samples_are_read_or_refused(data: st.DataObject) -> None:
    content = data.draw(st.sampled_from([BUILT, *MINIMAL]))
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 40, len(content))))
    damaged = content[:start] + data.draw(st.binary(max_size=10)) + content[end:]
    assert isinstance(outcome(damaged), PacketReading | MalformedDocument)


@pytest.mark.parametrize("junk", [b"\r\n", b"\r\n\r\n  ", b"<!-- end -->"])
def test_white_space_after_the_file_is_harmless(junk: bytes) -> None:
    assert read(BUILT + junk) == read(BUILT)


@pytest.mark.parametrize("length", [1, 50, 500, 5_000, len(BUILT) - 3])
def test_a_truncated_file_is_refused(length: int) -> None:
    assert isinstance(outcome(BUILT[:length]), MalformedDocument)
