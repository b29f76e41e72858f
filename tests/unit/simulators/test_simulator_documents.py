"""The demo's own files: the letter word for word, the stand-in, the offices' reports."""

from datetime import UTC, date, datetime
from importlib.resources import files

import pypdfium2

from dondoc.simulators.documents.letter import directive_letter
from dondoc.simulators.documents.report import office_report
from dondoc.simulators.documents.resolution import resolution_placeholder
from mappings.render.official import Item, Paragraph
from mappings.render.pdf import render_pdf
from mappings.render.word import render_word
from mappings.text.extract import extract_text


def source() -> str:
    text = files("dondoc.simulators.documents").joinpath("letter.txt").read_text(encoding="utf-8")
    return text.replace("**", "")


def words(text: str) -> list[str]:
    return text.split()


def test_the_letter_is_issued_with_number_and_day() -> None:
    letter = directive_letter()
    assert letter.number_line == "Số: 512/UBND-VH"
    assert letter.place_line == "Hữu Lũng, ngày 08 tháng 5 năm 2024"
    assert letter.subject == (
        "triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ"
    )
    assert letter.addressees == (
        "Các cơ quan, ban, ngành, đoàn thể huyện",
        "UBND các xã, thị trấn",
    )
    assert letter.recipients[0] == "Như trên"
    assert letter.recipients[-1] == "Lưu: VT, VH&TT"
    assert len(letter.recipients) == 6
    assert letter.signer.capacity == ("KT. CHỦ TỊCH",)
    assert letter.signer.position == "PHÓ CHỦ TỊCH"
    assert letter.signer.name == "Trần Quốc Phong"


def test_the_draft_leaves_room_for_number_and_day() -> None:
    draft = directive_letter(None, None)
    assert "".join(draft.number_line.split("\u00a0")) == "Số: /UBND-VH"
    assert "".join(draft.place_line.split("\u00a0")) == "Hữu Lũng, ngày  tháng 5 năm 2024"


def test_the_body_keeps_every_word_of_the_letter() -> None:
    blocks = directive_letter().body
    lines = [
        f"{b.marker} {b.text}" if isinstance(b, Item) else b.text
        for b in blocks
        if isinstance(b, Item | Paragraph)
    ]
    assert len(lines) == len(blocks) == 10
    text = source()
    start, end = text.index("Thực hiện Công văn"), text.index("Nơi nhận:")
    assert "\n\n".join(lines) == text[start:end].strip()
    assert [b.marker for b in blocks if isinstance(b, Item)] == ["1.", "2.", *"---", "2.", "3."]


def test_both_files_carry_the_whole_letter() -> None:
    draft = directive_letter(None, None)
    expected = sorted(words(source()))
    assert sorted(words(extract_text(render_word(draft)))) == expected
    pdf = [w for w in words(extract_text(render_pdf(draft))) if w != "2"]
    assert sorted(pdf) == expected


def test_the_stand_in_names_the_resolution_and_gives_way_to_it() -> None:
    data = resolution_placeholder()
    pdf = pypdfium2.PdfDocument(data)
    assert len(pdf) == 1
    pdf.close()
    text = " ".join(words(extract_text(data)))
    for part in ("47/NQ-CP", "15/4/2024", "Chính phủ", "Chương trình hành động"):
        assert part in text
    assert "Văn bản chính thức của Nghị quyết số 47/NQ-CP thay thế trang này." in text


def test_an_office_report_is_one_report_in_two_files() -> None:
    def made() -> tuple[bytes, bytes]:
        return office_report(
            "UBND xã Yên Sơn",
            "5",
            date(2024, 11, 5),
            ["Đã ban hành Kế hoạch.", "Trên đây là báo cáo./."],
            subject="Kết quả thực hiện Nghị quyết số 47/NQ-CP",
            capacity=("TM. Ủy ban nhân dân",),
            signer_position="Chủ tịch",
            signer_name="Hoàng Văn Nam",
            signed_at=datetime(2024, 11, 5, 2, 3, 4, tzinfo=UTC),
        )

    word, pdf = (extract_text(data) for data in made())
    for text in (word, pdf):
        assert "Số: 05/BC-UBND" in text
        assert "XÃ YÊN SƠN" in text
        assert "Đã ban hành Kế hoạch." in text
    assert "Đã ký số" not in word
    assert "Thời gian ký: 05/11/2024 09:03:04 +07:00" in pdf
    assert made() == made()
