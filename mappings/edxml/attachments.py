"""Attached files in edXML: manifest entries joined with their encoded parts.

A fault in one attachment is a warning and leaves the document and the other attachments; only
what is over the limits raises `TooLarge`, which names the attachment.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from domain.content import Content, Run, decoded, encoded
from domain.errors import TooLarge
from domain.exchange import Attachment
from domain.keeping import Files
from mappings.edxml.attachment_names import (
    UNKNOWN_TYPE,
    content_type_of,
    extension,
    generated_name,
    safe_name,
)
from mappings.edxml.block import Block
from mappings.edxml.limits import Limits
from mappings.edxml.unpack import starts_as_zip, unwrap, wrap

ZIP_TYPE = "application/zip"
PDF_TYPE = "application/pdf"
ENCODED = "ContentTransferEncoded"
_SAMPLE = 1024 * 1024
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,99}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What a manifest entry or an encoded part says about a file."""

    content_id: str
    name: str
    description: str


def read_attachments(
    root: Block, file: BinaryIO, runs: Sequence[Run], limits: Limits, files: Files
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """Read every attachment of a file from its root element, in the order of the encoded parts.

    ``file`` is the file itself and ``runs`` the long base64 that was cut out of it. Returns
    beside the attachments the names of those that are announced and cannot be had. Raises TooLarge
    when there are too many or one or all together are too large.
    """
    listed = [_described(entry) for entry in _manifest_entries(root)]
    parts = [
        part
        for group in root.descendants("AttachmentEncoded")
        for part in group.children("Attachment")
    ]
    if len(parts) > limits.max_attachments:
        raise TooLarge("edXML file", f"it has more than {limits.max_attachments} attachments")
    by_id = {entry.content_id: entry for entry in listed if entry.content_id}
    found: list[Attachment] = []
    reader = _Reader(file, runs, limits, files)
    lost: list[str] = []
    for number, part in enumerate(parts, start=1):
        attachment = reader.read(number, part, by_id.get(_described(part).content_id))
        found.extend([attachment] if attachment else [])
        lost.extend([] if attachment else [_described(part).name or f"number {number}"])
        if sum(each.content.size for each in found) > limits.max_total_bytes:
            raise TooLarge("edXML file", f"its attachments are over {limits.max_total_bytes} bytes")
    lost += _missing(root, listed, [_described(part) for part in parts])
    return tuple(found), tuple(lost)


def _manifest_entries(root: Block) -> list[Block]:
    manifests = root.descendants("edXMLManifest", "Manifest")
    return [entry for manifest in manifests for entry in manifest.children("Reference")]


def _described(block: Block) -> _Described:
    return _Described(
        content_id=re.sub(r"^cid:\s*", "", block.raw("ContentId"), flags=re.IGNORECASE),
        name=block.text("AttachmentName"),
        description=block.text("Description"),
    )


def _missing(root: Block, listed: list[_Described], parts: list[_Described]) -> list[str]:
    present = {part.content_id for part in parts} | {part.name for part in parts}
    named = (entry for entry in listed if entry.name or entry.content_id)
    missing = [
        entry.name or entry.content_id
        for entry in named
        if not {entry.content_id, entry.name} & (present - {""})
    ]
    for name in missing:
        root.warn(f"attachment {name!r} is listed but not enclosed")
    return missing


class _Reader:
    def __init__(self, file: BinaryIO, runs: Sequence[Run], limits: Limits, files: Files) -> None:
        self._file, self._runs, self._limits, self._files = file, runs, limits, files

    def read(self, number: int, part: Block, entry: _Described | None) -> Attachment | None:
        own = _described(part)
        name = _name(part, own, entry)
        label = name or f"number {number}"
        written = part.raw(ENCODED)
        if not written:
            part.warn(f"attachment {label!r} has no content and is left out")
            return None
        with self._files.spool() as packed:
            try:
                self._decode(written, label, packed)
            except ValueError:  # binascii.Error and characters outside ASCII
                part.warn(f"attachment {label!r} is not base64 and is left out")
                return None
            if not packed.tell():
                part.warn(f"attachment {label!r} has no content and is left out")
                return None
            found = unwrap(packed, label, self._limits, self._files.keep)
            is_zip = starts_as_zip(packed)
        content = found.content
        declared = part.raw("ContentType").lower()
        remark = found.remark or _odd_type(declared, is_zip=is_zip, wrapped=found.wrapped)
        if remark:
            part.warn(f"attachment {label!r} {remark}")
        if not name:
            name = generated_name(number, _sample(content))
            part.warn(f"attachment number {number} has no name; it is called {name}")
        return Attachment(
            name=name,
            content=content,
            content_type=_content_type(name, declared),
            description=own.description or (entry.description if entry else ""),
        )

    def _decode(self, written: str, label: str, packed: BinaryIO) -> None:
        """Write the bytes behind base64 with any white space and with or without padding."""
        for piece in decoded(self._file, self._runs, written):
            packed.write(piece)
            if packed.tell() > self._limits.max_attachment_bytes:
                limit = self._limits.max_attachment_bytes
                raise TooLarge(f"attachment {label!r}", f"over {limit} bytes")


def _name(part: Block, own: _Described, entry: _Described | None) -> str:
    """Return the attachment's own name, or else that of its manifest entry, made safe."""
    for written in (own.name, entry.name if entry else ""):
        name = safe_name(written)
        if name and name != written:
            part.warn(f"the file name {written[:100]!r} is kept as {name!r}")
        if name:
            return name
    return ""


def _odd_type(declared: str, *, is_zip: bool, wrapped: bool) -> str:
    """Say how the declared ContentType disagrees with how the file travels."""
    if declared == ZIP_TYPE and not is_zip:
        return "is declared as a ZIP but is none, kept as it is"
    if wrapped and declared and "zip" not in declared:
        return f"is declared as {declared[:40]} but wrapped in a ZIP, which is taken off"
    return ""


def _sample(content: Content) -> bytes:
    """Return the beginning and the end of a file, where its kind is written."""
    with content.open() as stream:
        start = stream.read(_SAMPLE)
        stream.seek(max(stream.tell(), content.size - _SAMPLE))
        return start + stream.read(_SAMPLE)


def _content_type(name: str, declared: str) -> str:
    """Return the type of the file itself; a declared ZIP only speaks of the wrapping."""
    known = content_type_of(name)
    if known != UNKNOWN_TYPE or declared == ZIP_TYPE or not _MEDIA_TYPE.fullmatch(declared):
        return known
    return declared


@dataclass(frozen=True, slots=True)
class Encoding:
    """How an attachment travels: its ContentType there, and whether a ZIP is put around it."""

    content_type: str
    wrapped: bool


def encoding(attachment: Attachment) -> Encoding:
    """Return the encoding by the rule that every receiver reads.

    PDF is raw as ``application/pdf``, a ZIP file is raw, everything else is a single-entry ZIP, all
    as ``application/zip`` (VXP SDK). What only calls itself a PDF but is a ZIP or empty is wrapped
    too, because a tolerant receiver would unwrap or drop it.
    """
    end = extension(safe_name(attachment.name))
    with attachment.content.open() as stream:
        if end == "pdf" and attachment.content.size and not starts_as_zip(stream):
            return Encoding(PDF_TYPE, wrapped=False)
    return Encoding(ZIP_TYPE, wrapped=end != "zip")


def encode(attachment: Attachment, how: Encoding, files: Files) -> Iterator[bytes]:
    """Yield the base64 of an attachment on one line."""
    with attachment.content.open() as stream:
        if not how.wrapped:
            yield from encoded(stream)
            return
        with files.spool() as packed:
            wrap(stream, attachment.content.size, safe_name(attachment.name), packed)
            packed.seek(0)
            yield from encoded(packed)
