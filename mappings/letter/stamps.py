"""Stamps of secrecy and urgency on a letter (Luật Bảo vệ bí mật nhà nước; NĐ 30/2020/NĐ-CP, Đ. 9).

A stamp stands alone: on a line, in a table cell, or beside the head with wide blanks. The same
words inside a sentence or a title ("bí mật", "BẢO MẬT", "mật độ") are no stamp. Where a scan or a
typist leaves doubt, a stamp is assumed: a person then looks at the letter, and no secret leaves.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from domain.directive import Secrecy, Urgency
from mappings.names.fold import fold, fold_loose

_Grade = TypeVar("_Grade", Secrecy, Urgency)


def _forms(stamp: str) -> tuple[str, str, str]:
    """Return a stamp's key as typed, typed without diacritics, and typed with letters apart."""
    words = stamp.split()
    return "".join(map(fold, words)), "".join(map(fold_loose, words)), fold("".join(words))


_SECRECY = {
    form: grade
    for stamp, grade in {
        "TUYỆT MẬT": Secrecy.UTMOST_SECRET,
        "TỐI MẬT": Secrecy.TOP_SECRET,
        "MẬT": Secrecy.SECRET,
    }.items()
    for form in _forms(stamp)
}
_URGENCY = {
    form: grade
    for stamp, grade in {
        "HỎA TỐC HẸN GIỜ": Urgency.FLASH,
        "HỎA TỐC": Urgency.FLASH,
        "THƯỢNG KHẨN": Urgency.VERY_URGENT,
        "KHẨN": Urgency.URGENT,
    }.items()
    for form in _forms(stamp)
}
_ORDER_SECRECY = tuple(Secrecy)
_ORDER_URGENCY = tuple(Urgency)

_SECRECY_LABEL = re.compile(r"(?:mức )?độ mật\s{0,3}[:=]\s{0,3}(?P<value>[^\n|;,.()]{1,30})", re.I)
_URGENCY_LABEL = re.compile(r"(?:mức )?độ khẩn\s{0,3}[:=]\s{0,3}(?P<value>[^\n|;,.()]{1,30})", re.I)
_SECRECY_INLINE = re.compile(
    r"(?:(?P<before>TUYỆT MẬT|TỐI MẬT|(?<!BÍ )(?<!BẢO )MẬT)\s{1,9}(?=Số\s?:)"
    r"|(?<=phúc)[\s*_-]{1,9}(?P<after>TUYỆT MẬT|TỐI MẬT|MẬT)(?=\s|\Z))"
)
_CELLS = re.compile(r"[|\t]| {3,}|(?<=\w)\s+(?=\()|(?<=\))\s+")
_SPACED = re.compile(r"(?:\S\s{1,9})+\S")
_LONGEST = 60
_MARKS = " \t*_#[](){}<>-–.:;“”\"'|/\\~=!"


def secrecy_stamp(whole: str, head: str) -> tuple[Secrecy, str]:
    """Return the highest degree of secrecy stamped on a letter, with the stamp's words.

    ``whole`` is its text, ``head`` the part above the addressees, where a stamp may also stand
    beside something else or be typed with small letters.
    """
    found = list(_stamps(whole, head, _SECRECY))
    found += list(_labels(_SECRECY_LABEL.finditer(whole), _SECRECY))
    for match in _SECRECY_INLINE.finditer(head):
        words = match["before"] or match["after"]
        found.append((_SECRECY[_key(words)], words))
    return max(found, key=lambda stamp: _ORDER_SECRECY.index(stamp[0]), default=(Secrecy.NONE, ""))


def urgency_stamp(whole: str, head: str) -> tuple[Urgency, str]:
    """Return the highest degree of urgency stamped on a letter, with the stamp's words."""
    found = list(_stamps(whole, head, _URGENCY))
    found += list(_labels(_URGENCY_LABEL.finditer(whole), _URGENCY))
    return max(
        found, key=lambda stamp: _ORDER_URGENCY.index(stamp[0]), default=(Urgency.NORMAL, "")
    )


def secrecy_word(text: str) -> Secrecy:
    """Return the degree that a field of its own names, such as "Mật" or "Độ mật: Tối mật"."""
    return next(
        (grade for grade, _ in _labels(_SECRECY_LABEL.finditer(text), _SECRECY)),
        _SECRECY.get(_key(text), Secrecy.NONE),
    )


def is_stamp(words: str) -> bool:
    """Tell whether words are nothing but a stamp of secrecy or urgency."""
    key = _key(words)
    return key in _SECRECY or key in _URGENCY


def _stamps(whole: str, head: str, grades: Mapping[str, _Grade]) -> Iterator[tuple[_Grade, str]]:
    for line in whole.split("\n"):
        likely = len(line) <= _LONGEST and line == line.upper() and not line.isspace()
        grade = grades.get(_key(line)) if likely else None
        if grade:
            yield grade, line.strip()
    for line in head.split("\n"):
        for cell in _CELLS.split(line):
            grade = grades.get(_key(cell)) if len(cell) <= _LONGEST else None
            if grade and cell.strip(_MARKS)[:1].isupper():
                yield grade, cell.strip()


def _labels(
    found: Iterator[re.Match[str]], grades: Mapping[str, _Grade]
) -> Iterator[tuple[_Grade, str]]:
    for match in found:
        grade = grades.get(_key(match["value"]))
        if grade:
            yield grade, match[0].strip()


def _key(text: str) -> str:
    """Return words folded and without blanks; letters typed apart ("M Ậ T") are one word."""
    words = text.strip(_MARKS)
    joined = "".join(words.split()) if _SPACED.fullmatch(words) else words
    return "".join(fold(joined).split())
