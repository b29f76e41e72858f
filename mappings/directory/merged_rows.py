"""Rows under one merged name: together they say what one row says of other offices."""

from collections.abc import Iterator
from dataclasses import replace

from mappings.directory.columns import Column
from mappings.directory.doubt import Code, Doubt
from mappings.directory.listed import ListedOffice

_NOT_OF_AN_OFFICE = frozenset({Column.ORDINAL, Column.NAME, Column.IGNORED})


def joined(office: ListedOffice, more: ListedOffice) -> tuple[ListedOffice, list[Doubt]]:
    """Return an office with what a further row says, and the columns in which the two disagree.

    Lists are put together; a dash counts where no row has a value.
    """
    values: dict[Column, object] = {}
    doubts: list[Doubt] = []
    for column, one, other in _values(office, more):
        if isinstance(one, tuple) and isinstance(other, tuple):
            values[column] = tuple(dict.fromkeys((*one, *other)))
        elif one is None or other is None or one == other:
            values[column] = other if one is None else one
        else:
            place = more.at(column)
            doubts.append(Doubt(code=Code.ROWS_DIFFER, place=place, said=(office.name,)))
    given = {column for column, value in values.items() if value is not None}
    away = (office.taken_away | more.taken_away) - given
    members = {column.value: value for column, value in values.items()}
    # The members are those of an office that was read, by the names of their columns.
    return replace(office, **members, taken_away=away), doubts  # type: ignore[arg-type]


def _values(
    office: ListedOffice, more: ListedOffice
) -> Iterator[tuple[Column, object | None, object | None]]:
    for column in Column:
        if column not in _NOT_OF_AN_OFFICE:
            yield column, getattr(office, column.value), getattr(more, column.value)
