"""The YAML of a sheet as plain texts, each with its line.

Every scalar is taken as it is written, so that ``012`` stays ``012`` and a date stays its text;
nothing is constructed and no alias expanded.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from domain.errors import MalformedDocument, TooLarge
from mappings.folder import wording

LIMIT = 64 * 1024
"""Bytes; a sheet has some ten lines."""

_BRACKETS = 100
"""Above this a sheet is no sheet; reading nested brackets takes ruamel.yaml quadratic time."""

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a sheet, composed (NFC) and without blanks around it."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a sheet with what stands behind it."""

    key: str
    line: int
    node: Node


@dataclass(slots=True)
class Problems:
    """Everything that is wrong with one sheet."""

    found: list[str] = field(default_factory=list)

    def add(self, wording_: str, **values: object) -> None:
        """Note one more."""
        self.found.append(wording_.format(**values))

    def raise_any(self) -> None:
        """Raise ``MalformedDocument`` with all of them, if there are any."""
        if self.found:
            raise MalformedDocument(wording.SHEET, "; ".join(self.found))


def compose(content: bytes) -> MappingNode:
    """Return the tree of a sheet; raises ``MalformedDocument``, ``TooLarge`` among them."""
    if len(content) > LIMIT:
        raise TooLarge(wording.SHEET, wording.TOO_LONG.format(limit=LIMIT))
    text = _decoded(content)
    if text.count("[") + text.count("{") > _BRACKETS:
        raise _malformed(wording.TOO_DEEP)
    try:
        # ruamel.yaml gives no type for what compose returns.
        reader = YAML(typ="safe", pure=True)
        reader.composer.warn_double_anchors = False
        root: Any = reader.compose(text)
        if isinstance(root, MappingNode):
            _refuse_aliases(root, set())
            return root
    except MarkedYAMLError as error:
        raise _malformed(wording.NOT_YAML.format(line=_place(error, text))) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _malformed(wording.CONTROL.format(line=line)) from error
    except RecursionError:
        raise _malformed(wording.TOO_DEEP) from None
    raise _malformed(wording.NO_KEYS)


def entries(node: MappingNode, known: tuple[str, ...], problems: Problems) -> dict[str, Entry]:
    """Return what stands behind the known keys; others and doubles are problems."""
    found: dict[str, Entry] = {}
    for key, value in node.value:
        name = _written(key) if isinstance(key, ScalarNode) else "?"
        line = line_of(key)
        if name not in known:
            problems.add(wording.UNKNOWN_KEY, line=line, key=name, keys=", ".join(known))
        elif name in found:
            problems.add(wording.TWICE, line=line, key=name)
        else:
            found[name] = Entry(name, line, value)
    return found


def text_of(node: Node) -> str | None:
    """Return a scalar as written, "" for nothing; None for what is no scalar."""
    if not isinstance(node, ScalarNode):
        return None
    text = _written(node)
    return "" if node.style is None and text in _NOTHING else text


def items_of(node: Node) -> list[Node] | None:
    """Return the items of a list; None for what is none."""
    return list(node.value) if isinstance(node, SequenceNode) else None


def line_of(node: Node) -> int:
    """Return the line that a node begins in, counted from 1."""
    return int(node.start_mark.line) + 1


def _place(error: MarkedYAMLError, text: str) -> int:
    """Return the line of a mistake; what is not closed before the end is told where it opens."""
    marks = [error.problem_mark, error.context_mark]
    inside = [mark for mark in marks if mark and mark.index < len(text.rstrip())]
    return int(inside[0].line) + 1 if inside else 1


def _written(node: ScalarNode) -> str:
    return unicodedata.normalize("NFC", str(node.value)).strip()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _malformed(wording.NOT_UTF_8.format(line=line)) from error


def _refuse_aliases(node: Node, met: set[int]) -> None:
    if id(node) in met:
        raise _malformed(wording.ALIAS.format(line=line_of(node)))
    met.add(id(node))
    if isinstance(node, MappingNode):
        for key, value in node.value:
            _refuse_aliases(key, met)
            _refuse_aliases(value, met)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            _refuse_aliases(item, met)


def _malformed(reason: str) -> MalformedDocument:
    return MalformedDocument(wording.SHEET, reason)
