"""Errors of the disk as Dondoc's own, for all that is kept in files and folders."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from domain.errors import StoreFailed

FULL = (
    "the disk is full: make room; a daemon then goes on by itself, a command is to be given again; "
    "nothing recorded is lost"
)
RIGHTS = "give Dondoc's user the right to read and write the file and its folder"
DISK = "the disk reported an error: look at the system log and at the free space"
_IN_THE_WAY = "a file stands where a folder must be: move it, or configure another place"

_ADVICE: Mapping[int, str] = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "the file size limit of the process is reached: raise it, then start again",
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EROFS: "the file system is read-only: mount it writable",
}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn an error of the disk into ``StoreFailed``; ``place`` says in its text what is meant."""
    try:
        yield
    except OSError as error:
        raise of_disk(place, error) from error


def of_disk(place: str, error: OSError) -> StoreFailed:
    """Return the error for a file or folder that could not be read or written."""
    advice = _ADVICE.get(error.errno or 0, DISK)
    return StoreFailed(f"{place}: {error.strerror or type(error).__name__}; {advice}")
