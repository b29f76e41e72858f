"""`dondoc doctor --quick --alive` beside a real daemon: the health check of the container."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import clean_environment
from tests.system.started import DONDOC, start_daemon

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

MAIN = """\
store: {database: store/ledger.sqlite, evidence: store/evidence, output: result}
unit: {organ_id: H37.99, name: UBND huyện Hữu Lũng, place: Hữu Lũng}
mail:
  address: nq47@huulung.example
  smtp: {host: 127.0.0.1, port: 9, security: none}
  imap: {host: 127.0.0.1, port: 9, security: none, username: x, password: {file: secret}}
token_key: {file: secret}
schedule: {poll_seconds: 5}
directory: directory.yaml
campaigns: campaign.yaml
"""
DIRECTORY = """\
offices:
  - {id: xa-yen-son, name: UBND xã Yên Sơn, groups: [các xã], emails: [xayenson@huulung.example]}
"""
CAMPAIGN = """\
id: nq47
title: Nghị quyết 47
exchange: "off"
intake: {number: "512"}
recipients: [{group: các xã}]
rounds: {once: 2024-11-08}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"dondoc.yaml": MAIN, "directory.yaml": DIRECTORY, "campaign.yaml": CAMPAIGN}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_text("k" * 32, encoding="ascii")
    return tmp_path


@pytest.fixture
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give a daemon that has finished a turn; its mail server is away, which it lives with."""
    process = start_daemon(folder / "dondoc.yaml", folder / "log")
    try:
        until(lambda: bool(sign(folder).get("turn_finished")))
        yield process
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen within 30 seconds")


def sign(folder: Path) -> dict[str, Any]:  # the shape is what the tests look at
    path = folder / "store" / "daemon.alive"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def age(folder: Path, by: timedelta) -> None:
    """Put the sign of a stopped daemon back, as if so much time had gone by since."""
    instants = {
        name: (datetime.fromisoformat(value) - by).isoformat()
        for name, value in sign(folder).items()
        if isinstance(value, str)
    }
    aged = json.dumps({**sign(folder), **instants})
    (folder / "store" / "daemon.alive").write_text(aged, encoding="ascii")


def health(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Return how the health check ends, and what it says about the daemon."""
    done = subprocess.run(
        [str(DONDOC), "doctor", "--config", str(folder / "dondoc.yaml"), *words, "--json"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (found,) = (c for c in json.loads(done.stdout)["checks"] if c["name"] == "daemon")
    return done.returncode, found


QUICK = ("--quick", "--alive")


def test_a_daemon_that_works_is_healthy_until_it_is_killed(
    folder: Path, daemon: subprocess.Popen[bytes]
) -> None:
    code, found = health(folder, *QUICK)
    assert (code, found["ok"]) == (0, True)
    assert found["what"].startswith(f"process {daemon.pid} finished a turn at ")
    daemon.kill()
    daemon.wait()
    assert sign(folder)
    code, found = health(folder, *QUICK)
    assert (code, found["what"]) == (1, "no daemon works on this store now")
    assert health(folder, "--quick")[0] == 0


def test_a_daemon_that_hangs_is_found_and_one_that_goes_on_is_healthy_again(
    folder: Path, daemon: subprocess.Popen[bytes]
) -> None:
    os.kill(daemon.pid, signal.SIGSTOP)
    assert health(folder, *QUICK)[0] == 0
    age(folder, timedelta(hours=1))
    code, found = health(folder, *QUICK)
    assert code == 1
    assert f"process {daemon.pid} has given no sign of life since" in found["what"]
    assert health(folder, "--quick")[0] == 1
    stopped = sign(folder)
    os.kill(daemon.pid, signal.SIGCONT)
    until(lambda: sign(folder) != stopped and sign(folder)["next_turn"] is not None)
    assert health(folder, *QUICK)[0] == 0


def test_a_daemon_whose_turns_fail_is_not_healthy(
    folder: Path, daemon: subprocess.Popen[bytes]
) -> None:
    with closing(sqlite3.connect(folder / "store" / "ledger.sqlite")) as ledger:
        ledger.execute("DROP TABLE dispatches")
    until(lambda: bool(sign(folder).get("failed")) and sign(folder)["next_turn"] is not None)
    code, found = health(folder, *QUICK)
    assert (code, found["what"]) == (1, f"the last turn of process {daemon.pid} failed")


def test_a_daemon_that_is_told_to_end_leaves_no_sign(
    folder: Path, daemon: subprocess.Popen[bytes]
) -> None:
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(30) == 0
    assert sign(folder) == {}
    assert health(folder, *QUICK)[0] == 1


def test_a_secret_that_cannot_be_had_is_not_healthy(
    folder: Path, daemon: subprocess.Popen[bytes]
) -> None:
    (folder / "secret").write_text("", encoding="ascii")
    done = subprocess.run(
        [str(DONDOC), "doctor", "--config", str(folder / "dondoc.yaml"), *QUICK],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "WRONG  secrets: 0 of 2 can be had" in done.stdout
    assert "dondoc.yaml:7:19: the secret file " in done.stdout
    assert daemon.poll() is None
