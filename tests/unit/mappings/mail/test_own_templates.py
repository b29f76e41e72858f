"""Templates of an administrator: what is wrong is found at its place, and what is right is used."""

from dataclasses import replace
from typing import get_args

import pytest

from domain.errors import InvariantViolation
from mappings.mail import own_templates
from mappings.mail.contexts import AnyMail, DirectiveMail
from mappings.mail.own_templates import faults
from mappings.mail.rendering import FILES, SOURCES, MailTemplates, default_templates, render_mail
from mappings.mail.samples import all_samples, full_samples, samples

DIRECTIVE = SOURCES["directive.j2"]
_MORE = "\n{% macro more(mail) %}{{ mail.code if\n   mail.nothing\n}}{% endmacro %}\n"
GREETING = "{{ say.greeting(mail) }}"


def told(own: dict[str, str]) -> list[tuple[str, int, int, str]]:
    return [(f.file, f.line, f.column, str(f.what)) for f in faults(own)]


def changed(old: str, new: str, name: str = "directive.j2") -> dict[str, str]:
    assert old in SOURCES[name]
    return {name: SOURCES[name].replace(old, new, 1)}


def test_our_own_templates_are_sound() -> None:
    assert faults(dict(SOURCES)) == []


def test_every_kind_of_mail_is_tried() -> None:
    kinds = set(get_args(AnyMail))
    assert {type(mail) for mail in samples()} == kinds
    assert {type(mail) for mail in full_samples()} == kinds
    tried = list(all_samples())
    assert {type(mail) for mail in tried} == kinds
    assert {mail.possible_duplicate for mail in tried} == {False, True}
    assert all(mail.linked for mail in full_samples())


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        (
            changed("mail.office", "mail.ofice"),
            ("directive.j2", 7, 60, "asks for mail.ofice, which does not exist"),
        ),
        (
            changed(GREETING, "{{ mail.letter.cod }}"),
            ("directive.j2", 6, 16, "asks for mail.letter.cod, which does not exist"),
        ),
        (
            changed(GREETING, "{{ mail.code.cod }}"),
            ("directive.j2", 6, 14, "asks for mail.code.cod, which does not exist"),
        ),
        (
            changed("mail.letter.issuer", "mail.letter.isuer", "phrases.j2"),
            ("phrases.j2", 7, 113, "asks for mail.letter.isuer, which does not exist"),
        ),
        (
            changed("file.url", "file.uri", "phrases.j2"),
            ("phrases.j2", 56, 52, "asks for file.uri, which does not exist"),
        ),
        (
            changed("| deadline", "| dedline"),
            ("directive.j2", 15, 53, "has no filter dedline"),
        ),
        (
            changed("say.greeting", "sya.greeting"),
            ("directive.j2", 6, 4, "knows no sya"),
        ),
        (changed("subject(mail)", "subjct(mail)"), ("directive.j2", 1, 1, "has no macro subject")),
        (
            changed(GREETING, "{{ 1 // 0 }}"),
            ("directive.j2", 6, 1, "cannot write directive: integer division or modulo by zero"),
        ),
        (
            changed(GREETING, "{{ mail.sender.unit.__class__ }}"),
            (
                "directive.j2",
                6,
                21,
                "cannot write directive: access to attribute '__class__' of 'str' object is "
                "unsafe.",
            ),
        ),
        (
            changed(GREETING, GREETING + "{{ 'x' * 210000 }}"),
            ("directive.j2", 3, 1, "makes a text of more than 200000 characters"),
        ),
        (
            changed(GREETING, ""),
            (
                "directive.j2",
                3,
                1,
                "does not say in directive that a letter may have come before",
            ),
        ),
        (
            changed(" [{{ mail.code }}]", "", "phrases.j2"),
            ("phrases.j2", 1, 1, "leaves mail.code out of the subject of directive"),
        ),
        (
            changed("macro strong", "macro srong", "layout.html.j2"),
            (
                "layout.html.j2",
                1,
                1,
                "cannot write directive: 'jinja2.environment.TemplateModule object' has no "
                "attribute 'strong'",
            ),
        ),
    ],
)
def test_faults_are_told_at_their_place(
    own: dict[str, str], fault: tuple[str, int, int, str]
) -> None:
    found = told(own)
    if fault[0] == "layout.html.j2":  # where the macro is missing no line can say so
        fault = (fault[0], found[0][1], found[0][2], fault[3])
    assert found[0] == fault


def test_a_syntax_error_has_its_line() -> None:
    ((file, line, column, what),) = told(changed("{% endcall %}", ""))
    assert (file, line, column) == ("directive.j2", 26, 1)
    assert what.startswith("is no template: Encountered unknown tag 'endmacro'.")
    ((_, line, _, what),) = told({"part.j2": "{% macro subject(mail) %}\n{{ mail."})
    assert line == 2


def test_a_field_is_found_on_the_line_where_it_stands() -> None:
    own = {"part.j2": SOURCES["part.j2"] + _MORE}
    lines = own["part.j2"].split("\n")
    ((_, line, column, what),) = told(own)
    assert what == "asks for mail.nothing, which does not exist"
    assert lines[line - 1][column - 1 :] == "nothing"


def test_all_files_are_looked_at_before_mails_are_tried() -> None:
    own = changed("mail.office", "mail.ofice") | changed("mail.parts", "mail.prts", "phrases.j2")
    assert {file for file, *_ in told(own)} == {"directive.j2", "phrases.j2"}


def test_a_macro_that_calls_itself_is_told() -> None:
    own = changed(GREETING, "{{ subject(mail) }}{{ body(mail) }}")
    assert "maximum recursion depth exceeded" in told(own)[0][3]


def test_an_own_template_takes_the_place_of_ours_and_no_other() -> None:
    own = changed("Nhắc thời hạn", "NHẮC HẠN", "reminder_before.j2")
    assert faults(own) == []
    templates = MailTemplates(own)
    for mail in samples():
        ours = default_templates().fill(mail.template, mail)
        theirs = render_mail(mail.template, mail, templates)
        assert (ours == theirs) is (mail.template != "reminder_before")
        assert theirs.subject == ours.subject.replace("Nhắc thời hạn", "NHẮC HẠN")


def test_what_fails_later_all_the_same_is_our_fault() -> None:
    templates = MailTemplates(changed(GREETING, "{{ mail.files[1] }}"))
    (directive, *_) = samples()
    assert isinstance(directive, DirectiveMail)
    templates.fill("directive", replace(directive, files=("a", "b")))
    with pytest.raises(InvariantViolation, match="mail template directive"):
        render_mail("directive", directive, templates)


def test_files_are_those_that_are_shipped() -> None:
    assert set(SOURCES) == set(FILES)
    assert max(len(source.encode()) for source in SOURCES.values()) < own_templates.MAX_OCTETS / 5
