"""Counts over the rows of a compilation, the same for the report and the register."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.campaign import Expected
from domain.compilation import CompiledRow, Failure
from domain.machine import settled
from domain.status import AssignmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many offices did what.

    ``listed`` is the sum of ``reached``, ``unconfirmed`` and ``unreached``; ``awaited`` that of
    ``punctual``, ``late``, ``waived`` and ``missing``. ``acknowledged`` are among those
    reached, ``refused`` among those unreached, ``nil`` among those that reported.
    """

    listed: int
    reached: int
    acknowledged: int
    unreached: int
    refused: int
    awaited: int
    punctual: int
    late: int
    nil: int
    waived: int
    missing: int

    @property
    def unconfirmed(self) -> int:
        """Return how many offices gave no sign of having the directive."""
        return self.listed - self.reached - self.unreached

    @property
    def reported(self) -> int:
        """Return how many offices sent their report, in time or late."""
        return self.punctual + self.late


def owing(row: CompiledRow) -> bool:
    """Tell whether an office still owes its report."""
    return row.expected is Expected.REPORT and not settled(row.expected, row.status)


def refused(row: CompiledRow) -> bool:
    """Tell whether an office sent the directive back; one that came in all the same counts."""
    return Failure.REFUSED in row.failures and not (row.acknowledged_at or row.reported_at)


def unreached(row: CompiledRow) -> bool:
    """Tell whether every door of an office was closed."""
    return row.status is AssignmentStatus.UNREACHED or refused(row)


def reached(row: CompiledRow) -> bool:
    """Tell whether anything shows that an office has the directive."""
    seen = row.delivered_at or row.acknowledged_at or row.reported_at
    return seen is not None and not unreached(row)


def reported(row: CompiledRow) -> bool:
    """Tell whether an office sent the report that it owed."""
    return row.expected is Expected.REPORT and row.status is AssignmentStatus.REPORTED


def tally(rows: Iterable[CompiledRow]) -> Tally:
    """Count rows of a compilation."""
    listed = tuple(rows)
    awaited = tuple(r for r in listed if r.expected is Expected.REPORT)
    done = tuple(r for r in awaited if reported(r))
    return Tally(
        listed=len(listed),
        reached=sum(1 for r in listed if reached(r)),
        acknowledged=sum(1 for r in listed if r.acknowledged_at),
        unreached=sum(1 for r in listed if unreached(r)),
        refused=sum(1 for r in listed if refused(r)),
        awaited=len(awaited),
        punctual=sum(1 for r in done if not r.late),
        late=sum(1 for r in done if r.late),
        nil=sum(1 for r in done if r.nil),
        waived=sum(1 for r in awaited if r.status is AssignmentStatus.WAIVED),
        missing=sum(1 for r in awaited if owing(r)),
    )


def by_group(rows: Iterable[CompiledRow]) -> dict[str, Tally]:
    """Count rows by the group of their office, in the order in which groups first appear."""
    groups: dict[str, list[CompiledRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return {group: tally(members) for group, members in groups.items()}
