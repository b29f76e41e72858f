"""Offices, rules, letters and doors of the services' small world."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

from connector.email.memory import MemoryHub as MailSystem
from connector.email.memory import MemoryMailbox, MemoryTransport
from connector.eoffice.memory import MemoryExchange
from connector.eoffice.memory import MemoryHub as ExchangeSystem
from domain.campaign import (
    Campaign,
    ChannelChoice,
    CompileRule,
    Expected,
    ForwardRule,
    IntakeRule,
    RecipientRule,
    RoundRule,
)
from domain.content import Content, whole
from domain.exchange import (
    Agency,
    Packet,
    PacketKind,
    SentPacket,
    Settlement,
    WaitingPacket,
)
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.mail import Acceptance, Envelope, MailArrival, MailCursor
from domain.office import Office
from dondoc.demo import directive
from tests.edxml_files import attached, read, written

START = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
CAMPAIGN = CampaignId("nq47")
YEN_SON = OfficeId("xa-yen-son")
MINH_TIEN = OfficeId("xa-minh-tien")
Y_TE = OfficeId("phong-y-te")
LANH_DAO = OfficeId("lanh-dao-ubnd")
SO = OfficeId("so-thong-tin")
MAILBOX = Address("nq47@huulung.example")
UNIT = directive.UNIT.organ_id
PRIVATE = Address("nguyen.van.ban@thucanhan.example")

OFFICES = (
    Office(
        id=YEN_SON,
        name="UBND xã Yên Sơn",
        groups=("xa",),
        organ_id=OrganId("H37.99.1"),
        organ_id_old=OrganId("000.01.99.H37"),
        emails=(Address("xayenson@huulung.example"),),
    ),
    Office(
        id=MINH_TIEN,
        name="UBND xã Minh Tiến",
        groups=("xa",),
        emails=(Address("xaminhtien@huulung.example"),),
    ),
    Office(id=Y_TE, name="Phòng Y tế", groups=("phong",), organ_id=OrganId("H37.99.2")),
    Office(
        id=LANH_DAO,
        name="Lãnh đạo UBND huyện",
        groups=("biet",),
        emails=(Address("lanhdao@huulung.example"),),
    ),
    Office(
        id=SO,
        name="Sở Thông tin và Truyền thông",
        organ_id=OrganId("H37.8"),
        emails=(Address("vanthu@sotttt.example"),),
    ),
)

RULES = Campaign(
    id=CAMPAIGN,
    title="Triển khai thực hiện Nghị quyết số 47/NQ-CP",
    intake=IntakeRule(number="512", notation="UBND-VH", subject_contains=("47/NQ-CP",)),
    recipients=(
        RecipientRule(group="xa", channels=ChannelChoice.BOTH),
        RecipientRule(group="phong", expected=Expected.ACKNOWLEDGEMENT),
        RecipientRule(
            group="biet", expected=Expected.INFORMATION, channels=ChannelChoice.PREFER_EMAIL
        ),
    ),
    rounds=RoundRule(yearly=True, due_month=11, due_day=10),
    compile=CompileRule(
        title="Kết quả triển khai Nghị quyết số 47/NQ-CP",
        parent_name="UBND HUYỆN HỮU LŨNG",
        issuer_name="PHÒNG VĂN HÓA VÀ THÔNG TIN",
        number_notation="BC-VHTT",
        signer_position="TRƯỞNG PHÒNG",
        signer_name="Nguyễn Văn A",
    ),
    forward=ForwardRule(office=SO),
    keywords=("NQ47",),
)


class Faulty(MemoryExchange):
    """The exchange of one system that fails as told: ``errors`` holds one error per operation."""

    def __init__(self, hub: ExchangeSystem, system_id: str) -> None:
        super().__init__(hub, system_id)
        self.errors: dict[str, Exception] = {}
        self.sent_bytes: list[bytes] = []
        self.settled: dict[str, Settlement] = {}
        self.lists_asked: list[str | None] = []
        """The docIds that the sent list was asked for, None for all of it."""
        self.listed: list[SentPacket] = []
        """What the e-office has sent besides, as the sent list shows it."""

    def _fail(self, operation: str) -> None:
        if operation in self.errors:
            raise self.errors[operation]

    def send(
        self, content: Content, *, kind: PacketKind, sender: OrganId, receivers: Sequence[OrganId]
    ) -> str:
        self._fail("send")
        self.sent_bytes.append(whole(content))
        doc_id = super().send(content, kind=kind, sender=sender, receivers=receivers)
        self._fail("answer")
        return doc_id

    def waiting(self, kind: PacketKind) -> list[WaitingPacket]:
        self._fail("waiting")
        return super().waiting(kind)

    def fetch(self, doc_id: str, into: BinaryIO) -> None:
        self._fail("fetch")
        super().fetch(doc_id, into)

    def settle(self, doc_id: str, outcome: Settlement, reason: str = "") -> None:
        self._fail("settle")
        self.settled[doc_id] = outcome
        super().settle(doc_id, outcome, reason)

    def sent(self, kind: PacketKind, doc_id: str | None = None) -> list[SentPacket]:
        self._fail("sent")
        self.lists_asked.append(doc_id)
        found = [row for row in self.listed if doc_id in (None, row.doc_id)]
        return [*super().sent(kind, doc_id), *found]

    def agencies(self) -> list[Agency]:
        self._fail("agencies")
        return super().agencies()


class Line(MemoryTransport):
    """The way to the mail system; ``cut`` raises before anything leaves."""

    def __init__(self, hub: MailSystem) -> None:
        super().__init__(hub)
        self.cut: Exception | None = None
        self.tried = 0

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        self.tried += 1
        if self.cut is not None:
            raise self.cut
        return super().send(envelope, message)


class Reader(MemoryMailbox):
    """Our mailbox; ``cut`` makes it unreachable while the mail system goes on."""

    cut: Exception | None = None

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        if self.cut is not None:
            raise self.cut
        return super().arrivals(mailbox, after)

    def contains(self, mailbox: str, message_id: Any) -> bool:
        if self.cut is not None:
            raise self.cut
        return super().contains(mailbox, message_id)

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        if self.cut is not None:
            raise self.cut
        return super().mentioning(mailbox, word)

    def newest_headers(self, mailbox: str, most: int) -> list[bytes]:
        if self.cut is not None:
            raise self.cut
        return super().newest_headers(mailbox, most)


@functools.cache
def issued() -> bytes:
    """Return the issued letter as the district's e-office puts it on the exchange."""
    return directive.issued(START)


@functools.cache
def letter() -> Packet:
    """Return the issued letter as a packet, for variants of it."""
    packet = read(issued()).packet
    assert isinstance(packet, Packet)
    return packet


NOTE = attached("512-UBND-VH.txt", b"Xem van ban.", "text/plain")


@functools.cache
def short_letter() -> bytes:
    """Return the issued letter with a few octets attached: most tests do not read its files."""
    return written(replace(letter(), attachments=(NOTE,)))
