"""Which files of a letter travel in which mail, where one mail cannot carry all of them.

A mail server refuses messages over a size that it announces (SIZE, RFC 1870). The files then go
in several mails, or by the address at which the issuer has published them; none is left out. The
sizes here are those of the whole message as it is sent, with its files in base64.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.directive import StoredFile

TEXT_OCTETS = 65_536
"""Kept free for the header and both texts; the longest ones that were seen have a third of it."""

_HEAD_OCTETS = 2_048
"""Kept free for the header of a file, whose name of 255 octets stands there in two encodings."""

_LINE, _LINE_ENCODED = 57, 78
"""Octets of a file on one line of base64, and of that line with its end (RFC 2045 section 6.8)."""


class OverSize(StrEnum):
    """How files go that one mail cannot carry together."""

    LINK = "link"
    PARTS = "parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A file that is not enclosed, and the address at which its issuer has published it."""

    file: StoredFile
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """What one of the mails of a letter carries, fixed when the letter is planned.

    ``part`` counts from 1 to ``parts``; files in neither member travel in another part.
    """

    attached: tuple[StoredFile, ...]
    linked: tuple[Linked, ...] = ()
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a letter's files have to fit in.

    ``octets`` is the largest message that the mail server takes, None where that is not known.
    ``source`` gives the official address of a file, or nothing.
    """

    octets: int | None
    over_size: OverSize
    source: Callable[[StoredFile], str]

    def holds(self, files: Iterable[StoredFile]) -> bool:
        """Tell whether one mail carries these files together."""
        return self.octets is None or message_octets(f.size for f in files) <= self.octets


def message_octets(sizes: Iterable[int]) -> int:
    """Return the most octets that a mail with files of these sizes has on its way."""
    lines = (-(-size // _LINE) for size in sizes)
    return TEXT_OCTETS + sum(_HEAD_OCTETS + count * _LINE_ENCODED for count in lines)


def stranded(files: Sequence[StoredFile], room: Room) -> list[StoredFile]:
    """Return the files that can go in no mail and by no address."""
    return [f for f in _left_out(files, room) if not room.source(f)]


def enclosures(files: Sequence[StoredFile], room: Room) -> tuple[Enclosure, ...]:
    """Return what each mail of a letter carries, in the letter's order of files; at least one mail.

    The addresses stand in the first one. Nothing may be ``stranded``.
    """
    linked = _left_out(files, room)
    batches: list[list[StoredFile]] = [[]]
    for file in (f for f in files if f not in linked):
        if not room.holds([*batches[-1], file]):
            batches.append([])
        batches[-1].append(file)
    by_address = tuple(Linked(file=f, url=room.source(f)) for f in linked)
    return tuple(
        Enclosure(
            attached=tuple(batch),
            linked=by_address if number == 1 else (),
            part=number,
            parts=len(batches),
        )
        for number, batch in enumerate(batches, start=1)
    )


def _left_out(files: Sequence[StoredFile], room: Room) -> list[StoredFile]:
    """Return what is not enclosed: what no mail carries, or, by link, what the one mail does not.

    The order of the letter decides: its own text stands first, appendices are left out.
    """
    kept: list[StoredFile] = []
    found: list[StoredFile] = []
    for file in files:
        beside = kept if room.over_size is OverSize.LINK else []
        (kept if room.holds([*beside, file]) else found).append(file)
    return found
