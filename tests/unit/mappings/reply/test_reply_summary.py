"""The gist of a report for one cell."""

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


def test_without_a_report_the_message_speaks_for_itself() -> None:
    assert summarise([], " Trong kỳ  không phát sinh. \n") == "Trong kỳ không phát sinh."


def test_a_long_gist_is_cut_at_a_word_and_marked() -> None:
    short = summarise([], "từ ngữ, " * 200)
    assert len(short) <= MAX_LENGTH + 1
    assert short.endswith(("từ…", "ngữ…"))
