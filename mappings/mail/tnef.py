"""What Outlook wraps into winmail.dat: files, and the text where the message has no other.

TNEF as [MS-OXTNEF] lays it out: attributes of a level, a name, a type, a length, data and a
checksum; properties of MAPI inside some of them. It is read here and not by tnefparse, which copies
the rest of the file for every attribute (quadratic), drops closing zero octets of files, and
leaves RTF packed. Nothing but ``MalformedDocument`` and ``TooLarge`` is raised.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.errors import MalformedDocument, TooLarge
from mappings.mail.html import html_text
from mappings.mail.parts import Budget
from mappings.mail.rtf import rtf_text, unpack_rtf
from mappings.mail.text import clean, decode

WHAT = "winmail.dat"

_SIGNATURE = b"\x78\x9f\x3e\x22"
_OBJECT_IID = 16
_MOST_ATTRIBUTES = 10_000
_MOST_PROPERTIES = 5_000
_CHARACTER = 4
"""Octets of a character at most, in every charset."""
_LONGEST_NAME = 4_000
"""Octets of a name or a type that are read."""
_DEEPEST = 4

# Attributes by name (section 2.1.3.2) and properties by identifier ([MS-OXPROPS]).
_BODY, _TITLE, _DATA = 0x800C, 0x8010, 0x800F
_BEGINS, _PROPERTIES, _FILE_PROPERTIES, _CODEPAGE = 0x9002, 0x9003, 0x9005, 0x9007
_P_BODY, _P_RTF, _P_HTML, _P_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_P_OBJECT, _P_SHORT_NAME, _P_LONG_NAME, _P_TYPE = 0x3701, 0x3704, 0x3707, 0x370E
_P_DISPLAY_NAME = 0x3001

_FIXED = {
    0x0001: 0,
    0x0002: 4,
    0x000B: 4,
    0x0003: 4,
    0x0004: 4,
    0x000A: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
"""Octets of a value with its padding, by type (section 2.1.3.4)."""
_SIZED = frozenset({0x0000, 0x000D, 0x001E, 0x001F, 0x0102})
_SEVERAL = 0x1000
_NAMED = 0x8000
_TEXT, _WIDE = 0x001E, 0x001F


@dataclass(slots=True)
class WrappedFile:
    """A file inside; ``message`` is set for an Outlook item, whose own files and text it has."""

    name: str = ""
    media_type: str = ""
    content: bytes = field(default=b"", repr=False)
    message: "Wrapped | None" = None


@dataclass(slots=True)
class Wrapped:
    """What was inside; ``text`` is plain, HTML or RTF text, whichever there is, in this order."""

    files: list[WrappedFile] = field(default_factory=list)
    text: str = ""
    cut: bool = False
    """Whether a text in it, or in an item in it, was longer than what is read."""


def is_tnef(content: bytes) -> bool:
    """Tell whether octets are TNEF."""
    return content.startswith(_SIGNATURE)


def read_tnef(content: bytes, budget: Budget) -> Wrapped:
    """Return the files and the text of one winmail.dat; ``budget`` is that of the whole message.

    Raises ``MalformedDocument`` where it is damaged and ``TooLarge`` beyond the limits.
    """
    reader = _Reader(budget)
    found = reader.read(content, 0)
    found.cut = reader.cut
    return found


class _Reader:
    """Reads one file and the items in it, as far as the budget goes."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.attributes = 0
        self.cut = False

    def read(self, content: bytes, depth: int) -> Wrapped:
        if depth > _DEEPEST:
            raise TooLarge(WHAT, f"items nested more than {_DEEPEST} deep")
        if not is_tnef(content):
            raise MalformedDocument(WHAT, "it does not begin as TNEF does")
        found = Wrapped()
        texts: dict[str, str] = {}
        charset = "windows-1258"
        for name, data in self.attributes_of(content):
            if name == _CODEPAGE:
                charset = _charset(data) or charset
            elif name == _BODY:
                texts["plain"] = self.kept(_string(self.octets(data), charset))
            elif name == _PROPERTIES:
                texts |= self.texts(data, charset)
            elif name == _BEGINS:
                self.budget.part()
                found.files.append(WrappedFile())
            elif found.files:
                self.fill(found.files[-1], name, data, charset, depth)
        found.text = next((texts[kind] for kind in ("plain", "html", "rtf") if texts.get(kind)), "")
        return found

    def attributes_of(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        at = 6
        while at + 11 <= len(content):
            self.attributes += 1
            if self.attributes > _MOST_ATTRIBUTES:
                raise TooLarge(WHAT, f"more than {_MOST_ATTRIBUTES} attributes")
            _, name, _, length = struct.unpack_from("<BHHI", content, at)
            data = content[at + 9 : at + 9 + length]
            if len(data) < length or at + 11 + length > len(content):
                raise MalformedDocument(WHAT, "it is cut off inside an attribute")
            if sum(data) & 0xFFFF != struct.unpack_from("<H", content, at + 9 + length)[0]:
                raise MalformedDocument(WHAT, "a checksum in it is wrong")
            yield name, data
            at += 11 + length

    def fill(self, file: WrappedFile, name: int, data: bytes, charset: str, depth: int) -> None:
        if name == _TITLE:
            file.name = file.name or _string(data[:_LONGEST_NAME], charset)
        elif name == _DATA:
            file.content = self.taken(data)
        elif name == _FILE_PROPERTIES:
            values = dict(_properties(data))
            file.name = _named(values, charset) or file.name
            file.media_type = _short(values, _P_TYPE, charset).lower()
            kind, inner = values.get(_P_OBJECT, (0, b""))
            if kind == 0x000D and is_tnef(inner[_OBJECT_IID:]):
                file.message = self.read(inner[_OBJECT_IID:], depth + 1)
                file.content = file.content or self.taken(inner[_OBJECT_IID:])
            elif inner:
                file.content = file.content or self.taken(inner)

    def taken(self, data: bytes) -> bytes:
        self.budget.decoded(len(data))
        return data

    def texts(self, data: bytes, charset: str) -> dict[str, str]:
        """Return the first text there is of those that say the same, by its kind."""
        values = dict(_properties(data))
        page = values.get(_P_CODEPAGE)
        inner = (_charset(page[1]) or charset) if page else charset
        if (plain := self.text(values, _P_BODY, inner)).strip():
            return {"plain": plain}
        if html := self.text(values, _P_HTML, inner):
            found = {"html": html_text(html)}
        else:
            found = {"rtf": self.rtf(values[_P_RTF][1])} if _P_RTF in values else {}
        return {kind: text for kind, text in found.items() if text.strip()}

    def text(self, values: dict[int, "_Value"], identifier: int, charset: str) -> str:
        kind, data = values.get(identifier, (0, b""))
        return self.kept(_read((kind, self.octets(data)), charset))

    def rtf(self, data: bytes) -> str:
        room = self.budget.rtf
        # One octet more tells whether there are more.
        rtf = unpack_rtf(data, room + 1)
        self.budget.rtf -= min(len(rtf), room)
        text, whole = rtf_text(rtf[:room], self.budget.text)
        self.cut |= len(rtf) > room or not whole
        return self.kept(text)

    def octets(self, data: bytes) -> bytes:
        """Return what may be needed of a text, before it is decoded, which takes long."""
        most = self.budget.text * _CHARACTER
        self.cut |= len(data) > most
        return data[:most]

    def kept(self, text: str) -> str:
        kept = text[: self.budget.text]
        self.cut |= len(kept) < len(text)
        self.budget.text -= len(kept)
        return kept


_Value = tuple[int, bytes]


def _properties(data: bytes) -> Iterator[tuple[int, _Value]]:
    """Yield identifier, type and octets of each property, the last value of those with several.

    Named properties are passed over; what is damaged ends the list, as it only describes.
    """
    if len(data) < 4:
        return
    at = 4
    for _ in range(min(struct.unpack_from("<I", data)[0], _MOST_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, identifier = struct.unpack_from("<HH", data, at)
        at += 4
        if identifier >= _NAMED:
            at = _after_name(data, at)
        several, kind = bool(kind & _SEVERAL), kind & ~_SEVERAL
        values = 1
        if several or kind in _SIZED:
            values, at = _number(data, at)
        if kind not in _SIZED and kind not in _FIXED:
            return
        # Of values without octets any number could stand in a few octets.
        for _ in range(min(values, _MOST_PROPERTIES) if _FIXED.get(kind, 1) else 0):
            length, start = _number(data, at) if kind in _SIZED else (_FIXED[kind], at)
            at = start + length + -length % 4
            if at > len(data):
                return
            yield identifier, (kind, data[start : start + length])


def _after_name(data: bytes, at: int) -> int:
    kind, at = _number(data, at + 16)
    length, at = _number(data, at)
    return at if kind == 0 else at + length + -length % 4


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at an offset and the offset behind it; past the end it is 0."""
    number = int.from_bytes(data[at : at + 4], "little")
    return number, at + 4


def _named(values: dict[int, _Value], charset: str) -> str:
    names = (_P_LONG_NAME, _P_SHORT_NAME, _P_DISPLAY_NAME)
    return next(filter(None, (_short(values, name, charset) for name in names)), "")


def _short(values: dict[int, _Value], identifier: int, charset: str) -> str:
    kind, data = values.get(identifier, (0, b""))
    return _read((kind, data[:_LONGEST_NAME]), charset)


def _read(value: _Value, charset: str) -> str:
    kind, data = value
    return (
        clean(data.decode("utf-16-le", "replace")).strip("\0")
        if kind == _WIDE
        else _string(data, charset)
    )


def _string(data: bytes, charset: str) -> str:
    return decode(data.split(b"\0", 1)[0], charset)[0]


def _charset(data: bytes) -> str | None:
    page, _ = _number(data, 0)
    known = {65001: "utf-8", 28591: "iso-8859-1", 20127: "us-ascii"}
    return known.get(page) or (f"cp{page}" if 437 <= page <= 1258 else None)
