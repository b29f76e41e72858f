"""One sheet of the register: cells by kind, heads, heights of rows, print set-up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reportlab.lib.utils import simpleSplit
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mappings.render.outside import LONG, plain
from mappings.render.typeface import Face, load
from mappings.render.wording import local

SIZE = 12.0
"""Points of the letters that widths of columns are counted in."""

_A4 = 9
"""Number of A4 in the file format (ECMA-376 part 1, section 18.3.1.63)."""

# A column's width counts digits of the typeface, half as wide as high; viewers differ by some
# hundredths and leave a margin.
_ROOM = 0.47 * SIZE
_LINE = 1.25
_AIR = 4.0
_MOST = 400.0  # a row's height ends at 409 points (ECMA-376 part 1, section 18.3.1.73)

Cell = str | int | float | date | None


class Look(StrEnum):
    """How a cell looks."""

    TEXT = "text"
    CENTRED = "centred"
    NUMBER = "number"
    SHARE = "share"
    DAY = "day"
    INSTANT = "instant"
    HEAD = "head"
    ORDINAL = "ordinal"
    TOTAL_TEXT = "total_text"
    TOTAL_NUMBER = "total_number"
    TOTAL_SHARE = "total_share"
    PLAIN = "plain"
    BOLD = "bold"
    UNDERLINED = "underlined"
    TITLE = "title"
    SUBTITLE = "subtitle"
    CAPTION = "caption"
    LINE = "line"


_MIDDLE: dict[str, object] = {"align": "center", "valign": "vcenter"}
_GRID: dict[str, object] = {"border": 1, "valign": "vcenter", "text_wrap": True}
_GRID_CENTRED: dict[str, object] = {**_GRID, "align": "center"}
# The quote prefix keeps a spreadsheet from reading "=…" as a formula when the cell is edited.
_QUOTED: dict[str, object] = {"quote_prefix": True}
_LOOKS: dict[Look, dict[str, object]] = {
    Look.TEXT: {**_GRID, **_QUOTED},
    Look.CENTRED: {**_GRID_CENTRED, **_QUOTED},
    Look.NUMBER: {**_GRID_CENTRED, "num_format": "0"},
    Look.SHARE: {**_GRID_CENTRED, "num_format": "0.0%"},
    Look.DAY: {**_GRID_CENTRED, "num_format": "dd/mm/yyyy"},
    Look.INSTANT: {**_GRID_CENTRED, "num_format": "dd/mm/yyyy hh:mm"},
    Look.HEAD: {**_GRID_CENTRED, "bold": True, "bg_color": "#E7E6E6"},
    Look.ORDINAL: {**_GRID_CENTRED, "italic": True},
    Look.TOTAL_TEXT: {**_GRID, "bold": True},
    Look.TOTAL_NUMBER: {**_GRID_CENTRED, "bold": True, "num_format": "0"},
    Look.TOTAL_SHARE: {**_GRID_CENTRED, "bold": True, "num_format": "0.0%"},
    Look.PLAIN: _MIDDLE,
    Look.BOLD: {**_MIDDLE, "bold": True},
    Look.UNDERLINED: {**_MIDDLE, "bold": True, "underline": 1},
    Look.TITLE: {**_MIDDLE, "bold": True, "font_size": 14},
    Look.SUBTITLE: {**_MIDDLE, "italic": True, "text_wrap": True},
    # Text that runs on over the cells to its right; centred it would run off the sheet's left edge.
    Look.CAPTION: {"valign": "vcenter", "bold": True, "font_size": 14},
    Look.LINE: {"valign": "vcenter"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column: its title, its width in digits, how its cells look."""

    title: str
    width: float
    look: Look = Look.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The looks of one sheet; ``size`` is that of its letters in points."""

    size: float
    formats: Mapping[Look, Format]


def make_style(book: Workbook, size: float = SIZE) -> Style:
    """Make every look once for a sheet."""
    formats = {look: book.add_format({"font_size": size, **_LOOKS[look]}) for look in Look}
    return Style(size=size, formats=formats)


def put(
    sheet: Worksheet, row: int, cells: Sequence[Cell], fields: Sequence[Field], style: Style
) -> None:
    """Write one row, high enough for its text, which is never read as a formula.

    Instants are told in local time.
    """
    # Viewers do not fit a row's height by themselves when a program wrote the file.
    sheet.set_row(
        row, _height([str(c) if isinstance(c, str) else "" for c in cells], fields, style)
    )
    for column, (cell, field) in enumerate(zip(cells, fields, strict=True)):
        look = style.formats[field.look]
        if cell is None or cell == "":
            sheet.write_blank(row, column, None, look)
        elif isinstance(cell, str):
            sheet.write_string(row, column, plain(cell, LONG), look)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, column, local(cell).replace(second=0, microsecond=0), look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, look)
        else:
            sheet.write_number(row, column, cell, look)


def put_heads(sheet: Worksheet, row: int, fields: Sequence[Field], style: Style) -> None:
    """Write the heads of the columns at ``row`` and set the widths."""
    titles = [field.title for field in fields]
    sheet.set_row(row, _height(titles, fields, style, Face.BOLD))
    for column, field in enumerate(fields):
        sheet.set_column(column, column, field.width)
        sheet.write_string(row, column, field.title, style.formats[Look.HEAD])


def set_paper(sheet: Worksheet) -> None:
    """Prepare a sheet for A4 on its side, pages numbered, lines of the screen not printed."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.6, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer('&C&"Times New Roman"&10Trang &P/&N')
    sheet.hide_gridlines(1)


def fasten_head(sheet: Worksheet, first: int, last: int, bottom: int, width: int) -> None:
    """Freeze and repeat the head in rows ``first`` to ``last``, filter the rows to ``bottom``."""
    sheet.freeze_panes(last + 1, 0)
    sheet.repeat_rows(first, last)
    sheet.autofilter(last, 0, max(bottom, last), width - 1)


def _height(
    texts: Sequence[str], fields: Sequence[Field], style: Style, face: Face = Face.REGULAR
) -> float:
    return height_of([plain(text, LONG) for text in texts], fields, style, face)


def height_of(
    texts: Sequence[str], fields: Sequence[Field], style: Style, face: Face = Face.REGULAR
) -> float:
    """Return how high a row is, in points, that shows its texts with all their lines."""
    load()
    lines = max(
        len(simpleSplit(text.strip("\n"), str(face), style.size, field.width * _ROOM))
        for text, field in zip(texts, fields, strict=True)
    )
    return min(max(lines, 1) * style.size * _LINE + _AIR, _MOST)
