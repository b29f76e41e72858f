"""Taking back and replacing over real sockets: the exchange, the mail system, a store on disk."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import pytest

from domain.content import Inline, gathered
from domain.errors import NotAllowed
from domain.exchange import Business, Organ, Packet, PacketKind, StatusPacket
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.ports import DocumentExchange
from domain.state import AssignmentState, DirectiveState, DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import App
from dondoc.bootstrap import exchange_client, open_app
from dondoc.demo import directive
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings
from dondoc.simulators.eoffice import Agency, Exchange, Fault
from dondoc.simulators.mail.hub import MailHub
from mappings.edxml.write import write_status
from tests.checkout import ROOT, clean_environment
from tests.edxml_files import attached, read, written
from tests.integration.services.service_parts import letter, short_letter
from tests.unit.cli.command_runs import ran

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
SECRET = "a made-up secret of some length"
UNIT = directive.UNIT.organ_id
YEN_SON, Y_TE, MINH_TIEN = OfficeId("xa-yen-son"), OfficeId("phong-y-te"), OfficeId("xa-minh-tien")
ORGANS = {YEN_SON: OrganId("H37.99.1"), Y_TE: OrganId("H37.99.2")}
PROVINCE = OrganId("H37.8")
NOTE = attached("cv.txt", b"Xem van ban.", "text/plain")
MAILBOX = Address("nq47@huulung.example")
BOXES = {
    YEN_SON: Address("xayenson@huulung.example"),
    MINH_TIEN: Address("xaminhtien@huulung.example"),
}
MINUTES = timedelta(minutes=11)
REASON = "ban hành nhầm thẩm quyền"

DIRECTORY = f"""\
offices:
  - id: xa-yen-son
    name: UBND xã Yên Sơn
    groups: [các xã]
    organ_id: H37.99.1
    emails: [{BOXES[YEN_SON]}]
  - {{id: phong-y-te, name: Phòng Y tế, groups: [các xã], organ_id: H37.99.2}}
  - {{id: xa-minh-tien, name: UBND xã Minh Tiến, groups: [các xã], emails: [{BOXES[MINH_TIEN]}]}}
  - {{id: so, name: Sở, emails: [so@langson.example]}}
"""
CAMPAIGN = """\
id: nq47
title: Nghị quyết 47
exchange: send
intake: {number: "512", notation: UBND-VH}
recipients:
  - {group: các xã, channels: both}
rounds: {once: 2024-11-08}
forward: {office: so, channels: prefer_email}
"""
DOORS = """\
mail:
  address: nq47@huulung.example
  smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}
  imap:
    host: 127.0.0.1
    port: {imap}
    security: none
    username: nq47@huulung.example
    password: {{env: DONDOC_TEST_SECRET}}
exchange:
  url: {url}
  system_id: ours
  secret: {{env: DONDOC_TEST_SECRET}}
"""

TURN_AND_DIE = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from dondoc.bootstrap import open_app
from dondoc.services import transmit
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings

now, step, channel = datetime.fromisoformat(sys.argv[2]), sys.argv[3], sys.argv[4]

class Clock:
    def now(self):
        return now

record = transmit._record

def killed(app, dispatch, key, *rest, **more):
    if dispatch.kind == "recall" and dispatch.channel == channel and key.startswith(step):
        os.kill(os.getpid(), signal.SIGKILL)
    record(app, dispatch, key, *rest, **more)

transmit._record = killed
with open_app(load_settings(Path(sys.argv[1])), Clock(), create=True) as app:
    turn(app, now)
"""
"""The process ends before the named step of the first request is recorded."""


@dataclass
class Clock:
    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant


@dataclass
class District:
    """Dondoc's folder, the servers that it meets, and one clock."""

    folder: Path
    hub: MailHub
    exchange: Exchange
    offices: DocumentExchange
    own: DocumentExchange
    clock: Clock

    @property
    def path(self) -> Path:
        return self.folder / "dondoc.yaml"

    @contextmanager
    def opened(self) -> Iterator[App]:
        """Open the store as a process of its own would."""
        with open_app(load_settings(self.path), self.clock, create=True) as app:
            yield app

    def turn(self, app: App, later: timedelta = MINUTES) -> None:
        self.clock.instant += later
        turn(app, self.clock.now())

    def put(self, content: bytes) -> None:
        """Let our own e-office put a document on the exchange for us."""
        self.own.send(Inline(content), kind=PacketKind.DOCUMENT, sender=UNIT, receivers=[UNIT])

    def say(self, code: str, dispatch: DispatchState, words: str = "") -> None:
        """Let the receiver of a dispatch answer with a status."""
        packet = StatusPacket(
            sender=Organ(organ_id=OrganId(dispatch.target), name="đơn vị nhận"),
            response_for=self.asked(dispatch).response_for,
            code=code,
            description=words,
            at=self.clock.now(),
        )
        answer = replace(packet, response_for=replace(packet.response_for, organ_id=UNIT))
        self.offices.send(
            Inline(write_status(answer)),
            kind=PacketKind.STATUS,
            sender=OrganId(dispatch.target),
            receivers=[UNIT],
        )

    def asked(self, letter: DispatchState) -> StatusPacket:
        """Return the status 13 that lies at the receiver of a letter."""
        (found,) = [p for p in self.requests() if p.response_for.organ_id == letter.target]
        return found

    def requests(self) -> list[StatusPacket]:
        found = []
        for waiting in self.offices.waiting(PacketKind.STATUS):
            packet = read(gathered(partial(self.offices.fetch, waiting.doc_id))).packet
            assert isinstance(packet, StatusPacket)
            found.append(packet)
        return found

    def documents(self, office: OfficeId) -> list[Packet]:
        found = []
        for waiting in self.offices.waiting(PacketKind.DOCUMENT):
            packet = read(gathered(partial(self.offices.fetch, waiting.doc_id))).packet
            assert isinstance(packet, Packet)
            if waiting.receiver == ORGANS[office]:
                found.append(packet)
        return found

    def subjects(self, office: OfficeId) -> list[str]:
        mails = self.hub.mail_for(BOXES[office])
        return [str(message_from_bytes(m, policy=policy.default)["Subject"]) for m in mails]


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    monkeypatch.setenv("DONDOC_TEST_SECRET", SECRET)
    monkeypatch.setenv("DONDOC_TOKEN_KEY", SECRET)
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "tests" / "data" / "config" / "minimal", folder)
    (folder / "directory.yaml").write_text(DIRECTORY, encoding="utf-8")
    (folder / "campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
    clock = Clock()
    agencies = [
        Agency(code=UNIT, name="UBND huyện Hữu Lũng", system="ours"),
        Agency(code=PROVINCE, name="Sở", system="offices"),
        *(Agency(code=o, name=n, system="offices") for n, o in ORGANS.items()),
    ]
    accounts = dict.fromkeys((MAILBOX, *BOXES.values()), SECRET)
    systems = {"ours": SECRET, "offices": SECRET}
    with (
        MailHub(tmp_path / "mail", accounts, now=clock.now) as hub,
        Exchange(tmp_path / "exchange", systems, agencies, now=clock.now) as exchange,
        exchange_client(exchange.url, "offices", SECRET, clock.now) as offices,
        exchange_client(exchange.url, "ours", SECRET, clock.now) as own,
    ):
        made = District(folder, hub, exchange, offices, own, clock)
        minimal = made.path.read_text(encoding="utf-8").partition("mail:")[0]
        doors = DOORS.format(smtp=hub.smtp_port, imap=hub.imap_port, url=exchange.url)
        made.path.write_text(minimal + doors, encoding="utf-8")
        yield made


def _order(app: App, clock: Clock, *offices: OfficeId) -> None:
    take_back(app, "nq47", Order(offices=offices, reason=REASON, by="Lan"), clock.now())


def _of(app: App, office: OfficeId, channel: str, kind: DispatchKind) -> list[DispatchState]:
    found = app.ledger.select(DispatchState, office=office)
    wanted = [d for d in found if d.channel == channel and d.kind is kind]
    return sorted(wanted, key=lambda d: d.planned_at)


def _letter(app: App, office: OfficeId, channel: str = "exchange") -> DispatchState:
    (found,) = _of(app, office, channel, DispatchKind.DIRECTIVE)
    return found


def _reviews(app: App) -> list[str]:
    return [r.kind for r in app.ledger.select(ReviewState, open=True)]


def _begun(district: District, app: App) -> None:
    district.put(short_letter())
    district.turn(app)
    assert _letter(app, Y_TE).status is DispatchStatus.ACCEPTED


def test_one_office_agrees_and_another_one_refuses(district: District) -> None:
    with district.opened() as app:
        _begun(district, app)
        _order(app, district.clock)
        district.turn(app)
        asked = district.asked(_letter(app, Y_TE))
        assert (asked.code, asked.description) == ("13", REASON)
        assert asked.response_for.document_id == _letter(app, Y_TE).document_id
        district.clock.instant += MINUTES
        district.say("15", _letter(app, Y_TE))
        district.say("16", _letter(app, YEN_SON), "đã triển khai")
        district.turn(app)
        assert _letter(app, Y_TE).status is DispatchStatus.RECALLED
        assert _letter(app, YEN_SON).status is DispatchStatus.RECALL_REFUSED
        assert _reviews(app) == [ReviewKind.RECALL_REFUSED]
        assert _letter(app, MINH_TIEN, "email").status is DispatchStatus.RECALL_ASKED
        assert [s.partition(":")[0] for s in district.subjects(MINH_TIEN)][1:] == [
            "Thu hồi văn bản"
        ]
        rows = app.ledger.select(AssignmentState)
        assert {a.status for a in rows} == {AssignmentStatus.WAIVED}
        assert app.ledger.differences() == []


def test_what_never_left_is_dropped(district: District) -> None:
    with district.opened() as app:
        district.put(short_letter())
        turn(app, district.clock.now(), pause=lambda: bool(app.ledger.select(DispatchState)))
        planned = app.ledger.select(DispatchState)
        assert {d.status for d in planned} == {DispatchStatus.PLANNED}
        _order(app, district.clock)
        for _ in range(3):
            district.turn(app)
        assert {d.status for d in app.ledger.select(DispatchState)} == {DispatchStatus.CANCELLED}
        assert district.documents(Y_TE) == []
        assert district.requests() == []
        assert district.subjects(MINH_TIEN) == []


@pytest.mark.parametrize("channel", ["exchange", "email"])
@pytest.mark.parametrize("step", ["attempt", "outcome"])
def test_killed_between_any_two_steps_each_is_asked_once(
    district: District, step: str, channel: str
) -> None:
    with district.opened() as app:
        _begun(district, app)
        _order(app, district.clock, YEN_SON)
    district.clock.instant += MINUTES
    at = district.clock.instant.isoformat()
    killed = subprocess.run(
        [sys.executable, "-c", TURN_AND_DIE, str(district.path), at, step, channel],
        env={
            **clean_environment(),
            "DONDOC_TEST_SECRET": SECRET,
            "DONDOC_TOKEN_KEY": SECRET,
            "PYTHONPATH": str(ROOT),
        },
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with district.opened() as app:
        for _ in range(3):
            district.turn(app)
        for way in ("exchange", "email"):
            (request,) = _of(app, YEN_SON, way, DispatchKind.RECALL)
            assert request.status in (DispatchStatus.ACCEPTED, DispatchStatus.DELIVERED)
            assert _letter(app, YEN_SON, way).status is DispatchStatus.RECALL_ASKED
        assert len(district.requests()) == 1
        assert [s.partition(":")[0] for s in district.subjects(YEN_SON)][1:] == ["Thu hồi văn bản"]
        assert app.ledger.differences() == []


def test_a_request_whose_answer_was_lost_is_one_request(district: District) -> None:
    with district.opened() as app:
        _begun(district, app)
        _order(app, district.clock, Y_TE)
        district.exchange.faults.arm(Fault.DROP)
        district.turn(app)
        (request,) = _of(app, Y_TE, "exchange", DispatchKind.RECALL)
        assert request.status is DispatchStatus.UNCERTAIN
        assert _letter(app, Y_TE).status is DispatchStatus.ACCEPTED
        district.turn(app)
        assert _letter(app, Y_TE).status is DispatchStatus.RECALL_ASKED
        assert len(district.requests()) == 1


def test_a_replacement_reaches_whoever_has_the_first_letter(district: District) -> None:
    with district.opened() as app:
        _begun(district, app)
        district.put(
            written(
                replace(
                    letter(),
                    document_id="H37.99,2024/06/03,600/UBND-VH",
                    code_number="600",
                    promulgated_on=date(2024, 6, 3),
                    business=Business.REPLACEMENT,
                    business_document_id=letter().document_id,
                    business_reason="điều chỉnh nội dung",
                    attachments=(attached("600.txt", b"Xem van ban moi.", "text/plain"),),
                )
            )
        )
        district.turn(app)
        known = app.ledger.get(DirectiveState, (CampaignId("nq47"),))
        assert known is not None
        assert (known.version, known.directive.code) == (2, "600/UBND-VH")
        first, second = district.documents(Y_TE)
        assert second.business is Business.REPLACEMENT
        assert second.business_document_id == first.document_id
        assert [r.document_id for r in second.replaced] == [first.document_id]
        assert second.replaced[0].receivers == (ORGANS[Y_TE],)
        assert "Số, ký hiệu: từ 512/UBND-VH thành 600/UBND-VH" in second.business_reason
        assert [s.partition(":")[0] for s in district.subjects(MINH_TIEN)][1:] == [
            "Văn bản thay thế"
        ]
        # Whoever takes the second back asks for both of the documents.
        _order(app, district.clock, Y_TE)
        district.turn(app)
        assert {p.response_for.code for p in district.requests()} == {
            "512/UBND-VH",
            "600/UBND-VH",
        }
        with pytest.raises(NotAllowed):
            take_back(app, "nq47", Order(reason="", by="Lan"), district.clock.now())
        assert app.ledger.differences() == []


@pytest.mark.parametrize("first", ["the directive", "the revocation"])
def test_what_its_issuer_takes_back_is_held_and_answered(district: District, first: str) -> None:
    province = Organ(organ_id=PROVINCE, name="Sở Thông tin và Truyền thông")
    own = f"{PROVINCE},2024/05/08,512/UBND-VH"
    letters = {
        "the directive": replace(letter(), sender=province, document_id=own, attachments=(NOTE,)),
        "the revocation": replace(
            letter(),
            sender=province,
            document_id=f"{PROVINCE},2024/05/09,700/STTTT",
            code_number="700",
            code_notation="STTTT",
            business=Business.REVOCATION,
            business_document_id=own,
            business_reason="sai thẩm quyền",
            attachments=(),
        ),
    }
    second = next(name for name in letters if name != first)

    def put(name: str) -> None:
        district.offices.send(
            Inline(written(letters[name])),
            kind=PacketKind.DOCUMENT,
            sender=PROVINCE,
            receivers=[UNIT],
        )

    with district.opened() as app:
        put(first)
        district.turn(app)
        put(second)
        district.turn(app)
        (review,) = app.ledger.select(ReviewState, open=True)
        assert review.kind is ReviewKind.REVOKED
        sent = len(app.ledger.select(DispatchState))
        assert sent == (4 if first == "the directive" else 0)
        accepted = Resolution(decision=Decision.ACCEPT, by="Lan")
        resolve(app, review.review, accepted, district.clock.now())
        district.turn(app)
        answers = [p for p in district.requests() if p.response_for.organ_id == PROVINCE]
        assert [p.code for p in answers if p.code == "15"] == ["15"]
        asked = [d for d in app.ledger.select(DispatchState) if d.kind is DispatchKind.RECALL]
        assert len(asked) == sent
        assert app.ledger.select(ReviewState, open=True) == []
        assert app.ledger.differences() == []


def test_the_command_shows_whom_it_asks_then_orders_once(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    with district.opened() as app:
        _begun(district, app)
    options = ("--office", YEN_SON, "--reason", REASON, "--by", "Lan", "--config", district.path)
    dry = ran(capsys, "recall", "nq47", *options, "--dry-run")
    assert dry.code == 0
    for said in (
        "UBND xã Yên Sơn",
        "H37.99.1",
        BOXES[YEN_SON],
        "2 request(s) to 1 office(s), 0 sending(s) dropped, 1 assignment(s) released",
        "nothing is recorded",
    ):
        assert said in dry.out
    assert "taken back" not in ran(capsys, "status", "nq47", "--config", district.path).out
    assert "the daemon asks at its next turn" in ran(capsys, "recall", "nq47", *options).out
    assert "this was ordered before; nothing changes" in ran(capsys, "recall", "nq47", *options).out
    plan = ran(capsys, "plan", "--config", district.path).out
    assert plan.count("recall") == 2
    with district.opened() as app:
        district.turn(app)
        assert len(_of(app, YEN_SON, "exchange", DispatchKind.RECALL)) == 1
    status = ran(capsys, "status", "nq47", "--config", district.path).out
    assert "taken back from xa-yen-son on" in status
    assert f"by Lan: {REASON}" in status
    assert "recall_asked" in status
    refused = ran(capsys, "recall", "nq47", "--office", "so", *options[2:])
    assert refused.code != 0
    assert "office so takes no part in any round of nq47" in refused.err


def test_the_command_says_what_the_eoffice_must_take_back_itself(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    with district.opened() as app:
        _begun(district, app)
    rules = district.folder / "campaign.yaml"
    changed = rules.read_text(encoding="utf-8").replace("exchange: send", 'exchange: "off"')
    rules.write_text(changed, encoding="utf-8")
    options = ("--reason", REASON, "--by", "Lan", "--dry-run", "--config", district.path)
    said = ran(capsys, "recall", "nq47", *options).out
    assert "exchange: off - Dondoc sends nothing on the exchange" in said
    assert "to take back in the e-office: Phòng Y tế" in said
    assert "2 request(s) to 2 office(s)" in said
