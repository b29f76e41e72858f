"""What lies around the offices of a directory, and what of it may stand beside a name.

"Công an tỉnh" is not the Công an of the district, though that lies in the province. A name that
says neither its level nor a place has a body of its own level beside it first: "Công an huyện Hữu
Lũng, tỉnh Lạng Sơn".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from domain.office import Directory, Office, OfficeLevel
from mappings.names.forms import Words, bare, canonical, fits, forms, level_ends, place_of, words_of

_LEVELS = {
    words[0]: tuple(tuple(words_of(word)) for word in words)
    for words in (
        ("xã", "x"),
        ("phường",),
        ("thị trấn",),
        ("huyện", "h"),
        ("thành phố", "tp"),
        ("tỉnh", "t"),
    )
}
"""Levels by the word for each, with the ways in which that is written."""
LEVEL_WORDS = frozenset(way for ways in _LEVELS.values() for way in ways)
"""The words that stand before the name of a place."""
_OF: Mapping[OfficeLevel, set[str]] = {
    OfficeLevel.COMMUNE: {"xã", "phường", "thị trấn"},
    OfficeLevel.DISTRICT: {"huyện", "thành phố"},
    OfficeLevel.PROVINCE: {"tỉnh", "thành phố"},
    OfficeLevel.CENTRAL: set(),
}
_OF_PROVINCES = tuple(words_of("Sở"))
_DIRECTLY_ABOVE = ""
"""In place of a level: the office that the directory has above one."""


class Around:
    """The bodies around some offices, our own first, and the ``places`` of the communes there.

    A body that is none of a place is a level of its own.
    """

    def __init__(self, directory: Directory, names: Sequence[str], places: Iterable[Words]) -> None:
        self._directory = directory
        self.bodies: dict[Words, set[str]] = {}
        """The forms of the names of the bodies, with their levels."""
        self._own = ""
        self._places = {_typed(place) for place in places}
        for words in filter(None, (tuple(words_of(canonical(name))) for name in names)):
            level, place = _level_and_place(unopened(words))
            self._own = self._own or level
            self._places.add(_typed(place))
            ways = ((*way, *place) for way in _LEVELS.get(level, ()) if place)
            for form in filter(None, (words, unopened(words), place, *ways)):
                self.bodies.setdefault(form, set()).add(level)

    def fits(self, form: list[str], office: Office, before: list[str], after: list[str]) -> bool:
        """Tell whether nothing but bodies around stands before and after a form of a name."""
        first = self._first(form, office)
        return (not before or self._opens(before, first)) and (
            not after or self._lies(after, office, first)
        )

    def _opens(self, words: list[str], first: set[str] | None) -> bool:
        """Tell whether words in front of a name are a body around by its whole name."""
        return any(
            len(body) == len(words)
            and (body[0] == "ubnd" or _level_and_place(body)[0] in _LEVELS)
            and (first is None or first & levels)
            and fits(words, body)
            for body, levels in self.bodies.items()
        )

    def _lies(self, words: list[str], office: Office, first: set[str] | None) -> bool:
        rests = [
            words[len(body) :]
            for body, levels in self._known(office).items()
            if len(body) <= len(words)
            and (first is None or first & levels)
            and fits(words[: len(body)], body)
        ]
        return any(not rest or self._lies(rest, office, None) for rest in rests)

    def _known(self, office: Office) -> dict[Words, set[str]]:
        levels = self._levels(office).union(*self.bodies.values())
        known = {way: {level} for level in levels & _LEVELS.keys() for way in _LEVELS[level]}
        return known | self.bodies | {form: {_DIRECTLY_ABOVE} for form in self._above(office)}

    def _above(self, office: Office) -> Iterator[Words]:
        parent = self._directory.get(office.parent) if office.parent else None
        if parent is not None and parent.id != office.id:
            yield from filter(None, (*forms(parent), place_of(parent)))

    def _first(self, form: list[str], office: Office) -> set[str] | None:
        """Return of which levels that must be what stands beside a form of a name; None for any."""
        ends = (end for end in level_ends(office) if len(end) <= len(form))
        if any(fits(form[-len(end) :], end) for end in ends) or self._has_place(form):
            return None
        return self._levels(office) | {_DIRECTLY_ABOVE}

    def _has_place(self, form: list[str]) -> bool:
        typed = _typed(form)
        ends = range(1, len(typed) + 1)
        return any(typed[start:end] in self._places for end in ends for start in range(end))

    def _levels(self, office: Office) -> set[str]:
        """Return the level of an office: by its name, by the directory, or that of our own."""
        said = {_level_and_place(end)[0] for end in level_ends(office)}
        if said:
            return said
        level = office.level
        if level is None and tuple(words_of(office.name))[:1] == _OF_PROVINCES:
            level = OfficeLevel.PROVINCE
        own = {self._own}
        if level is None:
            return own
        return _OF[level] & own or _OF[level] | (own - _LEVELS.keys())


def _level_and_place(words: Words) -> tuple[str, Words]:
    """Return the level of a body and its place; all its words, and no place, if it is of none."""
    for level, ways in _LEVELS.items():
        for way in ways:
            if words[: len(way)] == way:
                return level, words[len(way) :]
    return " ".join(words), ()


def unopened(words: Words) -> Words:
    """Return words without UBND in front, which people leave out."""
    return words[1:] if words[:1] == ("ubnd",) else words


def _typed(words: Iterable[str]) -> Words:
    return tuple(map(bare, words))
