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
_AWAY = (
    "the database server cannot be reached, or lets nobody in: look at the server, at "
    "store.database and its password; Dondoc tries again"
)
_GRANT = "give Dondoc's database user the right to write, or point it at the primary server"

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
_HELD_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

# SQLSTATE of PostgreSQL, its manual's appendix A: the whole code, or its class.
_ADVICE_STATE: Mapping[str, str] = {
    "53100": FULL,
    "53300": "the server has no connection left: raise its max_connections",
    "08": _AWAY,
    "57": _AWAY,
    "42501": _GRANT,
    "25006": _GRANT,
}
_HELD_STATES = frozenset({"55P03", "40P01", "40001"})


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn an error of the database or the disk into ``StoreFailed`` or ``Conflict``.

    A row that does not fit its table is our bug, ``InvariantViolation``. ``place`` says in the
    error's text which store is meant.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise _of_database(place, error) from error
    except OSError as error:
        raise of_disk(place, error) from error


@contextmanager
def duplicates(event: Event) -> Iterator[None]:
    """Turn the violation of a named unique constraint into ``DuplicateEvent`` for this event."""
    try:
        yield
    except IntegrityError as error:
        if violated(error) is None:
            raise
        raise DuplicateEvent(event.source, event.source_key) from error


def _of_database(place: str, error: SQLAlchemyError) -> DondocError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if cause is None or not hasattr(cause, "sqlstate"):
        held, what, advice = _of_sqlite(cause)
    else:
        held, what, advice = _of_postgresql(cause, cause.sqlstate)
    if held:
        return Conflict(f"ledger {place} is locked; {_HELD}")
    if isinstance(error, IntegrityError):
        return InvariantViolation(f"ledger {place} refuses what does not fit its tables: {what}")
    return StoreFailed(f"ledger {place}: {what}; {advice}")


def _of_sqlite(cause: BaseException | None) -> tuple[bool, str, str]:
    code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
    what = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
    return code in _HELD_CODES, what, _ADVICE.get(code, _UNKNOWN)


def _of_postgresql(cause: BaseException, state: str | None) -> tuple[bool, str, str]:
    if state is None:
        # It fails to connect; the client library's text names the server, no value of ours.
        return False, _said(str(cause)), _AWAY
    advice = _ADVICE_STATE.get(state) or _ADVICE_STATE.get(state[:2], _UNKNOWN)
    return state in _HELD_STATES, f"{type(cause).__name__} ({state})", advice


def _said(text: str) -> str:
    """Return what the client library says in one line, without its indented hints: we give ours."""
    said: list[str] = []
    for line in text.strip().splitlines():
        # Each way that was tried has a line of its own, and the first one a beginning of its own.
        if not line.startswith("\t") and not any(line in known for known in said):
            said.append(line)
    return "; ".join(said)
