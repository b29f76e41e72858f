"""Changes of the configuration, good and bad, while a campaign runs: a thousand, and 2,000 offices.

So many with ``DONDOC_RELOAD_WHOLE=1``; a fifth of it without. Each good set bears its number in the
account, in the directory and in the campaign: a letter whose marks differ would be the work of two
sets. The server counts every letter that it is given.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Lock, current_thread, main_thread

import pytest

from connector.email.memory import INBOX, MemoryHub, MemoryMailbox
from domain.content import Content, whole
from domain.directive import Directive
from domain.facts import About, ConfigurationAdopted, ConfigurationRefused, DirectiveTaken, Event
from domain.ids import Address, CampaignId, digest_of
from domain.mail import Acceptance, Envelope
from domain.state import AssignmentState, DispatchState
from domain.status import DispatchStatus
from dondoc import bootstrap
from dondoc.app import App
from dondoc.configurations import Configurations
from dondoc.demo.office_mail import Received
from dondoc.services.handing_out import HandingOut
from dondoc.services.rounds import first_round
from dondoc.services.turn import turn
from dondoc.settings import load, source
from dondoc.settings.loaded import load_set
from schedulers.engine import Batch
from schedulers.loop import LoopEngine
from tests.integration.changing_set import CAMPAIGN, Clock, Folder, written

pytestmark = pytest.mark.timeout(1800)

WHOLE = bool(os.environ.get("DONDOC_RELOAD_WHOLE"))
RECIPIENTS, SWAPS, TURNS = (2_000, 1_000, 20) if WHOLE else (400, 200, 8)
MARKED = 25
A_TURN = RECIPIENTS // TURNS
NQ47 = CampaignId("nq47")

DIRECTIVE = Directive(
    number="512",
    notation="UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    issuer_organ=None,
    subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP",
    type_name="Công văn",
    document_id="H37.20,2024/05/08,512/UBND-VH",
)


class Server:
    """Takes every letter, and keeps all that it was given."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.at_letter: tuple[int, Callable[[], object]] | None = None
        self._lock = Lock()

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        with self._lock:
            self.taken.append((envelope.recipient, whole(message)))
            if self.at_letter and len(self.taken) == self.at_letter[0]:
                self.at_letter[1]()
        return Acceptance(answer="250 OK")

    def close(self) -> None:
        """Stay: the server is nobody's to close."""


class Late(LoopEngine):
    """An engine that can keep what it is given until later, as a durable one does for others."""

    def __init__(self) -> None:
        super().__init__()
        self.keeps = False
        self.kept: list[tuple[str, Batch]] = []
        self.works: dict[str, Callable[[Batch], int]] = {}

    def queue(self, name: str, concurrency: int, work: Callable[[Batch], int]) -> None:
        self.works[name] = work
        super().queue(name, concurrency, work)

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        if not self.keeps:
            return super().hand_out(batches)
        self.kept += [(name, batch) for name, some in batches.items() for batch in some]
        return 0

    def do_kept(self) -> int:
        kept, self.kept = self.kept, []
        return sum(self.works[name](batch) for name, batch in kept)


class Short:
    """Ends a turn when so many letters were written, and as many of those before sent."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._turns = main_thread()
        self._written = self._until = 0

    def begin(self, letters: int) -> None:
        self._written, self._until = letters, len(self._server.taken) + letters

    def __call__(self) -> bool:
        if current_thread() is not self._turns:
            return len(self._server.taken) >= self._until
        self._written -= 1
        return self._written < 0


def office(number: int, mark: str = "") -> str:
    return (
        f"  - {{id: xa-{number}, name: UBND xã số {number}{mark}, groups: [các xã], "
        f"emails: [xa{number}@huulung.example]}}\n"
    )


def good(folder: Folder, number: int) -> None:
    """Write the set with this number, whole."""
    mark = f" bản {number}"
    marked = "".join(office(n, mark) for n in range(MARKED))
    folder.write("directory/marked.yaml", f"offices:\n{marked}")
    before = "true" if number % 2 else "false"
    rounds = f"rounds: {{once: 2024-11-08, before: {before}}}"
    folder.write("campaigns/nq47.yaml", CAMPAIGN.replace("rounds: {once: 2024-11-08}", rounds))
    text = (folder.path / "dondoc.yaml").read_text(encoding="utf-8")
    text = re.sub(r"  (display_name|domain|name): .*\n", "", text)
    own = f"mail:\n  display_name: UBND bản {number}\n  domain: b{number}.huulung.example\n"
    folder.write("dondoc.yaml", text.replace("mail:\n", own, 1))


BAD: Sequence[tuple[str, str, str]] = (
    ("campaigns/nq47.yaml", "recipients:", "recipient:"),
    ("directory/marked.yaml", "id: xa-0,", "id: xa-1,"),
    ("dondoc.yaml", "domain: b", "domain: @b"),
    ("dondoc.yaml", "  display_name", "  name: khac\n  display_name"),
)
"""What makes a whole set bad; the last one asks for a restart."""


def number_of(raw: bytes) -> set[int]:
    """Return the numbers of the sets that a letter bears, and the number's oddness by campaign."""
    letter = Received.of(raw)
    text = " ".join(letter.text.split())
    found = {int(n) for n in re.findall(r"\bbản (\d+)", text)}
    found |= {int(n) for n in re.findall(r"\bb(\d+)\.huulung\.example", letter.message_id)}
    odd = "trước ngày 08/11/2024" in text
    assert found, text
    assert {n % 2 == 1 for n in found} == {odd}, text
    return found


@contextmanager
def campaign(folder: Folder, server: Server) -> Iterator[tuple[Configurations, Clock]]:
    first, clock = load_set(folder.main), Clock()
    hub = MemoryHub([Address("nq47@huulung.example")])
    box = MemoryMailbox("mail", hub, Address("nq47@huulung.example"))

    def dressed(app: App) -> App:
        assert app.mail is not None
        inbox = replace(app.mail.inbox, mailbox=box, folders=(INBOX,), watch=None)
        return replace(app, mail=replace(app.mail, transport=server, inbox=inbox))

    with bootstrap.open_app(first.sound(), clock, create=True) as opened:
        sets = Configurations(
            first,
            first.sound(),
            dressed(opened),
            clock,
            rewire=partial(bootstrap.rewired, clock=clock, dress=dressed),
        )
        app, now = sets.app, clock.now()
        app.evidence.put(b"512/UBND-VH")
        taken = Event(
            source="directive",
            source_key="nq47",
            occurred_at=now,
            fact=DirectiveTaken(about=About(campaign=NQ47), directive=DIRECTIVE),
            evidence=digest_of(b"512/UBND-VH"),
        )
        opening = first_round(app, app.campaigns[NQ47], DIRECTIVE, now)
        app.ledger.append([taken, *opening], recorded_at=now)
        try:
            yield sets, clock
        finally:
            sets.close()


@dataclass
class Swapping:
    """Swaps the sets, one after the other, and counts how many were taken and refused."""

    folder: Folder
    sets: Configurations
    adopted: int = 0
    refused: int = 0

    @property
    def number(self) -> int:
        return self.adopted + self.refused

    def swap(self) -> None:
        number = self.number + 1
        good(self.folder, number)
        if bad := number % 3 == 0:
            self.folder.change(*BAD[number // 3 % len(BAD)])
        before = self.sets.digest
        self.sets.look()
        self.sets.look()
        assert self.sets.take_changes() is not bad
        assert (self.sets.digest == before) is bad
        self.adopted, self.refused = self.adopted + (not bad), self.refused + bad

    def to_another(self) -> None:
        """Swap until another set is in force."""
        before = self.sets.digest
        while self.sets.digest == before:
            self.swap()


def test_a_thousand_swaps_lose_double_and_mix_no_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server = written(tmp_path), Server()
    rest = "".join(office(n) for n in range(MARKED, RECIPIENTS))
    folder.write("directory/offices.yaml", f"offices:\n{rest}")
    good(folder, 0)
    _parse_once(monkeypatch)
    late = 0
    with campaign(folder, server) as (sets, clock), closing(Late()) as engine:
        swapping, short = Swapping(folder, sets), Short(server)
        by = HandingOut(sets.using, engine, clock.now, short)

        def run(letters: int) -> None:
            short.begin(letters)
            clock.at += timedelta(minutes=2)
            turn(sets.app, clock.now(), clock=clock.now, pause=short, hand_over=by)

        for number in range(1, TURNS + 1):
            while swapping.number < number * SWAPS // TURNS - 4:
                swapping.swap()
            # Batches of every other turn come when another set is in force already.
            engine.keeps = number % 2 == 0
            if engine.keeps:
                run(A_TURN)
                swapping.to_another()
                late += _left_undone(sets, engine, server)
                engine.keeps = False
            run(A_TURN)
        while swapping.number < SWAPS:
            swapping.swap()
        run(10 * RECIPIENTS)
        _judge(sets, server, swapping.adopted, swapping.refused)
    assert late >= TURNS // 2 * A_TURN // 2


def _left_undone(sets: Configurations, engine: Late, server: Server) -> int:
    """Have late batches done; return how many letters of them are still due, which all are."""
    given = {json.loads(item)["dispatch"] for _, batch in engine.kept for item in batch[4:]}
    sent = len(server.taken)
    assert engine.do_kept() == 0
    assert len(server.taken) == sent
    rows = sets.app.ledger.select_any(DispatchState, dispatch=sorted(given))
    assert len(given) == sum(row.due_at is not None for row in rows)
    return len(given)


def _in_a_thread(work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def test_a_batch_under_way_ends_by_the_set_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server = written(tmp_path), Server()
    rest = "".join(office(n) for n in range(MARKED, 100))
    folder.write("directory/offices.yaml", f"offices:\n{rest}")
    good(folder, 0)
    _parse_once(monkeypatch)
    with campaign(folder, server) as (sets, clock), closing(LoopEngine()) as engine:
        swapping, short = Swapping(folder, sets), Short(server)
        by = HandingOut(sets.using, engine, clock.now, short)
        short.begin(1_000)
        before = sets.digest
        # At the tenth letter; others of the batch are under way as well.
        server.at_letter = (10, partial(_in_a_thread, swapping.to_another))
        clock.at += timedelta(minutes=2)
        turn(sets.app, clock.now(), clock=clock.now, pause=short, hand_over=by)
        assert sets.digest != before
        assert {min(number_of(raw)) for _, raw in server.taken} == {0}
        short.begin(1_000)
        clock.at += timedelta(minutes=2)
        turn(sets.app, clock.now(), clock=clock.now, pause=short, hand_over=by)
        letters = Counter(to for to, _ in server.taken)
        assert letters == {f"xa{n}@huulung.example": 1 for n in range(100)}
        assert all(len(number_of(raw)) == 1 for _, raw in server.taken)
        assert list(sets.app.ledger.differences()) == []


def _judge(sets: Configurations, server: Server, adopted: int, refused: int) -> None:
    ledger = sets.app.ledger
    rows = ledger.select(DispatchState)
    assert len(ledger.select(AssignmentState)) == RECIPIENTS
    assert Counter(row.status for row in rows) == {DispatchStatus.ACCEPTED: RECIPIENTS}
    assert not any(row.removed for row in ledger.select(AssignmentState))
    letters = Counter(to for to, _ in server.taken)
    assert letters == {f"xa{n}@huulung.example": 1 for n in range(RECIPIENTS)}
    marks = [number_of(raw) for _, raw in server.taken]
    assert {len(found) for found in marks} == {1}
    assert len({min(found) for found in marks}) > TURNS // 2
    facts = Counter(type(one.event.fact) for one in ledger.events())
    assert facts[ConfigurationAdopted] == 1 + adopted
    assert facts[ConfigurationRefused] == refused
    assert adopted + refused == SWAPS
    assert list(ledger.differences()) == []


def _parse_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse a file that has not changed once: the test is of changing sets, not of reading YAML."""
    parse, known = source.read_document, dict[tuple[Path, bytes], object]()

    def read_document(path: Path, read: Callable[[Path], bytes]) -> object:
        place = (path, read(path))
        if place not in known:
            known[place] = parse(path, lambda _: place[1])
        return known[place]

    monkeypatch.setattr(load, "read_document", read_document)
