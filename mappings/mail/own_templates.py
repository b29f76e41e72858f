"""What is wrong in an administrator's templates: found before a mail is written with them.

Each file is parsed and compiled, the fields of ``mail`` that it names are looked up, and every kind
of mail is written with made-up data. Jinja knows lines only; a column is that of the word that is
meant, or of the first word of the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from types import TracebackType
from typing import Any, get_args, get_type_hints

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta, nodes

from domain.words import Words, say
from mappings.mail.contexts import AnyMail
from mappings.mail.rendering import FILES, LAYOUTS, SOURCES, MailTemplates, environment
from mappings.mail.samples import all_samples

MAX_OCTETS = 65_536
"""Largest file of templates; our own largest one has some 5,000."""

LONGEST_MAIL = 200_000
"""Characters of a text; a letter with a hundred files has some 10,000."""

_RAISED = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError),
    *(RecursionError, TypeError, ValueError),
)
"""What expressions of a template raise when they are wrong."""

_MAIL = "mail"
_MAILS = frozenset(f"{kind.template}.j2" for kind in get_args(AnyMail))
_GIVEN = frozenset({"mailto", "Expected"})
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
    made = environment(LAYOUTS[0], {**SOURCES, **own})
    try:
        tree = made.parse(source)
        made.compile(source)
    except TemplateSyntaxError as error:
        yield _fault(
            name,
            source,
            error.lineno,
            "",
            say("is no template: {reason}", reason=error.message or ""),
            say("compare the line with Dondoc's own template of this name"),
        )
        return
    unknown = meta.find_undeclared_variables(tree) - _GIVEN
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            unknown.discard(node.name)
            yield _fault(
                name,
                source,
                node.lineno,
                node.name,
                say("names {name}, which there is not", name=node.name),
                say("a template knows mail, Expected, mailto and what it imports"),
            )
    for use in tree.find_all(nodes.Filter):
        if use.name not in made.filters:
            yield _fault(
                name,
                source,
                use.lineno,
                use.name,
                say("there is no filter {name}", name=use.name),
                say("our own filters are day, deadline and one_line"),
            )
    if name in _MAILS:
        macros = {macro.name for macro in tree.find_all(nodes.Macro)}
        for lacking in sorted({"subject", "body"} - macros):
            yield _fault(
                name,
                source,
                1,
                "",
                say("has no macro {name}", name=lacking),
                say("write {{% macro {name}(mail) %}} … {{% endmacro %}}", name=lacking),
            )
    yield from _unknown_fields(name, source, tree)


def _unknown_fields(name: str, source: str, tree: nodes.Template) -> Iterator[Fault]:
    mails = [kind for kind in get_args(AnyMail) if f"{kind.template}.j2" == name]
    kinds = mails or list(get_args(AnyMail))
    told: set[tuple[int, str]] = set()
    for node in tree.find_all(nodes.Getattr):
        chain = _chain(node)
        known = _missing(kinds, chain) if _missing(kinds, chain[:-1]) is None else None
        if known is not None and (node.lineno, node.attr) not in told:
            told.add((node.lineno, node.attr))
            yield _fault(
                name,
                source,
                node.lineno,
                node.attr,
                say("{field} is no field", field=".".join((_MAIL, *chain))),
                say("there are: {known}", known=", ".join(known)),
            )


def _chain(node: nodes.Node) -> tuple[str, ...]:
    """Return the fields that an expression follows from ``mail``; none when it begins elsewhere."""
    names: list[str] = []
    while isinstance(node, nodes.Getattr):
        names.append(node.attr)
        node = node.node
    begins = isinstance(node, nodes.Name) and node.name == _MAIL
    return tuple(reversed(names)) if begins else ()


# Types of fields may be any type expression.
def _missing(kinds: list[Any], chain: tuple[str, ...]) -> list[str] | None:
    """Return the fields that there are where the last one of a chain is none; None if it is one."""
    for name in chain:
        known = [kind for kind in kinds if not is_dataclass(kind) or name in _fields(kind)]
        if not known:
            return sorted({field for kind in kinds for field in _fields(kind)})
        following = [t for kind in known if is_dataclass(kind) for t in _types(kind, name)]
        kinds = following or [str]
    return None


def _fields(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _types(kind: Any, name: str) -> list[Any]:
    hint = get_type_hints(kind)[name]
    return [one for one in (get_args(hint) or (hint,)) if one is not type(None)]


def _tried(own: Mapping[str, str]) -> Iterator[Fault]:
    """Write every kind of mail; one fault for each file is enough to begin with."""
    templates = MailTemplates(own)
    told: set[str] = set()
    for mail in all_samples():
        fault = _writing(templates, mail, own)
        if fault is not None and fault.file not in told:
            told.add(fault.file)
            yield fault


def _writing(templates: MailTemplates, mail: AnyMail, own: Mapping[str, str]) -> Fault | None:
    blamed = next((name for name in (f"{mail.template}.j2", *own) if name in own), FILES[0])
    try:
        subject, text, html = templates.fill(mail.template, mail)
    except _RAISED as error:
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
        say("compare the line with Dondoc's own template of this name"),
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
