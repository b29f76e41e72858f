"""Opening a SQLite file so that what was committed survives a power cut."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event

from domain.errors import StoreFailed

WRITING = "dondoc_writing"
"""Execution option of connections that will write: they take the write lock at once."""


def sqlite_engine(
    path: Path, *, busy_seconds: float, read_only: bool, unchanging: bool = False
) -> Engine:
    """Return an engine over a SQLite file in WAL mode with full synchronisation.

    The file need not exist. ``busy_seconds`` is how long a statement waits for another process.
    With ``unchanging`` nobody writes it: it is read without locks and files beside it
    (sqlite.org/uri.html, "immutable"). What would be written into a file that is no longer in its
    place raises ``StoreFailed``.
    """
    place = _Place(path)
    engine = create_engine(_address(path, unchanging=unchanging), hide_parameters=True)
    settings = [
        f"busy_timeout = {int(busy_seconds * 1000)}",
        "foreign_keys = ON",
        "synchronous = FULL",
        "query_only = ON" if read_only else "journal_mode = WAL",
    ]

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # Python's own transaction control would begin late and never around a SELECT; `begin`
        # below does it instead (SQLAlchemy, "Serializable isolation / Savepoints / Transactional
        # DDL" of the SQLite dialect).
        connection.isolation_level = None
        try:
            for setting in settings:
                connection.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            connection.close()
            raise

    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later cannot wait for another writer: SQLite
        # refuses it at once, whatever the timeout. So writers ask for the lock at the beginning.
        writing = connection.get_execution_options().get(WRITING, False)
        if writing:
            place.check()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine


class _Place:
    """Knows the file that was first written, whatever stands under its name later.

    A file that is removed or replaced lives on while it is open, and with it all that would be
    written, until the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None

    def check(self) -> None:
        """Raise ``StoreFailed`` when the name no longer leads to the file."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            now = None
        else:
            now = (found.st_dev, found.st_ino)
        if self._file is None:
            self._file = now
        elif self._file != now:
            gone = "is gone" if now is None else "is another file than the one that was opened"
            raise StoreFailed(
                f"{self._path} {gone}, so nothing is recorded in it and nothing is sent; stop "
                "Dondoc, put the file back or restore a backup, then start it again"
            )


def _address(path: Path, *, unchanging: bool) -> URL:
    if not unchanging:
        return URL.create("sqlite", database=str(path))
    options = {"immutable": "1", "uri": "true"}
    return URL.create("sqlite", database=path.absolute().as_uri(), query=options)


def make_file(path: Path) -> None:
    """Create an empty file that only its owner can read, and its folders; keep what is there.

    SQLite gives its side files the same rights.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
