"""Texts of the configuration's problems in the language of the person who reads them.

English is the language of the source, of the log and of errors; ``vi.toml`` holds the other one.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import cache
from importlib.resources import files

from domain.errors import ConfigError, DondocError, Problem
from domain.words import Catalogue, translated


class Language(StrEnum):
    """A language that problems can be told in."""

    EN = "en"
    VI = "vi"


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the texts of a language by the English ones; none for English itself."""
    if language is Language.EN:
        return {}
    source = files("dondoc.languages").joinpath(f"{language}.toml")
    return {str(en): str(text) for en, text in tomllib.loads(source.read_text("utf-8")).items()}


def said(text: str, language: Language) -> str:
    """Return a text in a language; what was not made of words stays as it is."""
    return translated(text, catalogue(language))


def told(problem: Problem, language: Language) -> str:
    """Return a problem as ``file:line:column: what; advice``."""
    place = f"{problem.file}:{problem.line}:{problem.column}"
    return f"{place}: {said(problem.what, language)}; {said(problem.advice, language)}"


@contextmanager
def in_language(language: Language) -> Iterator[None]:
    """Let what is raised here tell itself in a language, as far as it is made of words of ours."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(
            tuple(
                replace(one, what=said(one.what, language), advice=said(one.advice, language))
                for one in error.problems
            )
        ) from error
    except DondocError as error:
        error.args = tuple(said(a, language) if isinstance(a, str) else a for a in error.args)
        raise
