"""What the files of a watched folder contain, read once for each state of a file."""

import errno
import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from connector.eoffice.folder_look import Seen, opened, seen, shown
from connector.eoffice.folder_sheet import SHEET_LIMIT, named_files
from domain.content import pieces

# A program that copies may give the file its full size first: until it is done the end is zeros.
_END = 4 * 1024
_BEGINNING = 64 * 1024
# Stands in every status message and in no document (QCVN 102:2016).
_STATUS = re.compile(rb"<(?:[\w.-]+:)?StatusCode[\s/>]")
_BUSY = frozenset({errno.EAGAIN, errno.EACCES, errno.EBUSY, errno.ETXTBSY})


T = TypeVar("T")


class Changed(Exception):
    """The file is another than the one that was seen."""


class Locked(Exception):
    """Another program holds the file."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One file's content: its SHA-256 and what can be told without reading XML."""

    digest: str
    is_status: bool
    ends_in_zeros: bool
    ends_as_xml: bool


class Contents:
    """Contents of files below ``root``, remembered as long as the files are there unchanged."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._facts: dict[Seen, Facts] = {}
        self._names: dict[Seen, tuple[str, ...]] = {}

    def forget_all_but(self, files: Iterable[Seen]) -> None:
        """Forget files that are there no more."""
        there = set(files)
        self._facts = {file: facts for file, facts in self._facts.items() if file in there}
        self._names = {file: names for file, names in self._names.items() if file in there}

    def facts(self, file: Seen) -> Facts:
        """Return what is known of a file; raises ``Changed``, ``Locked`` and ``OSError``."""
        known = self._facts.get(file)
        if known is None:
            known = self._facts[file] = self.read(file, _facts)
        return known

    def names(self, sheet: Seen) -> tuple[str, ...]:
        """Return the files that a sheet names; errors as for ``facts``."""
        known = self._names.get(sheet)
        if known is None:
            known = self._names[sheet] = self.read(sheet, _named)
        return known

    def read(self, file: Seen, act: Callable[[BinaryIO], T]) -> T:
        """Return what ``act`` makes of a file that is unchanged before and after."""
        with opened(self._root, file.parts) as stream:
            _check(file, stream)
            _try_lock(stream)
            result = act(stream)
            _check(file, stream)
        return result


def doc_id_of(digests: Sequence[str], names: Sequence[str], *, has_sheet: bool) -> str:
    """Return what names a document: by the content of its files, the sheet first, and their names.

    The same export copied again is the same packet, and another content is another.
    """
    if not has_sheet:
        return digests[0]
    named = zip(digests[1:], names[1:], strict=True)
    whole = [digests[0], *(f"{digest} {shown(name)}" for digest, name in named)]
    return hashlib.sha256("\n".join(whole).encode()).hexdigest()


def _check(file: Seen, stream: BinaryIO) -> None:
    if seen(file.parts, os.fstat(stream.fileno())) != file:
        raise Changed(file.name)


def _try_lock(stream: BinaryIO) -> None:
    """Raise ``Locked`` when a program has locked the file for writing; nothing stays locked."""
    for lock in (fcntl.flock, fcntl.lockf):
        try:
            lock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            lock(stream.fileno(), fcntl.LOCK_UN)
        except OSError as error:
            # Some file systems know no locks.
            if error.errno in _BUSY:
                raise Locked from error


def _named(stream: BinaryIO) -> tuple[str, ...]:
    return named_files(stream.read(SHEET_LIMIT))


def _facts(stream: BinaryIO) -> Facts:
    digest = hashlib.sha256()
    beginning = end = b""
    for piece in pieces(stream):
        beginning = beginning or piece[:_BEGINNING]
        end = (end + piece[-_END:])[-_END:]
        digest.update(piece)
    # Letters of UTF-16 are half zeros; in UTF-8 zeros are the end of an unfinished file.
    blanks = b" \t\r\n\0" if b"\0" in beginning[:4] else b" \t\r\n"
    return Facts(
        digest=digest.hexdigest(),
        is_status=_STATUS.search(beginning) is not None,
        ends_in_zeros=bool(end) and not end.strip(b"\0"),
        ends_as_xml=end.rstrip(blanks).endswith(b">"),
    )
