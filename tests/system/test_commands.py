"""The commands as an operator uses them: processes of their own, real servers, one small campaign.

A directive and its draft come by the exchange; its deadline has long passed, so the daemon
distributes and compiles at once. The tests follow each other on one store.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.content import Inline
from domain.exchange import PacketKind
from domain.ids import Address, OrganId
from dondoc.bootstrap import daemon_lock, exchange_client
from dondoc.demo.directive import draft, issued
from dondoc.settings.load import load_settings
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.mail.hub import MailHub
from tests.checkout import clean_environment

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

DONDOC = Path(sys.executable).with_name("dondoc")
OWN = OrganId("H37.99")
SYSTEM, SECRET = "dondoc.test", "made-up-for-loopback"
MAILBOX, YEN_SON = Address("nq47@huulung.example"), Address("xayenson@huulung.example")
HOA_BINH, DEPARTMENT = Address("xahoabinh@huulung.example"), Address("so@langson.example")
PASSWORD = "made-up-too"

MAIN = """\
store: {{database: store/ledger.sqlite, evidence: store/evidence, output: result}}
unit: {{organ_id: H37.99, name: UBND huyện Hữu Lũng, place: Hữu Lũng}}
exchange:
  name: truc
  url: {url}
  system_id: dondoc.test
  secret: {{file: secrets/exchange}}
mail:
  name: nq47
  address: nq47@huulung.example
  smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}
  imap:
    host: 127.0.0.1
    port: {imap}
    security: none
    username: nq47@huulung.example
    password: {{file: secrets/mail}}
token_key: {{file: secrets/token}}
directory: directory.yaml
campaigns: campaign.yaml
"""
DIRECTORY = """\
offices:
  - id: xa-yen-son
    name: UBND xã Yên Sơn
    groups: [các xã]
    organ_id: H37.99.1
    emails: [xayenson@huulung.example]
  - {id: xa-hoa-binh, name: UBND xã Hòa Bình, groups: [các xã], emails: [xahoabinh@huulung.example]}
  - {id: so, name: Sở Thông tin và Truyền thông, organ_id: H37.20, emails: [so@langson.example]}
"""
CAMPAIGN = """\
id: nq47
title: Triển khai Nghị quyết 47/NQ-CP
intake: {number: "512", notation: UBND-VH}
recipients: [{group: các xã, channels: both}]
rounds: {once: 2024-11-08}
forward: {office: so}
"""
REPLY = """\
From: UBND xã Yên Sơn <xayenson@huulung.example>
To: nq47@huulung.example
Subject: Xác nhận
Date: Fri, 10 May 2024 08:00:00 +0700
Message-ID: <1@huulung.example>
Content-Type: text/plain; charset=utf-8

UBND xã Yên Sơn đã nhận được Công văn số 512/UBND-VH.
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # the shape is what the tests look at
        return json.loads(self.out)


@dataclass(slots=True)
class Operator:
    """Somebody at a terminal, with a configuration."""

    folder: Path
    log: list[dict[str, Any]] = field(default_factory=list)

    def command(self, *words: str | Path) -> list[str]:
        return [str(DONDOC), *map(str, words), "--config", str(self.folder / "dondoc.yaml")]

    def run(self, *words: str | Path, stdin: str = "") -> Ran:
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=clean_environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def serve(self, *, until: Counter[str]) -> int:
        """Run the daemon until it has logged these events, end it with SIGTERM; return its code."""
        daemon = subprocess.Popen(
            self.command("run"),
            cwd=self.folder,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        guard = threading.Timer(60, daemon.kill)
        guard.start()
        assert daemon.stderr is not None
        for line in daemon.stderr:
            self.log.append(json.loads(line))
            if until <= Counter(line.get("intent", line["event"]) for line in self.log):
                daemon.send_signal(signal.SIGTERM)
                until = Counter({"signalled": 1})
        daemon.stderr.close()
        guard.cancel()
        return daemon.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    (folder / "secrets").mkdir()
    for name, secret in {"exchange": SECRET, "mail": PASSWORD, "token": "k" * 32}.items():
        descriptor = os.open(folder / "secrets" / name, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, secret.encode())
        os.close(descriptor)
    (folder / "directory.yaml").write_text(DIRECTORY, encoding="utf-8")
    (folder / "campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def servers(folder: Path) -> Iterator[tuple[Exchange, MailHub]]:
    """A document exchange and a mail system, with the directive and its draft waiting."""

    def now() -> datetime:
        return datetime.now(UTC)

    agencies = [
        Agency(code=OWN, name="UBND huyện Hữu Lũng", system=SYSTEM),
        Agency(code="H37.99.1", name="UBND xã Yên Sơn"),
        Agency(code="H37.20", name="Sở Thông tin và Truyền thông"),
    ]
    accounts = {MAILBOX: PASSWORD, YEN_SON: "x", HOA_BINH: "x", DEPARTMENT: "x"}
    with ExitStack() as stack:
        exchange = stack.enter_context(
            Exchange(folder / "truc", {SYSTEM: SECRET}, agencies, now=now)
        )
        hub = stack.enter_context(MailHub(folder / "mail", accounts, now=now))
        with exchange_client(exchange.url, SYSTEM, SECRET, now) as client:
            for document in (draft(now()), issued(now())):
                client.send(Inline(document), kind=PacketKind.DOCUMENT, sender=OWN, receivers=[OWN])
        main = MAIN.format(url=exchange.url, smtp=hub.smtp_port, imap=hub.imap_port)
        (folder / "dondoc.yaml").write_text(main, encoding="utf-8")
        yield exchange, hub


@pytest.fixture(scope="module")
def operator(folder: Path, servers: tuple[Exchange, MailHub]) -> Operator:
    """An operator whose daemon has run until the result was compiled."""
    operator = Operator(folder)
    assert operator.run("check").code == 0
    assert operator.serve(until=Counter({"Compile": 1, "dispatch_outcome": 3})) == 0
    return operator


def test_the_daemon_says_what_it_did_in_json_and_nothing_confidential(operator: Operator) -> None:
    events = [line["event"] for line in operator.log]
    assert events[0] == "daemon_started"
    assert events[-1] == "daemon_stopped"
    assert events.count("dispatch_outcome") == 3
    text = json.dumps(operator.log, ensure_ascii=False)
    for confidential in ("@huulung.example", SECRET, PASSWORD, "Kính gửi"):
        assert confidential not in text


def test_status_has_the_shape_of_the_contract(operator: Operator) -> None:
    done = operator.run("status", "nq47", "--json")
    assert done.code == 0
    assert done.json.keys() == {"campaign", "round", "offices"}
    assert (done.json["campaign"], done.json["round"]) == ("nq47", "2024")
    first, second = done.json["offices"]
    assert first.keys() == {"office", "expected", "status", "late", "dispatches", "timeline"}
    assert (first["office"], first["expected"], first["late"]) == ("xa-yen-son", "report", True)
    assert [d["channel"] for d in first["dispatches"]] == ["email", "exchange"]
    mail, packet = first["dispatches"]
    assert mail.keys() == {
        *("kind", "channel", "status", "message_id", "reply_to", "subject", "document_id", "at")
    }
    assert mail["message_id"].startswith("<")
    assert mail["document_id"] is None
    assert packet["document_id"]
    assert {"at", "event", "evidence"} == first["timeline"][0].keys()
    assert [d["channel"] for d in second["dispatches"]] == ["email"]
    assert operator.run("status", "--json").json == done.json


def test_status_for_people(operator: Operator) -> None:
    table = operator.run("status")
    assert table.code == 0
    assert table.out.splitlines()[1] == "Triển khai Nghị quyết 47/NQ-CP"
    assert "UBND xã Yên Sơn" in table.out
    assert "2 report(s) missing, 2 office(s) late, 1 review(s) open" in table.out
    one = operator.run("status", "nq47", "--office", "xa-hoa-binh")
    assert "DeadlinePassed" in one.out
    assert "Yên Sơn" not in one.out


@pytest.mark.parametrize(
    "words",
    [
        ["status", "nope"],
        ["status", "nq47", "--round", "1999"],
        ["status", "nq47", "--office", "nope"],
        ["review", "show", "R-nope"],
        ["quarantine", "release", "nope", "--by", "Lan"],
        ["compile", "nq47", "--round", "1999"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_ends_with_2(operator: Operator, words: list[str]) -> None:
    done = operator.run(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")


def test_the_plan_records_nothing(operator: Operator) -> None:
    before = operator.run("status", "--json").json
    done = operator.run("plan", "--json")
    assert done.code == 0
    assert done.json.keys() == {"at", "foreseen", "intents"}
    assert operator.run("run", "--dry-run").out.endswith("\n")
    assert operator.run("status", "--json").json == before


def test_reviews_wait_and_are_shown(operator: Operator) -> None:
    listed = operator.run("review", "list", "--json")
    assert listed.code == 3
    (review,) = listed.json["reviews"]
    assert review["kind"] == "draft"
    assert operator.run("review", "list").code == 3
    shown = operator.run("review", "show", review["review"], "--save", operator.folder / "raw")
    assert shown.code == 0
    assert review["reason"] in shown.out
    assert review["evidence"] in shown.out
    assert b"edXML" in (operator.folder / "raw").read_bytes()


def test_a_review_is_resolved_once(operator: Operator) -> None:
    (review,) = operator.run("review", "list", "--json").json["reviews"]
    words = ("review", "resolve", review["review"], "noted", "--by", "Lan", "--note", "dự thảo")
    assert operator.run(*words).code == 0
    again = operator.run(*words)
    assert again.code == 1
    assert "resolved already" in again.err
    done = operator.run("review", "list")
    assert (done.code, done.out) == (0, "nothing waits for a person\n")


def test_nothing_is_set_aside(operator: Operator) -> None:
    done = operator.run("quarantine", "list", "--json")
    assert (done.code, done.json) == (0, {"quarantined": []})


def test_a_message_is_read_and_not_counted(operator: Operator) -> None:
    (operator.folder / "reply.eml").write_text(REPLY, encoding="utf-8")
    done = operator.run("read", "message", "reply.eml", "--at", "2024-05-10", "--json")
    assert done.code == 0
    assert done.json["kind"] == "acknowledgement"
    assert (done.json["match"], done.json["office"]) == ("certain", "xa-yen-son")
    assert (done.json["campaign"], done.json["round"]) == ("nq47", "2024")
    assert done.json["cites"] == ["512/UBND-VH"]
    piped = operator.run("read", "message", "-", "--at", "2024-05-10", stdin=REPLY)
    assert piped.out.startswith("kind:     acknowledgement\n")
    assert operator.run("status", "--json").json["offices"][0]["status"] != "acknowledged"


def test_what_is_no_message_is_told(operator: Operator) -> None:
    done = operator.run("read", "message", "-", "--json", stdin="nothing of the kind")
    assert (done.code, done.out) == (1, "")
    assert "cannot be read" in done.err


def test_the_doctor_finds_everything_in_order(operator: Operator) -> None:
    done = operator.run("doctor", "--json")
    assert done.code == 0, done.out
    names = [check["name"] for check in done.json["checks"]]
    assert {"ledger", "evidence", "exchange", "own unit", "recipients", "smtp", "imap"} <= {*names}


def test_a_second_daemon_is_refused(operator: Operator) -> None:
    store = load_settings(operator.folder / "dondoc.yaml").store
    with daemon_lock(load_settings(operator.folder / "dondoc.yaml")):
        done = operator.run("run")
        assert done.code == 1
        assert f"the store {store.place} is in use by process {os.getpid()}" in done.err
        (store.folder / "daemon.lock").unlink()
        done = operator.run("run")
        assert done.code == 1
        assert f"the store {store.place} is in use by process" in done.err


def test_the_result_is_compiled_approved_and_forwarded(
    operator: Operator, servers: tuple[Exchange, MailHub]
) -> None:
    early = operator.run("forward", "nq47")
    assert early.code == 1
    assert "dondoc approve nq47" in early.err
    made = operator.run("compile", "nq47")
    assert made.code == 0
    files = [Path(line) for line in made.out.splitlines()[1:]]
    assert sorted(file.suffix for file in files) == [".docx", ".pdf", ".xlsx"]
    assert all(file.is_file() for file in files)
    assert operator.run("approve", "nq47", "--number", "8x", "--by", "Lan").code == 1
    assert operator.run("approve", "nq47", "--number", "88", "--by", "Lan").code == 0
    with daemon_lock(load_settings(operator.folder / "dondoc.yaml")):
        left = operator.run("forward", "nq47")
    assert left.code == 0
    assert "the daemon that works on this store" in left.out
    assert servers[1].mail_for(DEPARTMENT) == []
    sent = operator.run("forward", "nq47")
    assert sent.code == 0, sent.err
    assert len(sent.out.splitlines()) == 2
    assert len(servers[1].mail_for(DEPARTMENT)) == 1
    assert operator.run("status").out.startswith("nq47, round 2024: forwarded")


def test_forwarding_again_sends_nothing(
    operator: Operator, servers: tuple[Exchange, MailHub]
) -> None:
    assert operator.run("forward", "nq47").code == 0
    assert len(servers[1].mail_for(DEPARTMENT)) == 1


def test_replay_finds_no_difference(operator: Operator) -> None:
    done = operator.run("replay", "--json")
    assert (done.code, done.json) == (0, {"differences": []})


def test_a_simulated_exchange_answers_the_doctor(operator: Operator, tmp_path: Path) -> None:
    words = ["simulate", "eoffice", "--port", "0", "--state", tmp_path, "--system", "A"]
    simulator = subprocess.Popen(
        [str(DONDOC), *map(str, words), "--secret", "s"],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert simulator.stdout is not None
        url = simulator.stdout.readline().strip().rpartition(" ")[2]
        with exchange_client(url, "A", "s", lambda: datetime.now(UTC)) as client:
            assert [agency.code for agency in client.agencies()] == ["A"]
    finally:
        simulator.send_signal(signal.SIGTERM)
        simulator.communicate(timeout=20)
    assert simulator.returncode == 0
