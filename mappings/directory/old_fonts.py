"""Sheets that are written in a font of before Unicode, as .VnTime: all their cells at once.

A cell has too few words to tell; all cells of a sheet together are evidence enough. So is the font
of a cell, unless other cells in it are in Unicode, and a soft hyphen that is the ư of TCVN3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mappings.directory.doubt import Code, Doubt, Place
from mappings.directory.table import Row, Table
from mappings.text.legacy_vietnamese import in_font, is_modern, modernised, with_horned_u

_INSIDE = "\x1f"
"""Stands for a line break inside of a cell while lines are cells."""
_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class InUnicode:
    """A sheet with its texts in Unicode, and what to tell of it."""

    table: Table
    told: tuple[Doubt, ...] = ()


def in_unicode(table: Table) -> InUnicode:
    """Return a sheet with its texts in Unicode; as it is when nothing shows an old font."""
    texts = [text.replace("\n", _INSIDE) for row in table.rows for text in row.cells.values()]
    found, encoding = modernised("\n".join(texts))
    lines = found.split("\n")
    if encoding is None or len(lines) != len(texts):
        lines = texts
    unsure = _fonts_of_unicode(table.rows)
    rows = tuple(_rows(table.rows, lines, unsure))
    told = [
        (row.number, at, text)
        for row, before in zip(rows, table.rows, strict=True)
        for at, text in row.cells.items()
        if text != before.cells[at]
    ]
    return InUnicode(table=replace(table, rows=rows), told=tuple(_told(table.name, told)))


def _fonts_of_unicode(rows: Sequence[Row]) -> frozenset[str]:
    """Return the old fonts in which cells are in Unicode all the same."""
    return frozenset(
        font for row in rows for at, font in row.fonts.items() if is_modern(row.cells.get(at, ""))
    )


def _rows(rows: Sequence[Row], lines: Sequence[str], unsure: frozenset[str]) -> Iterator[Row]:
    left = iter(lines)
    for row in rows:
        fonts = {at: font for at, font in row.fonts.items() if font not in unsure}
        cells: dict[int, str] = {}
        for at, text in row.cells.items():
            line = next(left).replace(_INSIDE, "\n")
            cells[at] = in_font(text, fonts[at]) if at in fonts else with_horned_u(line)
        yield replace(row, cells=cells)


def _told(sheet: str, cells: Sequence[tuple[int, int, str]]) -> Iterator[Doubt]:
    for row, column, text in cells[:1]:
        place = Place(sheet=sheet, row=row, column=column)
        shown = " ".join(text.split())[:_SHOWN]
        yield Doubt(code=Code.CONVERTED, place=place, said=(shown, str(len(cells))))
