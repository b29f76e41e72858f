"""Every packet that Dondoc can express survives writing, transit and reading."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from domain.exchange import (
    Attachment,
    Business,
    Organ,
    Packet,
    ResponseFor,
    Signer,
    StatusPacket,
)
from domain.ids import OrganId
from mappings.edxml.attachment_names import content_type_of, safe_name
from mappings.edxml.block import local_name
from mappings.edxml.read import read_packet
from mappings.edxml.values import write_text
from mappings.edxml.write import write_packet, write_status


def tidy(text: str) -> str:
    """What reading makes of any text: NFC, trimmed, only characters of XML."""
    return unicodedata.normalize("NFC", write_text(text)).strip()


texts = st.text(max_size=40).map(tidy)
words = texts.filter(bool)
organ_ids = words.filter(lambda text: text.lower() != "null").map(OrganId)
days = st.dates(date(1, 1, 2), date(9999, 12, 30))
instants = st.datetimes(datetime(1980, 1, 1), datetime(9999, 12, 30)).map(  # noqa: DTZ001
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)
organs = st.builds(
    Organ,
    organ_id=organ_ids,
    name=texts,
    in_charge=texts,
    address=texts,
    email=texts,
    telephone=texts,
    fax=texts,
    website=texts,
)
answers = st.builds(
    ResponseFor,
    organ_id=st.none() | organ_ids,
    code=texts,
    document_id=texts,
    promulgated_on=st.none() | days,
).filter(lambda answer: answer != ResponseFor())
signers = st.builds(Signer, competence=texts, position=texts, full_name=texts).filter(
    lambda signer: signer != Signer()
)
names = st.builds(
    lambda stem, end: safe_name(stem + end),
    st.text(min_size=1, max_size=300),
    st.sampled_from([".pdf", ".PDF", ".docx", ".xls", ".zip", ".7z", ".jar", ".txt", ".lạ", ""]),
).filter(bool)
contents = st.binary(min_size=1) | st.sampled_from(
    [b"PK\x03\x04", b"PK\x03\x04 is no archive", b"%PDF-1.7"]
)
attachments = st.builds(
    lambda name, content, description: Attachment(
        name=name,
        content=content,
        content_type=content_type_of(name),
        description=description,
    ),
    names,
    contents,
    texts,
)
numbers = st.integers(-99_999, 999_999)
packets = st.builds(
    Packet,
    sender=organs,
    receivers=st.lists(organs, min_size=1, max_size=3).map(tuple),
    document_id=words,
    code_number=texts,
    code_notation=texts,
    place=texts,
    promulgated_on=st.none() | days,
    type_code=numbers,
    type_detail=numbers,
    type_name=texts,
    subject=texts,
    content=texts,
    signer=st.none() | signers,
    due_on=st.none() | days,
    priority=numbers,
    sphere=texts,
    page_amount=numbers,
    appendixes=st.lists(words, max_size=3).map(tuple),
    response_for=st.lists(answers, max_size=2).map(tuple),
    steering_type=numbers,
    to_places=st.lists(words, max_size=3).map(tuple),
    business=st.sampled_from(Business),
    business_reason=texts,
    business_document_id=texts,
    paper_follows=st.booleans(),
    sent_at=st.none() | instants,
    attachments=st.lists(attachments, max_size=3).map(tuple),
)
statuses = st.builds(
    StatusPacket,
    sender=organs,
    response_for=answers,
    code=words,
    description=texts,
    staff=texts,
    at=st.none() | instants,
)
SENDER = Organ(organ_id=OrganId("H37.02.02"), name="UBND huyện Hữu Lũng")
DIRECTIVE = Packet(
    sender=SENDER,
    receivers=(Organ(organ_id=OrganId("H37.02.02.005"), name="UBND xã Yên Sơn"),),
    document_id="H37.02.02,2024/05/08,512/UBND-VH",
    code_number="512",
    code_notation="UBND-VH",
    place="Hữu Lũng",
    promulgated_on=date(2024, 5, 8),
    type_name="Công văn",
    subject="V/v triển khai Nghị quyết số 47/NQ-CP & các văn bản liên quan\r\n<lần 1>",
    sent_at=datetime(2024, 5, 8, 1, 30, tzinfo=UTC),
    attachments=(
        Attachment(name="512-UBND-VH.pdf", content=b"%PDF-1.7", content_type="application/pdf"),
        Attachment(name="Mẫu số 1.txt", content="Biểu mẫu".encode(), content_type="text/plain"),
    ),
)


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
    return content.decode().encode("utf-16")


def reordered(content: bytes) -> bytes:
    root = etree.fromstring(content)
    draw = Random(len(content))
    for element in list(root.iter(etree.Element)):
        rank = {name: draw.random() for name in sorted({local_name(each) for each in element})}
        element[:] = sorted(element, key=lambda each: rank[local_name(each)])
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def wrapped_base64(content: bytes) -> bytes:
    root = etree.fromstring(content)
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


@given(packets)
@example(DIRECTIVE)
@settings(max_examples=60)
def test_a_document_is_read_as_it_was_written(packet: Packet) -> None:
    assert read_packet(write_packet(packet)).packet == packet


@given(statuses)
@settings(max_examples=60)
def test_a_status_is_read_as_it_was_written(status: StatusPacket) -> None:
    reading = read_packet(write_status(status))
    assert reading.packet == status
    assert reading.warnings == ()


@given(packets)
@settings(max_examples=15)
def test_equal_records_give_equal_bytes(packet: Packet) -> None:
    assert write_packet(packet) == write_packet(replace(packet))


@pytest.mark.parametrize("transit", TRANSITS)
def test_a_document_survives_transit(transit: Callable[[bytes], bytes]) -> None:
    assert read_packet(transit(write_packet(DIRECTIVE))).packet == DIRECTIVE


@given(packets)
@settings(max_examples=15)
def test_the_order_of_elements_does_not_matter(packet: Packet) -> None:
    content = write_packet(packet)
    assert read_packet(reordered(content)).packet == packet


@pytest.mark.parametrize("transit", TRANSITS)
def test_a_status_survives_transit(transit: Callable[[bytes], bytes]) -> None:
    status = StatusPacket(
        sender=SENDER,
        response_for=ResponseFor(code="512/UBND-VH", promulgated_on=date(2024, 5, 8)),
        code="03",
        description="Đã tiếp nhận",
        staff="Văn thư",
        at=datetime(2024, 5, 8, 2, 0, tzinfo=UTC),
    )
    assert read_packet(transit(write_status(status))).packet == status


@pytest.mark.parametrize(
    ("transit", "warning"),
    [
        (as_written, None),
        (no_namespace, "elements have no namespace"),
        (byte_order_mark, "a byte order mark stands before the XML"),
        (stray_bytes, "5 stray bytes stand before the XML"),
        (utf_16, "the file is in utf-16, not in UTF-8"),
    ],
)
def test_each_tolerance_leaves_a_warning(
    transit: Callable[[bytes], bytes], warning: str | None
) -> None:
    warnings = read_packet(transit(write_packet(DIRECTIVE))).warnings
    assert warnings == () if warning is None else warning in warnings
