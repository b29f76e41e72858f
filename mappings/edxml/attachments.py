"""Attached files in edXML: manifest entries joined with their encoded parts.

A fault in one attachment is a warning and leaves the document and the other attachments; only
what is over the limits raises `TooLarge`, which names the attachment.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from domain.errors import TooLarge
from domain.exchange import Attachment
from mappings.edxml.attachment_names import (
    UNKNOWN_TYPE,
    content_type_of,
    extension,
    generated_name,
    safe_name,
)
from mappings.edxml.block import Block
from mappings.edxml.limits import Limits
from mappings.edxml.unpack import ZIP_START, unwrap, wrap

ZIP_TYPE = "application/zip"
PDF_TYPE = "application/pdf"
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,99}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What a manifest entry or an encoded part says about a file."""

    content_id: str
    name: str
    description: str


def read_attachments(root: Block, limits: Limits) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """Read every attachment of a file from its root element, in the order of the encoded parts.

    Returns beside them the names of those that are announced and cannot be had. Raises TooLarge
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
    lost: list[str] = []
    for number, part in enumerate(parts, start=1):
        attachment = _read_part(number, part, by_id.get(_described(part).content_id), limits)
        found.extend([attachment] if attachment else [])
        lost.extend([] if attachment else [_described(part).name or f"number {number}"])
        if sum(len(each.content) for each in found) > limits.max_total_bytes:
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
    missing = [
        entry.name or entry.content_id
        for entry in listed
        if not {entry.content_id, entry.name} & (present - {""})
    ]
    for name in missing:
        root.warn(f"attachment {name!r} is listed but not enclosed")
    return missing


def _read_part(
    number: int, part: Block, entry: _Described | None, limits: Limits
) -> Attachment | None:
    own = _described(part)
    name = safe_name(own.name) or safe_name(entry.name if entry else "")
    label = name or f"number {number}"
    data = _decoded(part, label)
    if data is None:
        return None
    content, remark = unwrap(data, label, limits)
    if len(content) > limits.max_attachment_bytes:
        raise TooLarge(f"attachment {label!r}", f"over {limits.max_attachment_bytes} bytes")
    declared = part.raw("ContentType").lower()
    if declared == ZIP_TYPE and not data.startswith(ZIP_START):
        remark = "is declared as a ZIP but is none, kept as it is"
    if remark:
        part.warn(f"attachment {label!r} {remark}")
    if not name:
        name = generated_name(number, content)
        part.warn(f"attachment number {number} has no name; it is called {name}")
    return Attachment(
        name=name,
        content=content,
        content_type=_content_type(name, declared),
        description=own.description or (entry.description if entry else ""),
    )


def _decoded(part: Block, label: str) -> bytes | None:
    """Return the bytes behind base64 with any white space and with or without padding."""
    written = part.raw("ContentTransferEncoded")
    if not written:
        part.warn(f"attachment {label!r} has no content and is left out")
        return None
    try:
        packed = written.encode("ascii").translate(None, b" \t\r\n").rstrip(b"=")
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        part.warn(f"attachment {label!r} is not base64 and is left out")
        return None


def _content_type(name: str, declared: str) -> str:
    """Return the type of the file itself; a declared ZIP only speaks of the wrapping."""
    known = content_type_of(name)
    if known != UNKNOWN_TYPE or declared == ZIP_TYPE or not _MEDIA_TYPE.fullmatch(declared):
        return known
    return declared


def encode(attachment: Attachment) -> tuple[str, str]:
    """Return ContentType and base64 text by the rule that every receiver reads.

    PDF is raw as ``application/pdf``, a ZIP file is raw, everything else is a single-entry ZIP, all
    as ``application/zip`` (VXP SDK). What only calls itself a PDF but is a ZIP or empty is wrapped
    too, because a tolerant receiver would unwrap or drop it.
    """
    end, content = extension(safe_name(attachment.name)), attachment.content
    if end == "pdf" and content and not content.startswith(ZIP_START):
        return PDF_TYPE, base64.b64encode(content).decode()
    packed = content if end == "zip" else wrap(content, safe_name(attachment.name))
    return ZIP_TYPE, base64.b64encode(packed).decode()
