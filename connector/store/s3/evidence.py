"""Evidence in a bucket: one object for each content, under the names that the folder store uses.

``sha256/ab/cd/abcd…`` and, for contents that share pieces, recipes in ``assembled/ab/abcd…``; so
a folder and a bucket can be copied into one another by any tool. An object appears whole or not at
all, and is replaced only where it was found damaged.
"""

import heapq
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from connector.store.disk_failures import translated
from connector.store.evidence_files import OwnFile, stored_in
from connector.store.held_batch import HeldBatch
from connector.store.recipe import assembled, recipe_of
from connector.store.s3.account import Account, Limits
from connector.store.s3.bucket import UPLOADS, Bucket, Found, side_by_side
from connector.store.s3.local_files import LocalFiles
from connector.store.stored_content import ABSENT, DAMAGED
from domain.assembled import Assembled, Piece, Shared, digest_of_pieces, joined
from domain.content import Content, Stored, pieces
from domain.errors import EvidenceMissing, InvariantViolation
from domain.ids import Digest, digest_of

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONTENTS, _RECIPES = "sha256/", "assembled/"
_LARGE = 16 * 1024 * 1024
"""Octets from which on a content goes in parts, so that what fails is a part."""


class S3Evidence:
    """Evidence in a bucket, which several processes on several machines may share.

    ``local`` is a folder for files on their way and for a bounded number of verified contents;
    without one nothing is kept. Nothing connects before its use. Every method raises
    ``StoreFailed`` when the store cannot be read or written, within the time of ``limits`` for
    each request.
    """

    def __init__(
        self, account: Account, *, local: Path | None = None, limits: Limits | None = None
    ) -> None:
        self._bucket = Bucket(account, limits or Limits())
        self._local = LocalFiles(local)
        self._shared: dict[Digest, str] = {}
        """Shared pieces that lie whole in the store, with the mark of their object."""

    def check(self) -> None:
        """Find out whether the store can be reached and lets us in."""
        self._bucket.check()

    def close(self) -> None:
        """Close all connections."""
        self._bucket.close()

    def put(self, content: bytes) -> Digest:
        """Store bytes durably before returning; storing them again changes nothing."""
        digest = digest_of(content)
        self._keep(_place(digest), content, digest)
        return digest

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content whose shared pieces are kept once; see ``EvidenceStore``."""
        for piece in pieces:
            if isinstance(piece, Shared):
                self._share(piece)
        digest, recipe = digest_of_pieces(pieces), recipe_of(pieces)
        self._keep(_recipe(digest), recipe, digest_of(recipe))
        return digest

    def get(self, digest: Digest) -> bytes:
        """Return the bytes, verified; raises ``EvidenceMissing`` when absent or damaged."""
        content = self._bucket.read(_found(digest))
        if content is None:
            content = joined(self._assembled(digest).pieces)
        if digest_of(content) != digest:
            raise EvidenceMissing(digest, DAMAGED)
        return content

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what ``write`` leaves in the stream that it is given; see ``EvidenceStore``."""
        with self._local.new() as (file, descriptor):
            with io.BufferedRandom(OwnFile(descriptor, self._local.place)) as stream:
                write(stream)
            with translated(self._local.place):
                stored = stored_in(descriptor)
            self._local.keep(file, stored, self._upload(descriptor, stored))
        return stored

    @contextmanager
    def together(self) -> Iterator["ObjectBatch"]:
        """Yield a store whose bytes are durable when the block ends; see ``EvidenceStore``."""
        batch = ObjectBatch(self)
        yield batch
        batch.keep()

    def content(self, digest: Digest) -> Content:
        """Return stored bytes to be read where they lie; see ``EvidenceStore``."""
        found = self._bucket.find(_found(digest))
        if found is None:
            # Asked with a body, so a store without the bucket is not taken for one without this.
            return self._assembled(digest)
        return ObjectContent(Stored(digest, found.size), self._open, found.mark)

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest; those added while it runs may be missed."""
        names = (self._digests_under(under) for under in (_CONTENTS, _RECIPES))
        yield from (digest for digest, _ in groupby(heapq.merge(*names)))

    def _digests_under(self, under: str) -> Iterator[Digest]:
        for key in self._bucket.keys(under):
            name = key.rpartition("/")[2]
            if _DIGEST.fullmatch(name):
                yield Digest(name)

    def _keep(self, key: str, content: bytes, digest: Digest) -> str:
        """Put an object unless it lies whole in its place, and return its mark."""
        mark = self._bucket.put_new(key, content)
        if mark is not None:
            return mark
        whole = self._whole(key, Stored(digest, len(content)))
        return whole.mark if whole else self._bucket.put(key, content)

    def _whole(self, key: str, stored: Stored) -> Found | None:
        """Return an object if it is there and holds what it must; a damaged one is put again."""
        found = self._bucket.find(key)
        if found is None or found.size != stored.size:
            return None
        return found if self._bucket.digest(key) == stored.digest else None

    def _upload(self, descriptor: int, stored: Stored) -> str:
        key = _place(stored.digest)

        def part(offset: int, octets: int) -> bytes:
            with translated(self._local.place):
                return os.pread(descriptor, octets, offset)

        if stored.size < _LARGE:
            return self._keep(key, part(0, _LARGE), stored.digest)
        # Asked first: a large content that is there already need not cross the network.
        found = self._whole(key, stored)
        return found.mark if found else self._bucket.put_parts(key, stored, part)

    def _share(self, piece: Shared) -> None:
        """Store a shared piece, unless it is known to lie whole in its place."""
        known = self._shared.get(piece.digest)
        if known is not None:
            found = self._bucket.find(_place(piece.digest))
            if found is not None and found.mark == known:
                return
        with piece.content.open() as stream:
            stored = self.receive(lambda into: into.writelines(pieces(stream)))
        if stored.digest != piece.digest:
            raise InvariantViolation(f"the shared piece {piece.digest} has other bytes")
        found = self._bucket.find(_place(piece.digest))
        if found is not None:
            self._shared[piece.digest] = found.mark

    def _assembled(self, digest: Digest) -> Assembled:
        recipe = self._bucket.read(_recipe(digest))
        if recipe is None:
            raise EvidenceMissing(digest, ABSENT)
        found = assembled(recipe, self._shared_content)
        if found is None:
            raise EvidenceMissing(digest, DAMAGED)
        return found

    def _shared_content(self, digest: Digest, size: int) -> "ObjectContent":
        return ObjectContent(Stored(digest, size), self._open, shared=True)

    def _open(self, content: "ObjectContent") -> BinaryIO:
        """Return a stream over a content: its kept file, or one that is fetched and verified."""
        stored, key = content.stored, _place(content.stored.digest)
        if content.mark is None:
            found = self._bucket.find(key)
            content.mark = found.mark if found else None
        if content.mark is not None:
            kept = self._local.find(stored, content.mark, shared=content.shared)
            if kept is not None:
                return kept
        content.mark, stream = self._fetched(key, stored)
        return stream

    def _fetched(self, key: str, stored: Stored) -> tuple[str, BinaryIO]:
        with self._local.new() as (file, descriptor):
            with io.BufferedRandom(OwnFile(descriptor, self._local.place)) as into:
                mark = self._bucket.copy(key, into)
            if mark is None:
                raise EvidenceMissing(stored.digest, ABSENT)
            with translated(self._local.place):
                if stored_in(descriptor) != stored:
                    raise EvidenceMissing(stored.digest, DAMAGED)
                stream = file.open("rb")
            self._local.keep(file, stored, mark)
        return mark, stream


@dataclass(slots=True)
class ObjectContent:
    """Evidence in a bucket, fetched and verified when it is opened.

    Opened again it is the file that was fetched: who has verified a letter before committing to
    send it must not find the store away when it is sent.
    """

    stored: Stored
    opener: Callable[["ObjectContent"], BinaryIO] = field(repr=False)
    mark: str | None = None
    """Which object it was found as, once it was looked for."""
    shared: bool = False
    """Whether it is a piece that many contents share, and is not verified again for each."""

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.stored.size

    def open(self) -> BinaryIO:
        """Return a stream over the bytes, verified before it is handed out."""
        return self.opener(self)


class ObjectBatch(HeldBatch):
    """A batch whose contents go to the store side by side."""

    def keep(self) -> None:
        """Put everything; what is not put when one fails, is harmless and may be put again."""
        side_by_side(self._store.put, list(self._held.values()), threads=UPLOADS)


def _found(digest: Digest) -> str:
    if not _DIGEST.fullmatch(digest):
        raise EvidenceMissing(digest, "this is no SHA-256 digest")
    return _place(digest)


def _place(digest: Digest) -> str:
    return f"{_CONTENTS}{digest[:2]}/{digest[2:4]}/{digest}"


def _recipe(digest: Digest) -> str:
    return f"{_RECIPES}{digest[:2]}/{digest}"
