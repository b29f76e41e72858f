"""What a mail template asks for and nothing gives, told before a mail is written by it.

A template is not run: what it names is compared with the records that it will get, with the macros
that it imports, and with the filters and globals of its environment. What only running shows, such
as a missing argument, is left to a trial with sample data.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes

from domain.words import Words, say

RECORD = "mail"
"""The argument of a macro that is the record of a mail."""


@dataclass(frozen=True, slots=True, order=True)
class TemplateFlaw:
    """What is wrong with a template, at a line and column from 1."""

    line: int
    column: int
    what: Words = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The annotations that a value may have."""

    annotations: frozenset[Any]  # annotations have no common type


@dataclass(frozen=True, slots=True)
class _Macros:
    """An imported template."""

    names: frozenset[str]


_Value = _Kinds | _Macros | None
"""What a name stands for; None for what is not known."""

_Scope = dict[str, _Value]


def template_flaws(
    environment: Environment, source: str, records: Collection[type]
) -> tuple[TemplateFlaw, ...]:
    """Return what is wrong with a template whose macros get one of ``records`` as ``mail``.

    A member that any of the records has is known: phrases are shared by all kinds of mails.
    """
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        reason = say("is no template: {reason}", reason=error.message or "")
        return (TemplateFlaw(error.lineno, 1, reason),)
    reading = _Reading(environment, source.splitlines(), _Kinds(frozenset(records)))
    # A macro may be called above the place where it stands.
    names = [*environment.globals, *(macro.name for macro in tree.find_all(nodes.Macro))]
    reading.children(tree, dict.fromkeys(names))
    return tuple(sorted(reading.flaws))


@dataclass(slots=True)
class _Reading:
    environment: Environment
    lines: list[str]
    records: _Kinds
    flaws: list[TemplateFlaw] = field(default_factory=list)

    def children(self, node: nodes.Node, scope: _Scope) -> None:
        for child in node.iter_child_nodes():
            self.value(child, scope)

    def value(self, node: nodes.Node, scope: _Scope) -> _Value:
        """Look at a node and return what it gives; a statement binds its names in ``scope``."""
        match node:
            case nodes.Name(ctx="load"):
                if node.name not in scope:
                    self._tell(node, node.name, say("knows no {name}", name=node.name))
                return scope.get(node.name)
            case nodes.Getattr():
                return self._member(node, self.value(node.node, scope))
            case nodes.Import():
                scope[node.target] = self._imported(node)
            case nodes.Macro():
                named = {a.name: self.records if a.name == RECORD else None for a in node.args}
                self.children(node, {**scope, "caller": None, **named})
            case nodes.For():
                items = _items(self.value(node.iter, scope))
                bound = dict.fromkeys(_targets(node.target), items)
                self.children(node, {**scope, "loop": None, **bound})
            case nodes.Assign():
                scope |= dict.fromkeys(_targets(node.target), self.value(node.node, scope))
            case _:
                if isinstance(node, nodes.Filter) and node.name not in self.environment.filters:
                    self._tell(node, node.name, say("has no filter {name}", name=node.name))
                self.children(node, scope)
        return None

    def _member(self, node: nodes.Getattr, owner: _Value) -> _Value:
        if owner is None:
            return None
        if isinstance(owner, _Macros):
            found, known = None, node.attr in owner.names
        else:
            found, known = _members(owner, node.attr)
        if not known:
            text = _written(node)
            self._tell(node, node.attr, say("asks for {name}, which does not exist", name=text))
        return found

    def _imported(self, node: nodes.Import) -> _Value:
        if not isinstance(node.template, nodes.Const):
            return None
        name = str(node.template.value)
        try:
            loader = self.environment.loader
            source = loader.get_source(self.environment, name)[0] if loader else ""
            tree = self.environment.parse(source)
        except TemplateNotFound:
            self._tell(node, name, say("imports {name}, which does not exist", name=name))
            return None
        except TemplateSyntaxError:
            return None  # told where that template is looked at
        return _Macros(frozenset(macro.name for macro in tree.find_all(nodes.Macro)))

    def _tell(self, node: nodes.Node, word: str, what: Words) -> None:
        """Add a flaw at the first such word from the node's line on that none stands at yet."""
        told = {(flaw.line, flaw.column) for flaw in self.flaws}
        for number in range(node.lineno, len(self.lines) + 1):
            for found in re.finditer(rf"\b{re.escape(word)}\b", self.lines[number - 1]):
                if (number, found.start() + 1) not in told:
                    self.flaws.append(TemplateFlaw(number, found.start() + 1, what))
                    return
        self.flaws.append(TemplateFlaw(node.lineno, 1, what))


def _members(owner: _Kinds, name: str) -> tuple[_Value, bool]:
    """Return what a member may be, and whether any of the owner's kinds has it."""
    found: set[Any] = set()
    known = False
    for kind in _classes(owner):
        known = known or hasattr(kind, name)
        annotation = get_type_hints(kind).get(name) if hasattr(kind, name) else None
        if annotation is not None:
            found.add(annotation)
    return (_Kinds(frozenset(found)) if found else None), known


def _classes(value: _Kinds) -> Iterator[type]:
    for annotation in value.annotations:
        yield from _classes_of(annotation)


def _classes_of(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    if get_origin(annotation) in {Union, UnionType}:
        for part in get_args(annotation):
            yield from _classes_of(part)
    elif isinstance(kind := get_origin(annotation) or annotation, type) and kind is not type(None):
        yield kind


def _items(value: _Value) -> _Value:
    """Return what the items of a tuple are."""
    if not isinstance(value, _Kinds):
        return None
    listed = [get_args(a)[0] for a in value.annotations if get_origin(a) is tuple]
    return _Kinds(frozenset(listed)) if listed else None


def _targets(target: nodes.Node) -> list[str]:
    names = [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name)
    return [name.name for name in names]


def _written(node: nodes.Getattr) -> str:
    owner = node.node
    before = _written(owner) if isinstance(owner, nodes.Getattr) else getattr(owner, "name", "…")
    return f"{before}.{node.attr}"
