"""What every document exchange must do, over the fake and over VXP on a real socket."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from connector.eoffice.memory import MemoryHub
from connector.eoffice.vxp import VxpExchange
from domain.content import Inline
from domain.errors import PeerRefused, PeerUnavailable
from domain.exchange import Agency, PacketKind, Settlement, WaitingPacket
from domain.ids import OrganId
from domain.ports import DocumentExchange
from dondoc.simulators.eoffice import Agency as Unit
from dondoc.simulators.eoffice import Exchange
from tests.contract.fetching import fetched

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


class Hub:
    """Every unit's own connection to the exchange under test."""

    def __init__(self, connections: dict[OrganId, DocumentExchange]) -> None:
        self._connections = connections

    def of(self, unit: OrganId) -> DocumentExchange:
        return self._connections[unit]

    def send(self, number: str, *receivers: OrganId) -> str:
        return self.of(DISTRICT).send(
            Inline(document(number, *receivers)),
            kind=PacketKind.DOCUMENT,
            sender=DISTRICT,
            receivers=receivers,
        )

    def waiting(self, unit: OrganId, kind: PacketKind = PacketKind.DOCUMENT) -> list[WaitingPacket]:
        return self.of(unit).waiting(kind)


class DocumentExchangeContract:
    """Subclasses give the fixture ``hub`` and say whether bytes come back unchanged."""

    keeps_bytes = True

    def assert_same(self, received: bytes, content: bytes) -> None:
        if self.keeps_bytes:
            assert received == content
        assert meaning(received) == meaning(content)

    def test_nothing_waits_at_first(self, hub: Hub) -> None:
        assert hub.waiting(COMMUNE) == []
        assert hub.waiting(COMMUNE, PacketKind.STATUS) == []
        assert hub.of(DISTRICT).sent(PacketKind.DOCUMENT) == []

    def test_a_document_travels_and_is_settled(self, hub: Hub) -> None:
        assert hub.send("512", COMMUNE)
        assert hub.waiting(DISTRICT) == []
        assert hub.waiting(TOWN) == []
        (packet,) = hub.waiting(COMMUNE)
        assert packet.kind is PacketKind.DOCUMENT
        assert packet.sender == DISTRICT
        assert packet.receiver == COMMUNE
        self.assert_same(fetched(hub.of(COMMUNE), packet.doc_id), document("512", COMMUNE))
        assert hub.waiting(COMMUNE) == [packet]
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(COMMUNE) == []

    def test_settling_twice_is_harmless(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(COMMUNE) == []

    def test_a_packet_that_failed_waits_no_longer(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.FAIL)
        assert hub.waiting(COMMUNE) == []

    def test_a_settled_packet_can_still_be_fetched(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        self.assert_same(fetched(hub.of(COMMUNE), packet.doc_id), document("512", COMMUNE))

    def test_the_same_bytes_are_the_same_packet(self, hub: Hub) -> None:
        first = hub.send("512", COMMUNE)
        assert hub.send("512", COMMUNE) == first
        assert len(hub.waiting(COMMUNE)) == 1
        assert len(hub.of(DISTRICT).sent(PacketKind.DOCUMENT)) == 1
        assert hub.send("513", COMMUNE) != first

    def test_the_same_bytes_after_settling_do_not_wait_again(self, hub: Hub) -> None:
        first = hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        assert hub.send("512", COMMUNE) == first
        assert hub.waiting(COMMUNE) == []

    def test_one_document_for_two_receivers(self, hub: Hub) -> None:
        doc_id = hub.send("512", COMMUNE, TOWN)
        (at_commune,) = hub.waiting(COMMUNE)
        (at_town,) = hub.waiting(TOWN)
        hub.of(COMMUNE).settle(at_commune.doc_id, Settlement.DONE)
        assert hub.waiting(TOWN) == [at_town]
        sent = hub.of(DISTRICT).sent(PacketKind.DOCUMENT, doc_id)
        assert {packet.receiver for packet in sent} == {COMMUNE, TOWN}
        assert {packet.doc_id for packet in sent} == {doc_id}

    def test_packets_wait_oldest_first(self, hub: Hub) -> None:
        numbers = ["9", "10", "8"]
        for number in numbers:
            hub.send(number, COMMUNE)
        contents = [fetched(hub.of(COMMUNE), packet.doc_id) for packet in hub.waiting(COMMUNE)]
        found = [dict(meaning(content))["CodeNumber"] for content in contents]
        assert found == numbers

    def test_an_unknown_receiver_is_refused(self, hub: Hub) -> None:
        with pytest.raises(PeerRefused) as caught:
            hub.send("512", NOBODY)
        assert caught.value.code == "18"
        assert hub.of(DISTRICT).sent(PacketKind.DOCUMENT) == []

    def test_a_system_sends_for_its_own_units_only(self, hub: Hub) -> None:
        with pytest.raises(PeerRefused) as caught:
            hub.of(TOWN).send(
                Inline(document("512", COMMUNE)),
                kind=PacketKind.DOCUMENT,
                sender=DISTRICT,
                receivers=[COMMUNE],
            )
        assert caught.value.code == "19"
        assert hub.waiting(COMMUNE) == []

    def test_a_packet_in_work_waits_no_longer_and_is_settled_later(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.PROCESSING)
        assert hub.waiting(COMMUNE) == []
        hub.of(COMMUNE).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(COMMUNE) == []

    # No exchange documents its code for a packet that it does not have, and some use one that
    # is temporary elsewhere; what counts is that nothing is returned as if it were the file.
    def test_a_packet_that_does_not_exist_is_an_error(self, hub: Hub) -> None:
        unknown = "00000000-0000-4000-8000-000000000000"
        with pytest.raises((PeerRefused, PeerUnavailable)):
            fetched(hub.of(COMMUNE), unknown)
        with pytest.raises((PeerRefused, PeerUnavailable)):
            hub.of(COMMUNE).settle(unknown, Settlement.DONE)

    def test_a_packet_of_others_is_an_error(self, hub: Hub) -> None:
        hub.send("512", COMMUNE)
        (packet,) = hub.waiting(COMMUNE)
        with pytest.raises((PeerRefused, PeerUnavailable)):
            fetched(hub.of(TOWN), packet.doc_id)
        with pytest.raises((PeerRefused, PeerUnavailable)):
            hub.of(TOWN).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(COMMUNE) == [packet]

    def test_a_status_goes_back_to_the_sender(self, hub: Hub) -> None:
        content = status(COMMUNE, DISTRICT, "512")
        hub.of(COMMUNE).send(
            Inline(content), kind=PacketKind.STATUS, sender=COMMUNE, receivers=[DISTRICT]
        )
        assert hub.waiting(DISTRICT) == []
        assert hub.waiting(COMMUNE, PacketKind.STATUS) == []
        (packet,) = hub.waiting(DISTRICT, PacketKind.STATUS)
        assert packet.kind is PacketKind.STATUS
        assert packet.sender == COMMUNE
        self.assert_same(fetched(hub.of(DISTRICT), packet.doc_id), content)
        hub.of(DISTRICT).settle(packet.doc_id, Settlement.DONE)
        assert hub.waiting(DISTRICT, PacketKind.STATUS) == []
        assert len(hub.of(COMMUNE).sent(PacketKind.STATUS)) == 1
        assert hub.of(COMMUNE).sent(PacketKind.DOCUMENT) == []

    def test_the_sent_list_is_evidence_of_one_send(self, hub: Hub) -> None:
        doc_id = hub.send("512", COMMUNE)
        hub.send("513", COMMUNE)
        assert len(hub.of(DISTRICT).sent(PacketKind.DOCUMENT)) == 2
        (packet,) = hub.of(DISTRICT).sent(PacketKind.DOCUMENT, doc_id)
        assert (packet.doc_id, packet.kind) == (doc_id, PacketKind.DOCUMENT)
        assert (packet.sender, packet.receiver) == (DISTRICT, COMMUNE)
        assert hub.of(TOWN).sent(PacketKind.DOCUMENT) == []

    def test_agencies_have_both_identifiers(self, hub: Hub) -> None:
        known = {agency.code: agency for agency in hub.of(TOWN).agencies()}
        assert {COMMUNE, TOWN, DISTRICT} <= set(known)
        assert known[COMMUNE].name == "UBND xã Yên Sơn"
        assert known[COMMUNE].old_code == "old." + COMMUNE


class TestMemory(DocumentExchangeContract):
    @pytest.fixture
    def hub(self) -> Hub:
        hub = MemoryHub(now=lambda: NOW)
        for code, name in NAMES.items():
            agency = Agency(id=code, code=code, old_code=OrganId("old." + code), name=name)
            hub.register(agency, system_id=SYSTEM_OF[code])
        return Hub({code: hub.connect(system) for code, system in SYSTEM_OF.items()})


class TestVxp(DocumentExchangeContract):
    @pytest.fixture
    def hub(self, tmp_path: Path) -> Iterator[Hub]:
        secrets = {system: f"made-up secret of {system}" for system in SYSTEM_OF.values()}
        units = [
            Unit(code=code, old_code="old." + code, name=name, system=SYSTEM_OF[code])
            for code, name in NAMES.items()
        ]
        reserialise = not self.keeps_bytes
        with ExitStack() as stack:
            exchange = stack.enter_context(
                Exchange(tmp_path, secrets, units, port=0, reserialise=reserialise)
            )
            yield Hub(
                {
                    code: stack.enter_context(
                        VxpExchange(
                            exchange.url,
                            system_id=system,
                            secret=secrets[system],
                            now=lambda: NOW,
                            attempts=1,
                        )
                    )
                    for code, system in SYSTEM_OF.items()
                }
            )


class TestVxpThatRebuildsDocuments(TestVxp):
    """The real exchange returns its own serialisation of a document, not the bytes sent."""

    keeps_bytes = False
