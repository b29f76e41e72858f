"""Evidence in a folder: one file for each content, named by the SHA-256 of its bytes.

``sha256/ab/cd/abcd…`` below the folder, written first in ``incoming/`` beside it and moved into
place when it is safely on disk. A file in place is whole, and is never changed.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.store.failures import translated
from domain.errors import EvidenceMissing
from domain.ids import Digest, digest_of

_DIGEST = re.compile(r"[0-9a-f]{64}")


class FolderEvidence:
    """Evidence below a folder, which is made where it is missing; several processes may share it.

    ``read_only`` makes and cleans nothing.

    Every method raises ``StoreFailed`` when the disk cannot be read or written.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._root = path
        self._contents = path / "sha256"
        self._incoming = path / "incoming"
        if read_only:
            return
        with translated(f"evidence {path}"):
            _make_folder(self._contents)
            _make_folder(self._incoming)
            for leftover in self._incoming.iterdir():
                _remove_abandoned(leftover)

    def put(self, content: bytes) -> Digest:
        """Store bytes durably before returning; storing them again changes nothing."""
        digest = digest_of(content)
        target = self._place(digest)
        with translated(f"evidence {self._root}"):
            _make_folder(target.parent)
            # A file that was damaged later on is mended by the same content.
            if not _holds(target, content):
                self._write(target, content)
            # Also for a file found in place: whoever moved it there may not have come this far.
            _synchronise(target.parent)
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified; raises ``EvidenceMissing`` when absent or damaged."""
        if not _DIGEST.fullmatch(digest):
            raise EvidenceMissing(digest, "this is no SHA-256 digest")
        with translated(f"evidence {self._root}"):
            try:
                content = self._place(digest).read_bytes()
            except FileNotFoundError:
                raise EvidenceMissing(digest, "no such bytes are stored") from None
        if digest_of(content) != digest:
            raise EvidenceMissing(digest, "the stored bytes are damaged; restore the file")
        return content

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest in order; those added while it runs may be missed."""
        with translated(f"evidence {self._root}"):
            for outer in sorted(self._contents.iterdir()):
                for inner in sorted(outer.iterdir()):
                    names = sorted(entry.name for entry in inner.iterdir())
                    yield from (Digest(name) for name in names if _DIGEST.fullmatch(name))

    def _place(self, digest: Digest) -> Path:
        return self._contents / digest[:2] / digest[2:4] / digest

    def _write(self, target: Path, content: bytes) -> None:
        with _new_file(self._incoming) as (temporary, descriptor):
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fchmod(descriptor, 0o400)
            os.fsync(descriptor)
            temporary.rename(target)


def _holds(target: Path, content: bytes) -> bool:
    try:
        # Comparing sizes first spares the reading of a file that cannot be the same.
        return target.stat().st_size == len(content) and target.read_bytes() == content
    except OSError:
        # A file that cannot be read is as good as none: writing anew says what is wrong.
        return False


@contextmanager
def _new_file(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield a new, locked file; whatever is still in the folder afterwards is removed."""
    temporary, descriptor = _locked_file(folder)
    try:
        yield temporary, descriptor
    finally:
        temporary.unlink(missing_ok=True)
        os.close(descriptor)


def _locked_file(folder: Path) -> tuple[Path, int]:
    while True:
        temporary = folder / secrets.token_hex(16)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A process that started between these two calls took the file for abandoned.
        if os.fstat(descriptor).st_nlink:
            return temporary, descriptor
        os.close(descriptor)


def _remove_abandoned(leftover: Path) -> None:
    """Remove a file unless the process that writes it is alive and so holds its lock."""
    try:
        descriptor = os.open(leftover, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink(missing_ok=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each durably: its entry is in the folder above."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _synchronise(folder.parent)


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
