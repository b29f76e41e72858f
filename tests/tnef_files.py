"""winmail.dat made for tests, by [MS-OXTNEF]; RTF stored in the packed form without references."""

import struct

SIGNATURE = struct.pack("<IH", 0x223E9F78, 1)
TITLE, DATA, BODY = 0x00018010, 0x0006800F, 0x0002800C
BEGINS, PROPERTIES, FILE_PROPERTIES, CODEPAGE = 0x00069002, 0x00069003, 0x00069005, 0x00069007
IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(name: int, data: bytes, level: int = 1) -> bytes:
    """Return one attribute with its checksum."""
    head = struct.pack("<BII", level, name, len(data))
    return head + data + struct.pack("<H", sum(data) & 0xFFFF)


def sized(kind: int, identifier: int, *values: bytes) -> bytes:
    """Return a property of texts or octets."""
    out = struct.pack("<HHI", kind, identifier, len(values))
    for value in values:
        out += struct.pack("<I", len(value)) + value + bytes(-len(value) % 4)
    return out


def fixed(kind: int, identifier: int, value: bytes) -> bytes:
    """Return a property whose value has one size."""
    return struct.pack("<HH", kind, identifier) + value


def properties(*found: bytes) -> bytes:
    """Return a list of properties."""
    return struct.pack("<I", len(found)) + b"".join(found)


def wide(text: str) -> bytes:
    """Return text as PtypString has it, with its closing zero."""
    return text.encode("utf-16-le") + b"\0\0"


def file(name: str, content: bytes, *, short: bytes = b"BAOCAO~1.DOC\0") -> bytes:
    """Return the attributes of one file with a short title and a long name."""
    return (
        attribute(BEGINS, bytes(14), 2)
        + attribute(TITLE, short, 2)
        + attribute(DATA, content, 2)
        + attribute(FILE_PROPERTIES, properties(sized(0x001F, 0x3707, wide(name))), 2)
    )


def item(name: str, inner: bytes) -> bytes:
    """Return the attributes of an Outlook item that is attached."""
    held = sized(0x000D, 0x3701, IMESSAGE + inner)
    named = sized(0x001F, 0x3001, wide(name))
    return attribute(BEGINS, bytes(14), 2) + attribute(FILE_PROPERTIES, properties(named, held), 2)


def winmail(*attributes: bytes, text: str = "", html: str = "", rtf: bytes = b"") -> bytes:
    """Return a whole winmail.dat."""
    found = [fixed(0x0003, 0x3FDE, struct.pack("<I", 65001))]
    if text:
        found.append(sized(0x001F, 0x1000, wide(text)))
    if html:
        found.append(sized(0x0102, 0x1013, html.encode()))
    if rtf:
        found.append(sized(0x0102, 0x1009, packed(rtf)))
    page = attribute(CODEPAGE, struct.pack("<II", 1258, 0))
    return SIGNATURE + page + attribute(PROPERTIES, properties(*found)) + b"".join(attributes)


def packed(rtf: bytes) -> bytes:
    """Return RTF in the packed form of [MS-OXRTFCP], every octet as itself."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(body) + 12, len(rtf), b"LZFu", 0) + body
