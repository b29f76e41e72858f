"""Bytes that may be too many for memory, and base64 in files that may be.

An attachment of 150 MB travels as 200 MB of base64 inside a text. ``cut`` keeps such text out of
memory: it reads a file in pieces and returns it with each long run of base64 replaced by a mark,
and ``decoded`` reads the run from the file when its bytes are wanted.
"""

import binascii
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from domain.errors import MalformedDocument, TooLarge
from domain.ids import Digest

PIECE = 1024 * 1024
"""Bytes read at once."""

LONG = 64 * 1024
"""Bytes from which on a run of base64 is cut out."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BLANKS = b" \t\r\n\f\v"
# Every byte that ends a run is turned into a stop, so that runs are found by searching for one.
_STOP = b"\0"
_STOPS = bytes(byte in _BASE64 + _BLANKS for byte in range(256))
_MARK = re.compile(r"dondoc:run:(\d{1,9}):", re.ASCII)
# Colons are no base64, so that a mark in the file itself stays in what is left of it.
_MARK_START = b"dondoc:run:"


class Content(Protocol):
    """Bytes that are read where they lie, as often as needed."""

    @property
    def size(self) -> int:
        """Number of bytes."""

    def open(self) -> BinaryIO:
        """Return a new stream at the first byte that can seek; whoever opened it closes it.

        Raises ``EvidenceMissing`` and ``StoreFailed`` where the bytes are stored.
        """


@dataclass(frozen=True, slots=True)
class Inline:
    """Content in memory."""

    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """Return a new stream over the bytes."""
        return io.BytesIO(self.data)


def whole(content: Content) -> bytes:
    """Return all bytes of a content that is known to be small enough for memory."""
    with content.open() as stream:
        return stream.read()


def gathered(write: Callable[[BinaryIO], None]) -> bytes:
    """Return what ``write`` leaves in a stream, where it is known to be small enough."""
    with io.BytesIO() as stream:
        write(stream)
        return stream.getvalue()


def pieces(stream: BinaryIO, size: int = PIECE) -> Iterator[bytes]:
    """Yield what is left of a stream, at most ``size`` bytes at a time."""
    while piece := stream.read(size):
        yield piece


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put into the evidence: its digest and its number of bytes."""

    digest: Digest
    size: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run of base64 and blanks in a file: where it starts and how many bytes it has."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A file without its long runs of base64; each left a mark with its number."""

    rest: bytes
    runs: tuple[Run, ...]


def cut(source: Content, *, limit: int, what: str) -> Cut:
    """Read a file to its end and cut out the long runs of base64; of long blanks one is left.

    ``limit`` is in bytes of what is left, ``what`` names the file in errors. Raises ``TooLarge``
    above the limit and ``MalformedDocument`` for a file that has a mark of its own.
    """
    found = _Cutter(limit, what)
    with source.open() as stream:
        for piece in pieces(stream):
            found.feed(piece)
    return found.result()


class _Cutter:
    def __init__(self, limit: int, what: str) -> None:
        self._limit, self._what = limit, what
        self._rest = bytearray()
        self._runs: list[Run] = []
        self._position = 0
        self._short = bytearray()
        """The run that is being read, as long as it is short."""
        self._length = 0
        self._blank = True

    def feed(self, piece: bytes) -> None:
        stops = piece.translate(_STOPS)
        at = 0
        while at < len(piece):
            at = self._pass(piece, stops, at)
            if len(self._rest) > self._limit:
                reason = f"it has over {self._limit} bytes besides its attachments"
                raise TooLarge(self._what, reason)
        self._position += len(piece)

    def result(self) -> Cut:
        self._end(self._position)
        if self._rest.count(_MARK_START) != len(self._runs):
            raise MalformedDocument(self._what, "it contains the marks that Dondoc works with")
        return Cut(bytes(self._rest), tuple(self._runs))

    def _pass(self, piece: bytes, stops: bytes, at: int) -> int:
        """Take in some of the piece and return where to go on."""
        if self._length >= LONG:
            end = stops.find(_STOP, at)
            if end == at:
                self._end(self._position + at)
                return at
            return self._continue(piece, at, len(piece) if end < 0 else end)
        # Up to where the run would be long, only the last stop matters.
        reach = min(at + LONG - self._length, len(piece))
        end = stops.rfind(_STOP, at, reach) + 1
        if not end:
            return self._continue(piece, at, reach)
        self._end(self._position + at)
        self._rest += piece[at:end]
        return end

    def _continue(self, piece: bytes, at: int, end: int) -> int:
        part = piece[at:end]
        self._blank = self._blank and part.isspace()
        self._length += len(part)
        if self._length < LONG:
            self._short += part
        return end

    def _end(self, position: int) -> None:
        if self._length < LONG:
            self._rest += self._short
        elif self._blank:
            self._rest += b" "
        else:
            self._rest += b"%b%d:" % (_MARK_START, len(self._runs))
            self._runs.append(Run(position - self._length, self._length))
        self._short.clear()
        self._length, self._blank = 0, True


def marks(text: str) -> list[int]:
    """Return the numbers of the runs that a text has marks of."""
    return [int(mark.group(1)) for mark in _MARK.finditer(text)]


def decoded(
    stream: BinaryIO, runs: Sequence[Run], text: str, *, padded: bool = False
) -> Iterator[bytes]:
    """Yield the bytes behind a base64 text whose long runs stand in the file.

    ``stream`` is the file that they were cut out of. Blanks count as nothing; unless ``padded``,
    padding may be missing, as senders leave it out. Raises ``ValueError`` for what is no base64,
    possibly after some bytes.
    """
    written = 0
    left = b""
    ended = False
    for part in _parts(stream, runs, text):
        packed = part.translate(None, _BLANKS)
        written += len(packed)
        packed = left + packed
        content = packed.rstrip(b"=")
        if ended and content:
            raise ValueError("base64 goes on after its padding")
        ended = ended or len(content) < len(packed)
        groups = len(content) if ended else len(content) // 4 * 4
        left = content[groups:]
        yield _bytes_of(content[:groups])
    if padded and written % 4:
        raise ValueError("the base64 is cut off")
    yield _bytes_of(left)


def _bytes_of(packed: bytes) -> bytes:
    return binascii.a2b_base64(packed + b"=" * (-len(packed) % 4), strict_mode=True)


def _parts(stream: BinaryIO, runs: Sequence[Run], text: str) -> Iterator[bytes]:
    position = 0
    for mark in _MARK.finditer(text):
        yield text[position : mark.start()].encode("ascii")
        number = int(mark.group(1))
        if number >= len(runs):
            raise ValueError("the text has a mark that no run has left")
        run = runs[number]
        stream.seek(run.start)
        left = run.length
        while left:
            piece = stream.read(min(left, PIECE))
            if not piece:
                raise ValueError("the file ends inside a run")
            left -= len(piece)
            yield piece
        position = mark.end()
    yield text[position:].encode("ascii")


def encoded(stream: BinaryIO) -> Iterable[bytes]:
    """Yield a stream as base64 on one line."""
    for piece in pieces(stream, PIECE // 3 * 3):
        yield binascii.b2a_base64(piece, newline=False)
