"""Files that came in an archive, in the text or damaged: which role each has, and why."""

import struct

import pytest

from domain.content import Inline
from domain.ids import digest_of
from domain.reading import AttachmentRole, ReceivedFile
from mappings.reply.attachments import Announcement, judge_attachments
from mappings.reply.pages import is_page
from mappings.reply.phrase_lists import default_phrases

SILENT = Announcement(report=False, signed_copy=False)
TOLD = Announcement(report=True, signed_copy=False)


def picture(width: int, height: int, octets: int) -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + struct.pack(">II", width, height)
    return head.ljust(octets, b"\0")


def received(
    name: str,
    content: bytes = b"x",
    *,
    within: str = "",
    problem: str = "",
    wrapper: bool = False,
    inline: bool = False,
) -> ReceivedFile:
    return ReceivedFile(
        name=name,
        media_type="application/octet-stream",
        digest=digest_of(content),
        content=Inline(content),
        within=within,
        problem=problem,
        wrapper=wrapper,
        inline=inline,
    )


def roles(*files: ReceivedFile, said: Announcement = SILENT) -> list[str]:
    return [a.role.value for a in judge_attachments(files, {}, said, default_phrases())]


@pytest.mark.parametrize(
    ("file", "page"),
    [
        (received("a.jpg", bytes(50_000)), True),
        (received("a.jpg", bytes(30_000)), False),
        (received("a.png", picture(1240, 1754, 50_000), inline=True), True),
        (received("a.png", picture(1240, 1754, 30_000), inline=True), False),
        (received("a.png", picture(1600, 300, 50_000), inline=True), False),
        (received("a.png", picture(1600, 600, 50_000), inline=True), False),
        (received("a.heic", bytes(250_000), inline=True), True),
        (received("a.heic", bytes(50_000), inline=True), False),
    ],
)
def test_pages(file: ReceivedFile, page: bool) -> None:
    assert is_page(file) == page


def test_the_name_of_an_archive_speaks_for_nameless_files_in_it() -> None:
    box = received("Báo cáo.zip", wrapper=True)
    inside = received("scan01.pdf", within="Báo cáo.zip")
    assert roles(box, inside) == ["other", "report"]
    assert roles(inside, received("Báo cáo.docx", b"y")) == ["other", "report"]
    assert roles(received("scan01.pdf", within="HS.zip")) == ["other"]
    assert roles(received("a.exe", within="Báo cáo.zip")) == ["other"]
    assert roles(received("Công văn.pdf", within="Báo cáo.zip")) == ["other"]
    nested = received("scan01.pdf", within="HS.rar › Báo cáo.zip")
    assert roles(nested) == ["report"]
    assert roles(received("scan01.pdf", within="HS.zip"), said=TOLD) == ["report"]


def test_the_record_has_the_name_of_the_archive_in_front() -> None:
    files = (received("a.pdf", within="HS.rar › B.zip"),)
    (judged,) = judge_attachments(files, {}, SILENT, default_phrases())
    assert judged.file.name == "HS.rar › B.zip › a.pdf"


def test_wrappers_signatures_and_what_is_damaged() -> None:
    files = (
        received("winmail.dat", wrapper=True),
        received("smime.p7s"),
        received("Báo cáo.rar", problem="it is locked", wrapper=True),
        received("logo.png", picture(100, 40, 90), inline=True),
    )
    found = judge_attachments(files, {}, TOLD, default_phrases())
    assert [a.role for a in found] == [
        AttachmentRole.OTHER,
        AttachmentRole.OTHER,
        AttachmentRole.UNREADABLE,
        AttachmentRole.OTHER,
    ]
    assert found[2].why == "it is locked"
