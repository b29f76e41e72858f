"""Keys under which Vietnamese text is compared, whoever typed it on whatever keyboard.

Two spellings are one when they differ in Unicode form, case, tone placement (hoà, hòa), i or y
as the whole rime (quản lí, quản lý), a look-alike of đ, or in anything that is neither letter nor
digit. The tone itself is kept: it moves to the end of its word, where its placement no longer
matters. Keys are for comparing only; nobody should read them.
"""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain

from mappings.mail.text import clean, is_usual

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SHAPES = frozenset("\u0302\u0306\u031b")
"""Circumflex, breve and horn make other letters of the alphabet; they are no tones."""

# ð and ɖ come from wrong fonts. Zero-width characters and soft hyphens stand inside words;
# the page break would vanish in cleaning and join two words.
_LOOK_ALIKES = str.maketrans(
    {"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ", "\f": " ", "\v": " "}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")
)
_LOOK_ALIKE = re.compile(f"[{''.join(map(chr, _LOOK_ALIKES))}]")
# All marks of Unicode lie in these two ranges.
_WITH_MARKS = (range(0x300, 0x1F000), range(0xE0100, 0xE01F0))
_WORD = re.compile(r"[^\W_]+")

WORDS_KEPT = 10_000
"""Vietnamese is written with some 7,000 syllables; numbers and codes come once."""
_SENTENCES_KEPT = 2_000
_SENTENCE = 300
"""Characters; longer ones are hardly ever seen again."""

_SHORT_RIME = re.compile(r"((?:qu|[bcdđghklmnpqrstvx]*))y")


def fold(text: str) -> str:
    """Return the strict key of text: words with their tones, separated by single spaces."""
    return _folded_before(text) if len(text) <= _SENTENCE else _folded(text)


def _folded(text: str) -> str:
    return " ".join(filter(None, map(_strict, _words(text))))


# A sentence is asked about more than once, and greetings and names stand in every answer.
_folded_before = lru_cache(maxsize=_SENTENCES_KEPT)(_folded)


def fold_loose(text: str) -> str:
    """Return the key of text typed without diacritics: no tones, no shapes, d for đ."""
    return " ".join(filter(None, map(_loose, _words(text))))


def _words(text: str) -> list[str]:
    if _LOOK_ALIKE.search(text):
        text = text.translate(_LOOK_ALIKES)
    plain = clean(text).lower()
    return (_WORD if is_usual(plain) else _marked_word()).findall(plain)


@cache  # made when the first text needs it, as few do
def _marked_word() -> re.Pattern[str]:
    """Return the pattern of a word with marks, which takes far longer."""
    letters = map(chr, chain(*_WITH_MARKS))
    marks = "".join(char for char in letters if unicodedata.category(char).startswith("M"))
    return re.compile(rf"(?:[^\W_]|[{marks}])+")


# A letter to an office is written with few different words, and so are its answers.
@lru_cache(maxsize=WORDS_KEPT)
def _strict(word: str) -> str:
    letters, tones = _parts(word)
    if not letters:
        return ""
    base = _short_rime("".join(letters))
    return unicodedata.normalize("NFC", base + "".join(sorted(set(tones))))


@lru_cache(maxsize=WORDS_KEPT)
def _loose(word: str) -> str:
    letters, _ = _parts(word)
    bare = "".join(letter for letter in letters if letter not in _SHAPES)
    return unicodedata.normalize("NFC", _short_rime(bare).replace("đ", "d"))


def _parts(word: str) -> tuple[list[str], list[str]]:
    """Return the letters of a word with their shapes, and its tones; both empty without letters."""
    letters: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFD", word):
        if char in _TONES:
            tones.append(char)
        elif char.isalnum() or char in _SHAPES:
            letters.append(char)
    return (letters, tones) if any(map(str.isalnum, letters)) else ([], [])


def _short_rime(word: str) -> str:
    match = _SHORT_RIME.fullmatch(word)
    return f"{match[1]}i" if match else word
