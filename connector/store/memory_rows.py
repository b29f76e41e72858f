"""Projected rows in memory: those of the ledger in memory, and those that replay rebuilds."""

from collections.abc import Collection, Iterator
from typing import Protocol, TypeVar, cast

from connector.store.rows import LAYOUTS, check_equals
from domain.errors import DuplicateEvent
from domain.facts import Recorded
from domain.ids import CampaignId, OfficeId, RoundId
from domain.ports import StateView
from domain.projection import project
from domain.state import DispatchState, State

S = TypeVar("S", bound=State)
_Key = tuple[str, ...]
_Assignment = tuple[str, str, str]


class Rows(StateView, Protocol):
    """Projected rows wherever they are kept."""

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""

    def put(self, row: State) -> None:
        """Write a row in place of the one with its key, if there is one."""


class MemoryRows:
    """Projected rows, optionally as changes on top of other rows that stay as they are."""

    def __init__(self, base: Rows | None = None) -> None:
        self._base = base
        self._rows: dict[type[object], dict[tuple[str, ...], State]] = {
            kind: {} for kind in LAYOUTS
        }
        self._dispatches: dict[_Assignment, dict[tuple[str, ...], DispatchState]] = {}

    def get(self, kind: type[S], key: tuple[str, ...]) -> S | None:
        """Return the row of this type with this key, or None."""
        found = self._rows[kind].get(key)
        if found is None and self._base is not None:
            return self._base.get(kind, key)
        return cast(S | None, found)

    def dispatches_of(
        self, campaign: CampaignId, round_id: RoundId, office: OfficeId
    ) -> list[DispatchState]:
        """Return every dispatch of one assignment, oldest first, of one instant by id."""
        beneath = self._base.dispatches_of(campaign, round_id, office) if self._base else []
        own = self._dispatches.get((campaign, round_id, office), {})
        found = {row.key: row for row in beneath} | own
        return sorted(found.values(), key=lambda row: (row.planned_at, row.key))

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        check_equals(kind, equals)
        own = cast(dict[_Key, S], self._rows[kind])
        beneath = self._base.select(kind, **equals) if self._base is not None else []
        found = {row.key: row for row in beneath if row.key not in own}
        for key, row in own.items():
            if all(getattr(row, name) == value for name, value in equals.items()):
                found[key] = row
        return [row for _, row in sorted(found.items())]

    def select_any(self, kind: type[S], **among: Collection[str]) -> list[S]:
        """Return rows of one type of which some named column has one of its values."""
        own = cast(dict[_Key, S], self._rows[kind])
        beneath = self._base.select_any(kind, **among) if self._base is not None else []
        found = {row.key: row for row in beneath if row.key not in own}
        for key, row in own.items():
            if any(getattr(row, name) in values for name, values in among.items()):
                found[key] = row
        return [row for _, row in sorted(found.items())]

    def put(self, row: State) -> None:
        """Write a row in place of the one with its key, if there is one."""
        self._rows[type(row)][row.key] = row
        if isinstance(row, DispatchState):
            place = (row.campaign, row.round, row.office)
            self._dispatches.setdefault(place, {})[row.key] = row

    def record(self, recorded: Recorded) -> None:
        """Project an event and keep its rows.

        Raises what ``project`` raises, and ``DuplicateEvent`` for a second sending of the same.
        """
        for row in project(self, recorded):
            if isinstance(row, DispatchState) and self._sent_already(row):
                raise DuplicateEvent(recorded.event.source, recorded.event.source_key)
            self.put(row)

    def settle(self) -> None:
        """Move the changes into the rows beneath."""
        if self._base is not None:
            for row in self.changes():
                self._base.put(row)

    def changes(self) -> Iterator[State]:
        """Yield every row that is held here, those beneath left out."""
        for rows in self._rows.values():
            yield from rows.values()

    def _sent_already(self, row: DispatchState) -> bool:
        unique = LAYOUTS[DispatchState].unique
        return any(
            other.key != row.key
            and all(getattr(other, name) == getattr(row, name) for name in unique)
            for other in self.dispatches_of(row.campaign, row.round, row.office)
        )
