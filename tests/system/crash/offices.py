"""The offices of a campaign at work: they look for letters and answer them, each as it is wont.

They know nothing of the ledger, and are never killed: what they sent is what must be recorded.
"""

import functools
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from connector.eoffice.vxp import VxpExchange
from domain.content import Inline, gathered
from domain.errors import DeliveryUnknown, PeerUnavailable
from domain.exchange import (
    Attachment,
    Organ,
    Packet,
    PacketKind,
    ResponseFor,
    Settlement,
    StatusPacket,
)
from domain.ids import OfficeId, OrganId
from domain.kinds import ReplyKind
from domain.office import Office
from dondoc.demo import texts
from dondoc.demo.office_mail import OfficeMail, Received, write
from dondoc.demo.reports import number_of, report_files
from mappings.edxml.write import write_packet, write_status
from schedulers.calendar import local_day
from tests.edxml_files import read
from tests.integration.services.service_parts import UNIT
from tests.system.crash.place import BEGINNING, Place
from tests.system.crash.trouble import CODE

_NOTATION = "BC-UBND"

# What an office does, each after so many letters: the second is the reminder.
_BY_MAIL = (
    (("report", 1),),
    (("acknowledgement", 1), ("report", 1)),
    (("away", 1), ("report", 1)),
    (("report", 2),),
    (("acknowledgement", 1),),
)
_BY_EXCHANGE = (
    (("01", 1), ("03", 1), ("report", 1)),
    (("01", 1), ("report", 2)),
    (("01", 1), ("03", 1), ("report", 1)),
    (("01", 1),),
)
_KINDS = {
    "report": ReplyKind.REPORT,
    "large report": ReplyKind.REPORT,
    "acknowledgement": ReplyKind.ACKNOWLEDGEMENT,
    "more time": ReplyKind.EXTENSION_REQUEST,
}
_UNHEARD = 8
"""How often the exchange is asked whether it took something; more than it fails in a row."""
_LARGE = ("ban-do.pdf", "application/pdf", b"%PDF-1.4\n" + b"x" * 1_000_000)
"""What makes a report larger than our mailbox takes at first."""


@dataclass
class _Answering:
    """One office: what it has yet to do, and what it has got and sent."""

    office: Office
    index: int
    plan: deque[tuple[str, int]]
    letters: dict[str, Received | str] = field(default_factory=dict)
    """What it got, by Message-ID or DocumentId, in order; copies are one."""
    sent: Counter[ReplyKind] = field(default_factory=Counter)
    code: str = "512/UBND-VH"
    """The directive that it answers."""

    def wants(self, letters: int) -> bool:
        """Tell whether it will do something once it has so many letters."""
        return bool(self.plan) and self.plan[0][1] <= letters


class Offices:
    """All offices of one place that answer; ``client`` is the exchange's client of their system.

    Those that give trouble do what they are told by ``told``.
    """

    def __init__(self, place: Place, client: VxpExchange) -> None:
        self._place = place
        self._client = client
        self._by_mail: list[_Answering] = []
        self._by_organ: dict[OrganId, _Answering] = {}
        for number, office in enumerate(place.recipients):
            if office.organ_id:
                plan = _BY_EXCHANGE[number // 2 % len(_BY_EXCHANGE)]
                one = _Answering(office=office, index=number, plan=deque(plan))
                self._by_organ[office.organ_id] = one
            else:
                plan = _BY_MAIL[number // 2 % len(_BY_MAIL)]
                self._by_mail.append(_Answering(office=office, index=number, plan=deque(plan)))
        for office in place.troubled:
            one = _Answering(office=office, index=0, plan=deque(), code=CODE)
            if office.organ_id:
                self._by_organ[office.organ_id] = one
            else:
                self._by_mail.append(one)
        self._turn = deque(self._by_mail)

    def act(self, seconds: float, letters: int) -> None:
        """Look for letters and answer for so long; only what so many letters ask for is awaited."""
        end = time.monotonic() + seconds
        self._take_packets()
        for one in self._by_organ.values():
            self._do(one)
        for _ in range(len(self._turn)):
            one = self._turn[0]
            self._turn.rotate(-1)
            if one.wants(letters):
                self._look(one)
                self._do(one)
            if time.monotonic() > end:
                break

    def finished(self, letters: int) -> bool:
        """Tell whether everybody has done what so many letters ask for."""
        everybody = (*self._by_mail, *self._by_organ.values())
        return not any(one.wants(letters) for one in everybody)

    def told(self, office: OfficeId, deed: str) -> None:
        """Have an office do something once it has its first letter."""
        everybody = (*self._by_mail, *self._by_organ.values())
        next(one for one in everybody if one.office.id == office).plan.append((deed, 1))

    def replies(self) -> dict[OfficeId, Counter[ReplyKind]]:
        """Return what each office has sent that is to be recorded as a reply."""
        everybody = (*self._by_mail, *self._by_organ.values())
        return {one.office.id: Counter(one.sent) for one in everybody}

    def reported(self) -> Counter[str]:
        """Return how many documents each office has put on the exchange, by its identifier."""
        return Counter({organ: one.sent[ReplyKind.REPORT] for organ, one in self._by_organ.items()})

    def _look(self, one: _Answering) -> None:
        for raw in self._place.postfix.dovecot.messages(one.office.emails[0]):
            received = Received.of(raw)
            if not received.report:
                one.letters.setdefault(received.message_id, received)

    def _take_packets(self) -> None:
        for waiting in self._client.waiting(PacketKind.DOCUMENT):
            one = self._by_organ.get(OrganId(waiting.receiver))
            packet = read(gathered(partial(self._client.fetch, waiting.doc_id))).packet
            if one is not None and isinstance(packet, Packet):
                one.letters.setdefault(packet.document_id, packet.document_id)
            self._client.settle(waiting.doc_id, Settlement.DONE)

    def _do(self, one: _Answering) -> None:
        """Do the next thing that its letters ask for; the rest comes another time."""
        if not one.wants(len(one.letters)):
            return
        deed, letter = one.plan.popleft()
        got = list(one.letters.values())[letter - 1]
        if isinstance(got, Received):
            self._mail(one, deed, got)
        elif deed == "report":
            # A reminder names no document that could be answered; the first letter is.
            first = str(next(iter(one.letters)))
            self._send(one, PacketKind.DOCUMENT, self._report_packet(one, first))
        else:
            self._send(one, PacketKind.STATUS, self._status(one, deed, got))
        if deed in _KINDS:
            one.sent[_KINDS[deed]] += 1

    def _send(self, one: _Answering, kind: PacketKind, content: bytes) -> None:
        """Send to our unit; an answer that fails is asked for again, with the same octets."""
        for _ in range(_UNHEARD):
            with suppress(DeliveryUnknown, PeerUnavailable):
                self._client.send(
                    Inline(content),
                    kind=kind,
                    sender=OrganId(str(one.office.organ_id)),
                    receivers=[UNIT],
                )
                return
        raise AssertionError(f"the exchange does not take what {one.office.id} sends")

    def _mail(self, one: _Answering, deed: str, received: Received) -> None:
        mail = OfficeMail(
            sender=one.office.emails[0],
            sender_name=one.office.name,
            to=received.reply_to,
            subject=f"Re: {received.subject}",
            text="Đã nhận được văn bản.",
            at=self._place.now(),
            answers=received,
        )
        if one.code == CODE:
            mail = replace(mail, text=texts.SILENT_REPORT)
            files = _files(one.office.name, one.index) if "report" in deed else ()
            mail = replace(mail, files=(*files, _LARGE) if deed == "large report" else files)
            if deed == "more time":
                mail = replace(mail, text=texts.EXTENSION)
        elif deed == "report":
            words = texts.REPORT_LETTERS[one.index % len(texts.REPORT_LETTERS)]
            files = _files(one.office.name, one.index)
            mail = replace(mail, text=words.format(office=one.office.name), files=files)
        if deed == "away":
            mail = replace(
                mail,
                subject=f"Trả lời tự động: {received.subject}",
                text=texts.OUT_OF_OFFICE,
                answers=None,
                headers=[
                    ("Auto-Submitted", "auto-replied"),
                    ("In-Reply-To", received.message_id),
                ],
            )
        sender = "" if deed == "away" else mail.sender
        self._place.postfix.dovecot.deliver(write(mail), self._place.own, sender=sender)

    def _status(self, one: _Answering, code: str, document: str) -> bytes:
        return write_status(
            StatusPacket(
                sender=_organ(one),
                response_for=ResponseFor(organ_id=UNIT, code=one.code, document_id=document),
                code=code,
                at=self._place.now(),
            )
        )

    def _report_packet(self, one: _Answering, document: str) -> bytes:
        now = self._place.now()
        number = number_of(one.index)
        packet = Packet(
            sender=_organ(one),
            receivers=(Organ(organ_id=UNIT, name="UBND huyện Hữu Lũng"),),
            document_id=f"{one.office.organ_id},{local_day(now):%Y/%m/%d},{number}/{_NOTATION}",
            code_number=number,
            code_notation=_NOTATION,
            place="Hữu Lũng",
            promulgated_on=local_day(now),
            type_name="Báo cáo",
            subject="Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024",
            response_for=(ResponseFor(organ_id=UNIT, code=one.code, document_id=document),),
            sent_at=now,
            attachments=tuple(
                Attachment(name=name, content=Inline(content), content_type=media_type)
                for name, media_type, content in _files(one.office.name, one.index)
            ),
        )
        return gathered(partial(write_packet, packet))


def _organ(one: _Answering) -> Organ:
    return Organ(organ_id=OrganId(str(one.office.organ_id)), name=one.office.name)


@functools.cache
def _files(name: str, index: int) -> Sequence[tuple[str, str, bytes]]:
    """Return the files of an office's report, which every campaign has."""
    return report_files(name, index, BEGINNING)
