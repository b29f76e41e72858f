"""One set of configuration files as it was read: what it says, or what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

import structlog

from domain.errors import ConfigError, Problem
from domain.ids import SetDigest, digest_of
from domain.words import say
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.settings.set_files import DiskFiles
from dondoc.settings.source import problem_at

log = structlog.get_logger(__name__)


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
    """Read a configuration whole; a bad one is returned, too, whatever is bad about it.

    What no check foresaw is a problem of the main file: a daemon must not stand still because of
    files that somebody has just written.
    """
    files = DiskFiles()
    settings: Settings | None = None
    problems: tuple[Problem, ...] = ()
    try:
        settings = load_settings(path, files)
    except ConfigError as error:
        problems = error.problems
    except Exception as error:  # noqa: BLE001 - told as a problem of the set, and logged
        problems = (unjudged(path, error),)
    return LoadedSet(
        path=path.absolute(),
        files=files,
        manifest=files.manifest(path),
        settings=settings,
        problems=problems,
    )


def unjudged(path: Path, error: Exception) -> Problem:
    """Return the problem of a set that could not be judged, and keep in the log where that was."""
    *_, innermost = extract_tb(error.__traceback__)
    place = f"{Path(innermost.filename).name}:{innermost.lineno}"
    log.error("configuration_not_judged", error=type(error).__name__, place=place)
    what = say("could not be judged: {error}", error=type(error).__name__)
    return problem_at(path, (1, 1), what, say("report this, with the files; undo the last change"))
