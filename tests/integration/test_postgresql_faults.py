"""A ledger in PostgreSQL when the server is not as it should be."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from connector.store import writing
from connector.store.ledger import SqlLedger
from connector.store.postgresql import Server
from connector.store.schema import METADATA
from connector.store.writing import Fence
from domain.errors import Conflict, StoreFailed, StoreMissing
from domain.state import RawState
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW
from tests.servers.postgresql import PASSWORD, Postgresql


@pytest.fixture
def server(postgresql: Postgresql) -> Server:
    return postgresql.new_database()


@pytest.fixture
def ledger(server: Server) -> Iterator[SqlLedger]:
    ledger = SqlLedger.connect(server, busy_seconds=0.2)
    yield ledger
    ledger.close()


def test_migrations_make_the_tables_of_the_schema(ledger: SqlLedger, server: Server) -> None:
    ledger.append([story.arrived(1)], recorded_at=NOW)
    engine = create_engine(server.url.set(password=PASSWORD))
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_wrong_password_is_said_and_not_shown(server: Server) -> None:
    with pytest.raises(
        StoreFailed, match=r"password authentication failed.*store\.database"
    ) as caught:
        SqlLedger.connect(replace(server, password="bí mật"))
    assert "bí mật" not in str(caught.value)
    assert str(caught.value).count("password authentication failed") == 1


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        (
            "127.0.0.1",
            1,
            r'server at "127\.0\.0\.1", port 1 failed: Connection refused; the database',
        ),
        ("/nowhere", 1, r'socket "/nowhere/\S+" failed: No such file or directory; the database'),
    ],
)
def test_a_server_that_is_not_there_is_told_in_a_whole_sentence(
    server: Server, host: str, port: int, said: str
) -> None:
    with pytest.raises(StoreFailed, match=said) as caught:
        SqlLedger.connect(replace(server, host=host, port=port))
    assert not re.search(r"[\t\n]", str(caught.value))


def test_a_database_that_is_not_there_is_said(server: Server) -> None:
    with pytest.raises(StoreFailed, match=r"nowhere on 127\.0\.0\.1: .*\"nowhere\" does not exist"):
        SqlLedger.connect(replace(server, name="nowhere"))


def test_a_command_makes_no_tables(server: Server) -> None:
    with pytest.raises(
        StoreMissing, match=r"there is no ledger at dondoc\d+ on 127\.0\.0\.1; start the daemon"
    ):
        SqlLedger.connect(server, create=False)


@pytest.mark.parametrize("killed", [True, False])
def test_a_server_that_comes_back_is_used_again(
    ledger: SqlLedger, postgresql: Postgresql, killed: bool
) -> None:
    ledger.append([story.arrived(1)], recorded_at=NOW)
    assert len(ledger.select(RawState)) == 1
    (postgresql.kill if killed else postgresql.stop)()
    with pytest.raises(StoreFailed, match=r"127\.0\.0\.1: .*cannot be reached"):
        ledger.append([story.arrived(2)], recorded_at=NOW)
    with pytest.raises(StoreFailed, match="cannot be reached"):
        ledger.select(RawState)
    postgresql.start()
    ledger.append([story.arrived(2)], recorded_at=NOW)
    assert len(ledger.select(RawState)) == 2
    assert ledger.differences() == []


def test_connections_that_were_cut_are_made_anew(
    ledger: SqlLedger, postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only one that was used in the last second is taken at its word.
    monkeypatch.setattr("connector.store.postgresql._FRESH_SECONDS", 0.0)
    ledger.append([story.arrived(1)], recorded_at=NOW)
    postgresql.stop()
    postgresql.start()
    ledger.append([story.arrived(2)], recorded_at=NOW)
    assert len(ledger.select(RawState)) == 2


def test_a_block_that_loses_its_server_leaves_nothing(
    ledger: SqlLedger, postgresql: Postgresql
) -> None:
    def lost() -> None:
        with ledger.together() as block:
            block.append([story.arrived(1)], recorded_at=NOW)
            postgresql.stop()

    with pytest.raises(StoreFailed, match="cannot be reached"):
        lost()
    postgresql.start()
    assert list(ledger.events()) == []
    ledger.append([story.arrived(1)], recorded_at=NOW)


def test_a_writer_that_waits_too_long_is_told_of_the_other(
    ledger: SqlLedger, server: Server
) -> None:
    other = SqlLedger.connect(server)
    with other.together() as block:
        block.append([story.arrived(1)], recorded_at=NOW)
        with pytest.raises(Conflict, match="is locked"):
            ledger.append([story.arrived(2)], recorded_at=NOW)
        assert ledger.select(RawState) == []
    ledger.append([story.arrived(2)], recorded_at=NOW)
    assert len(ledger.select(RawState)) == 2
    other.close()


def test_a_server_far_away_has_to_prove_who_it_is(server: Server, postgresql: Postgresql) -> None:
    proved = replace(server, verified=True, ca_file=postgresql.ca_file)
    ledger = SqlLedger.connect(proved)
    ledger.append([story.arrived(1)], recorded_at=NOW)
    ledger.close()
    with pytest.raises(StoreFailed, match=r"certificate verify failed.*cannot be reached"):
        SqlLedger.connect(replace(server, verified=True))


def test_the_newest_event_outlives_a_crash_though_another_daemon_has_not_flushed_it(
    server: Server, postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = (SqlLedger.connect(server) for _ in range(2))
    with closing(first), closing(other):
        for ledger in (first, other):
            ledger.fenced_by(Fence("SELECT 1", RuntimeError))
        first.append([story.arrived(1)], recorded_at=NOW)
        with _nobody_else_flushes(server):
            with monkeypatch.context() as patch:
                # What the others see of a daemon that is about to wait for the disk.
                patch.setattr(writing, "_END", "COMMIT")
                other.append([story.arrived(2)], recorded_at=NOW)
            newest = first.newest()
            postgresql.kill()
        postgresql.start()
        assert newest is not None
        assert newest.event == story.arrived(2)
    with closing(SqlLedger.connect(server)) as again:
        assert again.newest() == newest


@contextmanager
def _nobody_else_flushes(server: Server) -> Iterator[None]:
    """Stop the process of the server that writes the log in the background, until it is killed."""
    engine = create_engine(server.url.set(password=PASSWORD))
    with engine.connect() as connection:
        found = text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
        writer = connection.execute(found).scalar_one()
    engine.dispose()
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(writer, signal.SIGCONT)
