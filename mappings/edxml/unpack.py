"""The single-entry ZIP that the exchange wraps around most attachments, in both directions.

Reading goes by the bytes and the file name: the declared ContentType is wrong too often (VXP SDK
and files returned by the exchange). Nothing but a ZIP bomb is an error.
"""

import io
import struct
import zipfile
import zlib

from domain.errors import TooLarge
from mappings.edxml.attachment_names import extension
from mappings.edxml.limits import RATIO_FLOOR, Limits

ZIP_START = b"PK\x03\x04"
_CENTRAL_ENTRY = b"PK\x01\x02"
_MAX_ENTRIES = 5_000  # an office file has some hundreds; each costs memory before it is looked at
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


def unwrap(data: bytes, name: str, limits: Limits) -> tuple[bytes, str]:
    """Return the attachment's true bytes and a remark when the wrapping is odd.

    ``name`` decides whether the file is meant to be an archive itself. Raises TooLarge for a ZIP
    that expands beyond the limits.
    """
    if extension(name) == "zip" or not data.startswith(ZIP_START):
        return data, ""
    if data.count(_CENTRAL_ENTRY) > _MAX_ENTRIES:
        return data, f"is a ZIP of more than {_MAX_ENTRIES} entries, kept as it is"
    try:
        return _from_archive(data, name, limits)
    except _DAMAGED:
        return data, "is a damaged ZIP, kept as it is"


def _from_archive(data: bytes, name: str, limits: Limits) -> tuple[bytes, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if any(entry.filename in _OFFICE_MARKS for entry in entries):
            return data, ""
        if len(entries) != 1 or entries[0].is_dir():
            return data, f"is a ZIP of {len(entries)} entries, not of one file; kept as it is"
        entry = entries[0]
        if extension(name) in _ZIP_BASED and extension(entry.filename) != extension(name):
            return data, ""
        if entry.flag_bits & _ENCRYPTED:
            return data, "is an encrypted ZIP, kept as it is"
        if entry.compress_type not in _METHODS:
            return data, "is a ZIP of an unusual method, kept as it is"
        return _expanded(archive, entry, name, len(data), limits), ""


def _expanded(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, packed: int, limits: Limits
) -> bytes:
    allowed = min(limits.max_attachment_bytes, max(RATIO_FLOOR, packed * limits.max_ratio))
    with archive.open(entry) as stream:
        content = stream.read(allowed + 1)
    if len(content) > allowed:
        raise TooLarge(
            f"attachment {name!r}",
            f"its {packed} bytes of ZIP expand to more than the {allowed} bytes allowed",
        )
    return content


def wrap(content: bytes, name: str) -> bytes:
    """Return a single-entry ZIP, the same bytes for the same content."""
    end = extension(name)
    entry = zipfile.ZipInfo(f"content.{end}" if end else "content", (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # otherwise that of the machine
    entry.external_attr = 0o600 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, content)
    return buffer.getvalue()
