"""The lock that keeps a second daemon off a PostgreSQL database, from whatever machine it comes."""

import os
import socket
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from connector.store.failures import translated
from connector.store.lock import DaemonLock, StoreLock
from connector.store.postgresql import Server, postgresql_engine
from domain.errors import Conflict

_DAEMON = 0x646F6E646F64
"""The advisory lock of the daemon: "dondod" in ASCII; that of a transaction is another one."""

_WORKERS = 0x646F6E64
"""The class of locks on the names of workers: "dond" in ASCII."""

_HOLDER = text(
    "SELECT activity.application_name FROM pg_locks AS held "
    "JOIN pg_stat_activity AS activity ON activity.pid = held.pid "
    "WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 "
    "AND held.classid = :high AND held.objid = :low AND held.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
).bindparams(high=_DAEMON >> 32, low=_DAEMON & 0xFFFFFFFF)


_WORKER = text("SELECT pg_try_advisory_lock(:own, hashtext(:worker))")


class DatabaseLock(DaemonLock):
    """A lock in a database, held by a connection of its own, and one on a file beside it.

    The database gives it up when the connection is lost, so ``confirm`` is to be called before each
    piece of work. With the name of a ``worker`` it keeps off those without, and those with the same
    name; workers with other names share it. ``file`` is None where the process holds that already.
    """

    def __init__(
        self,
        server: Server,
        file: StoreLock | None,
        *,
        worker: str | None = None,
        busy_seconds: float = 10.0,
    ) -> None:
        self._server = server
        self._file = file
        self._worker = worker
        self._busy_seconds = busy_seconds
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    def acquire(self) -> None:
        """Take both locks or raise ``Conflict`` at once, ``StoreFailed`` when neither is known."""
        if self._file is not None:
            self._file.acquire()
        try:
            self._take()
        except BaseException:
            self.release()
            raise

    def confirm(self) -> None:
        """Make sure that the lock is held still, or take it again; raises as ``acquire`` does."""
        if not self._alive():
            self._drop()
            self._take()

    def release(self) -> None:
        """Give both locks back."""
        self._drop()
        if self._file is not None:
            self._file.release()

    def holder(self) -> str | None:
        """Return the process that holds the lock, None if none does; takes and changes nothing."""
        if self._file is not None and (held := self._file.holder()) is not None:
            return held
        engine = self._made()
        try:
            with translated(str(self._server)), engine.connect() as connection:
                return connection.execute(_HOLDER).scalar()
        finally:
            engine.dispose()

    def _take(self) -> None:
        self._engine = self._made()
        try:
            with translated(str(self._server)):
                holder = self._asked(self._engine)
        except BaseException:
            self._drop()
            raise
        if holder is not None:
            self._drop()
            raise Conflict(f"the store {self._server} is in use by {holder}; {self._advice}")

    @property
    def _advice(self) -> str:
        if self._worker is None:
            return "stop that daemon first, or give this one a store of its own"
        return (
            f"give each of several daemons a name of its own (this one is --worker {self._worker}),"
            " or stop the other one first"
        )

    def _asked(self, engine: Engine) -> str | None:
        """Take the lock and return None, or return who holds it."""
        connection = self._connection = engine.connect()
        # Nothing is open between questions: the server ends transactions that stand idle.
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        shared = "" if self._worker is None else "_shared"
        asked = text(f"SELECT pg_try_advisory_lock{shared}(:key)").bindparams(key=_DAEMON)
        if not connection.execute(asked).scalar():
            return connection.execute(_HOLDER).scalar() or "another process"
        if self._worker is not None:
            own = _WORKER.bindparams(own=_WORKERS, worker=self._worker)
            if not connection.execute(own).scalar():
                return f"another daemon named {self._worker}"
        return None

    def _alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        engine, self._engine = self._engine, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()
        if engine is not None:
            engine.dispose()

    @property
    def _named(self) -> str:
        return f" {self._worker}" if self._worker else ""

    def _made(self) -> Engine:
        return postgresql_engine(
            self._server,
            busy_seconds=self._busy_seconds,
            read_only=False,
            name=f"dondoc{self._named}, process {os.getpid()} on {socket.gethostname()}",
        )
