"""Expressions: compiled strictly, failing with words that hold nothing of the answer."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedDocument
from domain.rest_values import Absent
from mappings.rest.expression import compiled

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data.a", "x:y__z:  "),
        ("split(data.a, ':')", ["x", "y__z"]),
        ("split(data.a, '')", ["x:y__z:"]),
        ("split('', ':')", []),
        ("split(data.none || '', ':')", []),
        ("before_first(data.a, ':')", "x"),
        ("before_first(data.a, '')", "x:y__z:  "),
        ("after_first(data.a, ':')", "y__z:  "),
        ("after_first(data.a, '')", ""),
        ("before_last(data.a, '__')", "x:y"),
        ("before_last(data.a, '')", ""),
        ("after_last('k__a__b.pdf', '__')", "b.pdf"),
        ("after_last('b.pdf', '__')", "b.pdf"),
        ("after_last('b.pdf', '')", "b.pdf"),
        ("trim(data.a)", "x:y__z:"),
        ("split(data.a, ':')[].after_last(@, '__')", ["x", "z"]),
        ("data.code == `1` && 'one'", "one"),
        ("not_null(data.none, data.code)", 1),
    ],
)
def test_what_expressions_find(text: str, found: object) -> None:
    data = {"data": {"a": "x:y__z:  ", "none": None, "code": 1}}
    assert compiled("key", text).value(data) == found


def test_nothing_given_to_a_function_is_told_from_another_kind() -> None:
    with pytest.raises(Absent, match="gives null to split"):
        compiled("key", "split(data.none, ':')").value({"data": {"none": None}})
    with pytest.raises(MalformedDocument, match="gives number to split") as caught:
        compiled("key", "split(data.none, ':')").value({"data": {"none": 1}})
    assert not isinstance(caught.value, Absent)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("data.[", "is no JMESPath"),
        ("data[?a", "is no JMESPath"),
        ("data.a b", "near character 8"),
        ("a # b", "near character 3"),
        ("[0:1:0:1]", "is no JMESPath"),
        ("(" * 5000 + "a" + ")" * 5000, "is no JMESPath"),
        ("replace(a, 'b')", "calls replace\\(\\), which does not exist"),
        ("data[?x(@)].y", "calls x\\(\\)"),
        ("split(a)", "calls split\\(\\) with 1 argument"),
        ("trim(a, b)", "calls trim\\(\\) with 2 argument"),
        ("not_null()", "calls not_null\\(\\) with 0 argument"),
    ],
)
def test_what_is_no_expression(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        compiled("key", text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("split(secret, ':')", r"gives number to split\(\), which needs string"),
        ("[::0]", "cannot be worked out"),
        ("sum(words)", r"gives .* to sum\(\)"),
    ],
)
def test_an_expression_that_cannot_work_names_its_key_and_no_value(text: str, why: str) -> None:
    rule = compiled("received.list.id", text)
    data = [4711] if text == "[::0]" else {"secret": 4711, "words": ["4711"]}
    with pytest.raises(MalformedDocument, match=f"received.list.id {why}") as caught:
        rule.value(data)
    assert "4711" not in str(caught.value)


@given(
    st.sampled_from(
        [
            "a.b[0].c",
            "split(@, ':')",
            "[].x",
            "sort(@)",
            "max_by(@, &a)",
            "length(@)",
            "*.a",
        ]
    ),
    JSON,
)
def test_no_answer_breaks_an_expression(text: str, data: object) -> None:
    with suppress(MalformedDocument):
        compiled("key", text).value(data)


@given(st.text(max_size=30))
def test_no_text_breaks_the_compiler(text: str) -> None:
    with suppress(ValueError):
        assert compiled("key", text).text == text
