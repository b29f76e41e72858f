"""Opening a PostgreSQL database so that one ledger at a time writes in it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from connector.store.sqlite import WRITING

AUTOCOMMIT = "AUTOCOMMIT"

_WRITER = 0x646F6E646F63
"""The advisory lock of whoever writes: "dondoc" in ASCII, so that no other program takes it."""

LOCK_WRITING = f"SELECT pg_advisory_xact_lock({_WRITER})"

_NAME_OCTETS = 63
"""More of a name PostgreSQL cuts off, with a notice (its manual, application_name)."""

_USED = "dondoc_used"
_FRESH_SECONDS = 1.0

_HEARD = {
    # The server notices a client that is gone as soon: its locks would keep that very client off.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

_ALIVE = {
    # A server that went away without a word is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A database and who works on it.

    ``host`` is a name, an address, or the folder of a Unix socket. ``verified`` wants a protected
    connection to the server that ``host`` names, by the authorities of ``ca_file`` or the system's.
    """

    host: str
    port: int | None
    name: str
    username: str
    password: str | Callable[[], str] = ""
    verified: bool = False
    ca_file: Path | None = None

    def __str__(self) -> str:
        return f"{self.name} on {self.host}"

    @property
    def url(self) -> URL:
        """Its address without the password."""
        socket = self.host.startswith("/")
        return URL.create(
            "postgresql+psycopg",
            username=self.username or None,
            host=None if socket else self.host,
            port=self.port,
            database=self.name,
            query={"host": self.host} if socket else {},
        )


def postgresql_engine(
    server: Server, *, busy_seconds: float, read_only: bool, name: str = "dondoc"
) -> Engine:
    """Return an engine over a PostgreSQL database, which knows its user as ``name``.

    ``busy_seconds`` is how long a statement waits for whoever writes, and about how long to wait
    for the server to answer. The password is looked up for each connection.
    """
    settings = {
        # What was committed must survive a power cut, whatever the server's own setting.
        "synchronous_commit": "on",
        "lock_timeout": f"{int(busy_seconds * 1000)}ms",
        "default_transaction_read_only": "on" if read_only else "off",
        # A worker that hangs inside a transaction must not keep the others from writing.
        "idle_in_transaction_session_timeout": "30s",
    }
    engine = _engine(server, settings, name, busy_seconds)

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") == AUTOCOMMIT:
            return
        if connection.get_execution_options().get(WRITING, False):
            lock_writing(connection)
        else:
            # All statements of a transaction that reads see one moment, as with SQLite.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    event.listen(engine, "begin", begin)
    return engine


def lock_writing(connection: Connection) -> None:
    """Have a transaction wait for the right to write, and hold it to its end.

    One writer after the other, as with SQLite: rows that were read stay as they are until the end
    of the transaction, and events become visible in the order of their sequence.
    """
    connection.exec_driver_sql(LOCK_WRITING)


def plain_postgresql_engine(server: Server, *, name: str, busy_seconds: float = 10.0) -> Engine:
    """Return an engine that begins transactions as the server does by itself."""
    settings = {
        "synchronous_commit": "on",
        "lock_timeout": f"{int(busy_seconds * 1000)}ms",
        "idle_in_transaction_session_timeout": "30s",
    }
    return _engine(server, settings, name, busy_seconds)


def _engine(server: Server, settings: Mapping[str, str], name: str, busy_seconds: float) -> Engine:
    engine = create_engine(
        server.url,
        hide_parameters=True,
        connect_args={
            "application_name": name[:_NAME_OCTETS],
            "client_encoding": "UTF8",
            "connect_timeout": max(2, int(busy_seconds)),
            "options": " ".join(f"-c {n}={value}" for n, value in {**settings, **_HEARD}.items()),
            **_ALIVE,
            **_protection(server),
        },
    )

    def log_in(_dialect: object, _record: object, _plain: object, named: dict[str, Any]) -> None:
        password = server.password if isinstance(server.password, str) else server.password()
        if password:
            named["password"] = password

    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        # Connections do not survive a restart of the server. A question before each use would be a
        # fourth of all that is asked, so one that was used just now is taken at its word.
        if time.monotonic() - record.info.get(_USED, 0.0) < _FRESH_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def used(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_USED] = time.monotonic()

    event.listen(engine, "do_connect", log_in)
    event.listen(engine, "checkout", ping)
    event.listen(engine, "checkin", used)
    return engine


def _protection(server: Server) -> dict[str, str]:
    if not server.verified:
        return {}
    authorities = str(server.ca_file) if server.ca_file else "system"
    return {"sslmode": "verify-full", "sslrootcert": authorities}
