"""The engine behind which things happen again and again; the ledger, not the engine, is the truth.

The port is small on purpose: a durable engine takes the plain loop's place without the services
noticing, because every piece of work may run twice, late or not at all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

Work: TypeAlias = Callable[[], None]
Batch: TypeAlias = Sequence[str]
"""Pieces of work for one queue, each named by a text that its own side can read."""
BatchWork: TypeAlias = Callable[[Batch], int]


class BatchFailed(Exception):
    """Work on a batch raised an error; the log has it."""


class Engine(Protocol):
    """Runs named pieces of work at intervals until told to stop, and batches from queues."""

    def every(self, name: str, seconds: float, work: Work) -> None:
        """Register work to run at once and then again ``seconds`` after each end."""

    def when_woken(self, name: str, work: Work) -> None:
        """Register work to run after each ``wake``, beside what runs at intervals."""

    def queue(self, name: str, concurrency: int, work: BatchWork) -> None:
        """Register a queue, of whose batches so many are worked on at one time, by all daemons.

        ``work`` runs in threads of the engine, and returns a count.
        """

    def run(self) -> bool:
        """Run what is registered until ``stop`` is called; returns when all work has ended.

        False when something has not ended in the time that it was given.
        """

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        """Have batches done from their queues, by whatever daemon is free; return the counts' sum.

        Returns when all have ended. After ``stop`` those that nobody has begun are taken back.
        Raises ``BatchFailed`` when all others have ended.
        """

    def take_over(self, living: Collection[str]) -> int:
        """Give back what was under way in all daemons but these; return how much it was.

        Doing it again changes nothing. What a daemon that starts anew at that moment has begun
        again may run twice.
        To be called again and again: it also gives up what has ended in this daemon without being
        recorded, which another one that handed it out waits for.
        """

    def not_later(self, name: str, at: datetime) -> None:
        """Have the work of a name run at an instant too, also after a restart in between."""

    def hasten(self, name: str) -> None:
        """Have the work of a name run as soon as the work in hand has ended, from any thread."""

    def wake(self) -> None:
        """Have the work for it run at once, or right after the work in hand, from any thread.

        Waking again before it has begun is the same as once.
        """

    def stop(self) -> None:
        """Ask ``run`` to return after the work in hand; may be called from a signal handler."""

    def close(self) -> None:
        """Release everything; the engine cannot run again, and stopping it does nothing."""
