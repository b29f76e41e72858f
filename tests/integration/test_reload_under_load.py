"""A thousand changes of the configuration, good and bad, while a campaign of 2,000 runs.

Each good set bears its number in the account, in the directory and in the campaign: a letter whose
marks differ would be the work of two sets. The server counts every letter that it is given.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
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

RECIPIENTS = 2_000
MARKED = 25
SWAPS = 1_000
TURNS = 50
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
        self._lock = Lock()

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        with self._lock:
            self.taken.append((envelope.recipient, whole(message)))
        return Acceptance(answer="250 OK")

    def close(self) -> None:
        """Stay: the server is nobody's to close."""


class Repeating(LoopEngine):
    """An engine that does what it was given once more, after whatever happened since."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[str, Batch]] = []
        self.works: dict[str, Callable[[Batch], int]] = {}

    def queue(self, name: str, concurrency: int, work: Callable[[Batch], int]) -> None:
        self.works[name] = work
        super().queue(name, concurrency, work)

    def hand_out(self, batches: Mapping[str, Sequence[Batch]]) -> int:
        self.given += [(name, batch) for name, some in batches.items() for batch in some]
        return super().hand_out(batches)

    def again(self) -> int:
        given, self.given = self.given, []
        return sum(self.works[name](batch) for name, batch in given)


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


def test_a_thousand_swaps_lose_double_and_mix_no_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server = written(tmp_path), Server()
    rest = "".join(office(n) for n in range(MARKED, RECIPIENTS))
    folder.write("directory/offices.yaml", f"offices:\n{rest}")
    good(folder, 0)
    _parse_once(monkeypatch)
    adopted, refused = 0, 0
    with campaign(folder, server) as (sets, clock), closing(Repeating()) as engine:
        short = Short(server)
        by = HandingOut(sets.using, engine, clock.now, short)
        for number in range(1, SWAPS + 1):
            good(folder, number)
            if bad := number % 3 == 0:
                folder.change(*BAD[number // 3 % len(BAD)])
            before = sets.digest
            sets.look()
            sets.look()
            assert sets.take_changes() is not bad
            assert (sets.digest == before) is bad
            adopted, refused = adopted + (not bad), refused + bad
            # What was decided by the set before comes late: it is not carried out by this one.
            assert engine.again() == 0
            if number % (SWAPS // TURNS) == 0:
                short.begin(A_TURN)
                clock.at += timedelta(minutes=2)
                turn(sets.app, clock.now(), clock=clock.now, pause=short, hand_over=by)
                assert engine.again() == 0
        short.begin(10 * RECIPIENTS)
        clock.at += timedelta(minutes=2)
        turn(sets.app, clock.now(), clock=clock.now, pause=short, hand_over=by)
        _judge(sets, server, adopted, refused)


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
