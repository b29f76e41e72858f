"""Opening a PostgreSQL database so that one ledger at a time writes in it."""

from sqlalchemy import URL, Connection, Engine, create_engine, event

from connector.store.sqlite import WRITING

_WRITER = 0x646F6E646F63
"""The advisory lock of whoever writes: "dondoc" in ASCII, so that no other program takes it."""


def postgresql_engine(url: URL, *, busy_seconds: float, read_only: bool) -> Engine:
    """Return an engine over a PostgreSQL database.

    ``busy_seconds`` is how long a statement waits for whoever writes, and how long to wait for the
    server to answer a connection.
    """
    settings = {
        # What was committed must survive a power cut, whatever the server's own setting.
        "synchronous_commit": "on",
        "lock_timeout": f"{int(busy_seconds * 1000)}ms",
        "client_encoding": "UTF8",
        "default_transaction_read_only": "on" if read_only else "off",
        # A worker that hangs inside a transaction must not keep the others from writing.
        "idle_in_transaction_session_timeout": "60s",
    }
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        # Connections do not survive a restart of the server; a ping costs less than a lost turn.
        pool_pre_ping=True,
        connect_args={
            "application_name": "dondoc",
            "connect_timeout": max(2, int(busy_seconds)),
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            # A server that went away without a word is noticed within half a minute.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITING, False):
            # One writer after the other, as with SQLite: rows that were read stay as they are until
            # the end of the transaction, and events become visible in the order of their sequence.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")
        else:
            # All statements of a transaction that reads see one moment, as with SQLite.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    event.listen(engine, "begin", begin)
    return engine


def place_of(url: URL) -> str:
    """Return how errors name a database: without user and password."""
    return f"{url.database} on {url.host or 'the local socket'}"
