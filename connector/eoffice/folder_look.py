"""What lies in a watched folder, by name, size and times; nothing is read and no link followed."""

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

DONE, REFUSED, PROCESSING = "done", "refused", "processing"
PLACES = frozenset({DONE, REFUSED, PROCESSING})

EDXML = (".edxml", ".xml")
SHEET = (".yaml", ".yml")

# Files in the making, as browsers, copying tools and office programs name them, and what Windows
# leaves in folders that were looked at.
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", "~")
_HIDDEN = (".", "~$")
_LEFT_BY_WINDOWS = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One file in one state: another size, time or file under the name is not equal.

    ``parts`` are the names below the watched folder, as the file system spells them.
    """

    parts: tuple[str, ...]
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything in the folder at one moment; ``odd`` are the links and devices."""

    files: tuple[Seen, ...]
    folders: dict[str, tuple[Seen, ...]]
    odd: tuple[str, ...]

    def all_files(self) -> Iterator[Seen]:
        """Yield every file, also those in folders."""
        yield from self.files
        for files in self.folders.values():
            yield from files


def look(root: Path) -> Look:
    """Look at a folder and one level below, each folder in one pass.

    What vanishes meanwhile is left out. Raises ``OSError`` for the folder itself.
    """
    files: list[Seen] = []
    odd: list[str] = []
    folders: dict[str, tuple[Seen, ...]] = {}
    for entry in _entries(root):
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in PLACES:
                folders[entry.name] = _inside(root, entry.name, odd)
        else:
            _sort(entry, (entry.name,), files, odd)
    return Look(files=tuple(files), folders=folders, odd=tuple(odd))


def seen(parts: tuple[str, ...], found: os.stat_result) -> Seen:
    """Return the state of a file."""
    return Seen(parts, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def is_name(text: str) -> bool:
    """Tell whether a text can only be the name of something in the folder itself."""
    return text not in ("", ".", "..") and not any(c in text for c in "/\\\0")


def shown(name: object) -> str:
    """Return a name as text that can be written anywhere: composed, and without raw bytes."""
    text = str(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", text)


def opened(root: Path, parts: tuple[str, ...]) -> BinaryIO:
    """Open one regular file below a folder; no part of the way may be a link.

    Raises ``OSError``; ``PermissionError`` for what is no regular file.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(
                part,
                os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC,
                dir_fd=folder,
            )
            os.close(folder)
            folder = inner
        # Without O_NONBLOCK a named pipe would hold the program up for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(parts[-1], flags, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise PermissionError("it is not a regular file")
    return os.fdopen(file, "rb")


def _inside(root: Path, name: str, odd: list[str]) -> tuple[Seen, ...]:
    files: list[Seen] = []
    try:
        for entry in _entries(root / name):
            if not entry.is_dir(follow_symlinks=False):
                _sort(entry, (name, entry.name), files, odd)
    except FileNotFoundError:
        return ()
    except PermissionError:
        odd.append(name)
    return tuple(files)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _is_ignored(entry.name):
                yield entry


def _sort(
    entry: os.DirEntry[str], parts: tuple[str, ...], files: list[Seen], odd: list[str]
) -> None:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISREG(found.st_mode):
        files.append(seen(parts, found))
    else:
        odd.append("/".join(parts))


def _is_ignored(name: str) -> bool:
    lower = name.lower()
    return lower.startswith(_HIDDEN) or lower.endswith(_UNFINISHED) or lower in _LEFT_BY_WINDOWS
