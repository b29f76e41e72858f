"""What a person has to look at in a list of offices, each with its place."""

from dataclasses import dataclass
from enum import StrEnum

from mappings.directory.table import cell_name


class Code(StrEnum):
    """What is doubtful. The words for each are in ``words``."""

    HIDDEN_SHEET = "hidden_sheet"
    NO_HEADINGS = "no_headings"
    NOTHING_READ = "nothing_read"
    UNKNOWN_HEADING = "unknown_heading"
    NOT_USED = "not_used"
    NOT_A_ROW = "not_a_row"
    NO_NAME = "no_name"
    LONG_NAME = "long_name"
    FORMULA = "formula"
    ERROR = "error"
    TORN = "torn"
    ROWS_DIFFER = "rows_differ"
    BAD_ADDRESS = "bad_address"
    BAD_IDENTIFIER = "bad_identifier"
    BAD_ID = "bad_id"
    BAD_DAY = "bad_day"
    BAD_PERIOD = "bad_period"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_LEVEL = "unknown_level"
    UNKNOWN_OFFICE = "unknown_office"
    KEYS_DISAGREE = "keys_disagree"
    OTHER_NAME = "other_name"
    SEVERAL = "several"
    BARE_PLACE = "bare_place"
    NOT_THEN = "not_then"
    SIMILAR = "similar"
    OLD_FONT = "old_font"
    TWICE = "twice"
    ADDRESS_TAKEN = "address_taken"
    IDENTIFIER_TAKEN = "identifier_taken"


REMARKS = frozenset(
    {
        Code.HIDDEN_SHEET,
        Code.NO_HEADINGS,
        Code.UNKNOWN_HEADING,
        Code.NOT_USED,
        Code.NOT_A_ROW,
    }
)
"""What is said only; of everything else the row is left out until a person has looked at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A sheet, a row of it, or a cell; rows and columns count from 1, 0 is none."""

    sheet: str
    row: int = 0
    column: int = 0

    @property
    def cell(self) -> str:
        """Return the name of the cell, empty where no single one is meant."""
        return cell_name(self.row, self.column) if self.row and self.column else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing to look at; ``said`` are the texts, ids or names that the words speak of."""

    code: Code
    place: Place
    said: tuple[str, ...] = ()

    @property
    def remark(self) -> bool:
        """Tell whether nothing was left out for it."""
        return self.code in REMARKS
