"""Read one edXML file into a packet, tolerating what senders get wrong (QCVN 102:2016, VXP SDK).

Elements are found by local name in any order, with any prefix; what had to be tolerated is listed
in the reading's warnings. Fields that a file lacks stay blank: whether a packet is complete enough
is for its reader to decide.
"""

from lxml import etree

from domain.content import LONG, Content, cut, marks
from domain.errors import MalformedDocument, TooLarge
from domain.exchange import (
    Attachment,
    Organ,
    Packet,
    PacketReading,
    ResponseFor,
    Signer,
    StatusPacket,
)
from domain.ids import OrganId
from domain.keeping import IN_MEMORY, Files
from mappings.edxml.attachments import ENCODED, read_attachments
from mappings.edxml.block import Block, local_name
from mappings.edxml.limits import DEFAULT_LIMITS, Limits
from mappings.edxml.namespace import EDXML, XMLDSIG
from mappings.edxml.safe_xml import WHAT, parse
from mappings.edxml.staff import read_staff
from mappings.edxml.trace import with_trace

_MAX_WARNINGS = 100


def read_packet(
    source: Content, *, limits: Limits = DEFAULT_LIMITS, files: Files = IN_MEMORY
) -> PacketReading:
    """Read one whole edXML file of any size, a document or a status message.

    Attachments are kept by ``files``. Raises MalformedDocument for what is no edXML, and its kind
    TooLarge, which names the attachment if one is meant; a ZIP bomb condemns the whole file, other
    faults of attachments are warnings.
    """
    if source.size > limits.max_bytes:
        raise TooLarge(WHAT, f"{source.size} bytes are over the limit of {limits.max_bytes}")
    found = cut(source, limit=limits.max_text_bytes, what=WHAT)
    parsed = parse(found.rest, limits)
    if found.runs:
        _check_marks(parsed.root)
    warnings = [*parsed.warnings, *_foreign_namespaces(parsed.root)]
    root = Block(parsed.root, warnings)
    header, message = _headers(root)
    if _is_status(message):
        return PacketReading(packet=_status(message), warnings=_bounded(warnings))
    with source.open() as stream:
        attachments, lost = read_attachments(root, stream, found.runs, limits, files)
    packet = _document(message, header.child("TraceHeaderList"), attachments)
    return PacketReading(packet=packet, warnings=_bounded(warnings), lost=lost)


def _check_marks(root: etree._Element) -> None:
    """Refuse long text elsewhere than in attachments: no field of a packet needs it.

    A mark that stands twice was forged with character references: it would multiply the file.
    """
    seen: set[int] = set()
    for element in root.iter(etree.Element):
        name = local_name(element)
        own, after = marks(element.text or ""), marks(element.tail or "")
        if after or (own and name != ENCODED):
            raise TooLarge(WHAT, f"{name[:40]!r} has over {LONG} characters without a stop")
        if len({*seen, *own}) < len(seen) + len(own):
            raise MalformedDocument(WHAT, "it contains the marks that Dondoc works with")
        seen.update(own)


def _bounded(warnings: list[str]) -> tuple[str, ...]:
    more = len(warnings) - _MAX_WARNINGS
    return (*warnings[:_MAX_WARNINGS], *([f"and {more} warnings more"] if more > 0 else []))


def _foreign_namespaces(root: etree._Element) -> list[str]:
    found = {str(each.tag).rpartition("}")[0][1:] for each in root.iter(etree.Element)}
    return [
        f"elements are in the namespace {uri[:80]!r}" if uri else "elements have no namespace"
        for uri in sorted(found - {EDXML, XMLDSIG})
    ]


def _headers(root: Block) -> tuple[Block, Block]:
    """Return edXMLHeader and MessageHeader; the envelope alone is accepted as a file."""
    if root.name not in ("edXML", "edXMLEnvelope"):
        raise MalformedDocument(WHAT, f"its root is {root.name[:40]!r}, not edXML")
    if root.name == "edXMLEnvelope":
        root.warn("the root is edXMLEnvelope, not edXML")
    envelope = root if root.name == "edXMLEnvelope" else _first(root, "edXMLEnvelope")
    header = _first(envelope, "edXMLHeader")
    if not header.has("MessageHeader"):
        raise MalformedDocument(WHAT, "edXMLEnvelope/edXMLHeader/MessageHeader is missing")
    return header, _first(header, "MessageHeader")


def _first(parent: Block, name: str) -> Block:
    """Return a child of which there should be one; what any further one says is not read."""
    if len(parent.children(name)) > 1:
        parent.warn(f"there is more than one {name}; only the first is read")
    return parent.child(name)


def _is_status(message: Block) -> bool:
    """Go by StatusCode; one left empty counts only where no receiver makes it a document."""
    return bool(message.raw("StatusCode")) or (message.has("StatusCode") and not message.has("To"))


def _status(message: Block) -> StatusPacket:
    code = message.text("StatusCode")
    answered = _response_for(message)
    if not code:
        message.warn("StatusCode is empty")
    if len(answered) != 1:
        message.warn(f"a status answers one document, this one answers {len(answered)}")
    staff = read_staff(message)
    return StatusPacket(
        sender=_sender(message),
        # The VXP SDK keeps the last one.
        response_for=answered[-1] if answered else ResponseFor(),
        code=code,
        description=message.text("Description"),
        staff=staff[0] if staff else None,
        at=message.instant("Timestamp"),
    )


def _document(message: Block, trace: Block, attachments: tuple[Attachment, ...]) -> Packet:
    number, promulgation = message.child("Code"), message.child("PromulgationInfo")
    kind, other = message.child("DocumentType"), message.child("OtherInfo")
    document_id = message.raw("DocumentId")
    if not document_id:
        message.warn("DocumentId is missing")
    packet = Packet(
        sender=_sender(message),
        receivers=_receivers(message),
        document_id=document_id,
        code_number=number.text("CodeNumber"),
        code_notation=number.text("CodeNotation"),
        place=promulgation.text("Place"),
        promulgated_on=promulgation.day("PromulgationDate"),
        type_code=kind.integer("Type", 2),
        type_detail=kind.integer("TypeDetail", -1),
        type_name=kind.text("TypeName"),
        subject=message.text("Subject"),
        content=message.text("Content"),
        signer=_signer(message.child("SignerInfo")),
        due_on=message.day("DueDate"),
        priority=other.integer("Priority", 0),
        sphere=other.text("SphereOfPromulgation"),
        typist=other.text("TyperNotation", "TypeNotation"),
        copies=other.integer("PromulgationAmount", 1),
        page_amount=other.integer("PageAmount", 1),
        reply_codes=other.text("ReplyFors"),
        direction=other.flag("Direction"),
        reference_codes=other.text("ReferenceCodes"),
        appendixes=_texts(other, "Appendixes", "Appendix"),
        response_for=_response_for(message),
        steering_type=message.integer("SteeringType", 0),
        task_codes=_texts(message, "ResponseForTask", "TaskCode"),
        application=message.text("ApplicationType"),
        to_places=_texts(message, "ToPlaces", "Place"),
        attachments=attachments,
    )
    return with_trace(packet, trace)


def _organ(block: Block) -> Organ:
    return Organ(
        organ_id=block.organ_id(),
        name=block.text("OrganName"),
        in_charge=block.text("OrganizationInCharge"),
        address=block.text("OrganAdd"),
        email=block.text("Email"),
        telephone=block.text("Telephone"),
        fax=block.text("Fax"),
        website=block.text("Website"),
    )


def _sender(message: Block) -> Organ:
    sender = _organ(message.child("From"))
    if not sender.organ_id:
        message.warn("From/OrganId is missing")
    return sender


def _receivers(message: Block) -> tuple[Organ, ...]:
    nobody = Organ(organ_id=OrganId(""))
    receivers = [organ for block in message.children("To") if (organ := _organ(block)) != nobody]
    if not all(receiver.organ_id for receiver in receivers):
        message.warn("a To has no OrganId")
    if not receivers:
        message.warn("To is missing")
    return tuple(receivers)


def _response_for(message: Block) -> tuple[ResponseFor, ...]:
    """Return the documents that are answered; a block of empty elements is no answer."""
    blocks = (
        ResponseFor(
            organ_id=block.organ_id() or None,
            code=block.text("Code"),
            document_id=block.raw("DocumentId"),
            promulgated_on=block.day("PromulgationDate"),
        )
        for block in message.children("ResponseFor")
    )
    return tuple(block for block in blocks if block != ResponseFor())


def _signer(block: Block) -> Signer | None:
    signer = Signer(
        competence=block.text("Competence"),
        position=block.text("Position"),
        full_name=block.text("FullName"),
    )
    return None if signer == Signer() else signer


def _texts(parent: Block, group: str, name: str) -> tuple[str, ...]:
    found = (each for block in parent.children(group) for each in block.children(name))
    return tuple(text for each in found if (text := each.own_text()))
