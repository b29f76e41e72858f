"""How `dondoc run` ends: by a signal at any moment, everything released, handlers restored."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

import pytest
import structlog

from dondoc.app import App
from dondoc.bootstrap import SystemClock, daemon_lock, open_app, sign_file
from dondoc.bootstrap_engine import durable_engine
from dondoc.daemon import serve
from dondoc.services.sign_of_life import read_sign
from dondoc.services.turn import HandOver, Turn
from dondoc.settings.loaded import LoadedSet, load_set
from schedulers.loop import LoopEngine
from tests.minimal_configuration import lay_out

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedSet:
    monkeypatch.setenv("DONDOC_TOKEN_KEY", "k" * 32)
    return load_set(lay_out(tmp_path))


class Ended(LoopEngine):
    """An engine that is told to stop while it runs, by a signal to this very thread."""

    made: list["Ended"]

    def __init__(self, *_: object) -> None:
        super().__init__()
        self.made.append(self)
        self.closed = False

    def run(self) -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return super().run()

    def close(self) -> None:
        self.closed = True
        super().close()


@pytest.mark.parametrize("failing", [False, True])
def test_a_signal_ends_it_and_everything_is_released(
    settings: LoadedSet, monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    monkeypatch.setattr(Ended, "made", [], raising=False)
    monkeypatch.setattr("dondoc.bootstrap_engine.durable_engine", Ended)
    before = [signal.getsignal(number) for number in SIGNALS]
    if failing:
        monkeypatch.setattr(Ended, "every", _refusing)
        with structlog.testing.capture_logs(), pytest.raises(RuntimeError, match="no work"):
            serve(settings)
    else:
        with structlog.testing.capture_logs() as logs:
            serve(settings)
        # The mail server of these settings is nowhere.
        events = [line["event"] for line in logs if line["event"] != "mailbox_watch_lost"]
        assert events == ["daemon_started", "daemon_stopped"]
    assert [engine.closed for engine in Ended.made] == [True]
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert daemon_lock(settings.sound()).holder() is None
    assert read_sign(sign_file(settings.sound())) is None


def test_what_does_not_let_go_is_not_waited_for(
    settings: LoadedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Event()

    class Holding(Ended):
        """An engine that cannot be closed, as before a database that says nothing."""

        def close(self) -> None:
            assert ended.wait(30), "it would be waited for without end"
            super().close()

    monkeypatch.setattr(Ended, "made", [], raising=False)
    monkeypatch.setattr("dondoc.bootstrap_engine.durable_engine", Holding)
    monkeypatch.setattr("dondoc.daemon._RELEASE_SECONDS", 0.1)
    monkeypatch.setattr("dondoc.daemon._end_at_once", ended.set)
    with structlog.testing.capture_logs():
        serve(settings)
    assert ended.is_set()


def test_an_engine_file_without_a_table_keeps_no_daemon_from_starting(settings: LoadedSet) -> None:
    sound = settings.sound()
    for _ in range(2):
        with (
            ExitStack() as stack,
            open_app(sound, SystemClock(), create=True) as app,
            closing(durable_engine(sound, app, None, stack)) as engine,
        ):
            engine.every("turn", 3600, engine.stop)
            with structlog.testing.capture_logs() as logs:
                assert engine.run()
        with closing(sqlite3.connect(sound.store.folder / "engine.sqlite")) as connection:
            connection.execute("DROP TABLE workflow_status")
    assert "engine_store_renewed" in {line["event"] for line in logs}


class Once(LoopEngine):
    """An engine that does everything once and ends."""

    def __init__(self, *_: object) -> None:
        super().__init__()

    def run(self) -> bool:
        for job in self._jobs:
            job.work()
        return True


def test_a_turn_is_given_the_clock_that_goes_on(
    settings: LoadedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count()
    began = datetime(2024, 5, 8, tzinfo=UTC)
    passed: list[timedelta] = []

    def noted(
        _app: App,
        now: datetime,
        *,
        clock: Callable[[], datetime],
        pause: Callable[[], bool],
        hand_over: HandOver,
    ) -> Turn:
        assert hand_over([], {}, now) == 0
        passed.extend([clock() - now, clock() - now])
        assert not pause()
        return Turn(taken=0, read=0, done=0)

    monkeypatch.setattr(SystemClock, "now", lambda _: began + timedelta(seconds=next(seconds)))
    monkeypatch.setattr("dondoc.bootstrap_engine.durable_engine", Once)
    monkeypatch.setattr("dondoc.daemon.turn", noted)
    with structlog.testing.capture_logs():
        serve(settings)
    first, second = passed
    assert timedelta() < first < second


def _refusing(*_: object) -> None:
    raise RuntimeError("no work")
