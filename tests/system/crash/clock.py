"""A clock that every process of a campaign shares: it runs faster than the machine's."""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FastClock:
    """``speed`` times as fast as the machine's clock, which showed ``machine`` at ``instant``."""

    instant: datetime
    machine: float
    speed: float

    @classmethod
    def begin(cls, instant: datetime, speed: float) -> "FastClock":
        """Return a clock that shows this instant now."""
        return cls(instant=instant, machine=time.time(), speed=speed)

    @classmethod
    def read(cls, path: Path) -> "FastClock":
        """Return the clock that was kept in a file."""
        kept = json.loads(path.read_text(encoding="ascii"))
        return cls(
            instant=datetime.fromisoformat(kept["instant"]),
            machine=kept["machine"],
            speed=kept["speed"],
        )

    def keep(self, path: Path) -> None:
        """Write it into a file, for other processes."""
        kept = {"instant": self.instant.isoformat(), "machine": self.machine, "speed": self.speed}
        new = path.with_suffix(".new")
        new.write_text(json.dumps(kept), encoding="ascii")
        new.replace(path)

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        passed = max(0.0, time.time() - self.machine)
        return self.instant + timedelta(seconds=passed * self.speed)

    def ahead(self, to: datetime) -> "FastClock":
        """Return a clock that shows ``to`` now, or the present instant where that is later."""
        return FastClock.begin(max(to, self.now()), self.speed)

    def stepped(self, by: timedelta) -> "FastClock":
        """Return a clock that was set forwards or back by so much."""
        return FastClock.begin(self.now() + by, self.speed)


class KeptClock:
    """The clock that lies in a file, as it lies there at each moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, FastClock] | None = None

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        written = self._path.stat().st_mtime_ns
        if self._read is None or self._read[0] != written:
            self._read = (written, FastClock.read(self._path))
        return self._read[1].now()
