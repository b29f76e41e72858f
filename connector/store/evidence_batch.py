"""Many contents stored together: each is written, all are made durable at once, then moved.

Making each file durable by itself took most of the time of taking in a full mailbox.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

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
from connector.store.held_batch import HeldBatch
from domain.content import Stored
from domain.ids import Digest
from domain.ports import EvidenceStore

_FILES = 200
"""Files that are open at one time; a process may have 1,024, and needs others."""


class EvidenceBatch(HeldBatch):
    """A batch below a folder; ``place`` says where a content belongs."""

    def __init__(self, store: EvidenceStore, root: Path, place: Callable[[Digest], Path]) -> None:
        super().__init__(store)
        self._root = root
        self._incoming = root / INCOMING
        self._place = place

    def keep(self) -> None:
        """Make everything durable, and then move it into place, so that no half file lies there."""
        with translated(f"evidence {self._root}"):
            digests = iter(list(self._held))
            while some := list(islice(digests, _FILES)):
                self._keep(some)

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
