"""An office with a letter to many others, in a store on disk, whose mail goes to one server."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from aiosmtpd.controller import Controller

from connector.email.memory import MemoryHub, MemoryMailbox
from connector.email.smtp import SmtpTransport
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from connector.store.postgresql import Server
from domain.campaign import (
    Campaign,
    ChannelChoice,
    ExchangeMode,
    IntakeRule,
    RecipientRule,
    RoundRule,
)
from domain.content import whole
from domain.directive import Directive, StoredFile
from domain.exchange import Organ
from domain.facts import About, DirectiveTaken, Event
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.mail import OwnCopy
from domain.office import Directory, Office
from domain.ports import EvidenceStore
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App, Inbox, MailDoor
from dondoc.services.rounds import first_round
from dondoc.services.turn import HandOver, turn
from mappings.reply.phrase_lists import default_phrases
from schedulers.calendar import WorkingCalendar
from schedulers.quiet import QuietHours
from tests.servers.process import free_ports

BY_NIGHT = datetime(2024, 5, 8, 15, tzinfo=UTC)  # 22:00 in Ha Noi
IN_THE_MORNING = BY_NIGHT + timedelta(hours=10)
OWN = Address("nq47@huulung.example")

_CAMPAIGN = Campaign(
    id=CampaignId("nq47"),
    title="Triển khai Nghị quyết số 47/NQ-CP",
    intake=IntakeRule(number="512"),
    recipients=(RecipientRule(group="xa", channels=ChannelChoice.PREFER_EMAIL),),
    rounds=RoundRule(yearly=False, due_on=date(2024, 11, 10)),
    exchange=ExchangeMode.OFF,
)


def attachment(size: int) -> bytes:
    """Return bytes that nothing can make smaller, as those of a scanned letter."""
    return Random(47).randbytes(size)


@contextmanager
def opened(
    folder: Path,
    count: int,
    port: int,
    *,
    domain: str = "xa.example",
    connections: int = 1,
    box: MemoryHub | None = None,
    database: Server | None = None,
    evidence: EvidenceStore | None = None,
) -> Iterator[App]:
    """Yield the office over its store, which is made where it is missing.

    With a ``box`` blind copies are asked for, and looked for there. The ledger is in a file in the
    folder, or in a ``database``; ``evidence`` takes the place of a folder.
    """
    with (
        closing(_ledger(folder, database)) as ledger,
        SmtpTransport("127.0.0.1", port, security="none", connections=connections) as transport,
    ):
        yield App(
            ledger=ledger,
            evidence=evidence or FolderEvidence(folder / "evidence"),
            output=folder / "output",
            spool=None,
            unit=Organ(organ_id=OrganId("H37.99"), name="UBND huyện Hữu Lũng"),
            place="Hữu Lũng",
            exchange=None,
            mail=MailDoor(
                name="nq47",
                address=OWN,
                display_name="UBND huyện Hữu Lũng",
                domain="huulung.example",
                transport=transport,
                inbox=Inbox(
                    name="nq47",
                    protocol="imap",
                    mailbox=MemoryMailbox("nq47", box or MemoryHub([OWN]), OWN),
                    folders=("INBOX",),
                    addresses=(OWN,),
                ),
                plus_addressing=True,
                own_copy=OwnCopy.NEVER if box is None else OwnCopy.ALWAYS,
                connections=connections,
                quiet=QuietHours(begins=time(21), ends=time(6, 30)),
            ),
            directory=Directory(_offices(count, domain)),
            campaigns={_CAMPAIGN.id: _CAMPAIGN},
            calendar=WorkingCalendar(),
            token_key=lambda: b"k" * 32,
            phrases=default_phrases(),
        )


def _ledger(folder: Path, database: Server | None) -> SqlLedger:
    if database is None:
        return SqlLedger.open(folder / "ledger.sqlite")
    return SqlLedger.connect(database)


@contextmanager
def serving(handler: object) -> Iterator[int]:
    """Have a server of aiosmtpd take mail with this handler, and yield its port."""
    (port,) = free_ports(1)
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def write_letters(app: App, file: bytes) -> None:
    """Take the directive with its file and write a letter to every office; none leaves yet."""
    _take(app, file)
    turn(app, BY_NIGHT)


def hand_over(app: App, by: HandOver | None = None) -> None:
    """Send what waits, and see that every letter was taken."""
    turn(app, IN_THE_MORNING, hand_over=by)
    rows = app.ledger.select(DispatchState)
    taken = sum(row.status is DispatchStatus.ACCEPTED for row in rows)
    if taken != len(app.directory.offices):
        raise RuntimeError(f"only {taken} of {len(app.directory.offices)} letters were taken")


def message_size(app: App) -> int:
    """Return the octets of one letter."""
    return len(whole(app.evidence.content(app.ledger.select(DispatchState)[0].content)))


def address(number: int, domain: str = "xa.example") -> Address:
    """Return the address of one office, counted from 1."""
    return Address(f"vanphong{number}@{domain}")


def _offices(count: int, domain: str) -> list[Office]:
    return [
        Office(
            id=OfficeId(f"xa-{number}"),
            name=f"UBND xã Yên Sơn {number}",
            groups=("xa",),
            emails=(address(number, domain),),
        )
        for number in range(1, count + 1)
    ]


def _take(app: App, file: bytes) -> None:
    """Record the directive as taken, with its file, and its round as opened."""
    stored = StoredFile(
        name="Công văn 512.pdf",
        digest=app.evidence.put(file),
        size=len(file),
        media_type="application/pdf",
    )
    directive = Directive(
        number="512",
        notation="UBND-VH",
        issued_on=date(2024, 5, 8),
        issuer="UBND huyện Hữu Lũng",
        issuer_organ=OrganId("H37.99"),
        subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP của Chính phủ",
        type_name="Công văn",
        document_id="H37.99,2024,512/UBND-VH",
        files=(stored,),
    )
    taken = DirectiveTaken(about=About(campaign=_CAMPAIGN.id), directive=directive)
    event = Event(source="bench", source_key="directive", occurred_at=BY_NIGHT, fact=taken)
    opened = first_round(app, _CAMPAIGN, directive, BY_NIGHT)
    app.ledger.append([event, *opened], recorded_at=BY_NIGHT)
