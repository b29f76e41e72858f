"""Attachments: the wrapping in both directions, faults that are warnings, bombs that are errors."""

import base64
import io
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content import gathered, whole
from domain.errors import TooLarge
from domain.exchange import Attachment, Packet, PacketReading
from domain.keeping import IN_MEMORY
from mappings.edxml import unpack
from mappings.edxml.attachments import encode, encoding
from mappings.edxml.limits import RATIO_FLOOR, Limits
from tests import edxml_files
from tests.edxml_files import read

LIMITS = Limits()


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in entries:
            target.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return buffer.getvalue()


def element(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{text}</{name}>"


def part(
    name: str | None = "a.txt",
    content: bytes | str | None = b"x",
    *,
    kind: str | None = "application/zip",
    content_id: str | None = "cid:1",
    description: str | None = None,
) -> str:
    text = base64.b64encode(content).decode() if isinstance(content, bytes) else content
    return (
        "<Attachment>"
        + element("ContentId", content_id)
        + element("AttachmentName", name)
        + element("ContentType", kind)
        + element("Description", description)
        + element("ContentTransferEncoded", text)
        + "</Attachment>"
    )


def file(*parts: str, manifest: str = "") -> bytes:
    return (
        '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader>'
        "<MessageHeader><From><OrganId>H37.1</OrganId></From><To><OrganId>H37.2</OrganId></To>"
        "<DocumentId>d1</DocumentId></MessageHeader></edXMLHeader>"
        f"<edXMLBody><edXMLManifest>{manifest}</edXMLManifest></edXMLBody></edXMLEnvelope>"
        f"<AttachmentEncoded>{''.join(parts)}</AttachmentEncoded></edXML>"
    ).encode()


def attached(reading: PacketReading) -> tuple[Attachment, ...]:
    assert isinstance(reading.packet, Packet)
    return reading.packet.attachments


def unwrap(data: bytes, name: str, limits: Limits) -> tuple[bytes, str]:
    found = unpack.unwrap(io.BytesIO(data), name, limits, IN_MEMORY.keep)
    content, remark = found.content, found.remark
    return whole(content), remark


def wrap(content: bytes, name: str) -> bytes:
    return gathered(lambda out: unpack.wrap(io.BytesIO(content), len(content), name, out))


def encoded(attachment: Attachment) -> tuple[str, bytes]:
    how = encoding(attachment)
    return how.content_type, b"".join(encode(attachment, how, IN_MEMORY))


DOCX = archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))
ODS = archive(
    ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), method=zipfile.ZIP_STORED
)


@pytest.mark.parametrize(
    ("name", "data", "content"),
    [
        ("a.txt", archive(("x.txt", b"xin")), b"xin"),
        ("a.pdf", archive(("x.pdf", b"%PDF")), b"%PDF"),  # a ZIP under application/pdf
        ("unk", archive(("93f8", b"raw")), b"raw"),
        ("a.txt", b"PK is how it starts", b"PK is how it starts"),
        ("a.docx", DOCX, DOCX),
        ("a.docx", archive(("0787.docx", DOCX)), DOCX),
        ("a.doc", DOCX, DOCX),
        ("a.ods", ODS, ODS),
        ("a.7z", archive(("one.txt", b"1")), archive(("one.txt", b"1"))),
        ("a.zip", archive(("one.txt", b"1")), archive(("one.txt", b"1"))),
    ],
)
def test_a_single_entry_zip_is_unwrapped(name: str, data: bytes, content: bytes) -> None:
    assert unwrap(data, name, LIMITS) == (content, "")


def encrypted() -> bytes:
    data = bytearray(archive(("x.txt", b"xin")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def long_directory() -> bytes:
    """An archive whose list of entries is larger than any that is read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for number in range(70):
            entry = zipfile.ZipInfo(str(number))
            entry.comment = bytes(65_000)
            target.writestr(entry, b"")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (archive(("a", b"1"), ("b", b"2")), "is a ZIP of 2 entries"),
        (archive(), ""),
        (archive(("folder/", b"")), "is a ZIP of 1 entries"),
        (encrypted(), "is an encrypted ZIP"),
        (archive(("a", b"1"), method=zipfile.ZIP_LZMA), "is a ZIP of an unusual method"),
        (archive(("a", b"1"))[:-5], "is a damaged ZIP"),
        (archive(("a", b"12345" * 9)).replace(b"PK\x03\x04", b"PK\x03\x04\xff", 1), "damaged"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 5_001, "is a ZIP of more than 5000 entries"),
        (long_directory(), "is a damaged ZIP"),
    ],
)
def test_other_archives_are_kept_with_a_remark(data: bytes, remark: str) -> None:
    content, found = unwrap(data, "a.txt", LIMITS)
    assert content == data
    assert remark in found
    assert bool(found) == bool(remark)


@given(st.binary(max_size=60), st.integers(0, 120), st.integers(0, 5))
def test_damage_to_an_archive_is_never_an_error(junk: bytes, start: int, length: int) -> None:
    data = archive(("a.txt", b"xin" * 20))
    damaged = data[:start] + junk + data[start + length :]
    content, remark = unwrap(damaged, "a.txt", LIMITS)
    assert content == damaged or not remark


def test_a_bomb_names_the_attachment() -> None:
    bomb = archive(("x.txt", bytes(RATIO_FLOOR + 1)))
    with pytest.raises(TooLarge, match=r"attachment 'Phụ lục\.txt' cannot be read: its \d+ bytes"):
        read(file(part("khac.txt"), part("Phụ lục.txt", bomb)))


def test_a_bomb_that_lies_about_its_size_is_damaged() -> None:
    bomb = bytearray(archive(("x.txt", bytes(100_000))))
    place = bomb.index(b"PK\x01\x02") + 24
    bomb[place : place + 4] = struct.pack("<I", 10)
    assert unwrap(bytes(bomb), "x.txt", LIMITS) == (bytes(bomb), "is a damaged ZIP, kept as it is")


def test_blanks_that_pack_well_are_no_bomb() -> None:
    content = b" " * (RATIO_FLOOR - 1)
    assert unwrap(wrap(content, "a.txt"), "a.txt", LIMITS) == (content, "")


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(max_attachment_bytes=4), r"attachment 'a\.txt'"),
        (Limits(max_total_bytes=9), "edXML file cannot be read: its attachments"),
        (Limits(max_attachments=1), "more than 1 attachments"),
    ],
)
def test_attachments_over_the_limits_are_too_large(limits: Limits, what: str) -> None:
    content = file(part(content=b"12345"), part(content=b"67890"))
    with pytest.raises(TooLarge, match=what):
        read(content, limits=limits)


@pytest.mark.parametrize(
    ("odd", "warning"),
    [
        (part("b.txt", None), "attachment 'b.txt' has no content and is left out"),
        (part("b.txt", "  "), "attachment 'b.txt' has no content and is left out"),
        (part("b.txt", "${__File(b.txt)}"), "attachment 'b.txt' is not base64 and is left out"),
        (part("b.txt", "AAAAA"), "attachment 'b.txt' is not base64 and is left out"),
        (part("b.txt", "Đính"), "attachment 'b.txt' is not base64 and is left out"),
        (part(None, None), "attachment 'number 2' has no content and is left out"),
    ],
)
def test_a_faulty_attachment_loses_nothing_else(odd: str, warning: str) -> None:
    reading = read(file(part("a.pdf", b"%PDF", kind=None), odd, part("c.pdf", b"%PDF")))
    assert [each.name for each in attached(reading)] == ["a.pdf", "c.pdf"]
    assert warning in reading.warnings


@pytest.mark.parametrize("text", ["eGlu IGNo\r\n4bqlbw==", "eGluIGNo4bqlbw", "eGluIGNo4bqlbw=\t="])
def test_base64_is_read_with_blanks_and_without_padding(text: str) -> None:
    (found,) = attached(read(file(part("a.txt", text, kind="text/plain"))))
    assert whole(found.content) == "xin chấo".encode()


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"%PDF-1.4", ".pdf"),
        (DOCX, ".docx"),
        (ODS, ".ods"),
        (archive(("a", b"1"), ("b", b"2")), ".zip"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument".encode("utf-16-le"), ".doc"),
        (b"\xd0\xcf\x11\xe0", ".bin"),
        ("Kính gửi".encode(), ".txt"),
        (b"a\x00b", ".bin"),
        (b"\xff\xfe\xfd", ".bin"),
    ],
)
def test_a_nameless_attachment_gets_a_name_by_its_content(content: bytes, ending: str) -> None:
    reading = read(file(part(), part(None, content, kind=None)))
    found = attached(reading)[1]
    assert found.name == f"tep-dinh-kem-2{ending}"
    assert whole(found.content) == content
    assert f"attachment number 2 has no name; it is called {found.name}" in reading.warnings


def test_a_name_that_is_only_a_path_counts_as_none() -> None:
    (found,) = attached(read(file(part("../..", b"%PDF-1.4", kind=None))))
    assert found.name == "tep-dinh-kem-1.pdf"


@pytest.mark.parametrize("content_id", ["1", "cid:1", "CID: 1"])
def test_the_manifest_fills_in_what_the_part_lacks(content_id: str) -> None:
    manifest = (
        "<Reference><ContentId>cid:1</ContentId><AttachmentName>mẫu.pdf</AttachmentName>"
        "<Description>Mẫu báo cáo</Description><ContentType>application/zip</ContentType>"
        "</Reference>"
    )
    reading = read(
        file(part(None, b"%PDF", kind="text/plain", content_id=content_id), manifest=manifest)
    )
    expected = edxml_files.attached("mẫu.pdf", b"%PDF", "application/pdf", "Mẫu báo cáo")
    assert attached(reading) == (expected,)
    assert reading.warnings == ()


def test_a_part_is_joined_by_its_name_where_identifiers_differ() -> None:
    manifest = (
        "<Reference><ContentId>x</ContentId><AttachmentName>a.pdf</AttachmentName></Reference>"
    )
    missing = "<Reference><AttachmentName>b.pdf</AttachmentName></Reference>"
    reading = read(
        file(part("a.pdf", b"%PDF", kind=None, content_id=None), manifest=manifest + missing)
    )
    assert reading.warnings == ("attachment 'b.pdf' is listed but not enclosed",)


@pytest.mark.parametrize(
    ("name", "declared", "expected"),
    [
        ("a.pdf", "text/plain", "application/pdf"),
        ("a.dwg", "image/vnd.dwg", "image/vnd.dwg"),
        ("a.dwg", "application/zip", "application/octet-stream"),
        ("a.dwg", "not a type", "application/octet-stream"),
        ("a.dwg", None, "application/octet-stream"),
    ],
)
def test_the_type_is_that_of_the_file(name: str, declared: str | None, expected: str) -> None:
    (found,) = attached(read(file(part(name, b"x", kind=declared))))
    assert found.content_type == expected


@pytest.mark.parametrize(
    ("name", "content", "kind", "raw"),
    [
        ("a.pdf", b"%PDF", "application/pdf", True),
        ("A.PDF", b"%PDF", "application/pdf", True),
        ("a.pdf", b"", "application/zip", False),
        ("a.pdf", archive(("a", b"1")), "application/zip", False),
        ("a.docx", DOCX, "application/zip", False),
        ("a.zip", archive(("a", b"1")), "application/zip", True),
        ("a", b"1", "application/zip", False),
    ],
)
def test_the_encoding_rule(name: str, content: bytes, kind: str, raw: bool) -> None:
    written, text = encoded(edxml_files.attached(name, content))
    data = base64.b64decode(text, validate=True)
    assert written == kind
    if raw:
        assert data == content
        return
    with zipfile.ZipFile(io.BytesIO(data)) as target:
        (entry,) = target.infolist()
        assert target.read(entry) == content


def test_equal_content_is_wrapped_in_equal_bytes() -> None:
    attachment = edxml_files.attached("a.docx", DOCX)
    assert encoded(attachment) == encoded(replace(attachment, description="khác"))
