"""Reading the phrases, and searching texts for them."""

import pytest

from domain.errors import MalformedDocument
from mappings.reply.phrase_lists import default_phrases, read_phrases
from mappings.reply.phrases import Sentences, opens, place, prepare, search, strip_prefixes, without

PHRASES = default_phrases()


def test_an_administrator_replaces_single_lists() -> None:
    mine = read_phrases("acknowledgements: [tuân lệnh]\nabbreviations: {}", PHRASES)
    assert mine.acknowledgements == ("tuân lệnh",)
    assert mine.abbreviations == ()
    assert mine.extension == PHRASES.extension
    assert search(prepare("Tuan lenh!", mine), mine.acknowledgements) == "Tuan lenh"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[a, b]", "no mapping"),
        ("acknowledgements: [", "while parsing"),
        ("aknowledgements: [x]", "unknown names: aknowledgements"),
        ("nil: [x]", "missing: "),
        ("nil: x", "nil is not a list"),
        ("nil: [1]", "nil is not a list"),
        ("nil: ['-']", "nil is not a list"),
        ("abbreviations: [x]", "abbreviations is not a list"),
        ("abbreviations: {x: 1}", "abbreviations is not a list"),
    ],
)
def test_broken_lists_are_refused(text: str, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason):
        read_phrases(text)


def test_words_with_other_diacritics_do_not_fit() -> None:
    asked = ("cho hỏi",)
    assert search(prepare("Gửi cho Hội Nông dân", PHRASES), asked) is None
    assert search(prepare("cho hoi a", PHRASES), asked) == "cho hoi a"


def test_a_gap_stays_within_its_sentence() -> None:
    gap = ("xin phép … chậm",)
    assert search(prepare("Xin phép gửi báo cáo chậm", PHRASES), gap)
    assert search(prepare("Xin phép. Gửi chậm", PHRASES), gap) is None


def test_nothing_is_found_by_no_phrases() -> None:
    assert search(prepare("x", PHRASES), ()) is None
    assert opens(Sentences(), ("x",)) is None
    assert place(Sentences(), ("x",)) is None


@pytest.mark.parametrize("phrase", ["nhận", "đã nhận", "em … văn bản ạ", "văn … ạ"])
def test_a_phrase_is_found_by_any_of_its_words(phrase: str) -> None:
    said = prepare("Chào chị. Em đã nhận được văn bản ạ", PHRASES)
    assert search(said, ("không có", phrase)) == "Em đã nhận được văn bản ạ"
    assert place(said, ("không có", phrase)) is not None
    assert without(said, ("không có",)) is said
    assert len(without(said, (phrase,))[1].key) < len(said[1].key)


def test_blotted_words_are_gone() -> None:
    kept = without(prepare("Nếu file không mở được thì gọi", PHRASES), PHRASES.ignored)
    assert search(kept, PHRASES.not_received) is None


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: Fwd: TL : báo cáo", "báo cáo"),
        ("RE[2]: báo cáo", "báo cáo"),
        ("Trả lời: báo cáo", "báo cáo"),
        ("Trả lời tự động: x", "Trả lời tự động: x"),
        ("Tự động trả lời: x", "Tự động trả lời: x"),
        ("", ""),
    ],
)
def test_prefixes_of_subjects(subject: str, bare: str) -> None:
    assert strip_prefixes(subject, PHRASES) == (bare, bare != subject)
