"""Templates that reach for what is not theirs, or never end: each is told, and none is run on."""

from dataclasses import replace

import pytest

from domain.errors import InvariantViolation
from mappings.mail.contexts import DirectiveMail
from mappings.mail.own_templates import faults
from mappings.mail.rendering import SOURCES, MailTemplates, render_mail
from mappings.mail.samples import samples

GREETING = "{{ say.greeting(mail) }}"


def own(text: str, before: str = "") -> dict[str, str]:
    source = SOURCES["directive.j2"].replace(GREETING, GREETING + text, 1)
    return {"directive.j2": source.replace("{% macro subject", before + "{% macro subject", 1)}


def told(text: str, before: str = "") -> str:
    (fault, *_) = faults(own(text, before))
    assert fault.file == "directive.j2"
    return str(fault.what)


def written(text: str) -> str:
    (mail, *_) = samples()
    assert isinstance(mail, DirectiveMail)
    templates = MailTemplates(own(f"[[{text}]]"))
    found = templates.fill("directive", mail).text
    return found[found.index("[[") + 2 : found.index("]]")]


@pytest.mark.parametrize(
    "text",
    [
        "{{ mail.__class__ }}",
        "{{ mail['__class__'] }}",
        "{{ mail.__class__.__mro__[1].__subclasses__() }}",
        "{{ mail.letter.__init__.__globals__ }}",
        "{{ mail | attr('__class__') }}",
        "{{ [mail] | map(attribute='__class__') | list | join }}",
        "{{ [mail] | map('attr', '__class__') | list | join }}",
        "{{ [mail] | groupby('__class__') | list | length }}",
        "{{ '{0.__class__}'.format(mail) }}",
        "{{ '{m.__class__}'.format_map({'m': mail}) }}",
        "{{ '%s' | format(mail.__init__) }}",
        "{% set f = '{0.__class__}'.format %}{{ f(mail) }}",
        "{{ ['{0.__class__}'] | map('format', mail) | list | join }}",
        "{{ mailto.__globals__ }}",
        "{{ mailto.__code__ }}",
        "{{ self.__init__ }}",
        "{{ say.greeting.__func__ }}",
        "{{ m.__loader__ }}",
        "{{ (mail.files or ('a',)).__add__(('b',)) }}",
        "{{ range.__self__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ Expected.__class__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% set x = joiner().__class__ %}{{ x }}",
        "{% include '/etc/passwd' %}",
        "{% import '../bounded.py' as other %}",
    ],
)
def test_nothing_but_the_mail_is_reached(text: str) -> None:
    assert told(text)
    (mail, *_) = samples()
    with pytest.raises(InvariantViolation):
        render_mail("directive", mail, MailTemplates(own(text)))


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% for b in range(300) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) for b in range(99) if false %}{% endfor %}",
        "{% for a in range(9999) if a < 0 %}{% endfor %}" * 9,
        "{% for a in range(99999999999) %}{% endfor %}",
        "{% set x = 9**9**8 %}",
        "{% set x = 'a' * 8000000000 %}",
        "{% set x = 8000000000 * ['a'] %}",
        "{% set x = 'a' * 1500000 %}{% set y = x + x %}",
        "{% set x = 'a' * 1500000 %}{% set y = x ~ x %}",
        "{% set n = namespace(x='aa') %}"
        "{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x=['a']) %}"
        "{% for a in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% set n = namespace(x=9) %}{% for a in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% set n = namespace(x=('a',)) %}"
        "{% for a in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=('a',)) %}"
        "{% for a in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ n.x | string }}",
        "{% set n = namespace(x=('a',)) %}"
        "{% for a in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ '%s' % (n.x,) }}",
        "{{ '%9999999999d' % 1 }}",
        "{{ '%*d' % (9999999999, 1) }}",
        "{{ '%9999999999d' | format(1) }}",
        "{{ 'a'.center(9999999999) }}",
        "{{ 'a'.ljust(9999999999) }}",
        "{{ 'a' | center(9999999999) }}",
        "{{ 'a' | indent(9999999999) }}",
        "{{ (9).to_bytes(9999999999, 'big') }}",
        "{% set x = 'a' * 9000 %}{{ x | replace('a', x) }}",
        "{% set x = 'a' * 9000 %}{{ x | list | join(x) }}",
        "{% set a %}{{ 'x' * 999 }}{% endset %}"
        + "".join(
            f"{{% set a %}}{{{{ a }}}}{{{{ a }}}}{{% endset %}}{{# {n} #}}" for n in range(60)
        ),
        "{{ [[" * 40 + "1" + "]]" * 40 + " }}",
        "{{ [" * 1 + "[" * 2000 + "1" + "]" * 2000 + "] }}",
        "{{ 1" + "+1" * 1500 + " }}",
        "{% if 1 %}" * 120 + "x" + "{% endif %}" * 120,
        "{% for a in 'x' %}" * 30 + "x" + "{% endfor %}" * 30,
    ],
    ids=lambda text: text[:40],
)
def test_what_never_ends_or_grows_without_end_is_told_at_once(text: str) -> None:
    assert told(text)


def test_macros_that_call_each_other_without_end_are_told() -> None:
    twice = "{% macro m0() %}x{% endmacro %}" + "".join(
        f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}"
        for n in range(1, 60)
    )
    assert "a loop is too long" in told("{{ m59() }}", twice)


def test_a_template_that_is_nested_too_deeply_is_told_at_its_line() -> None:
    (fault,) = faults(own("\n{{ " + "[" * 90 + "1" + "]" * 90 + " }}"))
    assert (fault.line, fault.column) == (7, 1)
    assert str(fault.what) == "is nested too deeply"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ '%02d' % 7 }}", "07"),
        ("{{ '%02d' | format(7) }}", "07"),
        ("{{ '%s-%s' % ('a', 'b') }}", "a-b"),
        ("{{ 7 % 4 }}{{ 2 * 3 }}{{ 'a' * 3 }}{{ 'a' + 'b' }}{{ 1.5 + 1 }}", "36aaaab2.5"),
        ("{{ ('a', 'b') | join(', ') }}", "a, b"),
        ("{{ [mail.letter, mail.letter] | join(',', attribute='code') }}", "512/UBND-VH"),
        ("{{ 'abc' | replace('b', 'x') }}{{ 7 | string }}", "axc7"),
        ("{{ 'a,b'.split(',') | join }}{{ {'k': 'v'}.items() | list | length }}", "ab1"),
        ("{% for a in 'xyz' %}{{ loop.cycle('1', '2') }}{{ loop.last }}{% endfor %}", "1False"),
        ("{{ mail.letter.issued_on.strftime('%d/%m/%Y') }}", "/20"),
        ("{% set n = namespace(x=1) %}{{ n.x }}{{ range(3) | list | length }}", "13"),
        ("{{ none }}{{ true }}", "NoneTrue"),
    ],
)
def test_what_mails_need_is_there(text: str, expected: str) -> None:
    assert expected in written(text)


def test_the_room_is_that_of_one_text_and_a_letter_is_refused_by_it_too() -> None:
    loop = "{% for a in mail.files %}{% for b in range(100) %}{% endfor %}{% endfor %}"
    templates = MailTemplates(own(loop))
    (mail, *_) = samples()
    assert isinstance(mail, DirectiveMail)
    some = replace(mail, files=("a.pdf",) * 100)
    for _ in range(4):
        render_mail("directive", some, templates)
    with pytest.raises(InvariantViolation, match="a loop is too long"):
        render_mail("directive", replace(mail, files=("a.pdf",) * 900), templates)
