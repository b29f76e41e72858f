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


def test_removing_the_file_lets_no_second_one_in(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    first, second = (StoreLock(path, store="ledger.sqlite", folder=True) for _ in range(2))
    with first:
        path.unlink()
        assert second.holder() == "unknown"
        with pytest.raises(
            Conflict, match=r"the store ledger\.sqlite is in use by process unknown"
        ):
            second.acquire()
        assert list(tmp_path.iterdir()) == []
        first.confirm()
        assert second.holder() == str(os.getpid())
        with pytest.raises(Conflict, match=f"in use by process {os.getpid()};"):
            second.acquire()
    assert second.holder() is None
    with second:
        pass


def test_a_daemon_of_before_that_locks_the_file_alone_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "daemon.lock"
    with StoreLock(path), pytest.raises(Conflict, match=f"the store {tmp_path} is in use"):
        StoreLock(path, folder=True).acquire()
    with StoreLock(path, folder=True):
        pass
