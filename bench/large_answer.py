"""A small district with one office, and its answer of any size: what `bench_large` has read.

The directive is sent and the answer taken in through a watched folder, as the daemon does both;
the ledger and the evidence stay on the disk for the process that reads the answer.
"""

import io
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2

from connector.eoffice.folder import FolderDoor
from connector.eoffice.memory import MemoryHub
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.campaign import (
    Campaign,
    ChannelChoice,
    CompileRule,
    ForwardRule,
    IntakeRule,
    RecipientRule,
    RoundRule,
)
from domain.content import Inline
from domain.exchange import Agency, Attachment, Organ, Packet, PacketKind, ResponseFor
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.kinds import ReplyKind
from domain.office import Directory, Office
from domain.state import DispatchState, ReplyState
from dondoc.app import App, ExchangeDoor
from dondoc.demo import directive
from dondoc.demo.reports import report_files
from dondoc.services.collect import collect
from dondoc.services.packets import files
from dondoc.services.reading import read_arrived
from dondoc.services.turn import turn
from mappings.edxml.write import write_packet
from mappings.reply.phrase_lists import default_phrases
from schedulers.calendar import WorkingCalendar

MEGABYTE = 1_000_000
FILES = ((60, "bang-ke.pdf"), (30, "bao-cao.docx"), (30, "phu-luc.docx"), (30, "ban-ky.pdf"))
"""Megabytes of each file; the first is no PDF and too large to be looked into."""

LIMIT = 256 * 1024 * 1024
NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
COMMUNE = Office(
    id=OfficeId("xa-yen-son"),
    name="UBND xã Yên Sơn",
    groups=("xa",),
    organ_id=OrganId("H37.99.1"),
    emails=(Address("xayenson@huulung.example"),),
)
CAMPAIGN = Campaign(
    id=CampaignId("nq47"),
    title="Triển khai thực hiện Nghị quyết số 47/NQ-CP",
    intake=IntakeRule(number="512", notation="UBND-VH", subject_contains=("47/NQ-CP",)),
    recipients=(RecipientRule(group="xa", channels=ChannelChoice.PREFER_EXCHANGE),),
    rounds=RoundRule(yearly=True, due_month=11, due_day=10),
    compile=CompileRule(
        title="Kết quả triển khai Nghị quyết số 47/NQ-CP",
        parent_name="UBND HUYỆN HỮU LŨNG",
        issuer_name="PHÒNG VĂN HÓA VÀ THÔNG TIN",
        number_notation="BC-VHTT",
        signer_position="TRƯỞNG PHÒNG",
        signer_name="Nguyễn Văn A",
    ),
    forward=ForwardRule(office=COMMUNE.id),
)


def ask(folder: Path) -> None:
    """Send the directive to the office, and take in the answer that it gives."""
    hub = MemoryHub(now=lambda: NOW)
    for organ, name in ((directive.UNIT.organ_id, "one"), (OrganId("H37.99.1"), "two")):
        hub.register(Agency(id=name, code=organ, old_code=None, name=name), system_id=name)
    exchange = ExchangeDoor(name="truc", exchange=hub.connect("one"))
    inbox = folder / "inbox"
    inbox.mkdir()
    with _app(folder, exchange, create=True) as app:
        letter, unit = Inline(directive.issued(NOW)), directive.UNIT.organ_id
        exchange.exchange.send(letter, kind=PacketKind.DOCUMENT, sender=unit, receivers=[unit])
        turn(app, NOW)
        (dispatch,) = app.ledger.select(DispatchState)
        with (inbox / "answer.edxml").open("wb") as out:
            write_packet(_answer(dispatch.document_id or ""), out, files=files(app))
    with _app(folder, _watching(inbox), create=False) as app:
        # A file is taken when it is the same at a second look.
        if collect(app, LATER) + collect(app, LATER) != 1:
            sys.exit("the answer was not taken in")


def _watching(inbox: Path) -> ExchangeDoor:
    door = FolderDoor(
        inbox, name="ho-so", now=lambda: LATER, settle_seconds=0, document_limit=LIMIT
    )
    return ExchangeDoor(name="ho-so", exchange=door)


def read(folder: Path) -> None:
    """Read the answer that was taken in, and check that it counts as the report that it is."""
    with _app(folder, None, create=False) as app:
        read_arrived(app, LATER)
        (reply,) = app.ledger.select(ReplyState)
        if reply.kind is not ReplyKind.REPORT or len(reply.attachments) != len(FILES):
            sys.exit(f"the answer was read as {reply.kind} with {len(reply.attachments)} files")


@contextmanager
def _app(folder: Path, door: ExchangeDoor | None, *, create: bool) -> Iterator[App]:
    ledger = SqlLedger.open(folder / "answers.sqlite", create=create)
    try:
        yield App(
            ledger=ledger,
            evidence=FolderEvidence(folder / "evidence"),
            output=folder,
            spool=folder,
            unit=directive.UNIT,
            place="Hữu Lũng",
            exchange=door,
            mail=None,
            directory=Directory((COMMUNE,)),
            campaigns={CAMPAIGN.id: CAMPAIGN},
            calendar=WorkingCalendar(),
            token_key=lambda: b"k" * 32,
            phrases=default_phrases(),
        )
    finally:
        ledger.close()


def _answer(document_id: str) -> Packet:
    report = {name.rpartition(".")[2]: data for name, _, data in report_files("Yên Sơn", 1, LATER)}
    return Packet(
        sender=Organ(organ_id=OrganId("H37.99.1"), name=COMMUNE.name),
        receivers=(directive.UNIT,),
        document_id="H37.99.1,2024/10/01,15/BC-UBND",
        code_number="15",
        code_notation="BC-UBND",
        promulgated_on=LATER.date(),
        type_name="Báo cáo",
        subject="Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024",
        response_for=(ResponseFor(document_id=document_id),),
        sent_at=LATER,
        attachments=tuple(
            Attachment(name=name, content=Inline(_file(name, size * MEGABYTE, report)))
            for size, name in FILES
        ),
    )


def _file(name: str, size: int, report: dict[str, bytes]) -> bytes:
    """Return a report that is as large as its pictures make it; the largest is noise alone."""
    with Path("/dev/urandom").open("rb") as random:
        noise = random.read(size)
    if name == FILES[0][1]:
        return noise
    return _word(report["docx"], noise) if name.endswith("docx") else _pdf(report["pdf"], noise)


def _word(report: bytes, noise: bytes) -> bytes:
    out = io.BytesIO(report)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("word/media/image9.png", noise)
    return out.getvalue()


def _pdf(report: bytes, noise: bytes) -> bytes:
    document = pypdfium2.PdfDocument(report)
    document.new_attachment("image.bin").set_data(noise)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()
