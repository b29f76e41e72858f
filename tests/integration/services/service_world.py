"""A small district for the tests of the use cases: memory adapters, four offices, one clock.

Every office sits on the same exchange and mail system as Dondoc; tests write what an office sends
and let Dondoc's turn take it in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connector.email.memory import INBOX
from connector.email.memory import MemoryHub as MailSystem
from connector.eoffice.memory import MemoryExchange
from connector.eoffice.memory import MemoryHub as ExchangeSystem
from connector.store.memory import MemoryEvidence, MemoryLedger
from connector.store.replay import differences, rebuild
from domain.campaign import (
    Campaign,
    Channel,
)
from domain.content import Inline
from domain.exchange import (
    Agency,
    Organ,
    Packet,
    PacketKind,
    ResponseFor,
    StatusPacket,
)
from domain.ids import Address, OfficeId, OrganId
from domain.kinds import DispatchKind, ReviewKind
from domain.mail import OwnCopy
from domain.office import Directory, Office
from domain.state import (
    AssignmentState,
    DispatchState,
    RawState,
    ReplyState,
    ReviewState,
    RoundState,
)
from dondoc.app import App, ExchangeDoor, Inbox, MailDoor
from dondoc.demo import directive
from dondoc.demo.office_mail import OfficeMail, Received, write
from dondoc.demo.reports import report_files
from dondoc.services.turn import Turn, turn
from dondoc.simulators.mail.journal import Recipient, Transaction
from dondoc.simulators.mail.reports import report
from mappings.edxml.write import write_status
from mappings.reply.phrase_lists import default_phrases
from schedulers.calendar import WorkingCalendar
from tests.edxml_files import attached, written
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MAILBOX,
    OFFICES,
    PRIVATE,
    RULES,
    START,
    UNIT,
    Faulty,
    Line,
    Reader,
    short_letter,
)


@dataclass(slots=True)
class World:
    """Dondoc among its peers; time passes only when told to."""

    output: Path
    rules: Campaign = RULES
    copy_to_self: bool = True
    now: datetime = START
    app: App = field(init=False)
    exchange: Faulty = field(init=False)
    offices: MemoryExchange = field(init=False)
    mail: MailSystem = field(init=False)
    line: Line = field(init=False)
    box: Reader = field(init=False)
    letters: int = 0

    def __post_init__(self) -> None:
        hub = ExchangeSystem(now=lambda: self.now)
        hub.register(
            Agency(id="0", code=UNIT, old_code=None, name="UBND huyện Hữu Lũng"), system_id="ours"
        )
        for office in OFFICES:
            if office.organ_id:
                agency = Agency(
                    id=office.id,
                    code=office.organ_id,
                    old_code=office.organ_id_old,
                    name=office.name,
                )
                hub.register(agency, system_id="offices")
        self.exchange, self.offices = Faulty(hub, "ours"), hub.connect("offices")
        self.mail = MailSystem([MAILBOX, PRIVATE, *(a for o in OFFICES for a in o.emails)])
        self.line = Line(self.mail)
        self.box = Reader("nq47", self.mail, MAILBOX, max_message_octets=2_000_000)
        self.app = App(
            ledger=MemoryLedger(),
            evidence=MemoryEvidence(),
            output=self.output,
            spool=None,
            unit=directive.UNIT,
            place="Hữu Lũng",
            exchange=ExchangeDoor(name="truc", exchange=self.exchange),
            mail=MailDoor(
                name="nq47",
                address=MAILBOX,
                display_name="UBND huyện Hữu Lũng",
                domain="huulung.example",
                transport=self.line,
                inbox=Inbox(
                    name="nq47",
                    protocol="imap",
                    mailbox=self.box,
                    folders=(INBOX,),
                    addresses=(MAILBOX,),
                    max_octets=2_000_000,
                ),
                plus_addressing=True,
                own_copy=OwnCopy.ALWAYS if self.copy_to_self else OwnCopy.NEVER,
            ),
            directory=Directory(OFFICES),
            campaigns={self.rules.id: self.rules},
            calendar=WorkingCalendar(),
            token_key=lambda: b"k" * 32,
            phrases=default_phrases(),
        )

    def change(self, **members: Any) -> None:  # the App's own member types
        """Replace members of the application, as another configuration would."""
        self.app = replace(self.app, **members)

    def turn(self, *, later: timedelta = timedelta(), to: datetime | None = None) -> Turn:
        """Let time pass and run one turn."""
        self.now = to or self.now + later
        return turn(self.app, self.now)

    def began(self, content: bytes | None = None) -> "World":
        """Take the directive and bring it to everybody; nothing has come back yet."""
        self.put(short_letter() if content is None else content)
        self.turn()
        return self

    # What others put on the exchange and into our mailbox.

    def put(self, content: bytes, kind: PacketKind = PacketKind.DOCUMENT) -> str:
        """Let our own unit's e-office put a packet on the exchange for us."""
        return self.exchange.send(Inline(content), kind=kind, sender=UNIT, receivers=[UNIT])

    def put_status(
        self,
        dispatch: DispatchState,
        code: str,
        *,
        sender: str = "",
        document_id: str | None = None,
        description: str = "",
    ) -> str:
        """Let the receiver of a dispatch send a status message."""
        organ = OrganId(sender or dispatch.target)
        packet = StatusPacket(
            sender=Organ(organ_id=organ, name="đơn vị nhận"),
            response_for=ResponseFor(
                organ_id=UNIT,
                code="512/UBND-VH",
                document_id=dispatch.document_id or "" if document_id is None else document_id,
            ),
            code=code,
            description=description,
            at=self.now,
        )
        self.letters += 1
        return self._from_office(write_status(packet), PacketKind.STATUS)

    def _from_office(self, content: bytes, kind: PacketKind) -> str:
        return self.offices.send(
            Inline(content), kind=kind, sender=OrganId("H37.99.1"), receivers=[UNIT]
        )

    def put_answer(
        self,
        dispatch: DispatchState,
        *,
        by: str = "",
        number: str = "15",
        **members: Any,  # those of Packet
    ) -> str:
        """Let an office answer through the exchange with a document, a report unless changed."""
        organ = OrganId(by or dispatch.target)
        office = next(o for o in OFFICES if organ in (o.organ_id, o.organ_id_old))
        packet = Packet(
            sender=Organ(organ_id=organ, name=office.name),
            receivers=(directive.UNIT,),
            document_id=f"{organ},2024/10/01,{number}/BC-UBND",
            code_number=number,
            code_notation="BC-UBND",
            promulgated_on=self.now.date(),
            type_name="Báo cáo",
            subject="Kết quả thực hiện Nghị quyết số 47/NQ-CP năm 2024",
            response_for=(ResponseFor(organ_id=UNIT, document_id=dispatch.document_id or ""),),
            sent_at=self.now,
            attachments=tuple(
                attached(name, content, kind)
                for name, kind, content in report_files(office.name, 1, self.now)
            ),
        )
        content = written(replace(packet, **members))
        return self._from_office(content, PacketKind.DOCUMENT)

    def arrive(self, raw: bytes, *, to: str = MAILBOX, path: str = "ai.do@noikhac.example") -> None:
        """Put a message into our mailbox as a mail server delivers it."""
        trace = f"Return-Path: <{path}>\r\nDelivered-To: {to}\r\n".encode()
        self.mail.folder(MAILBOX).messages.append(trace + raw)

    def received(self, office: OfficeId, index: int = 0) -> Received:
        """Return a letter in an office's own mailbox."""
        address = self.office(office).emails[0]
        return Received.of(self.mail.mail_for(address)[index])

    def answer(
        self,
        office: OfficeId,
        text: str,
        *,
        files: Sequence[tuple[str, str, bytes]] = (),
        headers: Sequence[tuple[str, str]] = (),
        sender: str | None = None,
        subject: str | None = None,
        thread: bool = True,
        index: int = 0,
    ) -> bytes:
        """Let an office write to us, in the thread of our letter or as a message of its own."""
        received = self.received(office, index) if thread else None
        mail = OfficeMail(
            sender=sender or self.office(office).emails[0],
            sender_name=self.office(office).name,
            to=received.reply_to if received else MAILBOX,
            subject=subject or (f"Re: {received.subject}" if received else "Báo cáo"),
            text=text,
            at=self.now,
            answers=received,
            files=files,
            headers=headers,
        )
        raw = write(mail)
        self.arrive(raw, to=mail.to, path=mail.sender)
        return raw

    def report(
        self, office: OfficeId, *, corrected: bool = False, other_letter: bool = False
    ) -> list[tuple[str, str, bytes]]:
        """Return the files of an office's report."""
        index = [o.id for o in OFFICES].index(office)
        name = self.office(office).name
        return report_files(name, index, self.now, corrected=corrected, other_letter=other_letter)

    def dsn(self, dispatch: DispatchState, outcome: str, *, recipient: str = "") -> bytes:
        """Let the mail system report on one of our mails."""
        door = self.app.mail
        assert door is not None
        place = Recipient(
            address=Address(recipient or dispatch.target),
            outcome=outcome,  # type: ignore[arg-type] # one of the hub's three words
        )
        transaction = Transaction(
            sequence=1,
            at=self.now,
            sender=f"nq47+{dispatch.token}@huulung.example",
            recipients=(place,),
            message_id=dispatch.message_id or "",
            envelope_id=dispatch.token,
        )
        self.letters += 1
        raw = report(
            transaction,
            place,
            self.app.evidence.get(dispatch.content),
            hostname="mx.example",
            message_id=f"<dsn.{self.letters}@mx.example>",
            now=self.now,
        )
        self.arrive(raw, to=transaction.sender, path="")
        return raw

    # What Dondoc made of it.

    def office(self, office: OfficeId) -> Office:
        """Return an office of the directory."""
        found = self.app.directory.get(office)
        assert found is not None
        return found

    def dispatch(
        self,
        office: OfficeId,
        channel: Channel,
        kind: DispatchKind = DispatchKind.DIRECTIVE,
        index: int = 0,
    ) -> DispatchState:
        """Return one dispatch to an office over a channel, oldest first."""
        return self.dispatches(office, channel, kind)[index]

    def dispatches(
        self, office: OfficeId, channel: Channel, kind: DispatchKind = DispatchKind.DIRECTIVE
    ) -> list[DispatchState]:
        """Return the dispatches of one kind to an office over a channel, oldest first."""
        found = self.app.ledger.select(DispatchState, office=office)
        wanted = [d for d in found if d.channel is channel and d.kind is kind]
        return sorted(wanted, key=lambda d: (d.planned_at, d.occurrence))

    def reminders(self, office: OfficeId) -> list[DispatchState]:
        """Return every reminder to an office."""
        found = self.app.ledger.select(DispatchState, office=office)
        return [d for d in found if d.kind is DispatchKind.REMINDER]

    def assignment(self, office: OfficeId, round_name: str = "2024") -> AssignmentState:
        """Return where an office stands."""
        found = self.app.ledger.get(AssignmentState, (CAMPAIGN, round_name, office))
        assert found is not None
        return found

    def round(self, name: str = "2024") -> RoundState:
        """Return a round."""
        found = self.app.ledger.get(RoundState, (CAMPAIGN, name))
        assert found is not None
        return found

    def replies(self, office: OfficeId) -> list[ReplyState]:
        """Return the replies that are kept for an office, oldest first."""
        found = self.app.ledger.select(ReplyState, office=office)
        return sorted(found, key=lambda r: (r.received_at, r.reply))

    def reviews(self, kind: ReviewKind | None = None) -> list[ReviewState]:
        """Return what waits for a person."""
        found = self.app.ledger.select(ReviewState, open=True)
        return [r for r in found if kind in (None, r.kind)]

    def review(self, kind: ReviewKind) -> ReviewState:
        """Return the one review of a kind that waits."""
        (found,) = self.reviews(kind)
        return found

    def raws(self) -> Mapping[str, RawState]:
        """Return all raw input by its position."""
        return {raw.position: raw for raw in self.app.ledger.select(RawState)}

    def latest_raw(self) -> RawState:
        """Return the raw input that came last by mail."""
        mails = [r for r in self.app.ledger.select(RawState) if ":" in r.position]
        return max(mails, key=lambda r: int(r.position.partition(":")[2]))

    def events(self) -> int:
        """Return how many events are recorded."""
        return sum(1 for _ in self.app.ledger.events())

    def consistent(self) -> list[str]:
        """Return how the rows differ from what the events say; empty when they agree."""
        return differences(self.app.ledger, rebuild(self.app.ledger.events()))
