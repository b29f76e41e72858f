"""How `dondoc run` ends: by a signal at any moment, everything released, handlers restored."""

import os
import shutil
import signal
from pathlib import Path

import pytest
import structlog

from dondoc.bootstrap import daemon_lock, sign_file
from dondoc.cli.run import _serve
from dondoc.services.sign_of_life import read_sign
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from schedulers.engine import LoopEngine
from tests.checkout import ROOT

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DONDOC_TOKEN_KEY", "k" * 32)
    shutil.copytree(ROOT / "tests" / "data" / "config" / "minimal", tmp_path, dirs_exist_ok=True)
    return load_settings(tmp_path / "dondoc.yaml")


class Ended(LoopEngine):
    """An engine that is told to stop while it runs, by a signal to this very thread."""

    made: list["Ended"]

    def __init__(self) -> None:
        super().__init__()
        self.made.append(self)
        self.closed = False

    def run(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        super().run()

    def close(self) -> None:
        self.closed = True
        super().close()


@pytest.mark.parametrize("failing", [False, True])
def test_a_signal_ends_it_and_everything_is_released(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    monkeypatch.setattr(Ended, "made", [], raising=False)
    monkeypatch.setattr("schedulers.engine.LoopEngine", Ended)
    before = [signal.getsignal(number) for number in SIGNALS]
    if failing:
        monkeypatch.setattr(Ended, "every", _refusing)
        with structlog.testing.capture_logs(), pytest.raises(RuntimeError, match="no work"):
            _serve(settings)
    else:
        with structlog.testing.capture_logs() as logs:
            _serve(settings)
        # The mail server of these settings is nowhere.
        events = [line["event"] for line in logs if line["event"] != "mailbox_watch_lost"]
        assert events == ["daemon_started", "daemon_stopped"]
    assert [engine.closed for engine in Ended.made] == [True]
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert daemon_lock(settings).holder() is None
    assert read_sign(sign_file(settings)) is None


def _refusing(*_: object) -> None:
    raise RuntimeError("no work")
