"""Messages read by their own words in other processes, while this one records those before them.

Where many wait, all cores are used, and a parser that crashes or never ends costs its message and
not the daemon. What comes back is what reading in this process gives, in whatever order it is
asked for. With few messages no process is started, but for one that reads what was left unread:
reading it may be what ended an earlier daemon, so it is never read in this process.
"""

import os
from collections.abc import Callable, Iterable
from threading import Condition, RLock

import structlog

from domain.errors import MalformedDocument, StoreFailed
from domain.ids import Digest
from dondoc.reading_process import Kept, NotHad, Read
from dondoc.reading_worker import ReadingWorker
from dondoc.services.own_words import OwnWords, own_words
from mappings.reply.phrase_lists import default_phrases
from mappings.reply.phrases import Phrases

log = structlog.get_logger(__name__)

MANY = 64
"""Messages from which on it pays to start processes, which takes about a second."""

_PROCESSES = 4

_LARGEST = 8 * 1024 * 1024
"""Octets of the largest message that is read ahead: what was read is held here until it is used."""

_OCTETS_AHEAD = 64 * 1024 * 1024
_MESSAGES_AHEAD = 256
"""So few that handing one out never waits: their digests fit into the pipe."""

_PATIENCE = 30.0
"""Seconds that one message may take, for the mail behind it waits; the slowest known takes a few.
"""

_START = 60.0
"""Seconds that a process may take to begin, on a machine with much else to do."""

_TRIES = 2
"""A process may also be ended from outside; a message that ends two is taken for the cause."""

_CRASHED = "the processes that read it crashed"

_FALSE_STARTS = 3
"""Processes that end before they begin: it is not the messages, here none can be started."""


class ReadingAhead:
    """Processes that read messages out of the evidence before they are asked for.

    ``evidence`` opens the evidence in such a process. ``processes`` is how many there are, none
    where nothing may be read ahead; ``patience`` is in seconds.
    """

    def __init__(
        self,
        evidence: Callable[[], Kept],
        phrases: Phrases | None = None,
        *,
        processes: int | None = None,
        patience: float = _PATIENCE,
        read: Read = own_words,
    ) -> None:
        cores = len(os.sched_getaffinity(0))
        usual = min(cores, _PROCESSES) if cores > 1 else 0
        self._count = usual if processes is None else processes
        self._evidence, self._read = evidence, read
        self._phrases = phrases or default_phrases()
        self._patience = patience
        self._lock = RLock()
        self._news = Condition()
        self._workers: list[ReadingWorker] = []
        self._waiting: dict[Digest, int] = {}
        """Messages that no process has yet, with their octets, in order."""
        self._at: dict[Digest, ReadingWorker] = {}
        self._octets: dict[Digest, int] = {}
        self._ended: dict[Digest, str] = {}
        """Messages that no process could read to the end, and why; one may be asked for twice."""
        self._crashes: dict[Digest, int] = {}
        self._apart: set[Digest] = set()
        """Messages that are not read in this process."""
        self._false_starts = 0
        self._none_starts = False

    @property
    def processes(self) -> tuple[int, ...]:
        """Return the identifiers of the processes that run."""
        return tuple(worker.pid for worker in self._workers)

    def use(self, phrases: Phrases) -> None:
        """Read by these phrases from now on, in processes that are started from now on."""
        with self._lock:
            self._phrases = phrases

    def offer(self, messages: Iterable[tuple[Digest, int]]) -> None:
        """Say which stored messages will be asked for, in which order, and how large they are."""
        with self._lock:
            for digest, octets in messages:
                if octets <= _LARGEST and digest not in self._octets:
                    self._waiting.setdefault(digest, octets)
            if len(self._waiting) >= MANY:
                self._start(self._count)
            self._hand_out()

    def keep_apart(self, messages: Iterable[Digest]) -> None:
        """Say which messages are read in other processes only, however few or large they are."""
        with self._lock:
            self._apart.update(messages)

    def take(self, digest: Digest) -> OwnWords | None:
        """Return what a message says; None where it is to be read in this process.

        Raises ``MalformedDocument`` where reading it crashed, or did not end, and where it failed
        on what may not be read in this process, ``StoreFailed`` where that could not be had.
        """
        with self._lock:
            self._hand_out()
            octets = self._waiting.pop(digest, 0)
            if digest in self._apart and digest not in self._at and digest not in self._ended:
                self._give_at_once(digest, octets)
            while (
                (worker := self._at.get(digest))
                and digest not in worker.answers
                and digest not in self._ended
            ):
                self._await(worker, digest)
            self._at.pop(digest, None)
            self._octets.pop(digest, None)
            self._hand_out()
            if digest in self._ended:
                raise MalformedDocument("the message", self._ended[digest])
            found = worker.take(digest) if worker else None
            if not isinstance(found, str | NotHad):
                return found
            if digest not in self._apart and digest not in self._crashes:
                return None
            if isinstance(found, NotHad):
                raise StoreFailed(found.why)
            raise MalformedDocument("the message", found)

    def close(self) -> None:
        """End the processes and forget what they read."""
        with self._lock:
            for worker in self._workers:
                worker.end()
            self._workers.clear()
            messages = (self._waiting, self._at, self._octets)
            self._false_starts = 0
            for known in (*messages, self._ended, self._crashes, self._apart):
                known.clear()

    def _start(self, processes: int) -> None:
        """Have so many processes, unless none can work here."""
        while len(self._workers) < processes and not self._none_starts:
            self._workers.append(self._started())

    def _give_at_once(self, digest: Digest, octets: int) -> None:
        self._start(1)
        if self._workers:
            self._octets[digest] = octets
            self._give(min(self._workers, key=lambda worker: len(worker.given)), digest)

    def _hand_out(self) -> None:
        """Give the processes more to read, as long as there is room for it."""
        room = _OCTETS_AHEAD - sum(self._octets.values()) if self._waiting else 0
        while self._workers and self._waiting and room > 0 and len(self._octets) < _MESSAGES_AHEAD:
            digest = next(iter(self._waiting))
            octets = self._octets[digest] = self._waiting.pop(digest)
            room -= octets
            self._give(min(self._workers, key=lambda worker: len(worker.given)), digest)

    def _give(self, worker: ReadingWorker, digest: Digest) -> None:
        self._at[digest] = worker
        worker.give(digest)

    def _await(self, worker: ReadingWorker, digest: Digest) -> None:
        """Wait until a process has read one more message, and replace it where it does not."""
        with self._news:
            patience = self._patience if worker.began else _START
            heard = worker.heard
            worker.hurry(True)
            in_time = self._news.wait_for(
                lambda: worker.heard > heard or worker.ended, timeout=patience
            )
            worker.hurry(False)
            lost = worker.ended and digest not in worker.answers
            # Looked at now: it may answer as soon as the lock is given up.
            read = worker.given[0] if worker.began and worker.given else None
        if not in_time:
            self._hung(worker, read)
        elif lost:
            self._crashed(worker)

    def _hung(self, worker: ReadingWorker, read: Digest | None) -> None:
        if read is None:
            self._crashed(worker)
            return
        self._ended[read] = f"reading it took over {self._patience:g} seconds"
        self._replace(worker)

    def _crashed(self, worker: ReadingWorker) -> None:
        self._false_starts += not worker.began
        if self._false_starts >= _FALSE_STARTS:
            log.warning("reading_ahead_failed")
            self._none_starts = True
            crashed = dict.fromkeys(self._crashes, _CRASHED)
            self.close()
            self._ended.update(crashed)
            return
        for digest in list(worker.given)[: worker.began]:
            crashes = self._crashes[digest] = self._crashes.get(digest, 0) + 1
            if crashes >= _TRIES:
                self._ended[digest] = _CRASHED
        self._replace(worker)

    def _replace(self, worker: ReadingWorker) -> None:
        """Let a new process read what nobody got from an ended one, but for what ended it."""
        worker.end()
        fresh = self._started()
        self._workers[self._workers.index(worker)] = fresh
        log.warning("reading_process_replaced", digest=next(iter(worker.given), None))
        for digest in (*worker.answers, *worker.given):
            if digest not in self._ended:
                self._give(fresh, digest)

    def _started(self) -> ReadingWorker:
        return ReadingWorker((self._evidence, self._phrases, self._read), self._news)
