"""A sandbox for an administrator's templates whose work is bounded, wherever a mail is written.

Jinja's own sandbox keeps a template from what it must not reach, and lets it run and grow for ever.
Here each block that is entered, each item of a loop and each character that is made costs
something, and what is spent beyond ``MOST_WORK`` in one text ends it. Filters and methods whose
result is not bounded by what they are given are left out, or count what they will make first.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from jinja2 import Undefined, nodes, pass_environment, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS, do_join, do_replace
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext, Macro, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner
from markupsafe import soft_str

MOST_WORK = 2_000_000
"""Characters and steps of one text; our largest mail takes some 100,000."""

_A_BLOCK = 50
"""What entering a block costs beside its text: about as much time as so many characters."""

_LARGEST = 10**18
"""Numbers beyond all dates and counts, whose digits would grow without end."""

_FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "default", "d", "e", "escape", "filesizeformat", "first"),
        *("float", "int", "items", "last", "length", "list", "lower", "map", "max"),
        *("min", "reject", "rejectattr", "reverse", "round", "safe", "select", "selectattr"),
        *("sort", "striptags", "title", "trim", "truncate", "unique", "upper", "urlencode"),
        "wordcount",
    }
)
"""Filters of Jinja whose result is about as large as what they are given."""

_METHODS: Sequence[tuple[type, frozenset[str]]] = (
    (
        str,
        frozenset(
            {
                *("capitalize", "casefold", "count", "endswith", "find", "isdigit", "lower"),
                *("lstrip", "removeprefix", "removesuffix", "rsplit", "rstrip", "split"),
                *("splitlines", "startswith", "strip", "title", "upper"),
            }
        ),
    ),
    (dict, frozenset({"get", "items", "keys", "values"})),
    (tuple, frozenset({"count", "index"})),
    (list, frozenset({"count", "index"})),
    (date, frozenset({"isoformat", "isoweekday", "strftime", "weekday"})),
)
_OF_TEMPLATES = (LoopContext, Cycler, Joiner)
_SCALARS = (str, int, float, date, Enum, type(None), Undefined, Macro)

# Widths of four digits and more, and those that stand among the arguments.
_WIDE = re.compile(r"%[^%a-zA-Z]*?(?:\d{4}|\*)")


class TooMuchWork(SecurityError):
    """A template repeats too often, or makes too much text."""

    def __init__(self) -> None:
        super().__init__(f"does more than {MOST_WORK} steps and characters: a loop is too long")


class _Charging(CodeGenerator):
    """Has every block pay when it is entered."""

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        block = list(nodes)
        self.writeline(f"environment.charge({_A_BLOCK + sum(map(_text_in, block))})")
        super().blockvisit(block, frame)


def _text_in(node: nodes.Node) -> int:
    texts = [node, *node.find_all((nodes.TemplateData, nodes.Const))]
    found = (getattr(one, "data", None) or getattr(one, "value", None) for one in texts)
    return sum(len(text) for text in found if isinstance(text, str))


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox; ``begin`` is called before each text, in the thread that writes it."""

    code_generator_class = _Charging
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    # Jinja gives its settings no common type.
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, finalize=self._printed)
        # One for each thread: several letters are written at a time.
        self._spent = ContextVar("spent", default=0)
        self.filters = {name: FILTERS[name] for name in _FILTERS} | {
            "format": _formatted,
            "join": _join,
            "replace": _replace,
            "string": _string,
            "_each": _each,
            "_joined": _joined,
        }
        del self.globals["lipsum"]
        self.globals["range"] = self._range

    def begin(self) -> None:
        """Give the next text of this thread all its room."""
        self._spent.set(0)

    def charge(self, work: int) -> None:
        """Count work; raises ``TooMuchWork`` where it was too much."""
        spent = self._spent.get() + work
        self._spent.set(spent)
        if spent > MOST_WORK:
            raise TooMuchWork

    def is_safe_callable(self, obj: Any) -> bool:
        """Tell whether a template may call it: macros, globals, and methods that make little."""
        if isinstance(obj, Macro | Undefined) or any(
            obj is known for known in self.globals.values()
        ):
            return True
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, _OF_TEMPLATES) or is_dataclass(owner):
            return True
        return any(isinstance(owner, kind) and name in known for kind, known in _METHODS)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Do a calculation whose result stays small, or is paid for."""
        if operator == "**":
            raise SecurityError("raises to a power, which no mail needs")
        if operator == "%" and isinstance(left, str):
            self._check_format(left, right if isinstance(right, tuple) else (right,))
        elif not isinstance(left, int | float) or not isinstance(right, int | float):
            self.charge(_size(left) * _times(right) if operator == "*" else _size(left))
            self.charge(_size(right) * _times(left) if operator == "*" else _size(right))
        found = super().call_binop(context, operator, left, right)
        if isinstance(found, int) and abs(found) > _LARGEST:
            raise SecurityError("makes a number that is too large")
        return found

    def _check_format(self, text: str, values: Iterable[Any]) -> None:
        if _WIDE.search(text):
            raise SecurityError("formats to a width of more than 999")
        self.charge(len(text) + sum(self._length(value) for value in values))

    def _length(self, value: Any) -> int:
        """Return how much text a value makes; a list may hold others without end."""
        if not isinstance(value, _SCALARS):
            kind = type(value).__name__
            raise SecurityError(f"writes a {kind} as text; name what of it is meant")
        return len(value) if isinstance(value, str) else 0

    # Jinja finalizes whatever is printed.
    def _printed(self, value: Any) -> Any:
        self.charge(self._length(value))
        return value

    def _range(self, *bounds: int) -> range:
        found = range(*bounds)
        self.charge(len(found))
        return found

    # The source is a tree, or text that becomes one.
    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        for loop in source.find_all(nodes.For):
            loop.iter = _filter(loop.iter, "_each")
        for joined in source.find_all(nodes.Concat):
            listed = nodes.List(joined.nodes, lineno=joined.lineno)
            joined.nodes = [_filter(listed, "_joined")]
        return super()._generate(source, name, filename, defer_init)


# What a loop goes through is an expression, whatever the annotation of Jinja says.
def _filter(node: Any, name: str) -> nodes.Filter:
    made = nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
    made.set_environment(node.environment)
    return made


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | tuple | list) else 0


def _times(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 1


@pass_environment
def _each(environment: BoundedEnvironment, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        environment.charge(_A_BLOCK)
        yield item


@pass_eval_context
def _joined(context: EvalContext, parts: Sequence[Any]) -> str:
    _pay(context.environment, parts)
    return markup_join(parts) if context.autoescape else str_join(parts)


@pass_eval_context
def _join(
    context: EvalContext, items: Iterable[Any], d: str = "", attribute: str | None = None
) -> str:
    listed = list(items)
    environment = context.environment
    values = listed if attribute is None else [environment.getattr(i, attribute) for i in listed]
    _pay(environment, [*values, *[d] * len(values)])
    found: str = do_join(context, values, d)
    return found


@pass_eval_context
def _replace(context: EvalContext, text: str, old: str, new: str) -> str:
    _pay(context.environment, [text, *[new] * str(text).count(str(old))])
    return do_replace(context, text, old, new)


@pass_environment
def _formatted(environment: BoundedEnvironment, text: str, *values: Any) -> str:
    environment._check_format(str(text), values)
    return str(text) % values


@pass_environment
def _string(environment: BoundedEnvironment, value: Any) -> str:
    _pay(environment, [value])
    return soft_str(value)


def _pay(environment: Any, parts: Iterable[Any]) -> None:
    environment.charge(sum(environment._length(part) for part in parts))
