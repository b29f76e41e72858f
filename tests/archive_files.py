"""Archives made for tests, octet by octet where no free program writes the format.

RAR by the layouts that RARLAB publishes (technote for 4, "RAR 5.0 archive format"), files stored
and not packed; ZIP and 7z by the standard library and libarchive.
"""

import io
import stat
import struct
import zlib
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import libarchive

_DIRECTORY = 0x00E0


def zipped(*files: tuple[str, bytes], link: str = "") -> bytes:
    """Return a ZIP archive; ``link`` adds a symbolic link of that name to /etc/passwd."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name, (2024, 11, 8, 9, 0, 0)), content, ZIP_DEFLATED)
        if link:
            entry = ZipInfo(link, (2024, 11, 8, 9, 0, 0))
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def renamed(archive: bytes, old: bytes, new: bytes, *, utf8: bool = False) -> bytes:
    """Return a ZIP archive with a name of as many octets, marked as UTF-8 or not."""
    assert len(old) == len(new)
    changed = bytearray(archive.replace(old, new))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(signature)
        while place >= 0:
            flags = struct.unpack_from("<H", changed, place + at)[0] & ~0x0800
            struct.pack_into("<H", changed, place + at, flags | (0x0800 if utf8 else 0))
            place = changed.find(signature, place + 4)
    return bytes(changed)


def locked(archive: bytes) -> bytes:
    """Return a ZIP archive whose entries say that they are encrypted."""
    changed = bytearray(archive)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(signature)
        while place >= 0:
            changed[place + at] |= 1
            place = changed.find(signature, place + 4)
    return bytes(changed)


def seven_zipped(*files: tuple[str, bytes]) -> bytes:
    """Return a 7z archive."""
    out = io.BytesIO()
    with libarchive.custom_writer(out.write, "7zip") as archive:
        for name, content in files:
            archive.add_file_from_memory(name, len(content), content)
    return out.getvalue()


def rar4(*files: tuple[bytes, bytes], password: bool = False, link: bytes = b"") -> bytes:
    """Return a RAR 4 archive of stored files; names in octets as the program would write them."""
    out = b"Rar!\x1a\x07\x00" + _rar4_block(0x73, 0, bytes(6))
    entries = [(name, content, 0o100644) for name, content in files]
    if link:
        entries.append((link, b"/etc/passwd", 0o120777))
    for name, content, mode in entries:
        flags = 0x8000 | (0x0004 if password else 0)
        fields = struct.pack(
            "<IIBIIBBHI",
            len(content),
            len(content),
            3,
            zlib.crc32(content),
            0x59684900,
            29,
            0x30,
            len(name),
            mode,
        )
        out += _rar4_block(0x74, flags, fields + name) + content
    return out + _rar4_block(0x7B, 0x4000, b"")


def _rar4_block(kind: int, flags: int, fields: bytes) -> bytes:
    head = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head


def rar5(*files: tuple[str, bytes], password: bool = False, link: str = "") -> bytes:
    """Return a RAR 5 archive of stored files."""
    out = b"Rar!\x1a\x07\x01\x00" + _rar5_block(_number(1) + _number(0) + _number(0))
    for name, content in files:
        out += _rar5_file(name, content, _encryption() if password else b"")
    if link:
        target = b"/etc/passwd"
        record = _number(5) + _number(1) + _number(0) + _number(len(target)) + target
        out += _rar5_file(link, b"", _number(len(record)) + record)
    return out + _rar5_block(_number(5) + _number(0) + _number(0))


def rar5_locked_names() -> bytes:
    """Return a RAR 5 archive whose very headers are encrypted."""
    head = _number(4) + _number(0) + _number(0) + _number(0) + b"\x0f" + bytes(16)
    return b"Rar!\x1a\x07\x01\x00" + _rar5_block(head) + bytes(64)


def _rar5_file(name: str, content: bytes, extra: bytes) -> bytes:
    encoded = name.encode()
    head = _number(2) + _number(2 | (1 if extra else 0))
    if extra:
        head += _number(len(extra))
    head += _number(len(content)) + _number(4) + _number(len(content)) + _number(0o100644)
    head += struct.pack("<I", zlib.crc32(content)) + _number(0) + _number(1)
    head += _number(len(encoded)) + encoded + extra
    return _rar5_block(head) + content


def _encryption() -> bytes:
    record = _number(1) + _number(0) + _number(0) + b"\x0f" + bytes(32)
    return _number(len(record)) + record


def _rar5_block(head: bytes) -> bytes:
    sized = _number(len(head)) + head
    return struct.pack("<I", zlib.crc32(sized)) + sized


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
