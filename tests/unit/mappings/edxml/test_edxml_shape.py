"""The written form is that of the VXP SDK's builder, line by line."""

import re
from dataclasses import replace

import pytest
from lxml import etree

from domain.exchange import (
    Business,
    Organ,
    Packet,
    ResponseFor,
    StatusPacket,
)
from domain.ids import OrganId
from mappings.edxml.write import write_status
from tests.checkout import ROOT
from tests.edxml_files import read, written

DATA = ROOT / "tests" / "data" / "edxml"
# The signature proves nothing after the exchange has written a file anew, and one Paper is enough.
LEFT_OUT = re.compile(r"/(TraceHeaderList/Paper|Signature)(/|$)")


def vendor_document() -> Packet:
    found = read((DATA / "built_by_vendor_edoc.xml").read_bytes()).packet
    assert isinstance(found, Packet)
    return replace(found, copies=2)


def paths(content: bytes) -> list[str]:
    """Every element with its prefix, in document order, as a path."""

    def walk(element: etree._Element, above: str) -> list[str]:
        name = f"{element.prefix}:" if element.prefix else ""
        here = f"{above}/{name}{etree.QName(element).localname}"
        return [here, *(path for child in element for path in walk(child, here))]

    return walk(etree.fromstring(content), "")


def comparable(all_paths: list[str]) -> list[str]:
    kept = (path for path in all_paths if not LEFT_OUT.search(path.replace("edXML:", "")))
    return list(dict.fromkeys(kept))


def test_elements_and_prefixes_are_in_the_order_of_the_vendor_builder() -> None:
    expected = comparable(paths((DATA / "built_by_vendor_edoc.xml").read_bytes()))
    assert comparable(paths(written(vendor_document()))) == expected


def test_a_status_is_in_the_order_of_the_vendor_builder() -> None:
    built = read((DATA / "built_by_vendor_status.xml").read_bytes()).packet
    assert isinstance(built, StatusPacket)
    expected = comparable(paths((DATA / "built_by_vendor_status.xml").read_bytes()))
    assert comparable(paths(write_status(built))) == expected


def test_a_line_is_as_the_vendor_builder_writes_it() -> None:
    built = (DATA / "built_by_vendor_edoc.xml").read_bytes().split(b"\r\n")
    first = vendor_document().attachments[0]
    lines = written(replace(vendor_document(), attachments=(first,))).split(b"\r\n")
    # The builder calls every file a ZIP in the manifest; its numbers of the business are words.
    new = {
        b"          <edXML:PromulgationAmount>2</edXML:PromulgationAmount>",
        b"          <edXML:ContentType>application/pdf</edXML:ContentType>",
        b"          <edXML:ContentId>cid:1</edXML:ContentId>",
        b"          <edXML:BussinessDocType>0</edXML:BussinessDocType>",
        b"            <edXML:DocumentInfo>0</edXML:DocumentInfo>",
        b"            <edXML:DocumentReceiver>0</edXML:DocumentReceiver>",
        b"          <edXML:Paper>0</edXML:Paper>",
        b"      <edXML:TraceHeaderList>",
        b"      <ContentId>cid:1</ContentId>",
    }
    assert set(lines) - set(built) == new


def test_blank_fields_are_left_out() -> None:
    content = written(
        Packet(
            sender=Organ(organ_id=OrganId("H37.1")),
            receivers=(),
            document_id="d",
            code_number="",
            code_notation=" ",
            business=Business.REPLACEMENT,
        )
    )
    assert b"<edXML:Code />" in content
    assert not re.search(rb"Signer|DueDate|Appendix|ToPlaces|Attachment|Timestamp|IdList", content)
    assert b"TypeDetail" not in content


def test_a_status_without_reference_or_staff_has_no_such_element() -> None:
    content = write_status(
        StatusPacket(sender=Organ(organ_id=OrganId("H37.1")), response_for=ResponseFor(), code="01")
    )
    assert not re.search(rb"ResponseFor|StaffInfo|Description|Timestamp", content)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\x00\x0b\ufffe\ud800b", b">ab<"),
        ("R&D <x> \r\n", b">R&amp;D &lt;x&gt; &#13;\n<"),
        ("Nghị quyết 🙂", ">Nghị quyết &#128578;<".encode()),
    ],
)
def test_text_is_escaped_and_freed_of_what_xml_forbids(text: str, written: bytes) -> None:
    status = StatusPacket(
        sender=Organ(organ_id=OrganId("H37.1")),
        response_for=ResponseFor(),
        code="01",
        description=text,
    )
    assert b"<edXML:Description" + written in write_status(status)
