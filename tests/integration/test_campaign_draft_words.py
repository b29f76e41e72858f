"""What a drafted campaign repeats of its letter, and whom the letter leaves out."""

import pytest

from dondoc.languages import Language
from dondoc.services.campaign_draft import Left
from dondoc.services.campaign_file import campaign_file
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from tests.integration.drafts import AROUND, CONFIG, SEED, drafted, left, written


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(CONFIG / "dondoc.yaml")


SUBJECT = "trích yếu “triển khai thực hiện Nghị quyết số 47/NQ-CP ngày 15/4/2024 của Chính phủ”"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("id:", SUBJECT),
        ("title:", SUBJECT),
        ("keywords:", SUBJECT),
        ('  # number: "…"', "Số: /UBND-VH"),
        ("  subject_contains:", SUBJECT),
        ("  issuers:", "ỦY BAN NHÂN DÂN HUYỆN HỮU LŨNG"),
        ("recipients:", "Hữu Lũng, ngày tháng 5 năm 2024"),
    ],
)
def test_what_the_head_of_the_letter_says_stands_above_each_guess(
    key: str, words: str, settings: Settings
) -> None:
    text = campaign_file(drafted(SEED.read_text("utf-8"), settings), "00.txt", AROUND, Language.VI)
    lines = text.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith(key))
    assert lines[at - 1].strip() == f"# Căn cứ: {words}"


def test_all_that_the_letter_cites_is_told_with_its_sentence(settings: Settings) -> None:
    made = drafted(SEED.read_text("utf-8"), settings)
    assert [one.number for one in made.citations] == [
        *("47/NQ-CP", "968/STTTT-TTBCXB", "57-KL/TW", "126/KH-UBND", "149-KH/TU", "61/KH-UBND")
    ]
    text = campaign_file(made, "00.txt", AROUND, Language.EN)
    assert "# Documents that the letter cites, for reference:\n# - 47/NQ-CP: “V/v triển" in text
    assert "# - 968/STTTT-TTBCXB: “Thực hiện Công văn số 968/STTTT-TTBCXB ngày 06/5/2024" in text
    none = campaign_file(drafted(written(), settings), "x.txt", AROUND, Language.EN)
    assert "cites" not in none
    assert "# from: Số: 77/UBND-NC\nid: dot-77-ubnd-nc" in none


def test_the_document_is_known_by_its_day_as_numbers_begin_anew(settings: Settings) -> None:
    text = campaign_file(drafted(written(), settings), "x.txt", AROUND, Language.EN)
    assert "# from: Hữu Lũng, ngày 05 tháng 6 năm 2024\n  issued_on: 2024-06-05" in text
    none = campaign_file(drafted(written(day=""), settings), "x.txt", AROUND, Language.EN)
    assert "issued_on" not in none


def test_each_of_several_deadlines_is_told_with_its_words(settings: Settings) -> None:
    body = "Gửi báo cáo về Phòng Nội vụ trước ngày 20/6, bổ sung trước ngày 30/6/2024."
    text = campaign_file(drafted(written(body=body), settings), "x.txt", AROUND, Language.EN)
    assert "one is 2024-06-20; choose one\n# from: Gửi báo cáo về Phòng Nội vụ trước ngày" in text
    assert "one is 2024-06-30; choose one\n# from: bổ sung trước ngày 30/6/2024\n" in text


@pytest.mark.parametrize(
    ("parts", "things"),
    [
        (
            {"to": "Các xã, thị trấn (trừ xã Yên Bình)"},
            [(Left.ACTION, "Các xã, thị trấn (trừ xã Yên Bình)")],
        ),
        (
            {"to": "\n- UBND các xã, thị trấn;\n- Trừ xã Yên Bình"},
            [(Left.ACTION, "UBND các xã, thị trấn"), (Left.ACTION, "Trừ xã Yên Bình")],
        ),
        (
            {"informed": "Như trên (trừ xã Yên Bình)"},
            [
                (Left.ACTION, "UBND các xã, thị trấn"),
                (Left.INFORMATION, "Như trên (trừ xã Yên Bình)"),
            ],
        ),
    ],
)
def test_whom_a_letter_leaves_out_is_not_written_to(
    parts: dict[str, str], things: list[tuple[Left, str]], settings: Settings
) -> None:
    made = drafted(written(**{"informed": "Báo Lạng Sơn", **parts}), settings)
    assert made.recipients == ()
    usual = {(Left.INFORMATION, "Báo Lạng Sơn"), (Left.DEPARTMENT, "")}
    assert [thing for thing in left(made) if thing not in usual] == things
