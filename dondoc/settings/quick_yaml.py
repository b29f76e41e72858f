"""Plain YAML read by libyaml: the directory of a whole country in a second, not in a minute.

Only what every reader of YAML understands alike is read here, and only files without any fault.
For all else the answer is None, and ``source.py`` reads the file with ruamel.yaml, which knows
YAML 1.2 better and says what is wrong. Both give the same data and places; plain words are given
their types by ruamel.yaml in either case.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode

Trail = tuple[str | int, ...]
"""Keys and list positions (from 0) that lead to a value."""

Position = tuple[int, int]
"""Line and column, both from 1."""

TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")
)
"""What a scalar can be; everything else is refused."""

_BLOCK_STYLES = ("|", ">")
# libyaml takes headers of them that YAML does not have.

_DEEPEST = 32
"""Nested lists and mappings; no file of ours has more than six."""

# Line breaks of YAML 1.1 that 1.2 has not, tabs, control characters, what lies beyond 16 bits;
# the lines that give a directive or end a document; and a quoted key that no blank follows.
_UNUSUAL = re.compile(
    r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
    r"|^(?:%|---|\.\.\.)"
    r"|[\"']:(?![ \n])",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where each key and each value of a file stands."""

    keys: Mapping[Trail, Position]
    values: Mapping[Trail, Position]


def read_quickly(text: str) -> dict[str, object] | None:
    """Return the data of a file that is plain and sound, else None."""
    return _read(text, None)


def find_places(text: str) -> Places:
    """Return where everything stands in a file that ``read_quickly`` has read."""
    places = _Places()
    _read(text, places)
    return Places(keys=places.keys, values=places.values)


@dataclass(slots=True)
class _Places:
    keys: dict[Trail, Position] = field(default_factory=dict)
    values: dict[Trail, Position] = field(default_factory=dict)


class _NotPlain(Exception):
    """This file needs the thorough reader."""


# PyYAML gives its events no types, and a build without libyaml has no such parser.
_LIBYAML: Callable[[str], Any] | None = getattr(yaml, "CLoader", None)


def _read(text: str, places: _Places | None) -> dict[str, object] | None:
    if _LIBYAML is None or _UNUSUAL.search(text):
        return None
    try:
        return _Reader(_LIBYAML(text), places).whole()
    except (_NotPlain, yaml.YAMLError, ValueError):
        return None


class _Reader:
    def __init__(self, parser: Any, places: _Places | None) -> None:
        self._next: Callable[[], Any] = parser.get_event
        self._places = places
        self._words: dict[str, object] = {}
        self._yaml = YAML(typ="safe", pure=True)
        self._resolvers = self._yaml.resolver.versioned_resolver

    def whole(self) -> dict[str, object]:
        self._expect(yaml.StreamStartEvent)
        self._expect(yaml.DocumentStartEvent)
        event = self._expect(yaml.MappingStartEvent)
        data = self._collection(event, (), (1, 1), 0)
        self._expect(yaml.DocumentEndEvent)
        self._expect(yaml.StreamEndEvent)
        assert isinstance(data, dict)
        return data

    def _expect(self, kind: type) -> Any:
        event = self._next()
        if type(event) is not kind:
            raise _NotPlain
        return event

    def _value(self, event: Any, path: Trail, outer: Position, depth: int) -> object:
        if type(event) is not yaml.ScalarEvent:
            return self._collection(event, path, outer, depth)
        if self._places is not None:
            # An empty value bears the mark of the next token, often lines below.
            empty = not event.value and not event.style
            self._places.values[path] = outer if empty else _mark(event)
        return self._scalar(event)

    def _collection(self, event: Any, path: Trail, outer: Position, depth: int) -> object:
        kind = type(event)
        if kind not in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            raise _NotPlain
        if event.anchor or event.tag or depth > _DEEPEST:
            raise _NotPlain
        at = outer
        if self._places is not None:
            at = self._places.values[path] = _mark(event)
        if kind is yaml.MappingStartEvent:
            return self._mapping(path, at, depth + 1)
        return self._sequence(path, at, depth + 1)

    def _mapping(self, path: Trail, at: Position, depth: int) -> dict[str, object]:
        data: dict[str, object] = {}
        while type(event := self._next()) is yaml.ScalarEvent:
            if event.anchor or event.tag or not event.value:
                raise _NotPlain
            name = _composed(event.value)
            if name in data:
                raise _NotPlain
            inner = path
            if self._places is not None:
                inner = (*path, name)
                at = self._places.keys[inner] = _mark(event)
            data[name] = self._value(self._next(), inner, at, depth)
        if type(event) is not yaml.MappingEndEvent:
            raise _NotPlain
        return data

    def _sequence(self, path: Trail, at: Position, depth: int) -> list[object]:
        items: list[object] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            inner = path if self._places is None else (*path, len(items))
            items.append(self._value(event, inner, at, depth))
        return items

    def _scalar(self, event: Any) -> object:
        if event.anchor or event.tag:
            raise _NotPlain
        text: str = event.value
        if event.style in _BLOCK_STYLES:
            raise _NotPlain
        if event.style:
            return _composed(text)
        if text not in self._words:
            self._words[text] = self._word(text)
        return self._words[text]

    def _word(self, text: str) -> object:
        if not any(pattern.match(text) for _, pattern in self._resolvers.get(text[:1], ())):
            return _composed(text)
        tag = self._yaml.resolver.resolve(ScalarNode, text, (True, False))
        if str(tag) not in TAGS:
            raise _NotPlain
        # ruamel.yaml gives no type for what it constructs.
        value: Any = self._yaml.constructor.construct_object(ScalarNode(tag, text))
        return value


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _mark(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1
