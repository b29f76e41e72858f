"""The files of one set of configuration: read once, named in a list, and kept as they were.

The list, ``manifest``, says which files the set has by what patterns, and the digest of each; its
own digest is that of the set. Names are relative to the folder of the main file, so that the same
set has the same digest on every machine.
"""

import errno
import glob
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from domain.errors import StoreFailed
from domain.ids import Digest, digest_of
from dondoc.settings.source import octets


class SetFiles(Protocol):
    """Where the files of a set are read from."""

    def read(self, path: Path) -> bytes:
        """Return a file as ``source.octets`` does; raises ``OSError``."""

    def is_file(self, path: Path) -> bool:
        """Tell whether there is such a file."""

    def matching(self, folder: Path, pattern: str) -> list[Path]:
        """Return the files below a folder that a path or pattern names, in order."""


@dataclass(slots=True)
class DiskFiles:
    """The files as they lie on the disk; each is read once, and what was asked for is noted.

    ``contents`` has what was read, None what could not be; ``named`` what each pattern named.
    """

    contents: dict[Path, bytes | None] = field(default_factory=dict)
    named: dict[tuple[Path, str], list[Path]] = field(default_factory=dict)
    _stats: dict[Path, tuple[int, ...] | None] = field(default_factory=dict)

    def read(self, path: Path) -> bytes:
        """Return a file; see ``SetFiles``."""
        known = self.contents.get(path)
        if known is not None:
            return known
        self.contents[path], self._stats[path] = None, _stat(path)
        try:
            content = self.contents[path] = octets(path)
        except ValueError as error:
            raise OSError(errno.EINVAL, "no file can have this name", str(path)) from error
        return content

    def is_file(self, path: Path) -> bool:
        """Tell whether there is such a file; see ``SetFiles``."""
        found = lies_at(path)
        if not found:
            self.contents[path] = self._stats[path] = None
        return found

    def matching(self, folder: Path, pattern: str) -> list[Path]:
        """Return what a pattern names; see ``SetFiles``."""
        found = expanded(folder, pattern)
        self.named[folder, pattern] = found
        return found

    def manifest(self, main: Path) -> bytes:
        """Return the list of what was read, as JSON."""

        def name(path: Path) -> str:
            return os.path.relpath(path, main.parent)

        listed = {
            "main": main.name,
            "files": {
                name(path): None if content is None else digest_of(content)
                for path, content in self.contents.items()
            },
            "patterns": sorted(
                (name(folder), pattern, [name(path) for path in found])
                for (folder, pattern), found in self.named.items()
            ),
        }
        text = json.dumps(listed, sort_keys=True, ensure_ascii=False, indent=1)
        return text.encode(errors=_OF_NAMES)

    def forget_contents(self) -> None:
        """Keep which files were read, and no longer what they hold."""
        self.contents = dict.fromkeys(self.contents)

    def as_read(self) -> "Footprint":
        """Return the footprint of the files as they were when they were read."""
        seen = tuple((path, self._stats[path]) for path in self.contents)
        return (seen, tuple(map(tuple, self.named.values())))

    def footprint(self) -> "Footprint":
        """Return what shows, without reading a file, whether anything is another one by now."""
        seen = tuple((path, _stat(path)) for path in self.contents)
        return (seen, tuple(tuple(expanded(*place)) for place in self.named))


_OF_NAMES = "surrogatepass"
"""Names may hold what is no text: octets of a file's name (PEP 383), and halves of a pair."""

Footprint = tuple[object, ...]
"""Names, times, sizes and numbers of files, and what patterns name."""


def _stat(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)


def expanded(folder: Path, pattern: str) -> list[Path]:
    """Return the files on the disk that a path or pattern names, in order."""
    if glob.has_magic(pattern):
        try:
            return [folder / name for name in sorted(glob.glob(pattern, root_dir=folder))]
        except ValueError:
            # No file can have such a name.
            return []
    return [folder / pattern] if lies_at(folder / pattern) else []


def lies_at(path: Path) -> bool:
    """Tell whether something other than a folder lies there; reading tells why it cannot be had.

    Names that are too long, or that no file can have, are those of no file.
    """
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Tell whether there is such a folder, as ``lies_at`` does of a file."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


class KeptFiles:
    """The files of a set as a manifest lists them, wherever they are kept now.

    ``main`` is where the main file lies, or lay; ``content`` gives a file by its digest. Raises
    ``StoreFailed`` when the manifest cannot be read.
    """

    def __init__(self, main: Path, manifest: bytes, content: Callable[[Digest], bytes]) -> None:
        self._content = content
        folder = main.parent

        def place(name: str) -> Path:
            return Path(os.path.normpath(folder / name))

        try:
            listed = json.loads(manifest.decode(errors=_OF_NAMES))
            self._digests = {
                place(name): Digest(digest)
                for name, digest in listed["files"].items()
                if digest is not None
            }
            self._named = {
                (place(of), pattern): [place(name) for name in names]
                for of, pattern, names in listed["patterns"]
            }
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreFailed("the list of files of a kept configuration is damaged") from error

    def read(self, path: Path) -> bytes:
        """Return a file; see ``SetFiles``."""
        digest = self._digests.get(Path(os.path.normpath(path)))
        if digest is None:
            raise FileNotFoundError(2, "it was not in that set", str(path))
        return self._content(digest)

    def is_file(self, path: Path) -> bool:
        """Tell whether there was such a file; see ``SetFiles``."""
        return Path(os.path.normpath(path)) in self._digests

    def matching(self, folder: Path, pattern: str) -> list[Path]:
        """Return what a pattern named; see ``SetFiles``."""
        return self._named.get((Path(os.path.normpath(folder)), pattern), [])
