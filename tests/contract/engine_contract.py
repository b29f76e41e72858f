"""What every engine keeps to: order, intervals, failures that stay alone, and stopping."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from connector.store.postgresql import Server
from schedulers.engine import Batch, BatchFailed, Engine

LONG = 3600.0
Place: TypeAlias = Path | Server


@contextmanager
def running(engine: Engine) -> Iterator[threading.Thread]:
    """Run an engine in a thread of its own, and stop it whatever happens."""
    thread = threading.Thread(target=engine.run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        engine.stop()
        thread.join(5)


class EngineContract:
    """Give a fixture ``engine`` with nothing registered."""

    def test_everything_runs_at_once_in_the_order_of_registration(self, engine: Engine) -> None:
        ran: list[str] = []
        for name in ("collect", "decide", "send"):
            engine.every(name, LONG, partial(ran.append, name))
        engine.every("last", LONG, engine.stop)
        engine.run()
        assert ran == ["collect", "decide", "send"]

    def test_a_job_that_fails_stops_neither_itself_nor_others(self, engine: Engine) -> None:
        ran: list[str] = []

        def failing() -> None:
            ran.append("failing")
            raise RuntimeError("broken")

        def good() -> None:
            ran.append("good")
            if ran.count("good") == 2:
                engine.stop()

        engine.every("failing", 0, failing)
        engine.every("good", 0, good)
        engine.run()
        assert ran == ["failing", "good", "failing", "good"]

    def test_an_interval_counts_from_the_end_of_the_work(self, engine: Engine) -> None:
        begun: list[float] = []
        ended: list[float] = []

        def work() -> None:
            begun.append(time.monotonic())
            time.sleep(0.02)
            ended.append(time.monotonic())
            if len(begun) == 3:
                engine.stop()

        engine.every("work", 0.03, work)
        engine.run()
        pauses = [start - end for start, end in zip(begun[1:], ended, strict=False)]
        assert len(pauses) == 2
        assert min(pauses) >= 0.03

    def test_a_short_interval_runs_more_often_than_a_long_one(self, engine: Engine) -> None:
        ran: list[str] = []

        def often() -> None:
            ran.append("often")
            if ran.count("often") == 5:
                engine.stop()

        engine.every("seldom", LONG, lambda: ran.append("seldom"))
        engine.every("often", 0.001, often)
        engine.run()
        assert ran == ["seldom", *["often"] * 5]

    def test_no_job_starves_another(self, engine: Engine) -> None:
        ran: list[str] = []

        def counted() -> None:
            ran.append("b")
            if ran.count("b") == 3:
                engine.stop()

        engine.every("a", 0, lambda: ran.append("a"))
        engine.every("b", 0, counted)
        engine.run()
        assert ran == ["a", "b"] * 3

    def test_another_thread_stops_a_waiting_engine_promptly(self, engine: Engine) -> None:
        ran = threading.Event()
        engine.every("work", LONG, ran.set)
        with running(engine) as thread:
            assert ran.wait(5)
            engine.stop()
            thread.join(5)
            assert not thread.is_alive()

    def test_stopping_lets_the_work_in_hand_end(self, engine: Engine) -> None:
        begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            go_on.wait(5)
            done.set()

        engine.every("work", 0, work)
        engine.every("next", 0, lambda: pytest.fail("ran after stop"))
        with running(engine) as thread:
            assert begun.wait(5)
            engine.stop()
            assert thread.is_alive()
            go_on.set()
            thread.join(5)
            assert done.is_set()
            assert not thread.is_alive()

    def test_stopping_before_running_and_twice(self, engine: Engine) -> None:
        ran: list[str] = []
        engine.every("work", 0, lambda: ran.append("work"))
        engine.stop()
        engine.stop()
        engine.run()
        assert ran == []

    def test_waking_ends_the_pause_at_once(self, engine: Engine) -> None:
        ran: list[str] = []
        turned, woken = threading.Event(), threading.Event()

        def tell(name: str, event: threading.Event) -> None:
            ran.append(name)
            event.set()

        engine.every("turn", LONG, partial(tell, "turn", turned))
        engine.when_woken("mail", partial(tell, "mail", woken))
        with running(engine):
            assert turned.wait(5)
            for times in range(1, 4):
                engine.wake()
                assert woken.wait(5)
                woken.clear()
                assert ran == ["turn", *["mail"] * times]

    def test_waking_during_work_is_not_lost_and_counts_once(self, engine: Engine) -> None:
        begun, go_on, woken = threading.Event(), threading.Event(), threading.Event()
        ran: list[str] = []

        def turn() -> None:
            begun.set()
            go_on.wait(5)

        def mail() -> None:
            ran.append("mail")
            woken.set()

        engine.every("turn", LONG, turn)
        engine.when_woken("mail", mail)
        with running(engine):
            assert begun.wait(5)
            for _ in range(100_000):
                engine.wake()
            go_on.set()
            assert woken.wait(5)
        # A pipe holds so much at once; what it could not hold woke as well.
        assert 1 <= len(ran) <= 2

    def test_who_wakes_all_the_time_starves_nobody(self, engine: Engine) -> None:
        turns: list[str] = []

        def turn() -> None:
            turns.append("turn")
            if len(turns) == 3:
                engine.stop()

        engine.every("turn", 0.001, turn)
        engine.when_woken("mail", engine.wake)
        engine.wake()
        with running(engine) as thread:
            thread.join(30)
            assert not thread.is_alive()

    def test_waking_a_stopped_engine_does_nothing(self, engine: Engine) -> None:
        engine.every("turn", LONG, engine.stop)
        engine.when_woken("mail", lambda: pytest.fail("ran after stop"))
        engine.run()
        engine.wake()
        engine.run()

    def test_batches_are_done_from_their_queues_and_counted(self, engine: Engine) -> None:
        done: list[str] = []
        threads: set[int] = set()

        def work(batch: Sequence[str]) -> int:
            threads.add(threading.get_ident())
            done.extend(batch)
            return len(batch)

        engine.queue("mail:one", 2, work)
        engine.queue("exchange:two", 1, work)
        counts = handed_out(
            engine, {"mail:one": [["a", "b"], ["c"], ["d"]], "exchange:two": [["e"]]}
        )
        assert counts == [5]
        assert sorted(done) == ["a", "b", "c", "d", "e"]
        assert threading.get_ident() not in threads

    def test_a_queue_works_on_so_many_batches_at_a_time(self, engine: Engine) -> None:
        at_work, most = Counter[str](), Counter[str]()
        lock = threading.Lock()

        def work(batch: Sequence[str]) -> int:
            (queue,) = batch
            with lock:
                at_work[queue] += 1
                most[queue] = max(most[queue], at_work[queue])
            time.sleep(0.15)
            with lock:
                at_work[queue] -= 1
            return 1

        engine.queue("three", 3, work)
        engine.queue("one", 1, work)
        counts = handed_out(engine, {"three": [["three"]] * 9, "one": [["one"]] * 3})
        assert counts == [12]
        assert most == {"three": 3, "one": 1}

    def test_a_batch_that_fails_is_told_when_all_others_have_ended(self, engine: Engine) -> None:
        done: list[str] = []

        def work(batch: Sequence[str]) -> int:
            if batch[0] == "bad":
                raise RuntimeError("broken")
            done.extend(batch)
            return 1

        engine.queue("mail", 1, work)
        with pytest.raises(BatchFailed):
            handed_out(engine, {"mail": [["a"], ["bad"], ["b"]]})
        assert sorted(done) == ["a", "b"]

    def test_nothing_to_hand_out_is_nothing_done(self, engine: Engine) -> None:
        engine.queue("mail", 1, lambda _: pytest.fail("there is no batch"))
        assert handed_out(engine, {"mail": []}) == [0]

    def test_after_a_stop_what_nobody_has_begun_is_taken_back(self, engine: Engine) -> None:
        begun: list[str] = []

        def work(batch: Sequence[str]) -> int:
            begun.extend(batch)
            engine.stop()
            return 1

        engine.queue("mail", 1, work)
        assert handed_out(engine, {"mail": [["a"], ["b"], ["c"]]}) == [1]
        assert len(begun) == 1

    def test_work_is_hastened(self, engine: Engine) -> None:
        ran = threading.Semaphore(0)
        engine.every("turn", LONG, ran.release)
        with running(engine):
            for _ in range(3):
                assert ran.acquire(timeout=5)
                engine.hasten("turn")

    def test_work_that_is_hastened_while_it_runs_runs_again(self, engine: Engine) -> None:
        ran: list[str] = []

        def turn() -> None:
            ran.append("turn")
            if len(ran) == 1:
                engine.hasten("turn")
            else:
                engine.stop()

        engine.every("turn", LONG, turn)
        with running(engine) as thread:
            thread.join(5)
            assert len(ran) == 2

    def test_work_runs_at_an_instant(self, engine: Engine) -> None:
        ran = threading.Semaphore(0)
        engine.every("turn", LONG, ran.release)
        with running(engine):
            assert ran.acquire(timeout=5)
            began = time.monotonic()
            at = datetime.now(UTC) + timedelta(seconds=0.5)
            engine.not_later("turn", at)
            engine.not_later("turn", at)
            assert ran.acquire(timeout=10)
            assert time.monotonic() - began > 0.4
            engine.not_later("turn", at - timedelta(hours=1))
            assert ran.acquire(timeout=10)

    def test_without_work_there_is_nothing_to_wait_for(self, engine: Engine) -> None:
        with running(engine) as thread:
            thread.join(5)
            assert not thread.is_alive()

    def test_a_closed_engine_may_be_woken_and_stopped(self, engine: Engine) -> None:
        engine.close()
        engine.wake()
        engine.stop()


def handed_out(engine: Engine, batches: Mapping[str, Sequence[Batch]]) -> list[int]:
    """Hand batches out from within a job, and end; return what came of it."""
    counts: list[int] = []
    failed: list[BatchFailed] = []

    def turn() -> None:
        try:
            counts.append(engine.hand_out(batches))
        except BatchFailed as error:
            failed.append(error)
        engine.stop()

    engine.every("turn", LONG, turn)
    with running(engine) as thread:
        thread.join(20)
    for error in failed:
        raise error
    return counts
