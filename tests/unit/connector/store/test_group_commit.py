"""Appends that share a transaction: one that fails is undone alone, and nobody waits for ever."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event as Signal

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from connector.store.group_commit import GroupCommit
from domain.errors import StoreFailed
from domain.facts import Event, Recorded
from tests.contract import ledger_story as story

NOW = datetime(2024, 5, 8, tzinfo=UTC)


class Store:
    """Counts transactions; ``meanwhile`` runs within the first one, ``failing`` names events."""

    def __init__(self, *failing: str) -> None:
        self._engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            # The driver begins no transaction by itself, so that savepoints are undone by SQLite.
            connect_args={"check_same_thread": False, "isolation_level": None},
        )
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE appended (name TEXT NOT NULL)")
        self._failing = failing
        self.meanwhile: Callable[[], None] = lambda: None
        self.broken: BaseException | None = None
        self.transactions: list[list[str]] = []
        self.together = GroupCommit(self._begin, self._record)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            self.transactions.append([])
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
            yield connection
            if self.broken is not None:
                raise self.broken

    def _record(self, connection: Connection, event: Event, recorded_at: datetime) -> Recorded:
        name = event.source_key.removeprefix("review ")
        connection.exec_driver_sql("INSERT INTO appended VALUES (?)", (name,))
        if name in self._failing:
            raise ValueError(name)
        self.transactions[-1].append(name)
        return Recorded(sequence=1, recorded_at=recorded_at, event=event)

    def waiting(self, *names: str) -> list[Future[list[Recorded]]]:
        """Append the first event, and the others while its transaction is open."""
        pool = ThreadPoolExecutor(len(names))
        found: list[Future[list[Recorded]]] = []
        all_wait = Signal()

        def others() -> None:
            found.extend(pool.submit(self._append, name) for name in names[1:])
            while len(self.together._waiting) < len(names) - 1:
                all_wait.wait(0.001)

        self.meanwhile = others
        first = pool.submit(self._append, names[0])
        first.exception()
        pool.shutdown()
        return [first, *found]

    def kept(self) -> list[str]:
        """Return what is there after all transactions, in order of the alphabet."""
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT name FROM appended ORDER BY name")
            return [name for (name,) in rows]

    def _append(self, name: str) -> list[Recorded]:
        return self.together.append([story.review(name)], NOW)


def test_what_comes_meanwhile_shares_the_next_transaction() -> None:
    store = Store()
    done = store.waiting("first", "a", "b", "c")
    first, rest = store.transactions
    assert first == ["first"]
    assert sorted(rest) == ["a", "b", "c"]
    keys = [one.result()[0].event.source_key for one in done]
    assert keys == ["review first", "review a", "review b", "review c"]


def test_one_that_fails_is_undone_alone() -> None:
    store = Store("b")
    first, a, b, c = store.waiting("first", "a", "b", "c")
    assert isinstance(b.exception(), ValueError)
    assert first.exception() is a.exception() is c.exception() is None
    assert store.kept() == ["a", "c", "first"]


def test_alone_an_append_fails_as_it_is() -> None:
    store = Store("a")
    with pytest.raises(ValueError, match="a"):
        store._append("a")
    assert len(store._append("b")) == 1
    assert store.kept() == ["b"]


def test_a_transaction_that_fails_fails_for_all_of_it() -> None:
    store = Store()
    store.broken = StoreFailed("the disk is full")
    assert all(isinstance(one.exception(), StoreFailed) for one in store.waiting("first", "a", "b"))
    store.broken = None
    assert len(store._append("again")) == 1
    assert store.kept() == ["again"]


def test_a_process_that_is_ended_leaves_nobody_waiting() -> None:
    store = Store()
    store.broken = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        store._append("a")
    store.broken = None
    assert len(store._append("b")) == 1
