"""The single-entry ZIP that the exchange wraps around most attachments, in both directions.

Reading goes by the bytes and the file name: the declared ContentType is wrong too often (VXP SDK
and files returned by the exchange). Nothing but a ZIP bomb is an error.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from domain.content import PIECE, Content, pieces
from domain.errors import TooLarge
from domain.keeping import Write
from mappings.edxml.attachment_names import extension
from mappings.edxml.limits import RATIO_FLOOR, Limits

ZIP_START = b"PK\x03\x04"
_KEPT = ", kept as it is"
_CENTRAL_ENTRY = b"PK\x01\x02"
_MAX_ENTRIES = 5_000  # an office file has some hundreds; each costs memory before it is looked at
_MAX_DIRECTORY = 4 * 1024 * 1024  # bytes that describe the entries; a normal one needs about 100
# Files that are ZIP archives themselves.
_ZIP_BASED = {"docx", "xlsx", "pptx", "odt", "ods", "odp", "jar", "7z"}
_OFFICE_MARKS = {"[Content_Types].xml", "mimetype"}
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What zipfile and zlib raise on damaged archives.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """An attachment's true bytes, whether a ZIP was taken off, and what is odd about it."""

    content: Content
    wrapped: bool = False
    remark: str = ""


class _Bounded:
    """A ZIP of which no piece is too large for memory: its list of entries is read as one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _MAX_DIRECTORY:
            raise zipfile.BadZipFile("its list of entries is too large")
        return self._stream.read(size if size >= 0 else _MAX_DIRECTORY)


def starts_as_zip(stream: BinaryIO) -> bool:
    """Return whether a file begins as a ZIP does; leaves the stream at its beginning."""
    stream.seek(0)
    start = stream.read(len(ZIP_START))
    stream.seek(0)
    return start == ZIP_START


def unwrap(
    packed: BinaryIO, name: str, limits: Limits, keep: Callable[[Write], Content]
) -> Unpacked:
    """Return the attachment's true bytes, kept, with a remark when the wrapping is odd.

    ``name`` decides whether the file is meant to be an archive itself. Raises TooLarge for a ZIP
    that expands beyond the limits.
    """
    if not starts_as_zip(packed) or extension(name) == "zip":
        return _as_it_is(packed, keep)
    if _entries(packed) > _MAX_ENTRIES:
        return _as_it_is(packed, keep, f"is a ZIP of more than {_MAX_ENTRIES} entries" + _KEPT)
    try:
        with zipfile.ZipFile(_Bounded(packed)) as archive:
            entry, remark = _only_entry(archive, name)
            if entry is not None:
                write = partial(_expand, archive, entry, name, _size(packed), limits)
                return Unpacked(content=keep(write), wrapped=True)
    except _DAMAGED:
        remark = "is a damaged ZIP" + _KEPT
    return _as_it_is(packed, keep, remark)


def _as_it_is(packed: BinaryIO, keep: Callable[[Write], Content], remark: str = "") -> Unpacked:
    packed.seek(0)
    return Unpacked(content=keep(lambda out: out.writelines(pieces(packed))), remark=remark)


def _size(packed: BinaryIO) -> int:
    return packed.seek(0, io.SEEK_END)


def _entries(packed: BinaryIO) -> int:
    """Count the entries that a ZIP may have, before anything is made of them."""
    found, before = 0, b""
    for piece in pieces(packed):
        joined = before + piece
        found += joined.count(_CENTRAL_ENTRY)
        before = joined[1 - len(_CENTRAL_ENTRY) :]
    return found


def _only_entry(archive: zipfile.ZipFile, name: str) -> tuple[zipfile.ZipInfo | None, str]:
    """Return the entry that the ZIP was put around, or None with a remark when that is odd."""
    entries = archive.infolist()
    if any(entry.filename in _OFFICE_MARKS for entry in entries):
        return None, ""
    if len(entries) != 1 or entries[0].is_dir():
        return None, f"is a ZIP of {len(entries)} entries, not of one file" + _KEPT
    entry = entries[0]
    if extension(name) in _ZIP_BASED and extension(entry.filename) != extension(name):
        return None, ""
    if entry.flag_bits & _ENCRYPTED:
        return None, "is an encrypted ZIP" + _KEPT
    if entry.compress_type not in _METHODS:
        return None, "is a ZIP of an unusual method" + _KEPT
    return entry, ""


def _expand(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    name: str,
    packed: int,
    limits: Limits,
    out: BinaryIO,
) -> None:
    allowed = min(limits.max_attachment_bytes, max(RATIO_FLOOR, packed * limits.max_ratio))
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > allowed:
                raise TooLarge(
                    f"attachment {name!r}",
                    f"its {packed} bytes of ZIP expand to more than the {allowed} bytes allowed",
                )
            out.write(piece)


def wrap(stream: BinaryIO, size: int, name: str, out: BinaryIO) -> None:
    """Write a single-entry ZIP, the same bytes for the same content.

    The entry is named by the content. The SDK's parser unpacks into one folder under the names of
    the entries, so that files of one name would take each other's place there.
    """
    entry = zipfile.ZipInfo(_entry_name(stream, name), (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # otherwise that of the machine
    entry.external_attr = 0o600 << 16
    entry.file_size = size
    with zipfile.ZipFile(out, "w") as archive, archive.open(entry, "w") as packed:
        for piece in pieces(stream):
            packed.write(piece)


def _entry_name(stream: BinaryIO, name: str) -> str:
    digest = hashlib.sha256()
    for piece in pieces(stream):
        digest.update(piece)
    stream.seek(0)
    stem, end = digest.hexdigest()[:32], extension(name)
    return f"{stem}.{end}" if end else stem
