"""The one place where errors of the database and of the disk become Dondoc's own.

Texts never hold statement parameters: those are letters and addresses.
"""

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from connector.store.schema import violated
from domain.errors import (
    Conflict,
    DondocError,
    DuplicateEvent,
    InvariantViolation,
    StoreFailed,
)
from domain.facts import Event

_FULL = "the disk is full: make room, then start again; nothing recorded is lost"
_DAMAGED = "it is damaged or no ledger: stop Dondoc and restore the file from a backup"
_RIGHTS = "give Dondoc's user the right to read and write the file and its folder"
_DISK = "the disk reported an error: look at the system log and at the free space"
_UNKNOWN = "this was not expected: look at the system log, and report this text if it stays"
_IN_THE_WAY = "a file stands where a folder must be: move it, or configure another place"
_HELD = "another process holds it: try again, or end the command that runs on it"

# Primary result codes of SQLite, sqlite.org/rescode.html; an extended code's low byte is its
# primary code.
_ADVICE: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_IOERR: _DISK,
}
_NOT_FITTING = (IntegrityError, sqlite3.IntegrityError)
"""What SQLAlchemy makes of it, and what a statement raises that runs at the driver."""

_HELD_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_ERRNO_ADVICE: Mapping[int, str] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "the file size limit of the process is reached: raise it, then start again",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EEXIST: _IN_THE_WAY,
    errno.ENOTDIR: _IN_THE_WAY,
    errno.EROFS: "the file system is read-only: mount it writable",
}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn an error of the database or the disk into ``StoreFailed`` or ``Conflict``.

    A row that does not fit its table is our bug, ``InvariantViolation``. ``place`` says in the
    error's text which store is meant.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _of_database(place, error) from error
    except OSError as error:
        raise of_disk(place, error) from error


@contextmanager
def duplicates(event: Event) -> Iterator[None]:
    """Turn the violation of a named unique constraint into ``DuplicateEvent`` for this event."""
    try:
        yield
    except _NOT_FITTING as error:
        if violated(error) is None:
            raise
        raise DuplicateEvent(event.source, event.source_key) from error


def of_disk(place: str, error: OSError) -> StoreFailed:
    """Return the error for a file or folder that could not be read or written."""
    advice = _ERRNO_ADVICE.get(error.errno or 0, _DISK)
    return StoreFailed(f"{place}: {error.strerror or type(error).__name__}; {advice}")


def _of_database(place: str, error: SQLAlchemyError | sqlite3.Error) -> DondocError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
    if code in _HELD_CODES:
        return Conflict(f"ledger {place} is locked; {_HELD}")
    what = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
    if isinstance(error, _NOT_FITTING):
        return InvariantViolation(f"ledger {place} refuses what does not fit its tables: {what}")
    return StoreFailed(f"ledger {place}: {what}; {_ADVICE.get(code, _UNKNOWN)}")
