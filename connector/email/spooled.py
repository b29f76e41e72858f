"""A message on its way that is too large for memory: a file without a name, gone with its owner."""

import io
import os
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from domain.errors import StoreFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Spooled:
    """Content that is written piece by piece and can then be read as often as needed.

    ``folder`` should lie on a disk; None is the system's own for such files. Raises ``StoreFailed``
    when it cannot be written. A crash leaves nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        try:
            # Closed by the finalizer below, whoever holds this last.
            file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        except OSError as error:
            raise self._failed(error) from error
        self._descriptor = file.fileno()
        weakref.finalize(self, file.close)
        self._size = 0

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self._size

    def add(self, piece: bytes) -> None:
        """Write a piece at the end."""
        view = memoryview(piece)
        try:
            while view:
                written = os.pwrite(self._descriptor, view, self._size)
                self._size += written
                view = view[written:]
        except OSError as error:
            raise self._failed(error) from error

    def open(self) -> BinaryIO:
        """Return a new stream at the first byte that can seek; it keeps the file alive."""
        return io.BufferedReader(_Stream(self, self._descriptor))

    def _failed(self, error: OSError) -> StoreFailed:
        return StoreFailed(f"{self._folder or tempfile.gettempdir()}: {error.strerror}")


class _Stream(io.RawIOBase):
    def __init__(self, owner: Spooled, descriptor: int) -> None:
        self._owner = owner
        self._descriptor = descriptor
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._owner.size}
        self._position = max(0, start[whence] + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count
