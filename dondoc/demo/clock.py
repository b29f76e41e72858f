"""The demo's clock: a year in a minute, and a killed demo takes it up where it stopped."""

from datetime import datetime
from pathlib import Path


class DemoClock:
    """A clock that only moves when told to; its instant is kept in a file."""

    def __init__(self, path: Path, start: datetime) -> None:
        self._path = path
        self._now = start
        if path.exists() and (text := path.read_text(encoding="ascii").strip()):
            self._now = datetime.fromisoformat(text)

    def now(self) -> datetime:
        """Return the demo's present instant."""
        return self._now

    def advance(self, to: datetime) -> None:
        """Move on; the file is replaced whole, so a kill leaves the old or the new instant."""
        self._now = max(self._now, to)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(self._now.isoformat(), encoding="ascii")
        fresh.replace(self._path)
