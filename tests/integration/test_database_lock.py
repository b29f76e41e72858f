"""One daemon at a time on a database, from whatever machine."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from connector.store.database_lock import DatabaseLock
from connector.store.lock import StoreLock
from connector.store.postgresql import Server
from domain.errors import Conflict, StoreFailed
from tests.servers.postgresql import Postgresql


@pytest.fixture
def server(postgresql: Postgresql) -> Server:
    return postgresql.new_database()


def lock(server: Server, folder: Path) -> DatabaseLock:
    """Return the lock as a daemon takes it whose evidence lies in a folder of its own."""
    return DatabaseLock(server, StoreLock(folder / "daemon.lock"), busy_seconds=2)


def test_a_second_daemon_is_refused_though_its_folder_is_another(
    server: Server, tmp_path: Path
) -> None:
    first, second = lock(server, tmp_path / "a"), lock(server, tmp_path / "b")
    with first:
        assert second.holder() == f"dondoc, process {os.getpid()} on {os.uname().nodename}"[:63]
        with pytest.raises(Conflict, match=rf"in use by dondoc, process {os.getpid()} on"):
            second.acquire()
        first.confirm()
    assert second.holder() is None
    with second:
        pass


def test_a_refused_one_leaves_its_own_file_free(server: Server, tmp_path: Path) -> None:
    with lock(server, tmp_path / "a"):
        with pytest.raises(Conflict):
            lock(server, tmp_path / "b").acquire()
        assert StoreLock(tmp_path / "b" / "daemon.lock").holder() is None


def test_databases_of_one_server_do_not_disturb_one_another(
    server: Server, postgresql: Postgresql, tmp_path: Path
) -> None:
    with lock(server, tmp_path / "a"), lock(postgresql.new_database(), tmp_path / "b"):
        pass


def test_a_lock_that_was_lost_is_taken_again(
    server: Server, postgresql: Postgresql, tmp_path: Path
) -> None:
    first, second = lock(server, tmp_path / "a"), lock(server, tmp_path / "b")
    with first:
        postgresql.stop()
        with pytest.raises(StoreFailed, match="cannot be reached"):
            first.confirm()
        postgresql.start()
        first.confirm()
        with pytest.raises(Conflict):
            second.acquire()


def test_a_lock_that_another_took_meanwhile_is_not_had_back(
    server: Server, postgresql: Postgresql, tmp_path: Path
) -> None:
    first, second = lock(server, tmp_path / "a"), lock(server, tmp_path / "b")
    with first:
        postgresql.stop()
        postgresql.start()
        with second:
            with pytest.raises(Conflict):
                first.confirm()
            with pytest.raises(Conflict):
                first.confirm()
        first.confirm()


def test_a_server_that_is_not_there_is_said(server: Server, tmp_path: Path) -> None:
    away = lock(replace(server, port=1), tmp_path / "a")
    with pytest.raises(StoreFailed, match="cannot be reached"):
        away.acquire()
    with pytest.raises(StoreFailed, match="cannot be reached"):
        away.holder()
