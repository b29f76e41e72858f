"""Large attachments: their base64 is cut out of the file before its XML is parsed, and kept whole.

What is long here is a little over 64 KB, and in some cases over the pieces of 1 MB that files are
read in.
"""

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.files import FileContent
from domain.content import LONG, PIECE, Content, Inline, whole
from domain.errors import MalformedDocument, TooLarge
from domain.exchange import Organ, Packet
from domain.ids import OrganId
from domain.keeping import Files, Write
from mappings.edxml.limits import Limits
from mappings.edxml.read import read_packet
from mappings.edxml.write import write_packet
from tests.edxml_files import attached, read, written

DATA = random.Random(1).randbytes(3 * PIECE // 2)
LONG_PDF = b"%PDF-1.7\n" + DATA[:LONG]
PIECES_PDF = b"%PDF-1.7\n" + DATA
ENCODED = re.compile(rb"(<edXML:ContentTransferEncoded[^>]*>)([^<]*)<")
MARKS = "it contains the marks that Dondoc works with"


def packet_with(*contents: bytes, end: str = "pdf") -> Packet:
    return Packet(
        sender=Organ(organ_id=OrganId("H37.1")),
        receivers=(Organ(organ_id=OrganId("H37.2")),),
        document_id="d1",
        code_number="512",
        code_notation="UBND-VH",
        attachments=tuple(
            attached(f"Phụ lục {number}.{end}", content)
            for number, content in enumerate(contents, start=1)
        ),
    )


def contents(content: bytes, limits: Limits | None = None) -> list[bytes]:
    reading = read(content, limits=limits or Limits())
    assert isinstance(reading.packet, Packet)
    return [whole(each.content) for each in reading.packet.attachments]


def rewrapped(content: bytes, width: int, line_end: bytes, around: bytes = b"%b") -> bytes:
    """Break the base64 into lines."""

    def broken(match: re.Match[bytes]) -> bytes:
        text = match[2]
        lines = (text[at : at + width] for at in range(0, len(text), width))
        return match[1] + around % line_end.join(lines) + b"<"

    return ENCODED.sub(broken, content)


def as_it_is(content: bytes) -> bytes:
    return content


def wrapped_lines(content: bytes) -> bytes:
    return rewrapped(content, 76, b"\r\n")


def indented_lines(content: bytes) -> bytes:
    return rewrapped(content, 76, b"\n        ", b"\n%b\n")


def carriage_returns_as_references(content: bytes) -> bytes:
    return rewrapped(content, 76, b"&#13;\n")


def a_reference_within_long_runs(content: bytes) -> bytes:
    return rewrapped(content, LONG + 3, b"&#13;\n")


def in_cdata(content: bytes) -> bytes:
    return rewrapped(content, LONG, b"\r\n", b"<![CDATA[%b]]>")


def a_comment_within(content: bytes) -> bytes:
    return rewrapped(content, LONG + 1, b"<!-- trang -->")


def in_utf_16(content: bytes) -> bytes:
    return content.decode().encode("utf-16")


def in_a_code_page(content: bytes) -> bytes:
    text = content.decode().replace('"UTF-8"', '"windows-1252"').replace("ụ", "u")
    return text.encode("cp1252")


@pytest.mark.parametrize(
    "transit",
    [
        as_it_is,
        wrapped_lines,
        indented_lines,
        carriage_returns_as_references,
        a_reference_within_long_runs,
        in_cdata,
        a_comment_within,
        in_utf_16,
        in_a_code_page,
    ],
)
@pytest.mark.parametrize("files", [(LONG_PDF,), (LONG_PDF, b"%PDF", PIECES_PDF, LONG_PDF)])
def test_large_attachments_survive_transit(
    transit: Callable[[bytes], bytes], files: tuple[bytes, ...]
) -> None:
    assert contents(transit(written(packet_with(*files)))) == list(files)


@given(st.integers(-40, 40), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_attachments_around_the_bounds_survive(more: int, pieces: int) -> None:
    content = PIECES_PDF[: (LONG + pieces * (PIECE // 4)) // 4 * 3 + more]
    assert contents(written(packet_with(content, b"%PDF-1.4", content))) == [
        content,
        b"%PDF-1.4",
        content,
    ]


class Folder:
    """Keeps files on a disk and counts what is still open."""

    def __init__(self, path: Path) -> None:
        self.path, self.kept = path, 0
        self.spooled: list[BinaryIO] = []

    def keep(self, write: Write) -> Content:
        self.kept += 1
        path = self.path / str(self.kept)
        with path.open("w+b") as stream:
            write(stream)
        return FileContent(path)

    def spool(self) -> BinaryIO:
        self.spooled.append((self.path / f"spool-{len(self.spooled)}").open("w+b"))
        return self.spooled[-1]

    @property
    def files(self) -> Files:
        return Files(self.keep, self.spool)


def test_a_large_file_in_a_zip_is_wrapped_and_unwrapped_on_disk(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    content = DATA + b"\0" * (2 * PIECE)
    path = tmp_path / "d.edxml"
    with path.open("wb") as out:
        write_packet(packet_with(content, end="docx"), out, files=folder.files)
    found = read_packet(FileContent(path), files=folder.files).packet
    assert isinstance(found, Packet)
    (attachment,) = found.attachments
    assert isinstance(attachment.content, FileContent)
    assert (attachment.name, whole(attachment.content)) == ("Phụ lục 1.docx", content)
    assert path.read_bytes() == written(packet_with(content, end="docx"))
    assert len(folder.spooled) == 2
    assert all(stream.closed for stream in folder.spooled)


def test_a_large_archive_is_sent_as_it_is() -> None:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a.bin", DATA)
        content = stream.getvalue()
    assert contents(written(packet_with(content, end="zip"))) == [content]


def test_equal_large_packets_give_equal_bytes() -> None:
    assert written(packet_with(DATA, end="xls")) == written(packet_with(DATA, end="xls"))


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (b"<Subject>", b"</Subject>", "Subject"),
        (b"<Subject>V/v ", b"</Subject>", "Subject"),
        (b"<Subject><b/>", b"</Subject>", "b"),
        (b"<OtherInfo>", b"<Priority>1</Priority></OtherInfo>", "OtherInfo"),
    ],
)
def test_a_field_that_looks_like_a_file_is_too_large(
    before: bytes, after: bytes, name: str
) -> None:
    content = written(packet_with()).replace(
        b"<edXML:SteeringType>", before + b"A" * LONG + after + b"<edXML:SteeringType>"
    )
    with pytest.raises(TooLarge, match=f"'{name}' has over {LONG} characters without a stop"):
        read(content)


def test_long_blanks_are_no_field() -> None:
    content = written(packet_with(LONG_PDF))
    blank = b" \r\n" * LONG
    content = content.replace(b"<edXML:Code>", blank + b"<edXML:Code>" + blank)
    reading = read(blank + content + blank)
    assert getattr(reading.packet, "code_number", "") == "512"
    assert reading.warnings == ("blank space stands before the XML",)


@pytest.mark.parametrize("mark", [b"dondoc:run:0:", b"dondoc&#58;run:0:"])
def test_marks_in_the_file_cannot_repeat_an_attachment(mark: bytes) -> None:
    content = written(packet_with(LONG_PDF, b"%PDF-1.4"))
    with pytest.raises(MalformedDocument, match=MARKS):
        read(content.replace(b"JVBERi0xLjQ=", mark))


@pytest.mark.parametrize("large", [True, False])
def test_a_forged_mark_that_means_nothing_is_no_base64(large: bool) -> None:
    content = written(packet_with(LONG_PDF if large else b"%PDF-1.7", b"%PDF-1.4"))
    reading = read(content.replace(b"JVBERi0xLjQ=", b"dondoc&#58;run:7:"))
    assert [each.name for each in getattr(reading.packet, "attachments", ())] == ["Phụ lục 1.pdf"]
    assert "attachment 'Phụ lục 2.pdf' is not base64 and is left out" in reading.warnings


def test_a_large_attachment_that_is_no_base64_loses_nothing_else() -> None:
    content = written(packet_with(PIECES_PDF, b"%PDF-1.4"))
    broken = ENCODED.sub(rb"\1=\2<", content, count=1)
    reading = read(broken)
    assert [each.name for each in getattr(reading.packet, "attachments", ())] == ["Phụ lục 2.pdf"]
    assert "attachment 'Phụ lục 1.pdf' is not base64 and is left out" in reading.warnings


def test_a_large_attachment_over_the_limit_is_named() -> None:
    content = written(packet_with(b"%PDF-1.4", LONG_PDF))
    with pytest.raises(TooLarge, match=r"attachment 'Phụ lục 2\.pdf' cannot be read: over 9999"):
        contents(content, Limits(max_attachment_bytes=9_999))


def test_the_limit_of_text_does_not_count_attachments() -> None:
    content = written(packet_with(PIECES_PDF))
    assert contents(content, Limits(max_text_bytes=4_000)) == [PIECES_PDF]
    with pytest.raises(TooLarge, match="over 4000 bytes besides its attachments"):
        contents(content.replace(b"<edXML:Code>", b"<!---->" * 900), Limits(max_text_bytes=4_000))


class Counted:
    """Content that counts how often it is opened: evidence is verified each time."""

    def __init__(self, data: bytes) -> None:
        self.data, self.opened = data, 0

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        self.opened += 1
        return Inline(self.data).open()


def test_the_file_is_opened_twice_whatever_the_number_of_attachments() -> None:
    source = Counted(written(packet_with(*[LONG_PDF] * 5)))
    read_packet(source)
    assert source.opened == 2
