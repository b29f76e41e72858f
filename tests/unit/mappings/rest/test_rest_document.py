"""A bundle of a mapped e-office as a packet: every field, every odd one."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.bundle import Bundle
from domain.content import Inline
from domain.directive import Secrecy, Urgency
from domain.errors import MalformedDocument
from domain.exchange import Attachment, Packet, PacketReading, ResponseFor, Signer
from domain.rest import DateRule
from domain.rest_forms import DateForm
from mappings.names.fold import fold
from mappings.rest.document import DocumentForm, SecrecyRule, UrgencyRule, read_document
from mappings.rest.expression import Expression, compiled


def at(text: str) -> Expression:
    return compiled(f"received.fields.{text}", text)


def dated(text: str) -> DateRule:
    return DateRule(rule=at(text), forms=(DateForm("dd/MM/yyyy"), DateForm("epoch_seconds")))


MINIMAL = DocumentForm(document_id=at("id"), subject=at("subject"))
FULL = replace(
    MINIMAL,
    code=at("code"),
    number=at("number"),
    notation=at("notation"),
    type_name=at("type"),
    issued_on=dated("issued"),
    issuer_id=at("issuer_id"),
    issuer_name=at("issuer"),
    signer_name=at("signer"),
    signer_position=at("position"),
    signer_capacity=at("capacity"),
    due_on=dated("due"),
    place=at("place"),
    content=at("content"),
    sphere=at("sphere"),
    urgency=UrgencyRule(rule=at("urgency"), words={fold("Hỏa tốc"): Urgency.FLASH}),
    secrecy=SecrecyRule(
        rule=at("secrecy"),
        words={
            fold("Thường"): Secrecy.NONE,
            fold("Mật"): Secrecy.SECRET,
            fold("Tuyệt mật"): Secrecy.UTMOST_SECRET,
        },
    ),
    to_places=at("places"),
    answers=at("answers"),
    sent_at=dated("sent"),
)


def reading(form: DocumentForm = FULL, *files: Attachment, **fields: object) -> PacketReading:
    return reading_of(fields, form, files)


def reading_of(
    fields: Mapping[str, object], form: DocumentForm = FULL, files: tuple[Attachment, ...] = ()
) -> PacketReading:
    content = {"id": 7, "subject": "Về việc mẫu", **fields}
    bundle = Bundle(kind="rest", fields=json.dumps(content).encode(), files=files)
    return read_document(form, bundle)


def packet(form: DocumentForm = FULL, **fields: object) -> Packet:
    found = reading(form, **fields).packet
    assert isinstance(found, Packet)
    return found


def test_a_document_needs_no_more_than_its_id_and_subject() -> None:
    for form in (MINIMAL, FULL):
        found = packet(form)
        assert (found.document_id, found.subject, found.sender.organ_id) == ("7", "Về việc mẫu", "")
        assert (found.signer, found.promulgated_on, found.response_for) == (None, None, ())


def test_every_field_has_its_place() -> None:
    found = packet(
        code="512/UBND-VH/x",
        type="Công văn",
        issued="08/05/2024",
        issuer_id="H37.12",
        issuer="UBND huyện",
        signer="Nguyễn Văn Mẫu",
        position="Chủ tịch",
        capacity="KT.",
        due=1715187600,
        place="Hữu Lũng",
        content="Nội dung",
        sphere="Văn hóa",
        urgency="HOẢ TỐC",
        secrecy="thường",
        places=["Như trên", " ", "Lưu: VT"],
        answers="47/NQ-CP",
        sent=1715130000,
    )
    assert (found.code_number, found.code_notation) == ("512", "UBND-VH/x")
    assert (found.type_name, found.place, found.content) == ("Công văn", "Hữu Lũng", "Nội dung")
    assert (found.sender.organ_id, found.sender.name) == ("H37.12", "UBND huyện")
    assert found.signer == Signer(competence="KT.", position="Chủ tịch", full_name="Nguyễn Văn Mẫu")
    assert (found.promulgated_on, found.due_on) == (date(2024, 5, 8), date(2024, 5, 9))
    assert (found.priority, found.sphere) == (3, "Văn hóa")
    assert found.to_places == ("Như trên", "Lưu: VT")
    assert found.response_for == (ResponseFor(code="47/NQ-CP"),)
    assert found.sent_at == datetime(2024, 5, 8, 1, 0, tzinfo=UTC)


def test_number_and_notation_win_over_the_code() -> None:
    found = packet(code="1/X", number=512, notation="UBND-VH")
    assert (found.code_number, found.code_notation) == ("512", "UBND-VH")


def test_a_code_without_a_slash_is_a_number_with_a_warning() -> None:
    found = reading(code="512")
    assert isinstance(found.packet, Packet)
    assert (found.packet.code_number, found.packet.code_notation) == ("512", "")
    assert "slash" in found.warnings[0]


@pytest.mark.parametrize(("word", "sphere"), [("MẬT", "Mật"), ("Tuyệt mật", "Tuyệt mật")])
def test_secrecy_is_said_where_intake_looks_for_it(word: str, sphere: str) -> None:
    assert packet(secrecy=word, sphere="Văn hóa").sphere == sphere


def test_an_unknown_degree_of_secrecy_sets_the_document_aside() -> None:
    with pytest.raises(MalformedDocument, match=r"document 7.*fields\.secrecy gives a degree"):
        reading(secrecy="A1")


def test_an_unknown_urgency_is_normal_with_a_warning() -> None:
    found = reading(urgency="gấp")
    assert isinstance(found.packet, Packet)
    assert found.packet.priority == 0
    assert "urgency" in found.warnings[0]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"subject": None}, r"document 7 .*subject gives null where text"),
        ({"subject": " "}, "subject gives blank text"),
        ({"subject": ["x"]}, "subject gives a list"),
        ({"id": None}, r"answer .*id gives null"),
        ({"id": True}, "id gives true or false"),
        ({"id": 1.5}, "id gives a number"),
        ({"issued": "8 tháng 5"}, r"issued gives a date in another form than dd/MM/yyyy or epoch"),
        ({"places": "Như trên"}, "places gives text where a list of texts"),
        ({"places": [1]}, "places gives a list where a list of texts"),
        ({"signer": {"name": "x"}}, "signer gives an object where text"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(fields: dict[str, object], why: str) -> None:
    with pytest.raises(MalformedDocument, match=why):
        reading_of(fields)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xfe\x00", b"[NaN]", b"[" * 5000])
def test_fields_that_are_no_json(content: bytes) -> None:
    with pytest.raises(MalformedDocument, match="no JSON"):
        read_document(FULL, Bundle(kind="rest", fields=content, files=()))


def test_a_bundle_of_another_door() -> None:
    with pytest.raises(MalformedDocument, match="'folder'"):
        read_document(FULL, Bundle(kind="folder", fields=b"{}", files=()))


def test_files_get_safe_names_and_their_types() -> None:
    content = Inline(b"%PDF-1.4")
    found = reading(
        FULL,
        Attachment(name="../../a/Công văn.pdf", content=content, content_type="text/html"),
        Attachment(name="...", content=content),
    )
    assert isinstance(found.packet, Packet)
    first, second = found.packet.attachments
    assert (first.name, first.content_type) == ("Công văn.pdf", "application/pdf")
    assert second.name == "tep-dinh-kem-2.pdf"
    assert "number 2 has no name" in found.warnings[0]
