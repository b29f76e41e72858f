"""What every durable engine keeps to, over what it left in its database when it was killed."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

import pytest
import structlog
from sqlalchemy import Engine as Database
from sqlalchemy import text

from connector.store.engine_database import engine_database, engine_file
from connector.store.postgresql import Server
from schedulers.durable import DurableEngine
from schedulers.engine import Batch, Engine
from schedulers.outside import Overdue
from tests.contract.engine_contract import LONG, EngineContract, running
from tests.servers.process import wait_for

Place: TypeAlias = Path | Server


class DurableContract(EngineContract):
    """Give a fixture ``place`` of an engine's database that is empty."""

    @pytest.fixture
    def database(self, place: Place) -> Iterator[Database]:
        made = _opened(place)
        yield made
        made.dispose()

    @pytest.fixture
    def engine(self, database: Database) -> Iterator[DurableEngine]:
        made = DurableEngine(database, worker="a", stop_seconds=5)
        yield made
        made.close()

    def test_what_a_dead_daemon_had_in_hand_another_one_does(
        self, place: Place, database: Database
    ) -> None:
        killed(place, _stuck_in_a_batch)
        done: list[str] = []
        work = partial(noted, done)
        heir = DurableEngine(database, worker="b", stop_seconds=5)
        heir.queue("mail", 1, work)
        taken: list[int] = []
        heir.every("turn", LONG, lambda: taken.append(heir.take_over(["b"])))
        with running(heir):
            _until(lambda: sorted(done) == ["x", "y"] and len(taken) == 2)
        heir.close()
        # The batch and the turn that it was part of; the other batch was in nobody's hands.
        assert taken == [2, 0]

    def test_what_was_left_under_a_name_that_nobody_uses_keeps_no_queue_full(
        self, place: Place, database: Database
    ) -> None:
        killed(place, _stuck_in_a_batch)
        done: list[str] = []
        work = partial(noted, done)
        other = DurableEngine(database, worker="alone", stop_seconds=5)
        other.queue("mail", 1, work)
        counts: list[int] = []

        def turn() -> None:
            other.take_over(["alone"])
            counts.append(other.hand_out({"mail": [["z"]]}))
            other.stop()

        other.every("turn", LONG, turn)
        with running(other) as thread:
            thread.join(20)
            assert not thread.is_alive()
        other.close()
        assert counts == [1]
        assert "z" in done

    def test_a_turn_that_died_is_due_at_once_at_the_next_start(
        self, place: Place, database: Database
    ) -> None:
        killed(place, _stuck_in_a_turn)
        ran: list[str] = []
        again = DurableEngine(database, worker="a", stop_seconds=5)
        again.every("turn", LONG, lambda: ran.append("turn"))
        with running(again):
            _until(lambda: len(ran) == 2)
        again.close()

    def test_what_is_waited_for_outlives_the_process(self, database: Database) -> None:
        first = DurableEngine(database, worker="a", stop_seconds=5)

        def turn() -> None:
            first.not_later("turn", datetime.now(UTC) + timedelta(seconds=2))
            first.stop()

        first.every("turn", LONG, turn)
        assert first.run()
        first.close()
        ran: list[str] = []
        again = DurableEngine(database, worker="a", stop_seconds=5)
        again.every("turn", LONG, lambda: ran.append("turn"))
        with running(again):
            _until(lambda: len(ran) == 2)
        again.close()

    def test_work_that_does_not_end_is_not_waited_for_longer_than_said(
        self, database: Database
    ) -> None:
        begun, never = threading.Event(), threading.Event()

        def stuck() -> None:
            begun.set()
            never.wait(20)

        engine = DurableEngine(database, worker="a", stop_seconds=1)
        engine.every("turn", LONG, stuck)
        ended: list[bool] = []
        thread = threading.Thread(target=lambda: ended.append(engine.run()))
        thread.start()
        assert begun.wait(10)
        engine.stop()
        thread.join(10)
        assert ended == [False]
        never.set()
        # The thread of the work goes on to say that it ended, which needs an open engine.
        _until(lambda: all(one.name != "engine-loop" for one in threading.enumerate()))
        engine.close()

    @pytest.mark.parametrize(("whose", "stuck"), [("ghost", True), ("a", False)])
    def test_a_queue_that_nobody_can_empty_is_given_up(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, whose: str, stuck: bool
    ) -> None:
        if stuck:
            monkeypatch.setattr("schedulers.durable._STUCK_SECONDS", 1.0)
        done: list[str] = []
        work = partial(noted, done)
        engine = DurableEngine(database, worker="a", stop_seconds=5)
        counts: list[int] = []

        def turn() -> None:
            _fill(database, "mail", whose)
            counts.append(engine.hand_out({"mail": [["x"], ["y"]]}))
            engine.stop()

        engine.queue("mail", 1, work)
        engine.every("turn", LONG, turn)
        with structlog.testing.capture_logs() as logs:
            assert engine.run()
        engine.close()
        assert (counts, sorted(done)) == ([2], ["x", "y"])
        assert ("engine_queue_stuck" in {line["event"] for line in logs}) is stuck

    def test_what_is_left_of_a_handing_out_that_failed_is_not_done_beside_the_next_one(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []
        engine = DurableEngine(database, worker="a", stop_seconds=5)
        counts: list[int] = []

        def failing(_ids: Sequence[str]) -> int:
            raise Overdue

        def turn() -> None:
            _fill(database, "mail", "ghost")
            with monkeypatch.context() as patched:
                patched.setattr(engine, "_counted", failing)
                counts.append(engine.hand_out({"mail": [["x"]]}))
            with database.begin() as connection:
                connection.execute(
                    text(f"DELETE FROM {_flows(database)} WHERE workflow_uuid = 'rubbish'")
                )
            counts.append(engine.hand_out({"mail": [["y"]]}))
            engine.stop()

        engine.queue("mail", 1, partial(noted, done))
        engine.every("turn", LONG, turn)
        assert engine.run()
        engine.close()
        assert (counts, done) == ([1, 1], ["x", "y"])

    def test_what_ended_long_ago_is_forgotten(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("schedulers.durable._SWEPT_SECONDS", 0.0)
        monkeypatch.setattr("schedulers.durable._KEPT", timedelta(seconds=-60))
        monkeypatch.setattr("schedulers.dbos_frame.FORGOTTEN", 2)
        engine = DurableEngine(database, worker="a", stop_seconds=5)
        ran: list[str] = []

        def turn() -> None:
            ran.append("turn")
            if len(ran) == 7:
                engine.stop()

        engine.every("turn", 0, turn)
        engine.run()
        with database.connect() as connection:
            (kept,) = connection.execute(text(f"SELECT count(*) FROM {_flows(database)}")).one()
        engine.close()
        assert len(ran) == 7
        assert kept <= 1


def noted(done: list[str], batch: Batch) -> int:
    """Do a batch by noting what is in it."""
    done.extend(batch)
    return len(batch)


def _flows(database: Database) -> str:
    schema = "dbos." if database.dialect.name == "postgresql" else ""
    return f"{schema}workflow_status"


def _fill(database: Database, queue: str, whose: str) -> None:
    """Have a queue for one batch at a time look as if one were under way in some daemon."""
    with database.begin() as connection:
        connection.execute(
            text(
                f"INSERT INTO {_flows(database)} (workflow_uuid, status, name, executor_id,"
                " queue_name, application_version, created_at, updated_at, priority,"
                f" recovery_attempts) VALUES ('rubbish', 'PENDING', 'batch', '{whose}',"
                f" '{queue}', '1', 1, 1, 0, 1)"
            )
        )


def _opened(place: Place) -> Database:
    return engine_file(place) if isinstance(place, Path) else engine_database(place, worker="a")


def killed(place: Place, work: Callable[[Place, Connection], None]) -> None:
    """Kill a process in the middle of its work; it tells when it is there."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(place, theirs))
    process.start()
    assert ours.poll(30)
    process.kill()
    process.join()


def _stuck_in_a_batch(place: Place, told: Connection) -> None:
    def stuck(_batch: Batch) -> int:
        told.send(None)
        time.sleep(LONG)
        return 0

    engine = DurableEngine(_opened(place), worker="a")
    engine.queue("mail", 1, stuck)
    batches: Mapping[str, Sequence[Batch]] = {"mail": [["x"], ["y"]]}
    engine.every("turn", LONG, partial(_hand_out, engine, batches))
    engine.run()


def _hand_out(engine: Engine, batches: Mapping[str, Sequence[Batch]]) -> None:
    engine.hand_out(batches)


def _stuck_in_a_turn(place: Place, told: Connection) -> None:
    def stuck() -> None:
        told.send(None)
        time.sleep(LONG)

    engine = DurableEngine(_opened(place), worker="a")
    engine.every("turn", LONG, stuck)
    engine.run()


def _until(true: Callable[[], bool]) -> None:
    wait_for("the engine gets on", true, seconds=20, pause=0.05)
