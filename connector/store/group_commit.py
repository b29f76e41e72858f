"""Appends of several threads in one durable transaction: the disk is waited for once for all.

Whoever comes while a transaction is being committed waits anyway; the next one takes along all
that came meanwhile. Each append is all or nothing on its own, and returns only when its
transaction is on disk. When one of several fails, which is rare, their transaction is undone and
each is recorded in one of its own: that costs nothing where all succeed, as savepoints would. What
fails in beginning or committing, a full disk for one, fails all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from sqlalchemy import Connection

from domain.errors import Conflict, StoreFailed
from domain.facts import Event, Recorded

Record: TypeAlias = Callable[[Connection, Event, datetime], Recorded]


@dataclass(slots=True)
class _Append:
    """What one thread wants recorded, and what came of it."""

    events: Sequence[Event]
    recorded_at: datetime
    recorded: list[Recorded] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False

    def run(self, connection: Connection, record: Record) -> None:
        self.recorded = [record(connection, event, self.recorded_at) for event in self.events]


class GroupCommit:
    """Runs appends by ``record`` in transactions that ``begin`` opens, one at a time."""

    def __init__(
        self, begin: Callable[[], AbstractContextManager[Connection]], record: Record
    ) -> None:
        self._begin = begin
        self._record = record
        self._writer = Lock()
        self._door = Lock()
        self._waiting: list[_Append] = []

    def append(self, events: Sequence[Event], recorded_at: datetime) -> list[Recorded]:
        """Record events, alone or along with others; raises what recording them raises."""
        mine = _Append(events, recorded_at)
        with self._door:
            self._waiting.append(mine)
        with self._writer:
            if not mine.done:
                self._commit(self._take())
        if mine.error is not None:
            raise mine.error
        return mine.recorded

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody append while the block runs; who comes meanwhile is recorded after it."""
        with self._writer:
            yield

    def _take(self) -> Sequence[_Append]:
        with self._door:
            taken, self._waiting = self._waiting, []
            return taken

    def _commit(self, taken: Sequence[_Append]) -> None:
        failed: Exception | None = StoreFailed("the process ended before this was recorded")
        try:
            if len(taken) == 1 or not self._recorded_together(taken):
                for append in taken:
                    self._record_alone(append)
                    if isinstance(append.error, Conflict):
                        # Whoever holds the store holds it for the others, too.
                        raise append.error
            failed = None
        except Exception as error:  # noqa: BLE001 - raised again by every thread that waits
            failed = error
        finally:
            for append in taken:
                if not append.done:
                    append.error = failed
                    append.done = True

    def _recorded_together(self, taken: Sequence[_Append]) -> bool:
        """Record all or nothing; false when that is nothing because one of them failed."""
        recording = False
        try:
            with self._begin() as connection:
                recording = True
                for append in taken:
                    append.run(connection, self._record)
                recording = False
        except Exception:
            if recording:
                return False
            raise
        return True

    def _record_alone(self, append: _Append) -> None:
        try:
            with self._begin() as connection:
                append.run(connection, self._record)
        except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
            append.error = error
        append.done = True
