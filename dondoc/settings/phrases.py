"""An administrator's phrases laid over those that come with Dondoc."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from domain.errors import Problem
from domain.words import say
from dondoc.settings.models_phrases import LISTS, PhraseChange, PhrasesFile
from dondoc.settings.placed import read_entry
from dondoc.settings.problems import nearest
from dondoc.settings.source import Document
from mappings.reply.phrase_lists import default_phrases
from mappings.reply.phrases import Phrases

_KEY = "phrases"


def read_phrases(
    main: Document,
    open_file: Callable[[Path], Document | None],
    is_file: Callable[[Path], bool],
) -> tuple[Phrases | None, tuple[Problem, ...]]:
    """Read the file that dondoc.yaml names; None where it names none, or none that is sound."""
    name = main.data.get(_KEY) if isinstance(main.data, dict) else None
    if not isinstance(name, str) or not name.strip():
        return None, ()
    path = main.path.parent / name.strip()
    if not is_file(path):
        what = say("there is no file {name}", name=name.strip())
        advice = say("write its path relative to {file}", file=main.path.name)
        return None, (main.problem((_KEY,), what, advice),)
    document = open_file(path)
    if document is None:
        return None, ()
    placed, problems = read_entry(PhrasesFile, document)
    found = sorted((*problems, *_check(document)), key=lambda one: (one.line, one.column))
    return (_laid_over(placed.entry) if placed and not found else None), tuple(found)


def _check(document: Document) -> Iterator[Problem]:
    """Find lists and phrases that are not there, in items of a wrong form too."""
    seen: set[str] = set()
    items = document.data.get("changes") if isinstance(document.data, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else []):
        named = item.get("list") if isinstance(item, dict) else None
        name = named.strip() if isinstance(named, str) else ""
        if not name:
            continue
        trail = ("changes", index, "list")
        if name not in LISTS:
            yield document.problem(
                trail,
                say("there is no list {name}", name=name),
                nearest(name, list(LISTS)) or say("write one of those in docs/configuration.md"),
            )
        elif name in seen:
            yield document.problem(
                trail,
                say("the list {name} stands here again", name=name),
                say("put all its changes into one item"),
            )
        else:
            yield from _removals(document, index, name, item.get("remove"))
        seen.add(name)


def _removals(document: Document, index: int, name: str, removed: object) -> Iterator[Problem]:
    known = list(getattr(default_phrases(), name))
    for at, written in enumerate(removed if isinstance(removed, list) else []):
        phrase = written.strip() if isinstance(written, str) else ""
        if phrase and phrase not in known:
            yield document.problem(
                ("changes", index, "remove", at),
                say("{name} has no such phrase", name=name),
                nearest(phrase, known) or say("write it as Dondoc's own list has it"),
            )


def _laid_over(entry: PhrasesFile) -> Phrases:
    base = default_phrases()
    changed = {
        change.list: _changed(getattr(base, change.list), change) for change in entry.changes
    }
    short = dict(base.abbreviations) | entry.abbreviations
    return replace(base, **changed, abbreviations=tuple(short.items()))


def _changed(known: tuple[str, ...], change: PhraseChange) -> tuple[str, ...]:
    if change.replace is not None:
        return change.replace
    kept = (phrase for phrase in known if phrase not in change.remove)
    return tuple(dict.fromkeys((*kept, *change.add)))
