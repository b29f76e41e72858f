"""How `dondoc run` ends: by a signal at any moment, everything released, handlers restored."""

import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import structlog

from dondoc.app import App
from dondoc.bootstrap import SystemClock, daemon_lock, sign_file
from dondoc.daemon import serve
from dondoc.services.sign_of_life import read_sign
from dondoc.services.turn import HandOver, Turn
from dondoc.settings.loaded import LoadedSet, load_set
from schedulers.loop import LoopEngine
from tests.checkout import ROOT

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedSet:
    monkeypatch.setenv("DONDOC_TOKEN_KEY", "k" * 32)
    shutil.copytree(ROOT / "tests" / "data" / "config" / "minimal", tmp_path, dirs_exist_ok=True)
    return load_set(tmp_path / "dondoc.yaml")


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
