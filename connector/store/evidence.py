"""Evidence in a folder: one file for each content, named by the SHA-256 of its bytes.

``sha256/ab/cd/abcd…`` below the folder, written first in ``incoming/`` beside it and moved into
place when it is safely on disk. A file in place is whole, and is never changed.
"""

import fcntl
import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from connector.store.failures import translated
from domain.content import Stored
from domain.errors import EvidenceMissing
from domain.ids import Digest, digest_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ABSENT = "no such bytes are stored"
_DAMAGED = "the stored bytes are damaged; restore the file"


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
        stored = Stored(digest_of(content), len(content))
        with self._named_errors():
            if not _holds(self._place(stored.digest), stored):
                with _new_file(self._incoming) as (temporary, descriptor):
                    _write(descriptor, content)
                    self._keep(temporary, descriptor, stored)
            # Also for a file found in place: whoever moved it there may not have come this far.
            _synchronise(self._place(stored.digest).parent)
        return stored.digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified; raises ``EvidenceMissing`` when absent or damaged."""
        place = self._found(digest)
        with self._named_errors():
            try:
                content = place.read_bytes()
            except FileNotFoundError:
                raise EvidenceMissing(digest, _ABSENT) from None
        if digest_of(content) != digest:
            raise EvidenceMissing(digest, _DAMAGED)
        return content

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in the stream that it is given; see ``EvidenceStore``."""
        with self._named_errors():
            temporary, descriptor = _locked_file(self._incoming)
        try:
            with io.BufferedRandom(_Raw(descriptor, self._root)) as stream:
                write(stream)
            with self._named_errors():
                stored = _stored(descriptor)
                self._keep(temporary, descriptor, stored)
        finally:
            temporary.unlink(missing_ok=True)
            os.close(descriptor)
        return stored

    def content(self, digest: Digest) -> "StoredContent":
        """Return stored bytes to be read where they lie; see ``EvidenceStore``."""
        place = self._found(digest)
        with self._named_errors():
            try:
                return StoredContent(place, digest, place.stat().st_size)
            except FileNotFoundError:
                raise EvidenceMissing(digest, _ABSENT) from None

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest in order; those added while it runs may be missed."""
        with translated(f"evidence {self._root}"):
            for outer in sorted(self._contents.iterdir()):
                for inner in sorted(outer.iterdir()):
                    names = sorted(entry.name for entry in inner.iterdir())
                    yield from (Digest(name) for name in names if _DIGEST.fullmatch(name))

    def _named_errors(self) -> AbstractContextManager[None]:
        return translated(f"evidence {self._root}")

    def _found(self, digest: Digest) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise EvidenceMissing(digest, "this is no SHA-256 digest")
        return self._place(digest)

    def _place(self, digest: Digest) -> Path:
        return self._contents / digest[:2] / digest[2:4] / digest

    def _keep(self, temporary: Path, descriptor: int, stored: Stored) -> None:
        """Move a written file into place; a whole one that is there already stays."""
        target = self._place(stored.digest)
        _make_folder(target.parent)
        if not _holds(target, stored):
            os.fchmod(descriptor, 0o400)
            os.fsync(descriptor)
            temporary.rename(target)
        _synchronise(target.parent)


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Evidence that is read where it lies."""

    path: Path
    digest: Digest
    size: int

    def open(self) -> BinaryIO:
        """Return a stream over the bytes, verified before it is handed out."""
        with translated(f"evidence {self.path.name}"):
            try:
                stream = self.path.open("rb")
            except FileNotFoundError:
                raise EvidenceMissing(self.digest, _ABSENT) from None
            with ExitStack() as closing:
                closing.callback(stream.close)
                if hashlib.file_digest(stream, "sha256").hexdigest() != self.digest:
                    raise EvidenceMissing(self.digest, _DAMAGED)
                stream.seek(0)
                closing.pop_all()
        return stream


class _Raw(io.FileIO):
    """A file whose errors name the store: whoever writes must not take them for the network's."""

    def __init__(self, descriptor: int, root: Path) -> None:
        super().__init__(os.dup(descriptor), "r+b")
        self._root = root

    def write(self, content: "ReadableBuffer", /) -> int:
        with translated(f"evidence {self._root}"):
            return super().write(content)


def _stored(descriptor: int) -> Stored:
    with open(os.dup(descriptor), "rb") as written:
        written.seek(0)
        digest = hashlib.file_digest(written, "sha256").hexdigest()
        return Stored(Digest(digest), os.fstat(descriptor).st_size)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _holds(target: Path, stored: Stored) -> bool:
    """Tell whether a content lies whole in its place; putting it again mends a damaged one."""
    try:
        # Comparing sizes first spares the reading of a file that cannot be the same.
        if target.stat().st_size != stored.size:
            return False
        with target.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == stored.digest
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
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
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
