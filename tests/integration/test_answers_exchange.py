"""Answers of ours on a real exchange: once, whatever breaks, by both protocols."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from domain.content import Inline, gathered
from domain.exchange import Organ, Packet, PacketKind, StatusPacket
from domain.ids import OrganId
from domain.ports import DocumentExchange
from domain.state import AnswerState
from domain.status import AnswerStatus
from dondoc.bootstrap import exchange_client, open_app
from dondoc.demo import directive
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.lgsp import Account, Axis
from tests.checkout import ROOT, clean_environment
from tests.edxml_files import attached, read, written
from tests.integration.configured_folder import Clock, ConfiguredFolder, minimal_folder

NOW = datetime(2024, 5, 9, 2, 0, tzinfo=UTC)
SECRET = "a made-up secret of some length"
UNIT, OFFICE = directive.UNIT.organ_id, OrganId("H37.99.1")

MAIL = """\
mail:
  address: nq47@huulung.example
  smtp: {host: 127.0.0.1, port: 9, security: none}
  imap:
    host: 127.0.0.1
    port: 9
    security: none
    username: nq47
    password: {env: DONDOC_TEST_SECRET}
"""
"""The rules need a mailbox; nobody is there, and the exchange works all the same."""

ANSWER_AND_DIE = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from dondoc.bootstrap import open_app
from dondoc.services import answering
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings

now = datetime.fromisoformat(sys.argv[2])

class Clock:
    def now(self):
        return now

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

answering._record = killed
with open_app(load_settings(Path(sys.argv[1])), Clock(), create=True) as app:
    turn(app, now)
"""
"""The exchange has taken the first status when the process ends."""


class Office(ConfiguredFolder):
    """A folder with a mailbox where nobody is, and an exchange."""

    def configure(self, doors: str) -> None:
        super().configure(MAIL + doors)


AGENCIES = (
    Agency(code=UNIT, name="UBND huyện Hữu Lũng", system="ours"),
    Agency(code=OFFICE, name="UBND xã Yên Sơn", system="offices"),
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("DONDOC_TEST_SECRET", SECRET)
    monkeypatch.setenv("DONDOC_TOKEN_KEY", SECRET)
    return Office(minimal_folder(tmp_path), Clock(NOW))


def document() -> Packet:
    return Packet(
        sender=Organ(organ_id=OFFICE, name="UBND xã Yên Sơn"),
        receivers=(directive.UNIT,),
        document_id=f"{OFFICE},2024/05/09,7/TB-UBND",
        code_number="7",
        code_notation="TB-UBND",
        promulgated_on=NOW.date(),
        subject="Thông báo lịch tiếp công dân",
        sent_at=NOW,
        attachments=(attached("thong-bao.txt", b"Kinh gui.", "text/plain"),),
    )


def put(offices: DocumentExchange) -> None:
    offices.send(
        Inline(written(document())), kind=PacketKind.DOCUMENT, sender=OFFICE, receivers=[UNIT]
    )


def heard(offices: DocumentExchange) -> list[tuple[str, StatusPacket]]:
    """Return the statuses that lie there for the office, each with its docId."""
    found = []
    for waiting in offices.waiting(PacketKind.STATUS):
        packet = read(gathered(partial(offices.fetch, waiting.doc_id))).packet
        assert isinstance(packet, StatusPacket)
        found.append((waiting.doc_id, packet))
    return found


def vxp(url: str) -> str:
    return (
        f"exchange: {{name: truc, url: '{url}', system_id: ours, answers: all, "
        "secret: {env: DONDOC_TEST_SECRET}}\n"
    )


@pytest.fixture
def exchange(office: Office) -> Iterator[Exchange]:
    systems = {"ours": SECRET, "offices": SECRET}
    with Exchange(office.folder / "truc", systems, AGENCIES, now=office.clock.now) as exchange:
        office.configure(vxp(exchange.url))
        yield exchange


def test_a_kill_between_plan_and_record_sends_the_same_status_once(
    office: Office, exchange: Exchange
) -> None:
    with exchange_client(exchange.url, "offices", SECRET, office.clock.now) as offices:
        put(offices)
        died = subprocess.run(
            [sys.executable, "-c", ANSWER_AND_DIE, str(office.path), NOW.isoformat()],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        ((doc_id, _),) = heard(offices)
        office.clock.instant += timedelta(minutes=5)
        with office.opened() as app:
            (cut_off,) = app.ledger.select(AnswerState)
            assert cut_off.status is AnswerStatus.PLANNED
            turn(app, office.clock.now())
            (answer,) = app.ledger.select(AnswerState)
            assert (answer.status, answer.exchange_id) == (AnswerStatus.SENT, doc_id)
            assert app.ledger.differences() == []
        ((again, status),) = heard(offices)
        assert again == doc_id
        assert (status.code, status.at) == ("01", NOW)


def test_an_answer_that_was_cut_off_lies_there_once(office: Office, exchange: Exchange) -> None:
    with (
        exchange_client(exchange.url, "offices", SECRET, office.clock.now) as offices,
        office.opened() as app,
    ):
        put(offices)
        exchange.faults.arm("drop")
        turn(app, office.clock.now())
        (answer,) = app.ledger.select(AnswerState)
        assert answer.status is AnswerStatus.DEFERRED
        office.clock.instant += timedelta(minutes=5)
        turn(app, office.clock.now())
        (answer,) = app.ledger.select(AnswerState)
        ((doc_id, status),) = heard(offices)
        assert (answer.status, answer.exchange_id) == (AnswerStatus.SENT, doc_id)
        assert status.sender.name == "UBND huyện Hữu Lũng"
        assert status.response_for.document_id == document().document_id


def test_the_axis_of_the_province_carries_answers_too(office: Office) -> None:
    account = Account(username="dondoc", password=SECRET, application_code="DONDOC")
    systems = {"ours": SECRET, "offices": SECRET}
    folder = office.folder / "axis"
    with Axis(folder, systems, [account], AGENCIES, now=office.clock.now) as axis:
        office.configure(f"""\
exchange:
  name: truc
  protocol: lgsp
  url: {axis.url}
  system_id: ours
  answers: all
  secret: {{env: DONDOC_TEST_SECRET}}
  lgsp: {{username: dondoc, password: {{env: DONDOC_TEST_SECRET}}, application_code: DONDOC}}
""")
        theirs = office.folder / "theirs.yaml"
        text = office.path.read_text(encoding="utf-8").replace(
            "system_id: ours", "system_id: offices"
        )
        theirs.write_text(text.replace("database: ", "database: theirs-"), encoding="utf-8")
        with open_app(load_settings(theirs), office.clock, create=True) as their_app:
            assert their_app.exchange is not None
            offices = their_app.exchange.exchange
            put(offices)
            with office.opened() as app:
                turn(app, office.clock.now())
                (answer,) = app.ledger.select(AnswerState)
                ((doc_id, status),) = heard(offices)
                assert (answer.status, answer.exchange_id) == (AnswerStatus.SENT, doc_id)
                assert (status.code, status.at) == ("01", NOW)
