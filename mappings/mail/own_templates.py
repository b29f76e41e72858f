"""What is wrong in an administrator's templates: found before a mail is written with them.

What each file names is looked up by ``template_fields``, and every kind of mail is written with
made-up data. Jinja knows lines only; a column is that of the word that is
meant, or of the first word of the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import get_args

from jinja2 import Environment, Template, TemplateSyntaxError, nodes

from domain.words import Words, say
from mappings.mail.contexts import AnyMail
from mappings.mail.rendering import FILES, LAYOUTS, RAISED, SOURCES, MailTemplates, environment
from mappings.mail.samples import all_samples
from mappings.mail.template_fields import template_flaws

MAX_OCTETS = 65_536
"""Largest file of templates; our own largest one has some 5,000."""

LONGEST_MAIL = 200_000
"""Characters of a text; a letter with a hundred files has some 10,000."""

_COMPARE = say("compare the line with Dondoc's own template of this name")
_QUOTED = re.compile(r"'(\w+)'(?= is undefined|\.|\Z)|attribute '(\w+)'")
_WORD = re.compile(r"\S")
_GOES_ON = 20
"""Lines of one expression in which a word of it is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at a place of a file; line and column from 1."""

    file: str
    line: int
    column: int
    what: Words
    advice: Words


def faults(own: Mapping[str, str]) -> list[Fault]:
    """Return what is wrong in templates by their names, which are among ``FILES``.

    Mails are tried only where every file is sound by itself.
    """
    found = [fault for name, source in own.items() for fault in _alone(name, source, own)]
    return found or list(_tried(own))


def _alone(name: str, source: str, own: Mapping[str, str]) -> Iterator[Fault]:
    """Compare a template with the records that it gets, and with what its mail must have."""
    made = environment(LAYOUTS[0], {**SOURCES, **own})
    if _too_deep(made, source):
        advice = say("take out the brackets")
        yield _fault(name, source, _longest(source), "", say("is nested too deeply"), advice)
        return
    kinds = get_args(AnyMail)
    records = [kind for kind in kinds if f"{kind.template}.j2" == name]
    for flaw in template_flaws(made, source, records or kinds):
        yield Fault(file=name, line=flaw.line, column=flaw.column, what=flaw.what, advice=_COMPARE)
    for lacking in sorted(_lacking(made, source)) if records else ():
        advice = say("write {{% macro {name}(mail) %}} … {{% endmacro %}}", name=lacking)
        yield _fault(name, source, 1, "", say("has no macro {name}", name=lacking), advice)


def _too_deep(made: Environment, source: str) -> bool:
    """Tell whether Jinja, or Python, gives up on what stands within what."""
    try:
        made.compile(source)
    except TemplateSyntaxError:
        return False
    except (MemoryError, RecursionError, SyntaxError, ValueError):
        return True
    return False


def _longest(source: str) -> int:
    """Return the longest line, where most is likely to stand within something else."""
    lines = source.split("\n")
    return lines.index(max(lines, key=len)) + 1


def _lacking(made: Environment, source: str) -> set[str]:
    try:
        macros = made.parse(source).find_all(nodes.Macro)
    except TemplateSyntaxError:
        return set()
    return {"subject", "body"} - {macro.name for macro in macros}


def _tried(own: Mapping[str, str]) -> Iterator[Fault]:
    """Write every kind of mail; one fault for each file is enough to begin with."""
    templates = MailTemplates(own)
    told: set[str] = set()
    for mail in all_samples():
        if f"{mail.template}.j2" in told:
            continue
        fault = _writing(templates, mail, own)
        if fault is not None and fault.file not in told:
            told.add(fault.file)
            yield fault


def _writing(templates: MailTemplates, mail: AnyMail, own: Mapping[str, str]) -> Fault | None:
    blamed = next((name for name in (f"{mail.template}.j2", *own) if name in own), FILES[0])
    try:
        subject, text, html = templates.fill(mail.template, mail)
    except RAISED as error:
        return _raised(error, mail, blamed, own)
    if mail.code not in subject:
        what = say("leaves mail.code out of the subject of {mail}", mail=mail.template)
        advice = say("write [{{{{ mail.code }}}}] into it: answers are recognised by it")
    elif mail.possible_duplicate and text == _undoubted(templates, mail):
        what = say("does not say in {mail} that a letter may have come before", mail=mail.template)
        advice = say("say so where mail.possible_duplicate is true, as say.greeting(mail) does")
    elif max(len(text), len(html)) > LONGEST_MAIL:
        what = say("makes a text of more than {count} characters", count=LONGEST_MAIL)
        advice = say("shorten it, and look for a loop that repeats too often")
    else:
        return None
    return _fault(blamed, own[blamed], _line_of(own[blamed], "macro subject"), "", what, advice)


def _line_of(source: str, words: str) -> int:
    """Return the first line with these words, else the first one."""
    found = (number for number, line in enumerate(source.split("\n"), 1) if words in line)
    return next(found, 1)


def _undoubted(templates: MailTemplates, mail: AnyMail) -> str:
    return templates.fill(mail.template, replace(mail, possible_duplicate=False)).text


def _raised(error: Exception, mail: AnyMail, blamed: str, own: Mapping[str, str]) -> Fault:
    file, line = _place(error.__traceback__, own) or (blamed, 1)
    reason = str(error) or type(error).__name__
    quoted = _QUOTED.search(reason)
    word = next(filter(None, quoted.groups()), "") if quoted else ""
    return _fault(
        file,
        own[file],
        line,
        word,
        say("cannot write {mail}: {reason}", mail=mail.template, reason=reason),
        _COMPARE,
    )


def _place(trace: TracebackType | None, own: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the innermost line of an own template that an error came through."""
    found = None
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None and (file := _file_of(template)) in own:
            found = file, template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return found


def _file_of(template: Template) -> str:
    if template.name == "layout":
        return LAYOUTS[1 if template.environment.autoescape else 0]
    return template.name or ""


def _fault(file: str, source: str, line: int, word: str, what: Words, advice: Words) -> Fault:
    """Make a fault at a word that stands in a line, or in one of those that it goes on in."""
    lines = source.split("\n")
    for number in range(line, min(line + _GOES_ON, len(lines) + 1)):
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines[number - 1]) if word else None
        if found:
            return Fault(file=file, line=number, column=found.start() + 1, what=what, advice=advice)
    first = _WORD.search(lines[line - 1]) if line <= len(lines) else None
    column = first.start() + 1 if first else 1
    return Fault(file=file, line=line, column=column, what=what, advice=advice)
