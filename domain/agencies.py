"""The exchange's table of units as it was taken: the facts of it, and the row that follows.

``domain/facts.py`` and ``domain/state.py`` gather them with all others.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AgenciesTaken:
    """The exchange's table of units changed; the event's evidence is the table.

    ``units`` counts those that it has, ``pairs`` the rows that name an old form beside the new one.
    """

    door: str
    units: int
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgenciesConfirmed:
    """The exchange gave the table that is known already."""

    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgenciesState:
    """The exchange's table of units in force: since when, and when it was found unchanged last."""

    door: str
    digest: Digest
    units: int
    pairs: int
    taken_at: datetime
    confirmed_at: datetime

    @property
    def key(self) -> tuple[str, ...]:
        """Return (door)."""
        return (self.door,)
