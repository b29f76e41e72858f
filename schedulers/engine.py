"""The engine behind which things happen again and again; the ledger, not the engine, is the truth.

The port is small on purpose: a durable engine takes the plain loop's place without the services
noticing, because every piece of work may run twice, late or not at all.
"""

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

Work = Callable[[], None]

_PIPE = 65_536
"""Octets that a pipe holds (pipe(7))."""


class Engine(Protocol):
    """Runs named pieces of work at intervals until told to stop."""

    def every(self, name: str, seconds: float, work: Work) -> None:
        """Register work to run at once and then again ``seconds`` after each end."""

    def when_woken(self, name: str, work: Work) -> None:
        """Register work to run after each ``wake``, beside what runs at intervals."""

    def run(self) -> None:
        """Run what is registered until ``stop`` is called; returns when all work has ended."""

    def wake(self) -> None:
        """Have the work for it run at once, or right after the work in hand, from any thread.

        Waking again before it has begun is the same as once.
        """

    def stop(self) -> None:
        """Ask ``run`` to return after the work in hand; may be called from a signal handler."""


@dataclass(slots=True)
class _Job:
    name: str
    seconds: float
    work: Work
    due: float = 0.0


class LoopEngine:
    """One thread, one job after the other; a job that fails is logged and tried again."""

    def __init__(self) -> None:
        self._jobs: list[_Job] = []
        self._when_woken: list[_Job] = []
        self._stopping = False
        self._closing = Lock()
        # A pipe, because a lock taken in a signal handler could wait for the very thread that
        # the signal interrupted.
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    def every(self, name: str, seconds: float, work: Work) -> None:
        """Register work; see ``Engine``."""
        self._jobs.append(_Job(name=name, seconds=seconds, work=work))

    def when_woken(self, name: str, work: Work) -> None:
        """Register work; see ``Engine``."""
        self._when_woken.append(_Job(name=name, seconds=0, work=work))

    def run(self) -> None:
        """Run until stopped; see ``Engine``."""
        while self._jobs and not self._stopping:
            job = min(self._jobs, key=lambda j: j.due)
            if self._woken(max(0.0, job.due - time.monotonic())):
                for woken in self._when_woken:
                    self._perform(woken)
            if job.due <= time.monotonic():
                self._perform(job)
                job.due = time.monotonic() + job.seconds

    def wake(self) -> None:
        """Run what waits for it; see ``Engine``."""
        with self._closing:
            if not self._stopping:
                # A pipe that is full wakes as well.
                with suppress(BlockingIOError):
                    os.write(self._waker, b"w")

    def stop(self) -> None:
        """Stop after the job in hand; see ``Engine``."""
        if not self._stopping:
            self._stopping = True
            with suppress(BlockingIOError):
                os.write(self._waker, b".")

    def close(self) -> None:
        """Release the pipe; the engine cannot run again, and stopping it does nothing."""
        # Before the pipe goes: a late ``stop`` must not write to a file that got its number.
        with self._closing:
            self._stopping = True
        os.close(self._wake)
        os.close(self._waker)

    def _woken(self, seconds: float) -> bool:
        """Wait to be told something, so long at most; all that was told so far counts once."""
        if not select.select([self._wake], [], [], seconds)[0]:
            return False
        os.read(self._wake, _PIPE)
        return not self._stopping

    def _perform(self, job: _Job) -> None:
        if self._stopping:
            return
        try:
            job.work()
        except Exception as error:
            # The daemon lives on whatever one piece of work meets; the cause is in the log.
            log.exception("job_failed", job=job.name, error=type(error).__name__)
