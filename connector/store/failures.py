"""The one place where errors of the database become Dondoc's own; see also ``disk_failures``.

Texts never hold statement parameters: those are letters and addresses.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from connector.store.disk_failures import DISK, FULL, RIGHTS, of_disk
from connector.store.schema import violated
from domain.errors import (
    Conflict,
    DondocError,
    DuplicateEvent,
    InvariantViolation,
    StoreFailed,
)
from domain.facts import Event

_DAMAGED = "it is damaged or no ledger: stop Dondoc and restore the file from a backup"
_UNKNOWN = "this was not expected: look at the system log, and report this text if it stays"
_HELD = "another process holds it: try again, or end the command that runs on it"

# Primary result codes of SQLite, sqlite.org/rescode.html; an extended code's low byte is its
# primary code.
_ADVICE: Mapping[int, str] = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_READONLY: RIGHTS,
    sqlite3.SQLITE_PERM: RIGHTS,
    sqlite3.SQLITE_CANTOPEN: RIGHTS,
    sqlite3.SQLITE_IOERR: DISK,
}
_NOT_FITTING = (IntegrityError, sqlite3.IntegrityError)
"""What SQLAlchemy makes of it, and what a statement raises that runs at the driver."""

_HELD_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


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


def _of_database(place: str, error: SQLAlchemyError | sqlite3.Error) -> DondocError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
    if code in _HELD_CODES:
        return Conflict(f"ledger {place} is locked; {_HELD}")
    what = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
    if isinstance(error, _NOT_FITTING):
        return InvariantViolation(f"ledger {place} refuses what does not fit its tables: {what}")
    return StoreFailed(f"ledger {place}: {what}; {_ADVICE.get(code, _UNKNOWN)}")
