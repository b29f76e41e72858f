"""Texts that know how they were made: English as they stand, another language by a catalogue."""

import pickle

import pytest

from domain.words import Words, say, translated

CATALOGUE = {"{key} is {state}": "{state}: {key}", "open": "mở", "{{x}} {n}": "{n} {{x}}"}


def test_a_text_is_its_english() -> None:
    text = say("{key} is {state}", key="door", state=say("open"))
    assert text == "door is open"
    assert isinstance(text, str)
    assert (text.template, set(text.arguments)) == ("{key} is {state}", {"key", "state"})


def test_arguments_are_translated_too() -> None:
    assert translated(say("{key} is {state}", key="door", state=say("open")), CATALOGUE) == (
        "mở: door"
    )


def test_an_argument_that_looks_like_a_text_of_the_catalogue_stays() -> None:
    assert translated(say("{key} is {state}", key="{n}", state="open"), CATALOGUE) == "open: {n}"


def test_braces_and_other_values_than_text() -> None:
    assert translated(say("{{x}} {n}", n=3), CATALOGUE) == "3 {x}"


def test_what_the_catalogue_lacks_and_plain_text_stay_english() -> None:
    assert translated(say("closed"), CATALOGUE) == "closed"
    assert translated("open", CATALOGUE) == "open"


def test_a_text_travels_between_processes() -> None:
    text = pickle.loads(pickle.dumps(say("{key} is {state}", key="a", state=say("open"))))
    assert isinstance(text, Words)
    assert translated(text, CATALOGUE) == "mở: a"


def test_a_place_without_an_argument_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        say("{key} is {state}", key="door")
