"""What the compiled result of a round contains; how it looks is for ``mappings/render``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.campaign import Campaign, Channel, Expected
from domain.directive import Directive
from domain.facts import About
from domain.ids import Digest, OfficeId
from domain.kinds import DispatchKind, ReplyKind
from domain.machine import ENDED, settled
from domain.office import Directory
from domain.state import AssignmentState, DispatchStanding, ReplyState, RoundState
from domain.status import AssignmentStatus, DispatchStatus


class Proof(StrEnum):
    """What first proved that an office took the directive in."""

    REGISTERED = "registered"
    """The exchange's status 03, tiếp nhận, or one after it (QCVN 102:2016)."""
    MAIL = "mail"
    DOCUMENT = "document"
    """A document that came back over the exchange."""


class Failure(StrEnum):
    """Why one door of an office is closed; refused by the office, or never there."""

    REFUSED = "refused"
    """The exchange's status 02, từ chối tiếp nhận (QCVN 102:2016)."""
    MAIL_RETURNED = "mail_returned"
    NOT_CARRIED = "not_carried"
    """The exchange did not take or carry the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRow:
    """One office of the round. ``position`` counts from 1; instants are UTC, None is never.

    ``evidence`` is the digest of the message that carries the counted report. ``proof`` is what
    ``acknowledged_at`` rests on; ``failures`` is empty while any door of the office is open.
    """

    position: int
    office: OfficeId
    name: str
    group: str
    expected: Expected
    status: AssignmentStatus
    late: bool
    due_at: datetime | None
    extended: bool
    channels: tuple[Channel, ...]
    sent_at: datetime | None
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    proof: Proof | None
    failures: tuple[Failure, ...]
    reported_at: datetime | None
    reminders: int
    reply_number: str | None
    nil: bool
    corrected: bool
    summary: str
    note: str
    evidence: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compilation:
    """One version of the compiled result; equal ledgers give equal compilations."""

    about: About
    campaign: Campaign
    directive: Directive
    version: int
    due_on: date
    due_at: datetime
    made_at: datetime
    rows: tuple[CompiledRow, ...]
    number: str | None = None
    """The number that the office gave the report, None until a person has approved it."""

    @property
    def awaited(self) -> tuple[CompiledRow, ...]:
        """Return the rows of offices that owe a report."""
        return tuple(row for row in self.rows if row.expected is Expected.REPORT)

    @property
    def reported(self) -> tuple[CompiledRow, ...]:
        """Return the rows of offices that owe a report and sent one."""
        return tuple(r for r in self.awaited if r.status is AssignmentStatus.REPORTED)

    @property
    def missing(self) -> tuple[CompiledRow, ...]:
        """Return the rows of offices that still owe their report."""
        return tuple(r for r in self.awaited if not settled(r.expected, r.status))


def compile_round(
    campaign: Campaign,
    directive: Directive,
    directory: Directory,
    round_state: RoundState,
    assignments: Iterable[AssignmentState],
    dispatches: Iterable[DispatchStanding],
    replies: Mapping[str, ReplyState],
    *,
    made_at: datetime,
    number: str | None = None,
) -> Compilation:
    """Put together the next version of a round's result, in the order of the directory."""
    order = {office.id: index for index, office in enumerate(directory.offices)}
    sent: dict[OfficeId, list[DispatchStanding]] = {}
    for dispatch in dispatches:
        sent.setdefault(dispatch.office, []).append(dispatch)
    answered: dict[OfficeId, list[ReplyState]] = {}
    for reply in replies.values():
        if reply.round == round_state.round:
            answered.setdefault(reply.office, []).append(reply)
    listed = sorted(assignments, key=lambda a: (order.get(a.office, len(order)), a.office))
    rows = tuple(
        _row(
            index,
            a,
            directory,
            round_state,
            sent.get(a.office, []),
            answered.get(a.office, []),
            made_at,
        )
        for index, a in enumerate(listed, start=1)
    )
    return Compilation(
        about=About(campaign=round_state.campaign, round=round_state.round),
        campaign=campaign,
        directive=directive,
        version=round_state.version + 1,
        due_on=round_state.due_on,
        due_at=round_state.due_at,
        made_at=made_at,
        rows=rows,
        number=number,
    )


def _row(
    position: int,
    assignment: AssignmentState,
    directory: Directory,
    round_state: RoundState,
    dispatches: Sequence[DispatchStanding],
    replies: Sequence[ReplyState],
    made_at: datetime,
) -> CompiledRow:
    office = directory.get(assignment.office)
    report = next((r for r in replies if r.reply == assignment.report), None)
    first = [d for d in dispatches if d.kind in (DispatchKind.DIRECTIVE, DispatchKind.NOTICE)]
    accepted = sorted(d.accepted_at for d in first if d.accepted_at)
    return CompiledRow(
        position=position,
        office=assignment.office,
        name=office.name if office else assignment.office,
        group=office.groups[0] if office and office.groups else "",
        expected=assignment.expected,
        status=assignment.status,
        late=assignment.late_at(made_at),
        due_at=assignment.due_at,
        extended=assignment.due_at is not None and assignment.due_at != round_state.due_at,
        channels=tuple(sorted({d.channel for d in first})),
        sent_at=accepted[0] if accepted else None,
        delivered_at=assignment.delivered_at,
        acknowledged_at=assignment.acknowledged_at,
        proof=_proof(assignment, replies),
        failures=_failures(first),
        reported_at=assignment.reported_at,
        reminders=sum(1 for d in dispatches if d.kind is DispatchKind.REMINDER and d.accepted_at),
        reply_number=report.number if report else None,
        nil=report.nil if report else False,
        corrected=report.corrects if report else False,
        summary=report.summary if report else "",
        note=assignment.note,
        evidence=report.evidence if report else None,
    )


def _proof(assignment: AssignmentState, replies: Sequence[ReplyState]) -> Proof | None:
    """Return what came first; only replies and exchange statuses set ``acknowledged_at``."""
    if assignment.acknowledged_at is None:
        return None
    for reply in replies:
        first = reply.received_at == assignment.acknowledged_at
        if first and reply.kind is ReplyKind.ACKNOWLEDGEMENT:
            return Proof.MAIL if reply.channel is Channel.EMAIL else Proof.DOCUMENT
    return Proof.REGISTERED


def _failures(first: Sequence[DispatchStanding]) -> tuple[Failure, ...]:
    """Return why the doors are closed, once all of them are; a recall closes none."""
    if not all(d.status in ENDED for d in first):
        return ()
    found = (_failure(d.status, d.channel) for d in first)
    return tuple(sorted({failure for failure in found if failure}))


def _failure(status: DispatchStatus, channel: Channel) -> Failure | None:
    if status is DispatchStatus.REJECTED:
        return Failure.REFUSED
    if status is not DispatchStatus.BOUNCED:
        return None
    return Failure.MAIL_RETURNED if channel is Channel.EMAIL else Failure.NOT_CARRIED
