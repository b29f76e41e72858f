"""One row of a list of offices, cell by cell."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from domain.ids import Address
from mappings.directory import cells
from mappings.directory.columns import Column, Vocabulary
from mappings.directory.doubt import Code, Doubt, Place
from mappings.directory.headings import Headings
from mappings.directory.listed import ListedOffice
from mappings.directory.syntax import ID, ORGAN_ID
from mappings.directory.table import Row

Value = TypeVar("Value")
_LONGEST_NAME = 300
"""Characters; no office has so long a name, a cell with more is a remark or a slip."""
_SHOWN = 60
"""Characters of a cell that a doubt repeats."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A row while it is read: the text of each column, and what is wrong in it."""

    place: Place
    texts: Mapping[Column, str]
    columns: Mapping[Column, int]
    doubts: list[Doubt] = field(default_factory=list)

    def text(self, column: Column) -> str | None:
        """Return a cell's text on one line; None for an empty cell and for a dash."""
        found = self.texts.get(column, "")
        return None if cells.is_dash(found) else cells.one_line(found) or None

    def whole(self, column: Column) -> str | None:
        """Return a cell's text with its lines; None for an empty cell and for a dash."""
        return self.texts[column] if self.text(column) is not None else None

    def doubt(self, code: Code, column: Column, *said: str) -> None:
        place = replace(self.place, column=self.columns.get(column, 0))
        shown = tuple(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…" for text in said)
        self.doubts.append(Doubt(code=code, place=place, said=shown))


def read_row(
    row: Row, headings: Headings, words: Vocabulary, place: Place, heading: str | None
) -> tuple[ListedOffice | None, list[Doubt]]:
    """Return what a row says of an office; without one when something in it is doubtful."""
    reading = _Reading(
        place=place,
        texts=_texts(row, headings),
        columns={column: at for at, column in reversed(list(headings.columns.items()))},
    )
    name = reading.text(Column.NAME)
    if name is None:
        reading.doubt(Code.NO_NAME, Column.NAME)
        return None, reading.doubts
    if len(name) > _LONGEST_NAME:
        reading.doubt(Code.LONG_NAME, Column.NAME, name)
    dashes = (c for c, text in reading.texts.items() if cells.is_dash(text))
    office = ListedOffice(
        place=place,
        columns=reading.columns,
        name=name,
        id=_matching(reading, Column.ID, ID.fullmatch, Code.BAD_ID),
        aliases=_values(reading, Column.ALIASES),
        kind=_word(reading, Column.KIND, words.kind, Code.UNKNOWN_KIND),
        level=_word(reading, Column.LEVEL, words.level, Code.UNKNOWN_LEVEL),
        parent=reading.text(Column.PARENT),
        groups=_values(reading, Column.GROUPS),
        heading=heading,
        organ_id=_matching(reading, Column.ORGAN_ID, ORGAN_ID.fullmatch, Code.BAD_IDENTIFIER),
        organ_id_old=_matching(
            reading, Column.ORGAN_ID_OLD, ORGAN_ID.fullmatch, Code.BAD_IDENTIFIER
        ),
        emails=_addresses(reading, Column.EMAILS),
        leader_emails=_addresses(reading, Column.LEADER_EMAILS),
        private_emails=_addresses(reading, Column.PRIVATE_EMAILS),
        deputies=_deputies(reading),
        valid_from=_word(reading, Column.VALID_FROM, cells.day, Code.BAD_DAY),
        valid_to=_word(reading, Column.VALID_TO, cells.day, Code.BAD_DAY),
        successors=_successors(reading),
        note=_note(reading),
        taken_away=frozenset(dashes),
    )
    if office.valid_from and office.valid_to and office.valid_to < office.valid_from:
        reading.doubt(Code.BAD_PERIOD, Column.VALID_TO)
    return (None if reading.doubts else office), reading.doubts


def _texts(row: Row, headings: Headings) -> dict[Column, str]:
    """Return the text of each column; several of addresses are one."""
    found: dict[Column, str] = {}
    for at, column in headings.columns.items():
        if at in row.cells and column not in (Column.IGNORED, Column.ORDINAL):
            before = found.get(column)
            found[column] = row.cells[at] if before is None else f"{before}\n{row.cells[at]}"
    return found


def _matching(
    reading: _Reading, column: Column, matches: Callable[[str], object], code: Code
) -> str | None:
    text = reading.text(column)
    if text is None or matches(text):
        return text
    reading.doubt(code, column, text)
    return None


def _word(
    reading: _Reading, column: Column, read: Callable[[str], Value | None], code: Code
) -> Value | None:
    text = reading.text(column)
    if text is None:
        return None
    found = read(text)
    if found is None:
        reading.doubt(code, column, text)
    return found


def _values(reading: _Reading, column: Column) -> tuple[str, ...] | None:
    text = reading.whole(column)
    return None if text is None else cells.values(text)


def _addresses(reading: _Reading, column: Column) -> tuple[Address, ...] | None:
    text = reading.whole(column)
    if text is None:
        return None
    read = cells.addresses(text)
    if read.wrong:
        reading.doubt(Code.BAD_ADDRESS, column, cells.one_line(text))
    return read.found or None


def _deputies(reading: _Reading) -> tuple[tuple[str, date, date], ...] | None:
    text = reading.whole(Column.DEPUTIES)
    return None if text is None else tuple(_sound_deputies(reading, text))


def _sound_deputies(reading: _Reading, text: str) -> Iterator[tuple[str, date, date]]:
    for who, first, last in cells.stand_ins(text):
        if first is None or last is None:
            reading.doubt(Code.BAD_DAY, Column.DEPUTIES, who)
        elif last < first:
            reading.doubt(Code.BAD_PERIOD, Column.DEPUTIES)
        else:
            yield who, first, last


def _successors(reading: _Reading) -> tuple[tuple[str, str | None], ...] | None:
    text = reading.whole(Column.SUCCESSORS)
    return None if text is None else tuple(cells.heirs(text))


def _note(reading: _Reading) -> str | None:
    text = reading.whole(Column.NOTE)
    return None if text is None else cells.tidy(text)
