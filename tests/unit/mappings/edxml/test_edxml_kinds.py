"""Every kind of document and every status, written strictly and read again without a warning."""

import base64
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from domain.exchange import (
    Business,
    Change,
    ChangedReceiver,
    ExchangeStatus,
    Organ,
    Replaced,
    ResponseFor,
    Staff,
    StatusPacket,
)
from domain.ids import OrganId
from mappings.edxml.namespace import EDXML
from mappings.edxml.write import write_status
from tests.edxml_files import attached, read, written
from tests.unit.mappings.edxml.edxml_packets import DIRECTIVE, SENDER

NAMES = {"e": EDXML}
BUSINESS = "/e:edXML/e:edXMLEnvelope/e:edXMLHeader/e:TraceHeaderList/e:Bussiness"
MESSAGE = "/e:edXML/e:edXMLEnvelope/e:edXMLHeader/e:MessageHeader"
COMMUNES = tuple(
    Organ(organ_id=OrganId(f"H37.02.02.{number:03}"), name=f"UBND xã {number}")
    for number in range(1, 25)
)


def texts(content: bytes, path: str) -> list[str]:
    found = etree.fromstring(content).xpath(f"{path}/text()", namespaces=NAMES)
    assert isinstance(found, list)
    return [str(text) for text in found]


@pytest.mark.parametrize("business", Business)
def test_each_kind_of_document(business: Business) -> None:
    packet = replace(
        DIRECTIVE,
        business=business,
        business_reason="Sai thời hạn",
        business_document_id="H37.02.02,2024/05/01,500/UBND-VH",
        paper_follows=True,
    )
    content = written(packet)
    reading = read(content)
    assert reading.packet == packet
    assert reading.warnings == ()
    assert texts(content, f"{BUSINESS}/e:BussinessDocType") == [business.value]
    assert texts(content, f"{BUSINESS}/e:Paper") == ["1"]


def test_a_new_document_says_nothing_of_another() -> None:
    children = etree.fromstring(written(DIRECTIVE)).xpath(f"{BUSINESS}/*", namespaces=NAMES)
    assert isinstance(children, list)
    names = [etree.QName(each).localname for each in children if isinstance(each, etree._Element)]
    assert names == ["BussinessDocType", "Paper"]


def test_a_replacement_names_each_document_and_who_had_it() -> None:
    replaced = (
        Replaced(
            document_id="H37.02.02,2024/05/01,500/UBND-VH",
            receivers=tuple(each.organ_id for each in COMMUNES),
        ),
        Replaced(document_id="H37.02.02,2024/05/02,501/UBND-VH"),
    )
    packet = replace(DIRECTIVE, business=Business.REPLACEMENT, replaced=replaced)
    content = written(packet)
    entry = f"{BUSINESS}/e:ReplacementInfoList/e:ReplacementInfo"
    assert texts(content, f"{entry}/e:DocumentId") == [each.document_id for each in replaced]
    assert texts(content, f"{entry}/e:OrganIdList/e:OrganId") == [
        each.organ_id for each in COMMUNES
    ]
    assert read(content).packet == packet


def test_an_update_says_what_changes_for_whom() -> None:
    changed = (
        ChangedReceiver(organ_id=COMMUNES[0].organ_id, kind="0"),
        ChangedReceiver(organ_id=COMMUNES[1].organ_id, kind="1"),
    )
    packet = replace(
        DIRECTIVE,
        business=Business.UPDATE,
        business_reason="Bổ sung nơi nhận",
        business_document_id="H37.02.02,2024/05/01,500/UBND-VH",
        changes=(Change(data=True), Change(receivers=True, changed=changed)),
        staff=(Staff(name="Nguyễn Văn A", department="Văn thư"), Staff(mobile="0900000000")),
    )
    content = written(packet)
    info = f"{BUSINESS}/e:BussinessDocumentInfo"
    assert texts(content, f"{info}/e:DocumentInfo") == ["1", "0"]
    assert texts(content, f"{info}/e:DocumentReceiver") == ["0", "1"]
    assert texts(content, f"{info}/e:ReceiverList/e:Receiver/e:OrganId") == [
        each.organ_id for each in COMMUNES[:2]
    ]
    assert texts(content, f"{info}/e:ReceiverList/e:Receiver/e:ReceiverType") == ["0", "1"]
    assert texts(content, f"{BUSINESS}/e:StaffInfo/e:Staff") == ["Nguyễn Văn A"]
    reading = read(content)
    assert reading.packet == packet
    assert reading.warnings == ()


def test_a_revocation_can_name_its_document_by_an_answer_alone() -> None:
    """As the vendor's sample does it."""
    packet = replace(
        DIRECTIVE,
        business=Business.REVOCATION,
        response_for=(
            ResponseFor(
                organ_id=SENDER.organ_id,
                code="500/UBND-VH",
                document_id="H37.02.02,2024/05/01,500/UBND-VH",
                promulgated_on=date(2024, 5, 1),
            ),
        ),
    )
    reading = read(written(packet))
    assert reading.packet == packet
    assert reading.warnings == ()


def test_every_receiver_answer_and_place_is_written_once_in_its_order() -> None:
    packet = replace(
        DIRECTIVE,
        receivers=COMMUNES,
        response_for=tuple(ResponseFor(code=f"{number}/NQ-CP") for number in (47, 48)),
        to_places=("Như trên", "TT HU", "Lưu: VT"),
    )
    content = written(packet)
    assert texts(content, f"{MESSAGE}/e:To/e:OrganId") == [each.organ_id for each in COMMUNES]
    assert texts(content, f"{MESSAGE}/e:ResponseFor/e:Code") == ["47/NQ-CP", "48/NQ-CP"]
    assert texts(content, f"{MESSAGE}/e:ToPlaces/e:Place") == ["Như trên", "TT HU", "Lưu: VT"]
    assert read(content).packet == packet


@pytest.mark.parametrize("code", ExchangeStatus)
def test_each_status(code: ExchangeStatus) -> None:
    status = StatusPacket(
        sender=SENDER,
        response_for=ResponseFor(
            organ_id=OrganId("H37"),
            code="512/UBND-VH",
            document_id="H37.02.02,2024/05/08,512/UBND-VH",
            promulgated_on=date(2024, 5, 8),
        ),
        code=code.value,
        description="Lý do",
        staff=Staff(name="Văn thư"),
        at=datetime(2024, 5, 8, 2, 0, tzinfo=UTC),
    )
    content = write_status(status)
    reading = read(content)
    assert reading.packet == status
    assert reading.warnings == ()
    assert texts(content, f"{MESSAGE}/e:StatusCode") == [code.value]
    assert texts(content, f"{MESSAGE}/e:To") == []


def test_wrapped_files_bear_names_of_their_own_inside() -> None:
    """The SDK's parser unpacks into one folder: one name for all would leave it the last file."""
    packet = replace(
        DIRECTIVE,
        attachments=(
            attached("Mẫu 1.xls", b"1"),
            attached("Mẫu 2.xls", b"2"),
            attached("Mẫu 2", b"2"),
        ),
    )
    content = written(packet)
    entries = []
    for encoded in texts(content, "//e:ContentTransferEncoded"):
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(encoded))) as archive:
            entries += archive.namelist()
    stems, ends = zip(*(each.partition(".")[::2] for each in entries), strict=True)
    assert ends == ("xls", "xls", "")
    assert len(set(entries)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", stem) for stem in stems)
    assert written(packet) == content


def test_both_encodings_of_attachments() -> None:
    packet = replace(
        DIRECTIVE,
        attachments=(
            attached("512.pdf", b"%PDF-1.7", "application/pdf", "Văn bản"),
            attached("Mẫu.xls", b"\xd0\xcf\x11\xe0", "application/vnd.ms-excel"),
        ),
    )
    content = written(packet)
    part = "/e:edXML/e:AttachmentEncoded/e:Attachment"
    assert texts(content, f"{part}/e:ContentType") == ["application/pdf", "application/zip"]
    first, second = texts(content, f"{part}/e:ContentTransferEncoded")
    assert (first, second[:5]) == ("JVBERi0xLjc=", "UEsDB")
    assert read(content).packet == packet
