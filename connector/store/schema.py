"""The tables of the ledger: the events, and one table for each row type.

Migrations in ``migrations/`` build the same tables; a test compares the two. Instants and dates are
text, nested values JSON text, so that every database keeps them alike and exactly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
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

REVISION = "0013"
"""The newest migration, which these tables are like."""

METADATA = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
)


_WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""UIDs and sizes need more than 31 bits; what SQLite counts up by itself has to be its INTEGER."""


class Plain(TypeDecorator[str]):
    """A text from outside, which may hold anything; see ``codec.storable``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else codec.storable(value)


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
        str: Plain(),
        int: _WHOLE,
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
    Column("sequence", _WHOLE, primary_key=True, autoincrement=True),
    Column("fact", Plain, nullable=False),
    Column("version", _WHOLE, nullable=False),
    Column("campaign", Plain, index=True),
    Column("round", Plain, index=True),
    Column("office", Plain, index=True),
    Column("dispatch", Plain, index=True),
    Column("source", Plain, nullable=False),
    Column("source_key", Plain, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("evidence", Text),
    Column("payload", Text, nullable=False),
    UniqueConstraint("source", "source_key", name="uq_events_source"),
    # A sequence is never given out twice, not even after the newest event's row is lost.
    sqlite_autoincrement=True,
)


WORKERS = Table(
    "workers",
    METADATA,
    Column("name", Plain, primary_key=True),
    Column("life", _WHOLE, nullable=False),
    Column("beat", _WHOLE, nullable=False),
    Column("gone", Boolean, nullable=False),
)
"""Daemons of a store that several work on; ``beat`` is in milliseconds by the database's clock."""

LEASES = Table(
    "leases",
    METADATA,
    Column("lease", Plain, primary_key=True),
    Column("name", Plain, nullable=False),
    Column("life", _WHOLE, nullable=False),
)
"""What one of them holds. Neither table is made from events: they say who works, not what was."""


_NEVER = "events are never changed or deleted"
_GUARDS: Mapping[str, Sequence[str]] = {
    "sqlite": [
        "CREATE TRIGGER events_no_update BEFORE UPDATE ON events "
        f"BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
        "CREATE TRIGGER events_no_delete BEFORE DELETE ON events "
        f"BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION events_never_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_NEVER}'; END $$",
        "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_never_change()",
    ],
}


@event.listens_for(EVENTS, "after_create")
def _guard(_table: Table, connection: Connection, **_options: object) -> None:
    """Let the database itself refuse to change events; alembic sees no triggers, a test does."""
    for statement in _GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


TABLES: Mapping[type[object], Table] = {kind: _table_of(kind) for kind in LAYOUTS}


_LAST_SEQUENCE: Mapping[str, str] = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
    "postgresql": "SELECT last_value FROM events_sequence_seq WHERE is_called",
}


def last_sequence(connection: Connection) -> int:
    """Return the sequence of the newest event, of one that was lost too; 0 before the first."""
    kept = text(_LAST_SEQUENCE[connection.dialect.name])
    return connection.execute(kept).scalar() or 0


def given_out(connection: Connection, sequence: int) -> None:
    """Have the next event that is added without a sequence come after this one.

    SQLite sees that by itself.
    """
    if connection.dialect.name == "postgresql":
        told = text("SELECT setval('events_sequence_seq', :sequence)")
        connection.execute(told, {"sequence": sequence})


def violated(error: IntegrityError) -> str | None:
    """Return the name of the unique constraint that a statement violated, if it is one of ours.

    PostgreSQL names the constraint, SQLite its columns.
    """
    text = str(error.orig)
    for table in METADATA.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                places = ", ".join(f"{table.name}.{column.name}" for column in constraint.columns)
                if str(constraint.name) in text or text.endswith(f": {places}"):
                    return str(constraint.name)
    return None
