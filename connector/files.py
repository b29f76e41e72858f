"""Content that lies in a file of ours, and files for what is on its way."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connector.store.disk_failures import translated


@dataclass(frozen=True, slots=True)
class FileContent:
    """Bytes of a file that nobody changes meanwhile."""

    path: Path

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        """Return a new stream over the bytes."""
        return self.path.open("rb")


ON_ITS_WAY = "a file on its way"
"""How an error of the disk names what was being fetched."""


@contextmanager
def spooled(folder: Path | None) -> Iterator[tuple[BinaryIO, FileContent]]:
    """Yield a new file to write to and its content; it is removed afterwards.

    ``folder`` should lie on a disk: the system's own place for such files may be in memory. Raises
    ``StoreFailed`` for an error of the disk.
    """
    with translated(ON_ITS_WAY), tempfile.NamedTemporaryFile(dir=folder, prefix="spool-") as named:
        path = Path(named.name)
        with path.open("r+b") as stream:
            yield stream, FileContent(path)
