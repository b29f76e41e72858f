"""The daemon's sign of life: what it says at each moment, and how the doctor judges it."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.store.memory import MemoryEvidence
from domain.workers import WorkerSeen
from dondoc.services.mail_life import MailLife
from dondoc.services.sign_of_life import (
    Sign,
    SignOfLife,
    WatchedEvidence,
    examine_life,
    examine_worker,
    read_sign,
)
from tests.unit.cli.memory_apps import NOW

PAUSE, SILENCE, SECOND = timedelta(minutes=1), timedelta(minutes=20), timedelta(seconds=1)
IDLE = Sign(process=7, at=NOW, turn_finished=NOW, next_turn=NOW + PAUSE)


LIFE = MailLife(account="nq47", folder="INBOX", since=NOW, heard=True)


class Watch:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self) -> None:
        self.at = NOW - SECOND

    def __call__(self) -> datetime:
        self.at += SECOND
        return self.at


def read(path: Path) -> Sign:
    sign = read_sign(path)
    assert sign is not None
    return sign


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return what sets the stopwatch that spaces signs."""
    shown = [1000.0]
    monkeypatch.setattr("dondoc.services.sign_of_life.time.monotonic", lambda: shown[0])

    def set_to(seconds: float) -> None:
        shown[0] = seconds

    return set_to


def test_a_turn_is_told_from_its_start_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "daemon.alive"
    with SignOfLife(path, Watch(), PAUSE) as sign:
        assert read(path) == Sign(process=os.getpid(), at=NOW)
        with sign.turn():
            assert read(path).next_turn is None
        done = read(path)
        assert done.turn_finished is not None
        assert done.turn_finished > NOW
        assert done.next_turn == done.at + PAUSE - SECOND
        assert not done.failed
        with sign.turn():
            working = read(path)
        assert (working.turn_finished, working.next_turn) == (done.turn_finished, None)
    assert list(tmp_path.iterdir()) == []


def test_a_turn_that_fails_says_so_and_lets_the_error_through(tmp_path: Path) -> None:
    path = tmp_path / "daemon.alive"
    with SignOfLife(path, Watch(), PAUSE) as sign:
        with pytest.raises(RuntimeError, match="broken"), sign.turn():
            raise RuntimeError("broken")
        assert read(path).failed
        assert read(path).turn_finished is None
        with sign.turn():
            pass
        assert not read(path).failed


def test_the_work_within_a_turn_gives_signs_that_are_spaced(
    tmp_path: Path, monotonic: Callable[[float], None]
) -> None:
    path = tmp_path / "daemon.alive"
    with SignOfLife(path, Watch(), PAUSE) as sign, sign.turn():
        evidence = WatchedEvidence(MemoryEvidence(), sign.at_work)
        first = read(path).at
        digest = evidence.put(b"one")
        assert read(path).at == first
        monotonic(1006.0)
        assert evidence.get(digest) == b"one"
        second = read(path).at
        assert second > first
        monotonic(1012.0)
        evidence.put(b"two")
        assert read(path).at > second
        assert len(list(evidence.digests())) == 2


def test_what_was_said_within_the_second_is_not_said_again(
    tmp_path: Path, monotonic: Callable[[float], None]
) -> None:
    path, lives = tmp_path / "daemon.alive", [LIFE]
    with SignOfLife(path, Watch(), PAUSE) as sign:
        sign.tell_of(lambda: lives)
        with sign.turn():
            assert not sign.say()
            lives[0] = replace(LIFE, unanswered=NOW)
            assert sign.say()
            assert read(path).mail == tuple(lives)
            lives[0] = replace(LIFE, unanswered=NOW + SECOND)
            assert not sign.say()
            monotonic(1001.0)
            assert sign.say()
            assert read(path).mail == tuple(lives)
            lives[0] = LIFE
            assert sign.say()
            assert read(path).mail == (LIFE,)
        # Now it tells of the next turn, not of work.
        assert sign.say()
        assert read(path).next_turn is None
        # One that could not be written said nothing.
        path.unlink()
        path.mkdir()
        monotonic(1002.0)
        assert sign.say()
        path.rmdir()
        assert sign.say()
        assert read(path).mail == (LIFE,)


def test_a_sign_that_cannot_be_written_keeps_nobody_from_working(tmp_path: Path) -> None:
    path = tmp_path / "no" / "x"
    with capture_logs() as logs, SignOfLife(path, Watch(), PAUSE) as sign, sign.turn():
        pass
    assert {line["event"] for line in logs} == {"sign_of_life_not_written"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"process": 1}', '{"process": "x", "at": "2024"}', "\xff"]
)
def test_what_is_no_sign_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "sign").write_bytes(text.encode("latin-1"))
    assert read_sign(tmp_path / "sign") is None
    assert read_sign(tmp_path / "missing") is None


def test_an_instant_without_zone_is_no_sign(tmp_path: Path) -> None:
    sign = {"process": 1, "at": "2024-05-10T02:00:00", "turn_finished": None, "next_turn": None}
    (tmp_path / "sign").write_text(json.dumps({**sign, "failed": False}), encoding="ascii")
    assert read_sign(tmp_path / "sign") is None


@pytest.mark.parametrize(
    ("sign", "later", "ok", "what"),
    [
        (IDLE, timedelta(), True, "finished a turn at 2024-05-10 02:00:00 UTC, the next is due at"),
        (IDLE, PAUSE + SILENCE, True, "finished a turn"),
        (IDLE, PAUSE + SILENCE + SECOND, False, "no sign of life since 2024-05-10 02:00:00 UTC"),
        (Sign(process=7, at=NOW), SILENCE, True, "process 7 works"),
        (Sign(process=7, at=NOW), SILENCE + SECOND, False, "no sign of life since"),
        (replace(IDLE, failed=True), SECOND, False, "the last turn of process 7 failed"),
        (replace(IDLE, failed=True, next_turn=None), SECOND, True, "finished a turn"),
        (IDLE, -timedelta(minutes=6), False, "which is yet to come"),
        (IDLE, -timedelta(minutes=4), True, "finished a turn"),
    ],
)
def test_a_sign_is_judged_by_its_age(sign: Sign, later: timedelta, ok: bool, what: str) -> None:
    check = examine_life("7", sign, SILENCE, NOW + later, wanted=True)
    assert check.ok is ok
    assert what in check.what
    assert check.ok or check.advice


@pytest.mark.parametrize("sign", [None, IDLE])
def test_without_a_daemon_all_is_well_unless_one_is_wanted(sign: Sign | None) -> None:
    assert examine_life(None, sign, SILENCE, NOW, wanted=False).ok
    check = examine_life(None, sign, SILENCE, NOW, wanted=True)
    assert (check.ok, check.what) == (False, "no daemon works on this store now")


@pytest.mark.parametrize("sign", [None, IDLE])
def test_a_holder_that_gives_no_sign_of_its_own_is_told(sign: Sign | None) -> None:
    check = examine_life("8", sign, SILENCE, NOW, wanted=False)
    assert not check.ok
    assert check.what == "process 8 holds the store and gives no sign of life"


@pytest.mark.parametrize(("seconds", "ok"), [(3, True), (45, True), (46, False)])
def test_one_of_several_daemons_is_judged_by_what_it_said_last(seconds: int, ok: bool) -> None:
    seen = WorkerSeen(name="mot", life="mot.2", silent=timedelta(seconds=seconds))
    check = examine_worker(seen, timedelta(seconds=45))
    assert (check.name, check.ok) == ("daemon mot", ok)
    assert f"{seconds} s" in check.what
    assert bool(check.advice) is not ok
