"""What comes through the exchange may be larger than memory: it is read where it lies."""

import io
from datetime import timedelta
from typing import BinaryIO

from connector.store.memory import MemoryEvidence
from domain.campaign import Channel
from domain.content import PIECE, Inline
from domain.exchange import PacketKind
from domain.ids import Digest
from domain.kinds import Decision, ReplyKind, ReviewKind
from domain.reading import AttachmentRole, ReceivedFile
from domain.status import AssignmentStatus, RawStatus
from dondoc.demo.reports import report_files
from dondoc.services.own_words import attachment_texts
from dondoc.services.quarantine import quarantined, release
from dondoc.services.resolve import Resolution, resolve
from mappings.reply.attachments import Announcement, judge_attachments
from mappings.reply.phrase_lists import default_phrases
from tests.edxml_files import attached
from tests.integration.services.service_parts import START, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
TEXT = 8_000_000
"""Bytes of the longest text that is read, whatever its encoding."""


class Piecewise(io.BytesIO):
    """A stream that refuses to give more at once than the longest text."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        assert len(found) <= TEXT
        return found


class Lying(Inline):
    """Content that lies on a disk."""

    def open(self) -> BinaryIO:
        return Piecewise(self.data)


class OnDisk(MemoryEvidence):
    """Evidence of which nothing larger than a text is loaded whole."""

    def __init__(self, before: MemoryEvidence) -> None:
        super().__init__()
        for digest in before.digests():
            self.put(before.get(digest))

    def get(self, digest: Digest) -> bytes:
        found = super().get(digest)
        assert len(found) <= TEXT
        return found

    def content(self, digest: Digest) -> Lying:
        return Lying(super().get(digest))


def on_disk(world: World) -> None:
    """Keep the evidence where nothing of it can be loaded whole."""
    assert isinstance(world.app.evidence, MemoryEvidence)
    world.change(evidence=OnDisk(world.app.evidence))


def test_no_file_of_an_answer_is_loaded(begun: World) -> None:
    files = report_files("UBND xã Yên Sơn", 1, begun.now)
    noise = bytes(range(256)) * (9 * PIECE // 256)
    begun.put_answer(
        begun.dispatch(YEN_SON, Channel.EXCHANGE),
        attachments=(
            *(attached(name, content, kind) for name, kind, content in files),
            attached("bang-ke.xls", noise),
            attached("anh.pdf", noise, "application/pdf"),
            attached("anh.jpg", b"\xff\xd8\xff" + noise, "image/jpeg"),
        ),
    )
    on_disk(begun)
    begun.turn(later=HOUR)
    (reply,) = begun.replies(YEN_SON)
    assert reply.kind is ReplyKind.REPORT
    assert len(reply.attachments) == len(files) + 3
    assert begun.assignment(YEN_SON).status is AssignmentStatus.REPORTED


def test_what_is_set_aside_is_released_and_counted_without_being_loaded(begun: World) -> None:
    begun.put(b"no edXML" * (2 * PIECE), PacketKind.DOCUMENT)
    on_disk(begun)
    begun.turn(later=HOUR)
    (raw,) = quarantined(begun.app)
    release(begun.app, raw.raw, "Nguyễn Thị Lan", begun.now)
    begun.turn(later=HOUR)
    (raw,) = quarantined(begun.app)
    (review,) = [r for r in begun.reviews(ReviewKind.UNREADABLE) if r.open]
    decision = Resolution(
        decision=Decision.ACCEPT, by="Lan", office=YEN_SON, counts_as=ReplyKind.REPORT
    )
    resolve(begun.app, review.review, decision, begun.now)
    (reply,) = begun.replies(YEN_SON)
    assert [file.size for file in reply.attachments] == [16 * PIECE]
    assert begun.raws()[raw.position].status is RawStatus.READ


class Unopened:
    """A content that must not even be opened."""

    def __init__(self, size: int) -> None:
        self.size = size

    def open(self) -> BinaryIO:
        raise AssertionError("it is opened")


def test_a_file_above_the_limit_is_not_even_opened() -> None:
    digest = Digest("0" * 64)
    one = ReceivedFile(
        name="bao-cao.pdf",
        media_type="application/pdf",
        digest=digest,
        content=Unopened(51 * 1024 * 1024),
    )
    texts = attachment_texts([one])
    assert "at most 52428800 are read; open it by hand" in texts[digest].problem
    nothing = Announcement(report=False, signed_copy=False)
    (judged,) = judge_attachments((one,), texts, nothing, default_phrases())
    assert (judged.role, judged.file.size) == (AttachmentRole.UNREADABLE, one.content.size)


def test_only_one_file_is_open_at_a_time() -> None:
    opened: list[str] = []

    class Closing(Piecewise):
        def __init__(self, name: str, data: bytes) -> None:
            super().__init__(data)
            opened.append(name)
            assert len(opened) == 1

        def close(self) -> None:
            opened.clear()
            super().close()

    class Counted(Inline):
        def open(self) -> BinaryIO:
            return Closing("one", self.data)

    files = report_files("UBND xã Yên Sơn", 1, START)
    received = [
        ReceivedFile(name=name, media_type=kind, digest=Digest(name), content=Counted(content))
        for name, kind, content in files
    ]
    texts = attachment_texts(received)
    assert all(text.text for text in texts.values())
    assert opened == []
