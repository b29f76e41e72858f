"""Files of a configuration as they would be: some of them not written yet."""

import glob
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from dondoc.settings.set_files import DiskFiles


class StagedFiles:
    """The files on the disk with others in their place, or beside them; see ``SetFiles``."""

    def __init__(self, staged: Mapping[Path, bytes]) -> None:
        self._disk = DiskFiles()
        self.given: set[Path] = set()
        """Those of the others that were read."""
        self._staged = {path.absolute(): content for path, content in staged.items()}

    def read(self, path: Path) -> bytes:
        """Return a file; see ``SetFiles``."""
        found = self._staged.get(path.absolute())
        if found is None:
            return self._disk.read(path)
        self.given.add(path.absolute())
        return found

    def is_file(self, path: Path) -> bool:
        """Tell whether there is such a file; see ``SetFiles``."""
        return path.absolute() in self._staged or self._disk.is_file(path)

    def matching(self, folder: Path, pattern: str) -> list[Path]:
        """Return what a pattern names; see ``SetFiles``."""
        found = self._disk.matching(folder, pattern)
        new = [path for path in self._staged if _names(pattern, folder.absolute(), path)]
        known = {path.absolute() for path in found}
        added = [folder / path.relative_to(folder.absolute()) for path in new if path not in known]
        return sorted([*found, *added]) if glob.has_magic(pattern) else found or added


def _names(pattern: str, folder: Path, path: Path) -> bool:
    if not path.is_relative_to(folder):
        return False
    relative = path.relative_to(folder).as_posix()
    if glob.has_magic(pattern):
        return relative.count("/") == pattern.count("/") and PurePosixPath(relative).match(pattern)
    return relative == pattern
