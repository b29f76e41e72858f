"""Text of attached files, good and hostile."""

from contextlib import suppress
from io import BytesIO
from typing import BinaryIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import MalformedDocument, TooLarge
from mappings.render.pdf import render_pdf
from mappings.render.word import render_word
from mappings.text.extract import extract_text, text_of
from mappings.text.limits import Limits
from tests.unit.mappings.render.test_render_word import LETTER

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r0" Type="http://x.example/thumbnail" Target="t.png"/>'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="/word/document.xml"/></Relationships>'
)


def package(body: str, *, relations: str = RELS, root: str = "document", before: str = "") -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        target.writestr("_rels/.rels", relations)
        target.writestr(
            "word/document.xml",
            f'{before}<w:{root} xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/'
            f'markup-compatibility/2006">{body}</w:{root}>',
        )
    return out.getvalue()


def body(inner: str) -> bytes:
    return package(f"<w:body>{inner}</w:body>")


def test_word_text_comes_in_reading_order_with_its_tables() -> None:
    word = docx.Document()
    word.add_paragraph("Trước bảng")
    table = word.add_table(rows=1, cols=3)
    for cell, text in zip(table.row_cells(0), ("1", "UBND xã Yên Sơn", "15/BC"), strict=True):
        cell.text = text
    word.add_paragraph("Sau bảng")
    out = BytesIO()
    word.save(out)
    assert extract_text(out.getvalue()) == ("Trước bảng\n1 | UBND xã Yên Sơn | 15/BC\nSau bảng")


def test_our_own_documents_read_back_from_both_forms() -> None:
    for data in (render_word(LETTER), render_pdf(LETTER)):
        text = extract_text(data)
        assert text.index("HUYỆN HỮU LŨNG") < text.index("Số: 05/UBND-VH")
        assert text.index("Số: 05/UBND-VH") < text.index("Hữu Lũng, ngày 08 tháng 5 năm 2024")
        assert "\r" not in text


def test_what_a_reader_does_not_see_is_left_out() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    paragraph = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><!-- note -->"
        + run.format("Số")
        + "<w:r><w:tab/><w:noBreakHyphen/><w:br/></w:r>"
        + f"<w:del>{run.format('xóa')}</w:del><w:ins>{run.format('thêm')}</w:ins>"
        + "<w:r><w:instrText>PAGE</w:instrText><w:t/></w:r>"
        + "<mc:AlternateContent><mc:Choice><w:txbxContent><w:p>"
        + run.format("Hộp")
        + "</w:p></w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent><w:p>"
        + run.format("Hộp")
        + "</w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:p>"
    )
    assert extract_text(body(f"<w:sdt><w:sdtContent>{paragraph}</w:sdtContent></w:sdt>")) == (
        "Số\t-\nthêm\nHộp"
    )


def test_blank_lines_are_joined_and_text_is_composed() -> None:
    empty = "<w:p/>" * 5
    text = "<w:p><w:r><w:t>Ho\u0300a\u200b</w:t></w:r></w:p>"
    assert extract_text(body(text + empty + text)) == "Hòa\n\nHòa"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04 not a package",
        package("", relations="<x/>"),
        package("", relations="no xml"),
        package("<w:none/>"),
        package("<w:body><w:p></w:body>"),
        body("<w:p>" * 300 + "</w:p>" * 300),
        body("<w:p><w:r><w:t>đủ dài để nén</w:t></w:r></w:p>" * 50)[:200],
        body("")[:-30],
    ],
)
def test_damaged_word_files_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        extract_text(data)


def test_damaged_compressed_data_is_refused() -> None:
    good = body("<w:p><w:r><w:t>nội dung</w:t></w:r></w:p>" * 100)
    start = good.index(b"word/document.xml") + len(b"word/document.xml")
    with pytest.raises(MalformedDocument):
        extract_text(good[:start] + b"\xff" * 40 + good[start + 40 :])


PARAGRAPH = "<w:body><w:p><w:r><w:t>x{}</w:t></w:r></w:p></w:body>"
DTDS = [
    '<!DOCTYPE d [<!ENTITY b "aaa">]>',
    '<!DOCTYPE d [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE d SYSTEM "https://dtd.example/d.dtd">',
    "<!DOCTYPE d>",
]


@pytest.mark.parametrize("entity", ["", "&b;"])
@pytest.mark.parametrize("before", DTDS)
def test_a_word_file_with_a_dtd_is_refused_and_not_read_in_part(before: str, entity: str) -> None:
    with pytest.raises(MalformedDocument, match=r"word/document\.xml has a DTD"):
        extract_text(package(PARAGRAPH.format(entity), before=before))


def test_an_entity_without_a_dtd_is_refused() -> None:
    with pytest.raises(MalformedDocument, match="damaged"):
        extract_text(package(PARAGRAPH.format("&b;")))


def beside(name: str, content: bytes, *, main: str = "word/document.xml") -> bytes:
    """Return a sound Word file with one more part."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        target.writestr("_rels/.rels", RELS.replace("word/document.xml", main))
        target.writestr(main, f'<w:document xmlns:w="{W}">{PARAGRAPH.format("")}</w:document>')
        target.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("word/header1.xml", "utf-8"), ("word/_rels/document.xml.rels", "utf-16")],
)
def test_a_dtd_in_any_other_part_is_found_too(name: str, encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>{DTDS[1]}<a/>'.encode(encoding)
    with pytest.raises(MalformedDocument, match=name):
        extract_text(beside(name, part))


def test_other_parts_are_only_looked_at() -> None:
    assert extract_text(beside("word/media/page.png", b"<!DOCTYPE d><a/>")) == "x"
    assert extract_text(beside("word/vmlDrawing1.vml", b"<xml><br></xml>")) == "x"


def test_a_main_part_of_any_name_is_looked_at() -> None:
    data = package(PARAGRAPH.format(""), relations=RELS.replace("document.xml", "d.bin"))
    out = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w") as target:
        target.writestr("_rels/.rels", source.read("_rels/.rels"))
        target.writestr("word/d.bin", DTDS[3].encode() + source.read("word/document.xml"))
    with pytest.raises(MalformedDocument, match="has a DTD"):
        extract_text(out.getvalue())


def workbook(before: str = "") -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        target.writestr("_rels/.rels", RELS.replace("word/document.xml", "xl/workbook.xml"))
        target.writestr("xl/workbook.xml", "<workbook><sheets/></workbook>")
        target.writestr("xl/sharedStrings.xml", f"{before}<sst/>")
    return out.getvalue()


def test_a_workbook_gives_no_text_but_is_refused_with_a_dtd() -> None:
    assert extract_text(workbook()) == ""
    with pytest.raises(MalformedDocument, match=r"xl/sharedStrings\.xml has a DTD"):
        extract_text(workbook(DTDS[2]))


ROW = "<w:tr>" + "<w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>" * 3 + "</w:tr>"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 50, ["x"] * 50),
        (f"<w:tbl><w:tblPr/>{ROW * 50}</w:tbl>", ["x | x | x"] * 50),
        (f"<w:sdt><w:tbl>{ROW}</w:tbl></w:sdt>" * 9, ["x | x | x"] * 9),
        (f"<w:tbl><w:sdt>{ROW}</w:sdt>{ROW}</w:tbl>", ["x | x | x"] * 2),
        (f"<w:tbl><w:tr><w:tc><w:tbl>{ROW}</w:tbl></w:tc></w:tr></w:tbl>", ["x | x | x"]),
    ],
    ids=["paragraphs", "rows", "wrapped tables", "wrapped rows", "a table in a row"],
)
def test_only_one_paragraph_or_row_counts_against_the_limit(content: str, lines: list[str]) -> None:
    assert extract_text(body(content), Limits(elements=40)) == "\n".join(lines)


@pytest.mark.parametrize("content", ["<w:p/>" * 30, f"<w:sdt>{ROW * 3}</w:sdt>"])
def test_blocks_of_very_many_elements_are_refused(content: str) -> None:
    """Elements cost many times the bytes that they have in the file."""
    with pytest.raises(TooLarge, match="26 elements in one paragraph or row"):
        extract_text(body(f"<w:p>{content}</w:p>"), Limits(elements=25))


def test_a_long_word_file_is_refused_before_all_of_it_is_read() -> None:
    damaged_behind = body("<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 20 + "<w:p>")
    with pytest.raises(TooLarge, match="11 characters"):
        extract_text(damaged_behind, Limits(characters=10))


@pytest.mark.parametrize("inner", ["<w:x><w:body/></w:x>", "<w:tr/><w:tbl><w:tr/></w:tbl>", ""])
def test_a_word_file_without_a_body_of_its_own_is_refused(inner: str) -> None:
    with pytest.raises(MalformedDocument, match="has no body"):
        extract_text(package(inner))


def test_packages_of_very_many_parts_are_refused() -> None:
    with pytest.raises(TooLarge, match="3 parts"):
        extract_text(workbook(), Limits(members=2))


def test_the_list_of_parts_is_bounded_before_it_is_read() -> None:
    """Its count of parts may lie."""
    with pytest.raises(TooLarge, match="octets of its list of parts, and at most 90 are read"):
        extract_text(workbook(), Limits(directory=90))


def test_long_text_is_refused_before_it_is_tidied() -> None:
    content = b"So: 15/BC-UBND\r\n" * (50 * 1024 * 1024 // 16)
    with pytest.raises(TooLarge, match="characters"):
        extract_text(content)


def test_a_zip_bomb_is_refused_before_it_is_expanded() -> None:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        for index in range(8):
            target.writestr(f"word/{index}.xml", bytes(10 * 1024 * 1024))
    assert len(out.getvalue()) < 200_000
    with pytest.raises(TooLarge, match="expanded"):
        extract_text(out.getvalue())


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA])
def test_a_part_that_is_not_expanded_piece_by_piece_is_refused(method: int) -> None:
    """A part that declares few octets could expand to any number of them."""
    out = BytesIO()
    with ZipFile(BytesIO(body(ROW))) as source, ZipFile(out, "w", method) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    with pytest.raises(MalformedDocument, match=rf"_rels/\.rels is packed by .* \({method}\)"):
        extract_text(out.getvalue())


def test_limits_hold_for_octets_pages_and_characters() -> None:
    pdf = render_pdf(LETTER)
    with pytest.raises(TooLarge, match="octets"):
        extract_text(pdf, Limits(octets=100))
    with pytest.raises(TooLarge, match="pages"):
        extract_text(pdf, Limits(pages=0))
    with pytest.raises(TooLarge, match="characters"):
        extract_text(pdf, Limits(characters=10))
    with pytest.raises(TooLarge, match="characters"):
        extract_text(b"x" * 11, Limits(characters=10))


def test_a_text_that_must_be_too_long_is_not_loaded() -> None:
    class Start(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= 1024
            return super().read(size)

    class Long:
        size = 44_000

        def open(self) -> BinaryIO:
            return Start(b"x" * self.size)

    with pytest.raises(TooLarge, match="11000 characters"):
        text_of(Long(), Limits(characters=10_999))


@pytest.mark.parametrize("data", [b"%PDF-1.4\nnothing", b"\n\n%PDF-"])
def test_damaged_pdf_files_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocument, match="PDF"):
        extract_text(data)


def test_a_pdf_whose_page_is_missing_is_refused() -> None:
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[9 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )
    with pytest.raises(MalformedDocument):
        extract_text(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Kính gửi:\r\n- Sở A\r".encode(), "Kính gửi:\n- Sở A"),
        ("\ufeffKính gửi".encode(), "Kính gửi"),
        ("Kính gửi".encode("utf-16"), "Kính gửi"),
        (b"\x43\xf4\xf2ng", "Cộng"),
        (b"", ""),
    ],
)
def test_plain_text_is_read_in_its_encoding(data: bytes, text: str) -> None:
    assert extract_text(data) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "DOCX"),
        (b"\x89PNG\r\n\x1a\nrest", "picture"),
        (b"\x00\x01\x02", "neither"),
        (b"\xff\xfe\x00", "neither"),
        (b"\xd2\xff\x00", "neither"),
    ],
)
def test_files_without_text_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason):
        extract_text(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.7\n"]))
def test_any_bytes_give_text_or_a_typed_error(data: bytes, start: bytes) -> None:
    with suppress(MalformedDocument):
        assert "\x00" not in extract_text(start + data)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_gives_text_or_a_typed_error(place: int, value: int) -> None:
    data = bytearray(body("<w:p><w:r><w:t>Kính gửi</w:t></w:r></w:p>"))
    data[place % len(data)] = value
    with suppress(MalformedDocument):
        assert "\x00" not in extract_text(bytes(data))
