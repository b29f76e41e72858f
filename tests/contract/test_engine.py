"""Every engine keeps to its contract; those with a database to some more."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine as Database
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from connector.store.engine_database import engine_database, engine_file, put_aside
from connector.store.postgresql import Server
from domain.errors import Conflict, StoreFailed
from schedulers.durable import DurableEngine
from schedulers.engine import Batch
from schedulers.loop import LoopEngine
from tests.contract.durable_contract import DurableContract, Place, killed
from tests.contract.engine_contract import LONG, EngineContract, running
from tests.servers.postgresql import Postgresql
from tests.servers.process import wait_for
from tests.system.crash.steps import SteppedEngine


class TestLoopEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Iterator[LoopEngine]:
        made = LoopEngine()
        yield made
        made.close()

    def test_what_is_no_error_ends_the_run(self, engine: LoopEngine) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        engine.every("work", 0, interrupted)
        with pytest.raises(KeyboardInterrupt):
            engine.run()


class TestDurableEngineInAFile(DurableContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return tmp_path / "engine.sqlite"

    def test_a_database_that_is_damaged_is_put_aside(self, tmp_path: Path) -> None:
        place = tmp_path / "store" / "engine.sqlite"
        place.parent.mkdir()
        place.write_bytes(b"this is no database, whatever its name says" * 100)
        database = engine_file(place)
        engine = DurableEngine(database, worker="a", stop_seconds=5)
        engine.every("turn", LONG, engine.stop)
        assert engine.run()
        engine.close()
        database.dispose()
        assert (place.parent / "engine.sqlite.damaged").read_bytes().startswith(b"this is no")
        assert place.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("missing", ["workflow_status", "application_versions", "queues"])
    def test_a_sound_file_that_lacks_a_table_is_put_aside(
        self, tmp_path: Path, missing: str
    ) -> None:
        place = tmp_path / "engine.sqlite"
        assert counted(place) == [1]
        with closing(sqlite3.connect(place)) as connection:
            connection.execute(f"DROP TABLE {missing}")
        with structlog.testing.capture_logs() as logs:
            assert counted(place) == [1]
        assert "engine_store_renewed" in {line["event"] for line in logs}
        assert (tmp_path / "engine.sqlite.damaged").is_file()
        assert place.stat().st_mode & 0o777 == 0o600
        with structlog.testing.capture_logs() as logs:
            assert counted(place) == [1]
        assert [line["event"] for line in logs] == []

    def test_a_file_that_cannot_be_written_is_left_where_it_is(self, tmp_path: Path) -> None:
        place = tmp_path / "engine.sqlite"
        assert counted(place) == [1]
        refused = OperationalError("", {}, _refused(place))
        with closing_engine(engine_file(place)) as database:
            assert not put_aside(place, database, refused)
        assert not (tmp_path / "engine.sqlite.damaged").exists()

    def test_a_file_that_is_locked_at_the_start_is_not_waited_for_without_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.store.engine_database._BUSY_MILLISECONDS", 100)
        place = tmp_path / "engine.sqlite"
        assert counted(place) == [1]
        with locked(place), pytest.raises(Conflict, match="is locked by another program"):
            engine_file(place)
        assert counted(place) == [1]

    def test_turns_and_batches_go_on_while_another_program_has_locked_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("schedulers.durable._PATIENCE_SECONDS", 1.0)
        place = tmp_path / "engine.sqlite"
        counts: list[int] = []
        failed: list[int] = []
        with closing_engine(engine_file(place)) as database, ExitStack() as stack:
            engine = DurableEngine(database, worker="a", stop_seconds=20)
            stack.callback(engine.close)
            holding = ExitStack()

            def turn() -> None:
                failed.append(sum(line["event"] == "engine_store_failed" for line in logs))
                if not counts:
                    holding.enter_context(locked(place))
                if len(counts) == 3:
                    holding.close()
                counts.append(engine.hand_out({"mail": [["x"], ["y"]]}))
                engine.not_later("turn", datetime.now(UTC) + timedelta(hours=1))
                if counts[3:] and failed[-1] == failed[-2]:
                    engine.stop()

            engine.queue("mail", 1, len)
            engine.every("turn", 0.2, turn)
            with structlog.testing.capture_logs() as logs:
                assert engine.run()
        assert set(counts) == {2}
        assert failed[1] > 0, "the first turn in which it was locked"
        assert failed[3] > failed[1], "and others"

    def test_batches_are_done_although_the_engine_cannot_write(self, tmp_path: Path) -> None:
        database = engine_file(tmp_path / "engine.sqlite")
        engine = DurableEngine(database, worker="a", stop_seconds=5)
        done: list[str] = []

        def work(batch: Batch) -> int:
            done.extend(batch)
            return len(batch)

        counts: list[int] = []

        def turn() -> None:
            with database.begin() as connection:
                connection.execute(text("DROP TABLE workflow_status"))
            counts.append(engine.hand_out({"mail": [["a"], ["b"]]}))
            engine.stop()

        engine.queue("mail", 1, work)
        engine.every("turn", LONG, turn)
        with structlog.testing.capture_logs() as logs:
            assert engine.run()
        engine.close()
        database.dispose()
        assert (counts, sorted(done)) == ([2], ["a", "b"])
        assert "engine_store_failed" in {line["event"] for line in logs}
        said = [line["said"] for line in logs if line["event"] == "engine_says"]
        assert len(said) == len(set(said)), "each place of the library speaks once a minute"

    def test_a_turn_runs_although_the_engine_cannot_write(self, tmp_path: Path) -> None:
        place = tmp_path / "engine.sqlite"
        database = engine_file(place)
        engine = DurableEngine(database, worker="a", stop_seconds=5)
        ran: list[str] = []

        def turn() -> None:
            ran.append("turn")
            if len(ran) == 1:
                with database.begin() as connection:
                    connection.execute(text("DROP TABLE workflow_status"))
            if len(ran) == 3:
                engine.stop()

        engine.every("turn", 0.1, turn)
        with structlog.testing.capture_logs() as logs:
            assert engine.run()
        engine.close()
        database.dispose()
        assert ran == ["turn"] * 3
        assert "engine_store_failed" in {line["event"] for line in logs}


def counted(place: Path) -> list[int]:
    """Run an engine over a file for one turn that hands out one piece of work."""
    with closing_engine(engine_file(place)) as database:
        aside = partial(put_aside, place, database)
        engine = DurableEngine(database, worker="a", stop_seconds=5, put_aside=aside)
        counts: list[int] = []

        def turn() -> None:
            counts.append(engine.hand_out({"mail": [["x"]]}))
            engine.stop()

        engine.queue("mail", 1, len)
        engine.every("turn", LONG, turn)
        with closing(engine):
            assert engine.run()
    return counts


@contextmanager
def closing_engine(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Have a file as another program has that writes in it."""
    with closing(sqlite3.connect(place, check_same_thread=False)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


def _refused(place: Path) -> sqlite3.Error:
    with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as connection:
        try:
            connection.execute("CREATE TABLE another (x)")
        except sqlite3.Error as error:
            return error
    raise AssertionError("it could be written")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_as_an_instant_is_waited_for(tmp_path: Path, moment: str) -> None:
    """The next daemon has its turn at once, and one at the instant, which it asks for again."""
    place, at = tmp_path / "engine.sqlite", datetime.now(UTC) + timedelta(seconds=2)
    killed(place, partial(_stuck_as_it_waits, at=at, boundary=f"engine.not_later {moment}"))
    ran: list[datetime] = []
    with closing_engine(engine_file(place)) as database:
        again = DurableEngine(database, worker="a", stop_seconds=5)

        def turn() -> None:
            ran.append(datetime.now(UTC))
            again.not_later("turn", at)

        again.every("turn", LONG, turn)
        with running(again):
            wait_for("a turn at the instant", lambda: len(ran) > 1 and ran[-1] >= at, seconds=20)
        again.close()


def _stuck_as_it_waits(place: Place, told: Connection, *, at: datetime, boundary: str) -> None:
    assert isinstance(place, Path)
    engine = DurableEngine(engine_file(place), worker="a")

    def reached(name: str) -> None:
        if name == boundary:
            told.send(None)
            time.sleep(LONG)

    engine.every("turn", LONG, lambda: SteppedEngine(engine, reached).not_later("turn", at))
    engine.run()


class TestDurableEngineInPostgresql(DurableContract):
    @pytest.fixture
    def place(self, postgresql: Postgresql) -> Place:
        return postgresql.new_database()

    def test_a_database_that_lets_it_make_nothing_is_named(self, place: Server) -> None:
        database = engine_database(place, worker="a")
        with database.begin() as connection:
            connection.execute(text(f"REVOKE CREATE ON DATABASE {place.name} FROM PUBLIC"))
            connection.execute(text("DROP ROLE IF EXISTS guest"))
            connection.execute(text("CREATE ROLE guest LOGIN PASSWORD 'guest'"))
        database.dispose()
        guest = engine_database(replace(place, username="guest", password="guest"), worker="a")
        engine = DurableEngine(guest, worker="a", stop_seconds=5)
        engine.every("turn", LONG, engine.stop)
        with pytest.raises(StoreFailed, match="must be allowed to make a schema"):
            engine.run()
        engine.close()
        guest.dispose()
