"""Days, instants, numbers, names and identifiers as the exchange writes them."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.exchange import Business, Hop, Packet, Replaced, Staff, StatusPacket
from domain.ids import OrganId
from mappings.edxml.attachment_names import extension, safe_name
from mappings.edxml.identifiers import issued_as, same_code, same_document, same_organ
from mappings.edxml.values import read_day, read_flag, read_instant, read_integer, write_day
from tests import edxml_files


@pytest.mark.parametrize(
    "text",
    [
        "2024/05/08",
        "2024-05-08",
        "08/05/2024",
        "8-5-2024",
        "8.5.2024",
        " 2024/5/8 ",
        "2024/05/08 08:00:00",
        "2024-05-08T08:00:00.1234567",
        "2024-05-07T17:00:00Z",
        "2024-05-08T00:00:00+07:00",
        "2024-05-07T23:30:00+0630",
        "2024-05-07T12:00:00-05:00",
        "08/05/2024 8:00",
    ],
)
def test_days_are_read_in_many_shapes(text: str) -> None:
    assert read_day(text) == date(2024, 5, 8)


@pytest.mark.parametrize(
    "text",
    ["", "hôm nay", "2024/13/01", "31/02/2024", "2024/05/08 25:00", "0001/01/01", "٢٠٢٤/05/08"],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None
    assert read_instant(text) is None


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    assert read_instant(text) is None or read_day(text) is not None


def test_an_instant_is_vietnamese_time_unless_it_says_otherwise() -> None:
    assert read_instant("2024/05/08 08:09:10") == datetime(2024, 5, 8, 1, 9, 10, tzinfo=UTC)
    assert read_instant("2024-05-08T08:09:10Z") == datetime(2024, 5, 8, 8, 9, 10, tzinfo=UTC)


def test_a_day_is_written_with_four_digits_of_year() -> None:
    assert write_day(date(24, 5, 8)) == "0024/05/08"
    assert write_day(None) == ""


@pytest.mark.parametrize(
    ("text", "number"),
    [(" 5 ", 5), ("-1", -1), ("+02", 2), ("II", None), ("1.0", None), ("9" * 5000, None)],
)
def test_numbers(text: str, number: int | None) -> None:
    assert read_integer(text) == number


@pytest.mark.parametrize(("text", "flag"), [("1", True), ("True", True), ("0", False), ("x", None)])
def test_flags(text: str, flag: bool | None) -> None:
    assert read_flag(text) is flag


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Báo cáo số 15.docx", "Báo cáo số 15.docx"),
        (unicodedata.normalize("NFD", "Mẫu biểu.xls"), "Mẫu biểu.xls"),
        ("C:\\Users\\lan\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        (".htaccess", "htaccess"),
        (" .. a.pdf. ", "a.pdf"),
        ("a.pdf>", "a.pdf"),
        ("a\r\nb\x00\u202ec.pdf", "a bc.pdf"),
        ("\xa0.pdf\u3000", "pdf"),
        ("/", ""),
    ],
)
def test_names_are_made_safe_and_stay_true(written: str, name: str) -> None:
    assert safe_name(written) == name


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("Quyết định " * 50 + ".docx")
    assert name.startswith("Quyết định Quyết")
    assert name.endswith(".docx")
    assert 190 < len(name.encode()) <= 200
    assert len(safe_name("ộ" * 500).encode()) == 198
    assert len(safe_name("a" + "." * 3_000_000 + "a")) == 200


@given(st.text(max_size=300))
def test_a_safe_name_is_safe_and_stays_as_it_is(written: str) -> None:
    name = safe_name(written)
    assert len(name.encode()) <= 200
    assert not set(name) & {"/", "\\", "\x00", "\n"}
    assert not name.startswith((".", " "))
    assert safe_name(name) == name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "end"),
    [("a.PDF", "pdf"), ("a", ""), (".pdf", ""), ("1. Nội dung", ""), ("a.", ""), ("a.b.c", "c")],
)
def test_extensions(name: str, end: str) -> None:
    assert extension(name) == end


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("H37.02.02", "H37.02.02", True),
        ("H37.02.02", " h37.02.02 ", True),
        ("000.00.00.H37", "H37", True),
        ("000.00.13.H53", "H53.13", True),
        ("005.02.02.H37", "H37.02.02.005", True),
        ("28.22.H17", "H17.22.28", True),
        ("28.22.H17", "000.28.22.H17", True),
        ("005.00.02.H37", "H37.02.005", True),
        ("000.00.13.H53", "H53.013", False),
        ("000.00.13.H53", "H53.3", False),
        ("000.05.00.H37", "000.00.05.H37", False),
        ("H37.DN.001", "H37.DN.001", True),
        ("H37.DN.001", "001.DN.H37", True),
        ("xxx.saas.01", "xxx.saas.01", True),
        ("xxx.saas.01", "01.saas.xxx", False),
        ("H37.02", "H37.03", False),
        ("", "", False),
        ("H37", " ", False),
    ],
)
def test_identifiers_in_their_two_forms(a: str, b: str, same: bool) -> None:
    assert same_organ(OrganId(a), OrganId(b)) is same
    assert same_organ(OrganId(b), OrganId(a)) is same


@given(st.lists(st.text("0123AH.7", max_size=6), min_size=2, max_size=2))
def test_comparing_identifiers_is_symmetric(both: list[str]) -> None:
    a, b = OrganId(both[0]), OrganId(both[1])
    assert same_organ(a, b) == same_organ(b, a)
    assert same_organ(a, a) == bool(a.strip())


def read(message: str, trace: str = "") -> tuple[Packet | StatusPacket, tuple[str, ...]]:
    reading = edxml_files.read(
        '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader>'
        f"<MessageHeader><From><OrganId>H37.1</OrganId></From><DocumentId>d</DocumentId>{message}"
        f"</MessageHeader><TraceHeaderList>{trace}</TraceHeaderList>"
        "</edXMLHeader></edXMLEnvelope></edXML>".encode()
    )
    return reading.packet, reading.warnings


def test_null_and_blank_identifiers_are_absent() -> None:
    found, warnings = read("<To><OrganId>null</OrganId><OrganName>Sở</OrganName></To><To/>")
    assert isinstance(found, Packet)
    assert [(each.organ_id, each.name) for each in found.receivers] == [("", "Sở")]
    assert warnings == ("an OrganId in To is the word null", "a To has no OrganId")


def test_a_blank_answer_is_none() -> None:
    found, _ = read("<ResponseFor><OrganId> </OrganId><Code/></ResponseFor>")
    assert isinstance(found, Packet)
    assert found.response_for == ()


def test_the_vendor_keeps_the_last_answer_of_a_status() -> None:
    found, warnings = read(
        "<StatusCode>03</StatusCode><ResponseFor><Code>1</Code></ResponseFor>"
        "<ResponseFor><Code>2</Code></ResponseFor>"
        "<StaffInfo><Department>Văn phòng</Department></StaffInfo>"
    )
    assert isinstance(found, StatusPacket)
    assert (found.response_for.code, found.staff) == ("2", Staff(department="Văn phòng"))
    assert warnings == ("a status answers one document, this one answers 2",)


def test_an_empty_status_code_makes_a_status_only_without_receivers() -> None:
    found, warnings = read("<StatusCode/><ResponseFor><Code>1</Code></ResponseFor>")
    assert isinstance(found, StatusPacket)
    assert warnings == ("StatusCode is empty",)
    assert isinstance(read("<StatusCode/><To><OrganId>H37</OrganId></To>")[0], Packet)


def test_unknown_business_is_new_with_a_warning() -> None:
    found, warnings = read("", "<Bussiness><BussinessDocType>7</BussinessDocType></Bussiness>")
    assert isinstance(found, Packet)
    assert found.business is Business.NEW
    assert "BussinessDocType 7 is unknown; the document is taken as new" in warnings


def test_the_replaced_document_is_found_in_its_own_list() -> None:
    found, _ = read(
        "",
        "<Bussiness><BussinessDocType>3</BussinessDocType><ReplacementInfoList><ReplacementInfo>"
        "<DocumentId>cũ</DocumentId></ReplacementInfo></ReplacementInfoList></Bussiness>"
        "<Paper>1</Paper>",
    )
    assert isinstance(found, Packet)
    assert found.business is Business.REPLACEMENT
    assert (found.business_document_id, found.replaced) == ("", (Replaced(document_id="cũ"),))
    assert found.paper_follows


def test_the_first_hop_is_the_sending() -> None:
    found, _ = read(
        "",
        "<TraceHeader><OrganId/></TraceHeader><TraceHeader><OrganId>H37.1</OrganId></TraceHeader>"
        "<TraceHeader><Timestamp>2024/05/08 08:00:00</Timestamp></TraceHeader>"
        "<TraceHeader><OrganId>G22</OrganId></TraceHeader>",
    )
    assert isinstance(found, Packet)
    assert (found.sent_through, found.sent_at) == (None, None)
    eight = datetime(2024, 5, 8, 1, 0, tzinfo=UTC)
    assert found.hops == (Hop(at=eight), Hop(organ_id=OrganId("G22")))
    assert found.first_seen_at == eight


def test_a_centre_may_send_for_a_unit() -> None:
    found, _ = read(
        "",
        "<TraceHeader><OrganId>000.00.00.G22</OrganId>"
        "<Timestamp>2024/05/08 08:00:00</Timestamp></TraceHeader>",
    )
    assert isinstance(found, Packet)
    assert found.sent_through == "000.00.00.G22"
    assert found.sent_at == found.first_seen_at == datetime(2024, 5, 8, 1, 0, tzinfo=UTC)


def test_a_document_without_a_trace_was_never_seen() -> None:
    found, _ = read("")
    assert isinstance(found, Packet)
    assert (found.first_seen_at, found.hops) == (None, ())


def test_every_group_of_places_is_read() -> None:
    found, _ = read("<ToPlaces><Place>A</Place></ToPlaces><ToPlaces><Place>B</Place></ToPlaces>")
    assert isinstance(found, Packet)
    assert found.to_places == ("A", "B")


def test_identifiers_stay_as_written_and_texts_become_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Đề nghị")
    found, _ = read(f"<Subject>{decomposed}</Subject><Content>{decomposed}</Content>")
    assert isinstance(found, Packet)
    assert found.subject == "Đề nghị"
    answer, _ = read(f"<ResponseFor><DocumentId>{decomposed}</DocumentId></ResponseFor>")
    assert isinstance(answer, Packet)
    assert answer.response_for[0].document_id == decomposed


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("512/UBND-VH", True),
        (" 512 / UBND - VH ", True),
        ("0512/ubnd–vh", True),
        ("Số: 512/UBND-VH", True),
        ("Công văn số 512/UBND-VH ngày 08/5/2024", True),
        ("513/UBND-VH", False),
        ("512/UBND-TH", False),
        ("512/UBND-VH, 88/UBND-TC", False),
        ("512", False),
        ("", False),
    ],
)
def test_a_code_in_its_spellings(written: str, same: bool) -> None:
    assert same_code(written, "512/UBND-VH") is same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("H37.22,2024/05/08,512/UBND-VH", "h37.22, 2024-05-08, 512/UBND-VH", True),
        ("6D0F7F1C-0000-4000-8000-000000000000", "6d0f7f1c-0000-4000-8000-000000000000", True),
        ("H37.22,2024/05/08,512/UBND-VH", "H37.22,2024/05/08,513/UBND-VH", False),
        ("", "", False),
        (" - ", "-", False),
    ],
)
def test_a_document_id_in_its_spellings(a: str, b: str, same: bool) -> None:
    assert same_document(a, b) is same


@pytest.mark.parametrize(
    ("document_id", "issued"),
    [
        ("H37.22,2024-05-08, 512/UBND-VH", ("H37.22", "512/UBND-VH")),
        ("H37.22,2024/05/08,", None),
        ("H37.22,512/UBND-VH", None),
        ("6d0f7f1c-0000-4000-8000-000000000000", None),
    ],
)
def test_the_code_in_a_document_id(document_id: str, issued: tuple[str, str] | None) -> None:
    assert issued_as(document_id) == issued
