"""The journal of a watched folder: which document was put where, so that it is found again.

A line is written before its document moves, so that no stop in between leaves a document without
one; what a line says is believed only of files that are there and have the document's content.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.eoffice.folder_contents import doc_id_of
from connector.eoffice.folder_look import PLACES, is_name, opened
from domain.content import pieces

JOURNAL = ".dondoc-journal.jsonl"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one settled document lies: the names below the watched folder, the sheet first."""

    place: str
    has_sheet: bool
    files: tuple[tuple[str, ...], ...]


class Journal:
    """The journal of the watched folder ``root``; every method raises ``OSError``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def note(self, doc_id: str, kept: Kept) -> None:
        """Write down where a document is about to be put, unless that is the last word on it."""
        if self.last(doc_id) == kept:
            return
        entry = {
            "doc_id": doc_id,
            "place": kept.place,
            "sheet": kept.has_sheet,
            "files": kept.files,
        }
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._root / JOURNAL, flags, 0o666), "ab", buffering=0) as journal:
            line = json.dumps(entry).encode() + b"\n"
            if _is_torn(journal.fileno()):
                line = b"\n" + line
            if journal.write(line) != len(line):
                # What was written has no end, so that nobody reads it.
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), JOURNAL)

    def last(self, doc_id: str) -> Kept | None:
        """Return what the last line about a document says, whether or not it came true."""
        return next(reversed(self._about(doc_id)), None)

    def find(self, doc_id: str) -> Kept | None:
        """Return where a settled document lies, by the last line that is true."""
        for kept in reversed(self._about(doc_id)):
            if self.is_content(doc_id, kept.files, has_sheet=kept.has_sheet):
                return kept
        return None

    def halves(self) -> list[tuple[str, Kept]]:
        """Return the documents whose sheet was put where the journal says and other files not."""
        last = dict(self._lines())
        return [
            (doc_id, kept)
            for doc_id, kept in last.items()
            if kept.has_sheet
            and self._root.joinpath(*kept.files[0]).exists()
            and not all(self._root.joinpath(*parts).exists() for parts in kept.files)
        ]

    def is_content(self, doc_id: str, files: Sequence[tuple[str, ...]], *, has_sheet: bool) -> bool:
        """Tell whether files are there and are the content that a document is named by."""
        try:
            digests = [self._digest(parts) for parts in files]
        except OSError:
            return False
        return doc_id == doc_id_of(digests, [parts[-1] for parts in files], has_sheet=has_sheet)

    def _about(self, doc_id: str) -> list[Kept]:
        return [kept for named, kept in self._lines(doc_id) if named == doc_id]

    def _lines(self, having: str = "") -> Iterator[tuple[str, Kept]]:
        """Yield what sound lines say; all, or at least those that have a text in them."""
        try:
            journal = opened(self._root, (JOURNAL,))
        except FileNotFoundError:
            return
        with journal:
            for line in journal:
                found = _read(line) if having.encode() in line else None
                if found is not None:
                    yield found

    def _digest(self, parts: tuple[str, ...]) -> str:
        digest = hashlib.sha256()
        with opened(self._root, parts) as stream:
            for piece in pieces(stream):
                digest.update(piece)
        return digest.hexdigest()


def _is_torn(journal: int) -> bool:
    """Tell whether the last line has no end: the disk was full, or the program was killed."""
    size = os.fstat(journal).st_size
    return bool(size) and os.pread(journal, 1, size - 1) != b"\n"


def _read(line: bytes) -> tuple[str, Kept] | None:
    """Read one line; whoever may write to the folder may have changed it."""
    try:
        entry = json.loads(line)
        doc_id = str(entry["doc_id"])
        kept = Kept(
            str(entry["place"]),
            bool(entry["sheet"]),
            tuple(tuple(str(part) for part in parts) for parts in entry["files"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = kept.place in PLACES and all(
        len(parts) in (2, 3) and parts[0] == kept.place and all(is_name(part) for part in parts)
        for parts in kept.files
    )
    return (doc_id, kept) if sound and kept.files else None
