"""What clerks read about a refused document: every reason of the readers has Vietnamese words."""

import pytest

from domain.errors import MalformedDocument
from mappings.edxml.limits import RATIO_FLOOR, Limits
from mappings.folder import wording
from mappings.folder.refusal import refusal_words
from tests.edxml_files import read
from tests.unit.mappings.edxml.test_edxml_attachments import archive, file, part

HEAD = b"<edXML><edXMLEnvelope><edXMLHeader><MessageHeader><Subject>"
TAIL = b"</Subject></MessageHeader></edXMLHeader></edXMLEnvelope></edXML>"
BOMB = archive(("x.txt", bytes(RATIO_FLOOR + 1)))
TWO = file(part(content=b"12345"), part(content=b"67890"))


def refused(content: bytes, limits: Limits) -> str:
    with pytest.raises(MalformedDocument) as caught:
        read(content, limits=limits)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "limits", "words"),
    [
        (b"<!DOCTYPE edXML><edXML/>", Limits(), wording.DOCUMENT_TYPE),
        (b"%PDF-1.7", Limits(), wording.NO_XML),
        (b"12<!DOCTYPE x><edXML/>", Limits(), wording.NO_XML),
        (b"\xff\xfe<\x00\x00\xd8", Limits(), wording.WRONG_ENCODING),
        (b"<edXML>", Limits(), wording.BROKEN_XML),
        (b"<?xml ", Limits(), wording.BROKEN_XML),
        (b"<html/>", Limits(), wording.OTHER_XML),
        (b"<edXML/>", Limits(), wording.NO_HEADER),
        (file(part("Phụ lục.txt", BOMB)), Limits(), wording.ZIP_BOMB),
        (TWO, Limits(max_attachment_bytes=4), wording.LARGE_ATTACHMENT),
        (TWO, Limits(max_total_bytes=9), wording.LARGE_ATTACHMENTS),
        (TWO, Limits(max_attachments=1), wording.MANY_ATTACHMENTS),
        (b"<edXML/>", Limits(max_bytes=7), wording.LARGE_FILE),
        (b"<edXML/>", Limits(max_text_bytes=7), wording.LARGE_FILE),
        (b"<edXML>" + b"<a/>" * 30 + b"</edXML>", Limits(max_elements=10), wording.ODD_XML),
        (b"<edXML " + b'a="" ' * 30 + b"/>", Limits(max_attributes=20), wording.ODD_XML),
        (b"<edXML>" + b"<a>" * 80 + b"</a>" * 80 + b"</edXML>", Limits(), wording.ODD_XML),
        (HEAD + b"A" * 100_000 + TAIL, Limits(), wording.LONG_TEXT),
        (HEAD + b"dondoc:run:0:" + TAIL, Limits(), wording.FORGED),
    ],
)
def test_what_edxml_is_refused_for_is_told_in_vietnamese(
    content: bytes, limits: Limits, words: str
) -> None:
    reason = refused(content, limits)
    assert refusal_words(reason) == f"{words} (chi tiết kỹ thuật: {reason})"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("the document cannot be read: it is a status message, not a document", wording.IS_STATUS),
        ("the status message cannot be read: it is a document, not a status", wording.IS_DOCUMENT),
        (
            "the status message cannot be read: its code '77' is none of the nine of Quyết định "
            "28/2018/QĐ-TTg",
            wording.UNKNOWN_STATUS,
        ),
        ("Dondoc failed on it (KeyError); see the log", wording.OUR_FAULT),
        ("its place in the ledger is taken by something else", wording.TAKEN),
        ("packet cannot be read: something new", wording.UNREADABLE),
        ("something else altogether", wording.UNREADABLE),
    ],
)
def test_other_reasons(reason: str, words: str) -> None:
    assert refusal_words(reason) == f"{words} (chi tiết kỹ thuật: {reason})"


def test_what_is_said_of_a_sheet_is_vietnamese_already() -> None:
    error = MalformedDocument(wording.SHEET, "dòng 1: sai ngày")
    assert refusal_words(str(error)) == "dòng 1: sai ngày"
    assert refusal_words("") == ""
