"""The database of the durable engine, which the engine makes tables in and writes by itself.

It is a file beside a ledger that is a file, and the ledger's own database elsewhere. Nothing in it
is a record of ours: whatever is lost with it, the ledger knows.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import structlog
from sqlalchemy import URL, Engine, create_engine, event

from connector.store.failures import translated
from connector.store.postgresql import Server, plain_postgresql_engine
from connector.store.sqlite import make_file

log = structlog.get_logger(__name__)

_BUSY_MILLISECONDS = 30_000


def engine_file(path: Path) -> Engine:
    """Return an engine over a SQLite file that is made where it is missing.

    It is put into WAL mode with full synchronisation, which the library leaves undone: without,
    each statement takes several times as long. A file that is damaged is put aside.
    """
    with translated(str(path)):
        make_file(path)
        if _damaged(path):
            log.warning("engine_store_renewed", kept=f"{path.name}.damaged")
            path.replace(path.with_name(f"{path.name}.damaged"))
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            make_file(path)
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


def engine_database(server: Server, *, worker: str) -> Engine:
    """Return an engine over a PostgreSQL database, of which it uses a schema of its own."""
    return plain_postgresql_engine(server, name=f"dondoc engine, {worker}")


def _damaged(path: Path) -> bool:
    """Tell whether a file is no database any more; one that is locked is none of that."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
