"""The simulated offices at work: each planned action becomes a message or a packet."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr
from functools import partial

from domain.content import Inline, gathered
from domain.exchange import Attachment, Organ, Packet, PacketKind, ResponseFor, StatusPacket
from domain.ids import Address, OfficeId, OrganId
from domain.office import Directory, Office
from dondoc.demo import texts
from dondoc.demo.agenda import Action, Agenda
from dondoc.demo.office_mail import OfficeMail, Received, read_receipt, write
from dondoc.demo.post import OfficePost
from dondoc.demo.reports import notation_of, number_of, report_files, scanned
from dondoc.demo.script import RENUMBERED, Script, Trait, Way
from mappings.edxml.write import write_packet, write_status
from schedulers.calendar import local_day

PRIVATE_ADDRESS = Address("nguyen.van.ban.1985@thucanhan.example")

_DIRECTIVE_CODE = "512/UBND-VH"
_FRESH_SUBJECT = "{office} gửi báo cáo thực hiện Công văn 512/UBND-VH"


class Acting:
    """Carries out the agenda. ``mailbox`` and ``unit`` are Dondoc's own."""

    def __init__(
        self,
        directory: Directory,
        scripts: Mapping[OfficeId, Script],
        agenda: Agenda,
        post: OfficePost,
        *,
        mailbox: Address,
        unit: OrganId,
    ) -> None:
        self._directory = directory
        self._scripts = scripts
        self._agenda = agenda
        self._post = post
        self._mailbox = mailbox
        self._unit = unit
        self._order = {o.id: index for index, o in enumerate(directory.offices)}
        self._deeds: dict[str, Callable[[Action, Office], None]] = {
            "status": self._status,
            "acknowledgement": self._acknowledge,
            "question": lambda a, o: self._answer(a, o, texts.QUESTION),
            "extension": lambda a, o: self._answer(a, o, texts.EXTENSION),
            "refusal": lambda a, o: self._answer(a, o, texts.REFUSAL),
            "out_of_office": self._out_of_office,
            "read_receipt": self._read_receipt,
            "wrong_letter": self._wrong_letter,
            "report": self._report,
            "corrected": self._corrected,
        }

    def act(self, now: datetime) -> int:
        """Do everything that is due and return how much that was."""
        due = self._agenda.due(now)
        for action in due:
            office = self._directory.get(OfficeId(action.office))
            if office is not None:
                self._deeds[action.what](action, office)
            self._agenda.done(action)
        return len(due)

    def _status(self, action: Action, office: Office) -> None:
        document_id, _, code = action.cause.partition("|")
        packet = StatusPacket(
            sender=Organ(organ_id=_signs(office), name=office.name),
            response_for=ResponseFor(organ_id=self._unit, code=code, document_id=document_id),
            code=action.detail.partition(" ")[0],
            at=action.at,
        )
        self._post.packet(
            write_status(packet), PacketKind.STATUS, packet.sender.organ_id, self._unit
        )

    def _received(self, office: Office, message_id: str | None = None) -> Received | None:
        """Return the letter that an office answers: the named one, or the first that it got."""
        for address in office.emails:
            for raw in self._post.arrived(address, 0):
                received = Received.of(raw)
                if not received.report and message_id in (None, received.message_id):
                    return received
        return None

    def _send(self, mail: OfficeMail, *, null_path: bool = False) -> None:
        self._post.mail("" if null_path else mail.sender, _bare(mail.to), write(mail))

    def _reply(self, action: Action, office: Office, received: Received, text: str) -> OfficeMail:
        return OfficeMail(
            sender=office.emails[0],
            sender_name=office.name,
            to=received.reply_to,
            subject=f"Re: {received.subject}",
            text=text,
            at=action.at,
            answers=received,
        )

    def _answer(self, action: Action, office: Office, text: str) -> None:
        received = self._received(office, action.cause)
        if received is not None:
            self._send(self._reply(action, office, received, text.format(office=office.name)))

    def _acknowledge(self, action: Action, office: Office) -> None:
        words = texts.ACKNOWLEDGEMENTS
        self._answer(action, office, words[self._order[office.id] % len(words)])

    def _out_of_office(self, action: Action, office: Office) -> None:
        received = self._received(office, action.cause)
        if received is None:
            return
        mail = OfficeMail(
            sender=office.emails[0],
            sender_name=office.name,
            to=received.reply_to,
            subject=f"Trả lời tự động: {received.subject}",
            text=texts.OUT_OF_OFFICE,
            at=action.at,
            headers=[
                ("Auto-Submitted", "auto-replied"),
                ("In-Reply-To", received.message_id),
            ],
        )
        self._send(mail, null_path=True)

    def _read_receipt(self, action: Action, office: Office) -> None:
        received = self._received(office, action.cause)
        if received is not None:
            receipt = read_receipt(received, office.emails[0], action.at)
            self._post.mail("", _bare(received.reply_to), receipt)

    def _wrong_letter(self, action: Action, office: Office) -> None:
        received = self._received(office, action.cause)
        if received is None:
            return
        mail = self._reply(action, office, received, texts.WRONG_LETTER.format(office=office.name))
        files = report_files(office.name, self._index(office), action.at, other_letter=True)
        self._send(_with(mail, files))

    def _index(self, office: Office) -> int:
        return self._order[office.id]

    def _report(self, action: Action, office: Office) -> None:
        script = self._scripts[office.id]
        received = self._received(office)
        way = _possible(script.way, office, received)
        nil = Trait.NIL in script.traits
        files = report_files(office.name, self._index(office), action.at, nil=nil)
        if way is Way.EXCHANGE:
            self._report_packet(action, office, files)
            return
        if way is Way.SILENT:
            files = [scanned()]
        mail = self._report_mail(action, office, way, received, nil=nil)
        for _ in range(2 if Trait.SENT_TWICE in script.traits else 1):
            self._send(_with(mail, [] if nil else files))

    def _report_mail(
        self, action: Action, office: Office, way: Way, received: Received | None, *, nil: bool
    ) -> OfficeMail:
        words = texts.REPORT_LETTERS[self._index(office) % len(texts.REPORT_LETTERS)]
        text = texts.NIL_REPORT if nil else words.format(office=office.name)
        if way is Way.THREAD and received is not None:
            return self._reply(action, office, received, text)
        subject = _FRESH_SUBJECT.format(office=office.name)
        sender = office.emails[0]
        if way is Way.SILENT:
            subject, text = "BC", texts.SILENT_REPORT
        if way is Way.PRIVATE:
            subject, text, sender = "BC NQ 47", texts.PRIVATE_REPORT, PRIVATE_ADDRESS
        return OfficeMail(
            sender=sender,
            sender_name=office.name if sender != PRIVATE_ADDRESS else "Nguyễn Văn Bản",
            to=self._mailbox,
            subject=subject,
            text=text,
            at=action.at,
        )

    def _report_packet(
        self, action: Action, office: Office, files: list[tuple[str, str, bytes]]
    ) -> None:
        organ = _signs(office)
        number = number_of(self._index(office))
        notation = notation_of(office.name)
        packet = Packet(
            sender=Organ(organ_id=organ, name=office.name),
            receivers=(Organ(organ_id=self._unit, name="UBND huyện Hữu Lũng"),),
            document_id=f"{organ},{local_day(action.at):%Y/%m/%d},{number}/{notation}",
            code_number=number,
            code_notation=notation,
            place="Hữu Lũng",
            promulgated_on=local_day(action.at),
            type_name="Báo cáo",
            subject="Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024",
            response_for=(
                ResponseFor(
                    organ_id=self._unit,
                    code=_DIRECTIVE_CODE,
                    document_id=self._answered(office),
                ),
            ),
            sent_at=action.at,
            attachments=tuple(
                Attachment(name=name, content=Inline(content), content_type=media_type)
                for name, media_type, content in files
            ),
        )
        self._post.packet(
            gathered(partial(write_packet, packet)), PacketKind.DOCUMENT, organ, self._unit
        )

    def _answered(self, office: Office) -> str:
        """Return the DocumentId of the directive as this office got it."""
        for action in self._agenda.every("status", office.id):
            return action.cause.partition("|")[0]
        return ""

    def _corrected(self, action: Action, office: Office) -> None:
        received = self._received(office)
        if received is None:
            return
        mail = self._reply(action, office, received, texts.CORRECTED_REPORT)
        files = report_files(office.name, self._index(office), action.at, corrected=True)
        self._send(_with(mail, files))


def _possible(way: Way, office: Office, received: Received | None) -> Way:
    """Replace a way that an office does not have: no mailbox, no identifier, no letter by mail."""
    if not office.emails:
        return Way.EXCHANGE
    if way is Way.EXCHANGE and not office.organ_id:
        way = Way.THREAD
    if way is Way.THREAD and received is None:
        return Way.FRESH
    return way


def _signs(office: Office) -> OrganId:
    """Return the identifier that an office's program writes as its own."""
    return RENUMBERED.get(office.id) or office.organ_id or OrganId("")


def _with(mail: OfficeMail, files: list[tuple[str, str, bytes]]) -> OfficeMail:
    return replace(mail, files=files)


def _bare(address: str) -> str:
    return parseaddr(address)[1]
