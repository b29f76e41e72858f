"""Projected rows in the tables of a SQL database."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, false, or_, select

from connector.store import statements
from connector.store.rows import LAYOUTS, check_equals
from connector.store.schema import TABLES
from domain.errors import InvariantViolation
from domain.ids import CampaignId, OfficeId, RoundId
from domain.state import DispatchStanding, DispatchState, State

S = TypeVar("S", bound=State)
_NAMES = {kind: tuple(column.name for column in table.columns) for kind, table in TABLES.items()}
_STANDING = tuple(field.name for field in fields(DispatchStanding))
_Asked = tuple[type[object], frozenset[tuple[str, str | bool]]]


class SqlRows:
    """The projected rows as one open transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

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

    def standings(self, **equals: str | bool) -> list[DispatchStanding]:
        """Return where the sendings stand whose named columns equal the given values."""
        check_equals(DispatchState, equals)
        rows = self._asked(DispatchState, equals, _STANDING)
        found = [DispatchStanding(**dict(zip(_STANDING, row, strict=True))) for row in rows]
        return sorted(found, key=lambda row: row.key)

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        table = TABLES[kind]
        wanted = or_(false(), *(table.c[name].in_(tuple(v)) for name, v in among.items() if v))
        found = self._connection.execute(select(table).where(wanted))
        return sorted(_states(kind, found), key=lambda row: row.key)

    def put(self, row: State) -> None:
        """Write a row in place of the one with its key, if there is one."""
        table = TABLES[type(row)]
        values = _values(row)
        key = {statements.keyed(name): values[name] for name in LAYOUTS[type(row)].key}
        change = statements.change(self._dialect, table)
        if change.change(self._connection, values | key) == 0:
            statements.addition(self._dialect, table).change(self._connection, values)

    def put_all(self, rows: Sequence[State]) -> None:
        """Write rows of one type, each key once, in place of those with their keys."""
        table = TABLES[type(rows[0])]
        values = [_values(row) for row in rows]
        statements.deletion(self._dialect, table).change_each(self._connection, values)
        statements.addition(self._dialect, table).change_each(self._connection, values)

    def _rows(self, kind: type[S], equals: Mapping[str, str | bool]) -> list[S]:
        return _states(kind, self._asked(kind, equals, _NAMES[kind]))

    def _asked(
        self, kind: type[object], equals: Mapping[str, str | bool], wanted: tuple[str, ...]
    ) -> Iterator[Sequence[Any]]:
        asked = statements.selection(self._dialect, TABLES[kind], tuple(equals), wanted)
        return asked.run(self._connection, equals)


def _values(row: State) -> dict[str, Any]:  # of as many types as there are columns
    return {name: getattr(row, name) for name in _NAMES[type(row)]}


def _states(kind: type[S], rows: Iterable[Sequence[Any]]) -> list[S]:
    names = _NAMES[kind]
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
