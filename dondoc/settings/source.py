"""One YAML file as plain data, with the line and column of every key and value.

Duplicate keys, unknown tags and aliases are reported all at once, which the round-trip loader
cannot do; therefore the node graph is read, not the finished document. Aliases are refused
because a few nested ones expand without limit.
"""

import errno
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from domain.errors import Problem
from domain.words import Words, say
from dondoc.settings.quick_yaml import TAGS, Places, find_places, read_quickly
from dondoc.settings.quick_yaml import Position as Position
from dondoc.settings.quick_yaml import Trail as Trail
from dondoc.settings.yaml_words import yaml_words

MAX_OCTETS = 6_291_456
"""A directory of 11,000 offices is 1.2 million octets, with nearly every key 4.7 million."""

MAX_PARTS = 500_000
"""Separators of YAML in a file: such a directory has 430,000 of them.

What a file costs goes by the number of its values; a wrong one of which each is told costs most.
"""

_SEPARATORS = ("\n", ",", ": ", "- ", "[", "{")

SPLIT = say("split it into several files, or name the right file")

_BEYOND_YAML = say("write plain text, a number, a date, a list or a mapping")


_AT_ONCE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotAFile(OSError):
    """A pipe, a socket or a device: nothing may ever come of it, or no end."""


def octets(path: Path, limit: int = MAX_OCTETS) -> bytes:
    """Return a file, one octet more than ``limit`` at most, and wait for no other process.

    Raises ``OSError``; ``NotAFile`` for what is neither a file nor a folder.
    """
    try:
        descriptor = os.open(path, _AT_ONCE)
    except OSError as error:
        if error.errno == errno.ENXIO:
            # A socket, or a device without a driver.
            raise NotAFile(error.errno, error.strerror, str(path)) from error
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise NotAFile(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    except OSError:
        os.close(descriptor)
        raise
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(limit + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's data and where each part stands; ``file`` is the name to show.

    ``places`` are looked for when the first problem is to be shown: a sound directory of a whole
    country needs none of them, and they take more room than its data.
    ``broken`` are the places that were reported already, where no value could be had.
    """

    path: Path
    file: str
    data: object
    places: Callable[[], Places]
    broken: frozenset[Position]
    read: Callable[[Path], bytes] = octets
    """Reads the files that this one names, from where it was read itself."""

    def position(self, path: Trail, *, key: bool = False) -> Position:
        """Return where a value, or its key, stands; the nearest enclosing value when it does not.

        A value that was left empty has no place of its own, so its key is meant.
        """
        places = self.places()
        if key and path in places.keys:
            return places.keys[path]
        while path not in places.values and path:
            path = path[:-1]
        return places.values.get(path, (1, 1))

    def problem(
        self, path: Trail, what: Words, advice: Words, *, key: bool = False, warning: bool = False
    ) -> Problem:
        """Make a problem that points at a value of this file, or at its key."""
        line, column = self.position(path, key=key)
        return Problem(
            file=self.file, line=line, column=column, what=what, advice=advice, warning=warning
        )


def read_document(
    path: Path, read: Callable[[Path], bytes] = octets
) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read one file; without a document when nothing of it can be used."""
    file = str(path)
    try:
        content = read(path)
    except OSError as error:
        return None, (
            _at(
                file,
                (0, 0),
                say("cannot be read: {reason}", reason=os_reason(error)),
                os_advice(error),
            ),
        )
    if len(content) > MAX_OCTETS:
        return None, (
            _at(
                file,
                (0, 0),
                say("is larger than {octets} octets", octets=MAX_OCTETS),
                SPLIT,
            ),
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (
            _at(
                file,
                _after(content[: error.start].decode("utf-8-sig")),
                say("is not UTF-8 text"),
                say("save the file as UTF-8"),
            ),
        )
    return _parse(path, text)


def os_reason(error: OSError) -> Words:
    """Return why a file could not be read or written."""
    if error.errno == errno.ELOOP:
        return say("its links lead in a circle")
    match error:
        case FileNotFoundError():
            return say("there is no such file")
        case PermissionError():
            return say("Dondoc may not read it")
        case IsADirectoryError():
            return say("it is a folder")
        case NotAFile():
            return say("it is a pipe, a socket or a device")
    return say("{text}", text=error.strerror)


def os_advice(error: OSError) -> Words:
    """Return what to do about a file of the configuration that could not be read."""
    if isinstance(error, NotAFile):
        return say("put a plain file in its place, or take it away")
    return say("check the name and the rights")


def _parse(path: Path, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    if sum(map(text.count, _SEPARATORS)) > MAX_PARTS:
        what = say("has more than {parts} lines, keys and items", parts=MAX_PARTS)
        return None, (_at(str(path), (0, 0), what, SPLIT),)
    data = read_quickly(text)
    if data is None:
        return read_thoroughly(path, text)
    places = cache(partial(find_places, text))
    document = Document(path=path, file=str(path), data=data, places=places, broken=frozenset())
    return document, ()


def read_thoroughly(path: Path, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read the text of a file by ruamel.yaml, which can tell what is wrong in it."""
    file = str(path)
    try:
        reader = _Reader(file)
        # ruamel.yaml gives no type for what compose returns.
        root: Any = reader.yaml.compose(text)
        if not isinstance(root, MappingNode):
            found = say("is empty") if root is None else say("is not a mapping")
            return None, (_at(file, (1, 1), found, say("begin it with keys, as `key: value`")),)
        data = reader.plain(root, (), _mark(root.start_mark))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (1, 1) if mark is None else _mark(mark)
        what = say("is not YAML: {reason}", reason=yaml_words(error.problem or error.context or ""))
        return None, (_at(file, position, what, say("check indentation, colons and quotes here")),)
    except ReaderError as error:
        position = _after(text[: error.position])
        return None, (
            _at(file, position, say("holds a control character"), say("remove the character")),
        )
    except RecursionError:
        return None, (_at(file, (1, 1), say("is nested too deeply"), say("take out the brackets")),)
    places = Places(keys=reader.keys, values=reader.values)
    document = Document(
        path=path,
        file=file,
        data=data,
        places=lambda: places,
        broken=frozenset((problem.line, problem.column) for problem in reader.problems),
    )
    return document, tuple(reader.problems)


class _Reader:
    def __init__(self, file: str) -> None:
        self.yaml = YAML(typ="safe", pure=True)
        # Told of each alias already; the library would write to the terminal.
        self.yaml.composer.warn_double_anchors = False
        self.file = file
        self.keys: dict[Trail, Position] = {}
        self.values: dict[Trail, Position] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def plain(self, node: Node, path: Trail, at: Position) -> object:
        self.values[path] = at
        if id(node) in self._seen:
            self._add(at, say("repeats a value by an alias"), say("write the value out here"))
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
                what = say(
                    'key "{name}" stands here again, first in line {line}', name=name, line=first[0]
                )
                self._add(at, what, say("keep one of the two"))
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
                self._add(at, say("a key must be a word"), _BEYOND_YAML)

    def _scalar(self, node: Node, at: Position) -> object:
        if str(node.tag) not in TAGS:
            self._add(
                at, say("has the tag {tag}, which means nothing here", tag=node.tag), _BEYOND_YAML
            )
            return None
        try:
            # ruamel.yaml gives no type for what it constructs.
            value: Any = self.yaml.constructor.construct_object(node)
        except ValueError:
            # A day that does not exist or a number beyond all bounds: kept as text, so that the
            # check of this key's type reports it.
            value = node.value
        return _composed(value) if isinstance(value, str) else value

    def _add(self, at: Position, what: Words, advice: Words) -> None:
        self.problems.append(_at(self.file, at, what, advice))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _mark(mark: StringMark) -> Position:
    return mark.line + 1, mark.column + 1


def _after(text: str) -> Position:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _at(file: str, position: Position, what: Words, advice: Words) -> Problem:
    line, column = position
    return Problem(file=file, line=line, column=column, what=what, advice=advice)


def problem_at(path: Path, position: Position, what: Words, advice: Words) -> Problem:
    """Make a problem of a file that is no YAML."""
    return _at(str(path), position, what, advice)
