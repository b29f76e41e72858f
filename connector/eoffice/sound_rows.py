"""Rows of a list of which some may be unusable: the sound ones are not stopped by the others."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from connector.eoffice.http import NoAnswer
from connector.eoffice.vxp_answer import Members, member
from domain.errors import ListNotWhole

T = TypeVar("T")


@dataclass(slots=True)
class Sound(Generic[T]):
    """What a list gave, and what is wrong with it in words, one for each flaw.

    ``others`` counts rows that belong to another list.
    """

    rows: list[T] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    others: int = 0

    def whole(self, peer: str) -> list[T]:
        """Return the rows of a list without a flaw; raises ``ListNotWhole`` with the sound ones."""
        if not self.flaws:
            return self.rows
        more = f", and {len(self.flaws) - 1} more like it" if len(self.flaws) > 1 else ""
        raise ListNotWhole(peer, f"{self.flaws[0]}{more}", self.rows)


def data_rows(members: Members) -> Sequence[object]:
    """Return the list ``data``; raises ``NoAnswer`` for null or another type."""
    data = member(members, "data")
    if not isinstance(data, list):
        raise NoAnswer("member data is missing or is no list")
    return data


def read_each(rows: Iterable[object], read: Callable[[Members], T]) -> Sound[T]:
    """Read every row that can be; ``read`` raises ``NoAnswer`` for one that cannot."""
    found: Sound[T] = Sound()
    found.rows.extend(_read(rows, read, found.flaws))
    return found


def _read(rows: Iterable[object], read: Callable[[Members], T], flaws: list[str]) -> Iterator[T]:
    for number, row in enumerate(rows, start=1):
        try:
            if not isinstance(row, dict):
                raise NoAnswer("it is no object")
            yield read(row)
        except NoAnswer as error:
            flaws.append(f"row {number} of member data cannot be used: {error.detail}")
