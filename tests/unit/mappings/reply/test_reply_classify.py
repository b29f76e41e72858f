"""What a message is: every phrase that offices use, with and without diacritics, files, quotes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from domain.reading import AttachmentRole, DeliveryReport, MessageKind
from domain.status import DispatchEvent
from mappings.mail.take_apart import take_apart
from mappings.names.fold import fold_loose
from mappings.reply.attachments import AttachmentText
from mappings.reply.classify import judge
from mappings.reply.phrase_lists import default_phrases
from tests.unit.mappings.reply.replies import (
    DATA,
    OUR_LETTER,
    OUR_TOKEN,
    OWN,
    attached,
    judged,
    message,
)

# Any: test data read from JSON and YAML.
PHRASES: dict[str, Any] = json.loads((DATA / "mail_phrases.json").read_text("utf-8"))
VARIANTS: list[dict[str, Any]] = YAML(typ="safe").load((DATA / "variants.yaml").read_text("utf-8"))

NOT_A_REPORT = [
    MessageKind.QUESTION,
    MessageKind.EXTENSION_REQUEST,
    MessageKind.QUESTION,
    MessageKind.REFUSAL,
    MessageKind.QUESTION,
    MessageKind.UNCLEAR,
]
OUT_OF_OFFICE = [MessageKind.AUTO_REPLY, MessageKind.AUTO_REPLY, MessageKind.ADDRESS_CHANGE]


def filled(phrase: str) -> str:
    """Fill the places of a phrase as an office would."""
    values = {
        "so": "512", "kh": "UBND-VH", "ngay": "08/5/2024", "xa": "Yên Sơn", "d1": "04/11",
        "d2": "08/11", "ten": "Hà", "sdt": "0205 000 000", "moi": "xacaikinh@langson.example",
    }  # fmt: skip
    return phrase.format(**values)


@pytest.mark.parametrize("plain", [False, True], ids=["diacritics", "bare"])
@pytest.mark.parametrize("phrase", PHRASES["ack"])
def test_acknowledgement_phrases(phrase: str, plain: bool) -> None:
    said = fold_loose(filled(phrase)) if plain else filled(phrase)
    assert judged(message(said)).kind is MessageKind.ACKNOWLEDGEMENT


@pytest.mark.parametrize("plain", [False, True], ids=["diacritics", "bare"])
@pytest.mark.parametrize("phrase", PHRASES["report"])
def test_report_phrases_with_their_two_files(phrase: str, plain: bool) -> None:
    said = fold_loose(filled(phrase)) if plain else filled(phrase)
    files = () if "phát sinh" in phrase else ("BC-47-xa-Cai-Kinh.docx", "scan0012.pdf")
    judgement = judged(message(said, files=files))
    assert judgement.kind is MessageKind.REPORT
    assert judgement.nil == ("không phát sinh" in phrase)
    assert judgement.corrects == ("Gửi lại" in phrase)
    if files:
        roles = [a.role for a in judgement.attachments]
        assert roles == [AttachmentRole.REPORT, AttachmentRole.SIGNED_COPY]


@pytest.mark.parametrize("plain", [False, True], ids=["diacritics", "bare"])
@pytest.mark.parametrize(
    ("phrase", "kind"), list(zip(PHRASES["not_a_report"], NOT_A_REPORT, strict=True))
)
def test_negative_phrases(phrase: str, kind: MessageKind, plain: bool) -> None:
    assert judged(message(fold_loose(phrase) if plain else phrase)).kind is kind


@pytest.mark.parametrize("subject", PHRASES["ooo_subject"])
def test_out_of_office_subjects(subject: str) -> None:
    content = message("Cảm ơn", subject=f"{subject} V/v triển khai Nghị quyết 47")
    assert judged(content).kind is MessageKind.AUTO_REPLY


@pytest.mark.parametrize(
    ("phrase", "kind"), list(zip(PHRASES["ooo_body"], OUT_OF_OFFICE, strict=True))
)
def test_out_of_office_bodies(phrase: str, kind: MessageKind) -> None:
    assert judged(message(filled(phrase))).kind is kind


@pytest.mark.parametrize("prefix", PHRASES["reply_prefix"])
def test_a_quoted_subject_never_counts(prefix: str) -> None:
    content = message("Đã nhận.", subject=f"{prefix} Đề nghị gia hạn gửi báo cáo 15/BC-UBND")
    judgement = judged(content)
    assert judgement.kind is MessageKind.ACKNOWLEDGEMENT
    assert judgement.numbers == ()


@pytest.mark.parametrize("case", VARIANTS, ids=[str(n) for n in range(len(VARIANTS))])
def test_natural_variants(case: dict[str, Any]) -> None:
    content = message(
        case["say"],
        subject=case.get("subject", ""),
        quoted=case.get("quoted", ""),
        files=case.get("files", ()),
    )
    judgement = judged(content)
    assert judgement.kind == case["kind"], judgement.reasons
    assert judgement.nil == case.get("nil", False)
    assert judgement.corrects == case.get("corrects", False)
    assert judgement.reasons


def test_there_are_enough_variants() -> None:
    assert len(VARIANTS) >= 60


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ((("auto-submitted", "auto-replied"),), MessageKind.AUTO_REPLY),
        ((("auto-submitted", "auto-generated; owner=x"),), MessageKind.AUTO_REPLY),
        ((("auto-submitted", "no"),), MessageKind.ACKNOWLEDGEMENT),
        ((("x-autoreply", "yes"),), MessageKind.AUTO_REPLY),
        ((("x-autorespond", "1"),), MessageKind.AUTO_REPLY),
        ((("precedence", "auto_reply"),), MessageKind.AUTO_REPLY),
        ((("precedence", "bulk"),), MessageKind.ACKNOWLEDGEMENT),
        ((("precedence", "bulk"), ("return-path", "<>")), MessageKind.AUTO_REPLY),
        ((("return-path", "<>"),), MessageKind.UNCLEAR),
        ((("return-path", "<a@b.example>"),), MessageKind.ACKNOWLEDGEMENT),
        ((("x-auto-response-suppress", "All"),), MessageKind.ACKNOWLEDGEMENT),
        ((("x-dondoc-id", OUR_TOKEN),), MessageKind.ACKNOWLEDGEMENT),
    ],
)
def test_machines_are_known_by_their_headers(
    headers: tuple[tuple[str, str], ...], kind: MessageKind
) -> None:
    assert judged(message("Đã nhận được văn bản.", headers=headers)).kind is kind


def test_an_automatic_answer_may_tell_a_new_address() -> None:
    content = message(
        "Hộp thư này không còn sử dụng, đề nghị gửi về xacaikinh@langson.example",
        headers=[("auto-submitted", "auto-replied")],
    )
    assert judged(content).kind is MessageKind.ADDRESS_CHANGE


def test_a_report_sent_through_an_office_gateway_is_not_lost() -> None:
    gateway = [("auto-submitted", "auto-generated"), ("return-path", "<>")]
    assert judged(message(files=["BC-47.docx"], headers=gateway)).kind is MessageKind.REPORT


@pytest.mark.parametrize(
    "header",
    [
        ("auto-submitted", "auto-replied"),
        ("x-autoreply", "yes"),
        ("precedence", "auto_reply"),
        ("precedence", "bulk"),
    ],
)
def test_a_report_in_an_automatic_answer_is_for_a_person(header: tuple[str, str]) -> None:
    headers = [header, ("return-path", "<>")]
    judgement = judged(message(files=["BC-47.docx", "BC-47.pdf"], headers=headers))
    assert judgement.kind is MessageKind.UNCLEAR
    assert "yet a report is enclosed" in judgement.reasons[0].evidence
    assert judged(message(files=["logo.png"], headers=headers)).kind is MessageKind.AUTO_REPLY


@pytest.mark.parametrize(
    ("sender", "message_id", "token", "kind"),
    [
        ("nq47@huulung.example", OUR_LETTER, None, MessageKind.OWN_COPY),
        ("nq47@huulung.example", "<rewritten@relay.example>", OUR_TOKEN, MessageKind.OWN_COPY),
        ("nq47@huulung.example", "<8@huulung.example>", None, MessageKind.ACKNOWLEDGEMENT),
        ("nq47@huulung.example", "<8@huulung.example>", "x", MessageKind.ACKNOWLEDGEMENT),
        ("xayenson@huulung.example", OUR_LETTER, OUR_TOKEN, MessageKind.ACKNOWLEDGEMENT),
    ],
)
def test_own_copy_needs_our_mailbox_and_a_letter_of_ours(
    sender: str, message_id: str, token: str | None, kind: MessageKind
) -> None:
    headers = [("x-dondoc-id", token)] if token else []
    copy = message("Đã nhận", sender=sender, message_id=message_id, headers=headers)
    assert judged(copy).kind is kind


@pytest.mark.parametrize(
    ("say", "subject", "sender", "files", "kind"),
    [
        ("Xã đã nhận, đề nghị cho biết thời hạn?", "", "xayenson@huulung.example", (), "unclear"),
        ("Đã nhận.", "Trả lời tự động: V/v 512", "xayenson@huulung.example", (), "auto_reply"),
        (PHRASES["ooo_body"][0], "", "xayenson@huulung.example", (), "auto_reply"),
        ("Đã nhận.", "", "xayenson@huulung.example", ("logo.png",), "acknowledgement"),
        ("Rất tiếc.", "Hộp thư", "mailer-daemon@mx.example", (), "delivery_status"),
        ("Đã nhận.", "", "postmaster@mx.example", ("logo.png",), "acknowledgement"),
    ],
)
def test_what_comes_from_an_empty_return_path(
    say: str, subject: str, sender: str, files: tuple[str, ...], kind: str
) -> None:
    headers = [("return-path", "<>")]
    content = message(say, subject=subject, sender=sender, files=files, headers=headers)
    assert judged(content).kind == kind


def test_reports_of_machines() -> None:
    bounced = DeliveryReport(event=DispatchEvent.BOUNCED, recipient=None, detail="5.1.1")
    shown = DeliveryReport(event=DispatchEvent.DISPLAYED, recipient=None, detail="displayed")
    status = [("content-type", "multipart/report; report-type=delivery-status")]
    receipt = [("content-type", "multipart/report; report-type=disposition-notification")]
    kinds = [
        judged(message(reports=[bounced], headers=status)).kind,
        judged(message(reports=[bounced])).kind,
        judged(message(reports=[shown])).kind,
        judged(message(headers=receipt)).kind,
        judged(message(headers=status)).kind,
        judged(message(reports=[shown], headers=status)).kind,
        judged(message(reports=[bounced, shown])).kind,
    ]
    delivery, read = MessageKind.DELIVERY_STATUS, MessageKind.READ_RECEIPT
    assert kinds == [delivery, delivery, read, read, delivery, read, read]


@pytest.mark.parametrize(
    ("subject", "sender", "kind"),
    [
        ("Undelivered Mail Returned to Sender", "mailer-daemon@mx.example", "delivery_status"),
        ("Thư không gửi được", "postmaster@mx.example", "delivery_status"),
        ("Chào phòng", "postmaster@mx.example", "unclear"),
        ("Đã đọc: V/v triển khai Nghị quyết 47", "xayenson@huulung.example", "unclear"),
        ("Read: V/v", "xayenson@huulung.example", "unclear"),
        ("Read the letter", None, "unclear"),
    ],
)
def test_machines_are_known_by_their_subjects(subject: str, sender: str | None, kind: str) -> None:
    assert judged(message(subject=subject, sender=sender)).kind == kind


def test_every_delivery_report_of_real_servers_is_one() -> None:
    for path in sorted((DATA.parent / "mail" / "dsn").glob("*.eml")):
        assert judged(take_apart(path.read_bytes())).kind is MessageKind.DELIVERY_STATUS


REPORT = """UBND HUYỆN HỮU LŨNG
UBND XÃ YÊN SƠN
Số: 15/BC-UBND
Yên Sơn, ngày 05 tháng 11 năm 2024
BÁO CÁO
Kết quả thực hiện Nghị quyết số 47/NQ-CP
Thực hiện Công văn số 512/UBND-VH ngày 08/5/2024 của UBND huyện"""
LETTER = """UBND XÃ YÊN SƠN
Số: 45/UBND-VHXH
V/v {subject}
Thực hiện Công văn số 512/UBND-VH"""


def test_the_text_of_a_file_decides_before_its_name() -> None:
    content = message("Gửi phòng", files=["scan0012.pdf"])
    judgement = judged(content, REPORT)
    assert judgement.kind is MessageKind.REPORT
    assert judgement.numbers == ("15/BC-UBND",)
    assert judgement.cites == ("47/NQ-CP", "512/UBND-VH")
    (file,) = judgement.attachments
    assert file.role is AttachmentRole.REPORT
    assert file.file.digest == content.attachments[0].digest
    assert "15/BC-UBND" in file.why


@pytest.mark.parametrize(
    ("name", "text", "role"),
    [
        ("45.docx", LETTER.format(subject="báo cáo kết quả thực hiện"), AttachmentRole.REPORT),
        ("BC.docx", LETTER.format(subject="xin gia hạn gửi báo cáo kết quả"), AttachmentRole.OTHER),
        ("x.docx", "BÁO CÁO\nvề thông tin đối ngoại", AttachmentRole.REPORT),
        ("x.docx", "Xã báo cáo tình hình thực hiện", AttachmentRole.REPORT),
        ("x.docx", "Danh sách cán bộ", AttachmentRole.OTHER),
        ("Phu luc bao cao.xlsx", "", AttachmentRole.FORM),
        ("x", "", AttachmentRole.OTHER),
    ],
)
def test_roles(name: str, text: str, role: AttachmentRole) -> None:
    (file,) = judged(message("Gửi phòng", files=[name]), text).attachments
    assert file.role is role
    assert file.why


def test_a_damaged_report_goes_to_a_person() -> None:
    content = message("Em gửi BC", files=["BC-47.docx"])
    damaged = {content.attachments[0].digest: AttachmentText(problem="zip is cut off")}
    judgement = judge(content, damaged, default_phrases(), OWN)
    assert judgement.kind is MessageKind.UNCLEAR
    assert judgement.attachments[0].role is AttachmentRole.UNREADABLE
    assert judgement.reasons[0].rule == "unreadable_file"


def test_a_kind_that_nobody_can_read_is_not_damaged() -> None:
    content = message("Em gửi BC", files=["BC xa.rar"])
    unread = {content.attachments[0].digest: AttachmentText(problem="no text in it")}
    assert judge(content, unread, default_phrases(), OWN).kind is MessageKind.REPORT


def test_small_pictures_are_logos() -> None:
    content = message("Em gửi BC", files=["BC.docx", attached("image001.png", b"png")])
    roles = [a.role for a in judged(content).attachments]
    assert roles == [AttachmentRole.REPORT, AttachmentRole.OTHER]


def test_a_signed_pdf_beside_its_word_file_is_one_report() -> None:
    content = message("Gửi phòng", files=["BC-47.docx", "BC-47.pdf"])
    roles = [a.role for a in judged(content).attachments]
    assert roles == [AttachmentRole.REPORT, AttachmentRole.SIGNED_COPY]


def test_a_long_letter_is_no_acknowledgement() -> None:
    assert judged(message("Đã nhận. " + "Nội dung khác " * 60)).kind is MessageKind.UNCLEAR


def test_own_words_are_the_evidence() -> None:
    judgement = judged(message("Kính gửi phòng. Xã chưa nhận được công văn!\n\nTrân trọng"))
    assert judgement.reasons[0].rule == "not_received"
    assert judgement.reasons[0].evidence == "Xã chưa nhận được công văn"


@given(say=st.text(), subject=st.text(), name=st.text(min_size=1), text=st.text())
@settings(max_examples=50, deadline=None)
def test_nothing_is_raised(say: str, subject: str, name: str, text: str) -> None:
    judgement = judged(message(say, subject=subject, files=[name]), text)
    assert judgement.reasons
    assert len(judgement.attachments) == 1


def test_long_hostile_texts_are_judged_in_time() -> None:
    for say in (
        "xin phép " * 20_000,
        "\n \n" * 50_000,
        "a" * 200_000,
        "? " * 50_000,
        "1/A-" * 50_000,
    ):
        judged(message(say, subject="Re: " * 5_000, files=["BC " * 60]), say)


def test_a_question_begins_within_its_sentence_and_is_short() -> None:
    asked = {
        r.rule: r.evidence
        for r in judged(message("Xong. Em hỏi a?b hạn là ngày nào ạ? Dạ")).reasons
    }
    assert asked["question"] == "Em hỏi a?b hạn là ngày nào ạ?"
    long = {r.rule: r.evidence for r in judged(message("xa " * 80 + "à? Dạ")).reasons}
    assert long["question"] == ("xa " * 80 + "à?")[-151:].strip()
