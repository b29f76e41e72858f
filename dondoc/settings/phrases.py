"""An administrator's phrases laid over those that come with Dondoc."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from domain.errors import Problem
from domain.words import say
from dondoc.settings.models_phrases import LISTS, PhraseChange, PhrasesFile
from dondoc.settings.placed import Placed, read_checked
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
    placed, problems = read_checked(PhrasesFile, document, _check)
    return (_laid_over(placed.entry) if placed else None), problems


def _check(placed: Placed[PhrasesFile]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, change in enumerate(placed.entry.changes):
        trail = ("changes", index, "list")
        if change.list not in LISTS:
            yield placed.problem(
                trail,
                say("there is no list {name}", name=change.list),
                nearest(change.list, list(LISTS))
                or say("write one of those in docs/configuration.md"),
            )
        elif change.list in seen:
            yield placed.problem(
                trail,
                say("the list {name} stands here again", name=change.list),
                say("put all its changes into one item"),
            )
        else:
            yield from _removals(placed, index, change)
        seen.add(change.list)


def _removals(placed: Placed[PhrasesFile], index: int, change: PhraseChange) -> Iterator[Problem]:
    known = list(getattr(default_phrases(), change.list))
    for at, phrase in enumerate(change.remove):
        if phrase not in known:
            yield placed.problem(
                ("changes", index, "remove", at),
                say("{name} has no such phrase", name=change.list),
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
