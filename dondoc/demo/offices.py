"""The simulated offices: what they notice and what they plan to do about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from domain.content import Inline
from domain.exchange import ExchangeStatus, Packet, PacketKind, StatusPacket
from domain.ids import OfficeId, OrganId
from domain.office import Directory, Office
from dondoc.demo.agenda import Action, Agenda
from dondoc.demo.office_mail import Received
from dondoc.demo.post import OfficePost
from dondoc.demo.script import RENUMBERED, Script, Trait
from mappings.edxml.read import read_packet
from schedulers.calendar import WorkingCalendar, at_local, local_day

REMINDER = "Đôn đốc"

_MORNING, _AFTERNOON = time(9, 0), time(14, 30)
_ASKS_ON = date(2024, 11, 4)
"""Monday of the week of the deadline, when such requests come."""

_HEARD = "heard"
"""Beginning of the marks of statuses that came to an office."""

_S = ExchangeStatus


class Offices:
    """Everybody who gets mail or packets in the demo."""

    def __init__(
        self,
        directory: Directory,
        scripts: Mapping[OfficeId, Script],
        agenda: Agenda,
        post: OfficePost,
        calendar: WorkingCalendar,
        *,
        offline: frozenset[OfficeId] = frozenset(),
    ) -> None:
        self._agenda = agenda
        self._post = post
        self._calendar = calendar
        self._scripts = scripts
        self._offices = [o for o in directory.offices if o.id in scripts]
        self._by_organ = {o.organ_id: o for o in self._offices if o.organ_id}
        self._signatures = {*self._by_organ, *RENUMBERED.values()}
        self._offline = frozenset(o for o, office in self._by_organ.items() if office.id in offline)
        self._order = {o.id: index for index, o in enumerate(directory.offices)}

    def notice(self, now: datetime) -> None:
        """Look into every mailbox and at the exchange, and plan what follows."""
        for office in self._offices:
            for address in office.emails:
                self._read_mail(
                    office, str(address), self._post.arrived(address, self._mark(address)), now
                )
        for kind in PacketKind:
            for doc_id, receiver, content in self._post.packets(kind, self._offline):
                packet = read_packet(Inline(content)).packet
                if isinstance(packet, Packet):
                    self._read_packet(doc_id, receiver, packet, now)
                else:
                    self._hear(doc_id, packet)
                self._post.settled(doc_id)

    def answered(self) -> dict[str, int]:
        """Return how many statuses about documents of theirs the offices have got, by code."""
        heard = (mark.split(" ")[1] for mark in self._agenda.marks if mark.startswith(f"{_HEARD} "))
        return dict(sorted(Counter(heard).items()))

    def _hear(self, doc_id: str, status: StatusPacket) -> None:
        """Note a status about a document that one of them sent; nobody answers a status."""
        if status.response_for.organ_id in self._signatures:
            self._agenda.mark(f"{_HEARD} {status.code} {doc_id}", 1)

    def _mark(self, address: str) -> int:
        return self._agenda.marks.get(address, 0)

    def _read_mail(
        self, office: Office, address: str, letters: Sequence[bytes], now: datetime
    ) -> None:
        for raw in letters:
            received = Received.of(raw)
            script = self._scripts[office.id]
            if received.automatic and not received.report:
                self._reminded(script, received.message_id, now)
            elif not received.report:
                self._agenda.plan(*self._on_letter(script, received.message_id, now))
            self._agenda.mark(address, self._mark(address) + 1)

    def _read_packet(self, doc_id: str, receiver: OrganId, packet: Packet, now: datetime) -> None:
        office = self._by_organ.get(receiver)
        if office is None:
            return
        script = self._scripts[office.id]
        about = f"{packet.document_id}|{packet.code_number}/{packet.code_notation}"
        statuses = _statuses(script, self._order[office.id])
        if packet.subject.startswith(REMINDER):
            statuses = statuses[:2]
            self._reminded(script, doc_id, now)
        else:
            self._agenda.plan(*self._report(script, now))
        self._agenda.plan(
            *(
                Action(
                    at=self._at_work(now + delay),
                    office=office.id,
                    what="status",
                    cause=about,
                    detail=f"{code} {turn}",
                )
                for turn, (delay, code) in enumerate(statuses)
            )
        )

    def _on_letter(self, script: Script, cause: str, now: datetime) -> list[Action]:
        """Plan the answers to a letter that came by mail."""
        planned = self._report(script, now)
        if script.acknowledges:
            planned.append(self._action(script, "acknowledgement", cause, now, hours=2))
        for trait, what, hours in (
            (Trait.OUT_OF_OFFICE, "out_of_office", 0),
            (Trait.READ_RECEIPT, "read_receipt", 1),
            (Trait.QUESTION, "question", 26),
            (Trait.REFUSAL, "refusal", 50),
            (Trait.WRONG_LETTER, "wrong_letter", 120),
        ):
            if trait in script.traits:
                planned.append(self._action(script, what, cause, now, hours=hours))
        if Trait.EXTENSION in script.traits:
            ask_on = at_local(_ASKS_ON, _MORNING)
            planned.append(Action(at=ask_on, office=script.office, what="extension", cause=cause))
        return planned

    def _report(self, script: Script, now: datetime) -> list[Action]:
        if script.report_on is None:
            return []
        at = max(at_local(self._calendar.shift(script.report_on, 0), self._hour(script)), now)
        planned = [Action(at=at, office=script.office, what="report", cause="directive")]
        if Trait.CORRECTED in script.traits:
            planned.append(
                Action(
                    at=self._at_work(at + timedelta(days=1)),
                    office=script.office,
                    what="corrected",
                    cause="directive",
                )
            )
        return planned

    def _reminded(self, script: Script, cause: str, now: datetime) -> None:
        """Count a reminder; the one that an office waits for makes it report two days later."""
        place = f"reminders {script.office} {cause}"
        if place in self._agenda.marks:
            return
        self._agenda.mark(place, 1)
        count = sum(
            1 for mark in self._agenda.marks if mark.startswith(f"reminders {script.office} ")
        )
        if script.after_reminders == count:
            at = self._at_work(now + timedelta(days=1))
            self._agenda.plan(Action(at=at, office=script.office, what="report", cause="directive"))

    def _action(
        self, script: Script, what: str, cause: str, now: datetime, *, hours: int
    ) -> Action:
        at = self._at_work(now + timedelta(hours=hours)) if hours else now
        return Action(at=at, office=script.office, what=what, cause=cause)

    def _hour(self, script: Script) -> time:
        return _MORNING if self._order[script.office] % 2 else _AFTERNOON

    def _at_work(self, at: datetime) -> datetime:
        """Move an instant into working time: machines send statuses at any hour, people do not."""
        day = local_day(at)
        if self._calendar.is_working(day) and at <= at_local(day, time(17, 0)):
            return max(at, at_local(day, time(7, 30)))
        return at_local(self._calendar.shift(day, 1), _MORNING)


def _statuses(script: Script, index: int) -> list[tuple[timedelta, ExchangeStatus]]:
    """Return what an office's own system says about a document, and after how long."""
    minutes, hours, days = timedelta(minutes=5), timedelta(hours=3), timedelta(days=2)
    if Trait.DISORDER in script.traits:
        return [
            (minutes, _S.REGISTERED),
            (hours, _S.ARRIVED),
            (hours * 2, _S.REGISTERED),
            (days, _S.PROCESSING),
            (days * 2, _S.ASSIGNED),
            (days * 2 + hours, _S.PROCESSING),
        ]
    found = [(minutes, _S.ARRIVED), (hours, _S.REGISTERED)]
    if index % 3 == 0:
        found.append((days, _S.ASSIGNED))
    if index % 4 == 0:
        found.append((days * 2, _S.PROCESSING))
    if index % 8 == 0:
        found.append((days * 60, _S.FINISHED))
    return found
