"""Evidence in a folder: one file for each content, named by the SHA-256 of its bytes.

``sha256/ab/cd/abcd…`` below the folder, written first in ``incoming/`` beside it and moved into
place when it is safely on disk. A file in place is whole, and is never changed. A content that
shares pieces with others lies in ``assembled/ab/abcd…`` as a recipe, its shared pieces in
``sha256/``.
"""

import fcntl
import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from connector.store.failures import translated
from connector.store.recipe import assembled, recipe_of
from connector.store.stored_content import ABSENT, DAMAGED, Sound, StoredContent
from domain.assembled import Assembled, Piece, Shared, digest_of_pieces, joined
from domain.content import Content, Stored, whole
from domain.errors import EvidenceMissing, InvariantViolation
from domain.ids import Digest, digest_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_DIGEST = re.compile(r"[0-9a-f]{64}")


class FolderEvidence:
    """Evidence below a folder, which is made where it is missing; several processes may share it.

    ``read_only`` makes and cleans nothing.

    Every method raises ``StoreFailed`` when the disk cannot be read or written.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._root = path
        self._contents = path / "sha256"
        self._recipes = path / "assembled"
        self._incoming = path / "incoming"
        self._sound = Sound()
        if read_only:
            return
        with translated(f"evidence {path}"):
            _make_folder(self._contents)
            _make_folder(self._recipes)
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

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content whose shared pieces are kept once; see ``EvidenceStore``."""
        for piece in pieces:
            if isinstance(piece, Shared):
                self._share(piece)
        digest, recipe = digest_of_pieces(pieces), recipe_of(pieces)
        target = self._recipe(digest)
        with self._named_errors():
            if not _holds(target, Stored(digest_of(recipe), len(recipe))):
                with _new_file(self._incoming) as (temporary, descriptor):
                    _write(descriptor, recipe)
                    _move(temporary, descriptor, target)
            _synchronise(target.parent)
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified; raises ``EvidenceMissing`` when absent or damaged."""
        place = self._found(digest)
        with self._named_errors():
            try:
                content = place.read_bytes()
            except FileNotFoundError:
                content = joined(self._assembled(digest).pieces)
        if digest_of(content) != digest:
            raise EvidenceMissing(digest, DAMAGED)
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

    def content(self, digest: Digest) -> StoredContent | Assembled:
        """Return stored bytes to be read where they lie; see ``EvidenceStore``."""
        place = self._found(digest)
        with self._named_errors():
            try:
                return StoredContent(place, digest, place.stat().st_size)
            except FileNotFoundError:
                return self._assembled(digest)

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest; those added while it runs may be missed."""
        with translated(f"evidence {self._root}"):
            for outer in _sorted(self._contents):
                for inner in _sorted(outer):
                    yield from _digests_in(inner)
            for folder in _sorted(self._recipes) if self._recipes.is_dir() else ():
                yield from (d for d in _digests_in(folder) if not self._place(d).exists())

    def _share(self, piece: Shared) -> None:
        """Store a shared piece, unless it is known to lie whole in its place."""
        with self._named_errors():
            if self._sound.knows(self._place(piece.digest), piece.digest):
                return
        if self.put(whole(piece.content)) != piece.digest:
            raise InvariantViolation(f"the shared piece {piece.digest} has other bytes")
        with self._named_errors():
            self._sound.note(self._place(piece.digest), piece.digest)

    def _assembled(self, digest: Digest) -> Assembled:
        try:
            recipe = self._recipe(digest).read_bytes()
        except FileNotFoundError:
            raise EvidenceMissing(digest, ABSENT) from None
        found = assembled(recipe, self._shared_content)
        if found is None:
            raise EvidenceMissing(digest, DAMAGED)
        return found

    def _shared_content(self, digest: Digest, size: int) -> Content:
        return StoredContent(self._place(digest), digest, size, self._sound)

    def _named_errors(self) -> AbstractContextManager[None]:
        return translated(f"evidence {self._root}")

    def _found(self, digest: Digest) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise EvidenceMissing(digest, "this is no SHA-256 digest")
        return self._place(digest)

    def _place(self, digest: Digest) -> Path:
        return self._contents / digest[:2] / digest[2:4] / digest

    def _recipe(self, digest: Digest) -> Path:
        return self._recipes / digest[:2] / digest

    def _keep(self, temporary: Path, descriptor: int, stored: Stored) -> None:
        """Move a written file into place; a whole one that is there already stays."""
        target = self._place(stored.digest)
        if not _holds(target, stored):
            _move(temporary, descriptor, target)
        _synchronise(target.parent)


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _digests_in(folder: Path) -> Iterator[Digest]:
    return (Digest(entry.name) for entry in _sorted(folder) if _DIGEST.fullmatch(entry.name))


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


def _move(temporary: Path, descriptor: int, target: Path) -> None:
    """Move a written file to where it belongs, for its owner to read only; its folder is made."""
    _make_folder(target.parent)
    os.fchmod(descriptor, 0o400)
    os.fsync(descriptor)
    temporary.rename(target)


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
