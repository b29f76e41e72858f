"""Files and folders of the evidence: made whole, made durable, never half there."""

import ctypes
import errno
import fcntl
import hashlib
import io
import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from connector.store.disk_failures import translated
from domain.content import Stored
from domain.ids import Digest

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

INCOMING = "incoming"
"""Folder beside the contents in which they are written."""

_SYNCFS_TELLS = (5, 8)
"""Linux from which on syncfs(2) says when something could not be written."""


def stored_in(descriptor: int) -> Stored:
    """Return the digest and size of what an open file holds."""
    with open(os.dup(descriptor), "rb") as written:
        written.seek(0)
        digest = hashlib.file_digest(written, "sha256").hexdigest()
        return Stored(Digest(digest), os.fstat(descriptor).st_size)


def move(temporary: Path, descriptor: int, target: Path) -> None:
    """Move a written file to where it belongs, for its owner to read only; its folder is made."""
    make_folder(target.parent)
    os.fchmod(descriptor, 0o400)
    os.fsync(descriptor)
    temporary.rename(target)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of some bytes, however few one call takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def holds(target: Path, stored: Stored) -> bool:
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
def new_file(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield a new, locked file; whatever is still in the folder afterwards is removed."""
    temporary, descriptor = locked_file(folder)
    try:
        yield temporary, descriptor
    finally:
        temporary.unlink(missing_ok=True)
        os.close(descriptor)


def locked_file(folder: Path) -> tuple[Path, int]:
    """Return a new file, open and locked as long as it is open."""
    while True:
        temporary = folder / secrets.token_hex(16)
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A process that started between these two calls took the file for abandoned.
        if os.fstat(descriptor).st_nlink:
            return temporary, descriptor
        os.close(descriptor)


def remove_abandoned(leftover: Path) -> None:
    """Remove a file unless the process that writes it is alive and so holds its lock."""
    try:
        descriptor = _opened_for_lock(leftover)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink(missing_ok=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


def _opened_for_lock(file: Path) -> int:
    # Where locks are those of fcntl(2), as on NFS, an exclusive one wants the right to write, which
    # a file has lost that was to be moved next (flock(2), "NFS details").
    try:
        return os.open(file, os.O_RDWR)
    except PermissionError:
        file.chmod(0o600)
        return os.open(file, os.O_RDWR)


class OwnFile(io.FileIO):
    """A file whose errors name the store: whoever writes must not take them for the network's.

    It has a descriptor of its own; closing it leaves the given one open.
    """

    def __init__(self, descriptor: int, place: str) -> None:
        super().__init__(os.dup(descriptor), "r+b")
        self._place = place

    def write(self, content: "ReadableBuffer", /) -> int:
        with translated(self._place):
            return super().write(content)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each durably: its entry is in the folder above."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    synchronise(folder.parent)


def synchronise(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it; ``synchronise_all`` makes them durable."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@cache
def _has_syncfs() -> bool:
    release = re.match(r"(\d+)\.(\d+)", platform.release())
    new = release is not None and (int(release[1]), int(release[2])) >= _SYNCFS_TELLS
    return platform.system() == "Linux" and new and hasattr(ctypes.CDLL(None), "syncfs")


def synchronise_all(folder: Path) -> bool:
    """Make everything on the disk of a folder durable in one call, where the system has one.

    False where it has none, does not permit it, or would not say that it failed.
    """
    if not _has_syncfs():
        return False
    call = ctypes.CDLL(None, use_errno=True).syncfs
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if call(descriptor) == 0:
            return True
        number = ctypes.get_errno()
        if number in (errno.ENOSYS, errno.EPERM):
            return False
        raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
