"""Whom an item of *Kính gửi* or *Nơi nhận* means: groups and offices of the directory.

A letter says "các cơ quan, ban, ngành, đoàn thể huyện" for agencies that a directory keeps in
groups of its own. Only the usual words are known here, each as a whole; an item that names a
district, a province or a kind of office besides is left to a person. A wrong recipient is worse
than one that is missing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from domain.ids import OfficeId
from domain.office import Directory
from mappings.names.fold import fold
from mappings.names.resolve import resolve

_REMARK = re.compile(r"\([^()]{0,80}\)|[“\"][^“”\"]{0,80}[”\"]")
_ABOVE = tuple(map(fold, ("như trên", "như kính gửi", "như điều", "như mục")))
_FILED = fold("lưu")
_ALL = fold("các")
_COMMITTEE = fold("ủy ban nhân dân")
_HEADS = tuple(
    map(fold, ("thủ trưởng các", "lãnh đạo các", "chủ tịch UBND các", "UBND các", "các", "UBND"))
)
"""What stands before kinds of offices: their heads are addressed through the office."""

# Folded words of letters, with words of the groups that are meant; the agencies of a district are
# "phòng, ban, ngành", those of the Party among them.
_KINDS: Mapping[str, tuple[str, ...]] = {
    fold(kind): tuple(map(fold, groups))
    for kind, groups in {
        "cơ quan": ("cơ quan",),
        "cơ quan chuyên môn": ("cơ quan chuyên môn",),
        "phòng": ("cơ quan chuyên môn", "phòng"),
        "phòng chuyên môn": ("cơ quan chuyên môn", "phòng"),
        "ban": ("cơ quan Đảng", "ban"),
        "ngành": ("ngành",),
        "đơn vị": ("đơn vị",),
        "đơn vị sự nghiệp": ("sự nghiệp",),
        "đoàn thể": ("đoàn thể",),
        "tổ chức đoàn thể": ("đoàn thể",),
    }.items()
}
# Kinds that people write as one: each of them must be found.
_TOGETHER = {fold("ban ngành"): tuple(map(fold, ("cơ quan chuyên môn", "ban", "ngành")))}
_PLACES = frozenset(map(fold, ("xã", "phường", "thị trấn", "đặc khu", "thôn, tổ dân phố")))
_LEVELS = frozenset(map(fold, ("huyện", "tỉnh", "xã", "phường", "thị xã", "thành phố", "thị trấn")))
_WITHIN = tuple(map(fold, ("", "của", "thuộc", "trực thuộc", "trên địa bàn", "cấp")))
_NOT_THOSE = fold("cơ quan nhận tổng hợp")

# "CT, PCT UBND huyện" are the leaders of that office, whom a directory lists as one entry.
_LEADERS = (
    (re.compile(r"(?:CT|Chủ tịch),?\s*(?:và\s+)?(?:các\s+)?(?:PCT|Phó Chủ tịch)\s+"), "Lãnh đạo "),
    (
        re.compile(r"(?:C|CVP|Chánh),?\s*(?:và\s+)?(?:các\s+)?(?:PCVP|PVP|Phó (?:Chánh )?VP)\s+"),
        "Lãnh đạo Văn phòng ",
    ),
)
_SEPARATORS = re.compile(r"[,;]|\s+và\s+|\s+-\s+")
# The comma within "CT, PCT" separates nothing.
_PART = re.compile(rf"\s*(?:{'|'.join(posts.pattern for posts, _ in _LEADERS)})?[^,;]+")
# "UBND các xã: A, B" and "các xã A, B" are names of which the kind is written once.
_BY_NAME = re.compile(
    r"\s*(?:Thủ trưởng\s+|Lãnh đạo\s+|Chủ tịch\s+)?(?:UBND\s+|[ỦU][ỷy] ban nhân dân\s+)?các\s+"
    r"(?P<kinds>(?:xã|phường|thị trấn)(?:(?:\s*,\s*|\s+và\s+)(?:xã|phường|thị trấn))*|phòng)"
    r"(?:\s*:\s*|\s+)(?P<names>[^\s:,;][^:]*)",
    re.IGNORECASE,
)
_SECTION = fold("phòng")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where a letter is from: ``unit`` is our own office, ``parent`` the body above it.

    ``day`` is that of the letter.
    """

    unit: str
    directory: Directory
    day: date
    parent: str = ""

    @property
    def own_words(self) -> frozenset[str]:
        """Return the folded words that may follow a name and say "of ours"."""
        level, _, place = self.own_name.partition(" ")
        names = (level, self.own_name, place)
        return frozenset(
            {"", *(f"{link} {own}".strip() for link in _WITHIN for own in names if own)}
        )

    @property
    def own_name(self) -> str:
        """Return "huyện Hữu Lũng" folded; empty where our office is no committee of a place."""
        name = _committee(fold(self.unit)).removeprefix(f"{_COMMITTEE} ")
        return name if name.split(" ")[0] in _LEVELS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What was found for an item; ``unknown`` are the parts of it that are left to a person."""

    groups: tuple[str, ...] = ()
    offices: tuple[OfficeId, ...] = ()
    unknown: tuple[str, ...] = ()


def speaks_of_nobody(item: str) -> bool:
    """Tell whether an item only repeats the addressees or says where the letter is filed."""
    words = fold(item)
    return words.split(" ")[0] == _FILED or words.startswith(_ABOVE)


def is_unit_by_name(words: str, here: Here) -> bool:
    """Tell whether words name our own office so that they can name no other."""
    key = _committee(fold(_REMARK.sub(" ", words)))
    _, _, place = here.own_name.partition(" ")
    return key == _committee(fold(here.unit)) or (
        bool(place) and is_unit(words, here) and key.endswith(f" {place}")
    )


def is_unit(words: str, here: Here) -> bool:
    """Tell whether words name our own office, in full or as "UBND huyện".

    What is only "UBND" or "UBND huyện" means ours in a letter of ours, and another in another's.
    """
    name = _committee(fold(_REMARK.sub(" ", words)))
    unit = _committee(fold(here.unit))
    rest = name.removeprefix(_COMMITTEE).strip()
    return name == unit or (rest != name and unit.startswith(_COMMITTEE) and rest in here.own_words)


def office_named(words: str, here: Here) -> OfficeId | None:
    """Return the one office whose name, with nothing foreign beside it, is what is written."""
    called = _offices_called(fold(_REMARK.sub(" ", words)), here)
    if called:
        return called[0] if len(called) == 1 else None
    around = (here.unit, here.parent)
    return resolve(_REMARK.sub(" ", words), here.directory, here.day, around=around).office


def whom(item: str, here: Here) -> Meant:
    """Return the groups and offices that one item means on the letter's day."""
    words = _REMARK.sub(" ", item)
    groups = _group_called(fold(words), here)
    if groups:
        return Meant(groups=groups)
    for name in (words, *_of_leaders(words)):
        office = office_named(name, here)
        if office is not None:
            return Meant(offices=(office,))
    return _kinds(words, here) or _by_name(words, here) or _several(words, here)


def _offices_called(key: str, here: Here) -> list[OfficeId]:
    """Return the offices with just this name, remarks in it left out: "Lãnh đạo UBND (CT, PCT)"."""
    return [
        office.id
        for office in here.directory.offices
        if office.valid_on(here.day)
        and key in {fold(_REMARK.sub(" ", name)) for name in (office.name, *office.aliases)}
    ]


def _group_called(key: str, here: Here) -> tuple[str, ...]:
    names = {key, f"{_ALL} {key}", _committee(key).removeprefix(_COMMITTEE).strip()}
    return tuple(group for group in _groups(here) if fold(group) in names)


def _groups(here: Here) -> Iterator[str]:
    """Return the groups that have an office on the day, in the directory's order."""
    offices = (o for o in here.directory.offices if o.valid_on(here.day))
    yield from dict.fromkeys(group for office in offices for group in office.groups)


def _of_leaders(words: str) -> Iterator[str]:
    """Return how a directory may call the leaders whom an item lists by their posts."""
    for pattern, called in _LEADERS:
        match = pattern.match(words.strip())
        if match:
            yield called + words.strip()[match.end() :]


def _kinds(words: str, here: Here) -> Meant | None:
    """Return the groups of "các cơ quan, ban, ngành, đoàn thể huyện"; None when it is no such item.

    Every part must be a kind that is known; else the whole is left, lest a part of it mislead.
    A kind of which the directory has no group is unknown, so that nobody is left out in silence.
    """
    written = [part.strip() for part in _SEPARATORS.split(words) if fold(part)]
    parts = [fold(part) for part in written]
    if not parts:
        return None
    head = next((head for head in _HEADS if f"{parts[0]} ".startswith(f"{head} ")), None)
    if head is None:
        return None
    parts[0] = parts[0].removeprefix(head).strip()
    parts[-1] = _without_own(parts[-1], here)
    kinds = [part.removeprefix(f"{_ALL} ") for part in parts]
    if not all(kind in _KINDS or kind in _PLACES or kind in _TOGETHER for kind in kinds):
        return None
    found = {kind: _groups_of(kind, here) for kind in kinds}
    groups = dict.fromkeys(group for of_kind in found.values() for one in of_kind for group in one)
    unknown = (part for part, kind in zip(written, kinds, strict=True) if not all(found[kind]))
    return Meant(groups=tuple(groups), unknown=tuple(unknown)) if groups else None


def _groups_of(kind: str, here: Here) -> list[tuple[str, ...]]:
    """Return the groups of a kind, or of each of those that are written as one."""
    return [
        tuple(group for group in _groups(here) if _is_of(one, group))
        for one in _TOGETHER.get(kind, (kind,))
    ]


def _without_own(words: str, here: Here) -> str:
    """Take "huyện", "huyện Hữu Lũng" or "trên địa bàn huyện" from the end of words."""
    own = sorted((own for own in here.own_words if own), key=len, reverse=True)
    end = next((own for own in own if words.endswith(f" {own}")), "")
    return words.removesuffix(end).strip()


def _is_of(kind: str, group: str) -> bool:
    name = fold(_REMARK.sub(" ", group)).removeprefix(f"{_ALL} ")
    if name == _NOT_THOSE:
        return False
    if kind in _PLACES:
        parts = _SEPARATORS.split(_REMARK.sub(" ", group))
        return kind in {fold(part).removeprefix(f"{_ALL} ") for part in parts}
    return any(f" {words} " in f" {name} " for words in _KINDS[kind])


def _by_name(words: str, here: Here) -> Meant | None:
    """Return the offices of "UBND các xã: A, B" or "các phòng: A, B"; None for another item.

    A place that is named behind the last may be that of all, so a strange one leaves the whole.
    """
    match = _BY_NAME.fullmatch(words)
    if match is None:
        return None
    kinds = [fold(kind) for kind in re.split(r",|\s+và\s+", match["kinds"])]
    opened = ["Phòng"] if kinds == [_SECTION] else [f"UBND {kind}" for kind in kinds]
    between = r"[,;]" if kinds == [_SECTION] else r"[,;]|\s+và\s+"
    names = [name.strip() for name in re.split(between, match["names"]) if name.strip()]
    if ":" not in words and len(names) == 1:
        return None
    found = {name: _opened_by(opened, name, here) for name in names}
    last = names[-1]
    if found[last] is None and not _LEVELS.isdisjoint(fold(last).split()):
        return Meant(unknown=(words.strip(),))
    return Meant(
        offices=tuple(dict.fromkeys(office for office in found.values() if office is not None)),
        unknown=tuple(
            name if ":" in words else f"{opened[0]} {name}"
            for name, office in found.items()
            if office is None
        ),
    )


def _opened_by(opened: list[str], name: str, here: Here) -> OfficeId | None:
    """Return the one office that a name means with one of the openings, or by itself."""
    offices = {office_named(f"{opening} {name}", here) for opening in opened} - {None}
    if len(offices) > 1:
        return None
    return next(iter(offices), None) or office_named(name, here)


def _several(words: str, here: Here) -> Meant:
    """Return the offices of a list; what is no office of ours is left to a person."""
    parts = [part for found in _PART.finditer(words) if (part := found[0].strip())]
    named = {
        part: next(
            filter(None, (office_named(name, here) for name in (part, *_of_leaders(part)))), None
        )
        for part in parts
    }
    return Meant(
        offices=tuple(office for office in named.values() if office is not None),
        unknown=tuple(part for part, office in named.items() if office is None),
    )


def _committee(key: str) -> str:
    return f" {key} ".replace(" ubnd ", f" {_COMMITTEE} ").strip()
