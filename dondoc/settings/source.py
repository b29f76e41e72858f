"""One YAML file as plain data, with the line and column of every key and value.

Duplicate keys, unknown tags and aliases are reported all at once, which the round-trip loader
cannot do; therefore the node graph is read, not the finished document. Aliases are refused
because a few nested ones expand without limit.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from domain.errors import Problem

MAX_OCTETS = 1_048_576
"""A directory of a whole province is about 300 000 octets; more is a mistake."""

Trail = tuple[str | int, ...]
"""Keys and list positions (from 0) that lead to a value."""

Position = tuple[int, int]
"""Line and column, both from 1."""

_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")
)
_BEYOND_YAML = "write plain text, a number, a date, a list or a mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's data and where each part stands; ``file`` is the name to show.

    ``broken`` are the places that were reported already, where no value could be had.
    """

    path: Path
    file: str
    data: object
    keys: Mapping[Trail, Position]
    values: Mapping[Trail, Position]
    broken: frozenset[Position]

    def position(self, path: Trail, *, key: bool = False) -> Position:
        """Return where a value, or its key, stands; the nearest enclosing value when it does not.

        A value that was left empty has no place of its own, so its key is meant.
        """
        if key and path in self.keys:
            return self.keys[path]
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def problem(
        self, path: Trail, what: str, advice: str, *, key: bool = False, warning: bool = False
    ) -> Problem:
        """Make a problem that points at a value of this file, or at its key."""
        line, column = self.position(path, key=key)
        return Problem(
            file=self.file, line=line, column=column, what=what, advice=advice, warning=warning
        )


def octets(path: Path) -> bytes:
    """Return a file, one octet more than ``MAX_OCTETS`` at most; raises ``OSError``."""
    with path.open("rb") as stream:
        return stream.read(MAX_OCTETS + 1)


def read_document(
    path: Path, read: Callable[[Path], bytes] = octets
) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read one file; without a document when nothing of it can be used."""
    file = str(path)
    try:
        content = read(path)
    except OSError as error:
        return None, (
            _at(file, (0, 0), f"cannot be read: {error.strerror}", "check the name and the rights"),
        )
    if len(content) > MAX_OCTETS:
        return None, (
            _at(
                file,
                (0, 0),
                f"is larger than {MAX_OCTETS} octets",
                "split it, or name the right file",
            ),
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (
            _at(
                file,
                _after(content[: error.start].decode("utf-8-sig")),
                "is not UTF-8 text",
                "save the file as UTF-8",
            ),
        )
    return _parse(path, text)


def _parse(path: Path, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    file = str(path)
    try:
        reader = _Reader(file)
        # ruamel.yaml gives no type for what compose returns.
        root: Any = reader.yaml.compose(text)
        if not isinstance(root, MappingNode):
            found = "is empty" if root is None else "is not a mapping"
            return None, (_at(file, (1, 1), found, "begin it with keys, as `key: value`"),)
        data = reader.plain(root, (), _mark(root.start_mark))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (1, 1) if mark is None else _mark(mark)
        what = f"is not YAML: {error.problem or error.context}"
        return None, (_at(file, position, what, "check indentation, colons and quotes here"),)
    except ReaderError as error:
        position = _after(text[: error.position])
        return None, (_at(file, position, "holds a control character", "remove the character"),)
    except RecursionError:
        return None, (_at(file, (1, 1), "is nested too deeply", "take out the brackets"),)
    document = Document(
        path=path,
        file=file,
        data=data,
        keys=reader.keys,
        values=reader.values,
        broken=frozenset((problem.line, problem.column) for problem in reader.problems),
    )
    return document, tuple(reader.problems)


class _Reader:
    def __init__(self, file: str) -> None:
        self.yaml = YAML(typ="safe", pure=True)
        self.file = file
        self.keys: dict[Trail, Position] = {}
        self.values: dict[Trail, Position] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def plain(self, node: Node, path: Trail, at: Position) -> object:
        self.values[path] = at
        if id(node) in self._seen:
            self._add(at, "repeats a value by an alias", "write the value out here")
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [
                self.plain(item, (*path, index), self._place(item, at))
                for index, item in enumerate(node.value)
            ]
        return self._scalar(node, at)

    def _place(self, node: Node, outer: Position) -> Position:
        # The node of an alias bears the mark of its anchor, and an empty value that of the next
        # token, often lines below; for both the key or the list is meant.
        empty = isinstance(node, ScalarNode) and not node.value and node.style is None
        return outer if empty or id(node) in self._seen else _mark(node.start_mark)

    def _mapping(self, node: MappingNode, path: Trail) -> dict[str, object]:
        data: dict[str, object] = {}
        for name, at, value in self._entries(node):
            if name in data:
                first = self.keys[(*path, name)]
                what = f'key "{name}" stands here again, first in line {first[0]}'
                self._add(at, what, "keep one of the two")
                continue
            inner = (*path, name)
            self.keys[inner] = at
            data[name] = self.plain(value, inner, self._place(value, at))
        return data

    def _entries(self, node: MappingNode) -> Iterator[tuple[str, Position, Node]]:
        for key, value in node.value:
            at = _mark(key.start_mark)
            if isinstance(key, ScalarNode):
                yield _composed(key.value), at, value
            else:
                self._add(at, "a key must be a word", _BEYOND_YAML)

    def _scalar(self, node: Node, at: Position) -> object:
        if str(node.tag) not in _TAGS:
            self._add(at, f"has the tag {node.tag}, which means nothing here", _BEYOND_YAML)
            return None
        try:
            # ruamel.yaml gives no type for what it constructs.
            value: Any = self.yaml.constructor.construct_object(node)
        except ValueError:
            # A day that does not exist or a number beyond all bounds: kept as text, so that the
            # check of this key's type reports it.
            value = node.value
        return _composed(value) if isinstance(value, str) else value

    def _add(self, at: Position, what: str, advice: str) -> None:
        self.problems.append(_at(self.file, at, what, advice))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _mark(mark: StringMark) -> Position:
    return mark.line + 1, mark.column + 1


def _after(text: str) -> Position:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _at(file: str, position: Position, what: str, advice: str) -> Problem:
    line, column = position
    return Problem(file=file, line=line, column=column, what=what, advice=advice)
