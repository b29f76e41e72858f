"""Write packets as strict edXML 102, in the element order of the VXP SDK's builder.

Equal records give equal bytes, so that a packet sent twice is recognised as one. Blank fields are
left out. Days are Vietnamese days and instants Vietnamese local time.
"""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from domain.exchange import (
    Attachment,
    Organ,
    Packet,
    ResponseFor,
    Signer,
    Staff,
    StatusPacket,
)
from domain.keeping import IN_MEMORY, Files
from mappings.edxml.attachment_names import safe_name
from mappings.edxml.attachments import ENCODED, Encoding, encode, encoding
from mappings.edxml.markup import BIND_PREFIX, Node, block, document, filled, leaf, plain
from mappings.edxml.namespace import EDXML
from mappings.edxml.staff import staff_info
from mappings.edxml.trace import trace_header_list
from mappings.edxml.values import write_day, write_instant, write_text


def write_packet(packet: Packet, into: BinaryIO, *, files: Files = IN_MEMORY) -> None:
    """Write the edXML file of a document with its attachments, whatever their size."""
    travelling = [
        (f"cid:{number}", attachment, encoding(attachment))
        for number, attachment in enumerate(packet.attachments, start=1)
    ]
    references = [_reference(*each) for each in travelling]
    parts = [_attachment(*each, files) for each in travelling]
    pieces = _file(
        block("edXMLHeader", _message_header(packet), trace_header_list(packet)),
        block("edXMLBody", block("edXMLManifest", *references, attributes=' version="1.0"')),
        attached=plain("AttachmentEncoded", *parts) if parts else None,
    )
    into.writelines(pieces)


def write_status(status: StatusPacket) -> bytes:
    """Return the edXML file of a status message, which has no trace, body or attachments."""
    message = block(
        "MessageHeader",
        _organ("From", status.sender),
        filled(_response_for(status.response_for)),
        staff_info(status.staff or Staff()),
        leaf("StatusCode", status.code),
        leaf("Description", status.description),
        leaf("Timestamp", write_instant(status.at)),
    )
    return b"".join(_file(block("edXMLHeader", message)))


def _file(*parts: Node, attached: Node | None = None) -> Iterator[bytes]:
    envelope = block("edXMLEnvelope", *parts, attributes=BIND_PREFIX)
    return document(plain("edXML", envelope, attached, attributes=f' xmlns="{EDXML}"'))


def _message_header(packet: Packet) -> Node:
    signer = packet.signer or Signer()
    return block(
        "MessageHeader",
        _organ("From", packet.sender),
        *(_organ("To", receiver) for receiver in packet.receivers),
        leaf("DocumentId", packet.document_id),
        block(
            "Code",
            leaf("CodeNumber", packet.code_number),
            leaf("CodeNotation", packet.code_notation),
        ),
        block(
            "PromulgationInfo",
            leaf("Place", packet.place),
            leaf("PromulgationDate", write_day(packet.promulgated_on)),
        ),
        block(
            "DocumentType",
            leaf("Type", str(packet.type_code)),
            # The SDK takes -1 for an absent number.
            None if packet.type_detail == -1 else leaf("TypeDetail", str(packet.type_detail)),
            leaf("TypeName", packet.type_name),
        ),
        leaf("Subject", packet.subject),
        leaf("Content", packet.content),
        filled(
            block(
                "SignerInfo",
                leaf("Competence", signer.competence),
                leaf("Position", signer.position),
                leaf("FullName", signer.full_name),
            )
        ),
        leaf("DueDate", write_day(packet.due_on)),
        block(
            "OtherInfo",
            leaf("Priority", str(packet.priority)),
            leaf("SphereOfPromulgation", packet.sphere),
            leaf("TyperNotation", packet.typist),
            None if packet.copies == 1 else leaf("PromulgationAmount", str(packet.copies)),
            leaf("PageAmount", str(packet.page_amount)),
            leaf("ReplyFors", packet.reply_codes),
            leaf("Direction", "true" if packet.direction else ""),
            leaf("ReferenceCodes", packet.reference_codes),
            filled(block("Appendixes", *(leaf("Appendix", each) for each in packet.appendixes))),
        ),
        *(filled(_response_for(each)) for each in packet.response_for),
        leaf("SteeringType", str(packet.steering_type)),
        filled(block("ResponseForTask", *(leaf("TaskCode", each) for each in packet.task_codes))),
        leaf("ApplicationType", packet.application),
        filled(block("ToPlaces", *(leaf("Place", each) for each in packet.to_places))),
    )


def _organ(name: str, organ: Organ) -> Node:
    return block(
        name,
        leaf("OrganId", organ.organ_id),
        leaf("OrganizationInCharge", organ.in_charge),
        leaf("OrganName", organ.name),
        leaf("OrganAdd", organ.address),
        leaf("Email", organ.email),
        leaf("Telephone", organ.telephone),
        leaf("Fax", organ.fax),
        leaf("Website", organ.website),
    )


def _response_for(answered: ResponseFor) -> Node:
    return block(
        "ResponseFor",
        leaf("OrganId", answered.organ_id or ""),
        leaf("Code", answered.code),
        leaf("DocumentId", answered.document_id),
        leaf("PromulgationDate", write_day(answered.promulgated_on)),
    )


def _reference(content_id: str, attachment: Attachment, how: Encoding) -> Node:
    return block(
        "Reference",
        leaf("ContentId", content_id),
        leaf("ContentType", how.content_type),
        leaf("Description", attachment.description),
        leaf("AttachmentName", safe_name(attachment.name)),
    )


def _attachment(content_id: str, attachment: Attachment, how: Encoding, files: Files) -> Node:
    description = write_text(attachment.description)
    return plain(
        "Attachment",
        plain("ContentId", text=content_id),
        plain("AttachmentName", text=write_text(safe_name(attachment.name))),
        plain("Description", text=description) if description.strip() else None,
        plain("ContentType", text=how.content_type),
        Node(
            name=f"edXML:{ENCODED}",
            attributes=BIND_PREFIX,
            base64=partial(encode, attachment, how, files),
        ),
    )
