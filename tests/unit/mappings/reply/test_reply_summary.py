"""The gist of a report for one cell."""

import pytest

from mappings.reply.summary import MAX_LENGTH, summarise

REPORT = """BÁO CÁO
I. Công tác chỉ đạo, triển khai
Đã phân công bộ phận chuyên môn.
II. Kết quả thực hiện
Đăng 12 tin, bài.
Tổ chức   02 hội nghị.
III. Tồn tại, hạn chế
Kinh phí hạn chế.
"""


def test_the_part_on_results_is_the_gist() -> None:
    assert summarise([REPORT], "Em gửi BC ạ") == "Đăng 12 tin, bài. Tổ chức 02 hội nghị."


def test_the_first_report_with_results_counts() -> None:
    assert summarise(["không có đề mục", REPORT], "thư").startswith("Đăng 12 tin")


def test_results_may_be_the_last_part() -> None:
    assert summarise(["2. Kết quả đạt được\nXong./."], "") == "Xong./."


ARABIC = """1. Công tác chỉ đạo
Đã phân công.
2. Kết quả thực hiện
Tổ chức 05 buổi tuyên truyền:
1. Tại thôn Na Hoa.
2. Tại thôn Đồng Hương.
3. Tại chợ xã.
3. Khó khăn, vướng mắc
Thiếu kinh phí.
Nơi nhận:
- Như trên;
TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH
Lê Văn B
"""


def test_a_part_ends_at_the_next_number_and_keeps_its_own_list() -> None:
    assert summarise([ARABIC], "") == (
        "Tổ chức 05 buổi tuyên truyền: 1. Tại thôn Na Hoa. 2. Tại thôn Đồng Hương. 3. Tại chợ xã."
    )


@pytest.mark.parametrize(
    "end",
    [
        "Nơi nhận:",
        "Trên đây là báo cáo của UBND xã.",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "Trân trọng./.",
        "Xin trân trọng cảm ơn!",
        "III. Tồn tại",
    ],
)
def test_signature_and_places_are_no_results(end: str) -> None:
    report = f"II. Kết quả\n1. Tuyên truyền\nĐăng 12 tin.\n2. Tập huấn\n02 lớp.\n{end}\nLê Văn B"
    assert summarise([report], "") == "1. Tuyên truyền Đăng 12 tin. 2. Tập huấn 02 lớp."


def test_a_report_without_such_a_heading_tells_its_body() -> None:
    report = (
        "UBND XÃ YÊN SƠN\nBÁO CÁO\nKết quả thực hiện Nghị quyết số 47/NQ-CP\n"
        "Kính gửi: Phòng Văn hóa và Thông tin\n"
        "Thực hiện Công văn số 512/UBND-VH, UBND xã báo cáo như sau:\n"
        "Đã đăng 9 tin, bài.\nNơi nhận:\n- Như trên."
    )
    mail = "Kính gửi: UBND huyện Hữu Lũng.\nUBND xã xin gửi báo cáo (file đính kèm).\nTrân trọng./."
    assert summarise([report], mail) == "Đã đăng 9 tin, bài."


def test_a_cover_mail_is_never_the_gist_of_a_report() -> None:
    mail = "Kính gửi: UBND huyện Hữu Lũng.\nUBND xã xin gửi báo cáo (file đính kèm).\nTrân trọng./."
    assert summarise(["Bảng số liệu kèm theo"], mail) == ""


def test_greeting_and_close_of_a_message_are_left_out() -> None:
    mail = "Kính gửi Phòng Văn hóa và Thông tin,\nTrong kỳ không phát sinh.\nTrân trọng./.\nLan"
    assert summarise([], mail) == "Trong kỳ không phát sinh."


def test_a_long_line_that_speaks_of_results_is_no_heading() -> None:
    long = "1. Căn cứ kết quả " + "rà soát của các thôn, " * 10
    assert summarise([f"{long}\nII. Kết quả\nXong."], "") == "Xong."


def test_without_a_report_the_message_speaks_for_itself() -> None:
    assert summarise([], " Trong kỳ  không phát sinh. \n") == "Trong kỳ không phát sinh."


def test_a_long_gist_is_cut_at_a_word_and_marked() -> None:
    short = summarise([], "từ ngữ, " * 200)
    assert len(short) <= MAX_LENGTH + 1
    assert short.endswith(("từ…", "ngữ…"))
