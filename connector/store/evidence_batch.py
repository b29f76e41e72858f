"""Many contents stored together: each is written, all are made durable at once, then moved.

Making each file durable by itself took most of the time of taking in a full mailbox.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connector.store.evidence_files import (
    holds,
    locked_file,
    make_folders,
    synchronise,
    synchronise_all,
    write_all,
)
from connector.store.failures import translated
from domain.assembled import Piece
from domain.content import Content, Inline, Stored
from domain.ids import Digest, digest_of
from domain.ports import EvidenceStore


@dataclass(frozen=True, slots=True)
class _Written:
    temporary: Path
    descriptor: int
    content: bytes


class EvidenceBatch:
    """Evidence whose contents become durable when ``keep`` is called; ``forget`` cleans up.

    What it was given is held in memory until then, so a batch must be small.
    """

    def __init__(
        self, store: EvidenceStore, root: Path, incoming: Path, place: Callable[[Digest], Path]
    ) -> None:
        self._store = store
        self._root = root
        self._incoming = incoming
        self._place = place
        self._written: dict[Digest, _Written] = {}

    def put(self, content: bytes) -> Digest:
        """Write bytes that are durable once the batch is kept."""
        digest = digest_of(content)
        if digest not in self._written:
            with translated(f"evidence {self._root}"):
                temporary, descriptor = locked_file(self._incoming)
                self._written[digest] = _Written(temporary, descriptor, content)
                write_all(descriptor, content)
        return digest

    def keep(self) -> None:
        """Make everything durable, and then move it into place, so that no half file lies there."""
        if not self._written:
            return
        with translated(f"evidence {self._root}"):
            if not synchronise_all(self._incoming):
                for one in self._written.values():
                    os.fsync(one.descriptor)
            for digest, one in self._written.items():
                self._move(digest, one)
            if not synchronise_all(self._incoming):
                self._synchronise_folders()

    def forget(self) -> None:
        """Remove what was not moved into place, and release every file."""
        for one in self._written.values():
            one.temporary.unlink(missing_ok=True)
            os.close(one.descriptor)
        self._written.clear()

    def get(self, digest: Digest) -> bytes:
        """Return the bytes; see ``EvidenceStore``."""
        written = self._written.get(digest)
        return written.content if written else self._store.get(digest)

    def content(self, digest: Digest) -> Content:
        """Return bytes to be read where they lie; see ``EvidenceStore``."""
        written = self._written.get(digest)
        return Inline(written.content) if written else self._store.content(digest)

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in a stream, by itself: it may be large."""
        return self._store.receive(write)

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content in pieces, by itself; see ``EvidenceStore``."""
        return self._store.assemble(pieces)

    def together(self) -> "AbstractContextManager[EvidenceBatch]":
        """Return itself: a batch within a batch is part of it."""
        return nullcontext(self)

    def digests(self) -> Iterator[Digest]:
        """Yield every digest that was stored before the batch."""
        yield from self._store.digests()

    def _move(self, digest: Digest, one: _Written) -> None:
        target = self._place(digest)
        make_folders(target.parent)
        if not holds(target, Stored(digest, len(one.content))):
            os.fchmod(one.descriptor, 0o400)
            one.temporary.rename(target)

    def _synchronise_folders(self) -> None:
        folders = {folder for digest in self._written for folder in self._place(digest).parents[:3]}
        for folder in folders:
            synchronise(folder)
