"""Attached messages count by their own new words and their files, and files by their octets."""

import pytest

from domain.ids import Address
from domain.reading import AttachedLetter, JudgedAttachment
from mappings.mail.take_apart import take_apart
from mappings.reply.attachments import Announcement, AttachmentText, judge_attachments
from mappings.reply.phrase_lists import default_phrases
from tests.unit.mappings.reply.replies import attached, judged, message

TOKEN = "abcdefghijklmnop2345"
SAYS = Announcement(report=False, signed_copy=False)


def passing_on(head: str, text: str, *, kind: str = "message/rfc822", file: str = "") -> bytes:
    """Return a message that acknowledges, to which another is attached, perhaps with a file."""
    part = f'--i\nContent-Type: application/pdf; name="{file}"\n\n%PDF-1.4\n' if file else ""
    return f"""From: xayenson@huulung.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: text/plain; charset=utf-8

Xã đã nhận được văn bản này.
--o
Content-Type: {kind}

Subject: Re: Báo cáo
{head}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=i

--i
Content-Type: text/plain; charset=utf-8

{text}
{part}--i--
--o--
""".encode()


def read(raw: bytes, ours: tuple[str, ...] = ()) -> list[JudgedAttachment]:
    """Return the attached files as judged, letters by their own words."""
    files = take_apart(raw).attachments
    texts = {f.digest: AttachmentText(text=f.letter.new_text) for f in files if f.letter}
    own = frozenset(map(Address, ours))
    return list(judge_attachments(files, texts, SAYS, default_phrases(), own))


def roles(raw: bytes, *ours: str) -> list[str]:
    return [file.role.value for file in read(raw, ours)]


CLERK = "From: lan@rieng.example"
LONG = "UBND xã báo cáo kết quả thực hiện như sau: " + "đã tổ chức họp dân tại các thôn, " * 5


@pytest.mark.parametrize(
    ("head", "text", "role"),
    [
        (CLERK, "Đã nhận được văn bản.", "other"),
        (CLERK, f"Đã nhận.\n\nVào 08/5/2024, A <a@b.example> đã viết:\n> {LONG}", "other"),
        (CLERK, "Gửi huyện báo cáo số 15/BC-UBND của xã.", "report"),
        (CLERK, f"BÁO CÁO\n{LONG}", "report"),
        (CLERK, LONG, "report"),
        (CLERK, f"{LONG}. Xã đã nhận được công văn.", "other"),
        (f"{CLERK}\nMessage-ID: <{TOKEN}@huulung.example>", LONG, "other"),
        (f"{CLERK}\nX-Dondoc-Id: {TOKEN}", LONG, "other"),
        (f"{CLERK}\nReply-To: nq47+{TOKEN}@huulung.example", LONG, "other"),
        ("X-Nobody: wrote it", LONG, "report"),
    ],
)
def test_an_attached_letter_counts_by_its_new_words(head: str, text: str, role: str) -> None:
    assert roles(passing_on(head, text)) == [role]
    octets = 'application/octet-stream; name="V-v báo cáo kết quả.eml"'
    assert roles(passing_on(head, text, kind=octets)) == [role]


def test_a_letter_from_our_mailbox_is_never_a_report() -> None:
    raw = passing_on("From: nq47@huulung.example", LONG, file="Bao cao.pdf")
    assert roles(raw) == ["other", "report"]
    assert roles(raw, "nq47@huulung.example") == ["other", "other"]


def test_a_passed_on_report_still_counts() -> None:
    raw = passing_on(CLERK, "Gửi huyện.", file="Bao cao.pdf")
    assert roles(raw) == ["other", "report"]
    letters = [file.letter for file in take_apart(raw).attachments]
    said = AttachedLetter(sender=Address("lan@rieng.example"), new_text="Gửi huyện.")
    assert letters == [said, said]


@pytest.mark.parametrize(
    ("name", "content", "role"),
    [
        ("Báo cáo.exe", b"MZ\x90", "other"),
        ("Báo cáo.pdf", b"MZ\x90", "other"),
        ("Báo cáo.bat", b"del", "other"),
        ("Báo cáo.txt", b"x", "unreadable"),
        ("Báo cáo.txt", b"UBND xa bao cao", "report"),
        ("bao cao.jpg", b"\xff\xd8\xff", "unreadable"),
        ("bao cao.jpg", b"\x00" * 50_000, "unreadable"),
        ("bao cao.jpg", b"\x00\x00\x00\x18ftypheic".ljust(50_000), "report"),
        ("bao cao.png", b"\x89PNG\r\n\x1a\n".ljust(50_000), "report"),
    ],
)
def test_a_name_promises_nothing(name: str, content: bytes, role: str) -> None:
    (file,) = judged(message("Gửi phòng.", files=[attached(name, content)])).attachments
    assert file.role == role
