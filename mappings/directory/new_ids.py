"""Ids for offices that are new in the directory: their names without diacritics."""

import re
import unicodedata
from collections.abc import Container

from domain.ids import OfficeId

_LONGEST = 64
_YEAR = 5
"""Characters of a hyphen and a year."""
_PROVINCE = re.compile(r"\s+tỉnh\s.*", re.IGNORECASE)
_COMMITTEE = re.compile(r"\A(?:uy ban nhan dan|ubnd)\b(?=.*[a-z0-9])")
_STROKES = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})
_BRACKETS = re.compile(r"\s*\([^()]*\)")


def new_id(name: str, year: int, taken: Container[str]) -> OfficeId:
    """Return the id of an office by its name, with the year where the name has had one before.

    UBND xã Cai Kinh is xa-cai-kinh, and xa-cai-kinh-2025 where there was a xa-cai-kinh.
    """
    stem = _stem(name)
    tried = [stem, f"{stem}-{year}"]
    number = 2
    while tried[-1] in taken:
        tried.append(f"{stem}-{year}-{number}")
        number += 1
    return OfficeId(next(id for id in tried if id not in taken))


def _stem(name: str) -> str:
    written = _PROVINCE.sub("", _BRACKETS.sub("", name))
    words = _COMMITTEE.sub("", _ascii(written).strip())
    slug = re.sub(r"[^a-z0-9]+", "-", words).strip("-") or "don-vi"
    while len(slug) > _LONGEST - 2 * _YEAR:
        slug = slug.rpartition("-")[0] or slug[: _LONGEST - 2 * _YEAR]
    return slug


def _ascii(text: str) -> str:
    """Return the letters as they are written, without marks: y stays y, and đ is d."""
    letters = unicodedata.normalize("NFD", text.lower().translate(_STROKES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
