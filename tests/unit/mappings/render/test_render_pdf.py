"""The PDF: its text as a reader gets it back, its typeface, its bytes."""

from dataclasses import replace

import pypdfium2

from domain.directive import Urgency
from mappings.render.official import Heading, OfficialDocument, Paragraph, Signer
from mappings.render.pdf import render_pdf
from mappings.render.report import report_document
from mappings.render.typeface import Face, width
from tests.unit.mappings.render.compilations import compilation
from tests.unit.mappings.render.test_render_word import LETTER, TABLE

END = Paragraph(text="Kết thúc./.")
LINES = 19
"""Paragraphs that leave room for a few rows of a table below them on the letter's page."""


def pages(document: OfficialDocument) -> list[str]:
    pdf = pypdfium2.PdfDocument(render_pdf(document))
    try:
        return [page.get_textpage().get_text_range() for page in pdf]
    finally:
        pdf.close()


def test_equal_documents_give_equal_bytes() -> None:
    report = report_document(compilation())
    first = render_pdf(report)
    assert render_pdf(LETTER) == render_pdf(LETTER)
    assert render_pdf(report_document(compilation())) == first


def test_the_letter_reads_back_in_order() -> None:
    (text,) = pages(LETTER)
    wanted = (
        "UBND TỈNH LẠNG SƠN",
        "HUYỆN HỮU LŨNG",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 05/UBND-VH",
        "V/v triển khai Nghị quyết",
        "Hữu Lũng, ngày 08 tháng 5 năm 2024",
        "Kính gửi:",
        "- Các xã.",
        "I. MỤC LỚN",
        "1. Mục nhỏ",
        "Đoạn nghiêng",
        "- ý một.",
        "UBND xã <Yên Sơn> & xã Hồ Sơn",
        "Nơi nhận:",
        "KT. CHỦ TỊCH",
        "Trần Quốc Phong",
    )
    places = [text.find(part) for part in wanted]
    assert -1 not in places
    assert places == sorted(places)


def test_the_typeface_is_embedded() -> None:
    data = render_pdf(LETTER)
    assert data.count(b"/FontFile2") == len(Face)
    assert b"+Tinos" in data


def test_pages_are_a4_and_numbered_from_the_second_on() -> None:
    texts = pages(report_document(compilation()))
    assert len(texts) > 2
    assert texts[1].split()[0] == "2"
    assert not texts[0].startswith("1")
    pdf = pypdfium2.PdfDocument(render_pdf(LETTER))
    size = [round(side * 25.4 / 72) for side in pdf[0].get_size()]
    pdf.close()
    assert size == [210, 297]


def test_the_head_of_a_long_table_is_on_each_page() -> None:
    texts = pages(report_document(compilation()))
    assert all("Tóm tắt nội dung" in " ".join(text.split()) for text in texts[1:-2])


def test_marks_stamp_and_named_documents_are_laid_out() -> None:
    stamped = replace(LETTER.signer, stamp=("Đã ký số", "Thời gian ký: 09:03:04"))
    document = replace(
        LETTER, type_name="Báo cáo", parent="", urgency=Urgency.FLASH, draft=True, signer=stamped
    )
    (text,) = pages(replace(document, addressees=("Sở A",)))
    for part in ("HỎA TỐC", "DỰ THẢO", "BÁO CÁO", "Kính gửi: Sở A", "Đã ký số", "ký: 09:03:04"):
        assert part in text
    assert "V/v" not in text


def test_a_document_without_body_is_laid_out() -> None:
    empty = replace(LETTER, body=(), addressees=(), recipients=(), signer=Signer())
    (text,) = pages(empty)
    assert "Kính gửi" not in text


def test_a_row_higher_than_a_page_is_split() -> None:
    high = replace(TABLE, rows=(("1", "rất dài " * 2000),), total=False)
    assert len(pages(replace(LETTER, body=(high,)))) > 2


def test_a_small_table_fills_the_page_that_it_begins_on() -> None:
    lines = tuple(Paragraph(text="Dòng") for _ in range(LINES))
    table = replace(TABLE, rows=(*((f"s{i}", "xã") for i in range(8)), ("", "Tổng")))
    first, second = pages(replace(LETTER, body=(*lines, Heading(text="Bảng"), table, END)))
    assert ["TT" in page for page in (first, second)] == [True, True]
    assert ["s0" in page for page in (first, second)] == [True, False]
    # The total keeps a row with it.
    assert "s7" in second.split("Tổng")[0]


def test_a_heading_does_not_drag_a_long_table_to_the_next_page() -> None:
    table = replace(TABLE, rows=TABLE.rows * 60, total=False)
    first, *_ = pages(replace(LETTER, body=(Heading(text="Bảng dài"), table, END)))
    assert "BẢNG DÀI" in first
    assert "TT" in first


def test_a_row_is_split_only_where_no_page_holds_it() -> None:
    rows = tuple((str(i), "bốn dòng chữ " * 20) for i in range(30))
    for text in pages(replace(LETTER, body=(replace(TABLE, rows=rows, total=False),))):
        assert text.count("TT") <= 1


def test_a_notation_too_wide_for_its_cell_breaks_after_its_hyphen() -> None:
    columns = (TABLE.columns[0], replace(TABLE.columns[0], share=7))
    table = replace(TABLE, columns=columns, rows=(("183/BC-<SND>", "183/BC-VKSND"),))
    (text,) = pages(replace(LETTER, body=(table, END)))
    lines = text.replace("\r", "").split("\n")
    assert "<SND>" in lines, lines
    assert any("183/BC-VKSND" in line for line in lines)


def test_a_lettered_line_is_set_as_running_text() -> None:
    (text,) = pages(replace(LETTER, body=(Heading(text="a) Một (01):", level=3),)))
    assert "a) Một (01):" in text


def test_widths_are_those_of_times() -> None:
    # Times New Roman Bold, units of 1/2048 em: "H" is 1593 wide.
    assert round(width("H", Face.BOLD, 2048)) == 1593
