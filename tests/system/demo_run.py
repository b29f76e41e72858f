"""One demo as it was left in its folder: what it says, and what its servers and offices know.

The servers' own state is the witness: mail is counted in the mail system's journal, documents in
the exchange's database, and what the offices did stands in their agenda.
"""

import fcntl
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pytest

from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.campaign import Expected
from domain.exchange import StatusPacket
from domain.facts import Fact, Recorded
from domain.ids import OfficeId
from domain.kinds import DispatchKind
from domain.recipients import Recipient, expand
from domain.state import AssignmentState, DispatchState, ReplyState, ReviewState, State
from dondoc.bootstrap import open_ledger
from dondoc.demo.agenda import Action, Agenda
from dondoc.demo.script import Script, Trait
from dondoc.demo.world import DAY, scripts_for
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.simulators.mail.journal import Journal, Transaction, box_of
from tests.checkout import clean_environment
from tests.edxml_files import read

DONDOC = Path(sys.executable).with_name("dondoc")
MAILBOX = "nq47@huulung.example"
DUE_AT = datetime(2024, 11, 10, 16, 59, 59, tzinfo=UTC)
"""The end of 10 November in Viet Nam, by which reports are asked."""

S = TypeVar("S", bound=State)
F = TypeVar("F", bound=Fact)


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command and return what it printed and its exit code."""
    return subprocess.run(
        [str(DONDOC), *map(str, words)],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Copies:
    """How often the servers hold each thing that left Dondoc."""

    mails: Counter[tuple[str, str]]
    """By mailbox and Message-ID; copies to Dondoc itself are not counted."""
    packets: Counter[tuple[str, str]]
    """By the receiver's identifier and DocumentId."""


class DemoRun:
    """A finished demo. ``result`` is the JSON object that it printed."""

    def __init__(self, folder: Path, result: Mapping[str, Any]) -> None:
        self.folder = folder
        self.result = result
        self.config = folder / "dondoc.yaml"
        self.settings: Settings = load_settings(self.config)
        self.campaign = next(iter(self.settings.campaigns.values()))
        self.scripts: Mapping[OfficeId, Script] = scripts_for(self.settings.directory, DAY)
        self.order = {o.id: index for index, o in enumerate(self.settings.directory.offices)}
        assert isinstance(self.settings.store.evidence, Path)
        self.evidence = FolderEvidence(self.settings.store.evidence, read_only=True)

    @cached_property
    def recipients(self) -> dict[OfficeId, Recipient]:
        """Return who the rules name on the day of the letter."""
        found = expand(self.campaign, self.settings.directory, DAY)
        return {recipient.office.id: recipient for recipient in found}

    @cached_property
    def department(self) -> OfficeId:
        """Return the office that the result goes to."""
        rule = self.campaign.forward
        assert rule is not None
        assert rule.office in self.scripts
        return rule.office

    # What Dondoc knows.

    @cached_property
    def _ledger(self) -> SqlLedger:
        return open_ledger(self.settings, read_only=True)

    def close(self) -> None:
        """Let go of the store."""
        self._ledger.close()

    @cached_property
    def events(self) -> list[Recorded]:
        """Return every recorded event in order."""
        return list(self._ledger.events())

    def facts(self, kind: type[F]) -> Iterator[tuple[Recorded, F]]:
        """Yield the facts of one type with the events that carry them, in order."""
        for recorded in self.events:
            if isinstance(recorded.event.fact, kind):
                yield recorded, recorded.event.fact

    def rows(self, kind: type[S], **equals: str | bool) -> list[S]:
        """Return rows of the store."""
        return self._ledger.select(kind, **equals)

    def assignment(self, office: str) -> AssignmentState:
        """Return where an office stands at the end."""
        (found,) = self.rows(AssignmentState, office=office)
        return found

    def dispatches(self, office: str, *kinds: DispatchKind) -> list[DispatchState]:
        """Return what went to an office, oldest first; of the given kinds only, if any."""
        found = self.rows(DispatchState, office=office)
        chosen = [d for d in found if not kinds or d.kind in kinds]
        return sorted(chosen, key=lambda d: (d.planned_at, d.dispatch))

    def replies(self, office: str) -> list[ReplyState]:
        """Return the replies kept for an office, oldest first."""
        found = self.rows(ReplyState, office=office)
        return sorted(found, key=lambda r: (r.received_at, r.reply))

    def reviews(self, kind: str) -> list[ReviewState]:
        """Return the reviews of one kind, resolved or not."""
        return [r for r in self.rows(ReviewState) if r.kind == kind]

    # What the offices did.

    @cached_property
    def performed(self) -> list[Action]:
        """Return what the simulated offices did, in order of time."""
        agenda = Agenda(self.folder / "servers" / "agenda.jsonl")
        try:
            return agenda.performed()
        finally:
            agenda.close()

    def did(self, what: str, office: str | None = None) -> list[Action]:
        """Return what offices did of one sort."""
        return [a for a in self.performed if a.what == what and office in (None, a.office)]

    def having(self, trait: Trait) -> list[OfficeId]:
        """Return the offices that behave in one way."""
        return [name for name, script in self.scripts.items() if trait in script.traits]

    def one(self, trait: Trait) -> OfficeId:
        """Return the only office that behaves in one way."""
        (office,) = self.having(trait)
        return office

    def address(self, office: str) -> str:
        """Return an office's mail address."""
        found = self.settings.directory.get(OfficeId(office))
        assert found is not None
        return found.emails[0]

    def awaited(self) -> list[OfficeId]:
        """Return the offices that a report is expected of."""
        return [n for n, r in self.recipients.items() if r.expected is Expected.REPORT]

    def expected_reported(self) -> set[OfficeId]:
        """Return the offices that report sooner or later, by their scripts."""
        return {name for name in self.awaited() if self.scripts[name].reports}

    # What the servers hold.

    @cached_property
    def journal(self) -> list[Transaction]:
        """Return every message that the mail system accepted."""
        return list(Journal(self.folder / "servers" / "mail", now=datetime.now(UTC)))

    def message(self, transaction: Transaction) -> bytes:
        """Return one message of the mail system."""
        journal = Journal(self.folder / "servers" / "mail", now=datetime.now(UTC))
        return journal.content(transaction.sequence)

    def copies(self) -> Copies:
        """Count what left Dondoc, at its receivers."""
        mails: Counter[tuple[str, str]] = Counter()
        for transaction in self.journal:
            if box_of(transaction.sender) == MAILBOX:
                boxes = [box_of(r.address) for r in transaction.recipients]
                mails.update((b, transaction.message_id) for b in boxes if b != MAILBOX)
        return Copies(mails=mails, packets=self._packets())

    def _packets(self) -> Counter[tuple[str, str]]:
        query = """
            SELECT deliveries.to_code, documents.document_id
            FROM deliveries JOIN documents ON documents.id = deliveries.document
            WHERE documents.from_code = :own AND documents.kind = 'edoc'
              AND deliveries.to_code <> :own
        """
        return Counter(self._exchange(query))

    def owed_answers(self) -> Counter[tuple[str, str, str]]:
        """Return the statuses that the offices' documents ask for: unit, DocumentId and code."""
        query = (
            "SELECT from_code, document_id FROM documents WHERE kind = 'edoc' AND from_code <> :own"
        )
        return Counter((*row, code) for row in self._exchange(query) for code in ("01", "03"))

    def given_answers(self) -> Counter[tuple[str, str, str]]:
        """Return the statuses of ours that lie at the offices: unit, DocumentId and code."""
        query = """
            SELECT deliveries.to_code, files.content
            FROM deliveries JOIN documents ON documents.id = deliveries.document
                 JOIN files ON files.sha256 = documents.sha256
            WHERE documents.from_code = :own AND documents.kind = 'status'
        """
        found: Counter[tuple[str, str, str]] = Counter()
        for to, content in self._exchange(query):
            status = read(content).packet
            assert isinstance(status, StatusPacket)
            found[to, status.response_for.document_id, status.code] += 1
        return found

    def _exchange(self, query: str) -> list[Any]:  # rows are what the query asks for
        database = self.folder / "servers" / "exchange" / "exchange.sqlite3"
        own = {"own": self.settings.unit.organ_id}
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute(query, own).fetchall()

    def unaccounted(self) -> list[str]:
        """Compare the dispatches with the servers and name each difference.

        Everything that Dondoc counts as accepted lies at its receiver once (a marked mail may lie
        there twice), and nothing lies there that Dondoc does not know of.
        """
        copies, wrong = self.copies(), []
        for dispatch in self.rows(DispatchState):
            mine = (dispatch.target, dispatch.message_id or dispatch.document_id or "")
            held = (copies.mails if dispatch.message_id else copies.packets).pop(mine, 0)
            least = 1 if dispatch.accepted_at else 0
            if not least <= held <= (dispatch.attempts if dispatch.marked else 1):
                wrong.append(f"{dispatch.dispatch} ({dispatch.status}): {held} copies")
        left = [*copies.mails, *copies.packets]
        return [*wrong, *(f"nobody planned {name} to {to}" for to, name in left)]


def run_demo(folder: Path) -> DemoRun:
    """Run the demo in a folder, or go on with it, until it ends."""
    done = command("demo", "--out", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return DemoRun(folder, json.loads(done.stdout))


@contextmanager
def shared_demo(temporary: pytest.TempPathFactory) -> Iterator[DemoRun]:
    """Give the one demo of this test session: whoever asks first runs it, the others wait.

    It is for looking at: who changes its folder copies it first.
    """
    base = temporary.getbasetemp()
    # Each worker of a distributed session has a folder of its own below a common one.
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    told = common / "demo.json"
    with (common / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_text(json.dumps(run_demo(common / "demo").result), encoding="utf-8")
    run = DemoRun(common / "demo", json.loads(told.read_text(encoding="utf-8")))
    try:
        yield run
    finally:
        run.close()
