"""An official document as content, free of its file form (Nghị định 30/2020/NĐ-CP, Điều 8).

``word`` and ``pdf`` lay out the same record. Every text is plain text: what came from outside has
passed ``outside.plain``, and nothing in it is ever read as markup.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.directive import Urgency
from mappings.render.wording import COUNTRY, month, serial

BLANK = "\u00a0" * 6
"""Room for a number or a day that is filled in by hand; spaces that no renderer folds."""

_COMMITTEE = "ỦY BAN NHÂN DÂN"
_ONE_LINE = 24
"""Characters of an issuer in capitals that the left half of the head holds on one line."""


class Align(StrEnum):
    """Where the text of a table's column stands."""

    LEFT = "left"
    CENTER = "center"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text of the body."""

    text: str
    italic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A point of a list with its marker in the text, such as ``1.`` or ``-``."""

    marker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Title of a part, held on the page of what follows.

    Level 1 is ``I.``, level 2 is ``1.``; level 3 is ``a)`` and looks like running text.
    """

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table; ``share`` is its part of the width, relative to the others."""

    title: str
    share: float
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A ruled table; its head is repeated on each page. ``total`` sets the last row in bold."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False


Block = Paragraph | Item | Heading | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDate:
    """Date of a document; ``day`` None leaves room for it, as a draft does."""

    year: int
    month: int
    day: int | None = None

    @classmethod
    def of(cls, day: date) -> "IssueDate":
        """Return the whole date."""
        return cls(year=day.year, month=day.month, day=day.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs. ``capacity`` holds the lines above the position, such as ``KT. CHỦ TỊCH``.

    ``stamp`` holds the lines of the box that shows a digital signature; empty where nobody signed.
    """

    capacity: tuple[str, ...] = ()
    position: str = ""
    name: str = ""
    stamp: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialDocument:
    """All parts of a document. Without ``type_name`` it is a công văn, whose subject is "V/v …".

    ``number`` None leaves room for it. ``recipients`` is the Nơi nhận list.
    """

    issuer: str
    notation: str
    place: str
    issued: IssueDate
    subject: str
    body: tuple[Block, ...]
    signer: Signer
    parent: str = ""
    number: str | None = None
    type_name: str = ""
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    draft: bool = False
    country: str = COUNTRY

    @property
    def issuer_lines(self) -> tuple[str, ...]:
        """Return the issuer as it is printed."""
        return printed_issuer(self.issuer)

    @property
    def number_line(self) -> str:
        """Return ``Số: 512/UBND-VH``, with room where the number is not given yet."""
        return f"Số: {serial(self.number) if self.number else BLANK}/{self.notation}"

    @property
    def place_line(self) -> str:
        """Return ``Hữu Lũng, ngày 08 tháng 5 năm 2024``."""
        issued = self.issued
        day = BLANK if issued.day is None else f"{issued.day:02d}"
        return f"{self.place}, ngày {day} tháng {month(issued.month)} năm {issued.year}"

    @property
    def title(self) -> str:
        """Return the document's name for the file's properties."""
        code = f"{self.number or ''}/{self.notation}"
        return " ".join(p for p in (self.type_name, code, self.subject) if p)


def printed_issuer(name: str) -> tuple[str, ...]:
    """Return an issuer's name in capitals; a people's committee takes two lines (Phụ lục I)."""
    capitals = " ".join(name.upper().split())
    if capitals.startswith("UBND "):
        capitals = f"{_COMMITTEE} {capitals.removeprefix('UBND ')}"
    if capitals.startswith(f"{_COMMITTEE} "):
        return (_COMMITTEE, capitals.removeprefix(f"{_COMMITTEE} "))
    return _balanced(capitals)


def _balanced(capitals: str) -> tuple[str, ...]:
    """Break a long name near its middle, so that no single word is left on the second line."""
    if len(capitals) <= _ONE_LINE or " " not in capitals:
        return (capitals,)
    gaps = [at for at, letter in enumerate(capitals) if letter == " "]
    middle = min(gaps, key=lambda at: abs(at - len(capitals) / 2))
    return (capitals[:middle], capitals[middle + 1 :])


def addressed(addressees: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the Kính gửi line and, for several addressees, the list below it."""
    if len(addressees) == 1:
        return f"Kính gửi: {addressees[0]}", ()
    return "Kính gửi:", dash_list(addressees)


def dash_list(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list as Phụ lục I writes it: dashes, semicolons and a final full stop."""
    last = len(entries) - 1
    return tuple(f"- {entry}{'.' if i == last else ';'}" for i, entry in enumerate(entries))
