"""Counts over the rows of a compilation, the same for the report and the register."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.campaign import Expected
from domain.compilation import CompiledRow
from domain.machine import settled
from domain.status import AssignmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many offices did what. ``punctual`` and ``late`` add up to ``reported``; both count
    nil reports, which ``nil`` tells separately.
    """

    listed: int
    reached: int
    acknowledged: int
    awaited: int
    punctual: int
    late: int
    nil: int
    waived: int
    missing: int
    unreached: int

    @property
    def reported(self) -> int:
        """Return how many offices sent their report, in time or late."""
        return self.punctual + self.late


def owing(row: CompiledRow) -> bool:
    """Tell whether an office still owes its report."""
    return row.expected is Expected.REPORT and not settled(row.expected, row.status)


def unreached(row: CompiledRow) -> bool:
    """Tell whether every door of an office was closed."""
    return row.status is AssignmentStatus.UNREACHED


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
        reached=sum(1 for r in listed if r.delivered_at or r.acknowledged_at or r.reported_at),
        acknowledged=sum(1 for r in listed if r.acknowledged_at),
        awaited=len(awaited),
        punctual=sum(1 for r in done if not r.late),
        late=sum(1 for r in done if r.late),
        nil=sum(1 for r in done if r.nil),
        waived=sum(1 for r in awaited if r.status is AssignmentStatus.WAIVED),
        missing=sum(1 for r in awaited if owing(r)),
        unreached=sum(1 for r in listed if unreached(r)),
    )


def by_group(rows: Iterable[CompiledRow]) -> dict[str, Tally]:
    """Count rows by the group of their office, in the order in which groups first appear."""
    groups: dict[str, list[CompiledRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return {group: tally(members) for group, members in groups.items()}
