import pytest

from mappings.mail.quoting import split_quoted

NEW = "Dạ em nhận được rồi ạ."
OWN = "Kính gửi: UBND xã\nĐề nghị gửi báo cáo."
MARKED = "\n".join(f"> {line}" for line in OWN.split("\n"))

MARKED_HEADINGS = [
    "Vào Th 6, 8 thg 11, 2024 vào lúc 09:15 Phòng VHTT <nq47@huulung.example> đã viết:",
    "Vào Th 6, 8 thg 11, 2024 vào lúc 09:15 Phòng Văn hóa <\nnq47@huulung.example> đã viết:",
    "Vào 8 thg 11, 2024, lúc 09:15, Phòng VHTT <nq47@huulung.example> đã viết:",
    "Lúc 09:15 ngày 08/11/2024, Phòng VHTT đã viết:",
    "Ngày 08/11/2024 09:15, Phòng VHTT viết:",
    "On Fri, Nov 8, 2024 at 9:15 AM Phòng VHTT <nq47@huulung.example> wrote:",
    "On Fri, Nov 8, 2024 at 9:15\u202fAM Phòng VHTT\n<nq47@huulung.example> wrote:",
    "Phòng VHTT <nq47@huulung.example> đã viết:",
    'At 2024-05-08 09:00:00, "Phòng VHTT" <nq47@huulung.example> wrote:',
    'At 2024-05-08 09:00:00, "Phòng Văn hóa và Thông tin"\n<nq47@huulung.example> wrote:',
    "Phòng VHTT đã viết lúc 2024-05-08 09:00:",
    "Phong VHTT da viet luc 08/05/2024 9:00:",
    "Phòng VHTT đã viết lúc 9h00 ngày 08/05/2024:",
]
BARE_HEADINGS = [
    "-----Thư gốc-----",
    "----- Tin nhắn gốc -----",
    "-----Original Message-----",
    "---------- Forwarded message ---------",
    "---------- Thư đã chuyển tiếp ----------",
    "---------- Tin nhắn được chuyển tiếp ---------",
    "Bắt đầu thư được chuyển tiếp:",
    "Từ: Phòng VHTT <nq47@huulung.example>\nĐã gửi: Thứ Sáu, 8 Tháng Mười Một 2024\n"
    "Đến: UBND xã\nChủ đề: 512/UBND-VH",
    "________________________________\nTừ: Phòng VHTT\nĐã gửi: Thứ Sáu\nĐến: UBND xã\nCc: ai đó\n"
    "Chủ đề: 512/UBND-VH",
    "*Từ:* Phòng VHTT\n*Đã gửi:* Thứ Sáu\n*Đến:* UBND xã với một dòng dài\n còn tiếp\n*Tiêu đề:* x",
    "From: Phòng VHTT\nSent: Friday, November 8, 2024\nTo: UBND xã\nSubject: 512/UBND-VH",
    'Từ: "nq47" <nq47@huulung.example>\nĐến: "xa" <xa@x.example>\nĐã gửi: Thứ Sáu\nChủ đề: x',
]


@pytest.mark.parametrize("heading", MARKED_HEADINGS)
def test_marked_quotations_above_below_and_between(heading: str) -> None:
    quotation = f"{heading}\n\n{MARKED}\n"
    assert split_quoted(f"{NEW}\n\n{quotation}")[0] == NEW
    assert split_quoted(f"{quotation}\n{NEW}")[0] == NEW
    new, quoted = split_quoted(f"Trên\n\n{quotation}\nDưới\n> thêm\ncuối")
    assert [line for line in new.split("\n") if line] == ["Trên", "Dưới", "cuối"]
    assert "Đề nghị gửi báo cáo." in quoted
    assert heading.split("\n", maxsplit=1)[0] in quoted


@pytest.mark.parametrize("heading", [*MARKED_HEADINGS, *BARE_HEADINGS])
def test_unmarked_quotations_go_to_the_end(heading: str) -> None:
    new, quoted = split_quoted(f"{NEW}\n\n{heading}\n\n{OWN}")
    assert new == NEW
    assert quoted == f"{heading}\n\n{OWN}"


@pytest.mark.parametrize(
    "prose",
    [
        "Từ: ngày mai xã sẽ gửi báo cáo.\nĐến: hết tháng.\nNội dung khác.",
        "Từ ngày 08/11 xã đã triển khai.",
        "Như phòng đã viết lúc 9:00:",
        "Như phòng đã viết ngày 08/05/2024:",
        "At last:",
        "| Số hộ | 15 |\n| Số người | 40 |",
        "Ngày mai xã gửi báo cáo.",
        "Vào lúc này xã chưa có số liệu, xin gửi sau",
        "Vào cuộc họp giao ban đồng chí chủ tịch viết:",
        "Ngày 08/11 họp\n\nđã viết:",
        "Ngày 08/11 họp\nhai\nba\nbốn\nnăm đã viết:",
        "Ngày 08/11 xã họp",
        "__________\nNơi nhận: như trên",
        "__________",
        "Chủ đề: báo cáo\nĐến: phòng\nTừ: xã",
        "Kết quả: 5 > 3 lớp",
    ],
)
def test_prose_is_not_taken_for_a_heading(prose: str) -> None:
    assert split_quoted(prose) == (prose, "")


@pytest.mark.parametrize(
    "device",
    [
        "Đã gửi từ iPhone của tôi",
        "Được gửi từ iPad",
        "Gửi từ điện thoại thông minh Samsung Galaxy của tôi.",
        "Gửi từ Outlook dành cho Android",
        "Tải Outlook cho iOS",
        "Get Outlook for Android",
        "Sent from my iPhone",
        "Sent from Mail for Windows",
    ],
)
def test_what_a_device_signs_is_not_the_writers(device: str) -> None:
    assert split_quoted(f"{NEW}\n\n{device}\n\n-----Thư gốc-----\nx")[0] == NEW


def test_a_persons_signature_stays() -> None:
    assert split_quoted(f"{NEW}\n\n-- \nUBND xã Yên Sơn")[0] == f"{NEW}\n\n--\nUBND xã Yên Sơn"


def test_a_forward_without_comment_has_no_new_text() -> None:
    assert split_quoted("---------- Forwarded message ---------\nTừ: a\nx")[0] == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "Vào 1 " * 40_000,
        "Vào 1\n" * 40_000,
        "Từ: x\n" * 40_000,
        "Từ: x\nx\n" * 20_000,
        "-" * 200_000,
        "_" * 200_000,
        ("_____\n" * 40_000),
        "> " * 100_000,
        " " * 200_000,
        "\n" * 200_000,
        "a <" * 70_000,
        "Đã gửi từ iPhone " * 12_000,
        "On 1\n\n" * 40_000,
    ],
)
def test_hostile_text_is_split_and_nothing_is_made_up(hostile: str) -> None:
    """That the work is linear is measured in bench/bench_bounds.py."""
    new, quoted = split_quoted(hostile)
    assert len(new) + len(quoted) <= len(hostile)


@pytest.mark.parametrize(
    "heading",
    [
        "Tu: Phong Van hoa\nGui: 08/5/2024\nDen: xa\nChu de: V/v 512",
        "Nguoi gui: Phong\nNgay gui: 08/5/2024\nNguoi nhan: xa",
        "UBND huyện <nq47@huulung.example> đã viết vào ngày 8/5/2024:",
        "UBND huyện <nq47@huulung.example> đã viết vào lúc 08:10 ngày 8/5/2024:",
    ],
)
def test_headings_without_diacritics_or_with_the_day_behind(heading: str) -> None:
    new, quoted = split_quoted(f"Đã nhận.\n\n{heading}\n\nĐề nghị gửi báo cáo.")
    assert new == "Đã nhận."
    assert quoted.endswith("Đề nghị gửi báo cáo.")


def test_headings_are_sought_in_as_many_lines_as_a_letter_has() -> None:
    start = "Vào lúc 1\n" * 20_010
    new, quoted = split_quoted(start + "Vào 1/2, UBND <a@b.example> đã viết:\n> cũ")
    assert new.endswith("đã viết:")
    assert quoted == "> cũ"


@pytest.mark.parametrize("mark", ["| ", "|", " | ", "| | ", "|> ", "> | "])
def test_lines_behind_a_bar_are_quoted(mark: str) -> None:
    quotation = "\n".join(f"{mark}{line}" for line in OWN.split("\n"))
    assert split_quoted(f"{NEW}\n\n{quotation}\n\nTrân trọng") == (
        f"{NEW}\n\nTrân trọng",
        quotation,
    )


def test_a_long_line_of_bars_takes_no_long_time() -> None:
    line = "| " + "> " * 200_000 + "x|"
    assert split_quoted(line) == (line, "")
