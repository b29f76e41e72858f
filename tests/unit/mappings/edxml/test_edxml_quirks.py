"""What senders and the exchange itself do to documents, each with what is read and noted."""

import base64
import io
import zipfile
from datetime import UTC, date, datetime

import pytest

from domain.content import whole
from domain.exchange import Packet, PacketReading, ResponseFor
from domain.ids import OrganId
from tests.edxml_files import read

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PDF = "JVBERi0xLjQ="


def file(message: str = "", *, trace: str = "", manifest: str = "", parts: str = "") -> str:
    return (
        f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader>'
        "<From><OrganId>H37.1</OrganId></From><To><OrganId>H37.2</OrganId></To>"
        f"<DocumentId>d1</DocumentId>{message}</MessageHeader>"
        f"<TraceHeaderList>{trace}</TraceHeaderList></edXMLHeader>"
        f"<edXMLBody>{manifest}</edXMLBody></edXMLEnvelope>{parts}</edXML>"
    )


def packet(reading: PacketReading) -> Packet:
    assert isinstance(reading.packet, Packet)
    return reading.packet


def read_text(text: str) -> tuple[Packet, tuple[str, ...]]:
    reading = read(text.encode())
    return packet(reading), reading.warnings


def attachments(text: str) -> list[tuple[str, str, bytes]]:
    return [
        (each.name, each.content_type, whole(each.content))
        for each in read_text(text)[0].attachments
    ]


def part(name: str, kind: str, encoded: str) -> str:
    return (
        f"<Attachment><AttachmentName>{name}</AttachmentName><ContentType>{kind}</ContentType>"
        f"<ContentTransferEncoded>{encoded}</ContentTransferEncoded></Attachment>"
    )


@pytest.mark.parametrize(
    ("before", "warning"),
    [
        ("1212", "4 stray bytes stand before the XML"),
        ("\ufeff", "a byte order mark stands before the XML"),
        ("\r\n\n  ", "blank space stands before the XML"),
        ("\ufeff\r\n12", "2 stray bytes stand before the XML"),
        ("HTTP/1.1 200 OK\r\n\r\n", "19 stray bytes stand before the XML"),
    ],
)
@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="utf-8"?>'])
def test_what_stands_before_the_document_is_cut(
    before: str, warning: str, declaration: str
) -> None:
    found, warnings = read_text(before + declaration + file())
    assert found.document_id == "d1"
    assert warning in warnings


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (file().replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="), None),
        (file(), None),
        (file().replace(f' xmlns="{NAMESPACE}"', ""), "elements have no namespace"),
        (file().replace("2016", "2018"), "elements are in the namespace '"),
        (
            file("<s:Subject xmlns:s='urn:s.example'>x</s:Subject>"),
            "elements are in the namespace 'urn:s.example'",
        ),
    ],
    ids=["one prefix", "none", "no namespace", "another namespace", "one foreign element"],
)
def test_prefixes_do_not_matter_and_foreign_namespaces_are_noted(
    text: str, warning: str | None
) -> None:
    found, warnings = read_text(text)
    assert (found.sender.organ_id, found.document_id) == ("H37.1", "d1")
    assert [each[: len(warning)] for each in warnings] == [warning] if warning else not warnings


@pytest.mark.parametrize("outer", ["", "e:"])
@pytest.mark.parametrize(
    "encoded",
    [
        f"<ContentTransferEncoded>{PDF}</ContentTransferEncoded>",
        f'<e:ContentTransferEncoded xmlns:e="{NAMESPACE}">{PDF}</e:ContentTransferEncoded>',
        f'<ContentTransferEncoded xmlns="">{PDF}</ContentTransferEncoded>',
    ],
)
def test_attachments_are_found_with_any_prefix(outer: str, encoded: str) -> None:
    parts = (
        f"<{outer}AttachmentEncoded><{outer}Attachment><{outer}AttachmentName>a.pdf"
        f"</{outer}AttachmentName>{encoded}</{outer}Attachment></{outer}AttachmentEncoded>"
    )
    text = file(parts=parts).replace("<edXML ", f'<edXML xmlns:e="{NAMESPACE}" ')
    assert attachments(text) == [("a.pdf", "application/pdf", b"%PDF-1.4")]


def test_an_undeclared_xlink_is_declared() -> None:
    manifest = (
        '<edXMLManifest><Reference xlink:href="1" xlink:type="simple"><ContentId>1</ContentId>'
        "</Reference></edXMLManifest>"
    )
    one = part("a.pdf", "", PDF).replace("<Attachment>", "<Attachment><ContentId>cid:1</ContentId>")
    parts = f"<AttachmentEncoded>{one}</AttachmentEncoded>"
    found, warnings = read_text(file(manifest=manifest, parts=parts))
    assert [each.name for each in found.attachments] == ["a.pdf"]
    assert warnings == ("the prefix xlink is not declared",)


def test_what_one_file_lacks_is_not_declared_in_the_next() -> None:
    """The errors of an earlier file once led to a prefix declared twice, and to its refusal."""
    undeclared = file(manifest="<edXMLManifest><edXML:Reference/></edXMLManifest>")
    assert read_text(undeclared)[1] == ("the prefix edXML is not declared",)
    declared = file(manifest='<edXMLManifest><Reference xlink:href="1"/></edXMLManifest>')
    declared = declared.replace("<edXML ", f'<edXML xmlns:edXML="{NAMESPACE}" ')
    assert read_text(declared)[1] == ("the prefix xlink is not declared",)


def test_a_manifest_entry_of_nothing_announces_nothing() -> None:
    entries = "<Reference/><Reference><ContentId> </ContentId></Reference>"
    reading = read(file(manifest=f"<edXMLManifest>{entries}</edXMLManifest>").encode())
    assert (reading.warnings, reading.lost) == ((), ())


@pytest.mark.parametrize(
    ("name", "kind", "content", "warning"),
    [
        (
            "a.pdf",
            "application/pdf",
            b"%PDF",
            "attachment 'a.pdf' is declared as application/pdf but wrapped in a ZIP, which is "
            "taken off",
        ),
        ("a.xls", "application/zip", b"xls", None),
        ("a.xls", "application/x-zip-compressed", b"xls", None),
        ("a.xls", "", b"xls", None),
        ("a.xls&gt;", "application/zip", b"xls", "the file name 'a.xls>' is kept as 'a.xls'"),
        ("c/a.xls", "application/zip", b"xls", "the file name 'c/a.xls' is kept as 'a.xls'"),
    ],
)
def test_what_is_odd_about_an_attachment_is_noted(
    name: str, kind: str, content: bytes, warning: str | None
) -> None:
    one = part(name, kind, wrapped("1.x", content))
    found, warnings = read_text(file(parts=f"<AttachmentEncoded>{one}</AttachmentEncoded>"))
    assert whole(found.attachments[0].content) == content
    assert warnings == ((warning,) if warning else ())


STANDARD_ORDER = (
    "<Code><CodeNotation>UBND-VH</CodeNotation><CodeNumber>512</CodeNumber></Code>"
    "<PromulgationInfo><PromulgationDate>2024/05/08</PromulgationDate><Place>Hữu Lũng</Place>"
    "</PromulgationInfo><DocumentType><TypeName>Công văn</TypeName><Type>2</Type>"
    "</DocumentType><Subject>V/v</Subject><DueDate>2024/11/10</DueDate>"
    "<ToPlaces><Place>Như trên</Place><Place>Lưu: VT</Place></ToPlaces>"
    "<OtherInfo><PageAmount>3</PageAmount><Priority>1</Priority></OtherInfo>"
    "<ResponseFor><Code>47/NQ-CP</Code><OrganId>G22</OrganId></ResponseFor>"
    "<SteeringType>1</SteeringType>"
)
SDK_ORDER = (
    "<Code><CodeNumber>512</CodeNumber><CodeNotation>UBND-VH</CodeNotation></Code>"
    "<PromulgationInfo><Place>Hữu Lũng</Place><PromulgationDate>2024/05/08</PromulgationDate>"
    "</PromulgationInfo><DocumentType><Type>2</Type><TypeName>Công văn</TypeName>"
    "</DocumentType><Subject>V/v</Subject><DueDate>2024/11/10</DueDate>"
    "<OtherInfo><Priority>1</Priority><PageAmount>3</PageAmount></OtherInfo>"
    "<ResponseFor><OrganId>G22</OrganId><Code>47/NQ-CP</Code></ResponseFor>"
    "<SteeringType>1</SteeringType>"
    "<ToPlaces><Place>Như trên</Place><Place>Lưu: VT</Place></ToPlaces>"
)


def test_both_orders_of_elements_say_the_same() -> None:
    """The standard's own order has ToPlaces before OtherInfo and DocumentId last."""
    standard = file(STANDARD_ORDER).replace("<DocumentId>d1</DocumentId>", "", 1)
    standard = standard.replace("</MessageHeader>", "<DocumentId>d1</DocumentId></MessageHeader>")
    found, warnings = read_text(standard)
    assert found == read_text(file(SDK_ORDER))[0]
    assert warnings == ()
    assert found.to_places == ("Như trên", "Lưu: VT")
    assert found.response_for == (ResponseFor(organ_id=OrganId("G22"), code="47/NQ-CP"),)


@pytest.mark.parametrize("name", ["Bussiness", "Business"])
@pytest.mark.parametrize("manifest", ["edXMLManifest", "Manifest"])
def test_both_spellings_are_read(name: str, manifest: str) -> None:
    found, warnings = read_text(
        file(
            trace=f"<{name}><{name}DocType>1</{name}DocType><{name}DocReason>Sai số"
            f"</{name}DocReason></{name}>",
            manifest=f"<{manifest}><Reference><ContentId>1</ContentId>"
            f"<AttachmentName>a.pdf</AttachmentName></Reference></{manifest}>",
        )
    )
    assert (found.business.value, found.business_reason) == ("1", "Sai số")
    odd = ("Bussiness is spelled with one s, which the exchange's programs do not read",)
    missing = "attachment 'a.pdf' is listed but not enclosed"
    assert warnings == (missing, *(odd if name == "Business" else ()))


@pytest.mark.parametrize("block", ["<Signature><SignedInfo/></Signature>", "<DigitalSignature/>"])
def test_signature_blocks_and_misspelled_fields_change_nothing(block: str) -> None:
    text = file("<OtherInfo><TyperNotation>CV</TyperNotation><Priority>1</Priority></OtherInfo>")
    found, warnings = read_text(text.replace("</edXMLHeader>", f"{block}</edXMLHeader>"))
    assert found.priority == 1
    assert warnings == ()


def test_empty_elements_are_absent() -> None:
    found, warnings = read_text(
        file(
            "<ResponseFor><OrganId/><Code> </Code><DocumentId/><PromulgationDate/></ResponseFor>"
            "<Subject/><DueDate> </DueDate><SignerInfo><FullName/></SignerInfo>"
            "<OtherInfo><Priority/><PageAmount> </PageAmount></OtherInfo><SteeringType/>"
            "<To><OrganId>null</OrganId></To><ToPlaces><Place/></ToPlaces>"
        )
    )
    bare = read_text(file())[0]
    assert found == bare
    assert [each.organ_id for each in found.receivers] == ["H37.2"]
    assert warnings == ("an OrganId in To is the word null",)


def wrapped(name: str, content: bytes) -> str:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(name, content)
        return base64.b64encode(stream.getvalue()).decode()


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (part("a.pdf", "application/pdf", PDF), ("a.pdf", "application/pdf", b"%PDF-1.4")),
        (
            part("a.xls", "application/zip", wrapped("0b2c.xls", b"xls")),
            ("a.xls", "application/vnd.ms-excel", b"xls"),
        ),
        # The SDK's own names of types, one of them misspelled.
        (
            part("a.doc", "application/doc", "eGlu"),
            ("a.doc", "application/msword", b"xin"),
        ),
        (part("a.xslx", "application/xslx", "eGlu"), ("a.xslx", "application/xslx", b"xin")),
        # Seen on the exchange: a ZIP under another type, names without or with odd extensions.
        (
            part("a.pdf", "application/pdf", wrapped("1.pdf", b"%PDF")),
            ("a.pdf", "application/pdf", b"%PDF"),
        ),
        (
            part("a.txt", "text/plain", wrapped("1", b"xin")),
            ("a.txt", "text/plain", b"xin"),
        ),
        (part("unk", "unk", "eGlu"), ("unk", "application/octet-stream", b"xin")),
        (
            part("a.pdf&gt;", "application/octet-stream", PDF),
            ("a.pdf", "application/pdf", b"%PDF-1.4"),
        ),
        (
            part("a.bin", "application/octet-stream", "eGlu"),
            ("a.bin", "application/octet-stream", b"xin"),
        ),
    ],
)
def test_attachments_go_by_their_bytes_and_names(
    one: str, expected: tuple[str, str, bytes]
) -> None:
    text = file(parts=f"<AttachmentEncoded>{one}</AttachmentEncoded>")
    assert attachments(text) == [expected]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "&#13;\n", ""])
def test_base64_in_lines_or_on_one(line_end: str) -> None:
    encoded = line_end.join((PDF[:4], PDF[4:8], PDF[8:])) + line_end
    parts = f"<AttachmentEncoded>{part('a.pdf', '', encoded)}</AttachmentEncoded>"
    assert attachments(file(parts=parts)) == [("a.pdf", "application/pdf", b"%PDF-1.4")]


@pytest.mark.parametrize("nothing", ["", "====", "="])
def test_an_attachment_of_no_bytes_is_left_out(nothing: str) -> None:
    reading = read(
        file(parts=f"<AttachmentEncoded>{part('a.zip', '', nothing)}</AttachmentEncoded>").encode()
    )
    assert packet(reading).attachments == ()
    assert reading.lost == ("a.zip",)
    assert reading.warnings == ("attachment 'a.zip' has no content and is left out",)


def test_a_placeholder_is_no_file() -> None:
    parts = part("a.pdf", "", "${__FileToString(a.pdf)}") + part("b.pdf", "", PDF)
    text = file(parts=f"<AttachmentEncoded>{parts}</AttachmentEncoded>")
    found, warnings = read_text(text)
    assert [each.name for each in found.attachments] == ["b.pdf"]
    assert warnings == ("attachment 'a.pdf' is not base64 and is left out",)


@pytest.mark.parametrize("written", ["2024-05-08", "08/05/2024", "8-5-2024", "2024/05/08 00:00:00"])
def test_dates_come_in_several_shapes(written: str) -> None:
    message = f"<PromulgationInfo><PromulgationDate>{written}</PromulgationDate></PromulgationInfo>"
    found, warnings = read_text(file(message))
    assert found.promulgated_on == date(2024, 5, 8)
    named = f"PromulgationInfo/PromulgationDate {written!r} is read as 2024/05/08"
    assert warnings == (named,)


@pytest.mark.parametrize("written", ["2024-05-08T08:00:00", "2024-05-08T01:00:00Z"])
def test_times_come_in_several_shapes(written: str) -> None:
    found, warnings = read_text(
        file(trace=f"<TraceHeader><Timestamp>{written}</Timestamp></TraceHeader>")
    )
    assert found.sent_at == datetime(2024, 5, 8, 1, 0, tzinfo=UTC)
    assert warnings == (f"TraceHeader/Timestamp {written!r} is read as 2024/05/08 08:00:00",)


def test_dates_as_the_standard_has_them_are_not_noted() -> None:
    dated = "<PromulgationInfo><PromulgationDate>2024/05/08</PromulgationDate></PromulgationInfo>"
    hop = "<TraceHeader><Timestamp>2024/05/08 08:00:00</Timestamp></TraceHeader>"
    assert read_text(file(dated, trace=hop))[1] == ()


def test_the_exchange_adds_a_hop_without_a_name() -> None:
    found, warnings = read_text(
        file(
            trace="<TraceHeader><OrganId>H37.1</OrganId><Timestamp>2024/05/08 08:00:00</Timestamp>"
            "</TraceHeader><TraceHeader><Timestamp>2024/05/08 09:00:00</Timestamp></TraceHeader>"
        )
    )
    assert found.sent_at == datetime(2024, 5, 8, 1, 0, tzinfo=UTC)
    assert warnings == ()


@pytest.mark.parametrize(
    "document_id",
    [
        "000.00.00.G22,2015/09/30,7816/VPCP-TTĐT",
        "5f0e7b5e-93f8-4c8b-8a5c-0d9f6d1f2a3b",
        "../../etc/passwd",
        "H37.1,2024-05-08,512/UBND-VH?x=&amp;",
    ],
)
def test_a_document_id_is_kept_as_it_is_written(document_id: str) -> None:
    text = file().replace("<DocumentId>d1<", f"<DocumentId>\r\n {document_id} <")
    assert read_text(text)[0].document_id == document_id.replace("&amp;", "&")


@pytest.mark.parametrize(
    "organ_id",
    ["000.00.15.H51", "28.22.H17", "01.02.G22", "xxx.saas.01", "H37.02.02", "H37.DN.001", "Sở A"],
)
def test_identifiers_of_offices_are_free(organ_id: str) -> None:
    found, warnings = read_text(file().replace("H37.1", organ_id))
    assert found.sender.organ_id == organ_id
    assert warnings == ()


@pytest.mark.parametrize("name", ["MessageHeader", "edXMLHeader", "edXMLEnvelope"])
def test_what_stands_twice_is_told(name: str) -> None:
    once = file("<Subject>first</Subject>")
    start, end = once.index(f"<{name}>"), once.index(f"</{name}>") + len(f"</{name}>")
    second = once[start:end].replace("first", "second")
    found, warnings = read_text(once[:end] + second + once[end:])
    assert found.subject == "first"
    assert f"there is more than one {name}; only the first is read" in warnings
    assert not [each for each in read_text(once)[1] if "more than one" in each]


@pytest.mark.parametrize(
    "written", ["H37.1\u200b", "\ufeffH37.1", "H37\u00a0.1", "H37.\u00ad1", "H37.1\u2003\u200b"]
)
def test_invisible_characters_are_no_part_of_an_identifier(written: str) -> None:
    text = file("<ResponseFor><OrganId>null\u200b</OrganId><Code>5</Code></ResponseFor>")
    found, warnings = read_text(text.replace("<OrganId>H37.1<", f"<OrganId>{written}<"))
    assert found.sender.organ_id == "H37.1"
    assert found.response_for == (ResponseFor(code="5"),)
    assert "an OrganId in From has invisible characters, which are left out" in warnings
    assert "an OrganId in ResponseFor is the word null" in warnings


def test_an_ordinary_blank_in_an_identifier_stays_as_it_is() -> None:
    found, warnings = read_text(file().replace("<OrganId>H37.1<", "<OrganId>H37 1 <"))
    assert found.sender.organ_id == "H37 1"
    assert not [each for each in warnings if "invisible" in each]
