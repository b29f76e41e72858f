"""The tables of the ledger: the events, and one table for each row type.

Migrations in ``migrations/`` build the same tables; a test compares the two. Instants and dates are
text, nested values JSON text, so that every database keeps them alike and exactly.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Dialect,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeEngine

from connector.store import codec
from connector.store.rows import COLUMNS, INDEXED, LAYOUTS
from connector.store.rows import Column as Field

REVISION = "0010"
"""The newest migration, which these tables are like."""

METADATA = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
)


class Kept(TypeDecorator[object]):
    """A value that the database knows no portable type for, as text by ``codec``."""

    impl = Text
    cache_ok = True

    def __init__(self, hint: object) -> None:
        super().__init__()
        self.hint = hint

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else codec.column_text(self.hint, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        return None if value is None else codec.column_value(self.hint, value)


def _type_of(field: Field) -> TypeEngine[Any]:
    # The engine's types are generic in Python's values, which differ here.
    native: Mapping[type | None, TypeEngine[Any]] = {
        str: Text(),
        int: Integer(),
        bool: Boolean(),
    }
    return native.get(field.plain) or Kept(field.hint)


def _table_of(kind: type[object]) -> Table:
    layout = LAYOUTS[kind]
    first = {layout.key[0], *layout.unique[:1]}
    table = Table(
        layout.table,
        METADATA,
        *(
            Column(
                field.name,
                _type_of(field),
                primary_key=field.name in layout.key,
                nullable=field.nullable,
                index=field.name in INDEXED - first,
            )
            for field in COLUMNS[kind]
        ),
    )
    if layout.unique:
        table.append_constraint(UniqueConstraint(*layout.unique, name=f"uq_{layout.table}_once"))
    return table


EVENTS = Table(
    "events",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("fact", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("campaign", Text, index=True),
    Column("round", Text, index=True),
    Column("office", Text, index=True),
    Column("dispatch", Text, index=True),
    Column("source", Text, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("evidence", Text),
    Column("payload", Text, nullable=False),
    UniqueConstraint("source", "source_key", name="uq_events_source"),
    # A sequence is never given out twice, not even after the newest event's row is lost.
    sqlite_autoincrement=True,
)


@event.listens_for(EVENTS, "after_create")
def _guard(_table: Table, connection: Connection, **_options: object) -> None:
    """Let the database itself refuse to change events; alembic sees no triggers, a test does."""
    if connection.dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events "
            "BEGIN SELECT RAISE(ABORT, 'events are never changed or deleted'); END"
        )


TABLES: Mapping[type[object], Table] = {kind: _table_of(kind) for kind in LAYOUTS}


def last_sequence(connection: Connection) -> int:
    """Return the sequence of the newest event, of one that was lost too; 0 before the first."""
    kept = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    return connection.execute(kept, {"table": EVENTS.name}).scalar() or 0


def violated(error: IntegrityError | sqlite3.IntegrityError) -> str | None:
    """Return the name of the unique constraint that a statement violated, if it is one of ours.

    PostgreSQL names the constraint, SQLite its columns.
    """
    text = str(error.orig if isinstance(error, IntegrityError) else error)
    for table in METADATA.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                places = ", ".join(f"{table.name}.{column.name}" for column in constraint.columns)
                if str(constraint.name) in text or text.endswith(f": {places}"):
                    return str(constraint.name)
    return None
