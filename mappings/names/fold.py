"""Keys under which Vietnamese text is compared, whoever typed it on whatever keyboard.

Two spellings are one when they differ in Unicode form, case, tone placement (hoà, hòa), i or y
as the whole rime (quản lí, quản lý), a look-alike of đ, or in anything that is neither letter nor
digit. The tone itself is kept: it moves to the end of its word, where its placement no longer
matters. Keys are for comparing only; nobody should read them.
"""

import re
import unicodedata

from mappings.mail.text import clean

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SHAPES = frozenset("\u0302\u0306\u031b")
"""Circumflex, breve and horn make other letters of the alphabet; they are no tones."""

# ð and ɖ come from wrong fonts. Zero-width characters and soft hyphens stand inside words;
# the page break would vanish in cleaning and join two words.
_LOOK_ALIKES = str.maketrans(
    {"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ", "\f": " ", "\v": " "}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")
)
_SHORT_RIME = re.compile(r"((?:qu|[bcdđghklmnpqrstvx]*))y")


def fold(text: str) -> str:
    """Return the strict key of text: words with their tones, separated by single spaces."""
    return " ".join(_words(text, loose=False))


def fold_loose(text: str) -> str:
    """Return the key of text typed without diacritics: no tones, no shapes, d for đ."""
    return " ".join(_words(text, loose=True))


def _words(text: str, *, loose: bool) -> list[str]:
    plain = unicodedata.normalize("NFD", clean(text.translate(_LOOK_ALIKES)).lower())
    found: list[str] = []
    letters: list[str] = []
    tones: list[str] = []
    for char in plain + " ":
        if char.isalnum():
            letters.append(char)
        elif char in _TONES:
            tones.append(char)
        elif char in _SHAPES:
            letters.append(char)
        elif not unicodedata.category(char).startswith("M"):
            if any(letter.isalnum() for letter in letters):
                found.append(_loose(letters) if loose else _strict(letters, tones))
            letters, tones = [], []
    return found


def _strict(letters: list[str], tones: list[str]) -> str:
    base = _short_rime("".join(letters))
    return unicodedata.normalize("NFC", base + "".join(sorted(set(tones))))


def _loose(letters: list[str]) -> str:
    bare = "".join(letter for letter in letters if letter not in _SHAPES)
    return unicodedata.normalize("NFC", _short_rime(bare).replace("đ", "d"))


def _short_rime(word: str) -> str:
    match = _SHORT_RIME.fullmatch(word)
    return f"{match[1]}i" if match else word
