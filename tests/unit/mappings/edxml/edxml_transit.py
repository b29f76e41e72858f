"""What happens to a file between its writer and its reader, alone and one after the other.

Transits of a tree change how the document is written as XML, transits of bytes come after them.
Each keeps what the document says.
"""

import re
from collections.abc import Callable
from random import Random

from lxml import etree

from mappings.edxml.block import local_name
from mappings.edxml.namespace import EDXML

Transit = Callable[[bytes], bytes]


def _tree(content: bytes, *, remove_blank_text: bool = False) -> etree._Element:
    """Parse without comments and instructions, which an earlier transit may have left."""
    parser = etree.XMLParser(
        remove_blank_text=remove_blank_text, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(content, parser)


def as_written(content: bytes) -> bytes:
    return content


def other_prefix(content: bytes) -> bytes:
    return content.replace(b"edXML:", b"ns0:").replace(b"xmlns:edXML=", b"xmlns:ns0=")


def one_namespace(content: bytes) -> bytes:
    return content.replace(b"<edXML:", b"<").replace(b"</edXML:", b"</")


def no_namespace(content: bytes) -> bytes:
    return one_namespace(content).replace(
        b' xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"', b"", 1
    )


def line_feeds(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def byte_order_mark(content: bytes) -> bytes:
    return b"\xef\xbb\xbf\r\n" + content


def stray_bytes(content: bytes) -> bytes:
    return b"1212\xff" + content


def utf_16(content: bytes) -> bytes:
    return content.decode(errors="ignore").encode("utf-16")


def reordered(content: bytes) -> bytes:
    root = _tree(content)
    draw = Random(len(content))
    for element in list(root.iter(etree.Element)):
        rank = {name: draw.random() for name in sorted({local_name(each) for each in element})}
        element[:] = sorted(element, key=lambda each: rank[local_name(each)])
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def wrapped_base64(content: bytes) -> bytes:
    root = _tree(content)
    for element in root.iter("{*}ContentTransferEncoded"):
        text = element.text or ""
        element.text = "\r\n".join(text[start : start + 7] for start in range(0, len(text), 7))
    return etree.tostring(root)


TRANSITS = [
    as_written,
    other_prefix,
    one_namespace,
    no_namespace,
    line_feeds,
    byte_order_mark,
    stray_bytes,
    utf_16,
    reordered,
    wrapped_base64,
]


def _copied(element: etree._Element, prefixes: dict[str | None, str]) -> etree._Element:
    """Copy an element below which all prefixes are declared anew."""
    # The stubs do not know that None stands for no prefix.
    copy = etree.Element(element.tag, nsmap=prefixes)  # type: ignore[arg-type]
    copy.text, copy.tail = element.text, element.tail
    copy.extend([_copied(each, prefixes) for each in element])
    return copy


def own_prefix(content: bytes) -> bytes:
    return _with_prefixes(content, {"q1": EDXML})


def no_prefix(content: bytes) -> bytes:
    return _with_prefixes(content, {None: EDXML})


def _with_prefixes(content: bytes, prefixes: dict[str | None, str]) -> bytes:
    return etree.tostring(_copied(_tree(content), prefixes), encoding="utf-8")


def on_one_line(content: bytes) -> bytes:
    return etree.tostring(_tree(content, remove_blank_text=True), encoding="utf-8")


def indented_by_tabs(content: bytes) -> bytes:
    root = _tree(content)
    etree.indent(root, "\t")
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def as_character_references(content: bytes) -> bytes:
    return etree.tostring(_tree(content), encoding="us-ascii", xml_declaration=True)


def with_comments(content: bytes) -> bytes:
    root = _tree(content)
    for element in list(root.iter(etree.Element)):
        element.append(etree.Comment("một"))
        element.addprevious(etree.ProcessingInstruction("hai"))
    return etree.tostring(root, encoding="utf-8")


def with_unknown_elements(content: bytes) -> bytes:
    root = _tree(content)
    for element in [each for each in root.iter(etree.Element) if len(each)]:
        element.insert(0, etree.SubElement(element, "{urn:x.example}Unknown"))
        element.set("unknown", "")
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def one_trace_more(content: bytes) -> bytes:
    """Append a hop with a time alone, as the exchange does (captures of 2025)."""
    root = _tree(content)
    for trace in root.iter("{*}TraceHeaderList"):
        hop = etree.SubElement(trace, f"{{{EDXML}}}TraceHeader")
        etree.SubElement(hop, f"{{{EDXML}}}Timestamp").text = "2025/10/01 08:00:00"
    return etree.tostring(root, encoding="utf-8")


def without_empty_elements(content: bytes) -> bytes:
    root = _tree(content)
    for element in list(root.iter(etree.Element)):
        above = element.getparent()
        if above is not None and not len(element) and not (element.text or "").strip():
            above.remove(element)
    return etree.tostring(root, encoding="utf-8")


def carriage_returns(content: bytes) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", content)


def no_declaration(content: bytes) -> bytes:
    return re.sub(rb"^<\?xml.*?\?>\s*", b"", content)


def blank_lines(content: bytes) -> bytes:
    return b"\r\n \t\r\n" + content + b"\n\n"


TREES: list[Transit] = [
    as_written,
    own_prefix,
    no_prefix,
    on_one_line,
    indented_by_tabs,
    as_character_references,
    with_comments,
    with_unknown_elements,
    without_empty_elements,
    reordered,
    wrapped_base64,
]
BYTES: list[Transit] = [
    as_written,
    carriage_returns,
    line_feeds,
    no_declaration,
    blank_lines,
    byte_order_mark,
    stray_bytes,
    utf_16,
]
