"""The words for what changed."""

from datetime import date

import pytest

from domain.changes import Change, Changed
from mappings.render.changes import change_lines, reason_for_replacing


@pytest.mark.parametrize(
    ("what", "before", "after", "said"),
    [
        (
            Changed.CODE,
            "512/UBND-VH",
            "600/UBND-VH",
            "Số, ký hiệu: từ 512/UBND-VH thành 600/UBND-VH",
        ),
        (
            Changed.ISSUED_ON,
            date(2024, 5, 8),
            date(2024, 6, 3),
            "Ngày ban hành: từ 08/5/2024 thành 03/6/2024",
        ),
        (Changed.DEADLINE, None, date(2024, 11, 20), "Thời hạn: bổ sung 20/11/2024"),
        (Changed.DEADLINE, date(2024, 11, 20), None, "Thời hạn: bỏ 20/11/2024"),
        (Changed.TYPE, "Công văn", "Kế hoạch", "Tên loại văn bản: từ công văn thành kế hoạch"),
        (Changed.SUBJECT, "Một", "Hai", "Trích yếu: từ “Một” thành “Hai”"),
        (Changed.SIGNER, None, "Nguyễn Văn B", "Người ký: bổ sung Nguyễn Văn B"),
        (Changed.FILE_ADDED, None, "a.docx", "Bổ sung tệp: a.docx"),
        (Changed.FILE_REMOVED, "a.docx", None, "Bỏ tệp: a.docx"),
        (Changed.FILE_CHANGED, "a.docx", "a.docx", "Thay nội dung tệp: a.docx"),
    ],
)
def test_each_change_has_its_line(
    what: Changed, before: str | date | None, after: str | date | None, said: str
) -> None:
    assert change_lines([Change(what=what, before=before, after=after)]) == (said,)


def test_the_reason_of_a_packet_is_one_bounded_text() -> None:
    assert reason_for_replacing(["Một", "Hai"], "sửa lỗi.") == "sửa lỗi; Một; Hai"
    assert reason_for_replacing([]) == "Thay thế văn bản đã gửi"
    long = reason_for_replacing(["x" * 2_000])
    assert len(long) == 1_000
    assert long.endswith("…")
