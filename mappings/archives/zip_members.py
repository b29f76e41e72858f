"""Files of a ZIP archive, by the standard library: nothing is written, no path is followed."""

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from domain.errors import MalformedDocument
from mappings.archives.limits import WHAT, Budget
from mappings.archives.member import (
    DAMAGED,
    LINK,
    LOCKED,
    Member,
    is_junk,
    path_note,
    shown_name,
)
from mappings.text.legacy_vietnamese import old_name
from mappings.zip_directory import METHODS, PIECE, opened_zip

_ENCRYPTED = 0x0001
_UTF8 = 0x0800
_UNICODE_PATH = 0x7075
"""Info-ZIP Unicode Path Extra Field (APPNOTE 6.3, section 4.6.9)."""
_PACKAGE = "[Content_Types].xml"
_MIMETYPE = "mimetype"


def is_office_package(stream: BinaryIO, budget: Budget) -> bool:
    """Tell whether a ZIP file is an Office document (ECMA-376, OpenDocument) and no archive.

    One whose list of entries is not read counts as an archive, which will say so.
    """
    try:
        with opened_zip(stream, budget.directory) as archive:
            names = archive.namelist()
    except (
        MalformedDocument,
        BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        struct.error,
    ):
        return False
    return _PACKAGE in names or (bool(names) and names[0] == _MIMETYPE)


def zip_members(stream: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Yield the files of an archive. Raises ``MalformedDocument`` and ``TooLarge``."""
    try:
        with opened_zip(stream, budget.directory) as archive:
            for entry in archive.infolist():
                budget.member()
                path = _path(entry)
                # Not is_dir(), which fails for an entry without a name.
                if not path.endswith("/") and not is_junk(path):
                    yield _member(archive, entry, path, budget)
    except (BadZipFile, EOFError, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise MalformedDocument(WHAT, DAMAGED) from error


def _member(archive: ZipFile, entry: ZipInfo, path: str, budget: Budget) -> Member:
    name = shown_name(path)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Member(name=name, problem=LINK)
    if entry.flag_bits & _ENCRYPTED:
        return Member(name=name, problem=LOCKED)
    if entry.compress_type not in METHODS:
        problem = f"it is packed by a method that is not read here ({entry.compress_type})"
        return Member(name=name, problem=problem)
    # Before anything is unpacked: what is declared is never exceeded by the reader below.
    budget.take(entry.file_size)
    content = bytearray()
    try:
        with archive.open(entry) as packed:
            while piece := packed.read(PIECE):
                content += piece
    # NotImplementedError is a RuntimeError: patches, which are no files (APPNOTE 4.4.4, bit 5).
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error):
        return Member(name=name, problem=DAMAGED)
    return Member(name=name, content=bytes(content), note=path_note(path))


def _path(entry: ZipInfo) -> str:
    """Return the path of an entry; the library reads every name without a mark as CP437."""
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    return _unicode_path(entry.extra, raw) or old_name(raw)


def _unicode_path(extra: bytes, raw: bytes) -> str:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        data = extra[at + 4 : at + 4 + length]
        if kind == _UNICODE_PATH and data[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
            return data[5:].decode("utf-8", "replace")
        at += 4 + length
    return ""
