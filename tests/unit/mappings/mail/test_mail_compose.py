import random
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mappings.mail.compose as composing
import mappings.mail.file_part as filing
from domain.assembled import joined
from domain.content import whole
from domain.errors import InvariantViolation, MalformedDocument
from domain.ids import Address, MessageId
from domain.reading import MailAttachment
from mappings.mail.compose import OutgoingMail, compose
from mappings.mail.conversation import Conversation, thread_index
from mappings.mail.fields import encoded
from mappings.mail.file_part import FilePart, file_part
from mappings.mail.headers import split_header
from mappings.mail.take_apart import take_apart
from mappings.mail.text import clean
from mappings.text.legacy_vietnamese import modernised

WORDS = (  # noqa: SIM905
    "báo cáo kết quả thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ về việc "
    "tiếp tục nâng cao chất lượng, hiệu quả công tác thông tin đối ngoại trong tình hình mới; "
    "Ủy ban nhân dân huyện Hữu Lũng đề nghị các cơ quan, đơn vị, UBND xã, thị trấn (trước 10/11) "
    "a ă â đ ê ô ơ ư =?utf-8?q?x?= _ ? = “trích” – 100%"
).split()

LETTER = OutgoingMail(
    message_id=MessageId("<abcdefghijklmnop2345@huulung.example>"),
    date=datetime(2024, 5, 8, 1, 0, tzinfo=UTC),
    sender=Address("nq47@huulung.example"),
    sender_name="Phòng Văn hóa và Thông tin huyện Hữu Lũng",
    recipient=Address("vanthu@yenson.example"),
    recipient_name="UBND xã Yên Sơn",
    reply_to=Address("nq47+abcdefghijklmnop2345@huulung.example"),
    subject="[512/UBND-VH] V/v triển khai thực hiện Nghị quyết số 47/NQ-CP [DD-ABCDEFGH]",
    text="Kính gửi: UBND xã Yên Sơn\n\nĐề nghị " + "dài " * 400,
    html="<p>Kính gửi: UBND xã Yên Sơn</p>",
    dondoc_id="nq47/2024/xa-yen-son/directive/1/email",
)


PDF = b"%PDF-1.7\n" * 50


def pdf(name: str, media_type: str = "application/pdf") -> FilePart:
    return file_part(MailAttachment(name=name, media_type=media_type, content=PDF))


def composed(letter: OutgoingMail) -> bytes:
    return joined(compose(letter))


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def test_equal_letters_are_equal_octets() -> None:
    letter = replace(LETTER, attachments=(pdf("Công văn 512.pdf"),))
    assert composed(letter) == composed(replace(letter))


def test_a_directive_is_plain_correspondence() -> None:
    read = parsed(composed(LETTER))
    assert read["date"] == "Wed, 08 May 2024 08:00:00 +0700"
    # The library's own reader puts a space between the encoded words of a display name.
    assert take_apart(composed(LETTER)).sender_name == LETTER.sender_name
    assert read["to"].addresses[0].addr_spec == LETTER.recipient
    assert read["reply-to"] == LETTER.reply_to
    assert read["x-dondoc-id"] == LETTER.dondoc_id
    for name in ("auto-submitted", "x-auto-response-suppress", "in-reply-to", "references"):
        assert read[name] is None
    assert read["disposition-notification-to"] is None
    assert read.get_content_type() == "multipart/alternative"
    text = read.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == LETTER.text.rstrip("\n")


def test_a_reminder_threads_and_asks_machines_to_be_silent() -> None:
    first, second = MessageId("<first@x.example>"), MessageId("<" + "long" * 30 + "@x.example>")
    raw = composed(
        replace(LETTER, automatic=True, thread=(first, second), receipt_to=LETTER.sender)
    )
    read = parsed(raw)
    assert read["auto-submitted"] == "auto-generated"
    assert read["x-auto-response-suppress"] == "OOF, AutoReply"
    assert read["disposition-notification-to"] == f"<{LETTER.sender}>"
    assert read["in-reply-to"].strip() == second
    assert read["references"].split() == [first, second]
    assert take_apart(raw).thread == (second, first)


def test_outlook_is_told_which_conversation_it_belongs_to() -> None:
    talk = Conversation(
        topic="V/v triển khai Nghị quyết", root=LETTER.message_id, began=LETTER.date
    )
    read = parsed(composed(replace(LETTER, conversation=talk)))
    assert read["thread-topic"] == talk.topic
    assert read["thread-index"] == thread_index(talk, LETTER.message_id, LETTER.date)
    assert "thread-topic" not in parsed(composed(LETTER))


def test_lines_end_with_crlf_and_are_short() -> None:
    raw = composed(replace(LETTER, subject="đ" * 3000, attachments=(pdf("Đ" * 80 + ".pdf"),)))
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_2000_random_vietnamese_subjects_arrive_unchanged() -> None:
    draw = random.Random(47)
    for count in range(2000):
        subject = " ".join(draw.choices(WORDS, k=draw.randint(1, 40)))
        raw = f"Subject: {encoded(subject, 'Subject')}\r\n\r\n".encode("ascii")
        assert BytesHeaderParser(policy=policy.default).parsebytes(raw)["subject"] == subject
        assert split_header(raw, 0, len(raw))[0].text("subject") == subject
        if count % 20 == 0:
            assert take_apart(composed(replace(LETTER, subject=subject))).subject == subject


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300))
def test_any_subject_arrives_unchanged(subject: str) -> None:
    raw = composed(replace(LETTER, subject=subject))
    # What chance writes may look like an old encoding, and is then read as such.
    assert take_apart(raw).subject == modernised(" ".join(clean(subject).split()))[0]


@pytest.mark.parametrize(
    "name",
    [
        "Công văn số 512 (bản ký số).pdf",
        "BC ket qua.doc",
        "tên (lạ); a=b, 100%'.docx",
        "217-2019-TB-UBND.signed.pdf",
        "Báo cáo " + "rất dài " * 18 + ".xlsx",
    ],
)
def test_file_names_are_read_alike_by_everybody(name: str) -> None:
    raw = composed(replace(LETTER, attachments=(pdf(name),)))
    part = next(parsed(raw).iter_attachments())
    assert part.get_filename() == name
    assert part["content-type"].params["name"] == name
    (found,) = take_apart(raw).attachments
    assert (found.name, whole(found.content)) == (name, PDF)


def test_a_decomposed_file_name_is_composed() -> None:
    raw = composed(replace(LETTER, attachments=(pdf("Ba\u0301o ca\u0301o.pdf"),)))
    assert take_apart(raw).attachments[0].name == "Báo cáo.pdf"


def test_attached_messages_are_sent_as_files() -> None:
    mail = MailAttachment(name="thư.eml", media_type="message/rfc822", content=b"Subject: x\n\ny")
    raw = composed(replace(LETTER, attachments=(file_part(mail),)))
    found = take_apart(raw).attachments[0]
    assert b"Content-Type: application/octet-stream" in raw
    assert (found.name, whole(found.content)) == ("thư.eml", mail.content)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: x@y.example"},
        {"subject": "a\nb"},
        {"subject": "a\x00"},
        {"sender_name": "a\r\nb"},
        {"recipient_name": "a\u2028b"},
        {"recipient": Address("a@b.example>\r\nBcc: <x@y.example")},
        {"recipient": Address("tên@b.example")},
        {"reply_to": Address("x")},
        {"message_id": MessageId("<a b@c>")},
        {"thread": (MessageId("<a\r\n@c>"),)},
        {"dondoc_id": "a\r\nb"},
        {"dondoc_id": ""},
    ],
)
def test_nothing_can_be_smuggled_into_the_header(change: dict[str, Any]) -> None:
    # Any: the values of a record's members have different types.
    with pytest.raises(MalformedDocument):
        composed(replace(LETTER, **change))


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a\r\nb.pdf", "application/pdf"),
        ("../a.pdf", "application/pdf"),
        ("a\\b.pdf", "application/pdf"),
        ("", "application/pdf"),
        ("đ" * 200, "application/pdf"),
        ("a", "x\r\ny"),
    ],
)
def test_no_file_can_smuggle_anything_into_its_part(name: str, media_type: str) -> None:
    with pytest.raises(MalformedDocument):
        pdf(name, media_type)


def test_the_part_of_a_file_is_the_same_in_every_letter() -> None:
    file = pdf("Công văn 512.pdf")
    first = compose(replace(LETTER, attachments=(file, pdf("b.pdf"))))
    other = compose(replace(LETTER, message_id=MessageId("<o@x.example>"), attachments=(file,)))
    assert first[1] is other[1] is file.part
    assert first[0] != other[0]
    assert all(joined([piece]).endswith(b"\r\n") for piece in (*first, *other))


def test_a_changed_file_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "base64_part", lambda lines, content: b"\r\n" + content)
    with pytest.raises(InvariantViolation, match=r"a\.pdf would arrive changed"):
        pdf("a.pdf")


def test_a_date_without_zone_is_our_bug() -> None:
    with pytest.raises(InvariantViolation, match="time zone"):
        composed(replace(LETTER, date=datetime(2024, 5, 8)))  # noqa: DTZ001


def test_a_changed_subject_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "encoded", lambda text, field: "báocáo".encode().hex())
    with pytest.raises(InvariantViolation, match="subject would arrive changed"):
        composed(LETTER)


def test_a_long_line_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "encoded", lambda text, field: "x" * 2000)
    with pytest.raises(InvariantViolation, match="998"):
        composed(LETTER)
