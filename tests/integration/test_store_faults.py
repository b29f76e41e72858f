"""The ledger and its lock when the disk fills, files are damaged, or a process dies."""

import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from connector.store.lock import StoreLock
from connector.store.replay import differences, rebuild
from domain.errors import Conflict, InvariantViolation, StoreFailed
from domain.facts import Recorded
from domain.state import RawState
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW
from tests.integration.store_processes import (
    APPEND_FOR_EVER,
    APPEND_UNTIL_REFUSED,
    HOLD_DAEMON_LOCK,
    HOLD_WRITE_LOCK,
    Script,
    run,
)


def reviews(ledger: SqlLedger) -> int:
    return len([recorded for recorded in ledger.events() if "review" in recorded.event.source_key])


def append_large(ledger: SqlLedger, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        ledger.append([story.review(f"{number} {'x' * 5000}")], recorded_at=NOW)


def killed_after(lines: int, folder: Path) -> tuple[int, str]:
    """Append until so many lines were printed; return the last acknowledged count and digest."""
    with Script(APPEND_FOR_EVER, folder) as script:
        printed = [script.line() for _ in range(lines)]
        printed += script.kill().splitlines(keepends=True)
    count, digest = [line for line in printed if line.endswith("\n")][-1].split()
    return int(count), digest


def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half(tmp_path: Path) -> None:
    done = 0
    for lines in (1, 7, 23):
        acknowledged, digest = killed_after(lines, tmp_path)
        ledger = SqlLedger.open(tmp_path / "ledger.db")
        found = [recorded.event for recorded in ledger.events()]
        assert len(found) in (acknowledged, acknowledged + 2)
        assert len(found) > done
        assert found == [story.arrived(uid + 1) for uid in range(len(found))]
        assert differences(ledger, rebuild(ledger.events())) == []
        ledger.close()
        evidence = FolderEvidence(tmp_path / "evidence")
        assert digest in set(evidence.digests())
        assert all(evidence.get(each) for each in evidence.digests())
        assert list((tmp_path / "evidence" / "incoming").iterdir()) == []
        done = len(found)


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    def small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 80")

    event.listen(Engine, "connect", small)
    try:
        ledger = SqlLedger.open(tmp_path / "ledger.db")
        with pytest.raises(StoreFailed, match=r"ledger\.db: .*full.*make room"):
            append_large(ledger, 1000)
        done = reviews(ledger)
        assert done > 0
        ledger.close()
    finally:
        event.remove(Engine, "connect", small)
    ledger = SqlLedger.open(tmp_path / "ledger.db")
    assert reviews(ledger) == done
    assert differences(ledger, rebuild(ledger.events())) == []
    append_large(ledger, 1, first=done)
    assert reviews(ledger) == done + 1
    ledger.close()


def test_a_disk_that_refuses_to_write_is_said_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    done, text = run(APPEND_UNTIL_REFUSED, path).split(maxsplit=1)
    assert "the disk reported an error" in text
    assert "xxx" not in text
    ledger = SqlLedger.open(path)
    assert reviews(ledger) == int(done) > 0
    assert differences(ledger, rebuild(ledger.events())) == []
    ledger.append([story.arrived(1)], recorded_at=NOW)
    ledger.close()


def test_a_ledger_locked_by_another_process_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = SqlLedger.open(path, busy_seconds=0.05)
    ledger.append([story.arrived(1)], recorded_at=NOW)
    with Script(HOLD_WRITE_LOCK, path) as script:
        assert script.line() == "held\n"
        with pytest.raises(Conflict, match=r"ledger\.db is locked; another process holds it"):
            ledger.append([story.arrived(2)], recorded_at=NOW)
        assert len(list(ledger.events())) == 1
    ledger.append([story.arrived(2)], recorded_at=NOW)
    assert len(ledger.select(RawState)) == 2
    ledger.close()


def test_a_second_daemon_is_refused_and_a_command_is_not(tmp_path: Path) -> None:
    SqlLedger.open(tmp_path / "ledger.db").close()
    second = StoreLock(tmp_path / "daemon.lock")
    with Script(HOLD_DAEMON_LOCK, tmp_path / "daemon.lock") as script:
        assert script.line() == "held\n"
        with pytest.raises(Conflict, match=f"in use by process {script.process.pid}; stop that"):
            second.acquire()
        command = SqlLedger.open(tmp_path / "ledger.db", create=False)
        command.append([story.arrived(1)], recorded_at=NOW)
        command.close()
    with second, pytest.raises(Conflict, match=f"process {os.getpid()};"):
        StoreLock(tmp_path / "daemon.lock").acquire()
    second.release()
    with StoreLock(tmp_path / "daemon.lock"):
        pass


def test_a_lock_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreFailed, match=r"lock .*daemon\.lock: "):
        StoreLock(tmp_path / "file" / "daemon.lock").acquire()


@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_is_no_ledger_is_said(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"\xff" * 8192)
    with pytest.raises(StoreFailed, match="damaged or no ledger: stop Dondoc and restore"):
        SqlLedger.open(path, create=create)
    assert path.read_bytes() == b"\xff" * 8192


def test_a_damaged_ledger_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = SqlLedger.open(path)
    ledger.append([story.arrived(uid) for uid in range(1, 500)], recorded_at=NOW)
    ledger.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    with pytest.raises(StoreFailed, match="damaged or no ledger: stop Dondoc and restore"):
        SqlLedger.open(path)


def test_commands_do_not_make_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match=r"there is no ledger at .*; start the daemon once"):
        SqlLedger.open(tmp_path / "store" / "ledger.db", create=False)
    assert list(tmp_path.iterdir()) == []
    sqlite3.connect(tmp_path / "other.db").close()
    (tmp_path / "other.db").touch()
    with pytest.raises(StoreFailed, match="there is no ledger at"):
        SqlLedger.open(tmp_path / "other.db", create=False)


def test_nothing_is_recorded_in_a_file_that_is_gone(tmp_path: Path) -> None:
    path, aside = tmp_path / "ledger.db", tmp_path / "aside"
    with closing(SqlLedger.open(path)) as ledger:
        append_large(ledger, 1)
        path.rename(aside)
        with pytest.raises(StoreFailed, match=f"{path} is gone.*put the file back"):
            append_large(ledger, 1, first=1)
        assert reviews(ledger) == 1
        aside.rename(path)
        append_large(ledger, 1, first=2)
        assert reviews(ledger) == 2
        path.unlink()
        path.write_bytes(b"")
        with pytest.raises(StoreFailed, match="is another file"):
            append_large(ledger, 1, first=3)


def test_a_ledger_opened_for_reading_refuses_to_write(tmp_path: Path) -> None:
    SqlLedger.open(tmp_path / "ledger.db").close()
    ledger = SqlLedger.open(tmp_path / "ledger.db", create=False, read_only=True)
    with pytest.raises(StoreFailed, match="readonly"):
        ledger.append([story.arrived(1)], recorded_at=NOW)
    assert list(ledger.events()) == []
    ledger.close()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreFailed, match=r"ledger\.db: .*a file stands where"):
        SqlLedger.open(tmp_path / "file" / "ledger.db")
    with pytest.raises(StoreFailed, match=r"evidence .*: File exists; a file stands where"):
        FolderEvidence(tmp_path / "file" / "evidence")


def test_only_the_owner_reads_the_store(tmp_path: Path) -> None:
    ledger = SqlLedger.open(tmp_path / "store" / "ledger.db")
    ledger.append([story.arrived(1)], recorded_at=NOW)
    evidence = FolderEvidence(tmp_path / "store" / "evidence")
    digest = evidence.put(b"letter")
    found = sorted((tmp_path / "store").rglob("*"))
    assert digest in {path.name for path in found}
    assert {path.stat().st_mode & 0o077 for path in [tmp_path / "store", *found]} == {0}
    assert {path.stat().st_mode & 0o777 for path in found if path.name == digest} == {0o400}
    ledger.close()


def test_a_row_that_does_not_fit_is_our_bug(tmp_path: Path) -> None:
    ledger = SqlLedger.open(tmp_path / "ledger.db")
    nothing: Any = None
    with pytest.raises(InvariantViolation, match=r"does not fit its tables: NOT NULL .*source"):
        ledger.append([replace(story.arrived(1), source=nothing)], recorded_at=NOW)
    assert list(ledger.events()) == []
    ledger.close()


def test_several_threads_append_one_after_another(tmp_path: Path) -> None:
    ledger = SqlLedger.open(tmp_path / "ledger.db")

    def work(first: int) -> None:
        for uid in range(first, first + 20):
            ledger.append([story.arrived(uid)], recorded_at=NOW)

    threads = [threading.Thread(target=work, args=(1 + 20 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [recorded.sequence for recorded in ledger.events()] == list(range(1, 81))
    assert ledger.connections == 0
    ledger.close()


def test_of_threads_that_share_a_transaction_only_that_fails_for_which_sqlite_undid_it(
    tmp_path: Path,
) -> None:
    ledger = SqlLedger.open(tmp_path / "ledger.db")
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        # As SQLite does by itself after an error of the disk: nothing of the transaction is left.
        other.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON events WHEN NEW.source_key = 'review 1' "
            "BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END"
        )

        def append(number: int) -> list[Recorded]:
            return ledger.append([story.review(str(number))], recorded_at=NOW)

        with ThreadPoolExecutor(3) as pool:
            with ledger.together():
                done = [pool.submit(append, number) for number in range(3)]
                while len(ledger._commits._waiting) < len(done):
                    time.sleep(0.001)
            errors = [one.exception() for one in done]
        assert isinstance(errors[1], InvariantViolation)
        assert (errors[0], errors[2]) == (None, None)
        assert reviews(ledger) == 2
        other.execute("DROP TRIGGER broken")
    assert len(append(1)) == 1
    assert reviews(ledger) == 3
    assert ledger.differences() == []
    ledger.close()
