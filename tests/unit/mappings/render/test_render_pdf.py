"""The PDF: its text as a reader gets it back, its typeface, its bytes."""

from dataclasses import replace

import pypdfium2

from domain.directive import Urgency
from mappings.render.official import OfficialDocument, Signer
from mappings.render.pdf import render_pdf
from mappings.render.report import report_document
from mappings.render.typeface import Face, width
from tests.unit.mappings.render.compilations import compilation
from tests.unit.mappings.render.test_render_word import LETTER, TABLE


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


def test_widths_are_those_of_times() -> None:
    # Times New Roman Bold, units of 1/2048 em: "H" is 1593 wide.
    assert round(width("H", Face.BOLD, 2048)) == 1593
