"""Offices that a text mentions, by their names in the directory and the usual short forms.

A commune is never found by its bare name: "Hòa Bình" is a province and a wish, "Hữu Lũng" the
district too. Words typed without diacritics fit every name that they may stand for; then one
mention carries several offices and the caller must not choose.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from domain.ids import OfficeId
from domain.office import Directory
from mappings.names.forms import Words, bare, fits, forms, words_of

_Index = dict[Words, list[tuple[Words, OfficeId]]]
"""Names by their loose keys: strict words and office."""


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
    words = words_of(text)
    typed = list(map(bare, words))
    found: dict[tuple[OfficeId, ...], Mention] = {}
    at = 0
    while at < len(words):
        length, offices = _longest_at(words, typed, at, index, longest.get(typed[at], 0))
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
            for name in dict.fromkeys(forms(office)):
                loose = tuple(map(bare, name))
                index.setdefault(loose, []).append((name, office.id))
                longest[loose[0]] = max(longest.get(loose[0], 0), len(loose))
    return index, longest


def _longest_at(
    words: list[str], typed: list[str], at: int, index: _Index, longest: int
) -> tuple[int, tuple[OfficeId, ...]]:
    for length in range(min(longest, len(words) - at), 0, -1):
        named = index.get(tuple(typed[at : at + length]), ())
        there = words[at : at + length]
        fitting = [office for name, office in named if fits(there, name)]
        if fitting:
            return length, tuple(dict.fromkeys(fitting))
    return 1, ()
