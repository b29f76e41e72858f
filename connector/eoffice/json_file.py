"""A file inside a JSON answer that may be too large for memory.

``set_aside`` reads an answer in pieces and replaces each long JSON string by a mark, so that what
is left can be parsed; ``written`` writes the characters of such a string as UTF-8. Runs of base64
are not enough here: JSON breaks them with its escapes, at each line end and, from some writers,
at each slash.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from connector.eoffice.http import AnswerTooLarge, NoAnswer
from domain.content import Content, pieces

STEP = 64 * 1024
"""Bytes read at once: an expression over nothing but escapes costs many times their size."""

LONG = 64 * 1024
"""Bytes from which on a string is set aside."""

# No possessive quantifiers: early releases of Python 3.11 match too much with them.
_INSIDE = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_MARK = re.compile(r"dondoc:string:(\d+)")
_MARK_START = b"dondoc:string:"
# Whole characters and escapes; a pair of surrogates is one character (RFC 8259 section 7).
_WHOLE = re.compile(
    r"(?:[^\\]+|\\(?:[^u]|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[0-9a-fA-F]{4}"
    r"|(?![dD][89abAB])[0-9a-fA-F]{4})))*",
    re.DOTALL,
)
_LONGEST_ESCAPE = len(r"\ud83d\ude00")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the inside of a JSON string stands in an answer, in bytes."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """An answer without its long strings; each left a mark with its number."""

    rest: bytes
    places: tuple[Place, ...]

    def place(self, value: str) -> Place | None:
        """Return where the string behind a mark stands, None for a string that was short.

        Raises ``ValueError`` for a mark that an answer forged with escapes.
        """
        found = _MARK.fullmatch(value)
        if found is None:
            return None
        number = int(found.group(1))
        if number >= len(self.places):
            raise ValueError("the answer contains a mark that Dondoc works with")
        return self.places[number]


def set_aside(source: Content, *, limit: int) -> SetAside:
    """Read a JSON answer to its end and set its long strings aside.

    ``limit`` is in bytes of what is left. Raises ``AnswerTooLarge`` above it and ``NoAnswer`` for
    an answer that has marks of its own.
    """
    found = _Strings(limit)
    with source.open() as stream:
        for piece in pieces(stream, STEP):
            found.feed(piece)
    return found.result()


def written(source: Content, found: SetAside, value: str, into: BinaryIO) -> None:
    """Write the characters of one string of an answer; raises ``ValueError`` for bad escapes."""
    place = found.place(value)
    if place is None:
        into.write(value.encode())
        return
    with source.open() as stream:
        stream.seek(place.start)
        into.writelines(_unescaped(_part(stream, place.length)))


class _Strings:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._places: list[Place] = []
        self._position = 0
        self._inside = False
        self._escaped = False
        self._open = bytearray()
        """The string that the last piece ended in, while it is short."""
        self._start = self._length = 0

    def feed(self, piece: bytes) -> None:
        at = 0
        while at < len(piece):
            at = self._within(piece, at) if self._inside else self._between(piece, at)
        self._position += len(piece)
        if len(self._rest) > self._limit:
            raise AnswerTooLarge(f"the answer has over {self._limit} bytes besides its files")

    def result(self) -> SetAside:
        self._rest += self._open  # of a string that never ended
        if self._rest.count(_MARK_START) != len(self._places):
            raise NoAnswer("the answer contains the marks that Dondoc works with")
        return SetAside(bytes(self._rest), tuple(self._places))

    def _between(self, piece: bytes, at: int) -> int:
        end = piece.find(b'"', at) + 1
        self._inside = end > 0
        end = end or len(piece)
        self._rest += piece[at:end]
        self._start = self._position + end
        return end

    def _within(self, piece: bytes, at: int) -> int:
        if self._escaped:
            self._escaped = False
            self._take(piece[at : at + 1])
            return at + 1
        found = _INSIDE.match(piece, at)
        end = found.end() if found else at
        self._take(piece[at:end])
        if piece[end : end + 1] == b'"':
            self._close()
        elif end < len(piece):  # a backslash whose escape is in the next piece
            self._take(piece[end:])
            self._escaped = True
        return end + 1

    def _take(self, part: bytes) -> None:
        self._length += len(part)
        if self._length < LONG:
            self._open += part

    def _close(self) -> None:
        if self._length < LONG:
            self._rest += self._open
        else:
            self._rest += b"%b%d" % (_MARK_START, len(self._places))
            self._places.append(Place(self._start, self._length))
        self._rest += b'"'
        self._open.clear()
        self._length = 0
        self._inside = False


def _part(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(length, STEP))
        if not piece:
            raise ValueError("the answer ends inside a string")
        length -= len(piece)
        yield piece


def _unescaped(parts: Iterator[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    left = ""
    for part in parts:
        left += decoder.decode(part)
        whole = _WHOLE.match(left)
        end = whole.end() if whole else 0
        if len(left) - end >= _LONGEST_ESCAPE:
            raise ValueError("an escape that is none")
        # Raw control characters are forbidden in JSON, and harmless.
        yield json.loads(f'"{left[:end]}"', strict=False).encode()
        left = left[end:]
    if left or decoder.getstate()[0]:
        raise ValueError("a character that is cut off")
