"""A campaign that is under way, and the mail that its offices answer with, for the mail benchmarks.

The example's directory, made larger, got the directive by mail; each answer is written by a
program of its own kind from the letter that the office really got.
"""

import io
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from PIL import Image

from bench.bench_reading import grown
from connector.email.memory import MemoryHub, MemoryMailbox, MemoryTransport
from connector.eoffice.memory import MemoryHub as ExchangeHub
from domain.campaign import ExchangeMode
from domain.content import Inline, gathered
from domain.errors import InvariantViolation
from domain.exchange import Agency, Attachment, Packet, PacketKind
from domain.mail import OwnCopy
from domain.office import Office
from domain.ports import Mailbox
from domain.state import DispatchState
from dondoc.app import App, ExchangeDoor, MailDoor
from dondoc.bootstrap import SystemClock, open_app
from dondoc.demo.office_mail import OfficeMail, Received, write
from dondoc.services.turn import turn
from dondoc.settings.load import load_settings
from dondoc.settings.store import StoreSettings
from mappings.edxml.write import write_packet

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config" / "dondoc.yaml"
ISSUED = datetime(2024, 5, 8, 2, tzinfo=UTC)
ANSWERED = datetime(2024, 10, 21, 2, tzinfo=UTC)
SECRETS = ("DONDOC_TOKEN_KEY", "DONDOC_MAIL_PASSWORD", "DONDOC_EXCHANGE_SECRET")
REPORT_EVERY = 5
"""One in so many answers brings a report, as a scanned PDF."""

NAMES = ("Hoàng Thị Mai", "Nông Văn Lực", "Vi Thị Hằng", "Lăng Văn Tuấn", "Triệu Thị Nga")
TAKEN = (
    "Văn phòng {office} xác nhận đã nhận được Công văn số 512/UBND-VH và sẽ tham mưu lãnh đạo "
    "triển khai thực hiện theo đúng nội dung chỉ đạo, gửi báo cáo trước thời hạn quy định.",
    "Đơn vị đã nhận được văn bản và các tài liệu kèm theo. Lãnh đạo đã giao bộ phận chuyên môn "
    "nghiên cứu, triển khai trong toàn cơ quan.",
    "Em đã nhận được công văn ạ. Em sẽ chuyển lãnh đạo xử lý.",
    "{office} đã tiếp nhận công văn và vào sổ văn bản đến số {number}.",
)
REPORTING = (
    "{office} gửi báo cáo kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024 (bản ký số kèm theo).",
    "Kính gửi quý phòng Báo cáo số {number}/BC-UBND về kết quả triển khai thực hiện Công văn số "
    "512/UBND-VH. Đề nghị quý phòng xác nhận giúp.",
)


@contextmanager
def office(folder: Path, *, larger: bool = True) -> Iterator[App]:
    """Yield the example's office, with a larger directory if so, on a store below a folder."""
    os.environ.update(dict.fromkeys(SECRETS, "not asked for by anybody"))
    settings = load_settings(CONFIG)
    store = StoreSettings(
        database=folder / "ledger.sqlite", evidence=folder / "evidence", output=folder / "output"
    )
    directory = grown(settings.directory) if larger else settings.directory
    settings = replace(settings, store=store, exchange=None, directory=directory)
    with open_app(settings, SystemClock(), create=True) as app:
        yield replace(
            app,
            campaigns={
                name: replace(rule, exchange=ExchangeMode.OFF)
                for name, rule in app.campaigns.items()
            },
            token_key=lambda: b"k" * 32,
        )


def begin(app: App) -> None:
    """Let the directive come and go by mail to every office that has an address."""
    boxes = [address for office in app.directory.offices for address in office.emails]
    hub = MemoryHub([own(app).address, *boxes])
    box = MemoryMailbox(own(app).name, hub, own(app).address)
    door = replace(own(reading(app, box)), transport=MemoryTransport(hub), own_copy=OwnCopy.NEVER)
    turn(replace(app, exchange=_directive(app), mail=door), ISSUED)


def own(app: App) -> MailDoor:
    """Return the example's mail account."""
    if app.mail is None:
        raise InvariantViolation("the example configuration has no mail account")
    return app.mail


def reading(app: App, mailbox: Mailbox) -> App:
    """Return the application with another mailbox behind its account."""
    door = own(app)
    return replace(app, mail=replace(door, inbox=replace(door.inbox, mailbox=mailbox)))


def _directive(app: App) -> ExchangeDoor:
    """Return an exchange on which the directive of the example's campaign waits for us."""
    packet = Packet(
        sender=app.unit,
        receivers=(app.unit,),
        document_id="bench-512",
        code_number="512",
        code_notation="UBND-VH",
        promulgated_on=date(2024, 5, 8),
        type_name="Công văn",
        subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ",
        attachments=(
            Attachment(name="phu-luc.txt", content_type="text/plain", content=Inline(b"Bench")),
        ),
    )
    hub = ExchangeHub(now=lambda: ISSUED)
    agency = Agency(id="1", code=app.unit.organ_id, old_code=None, name=app.unit.name)
    hub.register(agency, system_id="bench")
    exchange = hub.connect("bench")
    content = Inline(gathered(lambda out: write_packet(packet, out)))
    own = app.unit.organ_id
    exchange.send(content, kind=PacketKind.DOCUMENT, sender=own, receivers=[own])
    return ExchangeDoor(name="bench", exchange=exchange)


def answers(app: App, count: int, *, seed: int = 47) -> Iterator[bytes]:
    """Yield what the offices answer: about 3 KB, every fifth with a scanned report of 150 KB."""
    draw = random.Random(seed)
    letters = [
        (app.directory.get(dispatch.office), Received.of(app.evidence.get(dispatch.content)))
        for dispatch in app.ledger.select(DispatchState)
    ]
    scan = _scan(draw)
    for number in range(count):
        office, letter = letters[number % len(letters)]
        if office is not None:
            yield _answer(draw, office, letter, number, scan)


def _answer(
    draw: random.Random, office: Office, letter: Received, number: int, scan: bytes
) -> bytes:
    report = number % REPORT_EVERY == 0
    at = ANSWERED + timedelta(seconds=number)
    words = draw.choice(REPORTING if report else TAKEN).format(office=office.name, number=number)
    signature = f"Trân trọng!\n--\n{draw.choice(NAMES)}\nVăn thư, {office.name}"
    file = (f"BC_{number}_signed.pdf", "application/pdf", scan + b"%% %d\n" % number)
    message = write(
        OfficeMail(
            sender=office.emails[0],
            sender_name=office.name,
            to=letter.reply_to,
            subject=f"Re: {letter.subject}",
            text=f"Kính gửi: Phòng Văn hóa và Thông tin,\n\n{words}\n\n{signature}",
            at=at,
            answers=letter,
            files=[file] if report else (),
        )
    )
    return _traces(office, number) + message


def _traces(office: Office, number: int) -> bytes:
    """Return what the mail systems on the way write above a message."""
    sender = office.emails[0]
    host = sender.partition("@")[2]
    hops = "".join(
        f"Received: from mx{hop}.{host} (mx{hop}.{host} [192.0.2.{hop}])\r\n"
        f"\tby mail.huulung.example (Postfix) with ESMTPS id 4XbC{number:08X}{hop}\r\n"
        f"\tfor <nq47@huulung.example>; Mon, 21 Oct 2024 09:00:0{hop} +0700 (+07)\r\n"
        for hop in (3, 2, 1)
    )
    return (
        f"Return-Path: <{sender}>\r\nDelivered-To: nq47@huulung.example\r\n{hops}"
        f"X-Mailer: Zimbra 8.8.15_GA_4007 (ZimbraWebClient - GC124 (Win)/8.8.15_GA_4007)\r\n"
        f"Thread-Topic: {number:032x}\r\n"
    ).encode()


def _scan(draw: random.Random) -> bytes:
    """Return a page as a scanner makes it: one picture, no text."""
    page = Image.frombytes("L", (250, 353), draw.randbytes(250 * 353)).resize((700, 990))
    out = io.BytesIO()
    page.save(out, "PDF", quality=40)
    return out.getvalue()
