"""How much of an attached file is read at most."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import TooLarge
from domain.words import Words, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one file: octets as it came and once expanded, parts, pages, characters.

    ``directory`` is in octets, for the list of parts. ``elements`` are those of one paragraph or
    row, which alone is in memory: about 40 MB. ``drawn`` are octets of what the pages of a PDF
    are drawn with, each as often as it is drawn, ``objects`` what they show (texts, lines,
    pictures), and ``streams`` the file's own.
    """

    octets: int = 50 * 1024 * 1024
    expanded: int = 64 * 1024 * 1024
    directory: int = 1024 * 1024
    members: int = 5_000
    elements: int = 250_000
    pages: int = 200
    drawn: int = 32 * 1024 * 1024
    objects: int = 500_000
    streams: int = 20_000
    characters: int = 2_000_000


_UNITS: Mapping[str, Words] = {
    "octets": say("octets"),
    "octets once expanded": say("octets once expanded"),
    "octets of its list of parts": say("octets of its list of parts"),
    "parts": say("parts"),
    "pages": say("pages"),
    "characters": say("characters"),
    "sheets": say("sheets"),
    "texts": say("texts"),
    "cells": say("cells"),
    "merged cells": say("merged cells"),
    "elements in one row": say("elements in one row"),
    "elements in one paragraph or row": say("elements in one paragraph or row"),
    "rows": say("rows"),
    "columns": say("columns"),
}
"""Here, since most calls find nothing too large and are many."""


def within(what: str, found: int, limit: int, unit: str) -> None:
    """Raise ``TooLarge`` when there is more of something than the limit allows."""
    if found > limit:
        raise TooLarge(
            what,
            say(
                "{found} {unit}, and at most {limit} are read; open it by hand",
                found=found,
                unit=_UNITS.get(unit, unit),
                limit=limit,
            ),
        )
