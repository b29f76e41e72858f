"""Files of contents on their way to the store and back, and a bounded folder of verified ones."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from connector.store.disk_failures import translated
from connector.store.evidence_files import INCOMING, make_folder, new_file, remove_abandoned
from connector.store.stored_content import Sound, StoredContent
from domain.content import Stored
from domain.errors import EvidenceMissing, StoreFailed
from domain.ids import Digest, digest_of

MOST = 256 * 1024 * 1024
"""Octets of verified contents that are kept: a campaign's files and the last of the mail."""

_FREED = 4
"""What part of the folder becomes free when it is full, so that it is not listed each time."""


class LocalFiles:
    """Files below a folder, which is made where it is missing; several processes may share it.

    It may hold one content that is larger than ``most`` octets, and then holds no other. Without
    a folder nothing is kept, and what is on its way lies in the system's temporary folder.
    A kept content is found by its digest and by the ``mark`` of the object that it was read from,
    so one that was put anew in the store is read anew. Methods raise ``StoreFailed`` when the disk
    cannot be read or written.
    """

    def __init__(self, folder: Path | None, *, most: int = MOST) -> None:
        self.place = f"evidence on its way in {folder or tempfile.gettempdir()}"
        self._verified = folder / "verified" if folder else None
        self._incoming = folder / INCOMING if folder else Path(tempfile.gettempdir())
        self._most = most
        self._octets: int | None = None
        self._counting = Lock()
        self._sound = Sound()
        if self._verified:
            with translated(self.place):
                make_folder(self._verified)
                make_folder(self._incoming)
                for leftover in self._incoming.iterdir():
                    remove_abandoned(leftover)

    @contextmanager
    def new(self) -> Iterator[tuple[Path, int]]:
        """Yield a new file and its descriptor; it is removed afterwards unless it was kept."""
        with translated(self.place):
            made: AbstractContextManager[tuple[Path, int]] = new_file(self._incoming)
            file = made.__enter__()
        try:
            yield file
        finally:
            made.__exit__(None, None, None)

    def find(self, stored: Stored, mark: str, *, shared: bool) -> BinaryIO | None:
        """Open a kept content, None where it is not kept or cannot be read; it is verified again.

        One that many contents share is verified again only when its file was changed.
        """
        kept = self._kept(stored.digest, mark)
        if kept is None:
            return None
        sound = self._sound if shared else None
        try:
            return StoredContent(kept, stored.digest, stored.size, sound).open()
        except (EvidenceMissing, StoreFailed):
            # It is in the store as well; whoever ran a command as another user left it unreadable.
            with translated(self.place):
                kept.unlink(missing_ok=True)
            return None

    def keep(self, file: Path, stored: Stored, mark: str) -> None:
        """Keep the file of a content; the oldest ones make room, though never this one."""
        kept = self._kept(stored.digest, mark)
        if kept is None:
            return
        with translated(self.place), self._counting:
            file.rename(kept)
            before = self._sum() if self._octets is None else self._octets + stored.size
            self._octets = before if before <= self._most else self._trimmed(kept)

    def _kept(self, digest: Digest, mark: str) -> Path | None:
        return (
            self._verified / f"{digest}.{digest_of(mark.encode())[:16]}" if self._verified else None
        )

    def _sum(self) -> int:
        return sum(size for _, size, _ in self._listed())

    def _trimmed(self, new: Path) -> int:
        """Remove the oldest files until a part is free, and return the octets of the rest."""
        files = sorted(self._listed())
        octets = sum(size for _, size, _ in files)
        for _, size, path in files:
            if octets <= self._most - self._most // _FREED:
                break
            if path != new:
                path.unlink(missing_ok=True)
                octets -= size
        return octets

    def _listed(self) -> Iterator[tuple[int, int, Path]]:
        for path in self._verified.iterdir() if self._verified else ():
            # Another process may have made room meanwhile.
            with suppress(FileNotFoundError):
                found = os.stat(path)
                yield found.st_mtime_ns, found.st_size, path
