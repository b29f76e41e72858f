"""An Excel workbook (ECMA-376 part 1, chapter 18) as tables of text; formulas give what they gave.

Nothing is computed and nothing outside the file is followed. Cells are read one row after the
other, and the file's size, its parts, cells and letters are bounded.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

from lxml import etree

from domain.errors import MalformedDocument
from domain.words import say
from mappings.directory.table import Flaw, Row, Span, Table
from mappings.text.legacy_vietnamese import is_old_font
from mappings.text.limits import Limits, within
from mappings.text.package import opened_package, part_events

WHAT = say("the workbook")
LIMITS = Limits(octets=20 * 1024 * 1024)
SHEETS = 100
CELLS = 1_000_000
MERGED = 100_000
LETTERS = 20_000_000
"""Characters of all cells together."""
_CELL_LETTERS = 32_767
"""Characters of one cell (Excel's specifications and limits)."""
_ROWS, _COLUMNS = 1_048_576, 16_384

_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Numbers of formats that show a day (ECMA-376 part 1, section 18.8.30, East Asian ones too).
_DAYS = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
_NO_LETTERS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_DAY_LETTERS = re.compile(r"[yd]", re.IGNORECASE)
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# The day that never was, 29 February 1900, is number 60; before it the count is one off.
_NEVER = 60
_LAST = 2_958_465
"""Number of 31 December 9999."""


@dataclass(slots=True, kw_only=True)
class _Book:
    """What all sheets share, and how much of the bounds is used up."""

    package: ZipFile
    strings: Sequence[str] = ()
    days: frozenset[int] = frozenset()
    """Formats of cells that show a day."""
    fonts: Mapping[int, str] = field(default_factory=dict)
    """Formats of cells in a font of before Unicode, with its name."""
    epoch: date = _EPOCH
    cells: int = 0
    letters: int = 0


def read_workbook(content: bytes) -> tuple[Table, ...]:
    """Return the sheets of an XLSX file in their order, hidden ones marked.

    Dates read as 2025-07-01. Raises MalformedDocument, TooLarge.
    """
    within(WHAT, len(content), LIMITS.octets, "octets")
    with opened_package(WHAT, BytesIO(content), LIMITS) as package:
        return _tables(_Book(package=package))


def _tables(book: _Book) -> tuple[Table, ...]:
    main = _main(book)
    sheets: list[tuple[str, str, bool]] = []
    for event, element in _elements(book, main):
        name = _local(element)
        if event == "start" and name == "workbookPr":
            book.epoch = _EPOCH_1904 if element.get("date1904") in ("1", "true") else _EPOCH
        elif event == "start" and name == "sheet":
            key = next((v for k, v in element.attrib.items() if str(k).endswith("}id")), "")
            hidden = element.get("state", "visible") != "visible"
            sheets.append((element.get("name", ""), str(key), hidden))
    within(WHAT, len(sheets), SHEETS, "sheets")
    if not sheets:
        raise MalformedDocument(WHAT, say("it is no workbook: it has no sheets"))
    places = _places(book, main)
    book.strings = _strings(book, places)
    _read_styles(book, places)
    parts = {key: part for kind, key, part in places if kind.endswith("/worksheet")}
    # A sheet of charts has no cells.
    found = [(name, parts[key], hidden) for name, key, hidden in sheets if key in parts]
    return tuple(_table(book, name, part, hidden) for name, part, hidden in found)


def _main(book: _Book) -> str:
    for _, element in part_events(WHAT, book.package, "_rels/.rels"):
        if element.tag == _RELATION and element.get("Type", "").endswith("/officeDocument"):
            return element.get("Target", "").lstrip("/")
    raise KeyError("officeDocument")


def _places(book: _Book, main: str) -> list[tuple[str, str, str]]:
    """Return kind, id and part of all that the workbook refers to."""
    folder, _, name = main.rpartition("/")
    found: list[tuple[str, str, str]] = []
    for event, element in part_events(
        WHAT, book.package, f"{folder}/_rels/{name}.rels".lstrip("/")
    ):
        if event == "start" and element.tag == _RELATION and element.get("TargetMode") is None:
            target = element.get("Target", "")
            part = (
                target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
            )
            found.append((element.get("Type", ""), element.get("Id", ""), part))
    return found


def _strings(book: _Book, places: Sequence[tuple[str, str, str]]) -> list[str]:
    part = next((part for kind, _, part in places if kind.endswith("/sharedStrings")), None)
    found: list[str] = []
    letters = 0
    for event, element in _elements(book, part) if part else ():
        if event == "end" and _local(element) == "si":
            found.append(_text(element))
            letters += len(found[-1])
            within(WHAT, letters, LETTERS, "characters")
            within(WHAT, len(found), CELLS, "texts")
            _forget(element)
    return found


def _read_styles(book: _Book, places: Sequence[tuple[str, str, str]]) -> None:
    part = next((part for kind, _, part in places if kind.endswith("/styles")), None)
    own: dict[str, bool] = {}
    fonts: list[str] = []
    days: list[bool] = []
    in_fonts: list[str] = []
    for event, element in _elements(book, part) if part else ():
        if event != "start":
            continue
        name, parent = _local(element), _local_parent(element)
        if name == "numFmt":
            letters = _NO_LETTERS.sub("", element.get("formatCode", ""))
            own[element.get("numFmtId", "")] = bool(_DAY_LETTERS.search(letters))
        elif name == "font" and parent == "fonts":
            fonts.append("")
        elif name == "name" and parent == "font" and fonts:
            fonts[-1] = element.get("val", "")
        elif name == "xf" and parent == "cellXfs":
            number, font = element.get("numFmtId", "0"), element.get("fontId", "")
            days.append(own.get(number, number.isdecimal() and int(number) in _DAYS))
            known = font.isdecimal() and int(font) < len(fonts)
            in_fonts.append(fonts[int(font)] if known else "")
    book.days = frozenset(index for index, shows_day in enumerate(days) if shows_day)
    old = ((index, font) for index, font in enumerate(in_fonts) if is_old_font(font))
    book.fonts = dict(old)


def _table(book: _Book, name: str, part: str, hidden: bool) -> Table:
    rows: list[Row] = []
    merged: list[Span] = []
    number = 0
    for event, element in _elements(book, part):
        if event != "end":
            continue
        if _local(element) == "row":
            number = _number(element.get("r"), number + 1)
            row = _row(book, element, number)
            rows += [row] if row.cells or row.flaws else []
            _forget(element)
        elif _local(element) == "mergeCell":
            merged.append(_span(element.get("ref", "")))
            within(WHAT, len(merged), MERGED, "merged cells")
            _forget(element)
    rows.sort(key=lambda row: row.number)
    return Table(name=name, rows=tuple(rows), merged=tuple(merged), hidden=hidden)


def _row(book: _Book, row: etree._Element, number: int) -> Row:
    cells: dict[int, str] = {}
    flaws: dict[int, Flaw] = {}
    fonts: dict[int, str] = {}
    column = 0
    for element in row:
        if _local(element) != "c":
            continue
        book.cells += 1
        within(WHAT, book.cells, CELLS, "cells")
        match = _REFERENCE.fullmatch(element.get("r", ""))
        column = _column(match[1]) if match else column + 1
        text = _value(book, element)
        if isinstance(text, Flaw):
            flaws[column] = text
        elif text.strip():
            book.letters += len(text)
            within(WHAT, book.letters, LETTERS, "characters")
            cells[column] = text[:_CELL_LETTERS]
            style = element.get("s", "")
            font = book.fonts.get(int(style)) if style.isdecimal() else None
            fonts |= {column: font} if font else {}
    return Row(number=number, cells=cells, flaws=flaws, fonts=fonts)


def _value(book: _Book, cell: etree._Element) -> str | Flaw:
    parts = {_local(child): child for child in cell}
    value = parts["v"].text if "v" in parts else None
    if cell.get("t") == "inlineStr":
        return _text(parts["is"]) if "is" in parts else ""
    if cell.get("t") == "e":
        return Flaw.ERROR
    if value is None:
        return Flaw.FORMULA if "f" in parts else ""
    return _KINDS.get(cell.get("t", "n"), _plain)(book, cell, value)


def _shared(book: _Book, _: etree._Element, value: str) -> str:
    index = int(value)
    if not 0 <= index < len(book.strings):
        raise MalformedDocument(
            WHAT, say("a cell refers to text {number}, which it does not have", number=index)
        )
    return book.strings[index]


def _plain(_: _Book, __: etree._Element, value: str) -> str:
    return _unescaped(value)


def _truth(_: _Book, __: etree._Element, value: str) -> str:
    return "TRUE" if value == "1" else "FALSE"


def _numeric(book: _Book, cell: etree._Element, value: str) -> str:
    number = float(value)
    style = cell.get("s", "0")
    if style.isdecimal() and int(style) in book.days and 1 <= number <= _LAST:
        return _day(book, int(number)).isoformat()
    return f"{number:.15g}" if abs(number) < 1e15 else value


def _day(book: _Book, number: int) -> date:
    if book.epoch == _EPOCH and number < _NEVER:
        number += 1
    return book.epoch + timedelta(days=number)


_KINDS: Mapping[str, Callable[[_Book, etree._Element, str], str]] = {
    "s": _shared,
    "b": _truth,
    "n": _numeric,
}


def _text(element: etree._Element) -> str:
    """Return the text of a string item; how it is pronounced (rPh) is no text."""
    found = (
        node.text or ""
        for node in element.iter()
        if _local(node) == "t" and _local_parent(node) != "rPh"
    )
    return _unescaped("".join(found))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _span(reference: str) -> Span:
    ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
    first, last = ends[0], ends[-1]
    if first is None or last is None:
        raise MalformedDocument(WHAT, say("it has merged cells without a place"))
    return Span(
        top=_number(first[2], 1),
        left=_column(first[1]),
        bottom=_number(last[2], 1),
        right=_column(last[1]),
    )


def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    within(WHAT, column, _COLUMNS, "columns")
    return column


def _number(text: str | None, default: int) -> int:
    number = int(text) if text else default
    within(WHAT, number, _ROWS, "rows")
    return number


def _elements(book: _Book, part: str) -> Iterator[tuple[str, etree._Element]]:
    """Yield the elements of a part, and refuse one whose pieces were never let go."""
    kept = 0
    for event, element in part_events(WHAT, book.package, part):
        kept = kept + 1 if event == "start" else kept
        yield event, element
        if event == "end" and _local(element) in ("row", "si", "mergeCell"):
            kept = 0
        within(WHAT, kept, LIMITS.elements, "elements in one row")


def _forget(element: etree._Element) -> None:
    """Free an element that was read, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _local_parent(element: etree._Element) -> str:
    parent = element.getparent()
    return "" if parent is None else _local(parent)
