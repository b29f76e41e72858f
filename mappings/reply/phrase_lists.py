"""Reading the lists of phrases, those that come with Dondoc and an administrator's own.

Apart from searching for them, since a process that only reads mail needs no YAML.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from domain.errors import MalformedDocument
from mappings.names.fold import fold
from mappings.reply.phrases import Phrases


@cache
def default_phrases() -> Phrases:
    """Return the phrases that come with Dondoc."""
    text = (files("mappings.reply") / "phrases.yaml").read_text("utf-8")
    return read_phrases(text)


def read_phrases(text: str, base: Phrases | None = None) -> Phrases:
    """Return the phrases of a YAML text; lists that it leaves out come from ``base``.

    Raises MalformedDocument for YAML that cannot be read, unknown or missing lists, and for
    anything else than lists of texts.
    """
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise MalformedDocument("the list of phrases", str(error)) from error
    if not isinstance(data, Mapping):
        raise MalformedDocument("the list of phrases", "it is no mapping of names to lists")
    names = [field.name for field in fields(Phrases)]
    unknown = sorted(str(name) for name in data if name not in names)
    if unknown:
        raise MalformedDocument("the list of phrases", f"unknown names: {', '.join(unknown)}")
    return _phrases(names, data, base)


def _phrases(names: list[str], data: Mapping[object, object], base: Phrases | None) -> Phrases:
    found = {name: _read(name, data[name]) for name in names if name in data}
    if base is None:
        missing = [name for name in names if name not in found]
        if missing:
            raise MalformedDocument("the list of phrases", f"missing: {', '.join(missing)}")
    else:
        found = {name: getattr(base, name) for name in names} | found
    return Phrases(**found)


# Any: the dataclass's constructor checks nothing, this function does.
def _read(name: str, value: object) -> Any:
    if name == "abbreviations":
        if isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()):
            return tuple((str(short), full) for short, full in value.items())
    elif isinstance(value, list) and all(isinstance(v, str) and fold(v) for v in value):
        return tuple(value)
    raise MalformedDocument("the list of phrases", f"{name} is not a list of texts")
