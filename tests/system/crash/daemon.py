"""`dondoc run` that kills itself at a boundary, as a process of its own: ``serve``.

It is the daemon itself, with its own loop; only its ports are wrapped, its clock is that of the
campaign, and it looks again sooner than a configuration allows. ``aim.json`` in the folder says
how often each boundary is passed before the daemon is killed there; it may be replaced meanwhile.
``reached`` gets each boundary's name when it is reached for the first time since, and a last
line, ``killed BOUNDARY``, before SIGKILL. One of several workers has files of its own, with its
name before theirs, takes others for dead sooner, and spares itself where ``VICTIM`` is another.
"""

import json
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from unittest.mock import patch

from connector.store.workers import DatabaseWorkers
from domain.ports import Clock
from dondoc import bootstrap, bootstrap_engine, configurations, daemon, logs
from dondoc.app import App
from dondoc.services import crew
from dondoc.settings.loaded import LoadedSet, load_set
from dondoc.settings.records import Settings
from schedulers.engine import Engine, Work
from tests.system.crash.clock import KeptClock
from tests.system.crash.impatience import impatient
from tests.system.crash.steps import Reached, SteppedEngine, stepped

PAUSE_SECONDS = 1
BEAT_SECONDS, SILENCE_SECONDS = 0.5, 3.0
VICTIM = "victim"
"""A file that the one of several workers makes who is killed next."""
PRELOADED = [
    "__main__",
    __name__,
    "tests.system.crash.command",
    "tests.system.crash.read_before",
    "tests.system.crash.story",
    "tests.servers.postgresql",
    "dondoc.cli.main",
    "dondoc.services.compiling",
    "dondoc.services.quarantine",
    "dondoc.services.recall",
    "dondoc.services.resolve",
    "dondoc.services.asked_mailbox",
    "dondoc.services.mail_life",
    "dondoc.services.sign_of_life",
    "dondoc.services.turn",
    "dondoc.daemon",
]
"""What a process imports before it becomes one daemon, or command, after the other."""


class Aim:
    """Kills this process at the first boundary that was passed as often as it may be.

    ``file`` has the passes. Of all that share a ``victim``, a file, only one is killed.
    """

    def __init__(self, file: Path, log: Path, victim: Path | None = None) -> None:
        self._file = file
        self._read_at = 0
        self._passes: Mapping[str, int] = {}
        self._reached: Counter[str] = Counter()
        self._victim = victim
        self._lock = Lock()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, boundary: str) -> None:
        with self._lock:
            self._read_anew()
            self._reached[boundary] += 1
            if self._reached[boundary] == 1:
                self._write(boundary)
            passed = self._reached[boundary] > self._passes.get(boundary, sys.maxsize)
            if passed and self._is_the_one():
                self._write(f"killed {boundary}")
                os.kill(os.getpid(), signal.SIGKILL)
                # Other threads may live a moment longer, and must not write a word behind it.
                signal.pause()

    def _read_anew(self) -> None:
        written = self._file.stat().st_mtime_ns
        if written != self._read_at:
            self._read_at = written
            self._passes = json.loads(self._file.read_text(encoding="ascii"))
            self._reached.clear()

    def _is_the_one(self) -> bool:
        if self._victim is None:
            return True
        try:
            self._victim.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _write(self, line: str) -> None:
        os.write(self._log, f"{line}\n".encode())


def own(name: str, worker: str | None) -> str:
    """Return the name of a file of one of several workers, or of the only one."""
    return f"{worker}.{name}" if worker else name


def _limit_memory(room: Path) -> None:
    """Leave so many octets of memory to this process and its children, where a file says so."""
    if room.exists():
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + int(room.read_text(encoding="ascii"))
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class LimitedEngine(SteppedEngine):
    """Limits memory when its first work begins: its own threads need room before that."""

    def __init__(self, engine: Engine, reached: Reached, room: Path) -> None:
        super().__init__(engine, reached)
        self._rooms = [room]

    def every(self, name: str, seconds: float, work: Work) -> None:
        def limited() -> None:
            while self._rooms:
                _limit_memory(self._rooms.pop())
            work()

        super().every(name, seconds, limited)


def speak_into(file: Path) -> None:
    """Have what this process says go into a file, behind what stands there."""
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())


def aimed(folder: Path, name: str | None, victim: Path | None = None) -> Aim:
    """Return the aim that was written for a process of this name."""
    return Aim(folder / own("aim.json", name), folder / own("reached", name), victim)


@contextmanager
def stepping(folder: Path, aim: Aim) -> Iterator[None]:
    """Have whatever opens the application get it with its steps, and the campaign's clock."""
    clock = KeptClock(folder / "clock.json")
    open_app = bootstrap.open_app

    @contextmanager
    def opened(settings: Settings, clock: Clock, **how: Any) -> Iterator[App]:  # as it takes them
        with open_app(settings, clock, **how) as app:
            yield stepped(app, aim)

    with (
        patch.object(bootstrap, "open_app", opened),
        patch.object(bootstrap, "SystemClock", lambda: clock),
    ):
        yield


def serve(folder: Path, worker: str | None) -> None:
    """Serve until something ends the process; what it says goes into ``log``."""
    speak_into(folder / "log")
    aim = aimed(folder, worker, folder / VICTIM if worker else None)
    durable_engine = bootstrap_engine.durable_engine

    def engine(settings: Settings, app: App, worker: str | None, stack: ExitStack) -> SteppedEngine:
        made = durable_engine(settings, app, worker, stack)
        return LimitedEngine(made, aim, folder / "room")

    def load(path: Path) -> LoadedSet:
        """Look more often than a configuration may say."""
        loaded = load_set(path)
        if loaded.settings is None:
            return loaded
        hasty = replace(loaded.settings.schedule, poll_seconds=PAUSE_SECONDS)
        settings = shortened(replace(loaded.settings, schedule=hasty))
        return replace(loaded, settings=settings)

    logs.configure()
    with (
        stepping(folder, aim),
        impatient(folder) as shortened,
        patch.object(bootstrap_engine, "durable_engine", engine),
        patch.object(configurations, "load_set", load),
        patch.object(crew, "BEAT_SECONDS", BEAT_SECONDS),
        patch.object(
            bootstrap,
            "DatabaseWorkers",
            partial(DatabaseWorkers, silence_seconds=SILENCE_SECONDS),
        ),
    ):
        daemon.serve(load(folder / "dondoc.yaml"), worker)
