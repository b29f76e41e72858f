"""The samples of the VXP SDK's builder and hand-made minimal files, each with what it must give."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain.content import whole
from domain.errors import MalformedDocument
from domain.exchange import (
    Attachment,
    Business,
    Change,
    ChangedReceiver,
    Packet,
    Replaced,
    ResponseFor,
    Signer,
    Staff,
    StatusPacket,
)
from tests.checkout import ROOT
from tests.edxml_files import read

DATA = ROOT / "tests" / "data" / "edxml"
MINIMAL = sorted((DATA / "minimal").glob("*.xml"))
REFUSED = {"m02_no_header", "m25_doctype_entity"}
STATUSES = {"n12_ws", "s01_code_only", "s02_from_code", "s03_min_useful", "s04_any_code"}
DOCUMENT_IDS = {"p1_dotnet_style": "H37.1,2024/05/01,12/QĐ-UBND"}
STAFF = Staff(
    name="Staff",
    staff_id="StaffId",
    department="Department",
    department_id="DepartmentId",
    email="Email",
    mobile="Mobile",
)
WITHOUT_ID = {"m01", "m19", "m20", "m25", "m26", "s05", "p2", "p3"}
ODD = [
    "attachment",
    "Bussiness/BussinessDocType",
    "BussinessDocumentInfo/DocumentInfo",
    "BussinessDocumentInfo/DocumentReceiver",
    "Bussiness/Paper",
    "TraceHeaderList/Paper",
]


def packet(name: str) -> Packet:
    found = read((DATA / "minimal" / f"{name}.xml").read_bytes()).packet
    assert isinstance(found, Packet)
    return found


def status(name: str) -> StatusPacket:
    found = read((DATA / "minimal" / f"{name}.xml").read_bytes()).packet
    assert isinstance(found, StatusPacket)
    return found


def warnings(name: str) -> tuple[str, ...]:
    return read((DATA / "minimal" / f"{name}.xml").read_bytes()).warnings


def attachment(name: str) -> Attachment:
    (found,) = packet(name).attachments
    return found


def test_there_are_samples() -> None:
    assert len(MINIMAL) == 46


@pytest.mark.parametrize("path", MINIMAL, ids=lambda path: path.stem)
def test_every_minimal_file_is_read_or_refused_clearly(path: Path) -> None:
    if path.stem in REFUSED:
        with pytest.raises(MalformedDocument):
            read(path.read_bytes())
        return
    found = read(path.read_bytes()).packet
    assert isinstance(found, StatusPacket) == (path.stem in STATUSES)
    if isinstance(found, Packet):
        kind = path.stem.split("_")[0]
        blank = kind in WITHOUT_ID or kind[0] == "n"
        assert found.document_id == DOCUMENT_IDS.get(path.stem, "" if blank else "d1")


def test_the_refusals_say_why() -> None:
    with pytest.raises(MalformedDocument, match="MessageHeader is missing"):
        packet("m02_no_header")
    with pytest.raises(MalformedDocument, match="document type declaration"):
        packet("m25_doctype_entity")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m04_zip_att", ("a.txt", "text/plain", "xin chào\n".encode())),
        ("m05_raw_att", ("a.pdf", "application/pdf", b"%PDF-1.4 made up")),
        ("m06_raw_but_says_zip", ("a.pdf", "application/pdf", b"%PDF-1.4 made up")),
        ("m08_att_wrapped_b64", ("a.txt", "text/plain", "xin chào\n".encode())),
        ("m10_att_no_name", ("tep-dinh-kem-1.pdf", "application/pdf", b"%PDF-1.4 made up")),
        ("p1_dotnet_style", ("a.bin", "application/octet-stream", b"made-up")),
    ],
)
def test_attachments_of_samples(name: str, expected: tuple[str, str, bytes]) -> None:
    found = attachment(name)
    assert (found.name, found.content_type, whole(found.content)) == expected


def test_an_archive_stays_one() -> None:
    assert attachment("m07_zip_named_zip").content.size == 134
    assert whole(attachment("p3_zip_two_entries").content).startswith(b"PK\x03\x04")
    assert any("ZIP of 2 entries" in text for text in warnings("p3_zip_two_entries"))


def test_an_attachment_without_content_is_left_out() -> None:
    assert packet("m09_att_no_content").attachments == ()
    assert "attachment 'a.txt' has no content and is left out" in warnings("m09_att_no_content")


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("m01_header_empty", "DocumentId is missing"),
        ("m06_raw_but_says_zip", "attachment 'a.pdf' is declared as a ZIP but is none"),
        ("m10_att_no_name", "attachment number 1 has no name"),
        ("m12_no_namespace", "elements have no namespace"),
        ("m15_wrong_ns", "QCVN_102_2099"),
        ("m16_bom", "byte order mark"),
        ("m17_leading_ws", "blank space"),
        ("m20_ints", "DocumentType/Type 'II'"),
        ("m23_manifest_name", "attachment '1' is listed but not enclosed"),
        ("m24_env_root", "the root is edXMLEnvelope"),
        ("n7_steering_word", "MessageHeader/SteeringType 'x'"),
        ("p2_unbound_xlink", "the prefix xlink is not declared"),
        ("s01_code_only", "answers 0"),
        ("s02_from_code", "answers 0"),
    ],
)
def test_what_is_odd_is_noted(name: str, warning: str) -> None:
    assert any(warning in text for text in warnings(name))


def test_dates_that_the_vendor_misreads() -> None:
    assert packet("m19_dates").promulgated_on == date(2024, 1, 5)
    assert packet("m19_dates").due_on == date(2024, 1, 5)
    assert packet("n10_prom_datetime").promulgated_on == date(2024, 5, 1)
    assert packet("n9_prom_empty").promulgated_on is None


def test_numbers_that_are_none_are_the_defaults() -> None:
    for name in ("m20_ints", "n1_type_word", "n2_type_empty", "n4_priority_word"):
        found = packet(name)
        assert (found.type_code, found.type_detail, found.priority) == (2, -1, 0)
        assert (found.page_amount, found.steering_type) == (1, 0)


def test_both_spellings_of_business() -> None:
    assert packet("m21_business_spelled_right").business is Business.REVOCATION
    assert packet("m22_bussiness_outside").business is Business.REVOCATION


def test_several_receivers_and_answers_keep_their_order() -> None:
    found = packet("m26_to_multiple")
    assert [receiver.organ_id for receiver in found.receivers] == ["A", "B"]
    assert [answer.organ_id for answer in found.response_for] == ["Z", "Y"]


def test_statuses() -> None:
    found = status("s03_min_useful")
    assert found.response_for.document_id == "H37.2,2024/05/01,12/QĐ-UBND"
    assert found.response_for.promulgated_on == date(2024, 5, 1)
    assert found.at == datetime(2024, 5, 1, 1, 0, tzinfo=UTC)
    assert warnings("s03_min_useful") == ()
    assert status("s04_any_code").code == "99"
    assert status("s04_any_code").at == datetime(2024, 5, 1, 1, 0, tzinfo=UTC)
    assert status("n12_ws").code == "03"


def test_the_document_of_the_vendor_builder() -> None:
    reading = read((DATA / "built_by_vendor_edoc.xml").read_bytes())
    found = reading.packet
    assert isinstance(found, Packet)
    assert found.signer == Signer(
        competence="Competence", position="Position", full_name="FullName"
    )
    assert (found.sender.in_charge, found.sender.website) == ("OrganizationInCharge", "Website")
    assert found.response_for == (
        ResponseFor(
            organ_id=found.sender.organ_id,
            code="Code",
            document_id="DocumentId",
            promulgated_on=date(2024, 5, 1),
        ),
    )
    assert (found.appendixes, found.to_places) == (("Appendixes",), ("ToPlaces",))
    assert found.sent_at == datetime(2024, 5, 1, 1, 9, 10, tzinfo=UTC)
    assert (found.sent_through, found.hops) == (None, ())
    assert (found.typist, found.copies, found.page_amount) == ("TyperNotation", 1, 1)
    assert (found.reply_codes, found.reference_codes) == ("ReplyFors", "ReferenceCodes")
    assert found.direction
    assert (found.task_codes, found.application) == (("TaskCodes",), "ApplicationType")
    assert (found.business_reason, found.business_document_id) == (
        "BussinessDocReason",
        "DocumentId",
    )
    receiver = ChangedReceiver(organ_id=found.sender.organ_id, kind="receiverType")
    assert found.changes == (Change(changed=(receiver,)),)
    organs = (found.sender.organ_id,)
    assert found.replaced == (Replaced(document_id="DocumentId", receivers=organs),)
    assert found.staff == (STAFF,)


def test_what_is_odd_in_the_document_of_the_vendor_builder() -> None:
    reading = read((DATA / "built_by_vendor_edoc.xml").read_bytes())
    assert [text.split(" '")[0] for text in reading.warnings] == ODD


def test_the_attachments_of_the_vendor_builder() -> None:
    found = read((DATA / "built_by_vendor_edoc.xml").read_bytes()).packet
    assert isinstance(found, Packet)
    for each in found.attachments:
        assert whole(each.content) == f"made-up {each.name.rpartition('.')[2]}".encode()
        assert each.description == "mo ta"
    assert len(found.attachments) == 10


def test_the_status_of_the_vendor_builder() -> None:
    reading = read((DATA / "built_by_vendor_status.xml").read_bytes())
    found = reading.packet
    assert isinstance(found, StatusPacket)
    assert (found.code, found.description) == ("StatusCode", "Description")
    assert found.staff == STAFF
    assert reading.warnings == ()
