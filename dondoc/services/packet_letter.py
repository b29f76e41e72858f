"""Write a dispatch as a document of the exchange."""

import uuid
from dataclasses import dataclass, replace
from functools import partial

from domain.content import Inline
from domain.errors import InvariantViolation
from domain.exchange import (
    Attachment,
    Business,
    ExchangeStatus,
    Organ,
    Packet,
    Replaced,
    ResponseFor,
    Signer,
    StatusPacket,
)
from domain.ids import Digest, DispatchId, OrganId
from domain.kinds import DispatchKind
from dondoc.app import App
from dondoc.services.packets import files
from dondoc.services.sending import Sending
from dondoc.services.sent_before import (
    changed,
    recall_reason,
    recalled_letter,
    replaced_because,
    versions_had,
)
from mappings.edxml.write import write_packet, write_status
from mappings.mail.rendering import deadline_text
from mappings.render.changes import change_lines, reason_for_replacing
from mappings.render.reminder import reminder_document
from schedulers.calendar import local_day

_DOCUMENTS = uuid.UUID("5d2f8a4e-6c1b-5e0f-9a37-d0d0c0de0001")
"""Name space of the documents that Dondoc makes (RFC 4122 section 4.3); fixed for ever."""

_STEERING, _REPORT_ON_STEERING = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPacket:
    """One edXML file, kept in the evidence, with what it is recognised by."""

    content: Digest
    subject: str
    document_id: str | None
    """None of a status message, which has none of its own."""


def document_id_of(dispatch: DispatchId) -> str:
    """Return the DocumentId of a dispatch: one for each receiver, the same for every attempt.

    A status message then names exactly one sending, as a Message-ID does for mail; QCVN 102:2016
    leaves the form free and UUIDs are common.
    """
    return str(uuid.uuid5(_DOCUMENTS, dispatch))


def write_document(app: App, sending: Sending) -> WrittenPacket:
    """Return the edXML file of a sending: the same octets whenever it is written again."""
    document_id = document_id_of(sending.dispatch)
    match sending.kind:
        case DispatchKind.RECALL:
            return _recall(app, sending)
        case DispatchKind.REPLACEMENT:
            packet = _replacement(app, sending, document_id)
        case DispatchKind.REMINDER:
            packet = _reminder(app, sending, document_id)
        case DispatchKind.COMPILATION:
            packet = _report(app, sending, document_id)
        case DispatchKind.DIRECTIVE | DispatchKind.NOTICE:
            packet = _directive(app, sending, document_id)
        case DispatchKind.PART:
            raise InvariantViolation("on the exchange a letter goes whole, whatever its size")
    stored = app.evidence.receive(partial(write_packet, packet, files=files(app)))
    return WrittenPacket(content=stored.digest, subject=packet.subject, document_id=document_id)


def _recall(app: App, sending: Sending) -> WrittenPacket:
    """Write the status 13 by which a sender asks for its document (Quyết định 28/2018/QĐ-TTg)."""
    letter, directive = recalled_letter(sending), sending.directive
    status = StatusPacket(
        sender=app.unit,
        response_for=ResponseFor(
            organ_id=OrganId(sending.target),
            code=directive.code,
            # What the e-office had sent bears the letter's own identifier, not one of ours.
            document_id=letter.document_id or (directive.document_id if letter.followed else ""),
            promulgated_on=directive.issued_on,
        ),
        code=ExchangeStatus.RECALL_ASKED,
        description=recall_reason(sending),
        at=sending.at,
    )
    content = app.evidence.put(write_status(status))
    subject = f"Thu hồi văn bản: {directive.subject}"
    return WrittenPacket(content=content, subject=subject, document_id=None)


def _replacement(app: App, sending: Sending, document_id: str) -> Packet:
    """Name every document that this office had of the directive, the newest one beside the kind."""
    had = versions_had(sending)
    documents = [d.document_id for d in had if d.document_id]
    deadline = sending.deadline()
    lines = change_lines(changed(sending))
    return replace(
        _directive(app, sending, document_id),
        due_on=deadline.day if deadline else None,
        business=Business.REPLACEMENT,
        business_reason=reason_for_replacing(lines, replaced_because(sending)),
        business_document_id=documents[-1] if documents else "",
        replaced=tuple(
            Replaced(document_id=one, receivers=(OrganId(sending.target),)) for one in documents
        ),
    )


def _receiver(sending: Sending) -> tuple[Organ, ...]:
    return (Organ(organ_id=OrganId(sending.target), name=sending.office.name),)


def _files(app: App, sending: Sending) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            name=file.name,
            content=app.evidence.content(file.digest),
            content_type=file.media_type,
        )
        for file in sending.files()
    )


def _directive(app: App, sending: Sending, document_id: str) -> Packet:
    directive = sending.directive
    return Packet(
        sender=app.unit,
        receivers=_receiver(sending),
        document_id=document_id,
        code_number=directive.number or "",
        code_notation=directive.notation,
        place=app.place,
        promulgated_on=directive.issued_on,
        type_name=directive.type_name,
        subject=directive.subject,
        content=directive.subject,
        signer=Signer(full_name=directive.signer) if directive.signer else None,
        due_on=sending.round.due_on if sending.deadline() else None,
        steering_type=_STEERING,
        sent_at=sending.at,
        attachments=_files(app, sending),
    )


def _reminder(app: App, sending: Sending, document_id: str) -> Packet:
    """Give a reminder the number of the letter that it is about: it is no letter of its own."""
    # A library that a campaign by mail alone never needs.
    from mappings.render.pdf import render_pdf  # noqa: PLC0415

    directive = sending.directive
    deadline = sending.deadline()
    sheet = reminder_document(
        directive,
        unit=app.unit.name,
        place=app.place,
        office=sending.office.name,
        expected=sending.expected,
        deadline=deadline_text(deadline) if deadline else "",
        day=local_day(sending.at),
        overdue=sending.overdue,
    )
    return Packet(
        sender=app.unit,
        receivers=_receiver(sending),
        document_id=document_id,
        code_number=directive.number or "",
        code_notation=directive.notation,
        place=app.place,
        promulgated_on=directive.issued_on,
        type_name=directive.type_name,
        subject=f"Đôn đốc thực hiện: {directive.subject}",
        content=sheet.summary,
        steering_type=_STEERING,
        sent_at=sending.at,
        attachments=(
            Attachment(
                name="phieu-don-doc.pdf",
                content=Inline(render_pdf(sheet.document)),
                content_type="application/pdf",
            ),
        ),
    )


def _report(app: App, sending: Sending, document_id: str) -> Packet:
    result = sending.compilation()
    rules = sending.picture.campaign.compile
    return Packet(
        sender=app.unit,
        receivers=_receiver(sending),
        document_id=document_id,
        code_number=result.number or "",
        code_notation=rules.number_notation,
        place=rules.place or app.place,
        promulgated_on=local_day(result.made_at),
        type_name="Báo cáo",
        subject=rules.title,
        content=rules.title,
        signer=Signer(
            competence=rules.signer_capacity,
            position=rules.signer_position,
            full_name=rules.signer_name,
        ),
        steering_type=_REPORT_ON_STEERING,
        sent_at=sending.at,
        attachments=_files(app, sending),
    )
