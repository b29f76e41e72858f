"""Offices that a text mentions, by their names in the directory and the usual short forms.

A commune is never found by its bare name: "Hòa Bình" is a province and a wish, "Hữu Lũng" the
district too. Words typed without diacritics fit every name that they may stand for; then one
mention carries several offices and the caller must not choose.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from domain.ids import OfficeId
from domain.office import Directory, Office
from mappings.names.forms import Words, bare, fits, forms, forms_of, words_of

_Index = dict[Words, tuple[Office, ...]]
"""Offices by the loose keys of their names. The names themselves are made again for the few that a
text may mean: of ten thousand offices they would be the larger part of the index.
"""

_NAMED = 1_000
"""Different names of which the forms are kept: one's own offices are mentioned again and again."""


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
            alone = (office,)
            for loose in dict.fromkeys(map(_loose, forms(office))):
                others = index.get(loose)
                index[loose] = (*others, office) if others else alone
                longest[loose[0]] = max(longest.get(loose[0], 0), len(loose))
    return index, longest


@lru_cache(maxsize=_NAMED)  # a thousand offices of one name are one here
def _names(*written: str) -> dict[Words, tuple[Words, ...]]:
    """Return the names of an office that is written so, by their loose keys."""
    found: dict[Words, tuple[Words, ...]] = {}
    for name in dict.fromkeys(forms_of(written)):
        found[_loose(name)] = (*found.get(_loose(name), ()), name)
    return found


def _loose(name: Words) -> Words:
    return tuple(map(bare, name))


def _longest_at(
    words: list[str], typed: list[str], at: int, index: _Index, longest: int
) -> tuple[int, tuple[OfficeId, ...]]:
    for length in range(min(longest, len(words) - at), 0, -1):
        loose = tuple(typed[at : at + length])
        there = words[at : at + length]
        fitting = [
            office.id
            for office in index.get(loose, ())
            if any(fits(there, name) for name in _names(office.name, *office.aliases)[loose])
        ]
        if fitting:
            return length, tuple(dict.fromkeys(fitting))
    return 1, ()
