"""Offices that a text mentions, by their names in the directory and the usual short forms.

A commune is never found by its bare name: "Hòa Bình" is a province and a wish, "Hữu Lũng" the
district too. Words typed without diacritics fit every name that they may stand for; then one
mention carries several offices and the caller must not choose.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from sys import intern

from domain.ids import OfficeId
from domain.office import Directory, Office
from mappings.names.fold import WORDS_KEPT, fold, fold_loose

_AND = frozenset({"và", "va"})

# Whole openings of names (as strict keys) with what people write for them.
_OPENINGS = {
    fold(opening): tuple(fold(form) for form in forms)
    for opening, forms in {
        "UBND xã": ("xã", "x", "Ủy ban nhân dân xã", "Ủy ban xã", "UB xã"),
        "UBND thị trấn": ("thị trấn", "TT", "Ủy ban nhân dân thị trấn", "UBND TT"),
        "UBND phường": ("phường", "P", "Ủy ban nhân dân phường"),
        "Phòng": ("P",),
        "Văn phòng": ("VP",),
        "Trung tâm": ("TT",),
        "Ủy ban MTTQ": ("MTTQ", "UBMTTQ", "Ủy ban Mặt trận Tổ quốc"),
        "Hội Liên hiệp Phụ nữ": ("Hội LHPN", "Hội Phụ nữ"),
        "Hội Cựu chiến binh": ("Hội CCB",),
        "Liên đoàn Lao động": ("LĐLĐ",),
    }.items()
}
_DEPARTMENT = re.compile(r"(phòng|sở)\s+(.+)", re.IGNORECASE)
_GROUPS = re.compile(r"[\s,]+(?:và|-|–|&)\s+|\s*,\s*", re.IGNORECASE)
_Index = dict[tuple[str, ...], list[tuple[tuple[str, ...], OfficeId]]]
"""Names by their loose keys: strict words and office."""

_PROVINCE = re.compile(r"\s+tỉnh\s.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place in a text: the offices that it may mean (more than one: not clear which)."""

    offices: tuple[OfficeId, ...]
    words: str


def mentions(text: str, directory: Directory, day: date) -> tuple[Mention, ...]:
    """Return the offices existing on ``day`` that a text mentions, in order, longest names first.

    Every mention is returned once. ``words`` are the folded words of its first place.
    """
    index, longest = _index(directory, directory.since(day))
    words = [word for word in fold(text).split() if word not in _AND]
    bare = list(map(_bare, words))
    found: dict[tuple[OfficeId, ...], Mention] = {}
    at = 0
    while at < len(words):
        length, offices = _longest_at(words, bare, at, index, longest.get(bare[at], 0))
        if offices:
            shown = " ".join(words[at : at + length])
            found.setdefault(offices, Mention(offices=offices, words=shown))
        at += length
    return tuple(found.values())


@lru_cache(maxsize=8)  # a directory never changes once made, and its offices seldom do
def _index(directory: Directory, day: date) -> tuple[_Index, dict[str, int]]:
    index: _Index = {}
    longest: dict[str, int] = {}
    for office in directory.offices:
        if office.valid_on(day):
            for name in dict.fromkeys(_names(office)):
                loose = tuple(map(_bare, name))
                index.setdefault(loose, []).append((name, office.id))
                longest[loose[0]] = max(longest.get(loose[0], 0), len(loose))
    return index, longest


def _names(office: Office) -> Iterator[tuple[str, ...]]:
    for written in (office.name, *office.aliases):
        for name in (written, _PROVINCE.sub("", written)):
            for key in (fold(name), *_with_initials(name)):
                yield from _forms(key)


def _forms(key: str) -> Iterator[tuple[str, ...]]:
    if key:
        yield _key_words(key.split())
    for opening, forms in _OPENINGS.items():
        if key.startswith(f"{opening} "):
            for form in forms:
                yield _key_words(f"{form}{key.removeprefix(opening)}".split())


def _with_initials(name: str) -> Iterator[str]:
    """Return "phòng vhtt" and "phòng vh tt" for Phòng Văn hóa và Thông tin."""
    department = _DEPARTMENT.fullmatch(name)
    if department:
        groups = [_initials(group) for group in _GROUPS.split(department[2])]
        yield fold(f"{department[1]} {''.join(groups)}")
        yield fold(f"{department[1]} {' '.join(groups)}")


def _initials(group: str) -> str:
    return "".join(word[0] for word in group.split())


def _key_words(words: Iterable[str]) -> tuple[str, ...]:
    # Names have few different words: each is kept once, however many offices there are.
    return tuple(intern(word) for word in words if word not in _AND)


@lru_cache(maxsize=WORDS_KEPT)  # a word of a key is folded as itself, and words repeat
def _bare(word: str) -> str:
    return intern(fold_loose(word))


def _longest_at(
    words: list[str], bare: list[str], at: int, index: _Index, longest: int
) -> tuple[int, tuple[OfficeId, ...]]:
    for length in range(min(longest, len(words) - at), 0, -1):
        named = index.get(tuple(bare[at : at + length]), ())
        there = words[at : at + length]
        fitting = [office for name, office in named if _fits(there, name)]
        if fitting:
            return length, tuple(dict.fromkeys(fitting))
    return 1, ()


def _fits(words: list[str], name: tuple[str, ...]) -> bool:
    """Tell whether each word is the name's, or is typed without any diacritics."""
    return all(word == own or word == _bare(own) for word, own in zip(words, name, strict=True))
