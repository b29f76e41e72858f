"""From a configuration file to a distributed directive, through each door, over real servers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.content import Inline
from domain.exchange import Ability, PacketKind
from domain.ids import Address, CampaignId
from domain.state import DirectiveState, DispatchState, RawState
from domain.status import DispatchStatus, RawStatus
from dondoc.app import App
from dondoc.demo import directive
from dondoc.services.doctor import examine_doors
from dondoc.services.turn import turn
from dondoc.simulators.documents.letter import directive_letter
from dondoc.simulators.eoffice import Agency
from dondoc.simulators.ioffice import Incoming, IOffice, Outgoing, Receiver, StoredFile
from dondoc.simulators.lgsp import Account, Axis
from dondoc.simulators.mail.hub import MailHub
from mappings.render.word import render_word
from tests.checkout import ROOT
from tests.integration.configured_folder import Clock, ConfiguredFolder, minimal_folder

NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
SECRET = "a made-up secret of some length"
MAILBOX, COMMUNE = Address("nq47@huulung.example"), Address("xayenson@huulung.example")
UNIT = directive.UNIT.organ_id
MAIL = """\
mail:
  address: nq47@huulung.example
  smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}
  imap:
    host: 127.0.0.1
    port: {imap}
    security: none
    username: nq47@huulung.example
    password: {{env: DONDOC_TEST_SECRET}}
"""
SUBJECT = "Triển khai thực hiện Nghị quyết số 47/NQ-CP"
SHEET = f"""\
number: 512
notation: UBND-VH
date: 08/05/2024
subject: "{SUBJECT}"
issuer: {{organ_id: H37.99, name: "UBND huyện Hữu Lũng"}}
files: [cong-van.docx]
"""


@dataclass
class Office(ConfiguredFolder):
    """Dondoc's configuration and its mail system; time passes only when told to."""

    hub: MailHub

    @contextmanager
    def configured(self, doors: str) -> Iterator[App]:
        self.configure(MAIL.format(smtp=self.hub.smtp_port, imap=self.hub.imap_port) + doors)
        with self.opened() as app:
            yield app

    def turns(self, app: App) -> None:
        for _ in range(2):
            turn(app, self.clock.now())
            self.clock.instant += timedelta(minutes=1)

    def assert_distributed(self, app: App, door: str) -> None:
        known = app.ledger.get(DirectiveState, (CampaignId("nq47"),))
        assert known is not None
        assert known.directive.code == "512/UBND-VH"
        (raw,) = [raw for raw in app.ledger.select(RawState) if raw.account == door]
        assert raw.status is RawStatus.READ
        (letter,) = self.hub.mail_for(COMMUNE)
        assert b"cong-van.docx" in letter or b"512-UBND-VH.docx" in letter


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("DONDOC_TEST_SECRET", SECRET)
    monkeypatch.setenv("DONDOC_TOKEN_KEY", SECRET)
    folder = minimal_folder(tmp_path)
    shutil.copytree(ROOT / "config" / "mappings", folder / "mappings")
    accounts = dict.fromkeys((MAILBOX, COMMUNE, Address("so@langson.example")), SECRET)
    clock = Clock(NOW)
    with MailHub(tmp_path / "mail", accounts, now=clock.now) as hub:
        yield Office(folder, clock, hub)


def letter() -> bytes:
    return render_word(directive_letter())


def test_a_directive_goes_from_a_watched_folder_to_the_offices(office: Office) -> None:
    watched = office.folder / "van-thu"
    (watched / "512").mkdir(parents=True)
    (watched / "512" / "512.yaml").write_text(SHEET, encoding="utf-8")
    (watched / "512" / "cong-van.docx").write_bytes(letter())
    with office.configured("doors: [{folder: {name: van-thu, path: van-thu}}]\n") as app:
        office.turns(app)
        office.assert_distributed(app, "van-thu")
        assert app.exchange is None
    assert (watched / "done" / "512" / "cong-van.docx").is_file()


def test_a_clerk_reads_in_vietnamese_why_a_file_was_refused(office: Office) -> None:
    watched = office.folder / "van-thu"
    watched.mkdir()
    (watched / "bad.edxml").write_text("<!DOCTYPE edXML><edXML/>", encoding="utf-8")
    (watched / "a.yaml").write_text(SHEET.replace("08/05", "31/02"), encoding="utf-8")
    (watched / "cong-van.docx").write_bytes(letter())
    with office.configured("doors: [{folder: {name: van-thu, path: van-thu}}]\n") as app:
        office.turns(app)
    told = (watched / "refused" / "bad.edxml.ly-do.txt").read_text("utf-8-sig")
    assert "Lý do: tệp có phần khai báo kiểu tài liệu (DTD)" in told
    assert "(chi tiết kỹ thuật: edXML file cannot be read: it has a document type" in told
    told = (watched / "refused" / "a.ly-do.txt").read_text("utf-8-sig")
    assert 'Lý do: dòng 3: "31/02/2024" không phải là ngày' in told


def test_a_directive_goes_from_a_mapped_office_to_the_offices(office: Office) -> None:
    doors = """\
doors:
  - rest:
      name: ioffice
      mapping: mappings/ioffice.yaml
      addresses: {{main: "{main}", files: "{files}"}}
      username: vanthu
      password: {{env: DONDOC_TEST_SECRET}}
"""
    with IOffice(password=SECRET) as system:
        system.receive(
            Incoming(
                code="512/UBND-VH",
                subject=SUBJECT,
                issued_on=date(2024, 5, 8),
                arrived=NOW - timedelta(hours=1),
                files=(StoredFile("cong-van.docx", letter()),),
            )
        )
        text = doors.format(main=system.url, files=system.file_url)
        with office.configured(text) as app:
            office.turns(app)
            office.assert_distributed(app, "ioffice")
            before = len(list(app.ledger.events()))
        # Another process: what the mapping cannot acknowledge is listed again, and not taken again.
        with office.configured(text) as app:
            office.turns(app)
            office.turns(app)
            raws = [raw for raw in app.ledger.select(RawState) if raw.account == "ioffice"]
            assert len(raws) == 1
            assert len(office.hub.mail_for(COMMUNE)) == 1
            assert before <= len(list(app.ledger.events())) <= before + 4  # our own blind copies
            assert [check.what for check in examine_doors(app, NOW) if "door" in check.name] == [
                "answers: lists 0 document(s)"
            ]


def test_a_directive_goes_from_the_provincial_axis_to_the_offices(office: Office) -> None:
    account = Account(username="dondoc", password=SECRET, application_code="DONDOC")
    unit = Agency(code=UNIT, name="UBND huyện Hữu Lũng", system="ours")
    with Axis(
        office.folder / "axis", {"ours": SECRET}, [account], [unit], now=office.clock.now
    ) as axis:
        text = f"""\
exchange:
  name: truc
  protocol: lgsp
  url: {axis.url}
  system_id: ours
  secret: {{env: DONDOC_TEST_SECRET}}
  lgsp: {{username: dondoc, password: {{env: DONDOC_TEST_SECRET}}, application_code: DONDOC}}
"""
        with office.configured(text) as app:
            assert app.exchange is not None
            assert Ability.SENT_LIST not in app.exchange.exchange.abilities
            app.exchange.exchange.send(
                Inline(directive.issued(NOW)),
                kind=PacketKind.DOCUMENT,
                sender=UNIT,
                receivers=[UNIT],
            )
            assert {check.name: check.ok for check in examine_doors(app, NOW)}["exchange"]
            office.turns(app)
            office.assert_distributed(app, "truc")


def test_a_vxp_node_stays_what_is_built_by_default(office: Office) -> None:
    text = "exchange: {url: http://127.0.0.1:9, system_id: x, secret: {env: DONDOC_TEST_SECRET}}\n"
    with office.configured(text) as app:
        assert app.exchange is not None
        assert app.doors == (app.exchange,)
        assert app.exchange.exchange.abilities == frozenset(Ability)


def test_what_a_mapped_office_sent_itself_is_followed_in_its_sent_list(office: Office) -> None:
    """The commune has it by the exchange and gets no mail; what it made of it is known."""
    campaign = office.folder / "campaign.yaml"
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(text.replace('exchange: "off"', "exchange: follow"), encoding="utf-8")
    directory = office.folder / "directory.yaml"
    offices = directory.read_text(encoding="utf-8")
    assert "organ_id" not in offices
    directory.write_text(
        offices.replace("id: xa-yen-son", "id: xa-yen-son\n    organ_id: H37.99.18"),
        encoding="utf-8",
    )
    doors = """\
doors:
  - rest:
      name: ioffice
      mapping: mappings/ioffice.yaml
      addresses: {{main: "{main}", files: "{files}"}}
      username: vanthu
      password: {{env: DONDOC_TEST_SECRET}}
"""
    with IOffice(password=SECRET) as system:
        file = StoredFile("cong-van.docx", letter())
        system.receive(
            Incoming(
                code="512/UBND-VH",
                subject=SUBJECT,
                issued_on=date(2024, 5, 8),
                arrived=NOW - timedelta(hours=1),
                files=(file,),
            )
        )
        key = system.send(
            Outgoing(
                code="512/UBND-VH",
                subject=SUBJECT,
                sent=NOW - timedelta(hours=1),
                receivers=(Receiver(code="H37.99.18", name="UBND xã Yên Sơn"),),
            )
        )
        with office.configured(doors.format(main=system.url, files=system.file_url)) as app:
            office.turns(app)
            (sent,) = app.ledger.select(DispatchState)
            assert (sent.followed, sent.status) == (True, DispatchStatus.ACCEPTED)
            system.set_state(key, "H37.99.18", "Đã nhận", office.clock.instant)
            office.turns(app)
            (sent,) = app.ledger.select(DispatchState)
            assert sent.status is DispatchStatus.REGISTERED
            office.clock.instant += timedelta(days=3)
            office.turns(app)
        assert office.hub.mail_for(COMMUNE) == []
