"""Subjects of real letters against their labels."""

import pytest

from mappings.letter.body import shown
from mappings.letter.subject import read_subject
from mappings.names.fold import fold
from tests.unit.mappings.letter.labelled import ALL, Labelled

NOT_WHOLE = {"14", "26", "27", "31", "36", "39"}
"""Marks apart from letters, a preview printed before the page, and web pages without a head."""


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.name)
def test_real_letters(letter: Labelled) -> None:
    subject = read_subject(letter.text)
    if letter.name not in NOT_WHOLE:
        assert fold(subject or "") == fold(letter.label["subject"] or "")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("V/v: báo cáo.\nKính gửi: ai", "báo cáo"),
        ("V/v báo cáo\nHữu Lũng, ngày 5 tháng 3 năm 2024", "báo cáo"),
        ("V/v báo cáo\nnăm 2024\n\nngoài", "báo cáo năm 2024"),
        ("KẾ HOẠCH\nTRIỂN KHAI\nNĂM 2024\nThực hiện", "TRIỂN KHAI NĂM 2024"),
        ("KẾ HOẠCH\nTRIỂN KHAI", "TRIỂN KHAI"),
        ("V/v\n\n", None),
        ("không có", None),
    ],
)
def test_subjects(text: str, subject: str | None) -> None:
    assert read_subject(text) == subject


def test_long_words_are_shown_by_both_ends() -> None:
    assert shown("một  câu\nngắn") == "một câu ngắn"
    cut = shown("đầu " + "giữa " * 100 + "cuối")
    assert len(cut) < 250
    assert cut.startswith("đầu")
    assert cut.endswith("cuối")
    assert " … " in cut
