"""Evidence that is read where it lies: one file, verified before it is handed out."""

import hashlib
import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from connector.store.disk_failures import translated
from domain.errors import EvidenceMissing
from domain.ids import Digest

ABSENT = "no such bytes are stored"
DAMAGED = "the stored bytes are damaged; restore the file"

_MOST_SOUND = 1000


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Evidence that is read where it lies."""

    path: Path
    digest: Digest
    size: int
    sound: "Sound | None" = None
    """Where a file that many contents share is not verified again for each of them."""

    def open(self) -> BinaryIO:
        """Return a stream over the bytes, verified before it is handed out."""
        with translated(f"evidence {self.path.name}"):
            try:
                stream = opened_file(self.path)
            except FileNotFoundError:
                raise EvidenceMissing(self.digest, ABSENT) from None
            if stream is None:
                raise EvidenceMissing(self.digest, DAMAGED)
            with ExitStack() as closing:
                closing.callback(stream.close)
                self._verify(stream)
                closing.pop_all()
        return stream

    def _verify(self, stream: BufferedReader) -> None:
        if self.sound is not None and self.sound.knows(self.path, self.digest):
            return
        if hashlib.file_digest(stream, "sha256").hexdigest() != self.digest:
            raise EvidenceMissing(self.digest, DAMAGED)
        stream.seek(0)
        if self.sound is not None:
            self.sound.note(self.path, self.digest)


def opened_file(path: Path) -> BufferedReader | None:
    """Open a file; None for what is none, such as a pipe, which would be waited for without end.

    Raises ``OSError``.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return open(descriptor, "rb")


class Sound:
    """Files that this process has verified and that nobody has touched since."""

    def __init__(self) -> None:
        self._seen: dict[Digest, tuple[int, ...]] = {}

    def knows(self, path: Path, digest: Digest) -> bool:
        """Tell whether a file is the one that was verified, as its inode, size and times say."""
        try:
            return self._seen.get(digest) == _signature(path)
        except FileNotFoundError:
            return False

    def note(self, path: Path, digest: Digest) -> None:
        """Remember that a file was verified."""
        if len(self._seen) >= _MOST_SOUND:
            self._seen.clear()
        self._seen[digest] = _signature(path)


def _signature(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
