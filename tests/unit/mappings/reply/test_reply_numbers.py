"""Document numbers: whose they are, and that other figures are none."""

import pytest

from mappings.reply.numbers import (
    cited_numbers,
    file_number,
    notation_type,
    own_numbers,
    same_number,
)

BC15 = ("15/BC-UBND",)


@pytest.mark.parametrize(
    ("text", "own", "cited"),
    [
        ("Số: 15/BC-UBND\nThực hiện Công văn số 512/UBND-VH", BC15, ("512/UBND-VH",)),
        ("| Số : 4144 /GDĐT – VP | Hà Nội", ("4144/GDĐT-VP",), ()),
        ("Số: 2865/GDĐT –KT&KĐCL\nVề: tham gia", ("2865/GDĐT-KT&KĐCL",), ()),
        ("Hạnh phúc Số : 2917 /SGDÐT-VP Phan Rang", ("2917/SGDĐT-VP",), ()),
        ("Số 04/BC-PCGD", ("04/BC-PCGD",), ()),
        ("Số: 1/A-B\nSố: 2/A-B", ("1/A-B",), ("2/A-B",)),
        ("Gửi Báo cáo số 15/BC-UBND về Công văn số 512/UBND-VH", BC15, ("512/UBND-VH",)),
        ("nộp BC 15/BC-UBND", BC15, ()),
        ("BC số 15/BC-UBND xã Yên Sơn", BC15, ()),
        ("gui bao cao so 15/bc-ubnd", BC15, ()),
        ("Theo Báo cáo số 10/BC-STTTT của Sở", (), ("10/BC-STTTT",)),
        ("gửi lại thay cho Báo cáo số 14/BC-UBND", (), ("14/BC-UBND",)),
        ("đề nghị gửi lại Báo cáo số 3/BC-UBND", (), ("3/BC-UBND",)),
        ("xã ta Báo cáo số 3/BC-UBND", (), ("3/BC-UBND",)),
        ("đã nhận 512/UBND-VH", (), ("512/UBND-VH",)),
        ("Kết luận số 57-KL/TW, 149-KH/TU", (), ("57-KL/TW", "149-KH/TU")),
        ("Nghị quyết 47/NQ–CP và 47/NQ-CP", (), ("47/NQ-CP",)),
        ("Nghị định 30/2020/NĐ-CP, Luật 60/2024/QH15", (), ("30/2020/NĐ-CP", "60/2024/QH15")),
        ("12/BC-UBND - Kính gửi", (), ("12/BC-UBND",)),
        ("ngày 15/4/2024, 10/11, 100/TEST.VN 5/xã", (), ("100/TEST",)),
        ("2024/05/AB x/12/BC-UBND a12/BC-UBND", (), ()),
        ("qd 5/qd-ubnd, 6/hdnd-vp", (), ("5/QĐ-UBND", "6/HĐND-VP")),
    ],
)
def test_numbers_in_text(text: str, own: tuple[str, ...], cited: tuple[str, ...]) -> None:
    assert own_numbers(text) == own
    assert cited_numbers(text) == cited


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("15_BC-UBND_signed.pdf", "15/BC-UBND"),
        ("217-2019-TB-UBND.signed.pdf", "217/TB-UBND"),
        ("4837_TB_BHXH.PDF", "4837/TB-BHXH"),
        ("512_UBND-VH.pdf", "512/UBND-VH"),
        ("57-KL-TW.pdf", "57-KL/TW"),
        ("15-bc-ubnd.pdf", "15/BC-UBND"),
        ("15 BC UBND.doc", "15/BC-UBND"),
        ("8_ttr-ubnd.pdf", "8/TTr-UBND"),
        ("BC-47-xa-Cai-Kinh.docx", None),
        ("680 SNgV HTQT 2019.signed.pdf", None),
        ("2024_BC-UBND.docx", None),
        ("47 bc xa.docx", None),
        ("12 BC xa Yen Son.docx", None),
        ("scan0012.pdf", None),
        ("IMG_20241108_163012.jpg", None),
    ],
)
def test_numbers_in_file_names(name: str, number: str | None) -> None:
    assert file_number(name) == number


def test_types() -> None:
    numbers = ("15/BC-UBND", "57-KL/TW", "512/UBND-VH", "30/2020/NĐ-CP")
    assert [notation_type(n) for n in numbers] == ["BC", "KL", "UBND", "NĐ"]


def test_sameness() -> None:
    assert same_number("05/UBND-VH", "5/ubnd–vh")
    assert not same_number("5/UBND-VH", "5/UBND-NV")


def test_reading_takes_linear_time() -> None:
    """What takes more than linear time outlasts the time-out of a test."""
    for text in ("1/A-" * 30_000, "Số: " * 30_000, "9" * 100_000, "1-A/" * 30_000, "1 / " * 30_000):
        own_numbers(text)


def test_a_number_within_a_longer_word_is_none() -> None:
    assert cited_numbers("a15/BC-UBND, 1.5/BC-UBND, 2/15/BC-UBND") == ()
    assert cited_numbers("30/2020/NĐ-CP15/BC-UBND và 7/QĐ-UBND") == ("30/2020/NĐ-CP15", "7/QĐ-UBND")
