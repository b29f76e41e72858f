"""Which office a written name means on a day: certainly one, one of several, or none.

The text is nothing but a name, as in a cell of a list or in a line of Nơi nhận; for running text
see ``mentions``. A name is read within the directory: "Hội Nông dân" is the one that it has. What
stands around the name must be a body that is known to lie around the office, so that "xã Hòa Bình,
huyện Văn Quan" is not ours. What is only similar is a candidate for a person and never an answer.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, lru_cache

from domain.ids import OfficeId
from domain.office import Directory, Office, Successor
from mappings.names.around import LEVEL_WORDS, Around, unopened
from mappings.names.forms import (
    Words,
    bare,
    canonical,
    fits,
    forms,
    forms_alone,
    place_of,
    words_of,
)
from mappings.names.provinces import PROVINCES
from mappings.text.legacy_vietnamese import old_readings

_LONGEST = 40
"""Words; no name has as many."""
_SIMILAR = 0.8
_CANDIDATES = 5
_COMMITTEE = tuple(words_of("Ủy ban nhân dân"))
_COMMON = 300
"""Offices; a word that more of them have says little."""


class Certainty(StrEnum):
    """How sure the office is that a name means."""

    CERTAIN = "certain"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class Why(StrEnum):
    """What decided."""

    NAMED = "named"
    SEVERAL = "several"
    """More than one office has the name, or had it where no day is given."""
    LARGER_PLACE = "larger_place"
    """The bare name is also that of a larger place."""
    UNKNOWN_PLACE = "unknown_place"
    """A place is named beside it, and nothing tells whether that is ours."""
    OTHER_PLACE = "other_place"
    """A place is named beside it that is not ours."""
    OTHER_TIME = "other_time"
    """The office did not exist on that day; it and those that took over are candidates."""
    SIMILAR = "similar"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The answer for one name; ``candidates`` are for a person, the one office if it is certain."""

    certainty: Certainty
    why: Why
    candidates: tuple[OfficeId, ...] = ()

    @property
    def office(self) -> OfficeId | None:
        """Return the office that is certainly meant, None otherwise."""
        return self.candidates[0] if self.certainty is Certainty.CERTAIN else None


def resolve(
    written: str, directory: Directory, day: date | None, *, around: Sequence[str] = ()
) -> Resolution:
    """Return which office of the directory a name means on ``day``, at any time without one.

    ``around`` are the names of bodies in which the offices lie, as our own and the one above it.
    """
    native = _read(written, directory, day, tuple(around))
    if native.certainty is not Certainty.NONE:
        return native
    old = (_read(text, directory, day, tuple(around)) for text in old_readings(written))
    return next((one for one in old if one.why not in (Why.SIMILAR, Why.UNKNOWN)), native)


def _read(text: str, directory: Directory, day: date | None, around: tuple[str, ...]) -> Resolution:
    words = _abbreviated(words_of(text))
    if not 0 < len(words) <= _LONGEST:
        return Resolution(certainty=Certainty.NONE, why=Why.UNKNOWN)
    names = _names(directory, None if day is None else directory.since(day), around)
    answer = names.answer(words)
    if answer is not None:
        return answer
    if day is not None:
        ever = _names(directory, None, around).answer(words)
        if ever is not None and ever.why in (Why.OTHER_PLACE, Why.UNKNOWN_PLACE):
            return ever
        if ever is not None:
            heirs = (heir.office for id in ever.candidates for heir in _heirs(directory, id))
            found = tuple(dict.fromkeys((*ever.candidates, *heirs)))
            return Resolution(certainty=Certainty.NONE, why=Why.OTHER_TIME, candidates=found)
    similar = names.similar(words)
    why = Why.SIMILAR if similar else Why.UNKNOWN
    return Resolution(certainty=Certainty.NONE, why=why, candidates=similar)


def _abbreviated(words: list[str]) -> list[str]:
    """Return words with UBND for Ủy ban nhân dân, wherever it stands."""
    for at in range(len(words) - len(_COMMITTEE) + 1):
        if fits(words[at : at + len(_COMMITTEE)], _COMMITTEE):
            return [*words[:at], "ubnd", *_abbreviated(words[at + len(_COMMITTEE) :])]
    return words


def _heirs(directory: Directory, office: OfficeId) -> Iterable[Successor]:
    found = directory.get(office)
    return found.successors if found else ()


@lru_cache(maxsize=8)  # a directory never changes once made
def _names(directory: Directory, since: date | None, around: tuple[str, ...]) -> "_Names":
    there = [o for o in directory.offices if since is None or o.valid_on(since)]
    return _Names(directory, there, around)


class _Names:
    """All forms of the names of some offices, and of what lies around them."""

    def __init__(self, directory: Directory, offices: Sequence[Office], around: Sequence[str]):
        self.full: dict[Words, list[tuple[Words, Office]]] = {}
        self.short: dict[Words, list[tuple[Words, Office]]] = {}
        self.borne: set[Words] = set()
        """Ends of the names of offices that are no communes: the place of a Kho bạc."""
        places: set[Words] = set()
        self.spelled: dict[str, list[tuple[str, OfficeId]]] = defaultdict(list)
        for office in offices:
            full = dict.fromkeys(filter(None, forms(office)))
            short = dict.fromkeys(form for form in forms_alone(office) if form and form not in full)
            for index, found in ((self.full, full), (self.short, short)):
                for form in found:
                    index.setdefault(tuple(map(bare, form)), []).append((form, office))
            name = tuple(map(bare, words_of(canonical(office.name))))
            place = place_of(office)
            places.add(place)
            if not place:
                self.borne.update(name[-length:] for length in range(1, min(len(name), 5)))
            for word in set(name):
                self.spelled[word].append((" ".join(unopened(name)), office.id))
        self.around = Around(directory, around, places)

    def answer(self, words: list[str]) -> Resolution | None:
        """Return what the words name, None when that is nothing."""
        beside: Resolution | None = None
        for index in (self.full, self.short):
            for start, end in _spans(len(words)):
                form, rest = words[start:end], (words[:start], words[end:])
                named = self._named(index, form)
                fitting = self._fitting(form, named, rest)
                if fitting and index is self.short:
                    # The place of a commune is its whole name.
                    opened = (o for o in self._opened_by(form) if not place_of(o))
                    others = [o for o in opened if o not in fitting]
                    fitting += self._fitting(form, others, rest)
                if fitting:
                    return self._judged(form, fitting)
                beside = beside or self._elsewhere(named, rest)
        return beside or self._begun(words)

    def similar(self, words: list[str]) -> tuple[OfficeId, ...]:
        """Return the offices whose names are spelled much like the words, the nearest first."""
        typed = unopened(tuple(map(bare, words)))
        known = (self.spelled.get(word, ()) for word in set(typed))
        near = {pair for pairs in known if len(pairs) <= _COMMON for pair in pairs}
        compared = SequenceMatcher(b=" ".join(typed), autojunk=False)
        found: list[tuple[float, OfficeId]] = []
        for name, office in near:
            compared.set_seq1(name)
            if compared.real_quick_ratio() >= _SIMILAR and compared.ratio() >= _SIMILAR:
                found.append((-compared.ratio(), office))
        return tuple(office for _, office in sorted(found)[:_CANDIDATES])

    def _named(
        self, index: dict[Words, list[tuple[Words, Office]]], form: list[str]
    ) -> list[Office]:
        named = index.get(tuple(map(bare, form)), ())
        if not named and len(form) > 2:
            # Initials are written in any groups: LĐ - TBXH, LĐTB&XH.
            form = [form[0], "".join(form[1:])]
            named = index.get(tuple(map(bare, form)), ())
        return list({o.id: o for own, o in named if fits(form, own)}.values())

    def _fitting(
        self, form: list[str], offices: list[Office], rest: tuple[list[str], list[str]]
    ) -> list[Office]:
        return [o for o in offices if not any(rest) or self.around.fits(form, o, *rest)]

    def _opened_by(self, form: list[str]) -> list[Office]:
        """Return some offices whose names begin with a short form, as more than one may.

        "Chi cục Thuế" is short for that of the district and may be meant for that of a region.
        """
        opening = tuple(map(bare, form))
        found: dict[OfficeId, Office] = {}
        for at in range(bisect_left(self._sorted, opening), len(self._sorted)):
            key = self._sorted[at]
            if key[: len(opening)] != opening or len(found) > _CANDIDATES:
                break
            pairs = (*self.full.get(key, ()), *self.short.get(key, ()))
            found |= {o.id: o for _, o in pairs}
        return list(found.values())

    def _begun(self, words: list[str]) -> Resolution | None:
        """Return what to say of words that are nothing but the beginning of several names."""
        found = tuple(office.id for office in self._opened_by(words))[:_CANDIDATES]
        if len(found) < 2:
            return None
        return Resolution(certainty=Certainty.AMBIGUOUS, why=Why.SEVERAL, candidates=found)

    @cached_property
    def _sorted(self) -> list[Words]:
        """All forms in order, made when the first short one is read."""
        return sorted({*self.full, *self.short})

    def _judged(self, form: list[str], offices: list[Office]) -> Resolution:
        found = tuple(office.id for office in offices)
        if len(found) > 1:
            return Resolution(certainty=Certainty.AMBIGUOUS, why=Why.SEVERAL, candidates=found)
        if self._larger(tuple(form), offices[0]):
            return Resolution(certainty=Certainty.AMBIGUOUS, why=Why.LARGER_PLACE, candidates=found)
        return Resolution(certainty=Certainty.CERTAIN, why=Why.NAMED, candidates=found)

    def _larger(self, form: Words, office: Office) -> bool:
        """Tell whether the bare name of a commune's place is that of a larger one, too."""
        place = place_of(office)
        if not place or len(form) > len(place) + 1:
            return False
        opened = form[: len(form) - len(place)]
        if not fits(form[len(opened) :], place) or opened not in ((), ("ubnd",)):
            return False
        key = tuple(map(bare, place))
        larger = {*PROVINCES, *self.around.bodies}
        return key in self.borne or any(tuple(map(bare, one)) == key for one in larger)

    def _elsewhere(
        self, named: list[Office], rest: tuple[list[str], list[str]]
    ) -> Resolution | None:
        """Return what to say of a known name beside a place that is not known to be ours."""
        before, after = rest
        if not named or before or not any(tuple(after[:n]) in LEVEL_WORDS for n in (1, 2)):
            return None
        if self.around.bodies:
            return Resolution(certainty=Certainty.NONE, why=Why.OTHER_PLACE)
        found = tuple(office.id for office in named)
        return Resolution(certainty=Certainty.AMBIGUOUS, why=Why.UNKNOWN_PLACE, candidates=found)


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """Return the places of all runs of words, the longest first."""
    for size in range(length, 0, -1):
        for start in range(length - size + 1):
            yield start, start + size
