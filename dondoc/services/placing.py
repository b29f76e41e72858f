"""Result files in the output folder: what the evidence holds, whole, and safely on disk.

Every function raises ``OSError`` when the folder cannot be read or written.
"""

import os
from pathlib import Path
from stat import S_IMODE, S_ISREG

import structlog

from domain.directive import StoredFile
from domain.ids import digest_of

log = structlog.get_logger(__name__)

_FILE_MODE, _FOLDER_MODE = 0o640, 0o750
"""Rights of results: the officers of the folder's group read them, nobody else does."""

_CHEAP = 8 * 1024 * 1024
"""Octets up to which a file is read again at every turn."""


def lies_in(folder: Path, file: StoredFile, *, exactly: bool = False) -> bool:
    """Tell whether a file lies in the folder with its own content.

    Of a large one only the size is compared, unless ``exactly``.
    """
    path = folder / file.name
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not S_ISREG(found.st_mode) or found.st_size != file.size:
        return False
    if file.size > _CHEAP and not exactly:
        return True
    return digest_of(path.read_bytes()) == file.digest


def place(folder: Path, file: StoredFile, content: bytes) -> None:
    """Put a file into the folder; one with another content is kept under a name of its own."""
    _open_folder(folder)
    target = folder / file.name
    fresh = folder / f".{file.name}.new"
    fresh.unlink(missing_ok=True)
    with open(fresh, "xb", opener=_private) as opened:
        # The umask may have taken the group's right away.
        os.fchmod(opened.fileno(), _FILE_MODE)
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    _set_aside(target)
    fresh.replace(target)
    _synchronise(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _FILE_MODE)


def _set_aside(path: Path) -> None:
    """Keep what somebody wrote over a result; what a power cut left empty is nobody's work."""
    if not path.is_file() or not path.stat().st_size:
        return
    other = digest_of(path.read_bytes())[:8]
    kept = path.with_name(f"{path.stem}.khac-{other}{path.suffix}")
    path.rename(kept)
    log.warning("output_set_aside", file=path.name, kept=kept.name)


def _open_folder(folder: Path) -> None:
    """Make the folder for results; one that stands already keeps the rights it was given."""
    if folder.is_dir():
        return
    folder.mkdir(mode=_FOLDER_MODE, parents=True)
    # What the folder inherits, such as its parent's group for new files, stays.
    folder.chmod(S_IMODE(folder.stat().st_mode) | _FOLDER_MODE)


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
