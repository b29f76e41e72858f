"""Statements that SQLAlchemy writes once and that then run at the driver.

Taking in mail and sending letters run a few statements thousands of times. Over SQLAlchemy each
time costs ten times as long as the database takes over it. The text, the order of the parameters
and the conversion of values are SQLAlchemy's own, asked of it once for a dialect.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from operator import eq
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from connector.store import codec
from connector.store.schema import EVENTS, Kept, Plain
from domain.errors import InvariantViolation

Convert: TypeAlias = Callable[[Any], Any]  # what a driver takes and gives depends on the database
Values: TypeAlias = Mapping[str, Any]
"""Values by the names of their parameters."""

_KEY = "key_"
_FETCHED = 500
"""Rows that are taken from the driver at a time: as it gives them they are held beside ours."""
_STYLE: Mapping[str, Mapping[str, Any]] = {"postgresql": {"paramstyle": "format"}}
"""Parameters by their order, where the dialect would have them by name."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in the words of a dialect.

    ``names`` are its parameters in their order, ``binds`` and ``results`` what turns the values of
    its parameters and of the columns of its answer into the driver's and back; None stays None.
    """

    text: str
    names: tuple[str, ...]
    binds: tuple[tuple[int, Convert], ...]
    results: tuple[tuple[int, Convert], ...]

    def run(self, connection: Connection, values: Values) -> Iterator[Sequence[Any]]:
        """Run it and yield the rows of its answer; raises what SQLAlchemy raises."""
        with driver_cursor(connection) as cursor:
            cursor.execute(self.text, self._bound(values))
            given: Sequence[Any] = ()
            found: Sequence[Any] = ()
            for row in chain.from_iterable(iter(partial(cursor.fetchmany, _FETCHED), [])):
                found = self._found(row, given, found)
                given = row
                yield found

    def change(self, connection: Connection, values: Values) -> int:
        """Run one that changes rows and return how many; raises what SQLAlchemy raises."""
        with driver_cursor(connection) as cursor:
            cursor.execute(self.text, self._bound(values))
            return int(cursor.rowcount)

    def change_each(self, connection: Connection, values: Iterable[Values]) -> None:
        """Run it with each of these values; raises what SQLAlchemy raises."""
        with driver_cursor(connection) as cursor:
            cursor.executemany(self.text, [self._bound(one) for one in values])

    def _bound(self, values: Values) -> Sequence[Any]:
        bound = [values[name] for name in self.names]
        for at, convert in self.binds:
            if bound[at] is not None:
                bound[at] = convert(bound[at])
        return bound

    def _found(
        self, row: Sequence[Any], given: Sequence[Any], before: Sequence[Any]
    ) -> Sequence[Any]:
        """Return the values of a row.

        One that the row before was ``given`` too is the very same object as ``before``: ten
        thousand rows of one campaign have most of their texts and instants in common.
        """
        if not given:
            found, alike = list(row), [False] * len(row)
        else:
            alike = list(map(eq, row, given))
            found = [b if same else new for new, b, same in zip(row, before, alike, strict=True)]
        for at, convert in self.results:
            if not alike[at] and found[at] is not None:
                found[at] = convert(found[at])
        return found


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[DBAPICursor]:
    """Yield a cursor of the driver, whose errors become those of SQLAlchemy, without values.

    A connection that was lost is given up with all others of its pool, as SQLAlchemy does.
    """
    dialect = connection.dialect
    with closing(connection.connection.cursor()) as cursor:
        try:
            yield cursor
        except dialect.loaded_dbapi.Error as error:
            lost = dialect.is_disconnect(error, connection.connection, cursor)
            if lost:
                connection.invalidate(error)
            raise DBAPIError.instance(
                None,
                None,
                error,
                dialect.loaded_dbapi.Error,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=dialect,
            ) from error


@cache
def selection(
    dialect: str, table: Table, names: tuple[str, ...], wanted: tuple[str, ...]
) -> Statement:
    """Return the statement that asks for the ``wanted`` columns of rows with given values."""
    columns = [table.c[name] for name in wanted]
    query = select(*columns).where(*(table.c[name] == bindparam(name) for name in names))
    return _statement(query, dialect, _types(table), [c.type for c in columns])


@cache
def addition(dialect: str, table: Table) -> Statement:
    """Return the statement that adds a row."""
    return _statement(insert(table), dialect, _types(table))


@cache
def event_addition(dialect: str) -> Statement:
    """Return the statement that adds an event and answers with its sequence."""
    given: dict[str, ColumnElement[Any]] = {
        c.name: bindparam(c.name) for c in EVENTS.columns if c is not EVENTS.c.sequence
    }
    return _statement(
        insert(EVENTS).values(given).returning(EVENTS.c.sequence), dialect, _types(EVENTS)
    )


@cache
def change(dialect: str, table: Table) -> Statement:
    """Return the statement that changes the row with a key; the values of the key stand twice."""
    key = table.primary_key.columns
    chosen = update(table).where(*(c == bindparam(keyed(c.name)) for c in key))
    changed = chosen.values({column: bindparam(column.name) for column in table.columns})
    return _statement(changed, dialect, _types(table) | {keyed(c.name): c.type for c in key})


@cache
def deletion(dialect: str, table: Table) -> Statement:
    """Return the statement that deletes the row with a key."""
    key = table.primary_key.columns
    chosen = delete(table).where(*(column == bindparam(column.name) for column in key))
    return _statement(chosen, dialect, _types(table))


@cache
def known_events(dialect: str, count: int) -> Statement:
    """Return the statement that asks which of so many pairs of source and source key there are.

    The parameters are ``s0``, ``k0``, ``s1`` and so on.
    """
    pairs = [
        and_(EVENTS.c.source == bindparam(f"s{n}"), EVENTS.c.source_key == bindparam(f"k{n}"))
        for n in range(count)
    ]
    asked = select(EVENTS.c.source, EVENTS.c.source_key).where(or_(*pairs))
    types = {f"{name}{n}": EVENTS.c.source.type for name in "sk" for n in range(count)}
    return _statement(asked, dialect, types)


def keyed(name: str) -> str:
    """Return the name of the parameter that says which row is changed, by a column of its key."""
    return f"{_KEY}{name}"


def _types(table: Table) -> dict[str, TypeEngine[Any]]:
    return {column.name: column.type for column in table.columns}


def _statement(
    written: ClauseElement,
    name: str,
    types: Mapping[str, TypeEngine[Any]],
    answer: Sequence[TypeEngine[Any]] = (),
) -> Statement:
    dialect: Dialect = registry.load(name)(**_STYLE.get(name, {}))
    compiled = cast(SQLCompiler, written.compile(dialect=dialect))
    if compiled.positiontup is None:
        raise InvariantViolation(f"statements for {name} have no order of parameters")
    order = tuple(compiled.positiontup)
    binds = (_writer(types[name], dialect) if name in types else None for name in order)
    results = (_reader(kind, dialect) for kind in answer)
    return Statement(
        text=str(compiled),
        names=order,
        binds=tuple((at, convert) for at, convert in enumerate(binds) if convert),
        results=tuple((at, convert) for at, convert in enumerate(results) if convert),
    )


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Kept):
        return partial(codec.column_text, kind.hint)
    if isinstance(kind, Plain):
        return codec.storable
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, Kept):
        return codec.column_reader(kind.hint)
    return kind.dialect_impl(dialect).result_processor(dialect, None)
