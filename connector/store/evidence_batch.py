"""Many contents stored together: each is written, all are made durable at once, then moved.

Making each file durable by itself took most of the time of taking in a full mailbox.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from connector.store.disk_failures import translated
from connector.store.evidence_files import (
    INCOMING,
    holds,
    locked_file,
    make_folders,
    synchronise,
    synchronise_all,
    write_all,
)
from domain.assembled import Piece
from domain.content import Content, Inline, Stored
from domain.ids import Digest, digest_of
from domain.ports import EvidenceStore

_FILES = 200
"""Files that are open at one time; a process may have 1,024, and needs others."""


class EvidenceBatch:
    """Evidence whose contents become durable when ``keep`` is called.

    What it was given is held in memory until then, so a batch must be small.
    """

    def __init__(self, store: EvidenceStore, root: Path, place: Callable[[Digest], Path]) -> None:
        self._store = store
        self._root = root
        self._incoming = root / INCOMING
        self._place = place
        self._held: dict[Digest, bytes] = {}

    def put(self, content: bytes) -> Digest:
        """Take bytes that are durable once the batch is kept."""
        digest = digest_of(content)
        self._held[digest] = content
        return digest

    def keep(self) -> None:
        """Make everything durable, and then move it into place, so that no half file lies there."""
        with translated(f"evidence {self._root}"):
            digests = iter(list(self._held))
            while some := list(islice(digests, _FILES)):
                self._keep(some)

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

    def together(self) -> "AbstractContextManager[EvidenceBatch]":
        """Return itself: a batch within a batch is part of it."""
        return nullcontext(self)

    def digests(self) -> Iterator[Digest]:
        """Yield every digest that was stored before the batch."""
        yield from self._store.digests()

    def _keep(self, digests: Sequence[Digest]) -> None:
        written: dict[Digest, tuple[Path, int]] = {}
        targets = {digest: self._place(digest) for digest in digests}
        try:
            for target in targets.values():
                make_folders(target.parent)
            for digest in digests:
                written[digest] = temporary, descriptor = locked_file(self._incoming)
                write_all(descriptor, self._held[digest])
            if not synchronise_all(self._incoming):
                self._synchronise_folders(targets.values())
                for _, descriptor in written.values():
                    os.fsync(descriptor)
            for digest, (temporary, descriptor) in written.items():
                if not holds(targets[digest], Stored(digest, len(self._held[digest]))):
                    os.fchmod(descriptor, 0o400)
                    temporary.rename(targets[digest])
            if not synchronise_all(self._incoming):
                self._synchronise_folders(targets.values())
        finally:
            for temporary, descriptor in written.values():
                temporary.unlink(missing_ok=True)
                os.close(descriptor)

    def _synchronise_folders(self, targets: Iterable[Path]) -> None:
        for folder in {folder for target in targets for folder in target.parents[:3]}:
            synchronise(folder)
