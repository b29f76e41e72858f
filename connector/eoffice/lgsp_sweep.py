"""Every row of some days of the provincial axis, whose list counts more than it gives at times.

The axis has no pages: days are halved for as long as that brings rows to light.
"""

from collections.abc import Callable, Sequence

from connector.eoffice.lgsp_window import Window
from connector.eoffice.vxp_answer import member

Ask = Callable[[Window], tuple[Sequence[object], int]]
"""Returns the rows of one request and how many the axis counts, 0 where it does not say."""

FRUITLESS = 4
"""Splits in a row that bring nothing new before no more are made: an axis whose count is wrong
would otherwise be asked for every single day."""


class Sweep:
    """What one look gives. ``cut`` says of which days rows are missing, and how many came."""

    def __init__(self, ask: Ask) -> None:
        self.rows: list[object] = []
        self.cut: list[tuple[Window, str]] = []
        self._ask = ask
        self._seen: set[object] = set()
        self._fruitless = 0

    def take(self, window: Window) -> int:
        """Take in the rows of a window; return how many the axis gave for it."""
        rows, count = self._ask(window)
        self._keep(rows)
        given, cuts = len(rows), len(self.cut)
        if count <= given:
            return given
        halves = window.halves() if self._fruitless < FRUITLESS else ()
        if halves:
            known = len(self._seen)
            given = max(given, sum(self.take(half) for half in halves))
            self._fruitless = 0 if len(self._seen) > known else self._fruitless + 1
        # Where halves lack something they have said so, and more exactly.
        if given < count and len(self.cut) == cuts:
            self.cut.append((window, f"the axis counts {count} packets and gives {given}"))
        return given

    def flaws(self) -> list[str]:
        """Say of each window that is not whole what it lacks."""
        return [f"from {w.first} to {w.last} {what}" for w, what in self.cut]

    def _keep(self, rows: Sequence[object]) -> None:
        self.rows += rows
        self._seen.update(_name(row) for row in rows)


def _name(row: object) -> str:
    return str(member(row, "docId")) if isinstance(row, dict) else ""
