"""A disk that is soon full: a small file system in memory, which only root can mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FILL = "fill"


class SmallDisk:
    """A mounted folder that can be filled to its last block and emptied again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def free(self) -> int:
        """Return the octets that are free."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, *, but: int = 0) -> None:
        """Leave no room, or only so many octets."""
        with (self.folder / _FILL).open("ab", buffering=0) as file:
            while (room := self.free - but) > 0:
                file.write(bytes(min(room, 1_048_576)))

    def empty(self) -> None:
        """Make room again."""
        (self.folder / _FILL).unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk on a folder, which is made; skips where that may not be done."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    size = f"size={megabytes}m,mode=0700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("no file system can be mounted here; as root it can")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
