"""Bytes from outside to an XML tree: hostile files are refused, careless ones are read.

The only errors are `MalformedDocument` and `TooLarge`. Document types are refused before the
parser sees the file, so no entity can be declared and nothing is fetched. The parser runs with
libxml2's "huge" switch, because a text node above 10 000 000 bytes (an attachment of 7 MB) is
refused without it; what the switch turns off is replaced by bounds counted on the bytes before
parsing, so that memory and time stay in proportion to the size of the file.
"""

import re
from dataclasses import dataclass

from lxml import etree

from domain.content import marks
from domain.errors import MalformedDocument, TooLarge
from mappings.edxml.limits import DEFAULT_LIMITS, Limits
from mappings.edxml.namespace import KNOWN_PREFIXES

WHAT = "edXML file"
_BLANKS = b" \t\r\n"
_PROLOG_PIECE = re.compile(rb"[ \t\r\n]*(<\?|<!--)")
_CLOSING = {b"<?": b"?>", b"<!--": b"-->"}
_START = re.compile(rb"<\?xml\s|<(?:[\w.-]+:)?edXML[\s/>]")
_STRAY_BYTES = 65_536  # how far the start of the XML is looked for
_TAG_NAME = re.compile(rb"<[^\s/>]+")
_DECLARED = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UNBOUND = re.compile(r"NS_ERR_UNDEFINED_NAMESPACE: Namespace prefix (\S+) ")
# Declared encodings that are decoded here; anything else is read as UTF-8 or refused. A file that
# says UTF-16 in single bytes comes from .NET text written as UTF-8.
_CODE_PAGES = {b"iso-8859-1": "iso-8859-1", b"windows-1252": "cp1252", b"windows-1258": "cp1258"}
_UTF8_NAMES = {b"utf-8", b"utf8", b"us-ascii", b"ascii"}
_UTF16_STARTS = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A tree without comments, instructions and document type, and what had to be tolerated."""

    root: etree._Element
    warnings: tuple[str, ...]


def parse(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Parsed:
    """Parse one edXML file without its long base64.

    Raises MalformedDocument or its kind TooLarge, nothing else.
    """
    warnings: list[str] = []
    xml = _utf8(content, warnings)
    _check_counts(xml, limits)
    root = _tree(xml, _root_position(xml), warnings)
    _check_depth(root, limits.max_depth)
    return Parsed(root=root, warnings=tuple(warnings))


def _malformed(reason: str) -> MalformedDocument:
    return MalformedDocument(WHAT, reason)


def _utf8(content: bytes, warnings: list[str]) -> bytes:
    """Return the XML alone and in UTF-8, whatever its declaration goes on saying."""
    utf16 = _UTF16_STARTS.get(content[:2])
    if utf16 is not None:
        return _trimmed(_decoded(content, utf16, warnings), warnings)
    xml = _trimmed(content, warnings)
    code_page = _declared_code_page(xml, warnings)
    return xml if code_page is None else _decoded(xml, code_page, warnings)


def _decoded(content: bytes, encoding: str, warnings: list[str]) -> bytes:
    warnings.append(f"the file is in {encoding}, not in UTF-8")
    try:
        return content.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise _malformed(f"its bytes are not {encoding}: {error.reason}") from error


def _declared_code_page(xml: bytes, warnings: list[str]) -> str | None:
    declared = _DECLARED.match(xml)
    name = declared.group(1).lower() if declared else b"utf-8"
    if name not in _UTF8_NAMES and name not in _CODE_PAGES:
        warnings.append(f"the declared encoding {name.decode()} is not used; read as UTF-8")
    return _CODE_PAGES.get(name)


def _trimmed(content: bytes, warnings: list[str]) -> bytes:
    """Cut what stands before the XML."""
    rest = content.removeprefix(b"\xef\xbb\xbf")
    if len(rest) < len(content):
        warnings.append("a byte order mark stands before the XML")
    stripped = rest.lstrip(_BLANKS)
    if len(stripped) < len(rest):
        warnings.append("blank space stands before the XML")
    return stripped if stripped.startswith(b"<") else _after_stray_bytes(stripped, warnings)


def _after_stray_bytes(content: bytes, warnings: list[str]) -> bytes:
    start = _START.search(content, 0, _STRAY_BYTES)
    if start is None or marks(content[: start.start()].decode("latin-1")):
        raise _malformed("it has no <?xml or <edXML near its start; ask the sender for the file")
    if b"<!" in content[: start.start()]:
        raise _malformed("markup stands before its XML declaration")
    warnings.append(f"{start.start()} stray bytes stand before the XML")
    return content[start.start() :]


def _check_counts(xml: bytes, limits: Limits) -> None:
    # An element has at most two tags and an attribute two quotation marks; base64 has neither.
    if xml.count(b"<") > 2 * limits.max_elements:
        raise TooLarge(WHAT, f"it has more than {limits.max_elements} elements")
    if xml.count(b'"') + xml.count(b"'") > 2 * limits.max_attributes:
        raise TooLarge(WHAT, f"it has more than {limits.max_attributes} attributes")


def _root_position(xml: bytes) -> int:
    """Return where the root element starts, refusing a document type on the way."""
    position = 0
    while before := _PROLOG_PIECE.match(xml, position):
        closing = _CLOSING[before.group(1)]
        end = xml.find(closing, before.end())
        if end < 0:
            raise _malformed(f"a {closing.decode()} is missing before its first element")
        position = end + len(closing)
    position = len(xml) - len(xml[position:].lstrip(_BLANKS))
    if xml.startswith(b"<!", position):
        raise _malformed(
            "it has a document type declaration (DTD), which edXML does not use and which can "
            "pull in or multiply content; the sender must export it again without one"
        )
    return position


def _tree(xml: bytes, root_at: int, warnings: list[str]) -> etree._Element:
    parser = _parser()
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        missing = _unbound_prefixes(parser)
        tag = _TAG_NAME.match(xml, root_at)
        if not missing or tag is None:
            raise _not_well_formed(error) from error
    declarations = "".join(f' xmlns:{name}="{KNOWN_PREFIXES[name]}"' for name in missing)
    warnings.extend(f"the prefix {name} is not declared" for name in missing)
    try:
        return etree.fromstring(
            xml[: tag.end()] + declarations.encode() + xml[tag.end() :], _parser()
        )
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from error


def _parser() -> etree.XMLParser:
    # One parser per file: a parser keeps the errors of the files before.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _unbound_prefixes(parser: etree.XMLParser) -> list[str]:
    # The log of the exception is that of the whole process, with the errors of other files.
    return sorted(KNOWN_PREFIXES.keys() & set(_UNBOUND.findall(str(parser.error_log))))


def _not_well_formed(error: etree.XMLSyntaxError) -> MalformedDocument:
    return _malformed(f"it is not well-formed XML: {str(error.msg)[:200]}")


def _check_depth(root: etree._Element, max_depth: int) -> None:
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > max_depth:
            raise TooLarge(WHAT, f"its elements are nested deeper than {max_depth}")
