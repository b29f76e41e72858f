"""Forms that a mapping file describes: texts with places to be filled, and ways to write a date."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.words import say

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Where a date without a zone is meant."""

_PLACES = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*)\}|[{}]")
_LETTERS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%f",
    "XXX": "%z",
}
_PARTS = re.compile(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']|'")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"epoch_seconds": 1_000_000, "epoch_milliseconds": 1_000}
_DIGITS = re.compile(r"-?\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Template:
    """Text with places such as ``{page}``; ``{{`` and ``}}`` stand for the braces themselves."""

    text: str

    def __post_init__(self) -> None:
        """Refuse a brace that belongs to no place."""
        for found in _PLACES.finditer(self.text):
            if found.group() in {"{", "}"}:
                raise ValueError(
                    say(
                        "has a lone {brace} at character {number}",
                        brace=found.group(),
                        number=found.start() + 1,
                    )
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its places, in order."""
        return tuple(found[1] for found in _PLACES.finditer(self.text) if found[1])

    @property
    def only(self) -> str | None:
        """The name of the place that is the whole text, or None."""
        found = _PLACES.fullmatch(self.text)
        return found[1] if found else None

    def filled(self, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
        """Return the text with every place filled; ``quote`` protects what is put in.

        Raises ``KeyError`` with the name of a place that has no value.
        """

        def put(found: re.Match[str]) -> str:
            return quote(values[found[1]]) if found[1] else found.group()[0]

        return _PLACES.sub(put, self.text)


@dataclass(frozen=True, slots=True)
class DateForm:
    """A way to write an instant: ``dd/MM/yyyy HH:mm:ss``, ``epoch_seconds`` and the like.

    Letters have the meaning that Java gives them, because administrators know them from there;
    other text stands in single quotes. Without a zone it is Vietnamese time.
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse a form without a whole date and one with unknown letters."""
        if self.text not in _UNITS:
            missing = [part for part in ("%Y", "%m", "%d") if part not in self._directives()]
            if missing:
                raise ValueError(say("needs dd, MM and yyyy"))

    def read(self, value: object) -> datetime | None:
        """Return the instant in UTC, or None where the value has another form."""
        text = str(value).strip()
        try:
            if self.text in _UNITS:
                return _since_epoch(text, _UNITS[self.text])
            found = datetime.strptime(text, self._directives())  # noqa: DTZ007 - done below
            return (found if found.tzinfo else found.replace(tzinfo=ZONE)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def write(self, instant: datetime) -> str:
        """Return an instant in this form."""
        if self.text in _UNITS:
            return str((instant - _EPOCH) // timedelta(microseconds=_UNITS[self.text]))
        local = instant.astimezone(ZONE)
        # strftime writes microseconds and a zone without a colon, where Java has three digits
        # and a colon.
        milliseconds = f"{local.microsecond // 1000:03}"
        return local.strftime(
            self._directives().replace("%f", milliseconds).replace("%z", _offset(local))
        )

    def _directives(self) -> str:
        return "".join(map(_directive, _PARTS.finditer(self.text)))


def _directive(part: re.Match[str]) -> str:
    if part[2]:
        if part.group() not in _LETTERS:
            raise ValueError(
                say(
                    "has {letters}, which is not one of {known}",
                    letters=part.group(),
                    known=", ".join(_LETTERS),
                )
            )
        return _LETTERS[part.group()]
    if part.group() == "'":
        raise ValueError(say("has a lone quote"))
    return (part.group() if part[1] is None else part[1] or "'").replace("%", "%%")


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:]}"


def _since_epoch(text: str, unit: int) -> datetime | None:
    if not _DIGITS.fullmatch(text):
        return None
    return _EPOCH + timedelta(microseconds=int(text) * unit)
