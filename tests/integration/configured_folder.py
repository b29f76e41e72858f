"""A folder of configuration made for a test, opened as the daemon opens it, and its clock."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dondoc.app import App
from dondoc.bootstrap import open_app
from dondoc.settings.load import load_settings
from tests.checkout import ROOT


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@dataclass
class ConfiguredFolder:
    """Dondoc's configuration folder, with doors of the test's own, and one clock."""

    folder: Path
    clock: Clock

    @property
    def path(self) -> Path:
        return self.folder / "dondoc.yaml"

    def configure(self, doors: str) -> None:
        """Put these doors in the place of those of the minimal configuration."""
        minimal = self.path.with_name("minimal.yaml").read_text(encoding="utf-8")
        self.path.write_text(minimal.partition("mail:")[0] + doors, encoding="utf-8")

    @contextmanager
    def opened(self) -> Iterator[App]:
        """Open the store as a process of its own would."""
        with open_app(load_settings(self.path), self.clock, create=True) as app:
            yield app


def minimal_folder(tmp_path: Path) -> Path:
    """Return a copy of the minimal configuration, its main file set aside as ``minimal.yaml``."""
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "tests" / "data" / "config" / "minimal", folder)
    (folder / "dondoc.yaml").rename(folder / "minimal.yaml")
    return folder
