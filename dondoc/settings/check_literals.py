"""Secrets that stand in clear text where no key of the configuration is one."""

import re
from collections.abc import Iterator, Mapping

from domain.errors import Problem
from domain.rest_forms import Template
from domain.words import say
from dondoc.settings.models_main import MainFile
from dondoc.settings.models_rest import RestFile
from dondoc.settings.placed import Placed
from dondoc.settings.problems import told
from dondoc.settings.source import Trail

_SECRET = re.compile(
    r"(?:password|passwd|matkhau|secret|token|apikey|accesskey|authorization|cookie)\Z"
)
_BY_PLACE = say(
    "take it out and write {{password}}, which the door fills from password: {{env: NAME}}"
)


def check_literals(mapping: Placed[RestFile], texts: Mapping[Trail, str]) -> Iterator[Problem]:
    """Find values of a mapping file whose names say that they are secrets; none is repeated.

    ``texts`` are those of its requests and headers by where they stand; what has a place in it is
    filled from outside.
    """
    for name in mapping.entry.values:
        texts = {**texts, ("values", name): mapping.entry.values[name]}
    for trail, text in texts.items():
        if _bears(trail[-1], text):
            yield mapping.problem(
                trail, told(trail, say("holds a secret in clear text")), _BY_PLACE
            )


def check_values(main: Placed[MainFile]) -> Iterator[Problem]:
    """Find values of doors whose names say that they are secrets."""
    for index, door in enumerate(main.entry.doors):
        for name, text in (door.rest.values if door.rest else {}).items():
            if _bears(name, text):
                trail = ("doors", index, "rest", "values", name)
                yield main.problem(
                    trail,
                    told(trail, say("holds a secret in clear text")),
                    say("take it out; a secret goes into password: {{env: NAME}}"),
                )


def _bears(name: str | int, text: str) -> bool:
    letters = re.sub("[^a-z]", "", str(name).lower())
    return bool(_SECRET.search(letters) and text.strip() and not _filled(text))


def _filled(text: str) -> bool:
    try:
        return bool(Template(text).names)
    except ValueError:  # told as a problem of its own
        return True
