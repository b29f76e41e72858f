"""The words of a mail: one template gives subject, plain text and HTML, so they cannot disagree.

A template is written with the macros of a layout (``paragraph``, ``item``, ``link`` …). It is
rendered twice, with the layout for plain text and with the one for HTML, which escapes all values.
An administrator's templates take the place of ours by their names; with them all run in Jinja's
sandbox, where a template reaches nothing but the mail that it is given, and its work is
bounded (``bounded.py``). Ours alone do without: it takes twice as long.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError
from markupsafe import Markup

from domain.campaign import Expected
from domain.errors import InvariantViolation
from mappings.mail.bounded import BoundedEnvironment
from mappings.mail.compose import LOCAL_TIME
from mappings.mail.contexts import AnyMail, Deadline

NAMES = (
    "directive",
    "notice",
    "reminder_before",
    "reminder_after",
    "forward",
    "recall",
    "replacement",
    "part",
)
"""The templates; each has the name of a context's ``template``."""

LAYOUTS = ("layout.txt.j2", "layout.html.j2")
FILES = (*LAYOUTS, "phrases.j2", *(f"{name}.j2" for name in NAMES))
"""Every file of templates: the layouts, what the mails share, and one for each mail."""

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        name: files("mappings.mail").joinpath("templates", name).read_text(encoding="utf-8")
        for name in FILES
    }
)
"""Our own templates by their files."""


RAISED = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError),
    *(MemoryError, RecursionError, SyntaxError, TypeError, ValueError),
)
"""What templates raise when they are wrong: their expressions, or Python that was made of them."""


class RenderedMail(NamedTuple):
    """Subject, plain text and HTML of one mail."""

    subject: str
    text: str
    html: str


def vietnamese_date(day: date) -> str:
    """Write a date as in official letters: ``08/5/2024``, ``10/02/2024`` (Nghị định 30/2020)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


def deadline_text(deadline: Deadline) -> str:
    """Write a deadline: ``trước ngày 10/11/2024 (chậm nhất 17 giờ 00 ngày 08/11/2024)``."""
    said = "trước ngày" if deadline.before else "chậm nhất ngày"
    day = f"{said} {vietnamese_date(deadline.day)}"
    return f"{day} ({_moment(deadline.last)})" if deadline.last else day


def _moment(moment: datetime) -> str:
    local = moment.astimezone(LOCAL_TIME)
    return f"chậm nhất {local:%H} giờ {local:%M} ngày {vietnamese_date(local.date())}"


def mailto(address: str, subject: str, body: str) -> str:
    """Return the link that opens a prepared answer; only sending it is left to do.

    RFC 6068: UTF-8 in percent-encoding, ``+`` of an address too (section 5), line ends of the body
    as ``%0D%0A``; a blank is ``%20``, as ``+`` would arrive as itself.
    """
    lines = body.replace("\r\n", "\n").replace("\n", "\r\n")
    to = quote(address, safe="@")
    return f"mailto:{to}?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"


def one_line(value: str) -> str:
    """Join the lines of a template to one, keeping what was escaped already as it is."""
    joined = " ".join(value.split())
    return Markup(joined) if isinstance(value, Markup) else joined


def environment(
    layout: str, sources: Mapping[str, str], kind: type[Environment] = BoundedEnvironment
) -> Environment:
    """Return where the templates of a text live; ``layout`` is one of ``LAYOUTS``."""
    made = kind(
        loader=DictLoader({**sources, "layout": sources[layout]}),
        autoescape=layout == "layout.html.j2",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": vietnamese_date, "deadline": deadline_text, "one_line": one_line}
    made.globals |= {"mailto": mailto, "Expected": Expected}
    return made


class MailTemplates:
    """Templates of all mails: ours, and those of an administrator in the place of ours."""

    def __init__(self, own: Mapping[str, str] = MappingProxyType({})) -> None:
        """Take an administrator's sources by their names, which are among ``FILES``."""
        sources, kind = {**SOURCES, **own}, BoundedEnvironment if own else Environment
        self._text, self._html = (environment(layout, sources, kind) for layout in LAYOUTS)

    def fill(self, template: str, context: AnyMail) -> RenderedMail:
        """Return subject, text and HTML of a mail; raises what Jinja and a template raise."""
        subject = _macro(self._text, template, "subject", context)
        text = _macro(self._text, template, "body", context)
        html = _macro(self._html, template, "body", context)
        return RenderedMail(one_line(subject), _spaced(text), _spaced(html))


@cache
def default_templates() -> MailTemplates:
    """Return the templates that come with Dondoc."""
    return MailTemplates()


def render_mail(
    template: str, context: AnyMail, templates: MailTemplates | None = None
) -> RenderedMail:
    """Return subject, text and HTML of a mail; ``template`` is one of ``NAMES``.

    Raises ``InvariantViolation`` when the template does not exist or asks for what the context
    does not have.
    """
    try:
        return (templates or default_templates()).fill(template, context)
    except RAISED as error:
        raise InvariantViolation(f"mail template {template}: {error}") from error


def _macro(made: Environment, template: str, name: str, context: AnyMail) -> str:
    if isinstance(made, BoundedEnvironment):
        made.begin()
    module = made.get_template(f"{template}.j2").module
    return str(getattr(module, name)(context))


def _spaced(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
