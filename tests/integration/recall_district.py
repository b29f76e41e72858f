"""A district over real sockets: Dondoc's folder, the exchange, the mail system, one clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

from domain.content import Inline, gathered
from domain.exchange import Organ, Packet, PacketKind, StatusPacket
from domain.ids import Address, OfficeId, OrganId
from domain.ports import DocumentExchange
from domain.state import DispatchState
from dondoc.app import App
from dondoc.bootstrap import exchange_client
from dondoc.demo import directive
from dondoc.services.turn import turn
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.mail.hub import MailHub
from mappings.edxml.write import write_status
from tests.edxml_files import attached, read
from tests.integration.configured_folder import Clock, ConfiguredFolder, minimal_folder

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
class District(ConfiguredFolder):
    """Dondoc's folder, the servers that it meets, and one clock."""

    hub: MailHub
    exchange: Exchange
    offices: DocumentExchange
    own: DocumentExchange

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


@contextmanager
def open_district(tmp_path: Path) -> Iterator[District]:
    """Start the servers, with their state in a folder; secrets are the environment's."""
    folder = minimal_folder(tmp_path)
    (folder / "directory.yaml").write_text(DIRECTORY, encoding="utf-8")
    (folder / "campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
    clock = Clock(NOW)
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
        made = District(folder, clock, hub, exchange, offices, own)
        made.configure(DOORS.format(smtp=hub.smtp_port, imap=hub.imap_port, url=exchange.url))
        yield made
