"""Hostile and oversized messages: bounded work, one set aside, the others read."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from domain.content import Inline
from domain.ids import digest_of
from domain.kinds import ReviewKind
from domain.reading import ReceivedFile
from domain.status import AssignmentStatus, RawStatus
from dondoc.services import own_words
from dondoc.services.own_words import attachment_texts
from dondoc.services.read_command import message_view
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
DTD = b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
XML = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"


def with_dtd(document: bytes) -> bytes:
    """Put a DTD before the main part of a Word file."""
    out = BytesIO()
    with ZipFile(BytesIO(document)) as source, ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            main = name == "word/document.xml"
            target.writestr(name, part.replace(b"?>", b"?>" + DTD, 1) if main else part)
    return out.getvalue()


def workbook(dtd: bytes) -> bytes:
    relation = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="http://x.example/officeDocument" Target="xl/workbook.xml"/>'
        b"</Relationships>"
    )
    out = BytesIO()
    with ZipFile(out, "w") as target:
        target.writestr("_rels/.rels", relation)
        target.writestr("xl/workbook.xml", XML + dtd + b"<workbook/>")
    return out.getvalue()


def attached(name: str, content: bytes) -> ReceivedFile:
    return ReceivedFile(
        name=name,
        media_type="application/octet-stream",
        digest=digest_of(content),
        content=Inline(content),
    )


@pytest.mark.parametrize("name", ["BC-47.docx", "BC-47.doc", "BC-47.xlsx", "BC-47.xls"])
def test_a_report_with_a_dtd_is_an_unreadable_attachment_of_a_reply(
    begun: World, name: str
) -> None:
    word = next(content for file, _, content in begun.report(YEN_SON) if file.endswith(".docx"))
    content = workbook(DTD) if "xls" in name else with_dtd(word)
    raw = begun.answer(
        YEN_SON, "Em gửi báo cáo ạ.", files=[(name, "application/octet-stream", content)]
    )
    view = message_view(begun.app, raw, None, begun.now)
    assert (view["kind"], view["match"], view["office"]) == ("unclear", "certain", YEN_SON)
    (file,) = view["attachments"]
    assert file["role"] == "unreadable"
    assert "has a DTD (DOCTYPE)" in file["why"]
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.SENT
    assert begun.review(ReviewKind.UNCLEAR_REPLY).office == YEN_SON


def test_a_sound_workbook_is_a_report_by_its_name(begun: World) -> None:
    files = [("BC-47.xlsx", "application/octet-stream", workbook(b""))]
    view = message_view(begun.app, begun.answer(YEN_SON, "Em gửi", files=files), None, begun.now)
    assert (view["kind"], view["attachments"][0]["role"]) == ("report", "report")


def test_a_message_of_too_many_parts_is_set_aside_and_the_next_is_read(begun: World) -> None:
    part = b'--b\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\nx\r\n'
    head = b'From: a@x.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    begun.arrive(head + part * 10_000)
    begun.arrive(b"X-Field: value\r\n" * 100_000 + b"From: a@x.example\r\n\r\nx")
    begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.turn(later=HOUR)
    aside = [r for r in begun.raws().values() if r.status is RawStatus.QUARANTINED]
    assert len(aside) == 2
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    reasons = sorted(r.reason for r in begun.reviews(ReviewKind.UNREADABLE))
    assert "a header of more than 262144 octets" in reasons[0]
    assert "more than 500 parts" in reasons[1]


def test_the_texts_of_all_attachments_are_bounded_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_words, "_FILES_READ", 3)
    files = [attached(f"{n}.txt", b"%d" % n * 900_000) for n in range(1, 6)]
    texts = list(attachment_texts(files).values())
    assert [len(t.text or "") for t in texts] == [900_000, 900_000, 0, 0, 0]
    assert "characters" in texts[2].problem
    assert "files of a message are read" in texts[3].problem


def test_a_message_of_several_authors_waits_for_a_person(begun: World) -> None:
    raw = begun.answer(YEN_SON, "Em gửi báo cáo ạ.", files=begun.report(YEN_SON))
    begun.mail.folder(MAILBOX).messages.pop()
    begun.arrive(b"From: someone@gmail.example\r\n" + raw)
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.SENT
    review = begun.review(ReviewKind.UNKNOWN_SENDER)
    assert "several_authors" in review.reason
    assert YEN_SON in review.candidates
