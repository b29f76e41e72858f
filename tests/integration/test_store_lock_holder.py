"""Who holds the daemon's lock: asked from outside, without getting in the daemon's way."""

import fcntl
import os
import threading
from pathlib import Path

import pytest

from connector.store.lock import StoreLock
from domain.errors import Conflict, StoreFailed
from tests.integration.store_processes import HOLD_DAEMON_LOCK, Script


def test_a_lock_that_nobody_ever_took_is_not_made(tmp_path: Path) -> None:
    assert StoreLock(tmp_path / "daemon.lock").holder() is None
    assert list(tmp_path.iterdir()) == []


def test_the_holder_is_named_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    with StoreLock(path):
        assert StoreLock(path).holder() == str(os.getpid())
    assert StoreLock(path).holder() is None
    with Script(HOLD_DAEMON_LOCK, path) as script:
        assert script.line() == "held\n"
        assert (StoreLock(path).holder() or "").isdigit()
        script.kill()
    assert StoreLock(path).holder() is None


def test_a_daemon_that_starts_while_somebody_asks_waits_for_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    path.write_text("1\n", encoding="ascii")
    asking = os.open(path, os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    threading.Timer(0.08, os.close, [asking]).start()
    with StoreLock(path):
        assert StoreLock(path).holder() == str(os.getpid())


def test_asking_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    with StoreLock(path):
        pass
    assert StoreLock(path).holder() is None
    with StoreLock(path), pytest.raises(Conflict):
        StoreLock(path).acquire()


def test_a_lock_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreFailed, match="lock "):
        StoreLock(tmp_path / "file" / "daemon.lock").holder()
