"""Evidence in a folder: one file for each content, named by the SHA-256 of its bytes.

``sha256/ab/cd/abcd…`` below the folder, written first in ``incoming/`` beside it and moved into
place when it is safely on disk. A file in place is whole, and is never changed. A content that
shares pieces with others lies in ``assembled/ab/abcd…`` as a recipe, its shared pieces in
``sha256/``.
"""

import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from connector.store.disk_failures import translated
from connector.store.evidence_batch import EvidenceBatch
from connector.store.evidence_files import (
    INCOMING,
    OwnFile,
    holds,
    locked_file,
    make_folder,
    move,
    new_file,
    remove_abandoned,
    stored_in,
    synchronise,
    write_all,
)
from connector.store.recipe import assembled, recipe_of
from connector.store.stored_content import ABSENT, DAMAGED, Sound, StoredContent, opened_file
from domain.assembled import Assembled, Piece, Shared, digest_of_pieces, joined
from domain.content import Content, Stored, whole
from domain.errors import EvidenceMissing, InvariantViolation
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
        self._recipes = path / "assembled"
        self._incoming = path / INCOMING
        self._sound = Sound()
        if read_only:
            return
        with translated(f"evidence {path}"):
            make_folder(self._contents)
            make_folder(self._recipes)
            make_folder(self._incoming)
            for leftover in self._incoming.iterdir():
                remove_abandoned(leftover)

    def put(self, content: bytes) -> Digest:
        """Store bytes durably before returning; storing them again changes nothing."""
        stored = Stored(digest_of(content), len(content))
        with self._named_errors():
            if not holds(self._place(stored.digest), stored):
                with new_file(self._incoming) as (temporary, descriptor):
                    write_all(descriptor, content)
                    self._keep(temporary, descriptor, stored)
            # Also for a file found in place: whoever moved it there may not have come this far.
            synchronise(self._place(stored.digest).parent)
        return stored.digest

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content whose shared pieces are kept once; see ``EvidenceStore``."""
        for piece in pieces:
            if isinstance(piece, Shared):
                self._share(piece)
        digest, recipe = digest_of_pieces(pieces), recipe_of(pieces)
        target = self._recipe(digest)
        with self._named_errors():
            if not holds(target, Stored(digest_of(recipe), len(recipe))):
                with new_file(self._incoming) as (temporary, descriptor):
                    write_all(descriptor, recipe)
                    move(temporary, descriptor, target)
            synchronise(target.parent)
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified; raises ``EvidenceMissing`` when absent or damaged."""
        place = self._found(digest)
        with self._named_errors():
            try:
                content = _octets(place)
            except FileNotFoundError:
                content = joined(self._assembled(digest).pieces)
        if content is None or digest_of(content) != digest:
            raise EvidenceMissing(digest, DAMAGED)
        return content

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in the stream that it is given; see ``EvidenceStore``."""
        with self._named_errors():
            temporary, descriptor = locked_file(self._incoming)
        try:
            with io.BufferedRandom(OwnFile(descriptor, f"evidence {self._root}")) as stream:
                write(stream)
            with self._named_errors():
                stored = stored_in(descriptor)
                self._keep(temporary, descriptor, stored)
        finally:
            temporary.unlink(missing_ok=True)
            os.close(descriptor)
        return stored

    @contextmanager
    def together(self) -> Iterator[EvidenceBatch]:
        """Yield a store whose bytes are durable when the block ends; see ``EvidenceStore``."""
        batch = EvidenceBatch(self, self._root, self._place)
        yield batch
        batch.keep()

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
            recipe = _octets(self._recipe(digest))
        except FileNotFoundError:
            raise EvidenceMissing(digest, ABSENT) from None
        found = assembled(recipe, self._shared_content) if recipe is not None else None
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
        return self._contents.joinpath(digest[:2], digest[2:4], digest)

    def _recipe(self, digest: Digest) -> Path:
        return self._recipes.joinpath(digest[:2], digest)

    def _keep(self, temporary: Path, descriptor: int, stored: Stored) -> None:
        """Move a written file into place; a whole one that is there already stays."""
        target = self._place(stored.digest)
        if not holds(target, stored):
            move(temporary, descriptor, target)
        synchronise(target.parent)


def _octets(file: Path) -> bytes | None:
    """Return what a file holds; None for what is no file. Raises ``OSError``."""
    stream = opened_file(file)
    if stream is None:
        return None
    with stream:
        return stream.read()


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _digests_in(folder: Path) -> Iterator[Digest]:
    return (Digest(entry.name) for entry in _sorted(folder) if _DIGEST.fullmatch(entry.name))
