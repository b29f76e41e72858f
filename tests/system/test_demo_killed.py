"""A demo that is killed again and again ends as one that was not.

It is killed in the midst of the first letters, while replies flow, when the reminders go out, and
when the result is due. Each kill is SIGKILL: nothing can be put in order.
"""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from domain import facts
from domain.ids import DispatchId
from domain.kinds import DispatchKind, ReplyKind
from domain.state import CompilationState, DispatchState, RawState, ReplyState, RoundState
from domain.status import AssignmentStatus, DispatchStatus, RawStatus, RoundStatus
from dondoc.demo.copies import left_open
from dondoc.demo.script import Trait
from tests.checkout import clean_environment
from tests.system.demo_run import DONDOC, DUE_AT, DemoRun, command, run_demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

_MOMENTS = {
    "the first letters go out": (
        "SELECT count(*) >= 20 FROM events WHERE fact = 'DispatchAttempted'"
    ),
    "the first answers come": "SELECT count(*) >= 12 FROM events WHERE fact = 'ReplyRecorded'",
    "the first are reminded": (
        "SELECT count(*) >= 3 FROM events"
        " WHERE fact = 'DispatchAttempted' AND dispatch LIKE '%/reminder/%'"
    ),
    "the result is compiled": "SELECT count(*) >= 1 FROM events WHERE fact = 'RoundReadied'",
}
"""When the demo is killed, as a question to its ledger."""

_IN_HAND = 4
"""Letters that are on their way at one time: two for each of the two connections."""

_PATIENCE = 120.0


def _has_come(database: Path, question: str) -> bool:
    if not database.exists():
        return False
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)) as connection,
    ):
        return bool(connection.execute(question).fetchone()[0])
    return False


def _run_until(folder: Path, question: str) -> int:
    """Start the demo, kill it once the ledger says yes, and return how it ended."""
    process = subprocess.Popen(
        [str(DONDOC), "demo", "--out", str(folder), "--json"],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < end:
            if _has_come(folder / "store" / "ledger.sqlite", question):
                break
            time.sleep(0.02)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    folder = tmp_path_factory.mktemp("killed") / "out"
    ends = {moment: _run_until(folder, question) for moment, question in _MOMENTS.items()}
    assert ends == dict.fromkeys(_MOMENTS, -signal.SIGKILL)
    run = run_demo(folder)
    yield run
    run.close()


def _interrupted(run: DemoRun) -> set[DispatchId]:
    """Return the dispatches in whose sending it was killed."""
    return {
        fact.dispatch
        for _, fact in run.facts(facts.DispatchLost)
        if "ended while it was sending" in fact.reason
    }


def test_every_document_is_answered_once(killed: DemoRun) -> None:
    owed = killed.owed_answers()
    assert killed.given_answers() == owed
    assert sum(killed.result["answered"].values()) == len(owed) >= 10


def test_no_office_got_anything_twice_unmarked_and_nothing_is_lost(killed: DemoRun) -> None:
    assert killed.unaccounted() == []
    assert (killed.result["lost"], killed.result["duplicated"]) == (0, 0)


def test_a_letter_was_repeated_only_after_a_kill_in_its_sending(killed: DemoRun) -> None:
    interrupted = _interrupted(killed)
    assert len(interrupted) <= len(_MOMENTS) * _IN_HAND
    marked = [d for d in killed.rows(DispatchState) if d.marked]
    assert {d.dispatch for d in marked} <= interrupted
    arrived = [d for d in marked if d.status is not DispatchStatus.BOUNCED]
    assert killed.result["marked"] == len(arrived)


def test_everybody_stands_where_the_scripts_say(killed: DemoRun) -> None:
    statuses = {office: killed.assignment(office).status for office in killed.awaited()}
    reported = {o for o, status in statuses.items() if status is AssignmentStatus.REPORTED}
    assert reported == killed.expected_reported()
    assert {o for o, s in statuses.items() if s is AssignmentStatus.UNREACHED} == {
        *killed.having(Trait.BOUNCE),
        *killed.having(Trait.REFUSED_AT_DOOR),
    }
    assert {o for o, s in statuses.items() if s is AssignmentStatus.WAIVED} == {
        *killed.having(Trait.REFUSAL)
    }
    assert set(killed.result["missing"]) == (
        set(killed.awaited()) - reported - set(killed.having(Trait.REFUSAL))
    )


def test_the_times_of_the_reports_are_those_at_which_they_were_sent(killed: DemoRun) -> None:
    sent = {action.office: action.at for action in killed.did("report")}
    assert sent == {o: killed.assignment(o).reported_at for o in killed.expected_reported()}
    in_time = {o for o, at in sent.items() if at <= DUE_AT} | set(killed.having(Trait.EXTENSION))
    assert {o for o in sent if killed.assignment(o).late} == set(sent) - in_time


def test_every_reply_counts_once(killed: DemoRun) -> None:
    reports = [r for r in killed.rows(ReplyState) if r.kind is ReplyKind.REPORT]
    corrected = len(killed.having(Trait.CORRECTED))
    assert len(reports) == len(killed.expected_reported()) + corrected


def test_nobody_is_reminded_who_has_answered(killed: DemoRun) -> None:
    reported = {action.office: action.at for action in killed.did("report")}
    reminders = [d for d in killed.rows(DispatchState) if d.kind is DispatchKind.REMINDER]
    late = [d.dispatch for d in reminders if reported.get(d.office, d.planned_at) < d.planned_at]
    assert late == []


def test_nothing_is_left_half_done(killed: DemoRun) -> None:
    unfinished = {
        DispatchStatus.PLANNED,
        DispatchStatus.SENDING,
        DispatchStatus.DEFERRED,
        DispatchStatus.UNCERTAIN,
    }
    open_ones = [d for d in killed.rows(DispatchState) if d.status in unfinished]
    # A reminder that a kill cut off is not repeated once its office has answered.
    assert [d.dispatch for d in open_ones if not left_open(d)] == []
    assert {d.dispatch for d in open_ones} <= _interrupted(killed)
    assert {raw.status for raw in killed.rows(RawState)} == {RawStatus.READ}
    (round_state,) = killed.rows(RoundState)
    assert round_state.status is RoundStatus.FORWARDED


def test_the_result_is_whole_and_went_to_the_department_once(killed: DemoRun) -> None:
    latest = max(killed.rows(CompilationState), key=lambda c: c.version)
    assert len(latest.reports) == len(killed.expected_reported())
    assert all(Path(path).stat().st_size for path in killed.result["compiled"])
    assert None not in killed.result["forwarded"].values()
    sent = killed.dispatches(killed.department)
    assert {d.kind for d in sent} == {DispatchKind.COMPILATION}
    assert len(sent) == 2


def test_replay_finds_no_difference(killed: DemoRun) -> None:
    done = command("replay", "--config", killed.config)
    assert done.returncode == 0, done.stdout
