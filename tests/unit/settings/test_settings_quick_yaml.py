"""libyaml and ruamel.yaml give the same data and places, or libyaml leaves the file alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.settings import quick_yaml
from dondoc.settings.quick_yaml import Places, find_places, read_quickly
from dondoc.settings.source import Document, read_document, read_thoroughly
from tests.checkout import ROOT

FILES = sorted(
    path
    for folder in (ROOT / "config", ROOT / "mappings", ROOT / "tests" / "data" / "config")
    for path in folder.rglob("*.yaml")
)

# Pieces in which the two readers, and the two versions of YAML, differ.
PIECES = (
    *("a", "b", "k: ", "a: ", "b:", '"a": ', '"x":', "'x':", "- ", "-", "? ", "? ]", ": ", ":"),
    *("\n", "\n  ", "\n    ", "\n\n", " ", "  ", "\t", "\r", "\x85", "\u2028", "\xa0", "\ufeff"),
    *(",", ", ", "[", "]", "{", "}", '"', "'", "#", " #", "|", ">", "|-", "&a ", "*a", "!", "!t "),
    *("%", "%YAML 1.1\n", "---", "...", "@", "`", "=", "<<", "~", "null", "yes", "true", "012"),
    *("0o7", "0x1f", "1_000", "1e3", ".5", ".inf", "11-10", "24:10", "2024-11-10", "2024-02-30"),
    *("{a: b}", "[a, b]", "http://x", "a#b", "xã Ứ", "e\u0301", "\U0001f600", '"a\\n"', "it''s"),
)


def thorough(text: str) -> Document:
    document, problems = read_thoroughly(Path("file.yaml"), text)
    assert document is not None, problems
    assert problems == ()
    return document


def same(text: str) -> bool:
    """Hold that what is read quickly is right; tell whether it was."""
    data = read_quickly(text)
    if data is None:
        return False
    document = thorough(text)
    # repr tells 1 from True and 1.0, and one not-a-number is the other.
    assert repr(data) == repr(document.data)
    assert find_places(text) == document.places()
    return True


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_the_same_by_both(path: Path) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    same(text)


def test_the_directory_is_read_quickly() -> None:
    path = ROOT / "config" / "directory" / "huu-lung.yaml"
    assert same(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "- a",
        "",
        "a",
        "a: 1\na: 2",
        "a: &x 1",
        "a: &x 1\nb: *x",
        "a: &x [1]\nb: *x",
        "a: !secret b",
        "a: !!str 1",
        "!t a: b",
        "a: !t [b]",
        "a: |\n  b",
        "a: >\n  b",
        "? [a]\n: b",
        "? a: b\n: c",
        "a: =",
        "a: 2024-02-30",
        "a: [b",
        "a:\tb",
        "a: b\r\nc: d",
        "a: b\x85c",
        "a: b\u2028c",
        "%YAML 1.1\n---\na: yes",
        "a: b\n---\nc: d",
        "a: b\n...",
        "a: {? }",
        'a: ["x":1]',
        "a: " + "[" * 60 + "]" * 60,
    ],
)
def test_what_is_not_plain_is_left_to_the_other(text: str) -> None:
    assert read_quickly(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "a: yes\nb: on\nc: 012\nd: 0o17\ne: 1_000\nf: 1:30",
        "a: 2024-11-10\nb: 2024-11-10 08:00:00\nc: 1.5\nd: .inf\ne: ~\nf:\ng: true",
        "a:\n- b\n- {c: d, e: [f, g]}\n",
        "a: [b, 'c d', \"e\\u00e9\"]  # f\n",
        '"a b": c',
        "a: e\u0301",
        "a:\n  b:\n    c:\n",
        "a: b\n  c\nd: e",
    ],
)
def test_plain_files_are_read_quickly(text: str) -> None:
    assert same(text)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_text_is_read_otherwise_quickly(text: str) -> None:
    same(text)
    same(f"k: {text}")
    same(f"k: [{text}]")


def test_without_libyaml_all_is_left_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_yaml, "_LIBYAML", None)
    assert read_quickly("a: b") is None


def test_places_are_looked_for_only_when_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("a:\n  - b: c\n", encoding="utf-8")
    asked: list[str] = []

    def noted(text: str) -> Places:
        asked.append(text)
        return find_places(text)

    monkeypatch.setattr("dondoc.settings.source.find_places", noted)
    document, _ = read_document(path)
    assert document is not None
    assert asked == []
    assert document.position(("a", 0, "b"), key=True) == (2, 5)
    assert document.position(("a", 0, "b")) == (2, 8)
    assert len(asked) == 1
