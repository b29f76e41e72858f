"""Re-serialise a file as the real exchange was seen to do (captures of 2019 and 2025).

What comes out is not what was sent: CRLF line ends, two-space indent, the order of the vendor's
builder, unknown elements and X509SubjectName gone, empty elements dropped, and one more
TraceHeader with a time and no OrganId. Nobody can verify a signature or digest over such a file.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_EOL = "\r\n"

Tree: TypeAlias = Mapping[str, "Tree"]


def _leaves(*names: str) -> dict[str, Tree]:
    return {name: {} for name in names}


_ORGAN = _leaves(
    "OrganId",
    "OrganizationInCharge",
    "OrganName",
    "OrganAdd",
    "Email",
    "Telephone",
    "Fax",
    "Website",
)
_STAFF = _leaves("Department", "DepartmentId", "Staff", "StaffId", "Email", "Mobile")
_ANSWERS = _leaves("OrganId", "Code", "DocumentId", "PromulgationDate")
_MESSAGE: Tree = {
    "From": _ORGAN,
    "To": _ORGAN,
    "DocumentId": {},
    "Code": _leaves("CodeNumber", "CodeNotation"),
    "PromulgationInfo": _leaves("Place", "PromulgationDate"),
    "DocumentType": _leaves("Type", "TypeDetail", "TypeName"),
    **_leaves("Subject", "Content"),
    "SignerInfo": _leaves("Competence", "Position", "FullName"),
    "DueDate": {},
    "OtherInfo": {
        **_leaves("Priority", "SphereOfPromulgation", "TyperNotation", "PromulgationAmount"),
        **_leaves("PageAmount", "ReplyFors", "Direction", "ReferenceCodes"),
        "Appendixes": _leaves("Appendix"),
    },
    "ResponseFor": _ANSWERS,
    "SteeringType": {},
    "ResponseForTask": _leaves("TaskCode"),
    "ApplicationType": {},
    "ToPlaces": _leaves("Place"),
    # A status message has these and none of those above but From and ResponseFor.
    "StaffInfo": _STAFF,
    **_leaves("StatusCode", "Description", "Timestamp"),
}
_TRACE: Tree = {
    "Paper": {},
    "Bussiness": {
        **_leaves("DocumentId", "BussinessDocType", "BussinessDocReason", "Paper"),
        "BussinessDocumentInfo": {
            **_leaves("DocumentInfo", "DocumentReceiver"),
            "ReceiverList": {"Receiver": _leaves("OrganId", "ReceiverType")},
        },
        "ReplacementInfoList": {
            "ReplacementInfo": {"DocumentId": {}, "OrganIdList": _leaves("OrganId")}
        },
        "StaffInfo": _STAFF,
    },
    "TraceHeader": _leaves("OrganId", "Timestamp"),
}
_SIGNATURE: Tree = {
    "SignedInfo": {
        **_leaves("CanonicalizationMethod", "SignatureMethod"),
        "Reference": {
            "Transforms": _leaves("Transform"),
            **_leaves("DigestMethod", "DigestValue"),
        },
    },
    "SignatureValue": {},
    "KeyInfo": {"X509Data": _leaves("X509Certificate")},
}
_ENVELOPE: Tree = {
    "edXMLHeader": {
        "MessageHeader": _MESSAGE,
        "TraceHeaderList": _TRACE,
        "Signature": _SIGNATURE,
    },
    "edXMLBody": {
        "edXMLManifest": {
            "Reference": _leaves("ContentId", "ContentType", "Description", "AttachmentName")
        }
    },
}
_ATTACHMENTS: Tree = {
    "Attachment": _leaves(
        "ContentId", "AttachmentName", "Description", "ContentType", "ContentTransferEncoded"
    )
}
_ATTRIBUTES = frozenset({"id", "version", "Algorithm", "URI"})
_OWN_DECLARATION = frozenset({"edXMLEnvelope", "ContentTransferEncoded"})
_UNPREFIXED = frozenset({"Signature", "AttachmentEncoded"})


def reserialise(content: bytes, *, is_status: bool, timestamp: str) -> bytes:
    """Write a file anew in the builder's form.

    ``content`` must have passed `edxml.read_header`, which refuses document types. ``timestamp``
    is the exchange's TraceHeader, ``yyyy/MM/dd HH:mm:ss`` local time; a status gets none. A file
    that cannot be parsed any more is returned as it is.
    """
    root = _parse(content)
    envelope = None if root is None else next(_children(root, "edXMLEnvelope"), None)
    if root is None or envelope is None:
        return content
    if not is_status:
        _append_trace(envelope, timestamp)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<edXML xmlns="{NAMESPACE}">']
    lines += _write(envelope, "edXMLEnvelope", _ENVELOPE, depth=1, prefix="edXML:")
    for attachments in _children(root, "AttachmentEncoded"):
        lines += _write(attachments, "AttachmentEncoded", _ATTACHMENTS, depth=1, prefix="")
    return (_EOL.join([*lines, "</edXML>"]) + _EOL).encode()


def _parse(content: bytes) -> etree._Element | None:
    # recover: the vendor's own sample uses an undeclared xlink prefix.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
        recover=True,
    )
    start = content.find(b"<")
    try:
        return etree.fromstring(content[max(start, 0) :], parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _append_trace(envelope: etree._Element, timestamp: str) -> None:
    for header in _children(envelope, "edXMLHeader"):
        trace = next(_children(header, "TraceHeaderList"), None)
        if trace is None:
            trace = etree.SubElement(header, "TraceHeaderList")
        stamp = etree.SubElement(etree.SubElement(trace, "TraceHeader"), "Timestamp")
        stamp.text = timestamp


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in element if _local(str(child.tag)) == name)


def _write(
    element: etree._Element, name: str, tree: Tree, *, depth: int, prefix: str
) -> Iterator[str]:
    """Yield the lines of one element; nothing if it is empty."""
    shown = "" if name in _UNPREFIXED else prefix
    inner = [
        line
        for child_name, child_tree in tree.items()
        for child in _children(element, child_name)
        for line in _write(child, child_name, child_tree, depth=depth + 1, prefix=shown)
    ]
    # As the vendor's builder does; a bare carriage return would be read as a line feed.
    text = "" if tree else escape((element.text or "").strip(), {"\r": "&#xD;"})
    attributes = _attributes(element, name)
    tag = ("edXML:" if name == "ContentTransferEncoded" else shown) + name
    indent = "  " * depth
    if inner:
        yield f"{indent}<{tag}{attributes}>"
        yield from inner
        yield f"{indent}</{tag}>"
    elif text:
        yield f"{indent}<{tag}{attributes}>{text}</{tag}>"
    elif attributes and name not in _OWN_DECLARATION:
        yield f"{indent}<{tag}{attributes} />"


def _attributes(element: etree._Element, name: str) -> str:
    own = f' xmlns:edXML="{NAMESPACE}"' if name in _OWN_DECLARATION else ""
    named = ((_local(str(key)), str(value)) for key, value in element.items())
    return own + "".join(f" {key}={quoteattr(value)}" for key, value in named if key in _ATTRIBUTES)
