"""What stands in single cells of a list of offices, read and written.

Several values of one cell stand on a line each; people also separate them by semicolons.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from domain.ids import Address
from domain.office import Deputy, Successor
from mappings.directory.syntax import mail_address
from mappings.names.fold import fold

_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
# Sought from the beginning of a word only, so that a long one is read in time.
_CANDIDATE = re.compile(r"(?<![^\s;,<>()\[\]\"'“”])[^\s;,<>()\[\]\"'“”]+@[^\s;,<>()\[\]\"'“”]+")
_BEHIND_NAME = re.compile(
    r"(?:\"[^\"]{0,200}\"\s{0,9}|[^;,<>@\"]{0,200})<\s{0,9}([^<>\s@]+@[^<>\s@]+)\s{0,9}>"
)
"""An address as mail programs write it (RFC 5322, section 3.4): behind a name, in brackets."""
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s;,<>()\[\]\"'“”/&.:–-]+")
# What people write beside an address and what is no part of it.
_LABELS = frozenset(
    fold(label)
    for label in (
        *("email", "e mail", "mail", "gmail", "thư", "thư điện tử", "hộp thư", "hòm thư", "và"),
        *("văn thư", "lãnh đạo", "cá nhân", "công vụ", "cơ quan", "chính", "phụ", "mới", "hoặc"),
    )
)
_NOTHING = frozenset(
    fold(word) for word in ("không", "không có", "chưa có", "chưa", "không có email")
)
_DASHES = frozenset("-–—")
_DAY = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII), (3, 2, 1)),
    (re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.ASCII), (3, 2, 1)),
)
_IN_BRACKETS = re.compile(r"(.+?)\s*\(([^()]*)\)")
_TO = re.compile(r"–|—|-|đến")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses of a cell; ``wrong`` is what is none, and nothing else is meant by it."""

    found: tuple[Address, ...] = ()
    wrong: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """Return text in NFC without hidden characters and stray blanks; lines stay lines."""
    lines = (_tidy_line(line) for line in re.split(r"\r\n|[\n\r\v\f\u2028\u2029]", text))
    return "\n".join(lines).strip("\n")


def _tidy_line(line: str) -> str:
    seen = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", line))
    return " ".join("".join(c for c in seen if unicodedata.category(c) not in _HIDDEN).split())


def one_line(text: str) -> str:
    """Return tidied text on one line."""
    return " ".join(tidy(text).split())


def is_dash(text: str) -> bool:
    """Tell whether a cell has a dash: the value is to be taken away."""
    return tidy(text) in _DASHES


def values(text: str) -> tuple[str, ...]:
    """Return the values of a cell: its lines, or what semicolons separate where it is one line."""
    parts = text.split("\n") if "\n" in text else text.split(";")
    return tuple(filter(None, map(one_line, parts)))


def written_values(items: Iterable[str]) -> str:
    """Return a cell that ``values`` reads as these."""
    listed = list(items)
    text = "\n".join(listed)
    # A line that ends says that lines, not semicolons, separate.
    return f"{text}\n" if len(listed) == 1 and ";" in text else text


def addresses(text: str) -> Addresses:
    """Return the mail addresses of a cell in small letters, each once."""
    said = _MAILTO.sub(" ", tidy(text).replace("\n", " ; "))
    said = _BEHIND_NAME.sub(r" \1 ", said)
    found: list[Address] = []
    wrong: list[str] = []
    for match in _CANDIDATE.finditer(said):
        parts = match[0].split("/") if match[0].count("@") > 1 else [match[0]]
        for part in filter(None, (part.strip(".:") for part in parts)):
            address = mail_address(part)
            found += [Address(address)] if address else []
            wrong += [] if address else [part]
    beside = _CANDIDATE.sub(";", said)
    words = [word for part in re.split(r"[;,:/]", beside) if (word := _words(part))]
    wrong += [word for word in words if fold(word) not in _LABELS | _NOTHING]
    return Addresses(found=tuple(dict.fromkeys(found)), wrong=tuple(wrong))


def _words(text: str) -> str:
    return " ".join(filter(None, _BETWEEN.split(text)))


def day(text: str) -> date | None:
    """Return the day that a cell names; None where it names none."""
    said = one_line(text).lower()
    for form, order in _DAY:
        match = form.fullmatch(said)
        if match:
            try:
                return date(*(int(match[place]) for place in order))
            except ValueError:
                return None
    return None


def written_day(value: date) -> str:
    """Return a day as people write it."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def heirs(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield whom a cell names as successors, each with the function that it takes over."""
    for value in values(text):
        match = _IN_BRACKETS.fullmatch(value)
        yield (match[1], match[2].strip() or None) if match else (value, None)


def written_heirs(successors: Iterable[Successor]) -> str:
    """Return a cell that ``heirs`` reads as these."""
    return "\n".join(f"{s.office} ({s.function})" if s.function else s.office for s in successors)


def stand_ins(text: str) -> Iterator[tuple[str, date | None, date | None]]:
    """Yield whom a cell names as deputies, each with the first and the last day."""
    for value in values(text):
        match = _IN_BRACKETS.fullmatch(value)
        period = _period(match[2]) if match else None
        yield (match[1], *period) if match and period else (value, None, None)


def _period(text: str) -> tuple[date, date] | None:
    """Return two days; a hyphen may stand between them, and within each."""
    for between in _TO.finditer(text):
        first, last = day(text[: between.start()]), day(text[between.end() :])
        if first and last:
            return first, last
    return None


def written_stand_ins(deputies: Iterable[Deputy]) -> str:
    """Return a cell that ``stand_ins`` reads as these."""
    return "\n".join(
        f"{d.office or d.address} ({written_day(d.valid_from)} – {written_day(d.valid_to)})"
        for d in deputies
    )
