"""Which column of a list holds what, by its heading, and the words for kinds and levels."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TypeVar

from ruamel.yaml import YAML

from domain.office import OfficeKind, OfficeLevel
from mappings.names.fold import fold

Meaning = TypeVar("Meaning")

_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")


class Column(StrEnum):
    """What a column of a list of offices holds; values are the keys of the files of columns."""

    ORDINAL = "ordinal"
    ID = "id"
    NAME = "name"
    ALIASES = "aliases"
    KIND = "kind"
    LEVEL = "level"
    PARENT = "parent"
    GROUPS = "groups"
    ORGAN_ID = "organ_id"
    ORGAN_ID_OLD = "organ_id_old"
    EMAILS = "emails"
    LEADER_EMAILS = "leader_emails"
    PRIVATE_EMAILS = "private_emails"
    DEPUTIES = "deputies"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    SUCCESSORS = "successors"
    NOTE = "note"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words for columns, kinds and levels; the first of each is written when a list is exported."""

    headings: Mapping[Column, tuple[str, ...]]
    kinds: Mapping[OfficeKind, tuple[str, ...]]
    levels: Mapping[OfficeLevel, tuple[str, ...]]

    def with_more(
        self,
        headings: Mapping[Column, Iterable[str]],
        kinds: Mapping[OfficeKind, Iterable[str]],
        levels: Mapping[OfficeLevel, Iterable[str]],
    ) -> "Words":
        """Return these words and further ones; a further one wins where it was something else."""
        return Words(
            headings={c: (*self.headings.get(c, ()), *headings.get(c, ())) for c in Column},
            kinds={k: (*self.kinds.get(k, ()), *kinds.get(k, ())) for k in OfficeKind},
            levels={v: (*self.levels.get(v, ()), *levels.get(v, ())) for v in OfficeLevel},
        )


@cache
def default_words() -> Words:
    """Return the words that come with Dondoc."""
    text = (files("mappings.directory") / "columns.yaml").read_text("utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    return Words(
        headings={Column(key): tuple(words) for key, words in data["headings"].items()},
        kinds={OfficeKind(key): tuple(words) for key, words in data["kinds"].items()},
        levels={OfficeLevel(key): tuple(words) for key, words in data["levels"].items()},
    )


class Vocabulary:
    """Words looked up as people write them."""

    def __init__(self, words: Words) -> None:
        self._headings = _keys(words.headings)
        self._kinds = _keys(words.kinds) | {kind.value: kind for kind in OfficeKind}
        self._levels = _keys(words.levels) | {level.value: level for level in OfficeLevel}

    def column(self, heading: str) -> Column | None:
        """Return what a column holds by its heading; None when the heading is not known."""
        found = self._headings.get(fold(heading))
        return found or self._headings.get(fold(_BRACKETS.sub(" ", heading)))

    def kind(self, text: str) -> OfficeKind | None:
        """Return the kind that a word names, in Vietnamese or as the file has it."""
        return self._kinds.get(text) or self._kinds.get(fold(text))

    def level(self, text: str) -> OfficeLevel | None:
        """Return the level that a word names, in Vietnamese or as the file has it."""
        return self._levels.get(text) or self._levels.get(fold(text))


def _keys(words: Mapping[Meaning, Iterable[str]]) -> dict[str, Meaning]:
    return {fold(word): meaning for meaning, listed in words.items() for word in listed}
