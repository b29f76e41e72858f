"""Texts of the configuration's problems in the language of the person who reads them.

English is the language of the source, of the log and of errors; ``vi.toml`` holds the other one.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

from domain.errors import Problem
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
