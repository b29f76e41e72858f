"""Deadlines of addressees, who collects and where it goes, in real letters and in made ones."""

from datetime import date

import pytest

from mappings.letter.duties import read_duties
from mappings.letter.head import read_head
from mappings.names.fold import fold, fold_loose
from tests.unit.mappings.letter.labelled import ALL, Labelled

DAY = date(2024, 5, 8)


def rules(letter: Labelled) -> list[str]:
    """Return the deadlines of addressees that a round of a campaign can tell."""
    return [
        found["iso_or_rule"]
        for found in letter.label["deadlines"]
        if found["kind"] == "report" and found["rel"] in {"before", "by"}
    ]


def joined(words: str) -> str:
    return fold_loose(words).replace(" ", "")


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.name)
def test_real_letters(letter: Labelled) -> None:
    duties = read_duties(letter.text, read_head(letter.text).issued_on)
    found = [
        f"YEARLY;MM-DD={d.day:%m-%d}" if d.yearly else d.day.isoformat() for d in duties.deadlines
    ]
    assert found == rules(letter)
    # Letters join words where a line was broken, so blanks do not count here.
    labels = [joined(words) for words in letter.label["report_to"] or ()]
    for body in duties.collectors:
        assert any(label.startswith(joined(body.words)) for label in labels)
    assert bool(duties.collectors) == bool(labels)
    assert [fold(body.words) for body in duties.departments] == [
        fold(words) for words in letter.label.get("compiled_to") or ()
    ]


def test_each_is_told_with_its_sentence() -> None:
    duties = read_duties(
        "Mở đầu. Các xã gửi báo cáo về Phòng Nội vụ trước ngày 10/11 hằng năm. Kết thúc.", DAY
    )
    sentence = "Các xã gửi báo cáo về Phòng Nội vụ trước ngày 10/11 hằng năm"
    (deadline,) = duties.deadlines
    assert (deadline.day.month, deadline.day.day) == (11, 10)
    assert deadline.yearly
    assert not deadline.guessed_year
    assert deadline.sentence == sentence
    assert [(body.words, body.sentence) for body in duties.collectors] == [
        ("Phòng Nội vụ", sentence)
    ]


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        (
            "Các xã, thị trấn báo cáo trước ngày 20/6, các phòng báo cáo trước ngày 30/6/2024",
            ["Các xã, thị trấn báo cáo trước ngày 20/6", "các phòng báo cáo trước ngày 30/6/2024"],
        ),
        (
            "Trước ngày 20/6 các xã gửi báo cáo và trước ngày 30/6 các phòng, ban gửi báo cáo",
            ["Trước ngày 20/6 các xã gửi báo cáo", "trước ngày 30/6 các phòng, ban gửi báo cáo"],
        ),
        ("Gửi báo cáo trước ngày 20/6 về Phòng", ["Gửi báo cáo trước ngày 20/6 về Phòng"]),
    ],
)
def test_of_several_deadlines_each_has_its_clause(sentence: str, clauses: list[str]) -> None:
    deadlines = read_duties(f"Một. {sentence}. Hai.", DAY).deadlines
    assert [deadline.clause for deadline in deadlines] == clauses
    assert {deadline.sentence for deadline in deadlines} == {sentence}


@pytest.mark.parametrize(
    "when",
    ["trước 16 giờ ngày", "trước ngày", "trước 17h00, ngày", "vào ngày", "hạn cuối ngày"],
)
def test_the_time_is_no_part_of_the_name(when: str) -> None:
    text = f"Các xã báo cáo kết quả về Phòng Nội vụ {when} 20/6/2024 để tổng hợp."
    assert [body.words for body in read_duties(text, DAY).collectors] == ["Phòng Nội vụ"]


@pytest.mark.parametrize(
    ("words", "day", "before"),
    [
        ("trước ngày 15/6/2024", date(2024, 6, 15), True),
        ("trước 17 giờ 00, ngày 15/6/2024", date(2024, 6, 15), True),
        ("trước 17h ngày 15.6.2024", date(2024, 6, 15), True),
        ("chậm nhất ngày 15 tháng 6 năm 2024", date(2024, 6, 15), False),
        ("chậm nhất là đến ngày 15-06-2024", date(2024, 6, 15), False),
        ("xong trước ngày 15/6", date(2024, 6, 15), True),
        ("trước ngày 15/4", date(2025, 4, 15), True),
    ],
)
def test_deadlines(words: str, day: date, before: bool) -> None:
    (deadline,) = read_duties(f"Đề nghị gửi báo cáo {words}.", DAY).deadlines
    assert (deadline.day, deadline.before) == (day, before)
    assert deadline.guessed_year == ("2024" not in words)
    assert not deadline.yearly


@pytest.mark.parametrize(
    "words",
    [
        "Gửi báo cáo trước ngày 31/2/2024.",
        "Treo cờ trước ngày 15/6/2024.",
        "Báo cáo tính đến ngày 15/6/2024.",
        "Gửi báo cáo từ ngày 15/6/2024.",
    ],
)
def test_what_is_no_deadline(words: str) -> None:
    assert read_duties(words, DAY).deadlines == ()


def test_a_day_without_year_is_none_in_a_letter_without_date() -> None:
    text = "Gửi báo cáo trước ngày 15/6."
    assert read_duties(text, None).deadlines == ()
    assert len(read_duties(text, DAY).deadlines) == 1
    assert len(read_duties("Gửi báo cáo trước ngày 15/6 hằng năm.", None).deadlines) == 1


def test_other_rhythms_are_told() -> None:
    duties = read_duties("Báo cáo hằng quý gửi Sở Y tế. Báo cáo 6 tháng.", DAY)
    assert duties.rhythms == ("Báo cáo hằng quý gửi Sở Y tế", "Báo cáo 6 tháng")
