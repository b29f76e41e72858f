"""Small documents and statuses of a made-up exchange with three units."""

import base64
from datetime import UTC, datetime

from lxml import etree

from domain.ids import OrganId

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
DISTRICT = OrganId("000.00.12.H37")
COMMUNE = OrganId("001.12.00.H37")
TOWN = OrganId("002.12.00.H37")
NOBODY = OrganId("099.99.99.H37")
NAMES = {DISTRICT: "UBND huyện Hữu Lũng", COMMUNE: "UBND xã Yên Sơn", TOWN: "UBND thị trấn"}
SYSTEM_OF = {DISTRICT: "center.huulung", COMMUNE: "center.yenson", TOWN: "center.thitran"}


def document(number: str, *receivers: OrganId, sender: OrganId = DISTRICT) -> bytes:
    """Return a minimal edXML document with one attachment."""
    to = "".join(
        f"<edXML:To><edXML:OrganId>{code}</edXML:OrganId>"
        f"<edXML:OrganName>{NAMES.get(code, 'Không rõ')}</edXML:OrganName></edXML:To>"
        for code in receivers
    )
    pdf = base64.b64encode(b"%PDF-1.4 " + number.encode()).decode()
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NAMESPACE}"><edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}"><edXML:edXMLHeader>\
<edXML:MessageHeader><edXML:From><edXML:OrganId>{sender}</edXML:OrganId>\
<edXML:OrganName>{NAMES[sender]}</edXML:OrganName></edXML:From>{to}\
<edXML:DocumentId>{sender},2024/05/08,{number}/UBND-VH</edXML:DocumentId>\
<edXML:Code><edXML:CodeNumber>{number}</edXML:CodeNumber>\
<edXML:CodeNotation>UBND-VH</edXML:CodeNotation></edXML:Code>\
<edXML:PromulgationInfo><edXML:Place>Hữu Lũng</edXML:Place>\
<edXML:PromulgationDate>2024/05/08</edXML:PromulgationDate></edXML:PromulgationInfo>\
<edXML:DocumentType><edXML:Type>2</edXML:Type><edXML:TypeDetail>18</edXML:TypeDetail>\
<edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>\
<edXML:Subject>Về việc triển khai Nghị quyết số 47/NQ-CP</edXML:Subject>\
<edXML:SteeringType>0</edXML:SteeringType></edXML:MessageHeader>\
<edXML:TraceHeaderList><edXML:TraceHeader><edXML:OrganId>{sender}</edXML:OrganId>\
<edXML:Timestamp>2024/05/08 09:00:00</edXML:Timestamp></edXML:TraceHeader>\
<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType>\
<edXML:Paper>0</edXML:Paper></edXML:Bussiness></edXML:TraceHeaderList></edXML:edXMLHeader>\
<edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference>\
<edXML:ContentId>cid:a1</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType>\
<edXML:Description/><edXML:AttachmentName>vb.pdf</edXML:AttachmentName></edXML:Reference>\
</edXML:edXMLManifest></edXML:edXMLBody></edXML:edXMLEnvelope><AttachmentEncoded><Attachment>\
<ContentId>cid:a1</ContentId><AttachmentName>vb.pdf</AttachmentName><Description/>\
<ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded \
xmlns:edXML="{NAMESPACE}">{pdf}</edXML:ContentTransferEncoded></Attachment>\
</AttachmentEncoded></edXML>
""".encode()


def status(sender: OrganId, about: OrganId, number: str, code: str = "01") -> bytes:
    """Return a minimal status message; its addressee is ResponseFor/OrganId."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NAMESPACE}"><edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}"><edXML:edXMLHeader>\
<edXML:MessageHeader><edXML:From><edXML:OrganId>{sender}</edXML:OrganId>\
<edXML:OrganName>{NAMES[sender]}</edXML:OrganName></edXML:From><edXML:ResponseFor>\
<edXML:OrganId>{about}</edXML:OrganId><edXML:Code>{number}/UBND-VH</edXML:Code>\
<edXML:DocumentId>{about},2024/05/08,{number}/UBND-VH</edXML:DocumentId>\
<edXML:PromulgationDate>2024/05/08</edXML:PromulgationDate></edXML:ResponseFor>\
<edXML:StatusCode>{code}</edXML:StatusCode><edXML:Description>Văn bản đã đến</edXML:Description>\
<edXML:Timestamp>2024/05/08 10:00:00</edXML:Timestamp></edXML:MessageHeader>\
</edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>
""".encode()


def meaning(content: bytes) -> list[tuple[str, str]]:
    """Return the filled elements that survive a builder's own order, without trace headers."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    return sorted(
        (etree.QName(element).localname, element.text.strip())
        for element in root.iter("{*}*")
        if element.text
        and element.text.strip()
        and not list(element.iterancestors("{*}TraceHeader"))
        and etree.QName(element).localname != "ContentId"
    )
