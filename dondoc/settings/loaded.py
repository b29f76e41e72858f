"""One set of configuration files as it was read: what it says, or what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

from domain.errors import ConfigError, Problem
from domain.ids import SetDigest, digest_of
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.settings.set_files import DiskFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSet:
    """The files of a set, its digest, and its settings; None with the problems of a bad one."""

    path: Path
    files: DiskFiles
    manifest: bytes
    settings: Settings | None
    problems: tuple[Problem, ...] = ()

    def sound(self) -> Settings:
        """Return the settings; raises ``ConfigError`` with the problems of a bad set."""
        if self.settings is None:
            raise ConfigError(self.problems)
        return self.settings

    @property
    def digest(self) -> SetDigest:
        """Return the digest of the manifest, which is that of the set."""
        return SetDigest(digest_of(self.manifest))


def load_set(path: Path) -> LoadedSet:
    """Read a configuration whole; a bad one is returned, too."""
    files = DiskFiles()
    settings: Settings | None = None
    problems: tuple[Problem, ...] = ()
    try:
        settings = load_settings(path, files)
    except ConfigError as error:
        problems = error.problems
    return LoadedSet(
        path=path.absolute(),
        files=files,
        manifest=files.manifest(path),
        settings=settings,
        problems=problems,
    )
