"""Projected rows in the tables of a SQL database."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import (
    Connection,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    false,
    insert,
    or_,
    select,
    update,
)

from connector.store.rows import LAYOUTS, check_equals
from connector.store.schema import TABLES
from domain.errors import InvariantViolation
from domain.ids import CampaignId, OfficeId, RoundId
from domain.state import DispatchState, State

S = TypeVar("S", bound=State)
_NAMES = {kind: [column.name for column in table.columns] for kind, table in TABLES.items()}
_KEY = "key_"
_Asked = tuple[type[object], frozenset[tuple[str, str | bool]]]


# Statements are built once: building one costs more than running it.


@cache
def _query(table: Table, names: tuple[str, ...]) -> Select[Any]:
    return select(table).where(*(table.c[name] == bindparam(name) for name in names))


@cache
def _change(table: Table) -> Update:
    key = table.primary_key.columns
    chosen = update(table).where(*(c == bindparam(f"{_KEY}{c.name}") for c in key))
    return chosen.values({column: bindparam(column.name) for column in table.columns})


@cache
def _deletion(table: Table) -> Delete:
    key = table.primary_key.columns
    return delete(table).where(*(column == bindparam(column.name) for column in key))


@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


class SqlRows:
    """The projected rows as one open transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        found = self._rows(kind, dict(zip(LAYOUTS[kind].key, key, strict=True)))
        return found[0] if found else None

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first, of one instant by id."""
        found = self.select(DispatchState, campaign=campaign, round=round_id, office=office)
        return sorted(found, key=lambda row: (row.planned_at, row.key))

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        check_equals(kind, equals)
        # Databases order text each in its own way; keys are ordered here, alike everywhere.
        return sorted(self._rows(kind, equals), key=lambda row: row.key)

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        table = TABLES[kind]
        wanted = or_(false(), *(table.c[name].in_(tuple(v)) for name, v in among.items() if v))
        return sorted(self._of(kind, select(table).where(wanted)), key=lambda row: row.key)

    def put(self, row: State) -> None:
        """Write a row in place of the one with its key, if there is one."""
        table = TABLES[type(row)]
        values = {name: getattr(row, name) for name in _NAMES[type(row)]}
        key = {f"{_KEY}{c.name}": values[c.name] for c in table.primary_key.columns}
        if self._connection.execute(_change(table), values | key).rowcount == 0:
            self._connection.execute(_insertion(table), values)

    def put_all(self, rows: Sequence[State]) -> None:
        """Write rows of one type, each key once, in place of those with their keys."""
        table = TABLES[type(rows[0])]
        names = _NAMES[type(rows[0])]
        values = [{name: getattr(row, name) for name in names} for row in rows]
        keys = [column.name for column in table.primary_key.columns]
        self._connection.execute(
            _deletion(table), [{name: one[name] for name in keys} for one in values]
        )
        self._connection.execute(_insertion(table), values)

    def _rows(self, kind: type[S], equals: Mapping[str, str | bool]) -> list[S]:
        table = TABLES[kind]
        return self._of(kind, _query(table, tuple(equals)), dict(equals))

    def _of(
        self, kind: type[S], query: Select[Any], values: Mapping[str, str | bool] | None = None
    ) -> list[S]:
        names = _NAMES[kind]
        rows = self._connection.execute(query, values)
        return [kind(**dict(zip(names, row, strict=True))) for row in rows]


class RememberedRows:
    """Rows of a transaction that nothing is written in: what was read once is not read again."""

    def __init__(self, rows: SqlRows) -> None:
        self._rows = rows
        self._got: dict[tuple[type[object], tuple[str, ...]], State | None] = {}
        self._selected: dict[_Asked, Sequence[State]] = {}

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        place = (kind, key)
        if place not in self._got:
            self._got[place] = self._rows.get(kind, key)
        return cast(S | None, self._got[place])

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first, of one instant by id."""
        found = self.select(DispatchState, campaign=campaign, round=round_id, office=office)
        return sorted(found, key=lambda row: (row.planned_at, row.key))

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        asked = (kind, frozenset(equals.items()))
        if asked not in self._selected:
            found = self._rows.select(kind, **equals)
            self._selected[asked] = list(found)
            for row in found:
                self._got.setdefault((kind, row.key), row)
        return cast(list[S], list(self._selected[asked]))

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        found = self._rows.select_any(kind, **among)
        for row in found:
            self._got.setdefault((kind, row.key), row)
        return found

    def put(self, row: State) -> None:
        """Refuse: changes are held above these rows and written by their owner."""
        raise InvariantViolation(f"{type(row).__name__} {row.key} is written beneath a batch")
