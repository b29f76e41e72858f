"""Every text of a problem can be said in Vietnamese, with the same arguments, and no other."""

import ast
import string
import unicodedata
from pathlib import Path

from domain.errors import Problem
from domain.words import say
from dondoc.languages import Language, catalogue, said, told
from tests.checkout import PACKAGES, ROOT, files

VIETNAMESE = catalogue(Language.VI)


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def said_in_source() -> list[tuple[Path, ast.Call]]:
    return [
        (path, node)
        for path in files()
        if path.suffix == ".py" and path.parts[0] in PACKAGES
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
    ]


CALLS = said_in_source()


def template_of(call: ast.Call) -> str:
    first = call.args[0]
    assert isinstance(first, ast.Constant), ast.unparse(call)
    assert isinstance(first.value, str)
    return first.value


def test_every_text_is_a_literal_with_its_arguments_by_name() -> None:
    assert len(CALLS) > 300
    for path, call in CALLS:
        given = {keyword.arg for keyword in call.keywords}
        assert (len(call.args), given) == (1, places(template_of(call))), f"{path}:{call.lineno}"


def test_every_text_has_a_translation_and_every_translation_a_text() -> None:
    assert {template_of(call) for _, call in CALLS} == set(VIETNAMESE)


def test_problems_of_the_configuration_are_made_where_words_are_asked_for() -> None:
    """`Problem` itself takes any text; what makes one for a file asks for words, as mypy sees."""
    made = {
        path.name
        for path in (ROOT / "dondoc" / "settings").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem"
    }
    assert made == {"secrets.py", "source.py"}


def test_a_translation_has_the_arguments_of_its_text() -> None:
    wrong = [en for en, vi in VIETNAMESE.items() if places(en) != places(vi) or not vi.strip()]
    assert wrong == []


def test_vietnamese_is_composed() -> None:
    text = (ROOT / "dondoc" / "languages" / "vi.toml").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)


def test_english_is_the_text_itself() -> None:
    text = say("{key} is missing", key="mail.smtp")
    assert said(text, Language.EN) == text == "mail.smtp is missing"
    assert said(text, Language.VI) == "thiếu mail.smtp"


def test_a_problem_is_one_line_in_both_languages() -> None:
    problem = Problem(
        file="dondoc.yaml",
        line=7,
        column=3,
        what=say("{key} {what}", key="mail.address", what=say("has no value")),
        advice=say("write one, or take the key out"),
    )
    assert told(problem, Language.EN) == str(problem)
    assert told(problem, Language.VI) == (
        "dondoc.yaml:7:3: mail.address không có giá trị; ghi giá trị, hoặc bỏ mục này"
    )
