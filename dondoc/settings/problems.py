"""Errors of pydantic told as problems: where exactly, what is wrong, and what to do about it.

Values are never repeated: one of them may be a password in the wrong place.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from domain.errors import Problem
from domain.words import Words, say
from dondoc.settings.entry import SecretEntry
from dondoc.settings.source import Document, Trail
from dondoc.settings.values import OURS

_WORDS: Mapping[str, tuple[Words, Words]] = {
    "string_type": (say("must be text"), say("put the value in quotes")),
    "string_too_short": (say("is empty"), say("write its text, or take the key out")),
    "string_pattern_mismatch": (
        say("holds characters that no name has"),
        say("write the name only"),
    ),
    "int_type": (say("must be a whole number"), say("write digits without quotes")),
    "int_from_float": (say("must be a whole number"), say("write digits without a fraction")),
    "float_type": (say("must be a number"), say("write digits without quotes")),
    "finite_number": (say("must be a number"), say("write digits without quotes")),
    "bool_type": (say("must be true or false"), say("write true or false without quotes")),
    "date_type": (
        say("is not a date"),
        say("write a day that exists as 2024-11-10, without quotes"),
    ),
    "tuple_type": (say("must be a list"), say("write [first, second], or one `- item` a line")),
    "model_type": (say("must be a mapping"), say("write its keys below it, indented")),
}

_BOOLEANS = {"True": "true", "False": "false"}
"""How YAML writes them."""

_BOUNDS: Mapping[str, tuple[str, Callable[[object], Words]]] = {
    "greater_than_equal": ("ge", lambda n: say("write a number of at least {number}", number=n)),
    "greater_than": ("gt", lambda n: say("write a number of more than {number}", number=n)),
    "less_than_equal": ("le", lambda n: say("write a number of at most {number}", number=n)),
}


def problems_of(
    error: ValidationError, model: type[BaseModel], document: Document
) -> tuple[Problem, ...]:
    """Return one problem for every error that ``model`` found in a file, in the file's order.

    What follows from a value that the file itself could not give is left out.
    """
    found = [_problem(detail, model, document) for detail in error.errors(include_url=False)]
    new = [p for p in found if (p.line, p.column) not in document.broken]
    return tuple(sorted(new, key=lambda problem: (problem.line, problem.column)))


def nearest(word: str, known: list[str]) -> Words | None:
    """Return advice that names the known word nearest to ``word``, if there is a near one."""
    close = get_close_matches(word, known, n=1)
    return say('did you mean "{word}"?', word=close[0]) if close else None


def told(trail: Trail, what: Words) -> Words:
    """Return what is wrong with a value, ``what`` beginning with a verb, as a whole sentence."""
    return say("{key} {what}", key=label(trail) or say("the file"), what=what)


def label(trail: Trail) -> str:
    """Return a trail as a person reads it: ``offices[3].emails[1]``, counted from 1."""
    text = ""
    for part in trail:
        name = part or '""'  # a key that is empty has to be seen
        text += f"[{part + 1}]" if isinstance(part, int) else f".{name}" if text else str(name)
    return text


def _problem(detail: ErrorDetails, model: type[BaseModel], document: Document) -> Problem:
    trail = detail["loc"]
    kind = detail["type"]
    # pydantic's own mark of a key, where that is wrong and not its value.
    key = trail[-1:] == ("[key]",)
    trail = trail[:-1] if key else trail
    if kind == "extra_forbidden":
        return _unknown_key(trail, model, document)
    if kind == "missing":
        return document.problem(
            trail[:-1],
            say("{key} is missing", key=label(trail)),
            say('add "{name}", see docs/configuration.md', name=trail[-1]),
        )
    what, advice = _said(detail, trail, model)
    return document.problem(trail, told(trail, what), advice, key=key)


def _said(detail: ErrorDetails, trail: Trail, model: type[BaseModel]) -> tuple[Words, Words]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == OURS:
        return context["what"], context["advice"]
    if (
        kind == "model_type"
        and _model_at(model, trail) is SecretEntry
        and detail["input"] is not None
    ):
        return (
            say("holds a secret in clear text"),
            say(
                "write {{env: NAME}}, {{file: path}} or {{credential: name}}, and change the secret"
            ),
        )
    required = _is_required(model, trail)
    if detail["input"] is None:
        advice = say("write one") if required else say("write one, or take the key out")
        return say("has no value"), advice
    if kind == "string_too_short" and required:
        return say("is empty"), say("write its text")
    if kind in {"enum", "literal_error"}:
        named = re.findall(r"'[^']*'|True|False", context["expected"])
        choices = _one_of([_BOOLEANS.get(name, name) for name in named])
        return say("has a value that is not known here"), say("write {choices}", choices=choices)
    if kind in _BOUNDS:
        name, within = _BOUNDS[kind]
        return say("is out of bounds"), within(context[name])
    if kind in _WORDS:
        return _WORDS[kind]
    return say("is wrong: {detail}", detail=detail["msg"]), say("see docs/configuration.md")


def _one_of(choices: Sequence[str]) -> Words:
    *others, last = choices
    if not others:
        return say("{text}", text=last)
    return say("{others} or {last}", others=", ".join(others), last=last)


def _unknown_key(trail: Trail, model: type[BaseModel], document: Document) -> Problem:
    owner = _model_at(model, trail[:-1])
    known = list(_keys(owner)) if owner else []
    advice = nearest(str(trail[-1]), known) or say(
        "take it out; known here: {known}", known=", ".join(known)
    )
    return document.problem(trail, say('unknown key "{key}"', key=label(trail)), advice, key=True)


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the members of an entry by their keys in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _is_required(model: type[BaseModel], trail: Trail) -> bool:
    """Tell whether a trail ends with a key that the file must have."""
    owner = _model_at(model, trail[:-1])
    field = _keys(owner).get(str(trail[-1])) if owner and trail else None
    return field is not None and field.is_required()


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
