"""Kinds of single values that mapping files hold, each with its rule and its advice."""

from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, Field

from domain.directive import Secrecy, Urgency
from domain.exchange import ExchangeStatus
from domain.rest_forms import DateForm, Template
from domain.words import say
from dondoc.settings.values import Text, refuse, words_of
from mappings.rest.expression import compiled

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]


def check_expression(text: str) -> str:
    """Return text that compiles as an expression."""
    try:
        compiled("", text)
    except ValueError as error:
        raise refuse(
            words_of(error), say("see docs/rest-mapping.md for what expressions may hold")
        ) from None
    return text


def check_template(text: str) -> str:
    """Return text whose braces pair up; whether its places exist is checked later."""
    try:
        Template(text)
    except ValueError as error:
        raise refuse(
            words_of(error), say("write {{name}} for a place, {{{{ and }}}} for braces")
        ) from None
    return text


def check_path(text: str) -> str:
    """Return a template of a path that leads nowhere above the host's own."""
    if any(segment in {".", ".."} for segment in unquote(text).split("/")):
        raise refuse(
            say("has a segment . or .."), say("write the path as it is below the host's own path")
        )
    return check_template(text)


def check_header(text: str) -> str:
    """Return a template that may stand in a header."""
    if not text.isascii() or not text.isprintable():
        raise refuse(say("holds what no header may"), say("write plain letters, digits and signs"))
    return check_template(text)


def check_date_form(text: str) -> str:
    """Return a form of dates."""
    try:
        DateForm(text)
    except ValueError as error:
        raise refuse(
            words_of(error), say("write it as dd/MM/yyyy HH:mm:ss, or epoch_seconds")
        ) from None
    return text


Expression = Annotated[Text, AfterValidator(check_expression)]
TemplateText = Annotated[str, AfterValidator(check_template)]
PathText = Annotated[str, AfterValidator(check_path)]
HeaderText = Annotated[str, AfterValidator(check_header)]
DateText = Annotated[Text, AfterValidator(check_date_form)]
Places = dict[Text, TemplateText]
Days = Annotated[int, Field(ge=1, le=366)]
# Strict mode would want the enum's member itself; YAML holds its text.
StatusText = Annotated[ExchangeStatus, Field(strict=False)]
UrgencyText = Annotated[Urgency, Field(strict=False)]
SecrecyText = Annotated[Secrecy, Field(strict=False)]
HttpStatus = Annotated[int, Field(ge=100, le=599)]
