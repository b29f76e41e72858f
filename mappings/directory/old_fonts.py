"""Sheets that are written in a font of before Unicode, as .VnTime: all their cells at once.

A cell has too few words to tell; all cells of a sheet together are evidence enough.
"""

from collections.abc import Sequence
from dataclasses import replace

from mappings.directory.table import Row, Table
from mappings.text.legacy_vietnamese import modernised

_INSIDE = "\x1f"
"""Stands for a line break inside of a cell while lines are cells."""


def in_unicode(table: Table) -> Table:
    """Return a sheet with its texts in Unicode; as it is when nothing shows an old font."""
    texts = [text.replace("\n", _INSIDE) for row in table.rows for text in row.cells.values()]
    found, encoding = modernised("\n".join(texts))
    lines = found.split("\n")
    if encoding is None or len(lines) != len(texts):
        return table
    return replace(table, rows=tuple(_rows(table.rows, lines)))


def _rows(rows: Sequence[Row], lines: Sequence[str]) -> list[Row]:
    left = iter(lines)
    return [
        replace(row, cells={at: next(left).replace(_INSIDE, "\n") for at in row.cells})
        for row in rows
    ]
