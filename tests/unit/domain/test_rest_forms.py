"""Templates and forms of dates."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rest_forms import DateForm, Template

NOW = datetime(2024, 5, 8, 2, 3, 4, 567_000, tzinfo=UTC)


def test_a_template_is_filled() -> None:
    template = Template("a/{{x}}/{id}/{id}-{name}")
    assert template.names == ("id", "id", "name")
    assert template.only is None
    values = {"id": "7/8", "name": "Đ"}
    assert template.filled(values) == "a/{x}/7/8/7/8-Đ"
    assert template.filled(values, lambda text: quote(text, safe="")) == "a/{x}/7%2F8/7%2F8-%C4%90"
    with pytest.raises(KeyError, match="name"):
        template.filled({"id": "7"})


@pytest.mark.parametrize(("text", "only"), [("{page}", "page"), ("{page} ", None), ("{{", None)])
def test_a_template_may_be_nothing_but_a_place(text: str, only: str | None) -> None:
    assert Template(text).only == only


@pytest.mark.parametrize(
    ("text", "at"), [("{", 1), ("a}", 2), ("{A}", 1), ("{ id }", 1), ("{}", 1)]
)
def test_a_lone_brace_is_refused(text: str, at: int) -> None:
    with pytest.raises(ValueError, match=f"character {at}"):
        Template(text)


@given(st.text())
def test_what_is_put_in_is_never_taken_for_a_place(value: str) -> None:
    assert Template("{a}{{a}}").filled({"a": value}) == value + "{a}"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("dd/MM/yyyy", "08/05/2024"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-05-08T09:03:04.567+07:00"),
        ("dd.MM.yyyy HH'h'mm'''%'", "08.05.2024 09h03'%"),
        ("epoch_seconds", "1715133784"),
        ("epoch_milliseconds", "1715133784567"),
    ],
)
def test_dates_are_written_and_read(form: str, text: str) -> None:
    assert DateForm(form).write(NOW) == text
    read = DateForm(form).read(text)
    assert read is not None
    assert DateForm(form).write(read) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("dd/MM/yyyy", "2024-05-08"),
        ("dd/MM/yyyy", "31/02/2024"),
        ("dd/MM/yyyy", "08/05/2024 09:00"),
        ("dd/MM/yyyy", ""),
        ("dd/MM/yyyy HH:mm:ssXXX", "01/01/0001 00:00:00+23:00"),
        ("epoch_seconds", "soon"),
        ("epoch_seconds", "999999999999999"),
    ],
)
def test_another_form_is_no_date(form: str, text: str) -> None:
    assert DateForm(form).read(text) is None


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("dd/MM", "yyyy"),
        ("d/M/yyyy", "has d,"),
        ("dd/MM/yyyy hh", "has hh"),
        ("dd/MM/yyyy 'T", "lone quote"),
        ("", "needs"),
    ],
)
def test_what_is_no_form(form: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        DateForm(form)


@given(st.integers(-(10**9), 10**10))
def test_epochs_survive(seconds: int) -> None:
    instant = DateForm("epoch_seconds").read(seconds)
    assert instant is not None
    assert DateForm("epoch_seconds").write(instant) == str(seconds)
    assert DateForm("epoch_milliseconds").read(seconds * 1000) == instant
