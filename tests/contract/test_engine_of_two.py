"""Two durable engines in processes of their own that share their queues in PostgreSQL."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.connection import Connection
from threading import Event, Thread

import psycopg
import pytest
import structlog

from connector.store.postgresql import Server, plain_postgresql_engine
from schedulers.durable import DurableEngine
from schedulers.engine import Batch
from tests.contract.engine_contract import LONG, running
from tests.servers.postgresql import Postgresql

pytestmark = pytest.mark.timeout(120)

_BUSY_SECONDS = 1.0
_LIVING = ("a", "b")


def engine_of(place: Server, worker: str, stack: ExitStack) -> DurableEngine:
    """Return an engine that shares its queues with another, and waits for no lock for long."""
    database = plain_postgresql_engine(place, name=worker, busy_seconds=_BUSY_SECONDS)
    stack.callback(database.dispose)
    engine = DurableEngine(database, worker=worker, daemons=lambda: len(_LIVING), stop_seconds=5)
    return stack.enter_context(closing(engine))


def beating(engine: DurableEngine, ended: Event) -> None:
    """Look again and again for what the other one left, as a crew does."""
    while not ended.wait(0.5):
        try:
            engine.take_over(_LIVING)
        except Exception:  # noqa: BLE001 - as the crew does, whatever the database says
            continue


def serve_b(place: Server, parent: Connection) -> None:
    """Run the other engine: tell when its first batch has begun, end that when told, tell of it."""
    first = iter(["begun"])

    def work(batch: Batch) -> int:
        word = next(first, None)
        if word is None:
            return len(batch)
        parent.send(word)
        parent.recv()
        parent.send("ended")
        return len(batch)

    with ExitStack() as stack:
        engine = engine_of(place, "b", stack)
        engine.queue("mail", 2, work)
        engine.every("turn", LONG, lambda: parent.send("ready"))
        Thread(target=beating, args=(engine, Event()), daemon=True).start()
        engine.run()


@contextmanager
def the_other(place: Server) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_b, args=(place, theirs), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        process.kill()
        process.join()


def told(other: Connection, word: str) -> None:
    assert other.poll(30), f"the other one does not say {word}"
    assert other.recv() == word


@contextmanager
def unwritable(place: Server) -> Iterator[None]:
    """Keep everybody from recording what became of a batch."""
    with psycopg.connect(
        host=place.host,
        port=place.port,
        dbname=place.name,
        user=place.username,
        password=str(place.password),
    ) as connection:
        connection.execute("LOCK TABLE dbos.workflow_status IN SHARE ROW EXCLUSIVE MODE")
        yield
        connection.rollback()


def handing_out(
    place: Server, other: Connection, between: Callable[[], None], *more: Sequence[Batch]
) -> list[int]:
    """Hand out two batches, one to each engine, then ``more``; return what came of each.

    ``between`` runs while both are in hand; that of this engine ends after it.
    """
    counts: list[int] = []
    with ExitStack() as stack:
        engine = engine_of(place, "a", stack)
        both = iter([between])

        def work(batch: Batch) -> int:
            for meanwhile in both:
                told(other, "begun")
                meanwhile()
            return len(batch)

        def turn() -> None:
            for batches in ([["x"], ["y"]], *more):
                counts.append(engine.hand_out({"mail": batches}))
            engine.stop()

        engine.queue("mail", 2, work)
        engine.every("turn", LONG, turn)
        ended = Event()
        stack.callback(ended.set)
        beats = Thread(target=beating, args=(engine, ended), daemon=True)
        with running(engine) as thread:
            beats.start()
            thread.join(40)
            assert not thread.is_alive(), "it waits for a batch that nobody ends"
    return counts


def test_what_ended_at_a_living_worker_and_could_not_be_recorded_is_not_waited_for(
    postgresql: Postgresql,
) -> None:
    place = postgresql.new_database()
    with the_other(place) as other, ExitStack() as locking:
        told(other, "ready")

        def both_end_unrecorded() -> None:
            locking.enter_context(unwritable(place))
            other.send("end")
            told(other, "ended")
            Thread(target=released, args=(locking,), daemon=True).start()

        counts = handing_out(place, other, both_end_unrecorded, [["z"]])
    # The ledger knows what became of them; the queue is free for what comes next.
    assert counts == [0, 1]


def released(locking: ExitStack) -> None:
    """Let everybody write again, once they no longer wait for it."""
    time.sleep(3 * _BUSY_SECONDS)
    locking.close()


def test_a_batch_that_another_worker_does_not_end_is_given_up_in_the_end(
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedulers.durable._ELSEWHERE_SECONDS", 1.0)
    place = postgresql.new_database()
    with the_other(place) as other, structlog.testing.capture_logs() as logs:
        told(other, "ready")
        counts = handing_out(place, other, lambda: None)
    assert counts == [2]
    assert "engine_queue_stuck" in {line["event"] for line in logs}
