"""Wrapped messages lie open: winmail.dat, opaque S/MIME, attached messages, and what stays shut."""

import base64
import struct

import pytest

from domain.reading import MailContent
from mappings.mail.parts import Limits
from mappings.mail.smime import signed_content
from mappings.mail.take_apart import take_apart
from tests.tnef_files import BODY, SIGNATURE, attribute, file, item, winmail

HEAD = b"From: a@xa.example\nTo: nq47@huulung.example\nSubject: x\nMessage-ID: <m@xa.example>\n"
INNER = b"From: b@xa.example\nSubject: trong\nMessage-ID: <in@xa.example>\n"
DATA = "2a864886f70d010701"
SIGNED = "2a864886f70d010702"


def mixed(*parts: bytes, kind: str = "mixed") -> bytes:
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    head = HEAD + f'Content-Type: multipart/{kind}; boundary="b"\n\n'.encode()
    return head + body + b"--b--\n"


def attached(media_type: str, name: str, content: bytes) -> bytes:
    head = f'Content-Type: {media_type}; name="{name}"\nContent-Disposition: attachment\n'
    return (head + "Content-Transfer-Encoding: base64\n\n").encode() + base64.encodebytes(content)


def shown(content: MailContent) -> list[tuple[str, bool, str]]:
    return [(a.name, a.wrapper, a.problem) for a in content.attachments]


def der(tag: int, body: bytes) -> bytes:
    size = len(body)
    length = bytes([size]) if size < 0x80 else b"\x82" + struct.pack(">H", size)
    return bytes([tag]) + length + body


def endless(tag: int, body: bytes) -> bytes:
    return bytes([tag]) + b"\x80" + body + b"\0\0"


def oid(text: str) -> bytes:
    return der(0x06, bytes.fromhex(text))


def signed(entity: bytes, *, ber: bool = False) -> bytes:
    wrap = endless if ber else der
    pieces = b"".join(der(0x04, entity[at : at + 40]) for at in range(0, len(entity), 40))
    held = wrap(0x24, pieces) if ber else der(0x04, entity)
    content = wrap(0x30, oid(DATA) + wrap(0xA0, held))
    data = wrap(0x30, der(0x02, b"\1") + der(0x31, b"") + content + der(0x31, b""))
    return wrap(0x30, oid(SIGNED) + wrap(0xA0, data))


def test_winmail_gives_its_files_and_its_text_where_there_is_no_other() -> None:
    raw = winmail(
        file("Báo cáo.docx", b"PK"), item("Thư", winmail(file("b.pdf", b"%"))), text="Gửi BC"
    )
    part = attached("application/ms-tnef", "winmail.dat", raw)
    alone = take_apart(mixed(b"Content-Type: text/plain\n\n \n", part))
    assert alone.new_text == "Gửi BC"
    assert shown(alone) == [
        ("winmail.dat", True, ""),
        ("Báo cáo.docx", False, ""),
        ("Thư", True, ""),
        ("b.pdf", False, ""),
    ]
    beside = take_apart(mixed(b"Content-Type: text/plain\n\nXin ch\xc3\xa0o\n", part))
    assert beside.new_text == "Xin chào"
    assert "winmail.dat of Outlook was opened" in beside.warnings


def test_winmail_is_known_by_its_octets_and_a_broken_one_says_so() -> None:
    raw = winmail(file("Báo cáo.docx", b"PK"))
    assert (
        len(take_apart(mixed(attached("application/octet-stream", "a.bin", raw))).attachments) == 2
    )
    broken = take_apart(mixed(attached("application/ms-tnef", "winmail.dat", raw[:40])))
    assert shown(broken) == [
        (
            "winmail.dat",
            False,
            "it is cut off inside an attribute; ask the office for the files themselves",
        )
    ]
    assert "cannot be read" in broken.warnings[0]


@pytest.mark.parametrize("ber", [True, False])
def test_an_opaque_signature_is_opened(ber: bool) -> None:
    inner = b"Content-Type: text/plain; charset=utf-8\n\n" + "Đã nhận được văn bản.".encode() * 9
    raw = HEAD + attached("application/pkcs7-mime", "smime.p7m", signed(inner, ber=ber))
    content = take_apart(raw)
    assert content.new_text.startswith("Đã nhận được văn bản.")
    assert shown(content) == [("smime.p7m", True, "")]


@pytest.mark.parametrize(
    "cms",
    [
        b"",
        b"\x30\x80",
        b"\x02\x01\x01",
        der(0x30, oid("2a864886f70d010703") + der(0xA0, b"")),
        der(0x30, oid(SIGNED) + der(0xA0, b"\x04\x00")),
        der(0x30, oid(SIGNED) + der(0xA0, der(0x30, der(0x02, b"\1")))),
        der(0x30, oid(SIGNED) + der(0xA0, der(0x30, der(0x30, oid(DATA))))),
        der(0x30, oid(SIGNED) + der(0xA0, der(0x30, der(0x30, der(0xA0, b"\x02\x01\x01"))))),
        b"\x30\x80" * 5_000,
        signed(b"x" * 500)[:90],
        der(0x30, b"\x05\x00" * 20_000),
    ],
)
def test_what_is_encrypted_or_damaged_stays_shut(cms: bytes) -> None:
    assert signed_content(cms) is None
    part = attached("application/octet-stream", "smime.p7m", cms or b"\0")
    assert "encrypted" in take_apart(mixed(part)).attachments[0].problem


def test_encrypted_mail_of_pgp() -> None:
    parts = (
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP-----\n",
    )
    found = take_apart(mixed(*parts, kind="encrypted"))
    assert [bool(a.problem) for a in found.attachments] == [False, True]


@pytest.mark.parametrize(
    "kind", ["message/external-body; access-type=URL", "message/partial; id=x"]
)
def test_what_is_not_in_the_message_is_told(kind: str) -> None:
    found = take_apart(mixed(f"Content-Type: {kind}\n\nContent-Type: image/png\n\n".encode()))
    assert "ask the office" in found.attachments[0].problem


def test_a_message_under_another_media_type() -> None:
    inner = INNER + mixed(attached("application/pdf", "b.pdf", b"%PDF"))[len(HEAD) :]
    content = take_apart(mixed(attached("application/octet-stream", "thu.eml", inner)))
    assert shown(content) == [("thu.eml", True, ""), ("b.pdf", False, "")]
    assert "<in@xa.example>" in content.thread
    plain = take_apart(mixed(attached("application/octet-stream", "thu.eml", INNER + b"\nx")))
    assert shown(plain) == [("thu.eml", False, "")]
    for text in (b"no header here", b"a: " + b"a" * 300_000):
        found = take_apart(mixed(attached("application/octet-stream", "a.eml", text)))
        assert "ask the office" in found.attachments[0].problem
    assert not take_apart(mixed(attached("text/x-a", "a.eml", b"\0"))).attachments[0].problem


def test_messages_in_messages_are_opened_to_a_depth() -> None:
    raw = INNER + b"\nx"
    for _ in range(5):
        raw = INNER + mixed(attached("application/octet-stream", "a.eml", raw))[len(HEAD) :]
    problems = [a.problem for a in take_apart(mixed(attached("a/b", "a.eml", raw))).attachments]
    assert "nested more than 3 deep" in problems[-1]


def several(count: int, files: int) -> bytes:
    """Return a message with messages in it, each with so many files."""
    inner = INNER + mixed(*[attached("a/b", "b.pdf", b"%PDF")] * files)[len(HEAD) :]
    return mixed(*[attached("application/octet-stream", "a.eml", inner)] * count)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(parts=21), "more than 21 parts"),
        (Limits(headers=2_500), "headers of more than 2500 octets together"),
        (Limits(decoded=4_560), "more than 4560 octets once decoded"),
    ],
)
def test_messages_inside_draw_on_the_limits_of_the_whole(limits: Limits, reason: str) -> None:
    found = take_apart(several(10, 3), limits=limits).attachments
    assert 0 < sum(a.name == "b.pdf" for a in found) < 30
    assert len(found) <= limits.parts
    assert found[0].problem == ""
    assert found[-1].problem == f"{reason}; ask the office for the files themselves"
    assert len(take_apart(several(10, 3)).attachments) == 40


def test_files_of_winmail_count_as_parts() -> None:
    part = attached("application/ms-tnef", "winmail.dat", winmail(*[file("a.pdf", b"%PDF")] * 3))
    found = take_apart(mixed(*[part] * 10), limits=Limits(parts=21)).attachments
    assert [a.name for a in found].count("a.pdf") == 9
    assert found[-1].problem.startswith("more than 21 parts")
    found = take_apart(mixed(*[part] * 10), limits=Limits(decoded=3_600)).attachments
    assert found[-1].problem.startswith("more than 3600 octets once decoded")


RTF_TEXT = b"{\\rtf1 " + b"Xin chao. " * 10 + b"}"


@pytest.mark.parametrize(
    ("limits", "one", "length"),
    [
        (Limits(text=150), winmail(rtf=RTF_TEXT), 150),
        (Limits(rtf=len(RTF_TEXT) + 57), winmail(rtf=RTF_TEXT), 150),
        (Limits(text=150), winmail(text="Xin chao. " * 10), 150),
        (Limits(text=30), winmail(text="Xin chao. " * 10), 30),
        (Limits(text=150), SIGNATURE + attribute(BODY, b"Xin chao. " * 10), 150),
        (Limits(text=150), winmail(html="<p>" + "Xin chao. " * 10), 150),
    ],
    ids=["rtf", "octets of rtf", "plain", "plain in one", "body", "html"],
)
def test_all_winmail_of_a_message_has_one_allowance_of_text(
    limits: Limits, one: bytes, length: int
) -> None:
    part = attached("application/ms-tnef", "winmail.dat", one)
    content = take_apart(mixed(*[part] * 4), limits=limits)
    assert length - 10 <= len(content.new_text.replace("\n", "")) <= length
    assert any("winmail.dat was cut at" in warning for warning in content.warnings)
    assert not any("cut" in w for w in take_apart(mixed(*[part] * 4)).warnings)


def test_an_item_of_outlook_is_told_from_a_file() -> None:
    found = take_apart(mixed(attached("application/vnd.ms-outlook", "a.msg", b"\xd0\xcf\x11\xe0x")))
    assert "MSG" in found.attachments[0].problem
    assert not take_apart(mixed(attached("a/b", "a.msg", b"x"))).attachments[0].problem


def test_an_empty_file_is_told_and_an_empty_part_is_none() -> None:
    found = take_apart(mixed(attached("application/pdf", "a.pdf", b""), b"Content-Type: a/b\n\n"))
    assert shown(found) == [("a.pdf", False, "it is empty; ask the office to send it again")]


def test_pictures_of_the_text_are_told_from_pictures_that_are_sent() -> None:
    def picture(*fields: str) -> bytes:
        head = "\n".join(["Content-Type: image/png; name=a.png", *fields])
        return f"{head}\n\nx\n".encode()

    shown_ones = (
        (picture("Content-ID: <a>"), "related", True),
        (picture("Content-ID: <a>", "Content-Disposition: inline"), "mixed", True),
        (picture("Content-Disposition: inline"), "mixed", False),
        (picture("Content-ID: <a>", "Content-Disposition: attachment"), "related", False),
        (picture("Content-ID: <a>"), "mixed", False),
    )
    for part, kind, inline in shown_ones:
        assert take_apart(mixed(part, kind=kind)).attachments[0].inline == inline
