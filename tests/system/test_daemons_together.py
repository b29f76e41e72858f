"""Two daemons on one PostgreSQL store, as an administrator starts them: `dondoc run --worker`."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from domain.facts import DispatchAttempted
from domain.ids import Address
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.demo.copies import MARK
from dondoc.demo.office_mail import Received
from dondoc.services.handing_over import LETTERS_A_CONNECTION
from tests.checkout import clean_environment
from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.servers.process import wait_for
from tests.system.crash.place import Place, Variant, opened_place
from tests.system.started import DONDOC, start_daemon

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

RECIPIENTS = 24
TAKEN_OVER_SECONDS = 60
CONNECTIONS = 2
"""Of the account, of all daemons together."""
IN_HAND = LETTERS_A_CONNECTION * CONNECTIONS
"""Letters that one daemon sends at a time over the connections of an account."""
_NOT_SETTLED = {DispatchStatus.PLANNED, DispatchStatus.SENDING, DispatchStatus.DEFERRED}


class Daemons:
    """The daemons of a place, each with its log."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names:
            self.running[name] = start_daemon(self.config, self.log(name), "--worker", name)

    @property
    def config(self) -> Path:
        return self.place.folder / "dondoc.yaml"

    def log(self, name: str) -> Path:
        return self.place.folder / f"{name}.log"

    def lines(self, name: str) -> list[Mapping[str, object]]:
        return [json.loads(line) for line in self.log(name).read_text("utf-8").splitlines()]

    def events(self, name: str) -> Counter[str]:
        return Counter(str(line["event"]) for line in self.lines(name))

    def command(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(DONDOC), name, "--config", str(self.config), *arguments],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def end(self) -> None:
        for daemon in self.running.values():
            daemon.kill()
            daemon.wait()


@pytest.fixture
def daemons(postfix: Postfix, postgresql: Postgresql, tmp_path: Path) -> Iterator[Daemons]:
    variant = Variant(copies=False, database=postgresql.new_database(), wired=True)
    with opened_place(tmp_path, postfix, RECIPIENTS, variant) as place:
        made = Daemons(place)
        try:
            yield made
        finally:
            made.end()
            postfix.policy.forget()


def letters(place: Place) -> Counter[str]:
    """Return how often each letter lies at its recipient, those with the mark apart."""
    found: Counter[str] = Counter()
    for office in place.recipients:
        for address in office.emails:
            for raw in place.postfix.mail_for(address):
                received = Received.of(raw)
                marked = MARK in " ".join(received.text.split())
                found[f"{office.id}{' marked' if marked else ''}"] += 1
    return found


def settled(place: Place) -> bool:
    if not place.begun:
        return False
    with place.opened() as app:
        rows = app.ledger.select(DispatchState)
        return bool(rows) and not any(row.status in _NOT_SETTLED for row in rows)


def test_a_daemon_that_hangs_in_a_sending_is_replaced_and_does_nothing_when_it_wakes(
    daemons: Daemons,
) -> None:
    place = daemons.place
    victim: list[str] = []
    target = place.recipients[0].emails[0]

    def hang() -> None:
        """Stop whoever waits for the answer to the letter that is cut off now."""
        with place.opened() as app:
            (row,) = (
                one for one in app.ledger.select(DispatchState, target=target) if one.attempts
            )
            (fact,) = (
                one.event.fact
                for one in app.ledger.events(office=row.office)
                if isinstance(one.event.fact, DispatchAttempted)
            )
        victim.append(fact.worker.partition(".")[0])
        os.kill(daemons.running[victim[0]].pid, signal.SIGSTOP)

    place.postfix.policy.cut = hang
    place.postfix.behave(Address(target), "drop_after_data")
    daemons.start("mot", "hai")
    wait_for("one of them hangs", lambda: bool(victim), seconds=60, pause=0.1)
    place.postfix.policy.forget()
    (hung,) = victim
    (other,) = {"mot", "hai"} - {hung}
    wait_for(
        "the other one has taken over",
        lambda: settled(place),
        seconds=TAKEN_OVER_SECONDS,
        pause=0.2,
    )
    with place.opened() as app:
        statuses = Counter(row.status for row in app.ledger.select(DispatchState))
        assert app.ledger.differences() == []
    # What it had in hand; the answer to another letter may have been on its way, too.
    assert 1 <= statuses.pop(DispatchStatus.UNCERTAIN) <= IN_HAND
    assert set(statuses) <= {DispatchStatus.ACCEPTED, DispatchStatus.RELAYED}
    assert daemons.events(other)["worker_dead"] == 1

    os.kill(daemons.running[hung].pid, signal.SIGCONT)
    assert daemons.running[hung].wait(60) == 1
    assert daemons.events(hung)["worker_fenced"] == 1
    assert set(letters(place).values()) == {1}

    # It starts again under its own name, and both end in order.
    daemons.start(hung)
    wait_for("it works again", lambda: daemons.events(hung)["daemon_started"] == 2, seconds=60)
    for daemon in daemons.running.values():
        daemon.terminate()
    assert [daemon.wait(60) for daemon in daemons.running.values()] == [0, 0]


def test_both_send_and_a_daemon_without_a_name_or_with_the_same_is_refused(
    daemons: Daemons,
) -> None:
    place = daemons.place
    # The directive is not there before both are, and no letter leaves before each daemon has its
    # share of the connections: else one alone could have sent everything by then.
    arriving, leaving = place.lines.wires["exchange"], place.lines.wires["smtp"]
    arriving.hold()
    leaving.hold()
    daemons.start("mot", "hai")
    wait_for(
        "both work",
        lambda: all(daemons.events(name)["daemon_started"] for name in ("mot", "hai")),
        seconds=60,
    )
    arriving.release()
    wait_for("letters are on their way", lambda: leaving.connections >= CONNECTIONS, seconds=60)
    leaving.release()
    wait_for("everything is sent", lambda: settled(place), seconds=120, pause=0.2)
    examined = daemons.command("doctor", "--json", "--quick")
    checks = {check["name"]: check for check in json.loads(examined.stdout)["checks"]}
    assert all(checks[f"daemon {name}"]["ok"] for name in ("mot", "hai")), examined.stdout
    for arguments, words in (
        ((), "is in use by dondoc"),
        (("--worker", "mot"), "is in use by process"),
    ):
        refused = daemons.command("run", *arguments)
        assert refused.returncode == 1, refused.stderr
        assert words in refused.stderr
    with place.opened() as app:
        attempts = [
            one.event.fact
            for one in app.ledger.events()
            if isinstance(one.event.fact, DispatchAttempted)
        ]
        assert app.ledger.differences() == []
    assert {fact.attempt for fact in attempts} == {1}
    assert len({fact.worker for fact in attempts}) == 2, "the batches were shared"
    assert letters(place) == {office.id: 1 for office in place.recipients if office.emails}
    for daemon in daemons.running.values():
        daemon.terminate()
    assert [daemon.wait(60) for daemon in daemons.running.values()] == [0, 0]
