"""A document of a mapped e-office, as the same packet that edXML gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from domain.bundle import Bundle
from domain.directive import Secrecy, Urgency
from domain.errors import MalformedDocument
from domain.exchange import Attachment, Organ, Packet, PacketReading, ResponseFor, Signer
from domain.ids import OrganId
from domain.rest import BUNDLE_KIND, DateRule, Rule
from domain.rest_forms import ZONE
from domain.rest_values import instant_of, optional_text, parsed, text_of, texts_of
from mappings.edxml.attachment_names import content_type_of, generated_name, safe_name
from mappings.names.fold import fold

_SAMPLE = 65_536
_PRIORITIES = {urgency: number for number, urgency in enumerate(Urgency)}
"""As edXML's OtherInfo/Priority numbers them."""

_SPHERES = {
    Secrecy.NONE: "",
    Secrecy.SECRET: "Mật",
    Secrecy.TOP_SECRET: "Tối mật",
    Secrecy.UTMOST_SECRET: "Tuyệt mật",
}
"""A packet has no member for secrecy; intake reads these words in its sphere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgencyRule:
    """How urgent a document is; keys of ``words`` are folded."""

    rule: Rule
    words: Mapping[str, Urgency]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecrecyRule:
    """How secret a document is; keys of ``words`` are folded."""

    rule: Rule
    words: Mapping[str, Secrecy]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentForm:
    """Where the detail answer says what a packet holds.

    ``code`` is number and notation in one text; ``number`` and ``notation`` win over it.
    """

    document_id: Rule
    subject: Rule
    code: Rule | None = None
    number: Rule | None = None
    notation: Rule | None = None
    type_name: Rule | None = None
    issued_on: DateRule | None = None
    issuer_id: Rule | None = None
    issuer_name: Rule | None = None
    signer_name: Rule | None = None
    signer_position: Rule | None = None
    signer_capacity: Rule | None = None
    due_on: DateRule | None = None
    place: Rule | None = None
    content: Rule | None = None
    sphere: Rule | None = None
    urgency: UrgencyRule | None = None
    secrecy: SecrecyRule | None = None
    to_places: Rule | None = None
    answers: Rule | None = None
    sent_at: DateRule | None = None


def read_document(form: DocumentForm, bundle: Bundle) -> PacketReading:
    """Return the packet of a bundle that the mapped REST door wrote.

    Raises ``MalformedDocument`` for a bundle of another door, for fields that are no JSON, and for
    a field of the wrong kind, with its key in the mapping file and the document's id if it has one.
    A degree of secrecy that the mapping does not know is such a field: it may mean anything.
    """
    if bundle.kind != BUNDLE_KIND:
        raise MalformedDocument("bundle", f"it is of the kind {bundle.kind!r}, not {BUNDLE_KIND!r}")
    data = parsed(bundle.fields)
    document_id = text_of(form.document_id, data)
    try:
        return _reading(form, data, document_id, bundle.files)
    except MalformedDocument as error:
        raise MalformedDocument(f"document {document_id}", error.reason) from None


def _reading(
    form: DocumentForm, data: object, document_id: str, files: tuple[Attachment, ...]
) -> PacketReading:
    warnings: list[str] = []
    number, notation = _code(form, data, warnings)
    packet = Packet(
        sender=Organ(
            organ_id=OrganId(optional_text(form.issuer_id, data)),
            name=optional_text(form.issuer_name, data),
        ),
        receivers=(),
        document_id=document_id,
        code_number=number,
        code_notation=notation,
        place=optional_text(form.place, data),
        type_name=optional_text(form.type_name, data),
        subject=text_of(form.subject, data),
        content=optional_text(form.content, data),
        signer=_signer(form, data),
        priority=_priority(form.urgency, data, warnings),
        sphere=_secrecy(form.secrecy, data) or optional_text(form.sphere, data),
        response_for=_response_for(form.answers, data),
        to_places=texts_of(form.to_places, data),
        sent_at=instant_of(form.sent_at, data),
        attachments=tuple(_named(n, file, warnings) for n, file in enumerate(files, start=1)),
    )
    dated = replace(
        packet,
        promulgated_on=_day(form.issued_on, data),
        due_on=_day(form.due_on, data),
    )
    return PacketReading(packet=dated, warnings=tuple(warnings))


# The day is taken in Vietnam, where a document of midnight bears the next day's date.
def _day(rule: DateRule | None, data: object) -> date | None:
    instant = instant_of(rule, data)
    return instant.astimezone(ZONE).date() if instant else None


def _code(form: DocumentForm, data: object, warnings: list[str]) -> tuple[str, str]:
    code = optional_text(form.code, data)
    number, slash, notation = (part.strip() for part in code.partition("/"))
    if code and not slash:
        warnings.append("the code has no slash; all of it is taken for the number")
    return (
        optional_text(form.number, data) or number,
        optional_text(form.notation, data) or notation,
    )


def _signer(form: DocumentForm, data: object) -> Signer | None:
    signer = Signer(
        competence=optional_text(form.signer_capacity, data),
        position=optional_text(form.signer_position, data),
        full_name=optional_text(form.signer_name, data),
    )
    return signer if signer != Signer() else None


def _priority(urgency: UrgencyRule | None, data: object, warnings: list[str]) -> int:
    word = optional_text(urgency.rule, data) if urgency else ""
    if urgency is None or not word:
        return 0
    known = urgency.words.get(fold(word))
    if known is None:
        warnings.append(f"{urgency.rule.key} gives an urgency that the mapping does not know")
        return 0
    return _PRIORITIES[known]


def _secrecy(secrecy: SecrecyRule | None, data: object) -> str:
    word = optional_text(secrecy.rule, data) if secrecy else ""
    if secrecy is None or not word:
        return ""
    known = secrecy.words.get(fold(word))
    if known is None:
        reason = f"{secrecy.rule.key} gives a degree of secrecy that the mapping does not know"
        raise MalformedDocument("answer", reason)
    return _SPHERES[known]


def _response_for(answers: Rule | None, data: object) -> tuple[ResponseFor, ...]:
    code = optional_text(answers, data)
    return (ResponseFor(code=code),) if code else ()


def _named(number: int, file: Attachment, warnings: list[str]) -> Attachment:
    name = safe_name(file.name)
    if not name:
        with file.content.open() as stream:
            name = generated_name(number, stream.read(_SAMPLE))
        warnings.append(f"attachment number {number} has no name; it is called {name}")
    return replace(file, name=name, content_type=content_type_of(name))
