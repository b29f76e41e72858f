"""Write a dispatch as a mail message."""

from dataclasses import dataclass
from typing import TypedDict

from domain.campaign import Expected
from domain.errors import InvariantViolation
from domain.ids import Address, Digest, MessageId
from domain.kinds import DispatchKind
from dondoc.app import App, MailDoor
from dondoc.services.file_parts import file_parts
from dondoc.services.sending import Sending
from dondoc.services.sent_before import (
    changed,
    former_version,
    former_versions,
    recall_reason,
    recalled_letter,
    replaced_because,
)
from mappings.mail.compose import OutgoingMail, compose
from mappings.mail.contexts import (
    AnyMail,
    Deadline,
    DirectiveMail,
    ForwardMail,
    Letter,
    LinkedFile,
    NoticeMail,
    PartMail,
    RecallMail,
    ReminderAfterMail,
    ReminderBeforeMail,
    ReplacementMail,
    Sender,
)
from mappings.mail.rendering import render_mail
from mappings.mail.tokens import message_id, reply_address
from mappings.render.changes import change_lines
from mappings.render.wording import in_sentence
from schedulers.calendar import local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMail:
    """One whole message, kept in the evidence, with what it is recognised by."""

    content: Digest
    subject: str
    message_id: MessageId
    reply_to: Address


class _Enclosed(TypedDict):
    """The files of a mail, named as in ``Correspondence``."""

    files: tuple[str, ...]
    linked: tuple[LinkedFile, ...]
    elsewhere: tuple[str, ...]
    part: int
    parts: int


class _Common(_Enclosed):
    """What every mail to an office says, named as in ``Correspondence``."""

    office: str
    letter: Letter
    sender: Sender
    code: str
    reply_to: Address
    possible_duplicate: bool


def write_mail(app: App, sending: Sending) -> WrittenMail:
    """Return the message of a sending: the same octets whenever it is written again."""
    if app.mail is None:
        raise InvariantViolation("a mail was planned, but no mail account is configured")
    door = app.mail
    identifier = sending.message_id or message_id(sending.token, door.domain)
    reply_to = sending.reply_to or reply_address(door.address, sending.token, door.plus_addressing)
    context = _context(app, door, sending, reply_to)
    words = render_mail(context.template, context, app.templates)
    pieces = compose(
        OutgoingMail(
            message_id=identifier,
            date=sending.at,
            sender=door.address,
            sender_name=door.display_name,
            recipient=Address(sending.target),
            recipient_name=sending.office.name,
            reply_to=reply_to,
            subject=words.subject,
            text=words.text,
            html=words.html,
            attachments=file_parts(app, door, sending),
            thread=sending.thread(),
            conversation=sending.conversation(words.subject, identifier),
            dondoc_id=sending.token,
            automatic=sending.kind is DispatchKind.REMINDER,
        )
    )
    return WrittenMail(
        content=app.evidence.assemble(pieces),
        subject=words.subject,
        message_id=identifier,
        reply_to=reply_to,
    )


def _context(app: App, door: MailDoor, sending: Sending, reply_to: Address) -> AnyMail:
    common = _Common(
        office=sending.office.name,
        letter=sending.letter(),
        sender=Sender(unit=door.display_name, email=door.address),
        code=sending.subject_token,
        reply_to=reply_to,
        possible_duplicate=sending.marked,
        **_enclosed(sending),
    )
    match sending.kind:
        case DispatchKind.DIRECTIVE:
            return _directive(sending, common)
        case DispatchKind.NOTICE:
            return _notice(sending, common)
        case DispatchKind.REMINDER:
            return _reminder(app, sending, common)
        case DispatchKind.COMPILATION:
            return _forwarding(app, sending, common)
        case DispatchKind.RECALL:
            return _recall(sending, common)
        case DispatchKind.REPLACEMENT:
            return _replacement(sending, common)
        case DispatchKind.PART:
            return _part(sending, common)


def _enclosed(sending: Sending) -> _Enclosed:
    given = sending.enclosure
    return _Enclosed(
        files=tuple(file.name for file in sending.attached()),
        linked=tuple(
            LinkedFile(name=one.file.name, url=one.url) for one in (given.linked if given else ())
        ),
        elsewhere=tuple(file.name for file in sending.elsewhere()),
        part=given.part if given else 1,
        parts=given.parts if given else 1,
    )


def _directive(sending: Sending, common: _Common) -> DirectiveMail:
    return DirectiveMail(
        **common,
        expected=sending.expected,
        deadline=sending.deadline(),
        period=sending.period,
    )


def _notice(sending: Sending, common: _Common) -> NoticeMail:
    return NoticeMail(
        **common,
        expected=sending.expected,
        deadline=_set(sending.deadline()),
        period=sending.period,
    )


def _reminder(
    app: App, sending: Sending, common: _Common
) -> ReminderBeforeMail | ReminderAfterMail:
    deadline = _set(sending.deadline())
    if sending.overdue:
        return ReminderAfterMail(
            **common,
            expected=sending.expected,
            deadline=deadline,
            new_deadline=Deadline(day=sending.new_deadline(app), before=False),
            period=sending.period,
            occurrence=1 + sum(d.kind is DispatchKind.REMINDER for d in sending.earlier),
        )
    return ReminderBeforeMail(
        **common,
        expected=sending.expected,
        deadline=deadline,
        period=sending.period,
        days_left=app.calendar.working_days(local_day(sending.at), deadline.day),
    )


def _forwarding(app: App, sending: Sending, common: _Common) -> ForwardMail:
    result = sending.compilation()
    campaign = sending.picture.campaign
    return ForwardMail(
        **common,
        title=in_sentence(campaign.compile.title),
        number=sending.report_number() or "",
        issued_on=local_day(result.made_at),
        period=sending.period,
        recipients=sum(
            a.expected is Expected.REPORT for a in sending.picture.assignments_of(sending.round)
        ),
        reported=len(result.reports),
        missing=tuple(
            office.name for name in result.missing if (office := app.directory.get(name))
        ),
    )


def _recall(sending: Sending, common: _Common) -> RecallMail:
    letter = recalled_letter(sending)
    return RecallMail(
        **common,
        expected=sending.expected,
        reason=recall_reason(sending),
        sent_on=local_day(letter.accepted_at) if letter.accepted_at else None,
        former=tuple(sending.named(version) for version in former_versions(sending)),
    )


def _replacement(sending: Sending, common: _Common) -> ReplacementMail:
    former = former_version(sending)
    assignment = sending.assignment
    return ReplacementMail(
        **common,
        expected=sending.expected,
        former=sending.named(former),
        reason=replaced_because(sending),
        changes=change_lines(changed(sending)),
        deadline=sending.deadline(),
        period=sending.period,
        reported=assignment is not None and assignment.report is not None,
    )


def _part(sending: Sending, common: _Common) -> PartMail:
    if sending.letter_kind is not DispatchKind.COMPILATION:
        return PartMail(**common)
    return PartMail(
        **common,
        title=in_sentence(sending.picture.campaign.compile.title),
        number=sending.report_number() or "",
        period=sending.period,
    )


def _set(deadline: Deadline | None) -> Deadline:
    if deadline is None:
        raise InvariantViolation("a reminder or a notice was planned where nothing is due")
    return deadline
