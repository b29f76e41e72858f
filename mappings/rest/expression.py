"""Expressions of mapping files: JMESPath with a few functions on text, checked before use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import EmptyExpressionError, JMESPathError, JMESPathTypeError, ParseError
from jmespath.parser import ParsedResult

from domain.errors import MalformedDocument
from domain.rest_values import Absent
from domain.words import say
from mappings.rest.functions import TextFunctions

_OPTIONS = jmespath.Options(custom_functions=TextFunctions())
# What the library lets through from Python when a value is not what a function expects.
_FAILURES = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression and where it stands; a ``domain.rest.Rule``."""

    key: str
    text: str
    _compiled: ParsedResult = field(repr=False, compare=False)

    def value(self, data: object) -> object:
        """Return what the expression finds in JSON data."""
        try:
            found: object = self._compiled.search(data, _OPTIONS)
        except JMESPathTypeError as error:
            kind = Absent if error.actual_type == "null" else MalformedDocument
            raise kind("answer", f"{self.key} {_reason(error)}") from None
        except _FAILURES as error:
            raise MalformedDocument("answer", f"{self.key} {_reason(error)}") from None
        return found


def compiled(key: str, text: str) -> Expression:
    """Compile an expression; raises ``ValueError`` with words that follow the name of its key.

    Unknown functions and wrong numbers of arguments are found too, which the library leaves to
    the moment of use.
    """
    try:
        found = jmespath.compile(text)
    except EmptyExpressionError:
        raise ValueError(say("is empty")) from None
    except ParseError as error:
        raise ValueError(
            say("is no JMESPath near character {number}", number=error.lex_position + 1)
        ) from None
    except (JMESPathError, RecursionError):
        raise ValueError(say("is no JMESPath")) from None
    for node in _calls(found.parsed):
        _check_call(node["value"], len(node["children"]))
    return Expression(key, text, found)


# The library's tree has no narrower type.
def _calls(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node
        for child in node.get("children", ()):
            yield from _calls(child)


def _check_call(name: str, given: int) -> None:
    known = TextFunctions.FUNCTION_TABLE
    if name not in known:
        raise ValueError(say("calls {name}(), which does not exist", name=name))
    signature = known[name]["signature"]
    open_ended = bool(signature and signature[-1].get("variadic"))
    if given < len(signature) or (given > len(signature) and not open_ended):
        raise ValueError(
            say(
                "calls {name}() with {given} argument(s) instead of {wanted}",
                name=name,
                given=given,
                wanted=len(signature),
            )
        )


def _reason(error: Exception) -> str:
    # The library's own texts repeat the value.
    if isinstance(error, JMESPathTypeError):
        wanted = " or ".join(error.expected_types)
        return f"gives {error.actual_type} to {error.function_name}(), which needs {wanted}"
    return f"cannot be worked out ({type(error).__name__})"
