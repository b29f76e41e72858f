"""What templates ask for in vain is told at its place, before a mail is written by them."""

from typing import get_args

import pytest
from jinja2 import DictLoader, Environment

from mappings.mail.contexts import AnyMail, DirectiveMail, ForwardMail, PartMail
from mappings.mail.template_fields import template_flaws
from tests.checkout import ROOT

TEMPLATES = ROOT / "mappings" / "mail" / "templates"
SHIPPED = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.iterdir()}
RECORDS = get_args(AnyMail)


def environment(**more: str) -> Environment:
    sources = {**SHIPPED, "layout": SHIPPED["layout.txt.j2"], **more}
    made = Environment(loader=DictLoader(sources))
    made.filters |= {"day": str, "deadline": str, "one_line": str}
    made.globals |= {"mailto": str, "Expected": str}
    return made


def told(body: str, *records: type, **more: str) -> list[tuple[int, int, str]]:
    """Return what is wrong with a body, whose first line is the template's second."""
    source = f'{{% import "layout" as m %}}{{% macro body(mail) %}}\n{body}\n{{% endmacro %}}'
    found = template_flaws(environment(**more), source, records or RECORDS)
    return [(flaw.line, flaw.column, str(flaw.what)) for flaw in found]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_templates_ask_for_nothing_else(name: str) -> None:
    kinds = [kind for kind in RECORDS if f"{kind.template}.j2" == name] or RECORDS
    assert template_flaws(environment(), SHIPPED[name], kinds) == ()


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        ("{{ mail.ofice }}", (2, 9, "asks for mail.ofice, which does not exist")),
        ("{{ mail.letter.cod }}", (2, 16, "asks for mail.letter.cod, which does not exist")),
        ("{{ mail.code.uper() }}", (2, 14, "asks for mail.code.uper, which does not exist")),
        ("{{ mail.reply_to.nam }}", (2, 18, "asks for mail.reply_to.nam, which does not exist")),
        ("{{ mail.deadline.dy }}", (2, 18, "asks for mail.deadline.dy, which does not exist")),
        ("{{ m.strng(1) }}", (2, 6, "asks for m.strng, which does not exist")),
        ("{{ mail.code | dayy }}", (2, 16, "has no filter dayy")),
        ("\n\n{{ mial }}", (4, 4, "knows no mial")),
        (
            "{% for f in mail.linked %}{{ f.name }}{{ f.link }}{% endfor %}",
            (2, 44, "asks for f.link, which does not exist"),
        ),
        (
            "{% set by = mail.sender %}{{ by.unit }}{{ by.fax }}",
            (2, 46, "asks for by.fax, which does not exist"),
        ),
        ('{% import "x.j2" as x %}{{ x.a() }}', (2, 12, "imports x.j2, which does not exist")),
    ],
)
def test_a_flaw_stands_at_its_place(body: str, flaw: tuple[int, int, str]) -> None:
    assert told(body) == [flaw]


@pytest.mark.parametrize(
    "body",
    [
        "{{ mail.deadline.day | day }}{{ mail.code.upper() }}{{ Expected.REPORT }}",
        "{% for f in mail.files %}{{ loop.index }}{{ f.lower() }}{% endfor %}",
        "{% set a, b = mail.parts, 2 %}{{ a + b }}{{ a.anything }}",
        "{% for a in [1] %}{{ a.x }}{% endfor %}",
        "{{ mail.letter['cod'].x }}{{ mail.code.upper().x }}",
        "{% for a in mail.letter %}{{ a.x }}{% endfor %}{% for k in m %}{{ k }}{% endfor %}",
        "{% call m.paragraph() %}{{ later() }}{{ caller }}{% endcall %}"
        "{% macro later() %}{% endmacro %}",
    ],
)
def test_what_is_known_or_cannot_be_known_is_no_flaw(body: str) -> None:
    assert told(body) == []


def test_a_member_of_one_kind_is_known_where_several_come() -> None:
    assert told("{{ mail.missing }}", DirectiveMail, ForwardMail) == []
    assert told("{{ mail.missing }}", DirectiveMail) == [
        (2, 9, "asks for mail.missing, which does not exist")
    ]
    assert told("{{ mail.title.x }}", ForwardMail, PartMail) == [
        (2, 15, "asks for mail.title.x, which does not exist")
    ]


def test_each_flaw_has_a_place_of_its_own() -> None:
    found = told("{{ mail.x }} {{ mail.x }}\n{{ mail.x }}")
    assert [(line, column) for line, column, _ in found] == [(2, 9), (2, 22), (3, 9)]


def test_broken_syntax_is_told_by_its_line() -> None:
    ((line, column, what),) = told("{% if %}")
    assert (line, column) == (2, 1)
    assert what.startswith("is no template: ")


def test_an_import_that_is_itself_broken_or_worked_out_is_not_judged() -> None:
    assert told('{% import "b.j2" as b %}{{ b.x() }}', **{"b.j2": "{% if %}"}) == []
    assert told("{% import mail.code as b %}{{ b.x() }}") == []


def test_a_name_that_is_written_otherwise_is_told_by_its_line() -> None:
    assert told(r'{{ 1 }}{% import "x\x2ej2" as x %}') == [
        (2, 1, "imports x.j2, which does not exist")
    ]


def test_without_a_loader_nothing_can_be_imported() -> None:
    found = template_flaws(Environment(), '{% import "a" as a %}{{ a.b }}', RECORDS)
    assert [(flaw.line, flaw.column, str(flaw.what)) for flaw in found] == [
        (1, 27, "asks for a.b, which does not exist")
    ]
