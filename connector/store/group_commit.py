"""Appends of several threads in one durable transaction: the disk is waited for once for all.

Whoever comes while a transaction is being committed waits anyway; the next one takes along all
that came meanwhile. Each append is all or nothing on its own (SAVEPOINT), and returns only when
its transaction is on disk. An error after which the database gives the transaction up fails all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from sqlalchemy import Connection

from connector.store.sqlite import in_transaction
from domain.errors import StoreFailed
from domain.facts import Event, Recorded

Record: TypeAlias = Callable[[Connection, Event, datetime], Recorded]


_GIVEN_UP = (
    "the database undid a whole transaction because one append in it failed; nothing of it is "
    "recorded: look at the system log and at the free space"
)


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
            with self._begin() as connection:
                for append in taken:
                    self._run(connection, append, alone=len(taken) == 1)
            failed = None
        except Exception as error:  # noqa: BLE001 - raised again by every thread that waits
            failed = error
        finally:
            for append in taken:
                append.error = append.error or failed
                append.done = True

    def _run(self, connection: Connection, append: _Append, *, alone: bool) -> None:
        # Not as a context: it would go back to a savepoint that may be gone with its transaction.
        savepoint = None if alone else connection.begin_nested()
        try:
            append.run(connection, self._record)
            if savepoint is not None:
                savepoint.commit()
        except Exception as error:
            append.error = error
            if savepoint is None:
                raise
            if not in_transaction(connection):
                raise StoreFailed(_GIVEN_UP) from error
            savepoint.rollback()
