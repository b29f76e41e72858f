"""Stand-in for the letter's attachment, whose official text is not part of this project."""

from functools import cache

from reportlab.platypus import Flowable, Spacer

from mappings.render import layout as lay
from mappings.render.official import Column, Table
from mappings.render.pdf import set_pages
from mappings.render.pdf_parts import line, ruled_table, running
from mappings.render.typeface import Face

_TITLE = (
    "Về Chương trình hành động của Chính phủ đến năm 2030 thực hiện Kết luận số 57-KL/TW, ngày "
    "15/6/2023 của Bộ Chính trị về tiếp tục nâng cao chất lượng, hiệu quả công tác thông tin đối "
    "ngoại trong tình hình mới"
)
_ROWS = (
    ("Tên loại", "Nghị quyết"),
    ("Số, ký hiệu", "47/NQ-CP"),
    ("Ngày ban hành", "15/4/2024"),
    ("Cơ quan ban hành", "Chính phủ"),
    ("Trích yếu", _TITLE),
)
_NOTICE = (
    "Trang này chỉ giữ chỗ cho tệp đính kèm và không có nội dung của Nghị quyết. Văn bản "
    "chính thức của Nghị quyết số 47/NQ-CP thay thế trang này."
)


@cache
def resolution_placeholder() -> bytes:
    """Return a one-page PDF that names Nghị quyết 47/NQ-CP and holds none of its text."""
    table = Table(
        columns=(Column(title="Thông tin", share=1), Column(title="Nội dung", share=3)),
        rows=_ROWS,
    )
    story: list[Flowable] = [
        line("TRANG THAY CHO VĂN BẢN ĐÍNH KÈM", lay.SIZE_TITLE, Face.BOLD),
        Spacer(1, 2 * lay.SPACE),
        ruled_table(table),
        running(_NOTICE),
    ]
    return set_pages(story, title="Nghị quyết số 47/NQ-CP (trang thay thế)", author="Dondoc")
