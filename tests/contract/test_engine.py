"""Every engine keeps to its contract; those with a database to some more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from connector.store.engine_database import engine_database, engine_file
from connector.store.postgresql import Server
from domain.errors import StoreFailed
from schedulers.durable import DurableEngine
from schedulers.engine import Batch
from schedulers.loop import LoopEngine
from tests.contract.durable_contract import DurableContract, Place
from tests.contract.engine_contract import LONG, EngineContract
from tests.servers.postgresql import Postgresql


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
