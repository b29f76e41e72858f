"""Ids for offices that are new in the directory: their names without diacritics."""

import re
from collections.abc import Container

from domain.ids import OfficeId
from mappings.names.fold import fold_loose
from mappings.names.forms import canonical

_LONGEST = 64
_YEAR = 5
"""Characters of a hyphen and a year."""
_PROVINCE = re.compile(r"\s+tỉnh\s.*", re.IGNORECASE)
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
    words = fold_loose(canonical(written)).split()
    if words[:1] == ["ubnd"] and len(words) > 1:
        words = words[1:]
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join(words)).strip("-") or "don-vi"
    while len(slug) > _LONGEST - 2 * _YEAR:
        slug = slug.rpartition("-")[0] or slug[: _LONGEST - 2 * _YEAR]
    return slug
