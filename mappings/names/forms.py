"""The forms in which the name of an office is written: in full, with an abbreviated opening, short.

A form is a tuple of folded words without "và". Words typed without diacritics fit every word that
they may stand for.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from sys import intern

from domain.office import Office
from mappings.names.fold import WORDS_KEPT, fold, fold_loose

Words = tuple[str, ...]
"""One form of a name, folded."""

_AND = frozenset({"và", "va"})

# Whole openings of names (as strict keys) with what people write for them.
_OPENINGS = {
    fold(opening): tuple(fold(form) for form in forms)
    for opening, forms in {
        "UBND xã": ("xã", "x", "UBND x", "Ủy ban nhân dân xã", "Ủy ban xã", "UB xã"),
        "UBND thị trấn": ("thị trấn", "TT", "Ủy ban nhân dân thị trấn", "UBND TT"),
        "UBND phường": ("phường", "P", "UBND P", "Ủy ban nhân dân phường"),
        "Phòng": ("P",),
        "Văn phòng": ("VP",),
        "Trung tâm": ("TT",),
        "Ủy ban MTTQ": ("MTTQ", "UBMTTQ", "Ủy ban Mặt trận Tổ quốc"),
        "Hội Liên hiệp Phụ nữ": ("Hội LHPN", "Hội Phụ nữ"),
        "Hội Cựu chiến binh": ("Hội CCB",),
        "Liên đoàn Lao động": ("LĐLĐ",),
    }.items()
}
# What is clear where a text is known to be a name, and would be a guess in running text.
_ALONE = {
    fold(opening): tuple(fold(form) for form in forms)
    for opening, forms in {
        "UBND xã": ("UBND", "Ủy ban nhân dân", ""),
        "UBND thị trấn": ("UBND", "Ủy ban nhân dân", "", "TTr", "UBND TTr", "UB thị trấn"),
        "UBND phường": ("UBND", "Ủy ban nhân dân", "", "UB phường"),
        "UBND huyện": ("huyện", "H", "UBND H", "Ủy ban nhân dân huyện"),
        "UBND tỉnh": ("tỉnh", "UBND T", "Ủy ban nhân dân tỉnh"),
        "Sở": ("S",),
        "Thường trực": ("TT",),
        "Lãnh đạo": ("LĐ",),
        "Công an": ("CA",),
        "Ban Chỉ huy Quân sự": ("Ban CHQS", "BCH Quân sự", "BCHQS", "CHQS"),
        "Tòa án nhân dân": ("TAND", "Tòa án", "TA"),
        "Viện kiểm sát nhân dân": ("VKSND", "VKS", "Viện KSND", "Viện kiểm sát"),
        "Chi cục Thi hành án dân sự": ("Chi cục THADS", "THADS", "Thi hành án dân sự"),
        "Kho bạc Nhà nước": ("KBNN", "Kho bạc"),
        "Bảo hiểm xã hội": ("BHXH",),
        "Ban Quản lý dự án": ("Ban QLDA", "BQLDA"),
        "Hội Nông dân": ("HND",),
        "Ủy ban MTTQ": (
            "UB MTTQ",
            "MTTQ Việt Nam",
            "UB MTTQ Việt Nam",
            "Ủy ban MTTQ Việt Nam",
            "Ủy ban Mặt trận Tổ quốc Việt Nam",
            "Mặt trận Tổ quốc",
            "UB Mặt trận Tổ quốc",
        ),
        "Ủy ban MTTQ Việt Nam": ("MTTQ", "UBMTTQ", "UB MTTQ", "Mặt trận Tổ quốc"),
    }.items()
}
COMMUNES = tuple(fold(f"UBND {word} ") + " " for word in ("xã", "thị trấn", "phường", "đặc khu"))
"""How the names of communes open; what follows is the name of the place."""

_COMMITTEE = fold("Ủy ban nhân dân") + " "
_DEPARTMENT = re.compile(r"(phòng|sở)\s+(.+)", re.IGNORECASE)
_CENTRE = re.compile(r"(trung tâm|ban|phòng|sở|chi cục)\s+(.+)", re.IGNORECASE)
_GROUPS = re.compile(r"[\s,]+(?:và|-|–|&)\s+|\s*,\s*", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_LEVEL = re.compile(
    r"\s+(?:xã(?!\s+hội)|phường|thị trấn|huyện|thành phố|tỉnh)(?:\s.*)?$", re.IGNORECASE
)
_PROVINCE = re.compile(r"\s+tỉnh\s.*", re.IGNORECASE)
_OF_PROVINCES = fold("Sở") + " "
# What is left of a name without its level and says nothing.
_ANYBODY = frozenset(map(fold, ("Văn phòng", "Thường trực", "Lãnh đạo", "Trung tâm")))


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, without "và"."""
    return [word for word in fold(text).split() if word not in _AND]


def forms(office: Office) -> Iterator[Words]:
    """Return the forms by which running text names an office for certain."""
    return forms_of((office.name, *office.aliases))


def forms_of(names: Iterable[str]) -> Iterator[Words]:
    """Return the same of an office that is written so, its name first."""
    for written in names:
        for name in (written, *_without_province(written)):
            for key in (canonical(name), *_with_initials(name, _DEPARTMENT)):
                yield from _opened(key, _OPENINGS)


def forms_alone(office: Office) -> Iterator[Words]:
    """Return the further forms that a text has which is nothing but a name.

    The bare name of the place of a commune is among them.
    """
    for written in (office.name, *office.aliases):
        for name in dict.fromkeys(_shorter(written)):
            for key in (canonical(name), *_with_initials(name, _CENTRE), *_glued(name)):
                yield from _opened(key, _OPENINGS)
                yield from _opened(key, _ALONE)


def level_ends(office: Office) -> Iterator[Words]:
    """Return the ends of the names of an office that tell its level: "huyện", "tỉnh Lạng Sơn"."""
    for written in (office.name, *office.aliases):
        for name in dict.fromkeys((written, _BRACKETS.sub("", written))):
            match = _LEVEL.search(name)
            if match:
                yield _key_words(fold(match[0]).split())


def place_of(office: Office) -> Words:
    """Return the name of the place that a commune bears; empty for other offices."""
    key = canonical(office.name)
    for opening in COMMUNES:
        if key.startswith(opening):
            return _key_words(key.removeprefix(opening).split())
    return ()


def canonical(name: str) -> str:
    """Return the strict key of a name, its opening abbreviated as UBND."""
    key = fold(name)
    return f"ubnd {key.removeprefix(_COMMITTEE)}" if key.startswith(_COMMITTEE) else key


@lru_cache(maxsize=WORDS_KEPT)  # a word of a key is folded as itself, and words repeat
def bare(word: str) -> str:
    """Return a folded word as it is typed without diacritics."""
    return intern(fold_loose(word))


def fits(words: Iterable[str], name: Words) -> bool:
    """Tell whether each word is the name's, or is typed without any diacritics."""
    return all(word == own or word == bare(own) for word, own in zip(words, name, strict=True))


def _shorter(name: str) -> Iterator[str]:
    """Return a name with and without its level and what stands in brackets."""
    plain = _BRACKETS.sub("", name)
    for one in (name, plain):
        yield one
        if not canonical(one).startswith("ubnd "):
            shorter = _LEVEL.sub("", one)
            if fold(shorter) not in _ANYBODY:
                yield shorter


def _without_province(name: str) -> Iterator[str]:
    """Return the name of a Sở without its province; other bodies are found on each level."""
    if fold(name).startswith(_OF_PROVINCES):
        yield _PROVINCE.sub("", name)


def _opened(key: str, openings: dict[str, tuple[str, ...]]) -> Iterator[Words]:
    if key:
        yield _key_words(key.split())
    for opening, written in openings.items():
        if key.startswith(f"{opening} "):
            for form in written:
                yield _key_words(f"{form}{key.removeprefix(opening)}".split())


def _with_initials(name: str, shortened: re.Pattern[str]) -> Iterator[str]:
    """Return "phòng vhtt" and "phòng vh tt" for Phòng Văn hóa và Thông tin."""
    match = shortened.fullmatch(name)
    if match:
        groups = [_initials(group) for group in _GROUPS.split(match[2])]
        yield fold(f"{match[1]} {''.join(groups)}")
        yield fold(f"{match[1]} {' '.join(groups)}")


def _glued(name: str) -> Iterator[str]:
    """Return "stttt" for Sở Thông tin và Truyền thông."""
    match = _CENTRE.fullmatch(name)
    if match:
        yield fold(_initials(match[1]) + "".join(map(_initials, _GROUPS.split(match[2]))))


def _initials(group: str) -> str:
    return "".join(word[0] for word in group.split())


def _key_words(words: Iterable[str]) -> Words:
    # Names have few different words: each is kept once, however many offices there are.
    return tuple(intern(word) for word in words if word not in _AND)
