"""A ZIP file of a stranger: its list of entries is bounded before the library reads it as a whole.

The count in the end record is only a claim: the library goes by the octets of the list.
"""

from collections.abc import Callable
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED

METHODS = frozenset({ZIP_STORED, ZIP_DEFLATED})
"""What is unpacked piece by piece; the library inflates a piece of any other as far as it goes."""

PIECE = 64 * 1024
"""Octets to ask for at once: of a whole file all would be inflated before it is cut to its size."""


class Bounded:
    """A stream for ``ZipFile``; ``charge`` gets the size of each larger piece and may raise."""

    def __init__(self, stream: BinaryIO, charge: Callable[[int], None]) -> None:
        self._stream, self._charge = stream, charge
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        """Read; without a size it is the end of the file, where the library looks for its record.

        Entries are read in pieces of at most ``PIECE``, which are not charged.
        """
        if size > PIECE:
            self._charge(size)
        return self._stream.read(size if size >= 0 else 2 * PIECE)
