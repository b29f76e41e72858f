"""A sheet of the watched folder becomes a document, and every mistake in it is named."""

import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bundle import Bundle
from domain.content import Inline
from domain.errors import MalformedDocument, TooLarge
from domain.exchange import Attachment, Packet
from domain.ids import Digest
from mappings.folder import wording
from mappings.folder.read import KEYS, KIND, read_folder

DIGEST = Digest("a" * 64)
SHEET = """\
# Xuất từ hệ thống văn bản
number: 0512
notation: UBND-VH
date: 08/05/2024
subject: >
  Về việc triển khai
  Nghị quyết số 47/NQ-CP
type: Công văn
issuer:
  organ_id: 000.00.12.H37
  name: UBND huyện Hữu Lũng
due: 2024-11-10
files:
  - công văn.pdf
  - phụ lục.xlsx
"""


def file(name: str, content: bytes = b"%PDF") -> Attachment:
    return Attachment(name=name, content=Inline(content))


def bundle(sheet: str | bytes = SHEET, *files: Attachment) -> Bundle:
    content = sheet.encode() if isinstance(sheet, str) else sheet
    return Bundle(
        kind=KIND, fields=content, files=files or (file("công văn.pdf"), file("phụ lục.xlsx"))
    )


def read(given_bundle: Bundle, digest: Digest = DIGEST) -> tuple[Packet, tuple[str, ...]]:
    reading = read_folder(given_bundle, digest=digest)
    assert isinstance(reading.packet, Packet)
    return reading.packet, reading.warnings


def refusal(sheet: str | bytes, *files: Attachment) -> str:
    with pytest.raises(MalformedDocument) as caught:
        read_folder(bundle(sheet, *files), digest=DIGEST)
    assert caught.value.what == "tờ khai"
    return caught.value.reason


def changed(old: str, new: str) -> str:
    assert old in SHEET
    return SHEET.replace(old, new)


def test_a_whole_sheet() -> None:
    packet, warnings = read(bundle())
    assert warnings == ()
    assert (packet.code_number, packet.code_notation) == ("0512", "UBND-VH")
    assert (packet.promulgated_on, packet.due_on) == (date(2024, 5, 8), date(2024, 11, 10))
    assert packet.subject == "Về việc triển khai Nghị quyết số 47/NQ-CP"
    assert packet.type_name == "Công văn"
    assert packet.sender.organ_id == "000.00.12.H37"
    assert packet.sender.name == "UBND huyện Hữu Lũng"
    assert packet.receivers == ()
    assert [(a.name, a.content_type) for a in packet.attachments] == [
        ("công văn.pdf", "application/pdf"),
        (
            "phụ lục.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ]


def test_what_may_be_left_out() -> None:
    sheet = changed("type: Công văn\n", "").replace("due: 2024-11-10\n", "due:\n")
    packet, warnings = read(bundle(sheet.replace("  organ_id: 000.00.12.H37\n", "")))
    assert (packet.type_name, packet.due_on, packet.sender.organ_id) == ("", None, "")
    assert warnings == ("the sheet names no organ_id of the issuer",)


@pytest.mark.parametrize(
    "written", ["2024-05-08", "2024/5/8", "8/5/2024", "08-05-2024", "08.05.2024", '"08/05/2024"']
)
def test_days_as_they_are_written(written: str) -> None:
    packet, _ = read(bundle(changed("08/05/2024", written)))
    assert packet.promulgated_on == date(2024, 5, 8)


def test_the_document_id_is_that_of_the_export() -> None:
    first, _ = read(bundle())
    again, _ = read(bundle())
    assert first.document_id == again.document_id
    others = [
        read(bundle(), Digest("b" * 64)),
        read(bundle(changed("0512", "513"))),
        read(bundle(changed("08/05", "09/05"))),
        read(bundle(changed("000.00.12", "000.00.13"))),
    ]
    assert len({first.document_id, *(packet.document_id for packet, _ in others)}) == 5


def test_names_are_found_in_pieces_and_in_capitals() -> None:
    names = "CÔNG VĂN.pdf", unicodedata.normalize("NFC", "phụ lục.xlsx")
    sheet = unicodedata.normalize("NFD", SHEET)
    packet, warnings = read(bundle(sheet, *(file(name) for name in names)))
    assert [a.name for a in packet.attachments] == list(names)
    assert packet.sender.name == unicodedata.normalize("NFC", "UBND huyện Hữu Lũng")
    assert warnings == ()


def test_a_file_that_is_not_named_comes_last_with_a_warning() -> None:
    files = file("khác.doc", b""), file("phụ lục.xlsx", b"2"), file("công văn.pdf")
    packet, warnings = read(bundle(changed("- phụ lục.xlsx", "- công văn.pdf"), *files))
    assert [a.name for a in packet.attachments] == ["công văn.pdf", "khác.doc", "phụ lục.xlsx"]
    assert warnings == (
        "the sheet does not name the file khác.doc",
        "the sheet does not name the file phụ lục.xlsx",
    )


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        ("", wording.NO_KEYS),
        ("- a", wording.NO_KEYS),
        ("number: [", wording.NOT_YAML.format(line=1)),
        ("number: 1\nname: 'x\n", "dòng 2: không đúng cú pháp"),
        ("a: 1\n---\nb: 2", "không đúng cú pháp"),
        ("a: 1\nb: \x01", wording.CONTROL.format(line=2)),
        (b"a: 1\nb: \xff", wording.NOT_UTF_8.format(line=2)),
        ("[" * 101, wording.TOO_DEEP),
        ("- " * 2_000, wording.TOO_DEEP),
        ("number: &a x\nnotation: *a", wording.ALIAS.format(line=1)),
        ("files: &a [*a]", wording.ALIAS.format(line=1)),
        ("*a", "không đúng cú pháp"),
        (changed("0512", ""), 'dòng 2: mục "number" để trống; hãy ghi số văn bản'),
        (changed("0512", "~"), 'dòng 2: mục "number" để trống'),
        (changed("0512", "[5]"), 'dòng 2: mục "number" phải là một dòng chữ'),
        (changed("type:", "loại:"), 'dòng 8: mục "loại" không có trong mẫu; các mục được dùng'),
        (changed("type:", "[type]:"), 'dòng 8: mục "?" không có trong mẫu'),
        (changed("type:", "due:"), 'dòng 12: mục "due" ghi hai lần'),
        (changed("08/05/2024", "31/02/2024"), 'dòng 4: "31/02/2024" không phải là ngày'),
        (changed("08/05/2024", "hôm nay"), 'dòng 4: "hôm nay" không phải là ngày'),
        (changed("2024-11-10", "10/11"), 'dòng 12: "10/11" không phải là ngày'),
        (changed("  name:", "  tên:"), 'thiếu mục "issuer.name" (tên cơ quan ban hành)'),
        (changed("UBND huyện Hữu Lũng", ""), 'dòng 11: mục "issuer.name" để trống'),
        (changed("000.00.12.H37", "[]"), 'mục "issuer.organ_id" phải là một dòng chữ'),
        (changed("- công văn.pdf", "- ../x.pdf"), 'dòng 14: "../x.pdf" không phải là tên tệp'),
        (changed("- công văn.pdf", "- [x]"), 'dòng 14: "" không phải là tên tệp'),
        (changed("- công văn.pdf", "- .."), 'dòng 14: ".." không phải là tên tệp'),
        (changed("- công văn.pdf", "- vb.pdf"), 'dòng 14: không có tệp "vb.pdf"'),
        ("files: []", 'dòng 1: mục "files" không có tệp nào'),
        ("files: vb.pdf", 'dòng 1: mục "files" phải là danh sách'),
        ("issuer: UBND huyện", 'dòng 1: mục "issuer" phải gồm các dòng thụt vào'),
    ],
)
def test_a_mistake_is_told_with_its_line(sheet: str | bytes, told: str) -> None:
    assert told in refusal(sheet)


def test_an_empty_file_is_a_failed_export() -> None:
    reason = refusal(SHEET, file("công văn.pdf", b""), file("phụ lục.xlsx"))
    assert reason == wording.FILE_EMPTY.format(line=14, text="công văn.pdf")


def test_all_mistakes_are_told_at_once() -> None:
    reason = refusal("x: 1\ndate: 2024")
    missing = ("number", "notation", "subject", "issuer", "files")
    assert all(f'thiếu mục "{key}"' in reason for key in missing)
    assert 'mục "x" không có' in reason
    assert '"2024" không phải là ngày' in reason


def test_a_sheet_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge, match="65536 byte"):
        read_folder(bundle("a: " + "x" * 70_000), digest=DIGEST)


def test_every_key_has_its_meaning_and_example() -> None:
    assert set(KEYS) <= set(wording.MEANINGS) == set(wording.EXAMPLES)


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_sheet_raises_anything_else(sheet: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_folder(bundle(sheet), digest=DIGEST)


@given(st.integers(0, len(SHEET.encode())), st.binary(max_size=6), st.integers(0, 6))
def test_a_damaged_sheet_is_read_or_refused(at: int, junk: bytes, skip: int) -> None:
    content = SHEET.encode()
    with suppress(MalformedDocument):
        packet, _ = read(bundle(content[:at] + junk + content[at + skip :]))
        assert packet.attachments
