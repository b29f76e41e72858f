"""The daemons of a place: one, or a pair of workers.

Of a pair, one is killed, and never started again: the other one goes on, until another begins
beside it, under a name of its own, that it may be killed in turn.
"""

import json
import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.system.crash.daemon import PRELOADED, VICTIM, own, serve

_PATIENCE = 60.0
NURSERY = multiprocessing.get_context("forkserver")
"""Daemons and commands are forked from a process that has imported everything: that takes longer
than a run."""
NURSERY.set_forkserver_preload(PRELOADED)


@dataclass(frozen=True)
class _One:
    """A daemon; ``worker`` is its name in a pair."""

    process: BaseProcess
    worker: str | None


class Fleet:
    """Starts, kills and ends the daemons of a folder, oldest first."""

    def __init__(self, folder: Path, *, pairs: bool) -> None:
        self._folder = folder
        self._pairs = pairs
        self._daemons: list[_One] = []
        self._started = 0

    @property
    def pairs(self) -> bool:
        """Tell whether two daemons work at a time."""
        return self._pairs

    @property
    def running(self) -> bool:
        """Tell whether all that were started are alive."""
        return bool(self._daemons) and all(one.process.is_alive() for one in self._daemons)

    def start(self, passes: Mapping[str, int], *, alone: bool = False) -> None:
        """Aim those that live, and start what is missing; one of them kills itself, see ``daemon``.

        Where one of a pair is to do everything ``alone``, none is started beside it.
        """
        self._daemons = [one for one in self._daemons if one.process.is_alive()]
        (self._folder / VICTIM).unlink(missing_ok=True)
        for one in self._daemons:
            self._aim(one.worker, passes)
        while len(self._daemons) < (2 if self._pairs and not alone else 1):
            self._daemons.append(self._begun(passes))

    def _begun(self, passes: Mapping[str, int]) -> _One:
        self._started += 1
        worker = f"w{self._started}" if self._pairs else None
        self._aim(worker, passes)
        process = NURSERY.Process(target=serve, args=(self._folder, worker), daemon=True)
        process.start()
        return _One(process, worker)

    def _aim(self, worker: str | None, passes: Mapping[str, int]) -> None:
        (self._folder / own("reached", worker)).write_text("", encoding="ascii")
        aim = self._folder / own("aim.json", worker)
        new = aim.with_suffix(".new")
        new.write_text(json.dumps(dict(passes)), encoding="ascii")
        new.replace(aim)

    def reached(self) -> list[str]:
        """Return what a daemon that killed itself wrote about itself, or else all of them."""
        for one in self._daemons:
            lines = self._reached_by(one)
            if lines and lines[-1].startswith("killed "):
                return lines
        return [line for one in self._daemons for line in self._reached_by(one)]

    def _reached_by(self, one: _One) -> list[str]:
        place = self._folder / own("reached", one.worker)
        return place.read_text(encoding="ascii").splitlines()

    def kill(self, number: int = 0) -> bool:
        """Kill one, if none has killed itself; tell whether it was alive. Others go on."""
        if not self.running:
            return False
        one = self._daemons[number % len(self._daemons)]
        one.process.kill()
        one.process.join()
        return True

    def killed_itself(self) -> None:
        """Wait until one has killed itself."""
        for one in self._daemons[:1]:
            one.process.join(_PATIENCE)

    def kill_all(self) -> None:
        """Kill whatever there is."""
        for one in self._daemons:
            one.process.kill()
            one.process.join()
        self._daemons = []

    def stop_the_living(self) -> None:
        """End in order those that nobody killed."""
        self._daemons = [one for one in self._daemons if one.process.is_alive()]
        self.stop()

    def stop(self) -> None:
        """End all in order; raises ``AssertionError`` when one fails."""
        ending, self._daemons = self._daemons, []
        alive = [one for one in ending if one.process.is_alive()]
        for one in alive:
            one.process.terminate()
        for one in alive:
            one.process.join(_PATIENCE)
        failed = [one.process.exitcode for one in ending if one.process.exitcode != 0]
        if failed:
            raise AssertionError(f"a daemon failed at its end: {failed}")
