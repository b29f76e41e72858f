"""Appends that share a transaction: one that fails is undone alone, and nobody waits for ever.

What was recorded is what stands in a real file afterwards.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Signal

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connector.store.group_commit import GroupCommit
from connector.store.sqlite import WRITING, sqlite_engine
from domain.errors import Conflict, StoreFailed
from domain.facts import Event, Recorded
from tests.contract import ledger_story as story

NOW = datetime(2024, 5, 8, tzinfo=UTC)


class Store:
    """Counts transactions; ``meanwhile`` runs within the first one.

    The event that ``failing`` names fails after it was written. At the one that ``ending`` names
    SQLite undoes the transaction by itself. ``stopped`` fails what begins a transaction.
    """

    def __init__(self, folder: Path) -> None:
        engine = sqlite_engine(folder / "store.sqlite", busy_seconds=10, read_only=False)
        self._engine = engine.execution_options(**{WRITING: True})
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE kept (name TEXT PRIMARY KEY)")
        self.failing = ""
        self.ending = ""
        self.meanwhile: Callable[[], None] = lambda: None
        self.broken: BaseException | None = None
        self.stopped: Exception | None = None
        self.begun = 0
        self.transactions: list[list[str]] = []
        self.together = GroupCommit(self._begin, self._record)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        self.begun += 1
        if self.stopped is not None:
            raise self.stopped
        with self._engine.begin() as connection:
            self.transactions.append([])
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
            yield connection
            if self.broken is not None:
                raise self.broken

    def _record(self, connection: Connection, event: Event, recorded_at: datetime) -> Recorded:
        name = event.source_key.removeprefix("review ")
        self.transactions[-1].append(name)
        connection.exec_driver_sql("INSERT INTO kept VALUES (?)", (name,))
        if name == self.failing:
            raise ValueError(name)
        if name == self.ending:
            connection.exec_driver_sql("INSERT OR ROLLBACK INTO kept VALUES (?)", (name,))
        return Recorded(sequence=1, recorded_at=recorded_at, event=event)

    def kept(self) -> list[str]:
        """Return what is on disk."""
        with self._engine.begin() as connection:
            return sorted(connection.exec_driver_sql("SELECT name FROM kept").scalars())

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    def waiting(
        self, *names: str, then: Callable[[], None] = lambda: None
    ) -> list[Future[list[Recorded]]]:
        """Append the first event, and the others while its transaction is open.

        ``then`` runs when they wait.
        """
        pool = ThreadPoolExecutor(len(names))
        found: list[Future[list[Recorded]]] = []
        all_wait = Signal()

        def others() -> None:
            found.extend(pool.submit(self._append, name) for name in names[1:])
            while len(self.together._waiting) < len(names) - 1:
                all_wait.wait(0.001)
            then()

        self.meanwhile = others
        first = pool.submit(self._append, names[0])
        first.exception()
        pool.shutdown()
        return [first, *found]

    def _append(self, name: str) -> list[Recorded]:
        return self.together.append([story.review(name)], NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as made:
        yield made


def test_what_comes_meanwhile_shares_the_next_transaction(store: Store) -> None:
    done = store.waiting("first", "a", "b", "c")
    first, rest = store.transactions
    assert first == ["first"]
    assert sorted(rest) == ["a", "b", "c"]
    keys = [one.result()[0].event.source_key for one in done]
    assert keys == ["review first", "review a", "review b", "review c"]
    assert store.kept() == ["a", "b", "c", "first"]


def test_one_that_fails_is_undone_alone(store: Store) -> None:
    store.failing = "b"
    first, a, b, c = store.waiting("first", "a", "b", "c")
    assert isinstance(b.exception(), ValueError)
    assert first.exception() is a.exception() is c.exception() is None
    together, *alone = store.transactions[1:]
    assert together[-1] == "b"
    assert sorted(alone) == [["a"], ["b"], ["c"]]
    assert store.kept() == ["a", "c", "first"]
    keys = [one.result()[0].event.source_key for one in (first, a, c)]
    assert keys == ["review first", "review a", "review c"]


def test_an_error_that_ends_the_transaction_fails_none_of_the_others(store: Store) -> None:
    store.ending = "b"
    first, a, b, c = store.waiting("first", "a", "b", "c")
    assert first.exception() is a.exception() is c.exception() is None
    assert isinstance(b.exception(), IntegrityError)
    assert store.kept() == ["a", "c", "first"]


def test_a_store_that_cannot_be_written_is_not_asked_once_for_each(store: Store) -> None:
    """Each time may be a wait of seconds for another process."""

    def stop() -> None:
        store.stopped = StoreFailed("the ledger is locked")

    first, *rest = store.waiting("first", "a", "b", "c", then=stop)
    assert first.exception() is None
    assert all(isinstance(one.exception(), StoreFailed) for one in rest)
    assert store.begun == 2


def test_a_store_that_is_held_is_waited_for_once_when_a_shared_transaction_failed(
    store: Store,
) -> None:
    store.failing = "b"
    begin = store.together._begin

    @contextmanager
    def held() -> Iterator[Connection]:
        # The first event's and the shared one are begun before somebody else comes.
        if store.begun == 2:
            store.stopped = Conflict("the ledger is locked")
        with begin() as connection:
            yield connection

    store.together._begin = held
    first, *rest = store.waiting("first", "a", "b", "c")
    assert first.exception() is None
    assert all(isinstance(one.exception(), Conflict) for one in rest)
    assert store.begun == 3


def test_alone_an_append_fails_as_it_is(store: Store) -> None:
    store.failing = "a"
    with pytest.raises(ValueError, match="a"):
        store._append("a")
    assert len(store._append("b")) == 1
    assert store.kept() == ["b"]


def test_a_transaction_that_fails_fails_for_all_of_it(store: Store) -> None:
    store.broken = StoreFailed("the disk is full")
    assert all(isinstance(one.exception(), StoreFailed) for one in store.waiting("first", "a", "b"))
    store.broken = None
    assert len(store._append("again")) == 1


def test_a_process_that_is_ended_leaves_nobody_waiting(store: Store) -> None:
    store.broken = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        store._append("a")
    store.broken = None
    assert len(store._append("b")) == 1
