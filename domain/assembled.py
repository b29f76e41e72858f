"""Contents put together from pieces, of which many contents may have some in common.

A letter to two thousand offices is two thousand messages that differ in some kilobytes: the
encoded attachment is kept, verified and made ready for sending once.
"""

import hashlib
import io
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from domain.content import Content, Inline, whole
from domain.content import pieces as read_in_pieces
from domain.ids import Digest, digest_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True)
class Shared:
    """A piece that several contents have in common, by the digest of its bytes."""

    digest: Digest
    content: Content


Piece: TypeAlias = bytes | Shared
"""A piece of one content only, or one that is shared."""


def shared(data: bytes) -> Shared:
    """Return bytes in memory as a piece to be shared."""
    return Shared(digest_of(data), Inline(data))


def size_of(pieces: Iterable[Piece]) -> int:
    """Return the number of bytes that pieces have together."""
    return sum(piece.content.size if isinstance(piece, Shared) else len(piece) for piece in pieces)


def digest_of_pieces(pieces: Iterable[Piece]) -> Digest:
    """Return the SHA-256 of the whole, read once from its first byte to its last."""
    found = hashlib.sha256()
    for piece in pieces:
        if isinstance(piece, bytes):
            found.update(piece)
            continue
        with piece.content.open() as stream:
            for octets in read_in_pieces(stream):
                found.update(octets)
    return Digest(found.hexdigest())


@dataclass(frozen=True, slots=True)
class Assembled:
    """A content in pieces; it reads as one, and who knows the pieces may use them one by one."""

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Number of bytes."""
        return size_of(self.pieces)

    def open(self) -> BinaryIO:
        """Return a new stream over the whole; see ``Content``."""
        with ExitStack() as closing:
            streams = [closing.enter_context(_opened(piece)) for piece in self.pieces]
            joined = _Joined(streams, [_size(piece) for piece in self.pieces])
            closing.pop_all()
        # A buffered reader is a BinaryIO in all but name.
        return cast(BinaryIO, io.BufferedReader(joined))


def joined(pieces: Sequence[Piece]) -> bytes:
    """Return the whole as bytes, where it is known to be small enough for memory."""
    return b"".join(piece if isinstance(piece, bytes) else whole(piece.content) for piece in pieces)


def _size(piece: Piece) -> int:
    return size_of([piece])


def _opened(piece: Piece) -> BinaryIO:
    return io.BytesIO(piece) if isinstance(piece, bytes) else piece.content.open()


class _Joined(io.RawIOBase):
    """Streams one after the other; closing it closes them."""

    def __init__(self, streams: Sequence[BinaryIO], sizes: Sequence[int]) -> None:
        self._streams = streams
        self._sizes = sizes
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: sum(self._sizes)}
        self._position = max(start[whence] + offset, 0)
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        start = 0
        for stream, size in zip(self._streams, self._sizes, strict=True):
            if self._position < start + size:
                stream.seek(self._position - start)
                with memoryview(buffer) as view:
                    piece = stream.read(min(len(view), start + size - self._position))
                    view[: len(piece)] = piece
                self._position += len(piece)
                return len(piece)
            start += size
        return 0

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()
