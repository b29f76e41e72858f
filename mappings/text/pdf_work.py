"""How much a PDF makes its reader do, told before it is drawn (ISO 32000-1, 7.3.8 and 7.8).

pdfium knows no limit: 25 KB hold content that takes it hours. What pages and forms are drawn with
is inflated here under a bound, and what is drawn again counts again. Pictures are left alone, as
reading the text does not decode them. What cannot be measured counts as the most that it can be.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.errors import MalformedDocument, TooLarge
from domain.words import say
from mappings.text.limits import Limits

_WHAT = "PDF"
# The rest of the line belongs to the keyword for pdfium.
_STREAM = re.compile(rb"stream[^\r\n]{0,256}(?:\r\n|\n|\r)")
_OBJECT = re.compile(rb"(\d{1,10})\s+\d{1,10}\s+obj\b")
_CONTENTS = re.compile(rb"/Contents\s*(?:\[([^\[\]/]*)\]|(\d{1,10})\s+\d{1,10}\s+R)")
_ARRAY = re.compile(rb"\b(\d{1,10})\s+\d{1,10}\s+obj\s*\[([^\[\]/]*)\]")
_REFERENCE = re.compile(rb"(\d{1,10})\s+\d{1,10}\s+R")
_NAMED = re.compile(rb"/([^\s/<>\[\]()%{}]{1,127})\s+(\d{1,10})\s+\d{1,10}\s+R")
_DRAWN = re.compile(rb"/([^\s/<>\[\]()%{}]{1,127})\s+Do\b")
_IMAGE = re.compile(rb"/Subtype\s*/Image\b")
_FORM = re.compile(rb"/Subtype\s*/Form\b")
_PACKED = re.compile(rb"/(?:FlateDecode|Fl|LZWDecode|LZW|RunLengthDecode|RL)\b|/Filter\s*\d")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d|<<)")
_DICTIONARY = 16_384
_PIECE = 16_384
_MOST = 1_400
"""Octets that one packed octet gives at most: LZW with codes of 12 bits; Flate gives 1,032."""


class _Stream(NamedTuple):
    number: bytes
    size: int
    form: bool
    draws: tuple[bytes, ...]


@dataclass(slots=True)
class _Found:
    """What a file holds: its streams, the text outside them, and numbers of its pictures."""

    streams: list[_Stream] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    pictures: set[bytes] = field(default_factory=set)


def bounded(raw: bytes, limits: Limits) -> None:
    """Refuse a PDF that is more work than ``limits.drawn`` octets of content.

    Raises TooLarge, and MalformedDocument when it is encrypted and cannot be measured.
    """
    contents = _contents(raw)
    found = _streams(raw, frozenset(contents), limits)
    for text in found.texts:
        if _ENCRYPTED.search(text):
            raise MalformedDocument(_WHAT, say("it is encrypted, or locked by a password"))
        contents += _contents(text)
    if found.pictures.intersection(contents):
        # Drawn as a page's content although it says that it is a picture.
        raise too_much(limits)
    if _pages(raw, contents, found.streams) + _forms(found) > limits.drawn:
        raise too_much(limits)


def too_much(limits: Limits) -> TooLarge:
    """Return the error of a file over the limits of drawing."""
    reason = say(
        "too much to draw, at most {octets} octets of content and {objects} objects are drawn; "
        "open it by hand",
        octets=limits.drawn,
        objects=limits.objects,
    )
    return TooLarge(_WHAT, reason)


def _contents(text: bytes) -> list[bytes]:
    """Return the numbers of the objects that pages are drawn with, as often as they are."""
    found: list[bytes] = []
    for one in _matches(_CONTENTS, b"/Contents", text):
        found += _REFERENCE.findall(one[1]) if one[1] is not None else [one[2]]
    return found


def _matches(pattern: re.Pattern[bytes], word: bytes, text: bytes) -> Iterator[re.Match[bytes]]:
    """Yield what a pattern that begins with a word finds; scans are searched ten times as fast."""
    at = text.find(word)
    while at >= 0:
        if match := pattern.match(text, at):
            yield match
        at = text.find(word, at + len(word))


def _streams(raw: bytes, contents: frozenset[bytes], limits: Limits) -> _Found:
    found = _Found()
    total = seen = end = 0
    for start in _matches(_STREAM, b"stream", raw):
        if raw.endswith(b"end", 0, start.start()):
            continue
        seen += 1
        opening = raw[max(end, start.start() - _DICTIONARY) : start.start()]
        found.texts.append(raw[end : start.start()])
        if start.end() > end:
            end = _end(raw, start.end())
        number, head = _head(opening)
        if _is_picture(head) and number not in contents:
            found.pictures.add(number)
            continue
        size, text = _inflated(raw, start.end(), end, head, limits)
        total += size
        if total > limits.drawn or seen > limits.streams:
            raise too_much(limits)
        if b"/Contents" in text or b"/ObjStm" in head:
            found.texts.append(text)
        draws = tuple(_DRAWN.findall(text))
        found.streams.append(_Stream(number, size, bool(_FORM.search(head)), draws))
    found.texts.append(raw[end:])
    return found


def _end(raw: bytes, at: int) -> int:
    end = raw.find(b"endstream", at)
    return end if end >= 0 else len(raw)


def _head(opening: bytes) -> tuple[bytes, bytes]:
    """Return number and dictionary of the object whose stream follows."""
    openings = list(_OBJECT.finditer(opening))
    if not openings:
        return b"", b""
    head = opening[openings[-1].end() :]
    return openings[-1][1], _ESCAPED.sub(lambda one: bytes.fromhex(one[1].decode()), head)


def _is_picture(head: bytes) -> bool:
    return bool(_IMAGE.search(head)) and not _FORM.search(head)


def _inflated(raw: bytes, at: int, end: int, head: bytes, limits: Limits) -> tuple[int, bytes]:
    """Return how many octets a stream has once it is expanded, at most, and what is known of it."""
    packings = len(_PACKED.findall(head))
    text, lost = _flate(raw, at, limits.drawn + 1)
    if text:
        return (len(text) + lost * _MOST) * _MOST ** max(0, packings - 1), text
    return (end - at) * _MOST**packings, raw[at:end]


def _flate(raw: bytes, at: int, most: int) -> tuple[bytes, int]:
    """Return what Flate gives before it ends or is too much, and how much of it is damaged."""
    reader = zlib.decompressobj()
    parts: list[bytes] = []
    left = most
    while left > 0 and at < len(raw) and not reader.eof:
        piece = raw[at : at + _PIECE]
        try:
            parts.append(reader.decompress(piece, left))
        except zlib.error:
            return b"".join(parts), len(piece)
        left -= len(parts[-1])
        at += _PIECE
    return b"".join(parts), 0


def _pages(raw: bytes, contents: list[bytes], streams: list[_Stream]) -> int:
    """Return how many octets of content all pages are drawn with."""
    sizes: defaultdict[bytes, int] = defaultdict(int)
    for one in streams:
        sizes[one.number] = max(sizes[one.number], one.size)
    arrays: dict[bytes, bytes] = {}
    if any(number not in sizes for number in contents):
        arrays = {one[1]: one[2] for one in _ARRAY.finditer(raw)}
    whole = {
        number: sum(sizes.get(one, 0) for one in _REFERENCE.findall(listed))
        for number, listed in arrays.items()
    }
    return sum(sizes[number] if number in sizes else whole.get(number, 0) for number in contents)


def _forms(found: _Found) -> int:
    """Return how many octets forms are drawn with, each as often as it may be.

    A form that draws others several times multiplies; which one a name stands for is not told
    apart, so each counts as the largest.
    """
    forms = {one.number: one.size for one in found.streams if one.form}
    largest = max(forms.values(), default=0)
    sizes: dict[bytes, int] = {}
    for text in found.texts:
        for name, number in _NAMED.findall(text):
            known = forms.get(number, 0 if number in found.pictures else largest)
            sizes[name] = max(sizes.get(name, 0), known)
    drawn, times = 0, 1
    for one in found.streams:
        costs = [cost for cost in (sizes.get(name, largest) for name in one.draws) if cost]
        drawn += sum(costs)
        if one.form:
            times = min(times * max(1, len(costs)), _MOST**3)
    return drawn * times
