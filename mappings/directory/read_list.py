"""A list of offices as people keep it, read: titles, headings, groups, merged cells, stray rows."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mappings.directory.cells import is_dash, one_line
from mappings.directory.columns import Column, Vocabulary, Words
from mappings.directory.doubt import Code, Doubt, Place
from mappings.directory.headings import Headings, find_headings
from mappings.directory.listed import ListedOffice, Listing
from mappings.directory.merged_rows import joined
from mappings.directory.old_fonts import in_unicode
from mappings.directory.read_row import read_row
from mappings.directory.table import Flaw, Row, Span, Table
from mappings.directory.workbook import CELLS, WHAT
from mappings.names.fold import fold
from mappings.text.limits import within

GUIDE_SHEET = "Hướng dẫn"
"""Name of the sheet of an exported list that explains it and holds no offices."""

_ORDINAL_OF_GROUP = re.compile(r"(?:[IVXLC]{1,6}|[A-ZĐ])[.)]?")
_HEADED = re.compile(r"(?:[IVXLC]{1,6}|[A-ZĐ])[.)/]\s*(.+)|(?:[IVXLC]{1,6})\s+-\s+(.+)")
# Whole cells, or their first words, of rows below a list that are no offices.
_FOOTERS = tuple(
    fold(words)
    for words in (
        *("Tổng cộng", "Tổng số", "Cộng", "Ghi chú", "Lưu ý", "Người lập", "Người lập biểu"),
        *("Nơi nhận", "Danh sách này", "Ấn định danh sách", "TM", "KT", "TL", "Thủ trưởng"),
    )
)
# Of these, what stands above the name of a person who signs.
_SIGNERS = tuple(
    fold(words) for words in ("Người lập", "Người lập biểu", "TM", "KT", "TL", "Thủ trưởng")
)
_DATELINE = re.compile(r"ngày\b.{0,12}\btháng\b.{0,8}\bnăm\b", re.IGNORECASE)
_KEYS = (Column.ID, Column.ORGAN_ID, Column.ORGAN_ID_OLD, Column.EMAILS)


@dataclass(slots=True, kw_only=True)
class _Sheet:
    table: Table
    headings: Headings
    vocabulary: Vocabulary
    numbered: bool
    heading: str | None = None
    signed: bool = False
    """Whether the signature below the list has begun."""
    begun: int | None = None
    """Row in which the last office begins, None when it was left out."""
    offices: list[ListedOffice] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def place(self, row: int, column: int = 0) -> Place:
        return Place(sheet=self.table.name, row=row, column=column)


def read_list(tables: Sequence[Table], words: Words) -> Listing:
    """Return what the sheets of a list say, and what is to be looked at in them.

    Raises ``TooLarge`` for merged cells that lie over one another without end.
    """
    vocabulary = Vocabulary(words)
    offices: list[ListedOffice] = []
    doubts: list[Doubt] = []
    for table in tables:
        if table.name == GUIDE_SHEET:
            continue
        found = _read_sheet(table, vocabulary)
        offices += found.offices
        doubts += found.doubts
    if not offices and all(doubt.remark for doubt in doubts):
        doubts.append(Doubt(code=Code.NOTHING_READ, place=Place(sheet="")))
    return Listing(offices=tuple(offices), doubts=tuple(doubts))


def _read_sheet(table: Table, vocabulary: Vocabulary) -> Listing:
    place = Place(sheet=table.name)
    if table.hidden:
        return Listing(offices=(), doubts=(Doubt(code=Code.HIDDEN_SHEET, place=place),))
    headings = find_headings(table, vocabulary)
    # A sheet with ids was exported: it is in Unicode, however its texts look.
    if headings is None or Column.ID not in headings.columns.values():
        table = in_unicode(table)
        headings = find_headings(table, vocabulary)
    if headings is None:
        empty = not table.rows
        return Listing(
            offices=(), doubts=() if empty else (Doubt(code=Code.NO_HEADINGS, place=place),)
        )
    rows = [row for row in table.rows if row.number > headings.last]
    sheet = _Sheet(
        table=table,
        headings=headings,
        vocabulary=vocabulary,
        numbered=_numbered(rows, headings),
    )
    _tell_columns(sheet)
    _read_rows(sheet, list(_filled(rows, table.merged, headings)))
    return Listing(offices=tuple(sheet.offices), doubts=tuple(sheet.doubts))


def _numbered(rows: Sequence[Row], headings: Headings) -> bool:
    at = _only(headings.columns, Column.ORDINAL)
    return sum(row.cells.get(at, "").strip().rstrip(".").isdecimal() for row in rows) > 1


def _only(columns: Mapping[int, Column], wanted: Column) -> int:
    return next((at for at, column in columns.items() if column is wanted), 0)


def _tell_columns(sheet: _Sheet) -> None:
    last = sheet.headings.last
    for at, text in sheet.headings.unknown.items():
        said = (one_line(text),)
        sheet.doubts.append(
            Doubt(code=Code.UNKNOWN_HEADING, place=sheet.place(last, at), said=said)
        )
    for at, column in sheet.headings.columns.items():
        if column is Column.IGNORED:
            said = (one_line(_heading_text(sheet, at)),)
            sheet.doubts.append(Doubt(code=Code.NOT_USED, place=sheet.place(last, at), said=said))


def _heading_text(sheet: _Sheet, at: int) -> str:
    above = (row for row in sheet.table.rows if row.number <= sheet.headings.last)
    return next((row.cells[at] for row in reversed(list(above)) if at in row.cells), "")


def _filled(
    rows: Sequence[Row], merged: Sequence[Span], headings: Headings
) -> Iterator[tuple[Row, int | None]]:
    """Yield the rows with what cells merged downwards say in each of them; raises ``TooLarge``.

    The second value is the row in which a merged name begins that goes on in this one.
    """
    tall = [s for s in merged if s.bottom > s.top > headings.last]
    name = _only(headings.columns, Column.NAME)
    by_number = {row.number: row for row in rows}
    numbers = [row.number for row in rows]
    added: dict[int, dict[int, str]] = {}
    going_on: dict[int, int] = {}
    filled = 0
    for span in tall:
        first = by_number.get(span.top)
        text = first.cells.get(span.left, "") if first else ""
        below = numbers[bisect_right(numbers, span.top) : bisect_right(numbers, span.bottom)]
        filled += len(below)
        within(WHAT, filled, CELLS, "merged cells")
        for number in below if text else ():
            added.setdefault(number, {})[span.left] = text
            if span.left <= name <= span.right:
                going_on[number] = span.top
    for row in rows:
        more = added.get(row.number, {})
        yield replace(row, cells={**row.cells, **more}) if more else row, going_on.get(row.number)


def _read_rows(sheet: _Sheet, rows: Sequence[tuple[Row, int | None]]) -> None:
    wide = {s.top: s for s in sheet.table.merged if s.right > s.left and s.top == s.bottom}
    for row, begun in rows:
        heading = _group(sheet, row, wide.get(row.number))
        if _repeats_headings(sheet, row):
            sheet.signed = False
        elif begun is None and _is_signature(sheet, row):
            sheet.signed = True
            sheet.doubts.append(_not_a_row(sheet, row))
        elif heading is not None:
            sheet.heading = heading
        elif begun is None and _is_beside_the_list(sheet, row):
            sheet.doubts.append(_not_a_row(sheet, row))
        elif _has_content(sheet, row):
            sheet.signed = False
            _take(sheet, row, begun)


def _not_a_row(sheet: _Sheet, row: Row) -> Doubt:
    said = (one_line(next(iter(row.cells.values()), "")),)
    return Doubt(code=Code.NOT_A_ROW, place=sheet.place(row.number), said=said)


def _is_signature(sheet: _Sheet, row: Row) -> bool:
    """Tell whether a row is of the signature below a list: its words, or a name below them."""
    texts = [text for text in map(one_line, row.cells.values()) if text]
    ordinal = row.cells.get(_only(sheet.headings.columns, Column.ORDINAL), "").strip().rstrip(".")
    if not texts or row.flaws or ordinal.isdecimal() or any("@" in text for text in texts):
        return False
    if all(_begins(text, _SIGNERS) for text in texts):
        return True
    return sheet.signed and (sheet.numbered or len(texts) == 1)


def _take(sheet: _Sheet, row: Row, begun: int | None) -> None:
    """Take the office of a row, or what the row adds to that whose merged name has ``begun``.

    Of the rows of a merged name all are taken or none: half an office is another one.
    """
    office = _read(sheet, row)
    if begun is None:
        sheet.begun = row.number if office else None
        sheet.offices += filter(None, [office])
    elif begun == sheet.begun:
        _go_on(sheet, office)
    elif office is not None:
        sheet.doubts.append(_torn(office))


def _go_on(sheet: _Sheet, more: ListedOffice | None) -> None:
    before = sheet.offices.pop()
    office, doubts = joined(before, more) if more is not None else (None, [])
    sheet.doubts += doubts
    if office is None or doubts:
        sheet.begun = None
        sheet.doubts.append(_torn(before))
    else:
        sheet.offices.append(office)


def _torn(office: ListedOffice) -> Doubt:
    return Doubt(code=Code.TORN, place=office.at(Column.NAME), said=(office.name,))


def _read(sheet: _Sheet, row: Row) -> ListedOffice | None:
    flaws = {at: flaw for at, flaw in row.flaws.items() if at in _used(sheet.headings)}
    if flaws:
        at, flaw = min(flaws.items())
        code = Code.FORMULA if flaw is Flaw.FORMULA else Code.ERROR
        sheet.doubts.append(Doubt(code=code, place=sheet.place(row.number, at)))
        return None
    office, doubts = read_row(
        row, sheet.headings, sheet.vocabulary, sheet.place(row.number), sheet.heading
    )
    sheet.doubts += doubts
    return office


def _used(headings: Headings) -> set[int]:
    unused = (Column.IGNORED, Column.ORDINAL)
    return {at for at, column in headings.columns.items() if column not in unused}


def _has_content(sheet: _Sheet, row: Row) -> bool:
    used = _used(sheet.headings)
    return any(at in used for at in (*row.cells, *row.flaws))


def _repeats_headings(sheet: _Sheet, row: Row) -> bool:
    """Tell whether a row has the headings again, as lists have that were made for printing.

    A row that numbers the columns ("1 2 3 4") is no office either.
    """
    columns = sheet.headings.columns
    if all(text.strip() == str(number) for number, text in enumerate(row.cells.values(), start=1)):
        return len(row.cells) > 1
    again = [
        at for at, text in row.cells.items() if sheet.vocabulary.column(text) is columns.get(at)
    ]
    return len(again) > 1 and len(again) == len(row.cells)


def _group(sheet: _Sheet, row: Row, wide: Span | None) -> str | None:
    """Return the group that a row names for those below it; None for any other row."""
    columns = sheet.headings.columns
    name, ordinal = _only(columns, Column.NAME), _only(columns, Column.ORDINAL)
    texts = {at: one_line(text) for at, text in row.cells.items() if not is_dash(text)}
    number = texts.pop(ordinal, "") if name in texts or len(texts) > 1 else ""
    if len(texts) != 1 or row.flaws:
        return None
    ((at, text),) = texts.items()
    headed = _HEADED.fullmatch(text)
    plain = next(filter(None, headed.groups())) if headed else text
    if _is_footer(plain):
        return None
    across = wide is not None and wide.left <= max(name, at) <= wide.right
    if _ORDINAL_OF_GROUP.fullmatch(number) or headed or across:
        return plain
    return plain if at != name and at == ordinal and not text.rstrip(".").isdecimal() else None


def _is_beside_the_list(sheet: _Sheet, row: Row) -> bool:
    """Tell whether a row below or between is no office: a sum, a remark, a signature."""
    columns = sheet.headings.columns
    keys = any(at in row.cells for at, column in columns.items() if column in _KEYS)
    texts = [one_line(text) for text in row.cells.values()]
    ordinal = row.cells.get(_only(columns, Column.ORDINAL), "").strip().rstrip(".")
    if any(map(_DATELINE.search, texts)):
        return True
    if keys or (sheet.numbered and ordinal.isdecimal()):
        return False
    name = _only(columns, Column.NAME)
    first = min(row.cells, default=name)
    said = (one_line(row.cells.get(at, "")) for at in (first, name))
    return any(map(_is_footer, said)) or (sheet.numbered and name not in row.cells)


def _is_footer(text: str) -> bool:
    return _begins(text, _FOOTERS) or _DATELINE.search(text) is not None


def _begins(text: str, known: Sequence[str]) -> bool:
    key = fold(text)
    return any(key == words or key.startswith(f"{words} ") for words in known)
