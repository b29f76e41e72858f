"""Errors of pydantic told as problems: where exactly, what is wrong, and what to do about it.

Values are never repeated: one of them may be a password in the wrong place.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from domain.errors import Problem
from dondoc.settings.entry import SecretEntry
from dondoc.settings.source import Document, Trail
from dondoc.settings.values import OURS

_WORDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("must be text", "put the value in quotes"),
    "string_too_short": ("is empty", "write its text, or take the key out"),
    "string_pattern_mismatch": ("holds characters that no name has", "write the name only"),
    "int_type": ("must be a whole number", "write digits without quotes"),
    "int_from_float": ("must be a whole number", "write digits without a fraction"),
    "float_type": ("must be a number", "write digits without quotes"),
    "finite_number": ("must be a number", "write digits without quotes"),
    "bool_type": ("must be true or false", "write true or false without quotes"),
    "date_type": ("is not a date", "write a day that exists as 2024-11-10, without quotes"),
    "tuple_type": ("must be a list", "write [first, second], or one `- item` a line"),
    "model_type": ("must be a mapping", "write its keys below it, indented"),
}

_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
}


def problems_of(
    error: ValidationError, model: type[BaseModel], document: Document
) -> tuple[Problem, ...]:
    """Return one problem for every error that ``model`` found in a file, in the file's order.

    What follows from a value that the file itself could not give is left out.
    """
    found = [_problem(detail, model, document) for detail in error.errors(include_url=False)]
    told = [p for p in found if (p.line, p.column) not in document.broken]
    return tuple(sorted(told, key=lambda problem: (problem.line, problem.column)))


def nearest(word: str, known: list[str]) -> str:
    """Return advice that names the known word nearest to ``word``, or empty text."""
    close = get_close_matches(word, known, n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def label(trail: Trail) -> str:
    """Return a trail as a person reads it: ``offices[3].emails[1]``, counted from 1."""
    text = ""
    for part in trail:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _problem(detail: ErrorDetails, model: type[BaseModel], document: Document) -> Problem:
    trail = detail["loc"]
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(trail, model, document)
    if kind == "missing":
        return document.problem(
            trail[:-1],
            f"{label(trail)} is missing",
            f'add "{trail[-1]}", see docs/configuration.md',
        )
    what, advice = _said(detail, trail, model)
    return document.problem(trail, f"{label(trail) or 'the file'} {what}", advice)


def _said(detail: ErrorDetails, trail: Trail, model: type[BaseModel]) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == OURS:
        return context["what"], context["advice"]
    if (
        kind == "model_type"
        and _model_at(model, trail) is SecretEntry
        and detail["input"] is not None
    ):
        return (
            "holds a secret in clear text",
            "write {env: NAME}, {file: path} or {credential: name}, and change the secret",
        )
    if detail["input"] is None:
        return "has no value", "write one, or take the key out"
    if kind in {"enum", "literal_error"}:
        return "has a value that is not known here", f"write {context['expected']}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return "is out of bounds", f"write a number of {words} {context[name]}"
    return _WORDS.get(kind, (f"is wrong: {detail['msg']}", "see docs/configuration.md"))


def _unknown_key(trail: Trail, model: type[BaseModel], document: Document) -> Problem:
    owner = _model_at(model, trail[:-1])
    known = list(_keys(owner)) if owner else []
    advice = nearest(str(trail[-1]), known) or f"take it out; known here: {', '.join(known)}"
    return document.problem(trail, f'unknown key "{label(trail)}"', advice, key=True)


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the members of an entry by their keys in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_at(model: type[BaseModel], trail: Trail) -> type[BaseModel] | None:
    """Return the entry that a trail leads to, list positions passed over."""
    found: type[BaseModel] | None = model
    for part in trail:
        if found is None:
            return None
        if isinstance(part, str):
            field = _keys(found).get(part)
            found = _entry_in(field.annotation) if field else None
    return found


# An annotation may be any type expression.
def _entry_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Annotated, tuple, Union, UnionType}:
        return next(filter(None, map(_entry_in, get_args(annotation))), None)
    return None
