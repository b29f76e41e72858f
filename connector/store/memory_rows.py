"""Projected rows in memory: those of the ledger in memory, and those that replay rebuilds."""

from typing import TypeVar, cast

from connector.store.rows import LAYOUTS, check_equals
from domain.errors import DuplicateEvent
from domain.facts import Recorded
from domain.ids import CampaignId, OfficeId, RoundId
from domain.projection import project
from domain.state import DispatchState, State

S = TypeVar("S", bound=State)
_Key = tuple[str, ...]
_Assignment = tuple[str, str, str]


class MemoryRows:
    """Projected rows, optionally as changes on top of other rows that stay as they are."""

    def __init__(self, base: "MemoryRows | None" = None) -> None:
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
        found = self._dispatches_at((campaign, round_id, office))
        return sorted(found.values(), key=lambda row: (row.planned_at, row.key))

    def select(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of one type whose named columns equal the given values, in key order."""
        check_equals(kind, equals)
        return [
            row
            for _, row in sorted(self._all(kind).items())
            if all(getattr(row, name) == value for name, value in equals.items())
        ]

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
            for rows in self._rows.values():
                for row in rows.values():
                    self._base.put(row)

    def _all(self, kind: type[S]) -> dict[_Key, S]:
        beneath = self._base._all(kind) if self._base is not None else {}
        return {**beneath, **cast(dict[_Key, S], self._rows[kind])}

    def _dispatches_at(self, place: _Assignment) -> dict[_Key, DispatchState]:
        beneath = self._base._dispatches_at(place) if self._base is not None else {}
        return {**beneath, **self._dispatches.get(place, {})}

    def _sent_already(self, row: DispatchState) -> bool:
        unique = LAYOUTS[DispatchState].unique
        return any(
            other.key != row.key
            and all(getattr(other, name) == getattr(row, name) for name in unique)
            for other in self._dispatches_at((row.campaign, row.round, row.office)).values()
        )
