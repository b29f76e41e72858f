"""A ZIP file of a stranger: its list of entries is bounded before the library reads it as a whole.

The count in the end record is only a claim: the library goes by the octets of the list.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

METHODS = frozenset({ZIP_STORED, ZIP_DEFLATED})
"""What is unpacked piece by piece; the library inflates a piece of any other as far as it goes."""

PIECE = 64 * 1024
"""Octets to ask for at once: of a whole file all would be inflated before it is cut to its size."""

Charge = Callable[[int], None]


@contextmanager
def opened_zip(stream: BinaryIO, charge: Charge) -> Iterator[ZipFile]:
    """Open a ZIP file to be read.

    ``charge`` gets the octets of its list of entries before they are read, and may raise. Raises
    what the library raises.
    """
    bounded = _Bounded(stream, charge)
    with ZipFile(bounded) as archive:
        bounded.charge = _free
        yield archive


class _Bounded:
    """A stream of which each piece that is asked for is charged first."""

    def __init__(self, stream: BinaryIO, charge: Charge) -> None:
        self._stream = stream
        self.charge = charge
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        """Read; without a size it is the end of the file, where the library looks for its record.

        That end is at most a comment of 64 KiB and the record (APPNOTE 4.3.16).
        """
        if size < 0:
            return self._stream.read(2 * PIECE)
        self.charge(size)
        return self._stream.read(size)


def _free(octets: int) -> None:
    """Charge nothing: entries are asked for piece by piece."""
