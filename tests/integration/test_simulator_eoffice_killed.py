"""The simulated exchange as a process: killed in mid-work, ended by a signal, badly described."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.simulators.eoffice import Exchange, serve
from tests.servers.process import wait_for
from tests.unit.simulators.vxp_requests import Caller, calling, document

PATIENCE = 120.0
"""Seconds until something is given up that takes none of them on an idle machine."""

PROGRAM = """
import sys
from pathlib import Path
from dondoc.simulators.eoffice import serve
serve(Path(sys.argv[1]), {"A": "s", "B": "t"}, port=0, started=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


@contextmanager
def process(state: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(state)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


def send_until_refused(caller: Caller, accepted: dict[str, str]) -> None:
    number = len(accepted)
    caller.connection.timeout = PATIENCE
    while True:
        try:
            answer = caller.send(document("A", "B", document_id=str(number)))
        except (OSError, HTTPException):  # cut off before its answer, or in the middle of it
            return
        accepted[str(number)] = answer["DocId"]
        number += 1


def test_a_kill_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    accepted: dict[str, str] = {}
    for more in (1, 8):
        with process(tmp_path) as (server, url), calling(url, "A", "s") as caller:
            enough = len(accepted) + more
            thread = threading.Thread(target=send_until_refused, args=(caller, accepted))
            thread.start()
            wait_for("documents", lambda: len(accepted) >= enough, seconds=PATIENCE)  # noqa: B023
            server.send_signal(signal.SIGKILL)
            thread.join()
    with (
        Exchange(tmp_path, {"A": "s", "B": "t"}) as exchange,
        calling(exchange.url, "A", "s") as sender,
        calling(exchange.url, "B", "t") as receiver,
    ):
        listed = {row["docId"] for row in receiver.listed()}
        assert set(accepted.values()) <= listed
        # Each kill can leave one more that was accepted without its answer.
        assert len(listed) <= len(accepted) + 2
        for number, doc_id in accepted.items():
            content = document("A", "B", document_id=number)
            assert receiver.download(doc_id) == content
            assert sender.send(content)["DocId"] == doc_id
        assert len(receiver.listed()) == len(listed)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path) as (server, url), calling(url, "A", "s") as caller:
        assert caller.send(document("A", "B"))["ErrorCode"] == "0"
        server.send_signal(number)
        output, _errors = server.communicate(timeout=PATIENCE)
    assert (output, server.returncode) == ("ended\n", 0)
    assert not (tmp_path / "exchange.sqlite3-wal").exists()


def test_an_unknown_fault_is_refused_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fault 'fire'"):
        serve(tmp_path / "state", {"A": "s"}, port=0, faults=["fire"])
    assert not (tmp_path / "state").exists()
