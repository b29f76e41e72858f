"""A list of offices as it was read: what each row says, before the directory is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.ids import Address
from domain.office import OfficeKind, OfficeLevel
from mappings.directory.columns import Column
from mappings.directory.doubt import Doubt, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOffice:
    """What one row says of an office; None is a column that is not there or an empty cell.

    ``taken_away`` are the columns in which a dash says that there is nothing. ``heading`` is the
    line above it that names its group. Successors and deputies are named by id or by name.
    """

    place: Place
    columns: Mapping[Column, int]
    name: str
    id: str | None = None
    aliases: tuple[str, ...] | None = None
    kind: OfficeKind | None = None
    level: OfficeLevel | None = None
    parent: str | None = None
    groups: tuple[str, ...] | None = None
    heading: str | None = None
    organ_id: str | None = None
    organ_id_old: str | None = None
    emails: tuple[Address, ...] | None = None
    leader_emails: tuple[Address, ...] | None = None
    private_emails: tuple[Address, ...] | None = None
    deputies: tuple[tuple[str, date, date], ...] | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[tuple[str, str | None], ...] | None = None
    note: str | None = None
    taken_away: frozenset[Column] = frozenset()

    def at(self, column: Column) -> Place:
        """Return the cell of a column in its row."""
        return Place(sheet=self.place.sheet, row=self.place.row, column=self.columns.get(column, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All rows that could be read, and what is to be looked at in the others."""

    offices: tuple[ListedOffice, ...]
    doubts: tuple[Doubt, ...]
