"""A sheet of a workbook as its cells read, free of the file's format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Flaw(StrEnum):
    """Why a cell has no text that could be trusted."""

    FORMULA = "formula"
    """A formula whose result the file does not hold."""
    ERROR = "error"
    """The spreadsheet itself shows an error there, as #REF!."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Cells that are merged into one; numbers of rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of one row that hold something, by the number of their column from 1."""

    number: int
    cells: Mapping[int, str]
    flaws: Mapping[int, Flaw]
    fonts: Mapping[int, str] = field(default_factory=dict)
    """The names of fonts, of cells in one of before Unicode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet: its rows from top to bottom, those without content left out."""

    name: str
    rows: tuple[Row, ...]
    merged: tuple[Span, ...] = ()
    hidden: bool = False


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell as a spreadsheet shows it: D7."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
