"""The SOAP form of Exchange Web Services: requests read, answers built.

Element order and attributes follow Microsoft's reference pages of each operation
(learn.microsoft.com, "EWS operations in Exchange").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

Element: TypeAlias = etree._Element
Content: TypeAlias = Element | str | None

_PREFIXES = {"s": SOAP, "m": MESSAGES, "t": TYPES}
# Exchange Server 2016 CU23.
_VERSION = {
    "MajorVersion": "15",
    "MinorVersion": "1",
    "MajorBuildNumber": "2507",
    "MinorBuildNumber": "6",
    "Version": "V2017_07_11",
}


class EwsError(Exception):
    """What one response message says instead of its content: a ResponseCode and its text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class SoapFault(Exception):
    """What the whole request is answered with, as HTTP 500; ``back_off`` is in milliseconds."""

    def __init__(self, code: str, text: str, back_off: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.back_off = back_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: the name of its operation and the element that holds its arguments."""

    operation: str
    body: Element


def read_request(octets: bytes) -> Request:
    """Read a SOAP request; raises ``SoapFault`` for what is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        text = f"The request is not well-formed: {error}"
        raise SoapFault("ErrorSchemaValidation", text) from None
    body = root.find(f"{{{SOAP}}}Body")
    if body is None or not len(body):
        raise SoapFault("ErrorSchemaValidation", "The request has no SOAP body.")
    name = etree.QName(body[0])
    if name.namespace != MESSAGES:
        raise SoapFault("ErrorInvalidRequest", "The request failed schema validation.")
    return Request(operation=name.localname, body=body[0])


def m(name: str, *content: Content, **attributes: str) -> Element:
    """Build an element of the messages namespace."""
    return _build(MESSAGES, name, content, attributes)


def t(name: str, *content: Content, **attributes: str) -> Element:
    """Build an element of the types namespace."""
    return _build(TYPES, name, content, attributes)


def _build(
    space: str, name: str, content: tuple[Content, ...], attributes: dict[str, str]
) -> Element:
    element = etree.Element(f"{{{space}}}{name}", attributes, nsmap={"m": MESSAGES, "t": TYPES})
    for part in content:
        if isinstance(part, str):
            element.text = printable(part)
        elif part is not None:
            element.append(part)
    return element


def printable(text: str) -> str:
    """Return a text without the characters that XML 1.0 forbids."""
    return "".join(
        mark if mark in "\t\n\r" or " " <= mark <= "\ud7ff" or mark >= "\ue000" else "?"
        for mark in text
    )


def response_message(operation: str, *content: Content) -> Element:
    """Build the message of a success."""
    code = m("ResponseCode", "NoError")
    return m(f"{operation}ResponseMessage", code, *content, ResponseClass="Success")


def error_message(operation: str, error: EwsError, *content: Content) -> Element:
    """Build the message of an error, with what its type requires beside it."""
    return m(
        f"{operation}ResponseMessage",
        m("MessageText", error.text),
        m("ResponseCode", error.code),
        m("DescriptiveLinkKey", "0"),
        *content,
        ResponseClass="Error",
    )


def response(operation: str, messages: list[Element]) -> Element:
    """Build the answer of an operation from its messages, one for each thing asked for."""
    return m(f"{operation}Response", m("ResponseMessages", *messages))


def envelope(body: Element) -> bytes:
    """Return a whole answer with the server's version in its header."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_PREFIXES)
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    etree.SubElement(header, f"{{{TYPES}}}ServerVersionInfo", _VERSION)
    etree.SubElement(root, f"{{{SOAP}}}Body").append(body)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["t"])
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def fault(error: SoapFault) -> bytes:
    """Return a whole answer that refuses the request."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    told = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    code = etree.SubElement(told, "faultcode", nsmap={"a": TYPES})
    code.text = f"a:{error.code}"
    etree.SubElement(told, "faultstring").text = error.text
    detail = etree.SubElement(told, "detail")
    for name, text in (("ResponseCode", error.code), ("Message", error.text)):
        etree.SubElement(detail, f"{{{ERRORS}}}{name}", nsmap={"e": ERRORS}).text = text
    if error.back_off is not None:
        value = t("Value", str(error.back_off), Name="BackOffMilliseconds")
        detail.append(t("MessageXml", value))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def child(element: Element, name: str) -> Element | None:
    """Return the first child with this local name."""
    return next(children(element, name), None)


def children(element: Element, name: str = "") -> Iterator[Element]:
    """Yield child elements, all or those with one local name."""
    for one in element:
        # Comments have a function for a tag.
        if not callable(one.tag) and name in ("", etree.QName(one).localname):
            yield one


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname


def text_of(element: Element, name: str, default: str = "") -> str:
    """Return the text of a child, or ``default`` when it is not there."""
    found = child(element, name)
    return default if found is None else found.text or ""


def flag_of(element: Element, name: str) -> bool:
    """Return the truth of a child (xs:boolean); false when it is not there."""
    return text_of(element, name).strip() in {"true", "1"}
