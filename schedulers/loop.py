"""The engine without memory: one thread, one job after the other, batches in threads of their own.

What it was doing when it was killed it does not know afterwards; the ledger does.
"""

import os
import select
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock, Timer

import structlog

from schedulers.engine import Batch, BatchFailed, BatchWork, Work

log = structlog.get_logger(__name__)

_PIPE = 65_536
"""Octets that a pipe holds (pipe(7))."""


def system_now() -> datetime:
    """Return the machine's present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Job:
    name: str
    seconds: float
    work: Work
    due: float = 0.0


class LoopEngine:
    """One thread, one job after the other; a job that fails is logged and tried again.

    ``now`` tells the present instant for ``not_later``.
    """

    def __init__(self, now: Callable[[], datetime] = system_now) -> None:
        self._now = now
        self._jobs: list[_Job] = []
        self._when_woken: list[_Job] = []
        self._queues: dict[str, tuple[int, BatchWork]] = {}
        self._timers: dict[tuple[str, datetime], Timer] = {}
        self._stopping = False
        self._waking = False
        self._closed = False
        self._closing = Lock()
        # A pipe, because a lock taken in a signal handler could wait for the very thread that
        # the signal interrupted.
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._waker, False)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def every(self, name: str, seconds: float, work: Work) -> None:
        """Register work; see ``Engine``."""
        self._jobs.append(_Job(name=name, seconds=seconds, work=work))

    def when_woken(self, name: str, work: Work) -> None:
        """Register work; see ``Engine``."""
        self._when_woken.append(_Job(name=name, seconds=0, work=work))

    def queue(self, name: str, concurrency: int, work: BatchWork) -> None:
        """Register a queue; see ``Engine``."""
        self._queues[name] = concurrency, work

    def run(self) -> bool:
        """Run until stopped; see ``Engine``."""
        while self._jobs and not self._stopping:
            job = min(self._jobs, key=lambda j: j.due)
            if self._woken(max(0.0, job.due - time.monotonic())):
                for woken in self._when_woken:
                    self._perform(woken)
            if job.due <= time.monotonic():
                # What hastens it from here on has it run once more.
                job.due = time.monotonic()
                began = job.due
                self._perform(job)
                if job.due == began:
                    job.due = time.monotonic() + job.seconds
        return True

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        """Do batches in threads; see ``Engine``."""
        pools = [ThreadPoolExecutor(self._queues[name][0]) for name in batches]
        try:
            futures = [
                pool.submit(self._do, name, batch)
                for pool, (name, some) in zip(pools, batches.items(), strict=True)
                for batch in some
            ]
            done = [future.result() for future in futures]
        finally:
            for pool in pools:
                pool.shutdown()
        if None in done:
            raise BatchFailed
        return sum(count or 0 for count in done)

    def _do(self, name: str, batch: Batch) -> int | None:
        """Do one batch; None when it failed."""
        if self._stopping:
            return 0
        try:
            return self._queues[name][1](batch)
        except Exception as error:
            log.exception("batch_failed", queue=name, error=type(error).__name__)
            return None

    def take_over(self, living: Collection[str]) -> int:  # noqa: ARG002
        """Return that nothing is known of others; see ``Engine``."""
        return 0

    def not_later(self, name: str, at: datetime) -> None:
        """Set a timer; see ``Engine``. What it was set for is forgotten with the process."""
        if (name, at) in self._timers:
            return
        seconds = max(0.0, (at - self._now()).total_seconds())
        timer = self._timers[name, at] = Timer(seconds, self._rung, (name, at))
        timer.daemon = True
        timer.start()

    def _rung(self, name: str, at: datetime) -> None:
        self._timers.pop((name, at), None)
        self.hasten(name)

    def hasten(self, name: str) -> None:
        """Run it soon; see ``Engine``."""
        for job in self._jobs:
            if job.name == name:
                job.due = 0.0
        self._interrupt()

    def wake(self) -> None:
        """Run what waits for it; see ``Engine``."""
        self._waking = True
        self._interrupt()

    def _interrupt(self) -> None:
        with self._closing:
            if not self._stopping:
                # A pipe that is full interrupts as well.
                with suppress(BlockingIOError):
                    os.write(self._waker, b"w")

    def stop(self) -> None:
        """Stop after the job in hand; see ``Engine``."""
        if not self._stopping:
            self._stopping = True
            with suppress(BlockingIOError):
                os.write(self._waker, b".")

    def close(self) -> None:
        """Release the pipe; see ``Engine``."""
        # Before the pipe goes: a late ``stop`` must not write to a file that got its number.
        with self._closing:
            self._stopping = True
            closed, self._closed = self._closed, True
        if closed:
            return
        for timer in list(self._timers.values()):
            timer.cancel()
        os.close(self._wake)
        os.close(self._waker)

    def _woken(self, seconds: float) -> bool:
        """Wait to be told something, so long at most; all that was told so far counts once."""
        if not select.select([self._wake], [], [], seconds)[0]:
            return False
        os.read(self._wake, _PIPE)
        woken, self._waking = self._waking, False
        return woken and not self._stopping

    def _perform(self, job: _Job) -> None:
        if self._stopping:
            return
        try:
            job.work()
        except Exception as error:
            # The daemon lives on whatever one piece of work meets; the cause is in the log.
            log.exception("job_failed", job=job.name, error=type(error).__name__)
