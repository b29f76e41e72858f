"""The database of the durable engine, which the engine makes tables in and writes by itself.

It is a file beside a ledger that is a file, and the ledger's own database elsewhere. Nothing in it
is a record of ours: whatever is lost with it, the ledger knows.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import structlog
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connector.store.failures import translated
from connector.store.postgresql import Server, plain_postgresql_engine
from connector.store.sqlite import make_file
from domain.engine_schema import EngineSchema
from domain.errors import Conflict

log = structlog.get_logger(__name__)

_BUSY_MILLISECONDS = 30_000

_USELESS = frozenset(
    {
        sqlite3.SQLITE_ERROR,  # a table that is missing, or is there already
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)
"""What is wrong with a file, and not with the disk, the rights or whoever else uses it."""


_RIGHTS = text(
    "SELECT (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'dbos'), "
    "has_database_privilege(current_database(), 'CREATE')"
)
"""The library takes a schema that its user does not own for one that is missing, and makes it."""


def engine_file(path: Path) -> Engine:
    """Return an engine over a SQLite file that is made where it is missing.

    It is put into WAL mode with full synchronisation, which the library leaves undone: without,
    each statement takes several times as long. A file that is damaged is put aside. Raises
    ``StoreFailed``, and ``Conflict`` when another program holds the file.
    """
    with translated(str(path)):
        make_file(path)
        if _damaged(path):
            _renew(path)
    _check_free(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # As the library sets it for engines of its own making, and what it does not set.
        connection.isolation_level = "IMMEDIATE"
        for setting in (
            f"busy_timeout = {_BUSY_MILLISECONDS}",
            "foreign_keys = ON",
            "journal_mode = WAL",
            "synchronous = FULL",
        ):
            connection.execute(f"PRAGMA {setting}")

    event.listen(engine, "connect", prepare)
    return engine


def put_aside(path: Path, engine: Engine, error: SQLAlchemyError) -> bool:
    """Put a file aside that is sound and of which the library can make nothing; ``error`` says why.

    False where that would not help. ``engine`` goes on with an empty file.
    """
    cause = error.orig if isinstance(error, DBAPIError) else None
    if getattr(cause, "sqlite_errorcode", -1) & 0xFF not in _USELESS:
        return False
    engine.dispose()
    with translated(str(path)):
        _renew(path)
    return True


def engine_database(server: Server, *, worker: str) -> Engine:
    """Return an engine over a PostgreSQL database, of which it uses a schema of its own."""
    return plain_postgresql_engine(server, name=f"dondoc engine, {worker}")


def engine_schema(server: Server) -> EngineSchema:
    """Return how the engine's schema stands in a PostgreSQL database; changes nothing."""
    engine = plain_postgresql_engine(server, name="dondoc doctor")
    try:
        with translated(str(server)), engine.connect() as connection:
            owned, may_make = connection.execute(_RIGHTS).one()
    finally:
        engine.dispose()
    if owned is not None:
        return EngineSchema.OWN if owned else EngineSchema.OF_ANOTHER
    return EngineSchema.MAY_BE_MADE if may_make else EngineSchema.REFUSED


def _renew(path: Path) -> None:
    log.warning("engine_store_renewed", kept=f"{path.name}.damaged")
    path.replace(path.with_name(f"{path.name}.damaged"))
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    make_file(path)


def _check_free(path: Path) -> None:
    """Raise ``Conflict`` where the library would wait without end for whoever holds the file."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_MILLISECONDS / 1000)) as connection:
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.DatabaseError as error:
        # Of all else the library tells.
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Conflict(
                f"the engine's file {path} is locked by another program: end that; or end every "
                "daemon and remove the file, nothing is lost by that"
            ) from error


def _damaged(path: Path) -> bool:
    """Tell whether a file is no database any more; one that is locked is none of that."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
