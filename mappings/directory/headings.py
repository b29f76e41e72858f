"""The line of headings in a sheet: somewhere below the title, at times of two rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.directory.columns import Column, Vocabulary
from mappings.directory.table import Row, Span, Table

_SEARCHED = 50
"""Rows; no title is as high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """What the columns hold, by their numbers; ``last`` is the row above the first office."""

    columns: Mapping[int, Column]
    unknown: Mapping[int, str]
    last: int


def find_headings(table: Table, words: Vocabulary) -> Headings | None:
    """Return the headings of a sheet, None where no row names the column of the names.

    Of several rows that could be it the one with the most known headings counts, the first of them.
    """
    best: Headings | None = None
    for index, row in enumerate(table.rows[:_SEARCHED]):
        below = table.rows[index + 1] if index + 1 < len(table.rows) else None
        found = _read(row, below, table.merged, words)
        if found is not None and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def _read(
    row: Row, below: Row | None, merged: Sequence[Span], words: Vocabulary
) -> Headings | None:
    columns = {at: words.column(text) for at, text in row.cells.items()}
    texts = dict(row.cells)
    last = row.number
    under = _subheadings(row, below, merged)
    if under:
        for at, (above, text) in under.items():
            columns[at] = words.column(f"{above} {text}") or words.column(text)
            texts[at] = f"{above} {text}"
        last += 1
    known = {at: column for at, column in columns.items() if column is not None}
    named = list(known.values())
    if Column.NAME not in named or len(known) < min(2, len(columns)):
        return None
    return Headings(
        columns=_first_of_each(known),
        unknown={at: texts[at] for at, column in columns.items() if column is None},
        last=last,
    )


def _first_of_each(known: Mapping[int, Column]) -> dict[int, Column]:
    """Keep the first column of each sort; several may hold addresses, or be left unread."""
    found: dict[int, Column] = {}
    for at, column in sorted(known.items()):
        many = column in (Column.EMAILS, Column.IGNORED)
        found[at] = column if many or column not in found.values() else Column.IGNORED
    return found


def _subheadings(row: Row, below: Row | None, merged: Sequence[Span]) -> dict[int, tuple[str, str]]:
    """Return the second row of headings under those that lie over several columns."""
    if below is None or below.number != row.number + 1:
        return {}
    wide = [s for s in merged if s.top == s.bottom == row.number and s.right > s.left]
    over = {at: row.cells.get(s.left, "") for s in wide for at in range(s.left, s.right + 1)}
    beside = {s.left for s in merged if s.top == row.number and s.bottom >= below.number}
    if not over or any(at not in over and at not in beside for at in below.cells):
        return {}
    return {at: (over[at], text) for at, text in below.cells.items() if at in over}
