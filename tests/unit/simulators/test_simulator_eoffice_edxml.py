"""What the simulated exchange reads in a file, tolerant as a server and closed to attacks."""

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.simulators.eoffice.edxml import Header, read_header
from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal
from tests.unit.simulators.vxp_requests import document, envelope, organ, status_message

FILE = document("A", "B", "C", document_id="A,2024/05/08,512/UBND-VH")


def test_a_document() -> None:
    assert read_header(FILE) == Header(
        sender="A",
        receivers=("B", "C"),
        document_id="A,2024/05/08,512/UBND-VH",
        notation="512/UBND-VH",
        subject="Triển khai Nghị quyết 47",
        answers_to="",
        answers_notation="",
        status_code="",
    )


def test_a_status() -> None:
    header = read_header(status_message("B", "A", " 03 "))
    assert (header.sender, header.answers_to, header.status_code) == ("B", "A", "03")
    assert (header.is_status, header.answers_notation) == (True, "512/UBND-VH")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + FILE,
        b" \r\n\t" + FILE,
        b"1212" + FILE,
        b"1212\r\n" + FILE.partition(b"?>")[2],
        FILE.partition(b"?>")[2],
        FILE.replace(b"edXML:", b"").replace(b":edXML=", b"="),
        FILE.replace(b"edXML:", b"x:"),
        FILE.replace(b"QCVN_102_2016", b"other"),
        FILE.replace(b"<edXML:DocumentId>", b"<!-- <edXML:To> --><edXML:DocumentId>"),
        FILE.replace(b"<edXML:DocumentId>", b'<edXML:DocumentId xlink:href="x">'),
        FILE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        FILE + b"\r\n<!-- end -->\n",
    ],
)
def test_forms_that_are_tolerated(content: bytes) -> None:
    assert read_header(content) == read_header(FILE)


def test_blank_and_null_codes_are_absent_and_repeats_count_once() -> None:
    codes = ("", "null", "B", " B ", "C")
    header = read_header(envelope("".join(organ("To", code) for code in codes)))
    assert header.receivers == ("B", "C")
    assert read_header(envelope("")).sender == ""


def test_only_the_message_header_counts() -> None:
    trace = f"<edXML:TraceHeaderList>{organ('TraceHeader', 'X')}</edXML:TraceHeaderList>"
    deep = "<edXML:OtherInfo><edXML:Subject>no</edXML:Subject></edXML:OtherInfo>"
    header = read_header(envelope(organ("From", "A") + deep, rest=trace))
    assert (header.sender, header.subject) == ("A", "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"Xin ch\xc3\xa0o",
        b"\xff\xfe",
        b"<edXML>",
        b"<edXML/>",
        b"<html><body/></html>",
        FILE[:-5],
        FILE + b"<x/>",
        FILE.replace(b"MessageHeader", b"Message"),
        FILE.replace(b"UTF-8", b"rot13"),
        FILE.replace(b"UTF-8", b"shift_jis"),
        b"<?xml version='1.0'?>" + b"<a>" * 200 + b"</a>" * 200,
        b"<!DOCTYPE edXML>" + FILE.partition(b"?>")[2],
        b"1212<!DOCTYPE edXML>" + FILE.partition(b"?>")[2],
        document("A", "B", subject="x" * 30_000),
        envelope("&unknown;"),
    ],
)
def test_what_is_no_edxml(content: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        read_header(content)
    assert refusal.value.code is ErrorCode.NOT_EDXML


def test_a_large_attachment_costs_no_memory() -> None:
    attachment = b"<AttachmentEncoded>" + b"QUJD\n" * 2_000_000 + b"</AttachmentEncoded></edXML>"
    content = FILE.replace(b"</edXML>", attachment)
    tracemalloc.start()
    read_header(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(content) / 2


@given(st.binary(max_size=200), st.integers(0, len(FILE)), st.integers(0, 40))
def test_any_bytes_give_a_header_or_a_refusal(junk: bytes, at: int, cut: int) -> None:
    for content in (junk, FILE[:at] + junk + FILE[at + cut :]):
        with suppress(Refusal):
            assert isinstance(read_header(content), Header)
