"""The state folder: one SQLite file that survives a kill at any moment.

Files, documents, deliveries and units share one database, so that accepting a document is one
commit. WAL with full synchronisation: what was answered with "OK" is on the disk; a read costs no
synchronisation.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = str | int | bytes

FILE_NAME = "exchange.sqlite3"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS units (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    old_code TEXT NOT NULL,
    name TEXT NOT NULL,
    mail TEXT NOT NULL,
    parent TEXT NOT NULL,
    system TEXT NOT NULL,
    locked INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    modified INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS units_system ON units (system);
-- Both forms of an identifier, so that no code can mean two units.
CREATE TABLE IF NOT EXISTS unit_codes (
    code TEXT PRIMARY KEY COLLATE NOCASE,
    unit INTEGER NOT NULL REFERENCES units (id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    sha256 BLOB PRIMARY KEY,
    content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY,
    doc_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sha256 BLOB NOT NULL REFERENCES files (sha256),
    sender INTEGER NOT NULL REFERENCES units (id),
    from_code TEXT NOT NULL,
    document_id TEXT NOT NULL,
    title TEXT NOT NULL,
    notation TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    -- A client repeats a send whose answer it lost.
    UNIQUE (sha256, sender, document_id)
);
CREATE INDEX IF NOT EXISTS documents_sender ON documents (sender);
"""

_DELIVERIES = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents (id),
    unit INTEGER NOT NULL REFERENCES units (id),
    doc_id TEXT NOT NULL,
    to_code TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'initial',
    description TEXT NOT NULL DEFAULT '',
    updated_at INTEGER NOT NULL,
    pulled_at INTEGER NOT NULL DEFAULT 0,
    -- Twice for one unit under two docIds only where that is asked for, see Fault.REDELIVER.
    UNIQUE (document, unit, doc_id)
);
CREATE INDEX IF NOT EXISTS deliveries_doc_id ON deliveries (doc_id);
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (unit) WHERE state = 'initial';
"""

_UNIQUE = "UNIQUE (document, unit, doc_id)"


class State:
    """One open state folder; every statement runs under one lock, from any thread."""

    def __init__(self, folder: Path) -> None:
        """Open or create the folder. Raises OSError or sqlite3.Error."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            folder / FILE_NAME, timeout=10, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._renew_deliveries()
        self._connection.executescript(_SCHEMA + _DELIVERIES)

    def _renew_deliveries(self) -> None:
        """Make those of an older folder anew, in which nothing could wait twice for one unit."""
        found = self.row("SELECT sql FROM sqlite_master WHERE name = 'deliveries'", {})
        if found is None or _UNIQUE in found["sql"]:
            return
        self._connection.executescript(
            "BEGIN IMMEDIATE;"
            "ALTER TABLE deliveries RENAME TO deliveries_before;"
            "DROP INDEX deliveries_doc_id;"
            "DROP INDEX deliveries_waiting;"
            f"{_DELIVERIES}"
            "INSERT INTO deliveries SELECT * FROM deliveries_before;"
            "DROP TABLE deliveries_before;"
            "COMMIT;"
        )

    def close(self) -> None:
        """Close the database; the folder can be opened again by a new State."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction: all of it is kept, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Mapping[str, Value]) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Mapping[str, Value]) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        rows = self.rows(sql, values)
        return rows[0] if rows else None
