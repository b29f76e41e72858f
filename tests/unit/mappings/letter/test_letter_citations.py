"""What letters cite, each with its sentence, against their labels."""

import pytest

from mappings.letter.body import sentence_around
from mappings.letter.citations import Citation, read_citations
from tests.unit.mappings.letter.labelled import ALL, Labelled


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.name)
def test_each_citation_has_its_words(letter: Labelled) -> None:
    found = read_citations(letter.text)
    assert len({one.number for one in found}) == len(found)
    for one in found:
        assert len(one.sentence) <= 320
        assert one.number in one.sentence.replace(" ", "")


def test_the_letter_of_the_demo_cites_six_documents() -> None:
    letter = next(letter for letter in ALL if letter.name == "00")
    found = [one.number for one in read_citations(letter.text)]
    assert sorted(found) == sorted(one["ref"] for one in letter.label["citations"])


def test_a_number_on_two_lines_and_our_own() -> None:
    text = "Số: 77/UBND-NC\n\nTheo Công văn số\n12/SNV-CC và theo 12/SNV-CC. Thực hiện."
    assert read_citations(text) == (
        Citation(number="12/SNV-CC", sentence="Theo Công văn số 12/SNV-CC và theo 12/SNV-CC"),
    )


def test_of_a_long_sentence_its_part_is_shown() -> None:
    text = f"Một. {'đầu ' * 90}12/A-B {'cuối ' * 90}. Hai."
    at = text.index("12/")
    found = sentence_around(text, at, at + 6)
    assert found.startswith("… đầu đầu ")
    assert " 12/A-B " in found
    assert found.endswith(" cuối …")
    begun = sentence_around(text, 5, 8)
    assert begun.startswith("đầu đầu")
    over = text.index("cuối .")
    assert sentence_around(text, over, over + 4).endswith("cuối")
