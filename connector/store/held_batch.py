"""Many contents stored together: they are held in memory until all are made durable at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import BinaryIO, Self

from domain.assembled import Piece
from domain.content import Content, Inline, Stored
from domain.ids import Digest, digest_of
from domain.ports import EvidenceStore


class HeldBatch(ABC):
    """Evidence whose contents become durable when ``keep`` is called, so a batch must be small."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._held: dict[Digest, bytes] = {}

    @abstractmethod
    def keep(self) -> None:
        """Make everything durable."""

    def put(self, content: bytes) -> Digest:
        """Take bytes that are durable once the batch is kept."""
        digest = digest_of(content)
        self._held[digest] = content
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes; see ``EvidenceStore``."""
        held = self._held.get(digest)
        return self._store.get(digest) if held is None else held

    def content(self, digest: Digest) -> Content:
        """Return bytes to be read where they lie; see ``EvidenceStore``."""
        held = self._held.get(digest)
        return self._store.content(digest) if held is None else Inline(held)

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in a stream, by itself: it may be large."""
        return self._store.receive(write)

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content in pieces, by itself; see ``EvidenceStore``."""
        return self._store.assemble(pieces)

    def together(self) -> AbstractContextManager[Self]:
        """Return itself: a batch within a batch is part of it."""
        return nullcontext(self)

    def digests(self) -> Iterator[Digest]:
        """Yield every digest that was stored before the batch."""
        yield from self._store.digests()
