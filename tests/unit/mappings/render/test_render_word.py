"""The Word file: its measures, its parts, its bytes."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from domain.directive import Urgency
from mappings.render.official import (
    Align,
    Column,
    Heading,
    IssueDate,
    Item,
    OfficialDocument,
    Paragraph,
    Signer,
    Table,
)
from mappings.render.report import report_document
from mappings.render.word import render_word
from mappings.text.extract import extract_text
from tests.unit.mappings.render.compilations import compilation

TABLE = Table(
    columns=(Column(title="TT", share=1, align=Align.CENTER), Column(title="Đơn vị", share=4)),
    rows=(("1", "UBND xã <Yên Sơn> & xã Hồ Sơn"), ("2", "Tổng")),
    total=True,
)
LETTER = OfficialDocument(
    parent="UBND tỉnh Lạng Sơn",
    issuer="UBND huyện Hữu Lũng",
    notation="UBND-VH",
    number="5",
    place="Hữu Lũng",
    issued=IssueDate.of(date(2024, 5, 8)),
    subject="triển khai Nghị quyết",
    addressees=("Các phòng", "Các xã"),
    body=(
        Heading(text="I. Mục lớn"),
        Heading(text="1. Mục nhỏ", level=2),
        Paragraph(text="Đoạn nghiêng", italic=True),
        Item(marker="-", text="ý một."),
        TABLE,
        Paragraph(text="Kết thúc./."),
    ),
    recipients=("Như trên", "Lưu: VT"),
    signer=Signer(capacity=("KT. Chủ tịch",), position="Phó Chủ tịch", name="Trần Quốc Phong"),
)


def opened(document: OfficialDocument) -> "docx.document.Document":
    return docx.Document(BytesIO(render_word(document)))


def part(document: OfficialDocument, name: str) -> str:
    with ZipFile(BytesIO(render_word(document))) as package:
        return package.read(name).decode()


def test_equal_documents_give_equal_bytes() -> None:
    assert render_word(LETTER) == render_word(LETTER)
    report = report_document(compilation())
    assert render_word(report) == render_word(report_document(compilation()))
    assert render_word(replace(LETTER, number="6")) != render_word(LETTER)


def test_the_page_is_a4_with_the_official_margins() -> None:
    section = opened(LETTER).sections[0]
    measures = (
        (section.page_width, 210),
        (section.page_height, 297),
        (section.top_margin, 20),
        (section.bottom_margin, 20),
        (section.left_margin, 30),
        (section.right_margin, 15),
    )
    for found, wanted in measures:
        assert found == pytest.approx(Mm(wanted), abs=Mm(1) / 20)


def test_the_page_number_is_centred_above_and_not_on_the_first_page() -> None:
    section = opened(LETTER).sections[0]
    assert section.different_first_page_header_footer
    number = section.header.paragraphs[0]
    assert number.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert 'w:instr="PAGE"' in number._p.xml


def test_the_head_has_the_official_sizes() -> None:
    head = opened(LETTER).tables[0]
    runs = {
        p.text: (p.runs[0].font.size.pt, bool(p.runs[0].bold), bool(p.runs[0].italic))
        for cell in (*head.row_cells(0), *head.row_cells(1))
        for p in cell.paragraphs
        if p.text
    }
    assert runs == {
        "UBND TỈNH LẠNG SƠN": (13, False, False),
        "ỦY BAN NHÂN DÂN": (13, True, False),
        "HUYỆN HỮU LŨNG": (13, True, False),
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM": (13, True, False),
        "Độc lập - Tự do - Hạnh phúc": (14, True, False),
        "Số: 05/UBND-VH": (13, False, False),
        "V/v triển khai Nghị quyết": (12, False, False),
        "Hữu Lũng, ngày 08 tháng 5 năm 2024": (14, False, True),
    }


def test_lines_below_motto_and_issuer_are_drawn() -> None:
    head = opened(LETTER).tables[0]
    for cell, share in zip(head.row_cells(0), (0.2, 0.6), strict=True):
        rule = cell.paragraphs[-1]
        assert rule.text == ""
        assert rule._p.find(f".//{qn('w:pBdr')}/{qn('w:top')}") is not None
        drawn = cell.width - 2 * rule.paragraph_format.left_indent
        assert drawn / cell.width == pytest.approx(share, abs=0.1)


def test_the_body_is_justified_and_indented() -> None:
    paragraphs = {p.text: p for p in opened(LETTER).paragraphs}
    body = paragraphs["- ý một."]
    assert body.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
    assert body.paragraph_format.first_line_indent == pytest.approx(Mm(12.7), abs=Pt(0.1))
    assert body.paragraph_format.space_after == Pt(6)
    assert paragraphs["Đoạn nghiêng"].runs[0].italic
    assert paragraphs["I. MỤC LỚN"].paragraph_format.keep_with_next
    assert paragraphs["1. Mục nhỏ"].runs[0].bold
    assert paragraphs["Kết thúc./."].paragraph_format.keep_with_next


def test_the_foot_has_recipients_and_signer() -> None:
    left, right = opened(LETTER).tables[-1].row_cells(0)
    assert [p.text for p in left.paragraphs] == ["Nơi nhận:", "- Như trên;", "- Lưu: VT."]
    assert [p.text for p in right.paragraphs] == [
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Trần Quốc Phong",
    ]
    assert left.paragraphs[0].runs[0].italic
    assert left.paragraphs[1].runs[0].font.size == Pt(11)


def test_typeface_and_language_are_set_for_the_whole_file() -> None:
    styles = part(LETTER, "word/styles.xml")
    assert '<w:lang w:val="vi-VN" w:eastAsia="vi-VN"/>' in styles
    assert opened(LETTER).styles["Normal"].font.name == "Times New Roman"


def test_properties_carry_the_documents_own_date() -> None:
    core = opened(LETTER).core_properties
    assert core.created is not None
    assert core.created.date() == date(2024, 5, 8)
    assert core.title == "5/UBND-VH triển khai Nghị quyết"
    draft = opened(replace(LETTER, issued=IssueDate(year=2024, month=5))).core_properties
    assert draft.created is not None
    assert draft.created.date() == date(2024, 5, 1)


def test_a_table_repeats_its_head_and_keeps_markup_as_text() -> None:
    table = opened(LETTER).tables[1]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in table.rows)
    assert table.cell(1, 1).text == "UBND xã <Yên Sơn> & xã Hồ Sơn"
    assert table.cell(2, 1).paragraphs[0].runs[0].bold
    assert table.cell(1, 0).paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert table.cell(1, 1).paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.LEFT


@pytest.mark.parametrize("total", [True, False])
def test_a_table_may_break_between_rows_but_not_below_its_head(total: bool) -> None:
    short = replace(LETTER, body=(replace(TABLE, rows=TABLE.rows * 3, total=total),))
    table = opened(short).tables[1]
    held = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]
    assert held == [True, None, None, None, None, True if total else None, None]


def test_a_lettered_line_is_held_on_the_page_of_its_list() -> None:
    body = (Heading(text="a) Một (01):", level=3), Item(marker="-", text="x."))
    line = next(p for p in opened(replace(LETTER, body=body)).paragraphs if p.text[:2] == "a)")
    assert line.paragraph_format.keep_with_next
    assert line.runs[0].bold is None


def test_a_named_document_has_its_title_in_the_middle() -> None:
    report = replace(LETTER, type_name="Báo cáo", addressees=("Sở A",), parent="")
    word = opened(report)
    texts = [p.text for p in word.paragraphs]
    assert texts[:2] == ["BÁO CÁO", "triển khai Nghị quyết"]
    assert "Kính gửi: Sở A" in texts
    assert not any("V/v" in p.text for p in word.tables[0].cell(1, 0).paragraphs)


def test_marks_and_signature_are_boxed() -> None:
    stamped = replace(LETTER.signer, stamp=("Đã ký số", "09:03:04"))
    document = replace(LETTER, urgency=Urgency.FLASH, draft=True, signer=stamped, addressees=())
    word = opened(document)
    boxed = [
        p.text
        for cell in (word.tables[0].cell(1, 0), word.tables[-1].cell(0, 1))
        for p in cell.paragraphs
        if p._p.find(f".//{qn('w:pBdr')}/{qn('w:left')}") is not None
    ]
    assert boxed == ["HỎA TỐC", "DỰ THẢO", "Đã ký số", "09:03:04"]
    assert not any("Kính gửi" in p.text for p in word.paragraphs)


def test_a_document_without_body_is_laid_out() -> None:
    empty = replace(LETTER, body=(), addressees=(), recipients=(), signer=Signer())
    assert "Nơi nhận:" in extract_text(render_word(empty))
