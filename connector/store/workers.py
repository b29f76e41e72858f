"""Who works on a PostgreSQL store: signs of life, leases, and the fence around the dead.

A sign of life is only something that changes: whoever looks measures by its own monotonic clock for
how long it stayed the same. So no clock matters that may be set, neither that of the database, of
which the signs are made, nor those of the machines. A daemon
that was taken for dead and is not (it was stopped, or its machine slept) finds that out in its next
transaction, which fails: each one that writes looks whether its life still counts, under the lock
that writers take one after the other and those who bury take too. That is the fencing token of
Kleppmann, "How to do distributed locking": the number of the life.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Self

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    and_,
    delete,
    inspect,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from connector.store.failures import translated
from connector.store.postgresql import Server, lock_writing, plain_postgresql_engine
from connector.store.schema import LEASES, WORKERS
from connector.store.writing import Fence
from domain.errors import Conflict, Fenced, StoreFailed
from domain.workers import WorkerSeen

SILENCE_SECONDS = 30.0
"""Without a sign of life for so long, a daemon is taken for dead."""

_NOW = literal_column("(extract(epoch FROM clock_timestamp()) * 1000)::bigint", BigInteger)


class DatabaseWorkers:
    """The daemons of a database, seen by one of them, whose ``name`` stays the same over starts.

    Use it as a context manager: it enters with a new life, and leaves when the block ends.
    """

    def __init__(
        self, server: Server, name: str, *, silence_seconds: float = SILENCE_SECONDS
    ) -> None:
        self._place = str(server)
        self._name = name
        self._silence = silence_seconds
        self._engine: Engine = plain_postgresql_engine(server, name=f"dondoc worker {name}")
        self._life = 0
        self._looked = -math.inf
        self._seen: dict[tuple[str, int, int], float] = {}
        """Signs of life, by name, life and beat, and since when this daemon sees each."""

    def __enter__(self) -> Self:
        try:
            self._enter()
        except BaseException:
            self._engine.dispose()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # Whoever cannot say that it leaves is missed soon.
        with suppress(StoreFailed, Conflict), self._writing() as connection:
            connection.execute(delete(LEASES).where(self._mine(LEASES.c.name, LEASES.c.life)))
            mine = self._mine(WORKERS.c.name, WORKERS.c.life)
            connection.execute(update(WORKERS).where(mine).values(gone=True))
        self._engine.dispose()

    def _enter(self) -> None:
        with self._writing() as connection:
            entering = insert(WORKERS).values(name=self._name, life=1, beat=_NOW, gone=False)
            entered = entering.on_conflict_do_update(
                index_elements=[WORKERS.c.name],
                set_={"life": WORKERS.c.life + 1, "beat": _NOW, "gone": False},
            ).returning(WORKERS.c.life)
            self._life = connection.execute(entered).scalar_one()

    @property
    def own(self) -> str:
        """The life of this daemon."""
        return _life(self._name, self._life)

    def alive(self) -> frozenset[str]:
        """Return the lives that nobody took for dead."""
        with self._reading() as connection:
            query = select(WORKERS.c.name, WORKERS.c.life).where(~WORKERS.c.gone)
            return frozenset(_life(name, life) for name, life in connection.execute(query))

    def beat(self) -> None:
        """Say that this daemon is alive; see ``Workers``."""
        mine = and_(self._mine(WORKERS.c.name, WORKERS.c.life), ~WORKERS.c.gone)
        with self._reading() as connection:
            done = connection.execute(update(WORKERS).where(mine).values(beat=_NOW))
        if not done.rowcount:
            raise self._fenced()

    def bury(self) -> list[str]:
        """Take the silent for dead, once they were watched for long enough; see ``Workers``."""
        sign = (WORKERS.c.name, WORKERS.c.life, WORKERS.c.beat)
        with self._reading() as connection:
            self._guard(connection)
            rows = connection.execute(
                select(*sign).where(~WORKERS.c.gone, WORKERS.c.name != self._name)
            )
            found = [(name, life, beat) for name, life, beat in rows]
        now = time.monotonic()
        # Whoever stood still or was cut off itself cannot tell for how long others were silent.
        seen = self._seen if now - self._looked <= self._silence / 2 else {}
        self._looked, self._seen = now, {one: seen.get(one, now) for one in found}
        dead = [one for one, since in self._seen.items() if now - since >= self._silence]
        if not dead:
            return []
        silent = and_(tuple_(*sign).in_(dead), ~WORKERS.c.gone)
        with self._writing() as connection:
            self._guard(connection)
            burying = update(WORKERS).where(silent).values(gone=True).returning(WORKERS.c.name)
            return sorted(connection.execute(burying).scalars())

    def take(self, lease: str) -> bool:
        """Take a lease or keep it; see ``Workers``."""
        with self._reading() as connection:
            self._guard(connection)
            # Whoever only waits keeps nobody from writing.
            if (holder := self._holder(connection, lease)) is not None:
                return holder == self.own
        with self._writing() as connection:
            self._guard(connection)
            if self._holder(connection, lease) is not None:
                return False
            values = {"name": self._name, "life": self._life}
            taking = insert(LEASES).values(lease=lease, **values)
            connection.execute(
                taking.on_conflict_do_update(index_elements=[LEASES.c.lease], set_=values)
            )
            return True

    def _holder(self, connection: Connection, lease: str) -> str | None:
        """Return the life that holds a lease; None where it is free."""
        living = and_(
            WORKERS.c.name == LEASES.c.name, WORKERS.c.life == LEASES.c.life, ~WORKERS.c.gone
        )
        query = select(LEASES.c.name, LEASES.c.life).join(WORKERS, living)
        found = connection.execute(query.where(LEASES.c.lease == lease)).first()
        return None if found is None else _life(found.name, found.life)

    def leave(self, lease: str) -> None:
        """Give a lease back; see ``Workers``."""
        held = and_(LEASES.c.lease == lease, self._mine(LEASES.c.name, LEASES.c.life))
        with self._reading() as connection:
            connection.execute(delete(LEASES).where(held))

    @property
    def fence(self) -> Fence:
        """What asks in each transaction of the ledger whether this life still counts."""
        mine = and_(self._mine(WORKERS.c.name, WORKERS.c.life), ~WORKERS.c.gone)
        question = select(WORKERS.c.life).where(mine)
        options = {"literal_binds": True}
        return Fence(str(question.compile(self._engine, compile_kwargs=options)), self._fenced)

    def _guard(self, connection: Connection) -> None:
        """Raise ``Fenced`` in a transaction of a daemon whose life counts no more."""
        if connection.exec_driver_sql(self.fence.question).first() is None:
            raise self._fenced()

    def _fenced(self) -> Fenced:
        return Fenced(
            f"the other daemons on {self._place} took {self.own} for dead and do its work; "
            "it ends, and may be started again"
        )

    def _mine(self, name: Column[str], life: Column[int]) -> ColumnElement[bool]:
        return and_(name == self._name, life == self._life)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(self._place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Yield a transaction beside which nobody writes in the ledger."""
        with self._reading() as connection:
            lock_writing(connection)
            yield connection


def workers_seen(server: Server) -> list[WorkerSeen]:
    """Return the daemons of a database that nobody took for dead; none where there is no store."""
    engine = plain_postgresql_engine(server, name="dondoc doctor")
    try:
        with translated(str(server)), engine.connect() as connection:
            if not inspect(connection).has_table(WORKERS.name):
                return []
            query = select(WORKERS.c.name, WORKERS.c.life, _NOW - WORKERS.c.beat)
            return [
                WorkerSeen(
                    name=name, life=_life(name, life), silent=timedelta(milliseconds=float(silent))
                )
                for name, life, silent in connection.execute(
                    query.where(~WORKERS.c.gone).order_by(WORKERS.c.name)
                )
            ]
    finally:
        engine.dispose()


def _life(name: str, number: int) -> str:
    return f"{name}.{number}"
