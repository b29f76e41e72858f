"""Reading of one element by its children's local names, whatever their order and namespace."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from lxml import etree

from domain.ids import OrganId
from mappings.edxml.values import (
    read_day,
    read_flag,
    read_instant,
    read_integer,
    read_text,
    without_invisible,
    write_day,
    write_instant,
)

_T = TypeVar("_T")


class Block:
    """One element and the list in which everything odd below it is noted.

    Wherever several names are given they are spellings of one element; empty texts are absent,
    and of repeated elements the first that has a text counts.
    """

    def __init__(self, element: etree._Element, warnings: list[str]) -> None:
        self.warnings = warnings
        self.name = local_name(element)
        self._element = element
        self._children: dict[str, list[etree._Element]] = {}
        for child in element.iterchildren(etree.Element):
            self._children.setdefault(local_name(child), []).append(child)

    def warn(self, text: str) -> None:
        """Note something odd."""
        self.warnings.append(text)

    def children(self, *names: str) -> list["Block"]:
        """Return the children of these names."""
        return [Block(child, self.warnings) for child in self._elements(names)]

    def child(self, *names: str) -> "Block":
        """Return the first child of these names, or an empty block."""
        found = self._elements(names)
        return Block(found[0] if found else etree.Element(names[0]), self.warnings)

    def has(self, *names: str) -> bool:
        """Whether there is a child of these names, empty or not."""
        return bool(self._elements(names))

    def descendants(self, *names: str) -> list["Block"]:
        """Return the elements of these names at any depth, in document order."""
        found = self._element.iter(etree.Element)
        return [Block(each, self.warnings) for each in found if local_name(each) in names]

    def own_text(self) -> str:
        """Return this element's own text."""
        return read_text(self._raw(self._element))

    def raw(self, *names: str) -> str:
        """Return a child's text trimmed but otherwise as written."""
        texts = (self._raw(element).strip() for element in self._elements(names))
        return next((text for text in texts if text), "")

    def text(self, *names: str) -> str:
        """Return a child's text in NFC."""
        return read_text(self.raw(*names))

    def organ_id(self) -> OrganId:
        """Return the organisation's identifier as it is seen; the word ``null`` is absent."""
        return self._organ_id(self.raw("OrganId"))

    def own_organ_id(self) -> OrganId:
        """Return this element's own text as an identifier, as `organ_id` does."""
        return self._organ_id(self._raw(self._element).strip())

    def integer(self, name: str, default: int) -> int:
        """Return a child's whole number, or the default with a warning when it is none."""
        found = self._value(read_integer, name)
        return default if found is None else found

    def flag(self, name: str) -> bool:
        """Return a child's yes or no; absent is no."""
        return bool(self._value(read_flag, name))

    def day(self, name: str) -> date | None:
        """Return a child's day, with a warning when it is in another shape than the standard's."""
        found = self._value(read_day, name)
        self._check_shape(name, write_day(found))
        return found

    def instant(self, name: str) -> datetime | None:
        """Return a child's instant in UTC, with a warning as for `day`."""
        found = self._value(read_instant, name)
        self._check_shape(name, write_instant(found))
        return found

    def _organ_id(self, written: str) -> OrganId:
        visible = without_invisible(written).strip()
        if visible != written:
            self.warn(f"an OrganId in {self.name} has invisible characters, which are left out")
        if visible.lower() != "null":
            return OrganId(visible)
        self.warn(f"an OrganId in {self.name} is the word null")
        return OrganId("")

    def _value(self, read: Callable[[str], _T | None], name: str) -> _T | None:
        written = self.raw(name)
        value = read(written) if written else None
        if written and value is None:
            self.warn(f"{self.name}/{name} {written[:40]!r} cannot be understood")
        return value

    def _check_shape(self, name: str, meant: str) -> None:
        written = self.raw(name)
        if meant and written != meant:
            self.warn(f"{self.name}/{name} {written[:40]!r} is read as {meant}")

    def _elements(self, names: tuple[str, ...]) -> list[etree._Element]:
        return [element for name in names for element in self._children.get(name, ())]

    @staticmethod
    def _raw(element: etree._Element) -> str:
        return "".join(str(part) for part in element.itertext())


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
