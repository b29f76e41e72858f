import base64
import hashlib
import unicodedata
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from domain.content import whole
from domain.errors import MalformedDocument, TooLarge
from domain.reading import MailContent
from mappings.mail.parts import Limits
from mappings.mail.take_apart import take_apart
from tests.checkout import ROOT

MAIL = ROOT / "tests" / "data" / "mail"
TOKEN = "abcdefghijklmnop2345"
HEAD = b"From: a@xa.example\nTo: nq47@huulung.example\nSubject: x\nMessage-ID: <m@xa.example>\n"


def sample(name: str) -> MailContent:
    return take_apart((MAIL / f"{name}.eml").read_bytes())


def mixed(*parts: bytes) -> bytes:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + body + b"--b--\n"


@pytest.mark.parametrize("path", sorted(MAIL.glob("*/*-vi.eml")), ids=lambda path: path.stem)
def test_sound_samples_are_read_as_the_standard_library_reads_them(path: Path) -> None:
    raw = path.read_bytes()
    content, read = take_apart(raw), message_from_bytes(raw, policy=policy.default)
    assert content.message_id == str(read["message-id"]).strip() if read["message-id"] else True
    assert content.subject == unicodedata.normalize("NFC", " ".join(str(read["subject"]).split()))
    assert content.sender == read["from"].addresses[0].addr_spec.lower()
    if read.get_content_type() != "multipart/report":
        files = [part for part in read.walk() if part.get_filename()]
        assert [whole(a.content) for a in content.attachments] == [
            part.get_payload(decode=True) for part in files
        ]


@pytest.mark.parametrize(
    "name",
    ["reply/agent-01-deliver-mail", "reply/agent-02-verp-mail", "reply/support-01-plus-mail"],
)
def test_a_real_message_with_an_attachment(name: str) -> None:
    content = sample(name)
    assert content.new_text == "Xin chào,\nfile attached: số 123/CV-TTg"
    assert [(a.name, a.media_type) for a in content.attachments] == [
        ("Công văn số 12.pdf", "application/pdf")
    ]
    assert whole(content.attachments[0].content) == b"%PDF-1.4 fake"
    assert content.date == datetime(2026, 11, 23, 4, 6, 17, tzinfo=UTC)
    assert content.warnings == ()


def test_a_reply_from_gmail() -> None:
    content = sample("reply/gmail-vi")
    assert content.new_text == "Đã nhận được văn bản.\n\nUBND xã Yên Sơn"
    assert "Đề nghị gửi báo cáo" in content.quoted_text
    assert content.sender_name == "UBND xã Yên Sơn"
    assert content.tokens == (TOKEN,)
    assert content.subject_tokens == ("DD-ABCDEFGH",)
    assert content.thread == (f"<{TOKEN}@huulung.example>", "<first@huulung.example>")
    assert content.recipients == (f"nq47+{TOKEN}@huulung.example",)
    assert ("return-path", "<ubnd.xayenson@mail.example>") in content.headers


def test_a_reply_from_outlook() -> None:
    content = sample("reply/outlook-vi")
    assert content.new_text == "Kính gửi Phòng, đơn vị gửi báo cáo (file đính kèm)."
    assert content.quoted_text.endswith("Đề nghị gửi báo cáo.")
    assert content.sender_name == "Trần Thị Bình"
    assert content.subject_tokens == ("DD-ABCDEFGH",)


def test_a_reply_from_zimbra_in_html_only() -> None:
    content = sample("reply/zimbra-vi")
    assert content.new_text == "Em gửi BC bản word và bản có dấu ạ"
    assert "Kính gửi: UBND xã Cai Kinh" in content.quoted_text
    assert content.subject == "Trả lời: 512/UBND-VH"
    assert [a.name for a in content.attachments] == ["Báo cáo.docx"]


def test_a_reply_from_an_iphone() -> None:
    content = sample("reply/iphone-vi")
    assert content.new_text == "Dạ em nhận được rồi ạ"
    assert [a.name for a in content.attachments] == ["Báo cáo (1).docx"]
    assert "Kính gửi: UBND xã" in content.quoted_text


@pytest.mark.parametrize(
    ("name", "text", "warned"),
    [
        ("charset/windows-1258", "Đã nhận được báo cáo", False),
        ("charset/wrong", "Đã nhận được văn bản", True),
        ("charset/tcvn", "Đã nhận", True),
    ],
)
def test_charsets(name: str, text: str, warned: bool) -> None:
    content = sample(name)
    assert content.new_text == text
    assert any("charset" in warning for warning in content.warnings) == warned


def test_the_digest_covers_the_body_and_not_the_trace() -> None:
    raw = (MAIL / "reply" / "gmail-vi.eml").read_bytes()
    body = raw.split(b"\n\n", 1)[1]
    assert take_apart(raw).body_digest == hashlib.sha256(body).hexdigest()
    assert take_apart(b"Received: x\n" + raw).body_digest == take_apart(raw).body_digest
    assert take_apart(raw + b"x").body_digest != take_apart(raw).body_digest


def test_a_missing_identifier_is_made_of_the_digest() -> None:
    first = take_apart(b"From: a@x.example\nReceived: 1\n\nbody")
    assert first.message_id == take_apart(b"Received: 2\nFrom: a@x.example\n\nbody").message_id
    assert first.message_id != take_apart(b"From: b@x.example\n\nbody").message_id
    assert first.message_id.endswith("@no-message-id.invalid>")
    assert len(first.message_id) <= 60


@pytest.mark.parametrize(
    "line",
    [
        b"Message-ID: <>",
        b"Message-ID: <@>",
        b"Message-ID: <[abc@x>",
        b"Message-ID: <abc@[x>",
        b"From: a@[",
        b"To: " + b"(" * 8000,
        b"From: \xff\xfe <a@b.example>",
        b"Subject: =?utf-8?b?!!!?=",
        b"Date: x",
        b"Content-Type: ;;;",
        b'Content-Type: text/plain; charset="x\x00y"',
        b"Content-Disposition: attachment; filename*0*=x'y; filename*1*=%ff",
        b"Content-Transfer-Encoding: base64; x",
        b"References: " + b"<" * 5000,
    ],
)
def test_hostile_header_fields_stop_nothing(line: bytes) -> None:
    content = take_apart(line + b"\nTo: nq47@huulung.example\n\nbody\n")
    assert content.message_id.startswith("<")
    content.subject.encode()


@pytest.mark.parametrize("raw", [b"", b"\n", b"\n\nbody", b"no header here", b"\x00\xff" * 100])
def test_what_is_no_message_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedDocument, match="header"):
        take_apart(raw)


def test_a_sender_is_looked_for() -> None:
    assert take_apart(b"Subject: x\nReturn-Path: <a@x.example>\n\n").sender == "a@x.example"
    assert take_apart(b"Subject: x\n\n").sender is None


def test_alternatives_prefer_plain_text_unless_it_is_empty() -> None:
    def alternative(plain: bytes) -> bytes:
        head = HEAD + b"Content-Type: multipart/alternative; boundary=b\n\n--b\n"
        html = b"Content-Type: text/html\n\n<p>H</p>\n--b\nContent-Type: text/plain\n\n"
        return head + html + plain + b"\n--b--"

    assert take_apart(alternative(b"P")).new_text == "P"
    assert take_apart(alternative(b" \n ")).new_text == "H"


@pytest.mark.parametrize("near", [0, 1, 2_000])
def test_lines_that_only_begin_with_the_boundary_are_text(near: int) -> None:
    text = b"\n" + b"--bx\n" * near + b"Da nhan."
    content = take_apart(mixed(text, b"Content-Type: application/pdf\n\n%PDF"))
    assert content.new_text.split() == ["--bx"] * near + ["Da", "nhan."]
    assert [a.name for a in content.attachments] == ["1.pdf"]


def test_texts_without_name_are_joined_and_those_with_name_are_files() -> None:
    content = take_apart(
        mixed(
            b"\nmot",
            b"Content-Type: text/plain; name=ghi.txt\n\nfile",
            b"Content-Disposition: attachment\n\nkhong ten",
            b"Content-Type: text/html\n\n<p>hai</p>",
            b"Content-Type: image/png\n\nPNG",
            b"Content-Type: application/pdf\n\n",
        )
    )
    assert content.new_text.split() == ["mot", "hai"]
    assert [a.name for a in content.attachments] == ["ghi.txt", "2.txt", "3.png"]


def test_an_attached_message_is_kept_whole_with_its_own_attachments() -> None:
    inner = (
        b"Subject: =?utf-8?q?B=C3=A1o_c=C3=A1o?=\nMessage-ID: <inner@xa.example>\n"
        b"References: <older@xa.example>\nReply-To: nq47+" + TOKEN.encode() + b"@huulung.example\n"
        b"Content-Type: multipart/mixed; boundary=c\n\n--c\n\ntext\n--c\n"
        b"Content-Type: application/pdf; name=bc.pdf\n\nPDF\n--c--"
    )
    content = take_apart(mixed(b"\nxin gui", b"Content-Type: message/rfc822\n\n" + inner))
    assert [a.name for a in content.attachments] == ["Báo cáo.eml", "bc.pdf"]
    assert whole(content.attachments[0].content) == inner
    assert content.new_text == "xin gui"
    assert content.thread == ("<inner@xa.example>", "<older@xa.example>")
    assert content.tokens == ()


def test_an_encoded_attached_message_is_read_too() -> None:
    part = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    inner = base64.b64encode(b"Message-ID: <i@x>\n\nbody")
    content = take_apart(mixed(part + inner))
    assert content.thread == ("<i@x>",)
    assert content.attachments[0].name == "1.eml"


def test_a_digest_holds_messages() -> None:
    raw = (
        HEAD + b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nMessage-ID: <d@x>\n\nx\n--b--"
    )
    assert take_apart(raw).thread == ("<d@x>",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\a\\\\BC.docx", "BC.docx"),
        ("a:b?.pdf", "a_b_.pdf"),
        ("  .x. ", "x"),
        ("...", "1.pdf"),
        ("/", "1.pdf"),
        ("d" * 300 + ".pdf", "d" * 196 + ".pdf"),
        ("d" * 300, "d" * 200),
        ("d." + "e" * 300, "d." + "e" * 198),
    ],
)
def test_file_names_have_no_path_and_an_end(name: str, expected: str) -> None:
    part = f'Content-Type: application/pdf\nContent-Disposition: attachment; filename="{name}"\n\nx'
    assert take_apart(mixed(part.encode())).attachments[0].name == expected


@pytest.mark.parametrize(
    ("raw", "text", "warning"),
    [
        (HEAD + b"Content-Type: multipart/mixed\n\n--b\n\nx", "--b\n\nx", "no boundary"),
        (
            HEAD + b"Content-Type: multipart/mixed; boundary*=''b%0A--b\n\n--b\n--b\n\nx",
            "--b\n--b\n\nx",
            "no boundary",
        ),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\nx", "x", "no part"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n", "--b--", "no part"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx", "x", "not closed"),
        (HEAD + b"Content-Transfer-Encoding: base64\n\nWGlu!", "Xin", "base64"),
        (HEAD + b"Content-Type: text/plain; charset=nope\n\nx\xc3\xa3", "xã", "charset nope"),
    ],
)
def test_broken_mime_is_repaired_with_a_warning(raw: bytes, text: str, warning: str) -> None:
    content = take_apart(raw)
    assert content.new_text == text
    assert any(warning in said for said in content.warnings)


@pytest.mark.parametrize("line", [b"x --b", b"--bb", b"--b-", b" --b--", b"--b x", b"---b"])
def test_a_boundary_within_a_line_parts_nothing(line: bytes) -> None:
    content = take_apart(mixed(b"\n1\n" + line + b"\n2", b"\n3"))
    assert content.new_text == f"1\n{line.decode()}\n2\n3"
    assert content.warnings == ()


def test_a_boundary_of_many_dashes_is_sought_in_linear_time() -> None:
    head = HEAD + b"Content-Type: multipart/mixed; boundary=" + b"-" * 100_000 + b"x\n\n"
    assert "no part" in take_apart(head + b"-" * 2_000_000).warnings[0]


def test_line_ends_before_a_delimiter_belong_to_it() -> None:
    head = HEAD.replace(b"\n", b"\r\n") + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    pdf = b"Content-Type: application/pdf\r\n\r\n"
    raw = (
        head
        + b"--b\r\n"
        + pdf
        + b"x\r\n\r\n--b \r\n"
        + pdf
        + b"y\n--b\r\n--b\r\n"
        + pdf
        + b"\r\n--b--"
    )
    assert [whole(a.content) for a in take_apart(raw).attachments] == [b"x\r\n", b"y"]


def nested(depth: int) -> bytes:
    raw = HEAD
    for level in range(depth):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    return raw + b"\nx"


@pytest.mark.parametrize(
    ("raw", "limits"),
    [
        (HEAD + b"\n" + b"x" * 100, Limits(octets=50)),
        (nested(30), Limits()),
        (nested(3000), Limits()),
        (HEAD + b"Content-Type: message/rfc822\n\n" * 40, Limits()),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 100_000, Limits()),
        (mixed(*[b"\nx"] * 9), Limits(parts=8)),
        (HEAD + b"A: " + b"x" * 5000 + b"\n\nx", Limits(header=1000)),
        (HEAD + b"A: x\n" * 2000 + b"\nx", Limits(header=1000)),
        (mixed(b"\n" + b"x" * 60, b"\n" + b"x" * 60), Limits(decoded=100)),
    ],
)
def test_bombs_are_refused(raw: bytes, limits: Limits) -> None:
    with pytest.raises(TooLarge):
        take_apart(raw, limits=limits)


def test_long_texts_are_cut_together() -> None:
    content = take_apart(mixed(b"\n" + b"a" * 60, b"\n" + b"b" * 60), limits=Limits(text=100))
    assert content.new_text == "a" * 60 + "\n" + "b" * 40
    assert any("cut at 40" in warning for warning in content.warnings)


def test_what_was_repaired_in_subject_and_file_name_is_told() -> None:
    part = (
        b"Content-Type: application/pdf\n"
        b"Content-Disposition: attachment; filename*=iso-8859-1''B%C3%A1o%20c%C3%A1o.pdf\n\nx"
    )
    raw = mixed(part).replace(b"Subject: x", b"Subject: =?iso-8859-1?Q?B=B8o_c=B8o_n=A8m?=")
    content = take_apart(raw)
    assert (content.subject, content.attachments[0].name) == ("Báo cáo năm", "Báo cáo.pdf")
    assert content.warnings == (
        "a file name: charset iso8859-1 is claimed but the text is UTF-8",
        "the subject: Vietnamese text in TCVN3 was converted (charset iso-8859-1)",
    )
    known = take_apart(mixed(part.replace(b"iso-8859-1", b"utf-8")))
    assert known.warnings == ()
