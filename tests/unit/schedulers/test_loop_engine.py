"""The plain loop's pipe: a signal handler may stop it at any moment, and it is released once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from schedulers.loop import LoopEngine

LONG = 3600.0


@contextmanager
def on_alarm(heard: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call a handler in this thread a moment from now."""
    before = signal.signal(signal.SIGALRM, heard)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the file numbers of every pipe made from here on."""
    found: list[int] = []
    real = os.pipe

    def noted() -> tuple[int, int]:
        made = real()
        found.extend(made)
        return made

    monkeypatch.setattr(os, "pipe", noted)
    return found


def test_a_signal_handler_stops_the_engine_that_waits_in_its_own_thread() -> None:
    engine, ran = LoopEngine(), []
    engine.every("work", LONG, lambda: ran.append("work"))
    with on_alarm(lambda *_: engine.stop()):
        engine.run()
    engine.close()
    assert ran == ["work"]


def test_a_signal_that_says_nothing_leaves_the_engine_waiting() -> None:
    engine, ran = LoopEngine(), []
    heard: list[int] = []

    def work() -> None:
        ran.append("work")
        if len(ran) == 2:
            engine.stop()

    engine.every("work", 0.1, work)
    with on_alarm(lambda number, _: heard.append(number)):
        engine.run()
    engine.close()
    assert (ran, heard) == (["work", "work"], [signal.SIGALRM])


def test_closing_releases_both_ends_of_the_pipe(ends: list[int]) -> None:
    LoopEngine().close()
    assert len(ends) == 2
    for number in ends:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)


def test_a_late_stop_writes_to_no_file_that_got_the_pipe_s_number(ends: list[int]) -> None:
    engine = LoopEngine()
    engine.close()
    reading, writing = os.pipe()
    assert ends[2:] == ends[:2]
    engine.stop()
    os.set_blocking(reading, False)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)
    os.close(reading)
    os.close(writing)


def test_a_closed_engine_does_not_run() -> None:
    engine, ran = LoopEngine(), []
    engine.every("work", 0, lambda: ran.append("work"))
    engine.close()
    engine.run()
    assert ran == []
