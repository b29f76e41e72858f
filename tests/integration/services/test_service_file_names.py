"""File names as they arrive, by readers that have nothing in common.

Outlook takes RFC 2231 in Content-Disposition, older ones and some webmail the encoded words in
Content-Type; Gmail, Zimbra and Apple Mail take the former.
"""

import unicodedata
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

import fast_mail_parser
import pytest

from tests.edxml_files import attached, written
from tests.integration.services.service_parts import MINH_TIEN, letter
from tests.integration.services.service_world import World

NAMES = (
    "512-UBND-VH.txt",
    "Công văn 512 (bản ký số) - “Đề án” & phụ lục.txt",
    "Báo cáo kết quả triển khai thực hiện Nghị quyết số 47-NQ-CP ngày 15-4-2024 của Chính phủ về "
    "thông tin đối ngoại - Phụ lục II.txt",
    "Ủy ban_quê hương's 100% [1] {a}; b=c.txt",
    unicodedata.normalize("NFD", "Phụ lục tổng hợp.txt"),
    "ữ" * 60 + ".txt",
)
WANTED = [unicodedata.normalize("NFC", name) for name in NAMES]


@pytest.fixture
def raw(world: World) -> bytes:
    files = tuple(attached(name, f"{n}".encode(), "text/plain") for n, name in enumerate(NAMES))
    world.began(written(replace(letter(), attachments=files)))
    return world.mail.mail_for(world.office(MINH_TIEN).emails[0])[0]


def test_readers_agree_on_every_name(raw: bytes) -> None:
    old: Message = message_from_bytes(raw)
    named = [part for part in old.walk() if part.get_filename()]
    in_words = [str(make_header(decode_header(str(part.get_param("name"))))) for part in named]
    new = message_from_bytes(raw, policy=policy.default)
    assert [part.get_filename() for part in new.iter_attachments()] == WANTED
    assert [part.get_filename() for part in named] == WANTED
    assert in_words == WANTED
    assert [file.filename for file in fast_mail_parser.parse_email(raw).attachments] == WANTED


def test_no_line_is_too_long_for_a_relay(raw: bytes) -> None:
    assert max(map(len, raw.split(b"\r\n"))) <= 998
