"""Transactions that write, in which nobody else does.

One daemon waits for the disk before another writer may begin. Several daemons would wait for one
another's disk, so their transactions let go of the right to write first and wait then: nothing has
been reported as recorded by that time, and whatever others build on it becomes durable after it.
What begins and what ends such a transaction is one question to the server each.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from connector.store.failures import translated
from connector.store.postgresql import AUTOCOMMIT, LOCK_WRITING
from connector.store.sqlite import WRITING
from connector.store.statements import driver_cursor

# Only what writes to the log makes a commit wait for the log (the manual, synchronous_commit).
_ON_DISK = "SELECT pg_logical_emit_message(true, 'dondoc', '')"
_END = f"COMMIT; {_ON_DISK}"


@dataclass(frozen=True, slots=True)
class Fence:
    """Asks in each transaction whether a daemon may still write.

    ``question`` is a statement without parameters that answers with a row if so, ``raised`` makes
    the error where not.
    """

    question: str
    raised: Callable[[], Exception]


@contextmanager
def alone(engine: Engine, place: str) -> Iterator[Connection]:
    """Yield a transaction that is durable when the block ends, and nothing if that raises."""
    with engine.execution_options(**{WRITING: True}).connect() as connection:
        with translated(place):
            transaction = connection.begin()
        try:
            yield connection
        except BaseException:
            with suppress(SQLAlchemyError):
                transaction.rollback()
            raise
        with translated(place):
            transaction.commit()


@contextmanager
def shared(engine: Engine, place: str, fence: Fence) -> Iterator[Connection]:
    """Yield a transaction as ``alone`` does, in a PostgreSQL database that others write too."""
    begin = f"BEGIN; SET LOCAL synchronous_commit = off; {LOCK_WRITING}; {fence.question}"
    with engine.execution_options(isolation_level=AUTOCOMMIT).connect() as connection:
        try:
            with translated(place), driver_cursor(connection) as cursor:
                cursor.execute(begin)
                while cursor.nextset():
                    pass
                counts = cursor.fetchone() is not None
            if not counts:
                raise fence.raised()
            yield connection
        except BaseException:
            # A connection that was lost needs none, and its error is known already.
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("ROLLBACK")
            raise
        with translated(place), driver_cursor(connection) as cursor:
            cursor.execute(_END)


def wait_for_disk(connection: Connection) -> None:
    """Wait until all that can be seen in a PostgreSQL database outlives its crash.

    Others show what they committed before it does. The connection must be in no transaction.
    """
    connection.exec_driver_sql(_ON_DISK)
