"""Packets of the exchange, read where they lie: their files go to the evidence, not to memory."""

import hashlib
import io
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from domain.bundle import read_bundle
from domain.content import Content, pieces, whole
from domain.errors import MalformedDocument
from domain.exchange import Attachment, PacketReading
from domain.ids import Digest
from domain.keeping import Files, Write
from domain.kinds import RawChannel
from domain.ports import EvidenceStore
from domain.reading import ReceivedFile
from domain.state import RawState
from dondoc.app import App
from mappings.edxml.read import read_packet

_BEGINNING = 4096
_READABLE = 32 * 1024 * 1024
"""Bytes of the largest file whose text is looked for; a letter of Nghị định 30 has far less."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a packet in the evidence."""

    evidence: EvidenceStore
    digest: Digest
    size: int

    def open(self) -> BinaryIO:
        """Return a stream over the bytes, verified."""
        return self.evidence.content(self.digest).open()


def packet_in(app: App, digest: Digest) -> PacketReading:
    """Read the edXML packet with this digest; its attachments are put into the evidence.

    Raises ``MalformedDocument`` and what the evidence raises.
    """
    return read_packet(app.evidence.content(digest), files=files(app))


def packet_of(app: App, raw: RawState) -> PacketReading:
    """Read the packet that raw input holds, edXML or a bundle by the rules of its door.

    Raises as ``packet_in``, and ``MalformedDocument`` when the door is configured no more.
    """
    if raw.channel is not RawChannel.EXCHANGE_BUNDLE:
        return packet_in(app, raw.digest)
    door = app.door(raw.account)
    if door is None or door.read is None:
        reason = f"only the door {raw.account} can read it; configure that door, then release it"
        raise MalformedDocument("the document", reason)
    bundle = read_bundle(app.evidence.content(raw.digest), files=files(app))
    return door.read(bundle, raw.digest)


def files(app: App) -> Files:
    """Return where the files of packets are put: the evidence, and its disk for a while."""
    return Files(keep=partial(_keep, app.evidence), spool=partial(_spool, app.spool))


def digest_of_file(content: Content) -> Digest:
    """Return the SHA-256 of a content of any size."""
    if isinstance(content, Kept):
        return content.digest
    found = hashlib.sha256()
    with content.open() as stream:
        for piece in pieces(stream):
            found.update(piece)
    return Digest(found.hexdigest())


def as_received(attachment: Attachment) -> ReceivedFile:
    """Return an attachment as those of mails are; its bytes stay where they lie."""
    return ReceivedFile(
        name=attachment.name,
        media_type=attachment.content_type,
        digest=digest_of_file(attachment.content),
        content=attachment.content,
    )


def keep(app: App, content: Content) -> None:
    """Put a content into the evidence, unless it was read from there."""
    if not isinstance(content, Kept):
        app.evidence.put(whole(content))


def beginning(content: Content) -> bytes:
    """Return the first bytes of a content, where its kind is written."""
    with content.open() as stream:
        return stream.read(_BEGINNING)


def readable(attachment: Attachment) -> bool:
    """Tell whether a file is small enough for its text to be looked for."""
    return attachment.content.size <= _READABLE


def _spool(folder: Path | None) -> BinaryIO:
    # A raw file with a buffer that can seek and be read: the type of a temporary file is wider.
    descriptor, name = tempfile.mkstemp(dir=folder)
    Path(name).unlink()
    return io.BufferedRandom(io.FileIO(descriptor, "r+b"))


def _keep(evidence: EvidenceStore, write: Write) -> Content:
    stored = evidence.receive(write)
    return Kept(evidence, stored.digest, stored.size)
