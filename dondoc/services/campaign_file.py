"""A drafted campaign written as a person would write it: keys in order, each with its reason."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.campaign import Expected
from dondoc.languages import Language
from dondoc.services.campaign_draft import Body, Draft, Guess, Left
from dondoc.services.campaign_words import WORDS, Words, told_open
from dondoc.settings.quick_yaml import read_quickly

_WIDTH = 98
_SECTIONS = {
    "id": (Left.SUBJECT,),
    "intake": (Left.NUMBER,),
    "recipients": (Left.ISSUER, Left.NOBODY, Left.ACTION, Left.INFORMATION),
    "rounds": (Left.DEADLINE, Left.DEADLINES, Left.YEAR, Left.RHYTHM),
    "compile": (Left.COLLECTOR,),
    "forward": (Left.DEPARTMENT,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of our configuration a campaign leans on."""

    organ_id: str
    unit: str
    has_exchange: bool


def campaign_file(draft: Draft, letter: str, around: Surroundings, language: Language) -> str:
    """Return the text of a campaign file; ``letter`` is the name of the letter's file."""
    words = WORDS[language]
    parts = (
        _head(letter, words),
        _named(draft, around, words),
        _citations(draft, words),
        _intake(draft, around, words),
        _recipients(draft, around, words),
        _rounds(draft, words),
        _compile(draft, around, words),
        _forward(draft, words),
    )
    return "\n".join("\n".join(part) + "\n" for part in map(list, parts) if part)


def _head(letter: str, words: Words) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../schema/campaign.schema.json"
    yield "#"
    for line in words.head:
        yield from _comment(line.format(letter=letter))


def _named(draft: Draft, around: Surroundings, words: Words) -> Iterator[str]:
    title = draft.subject[:1].upper() + draft.subject[1:]
    subject = words.subject.format(said=draft.subject) if draft.subject else ""
    head = draft.head
    yield from _from(subject if draft.keywords else head.number_words or head.day_words, words)
    yield f"id: {draft.id}    # {words.never_change}"
    yield from _open(draft, "id", words)
    yield from _from(subject, words)
    yield f"title: {_text(title)}"
    if draft.keywords:
        yield from _from(subject, words)
        yield f"keywords: {_list(draft.keywords)}"
    yield "exchange: send" if around.has_exchange else 'exchange: "off"'


def _citations(draft: Draft, words: Words) -> Iterator[str]:
    if draft.citations:
        yield from _comment(words.citations)
    for one in draft.citations:
        yield from _comment(f"- {one.number}: “{one.sentence}”")


def _intake(draft: Draft, around: Surroundings, words: Words) -> Iterator[str]:
    yield from _open(draft, "intake", words)
    if not (draft.head.notation or draft.subject or draft.ours):
        yield "intake: {}"
        return
    yield "intake:"
    yield from _from(draft.head.number_words, words, "  ")
    if draft.head.number:
        yield f"  number: {_text(draft.head.number)}"
    else:
        yield f'  # number: "…"    # {words.no_number}'
    if draft.head.notation:
        yield f"  notation: {_text(draft.head.notation)}"
    if draft.head.issued_on:
        yield from _from(draft.head.day_words, words, "  ")
        yield f"  issued_on: {draft.head.issued_on.isoformat()}"
    contains = draft.cited or ((draft.subject,) if draft.subject and not draft.head.number else ())
    if contains:
        yield from _from(words.subject.format(said=draft.subject), words, "  ")
        yield f"  subject_contains: {_list(contains)}"
    if draft.ours:
        yield from _from(draft.head.issuer or "", words, "  ")
        yield f"  issuers: {_list([around.organ_id])}"


def _recipients(draft: Draft, around: Surroundings, words: Words) -> Iterator[str]:
    yield from _comment(words.the_day.format(day=draft.day.isoformat()))
    yield from _from(draft.head.day_words, words)
    yield from _open(draft, "recipients", words)
    if not draft.recipients:
        yield f"recipients: []    # {words.nobody}"
        return
    channels = "prefer_exchange" if around.has_exchange else "prefer_email"
    yield "recipients:"
    said = ""
    for guess in draft.recipients:
        if guess.said != said:
            said = guess.said
            yield from _from(said, words, "  ")
        yield from _recipient(guess, channels, words)


def _recipient(guess: Guess, channels: str, words: Words) -> Iterator[str]:
    collects = guess.expected is Expected.ACKNOWLEDGEMENT
    if guess.group is not None:
        yield f"  - group: {_text(guess.group)}"
    else:
        if collects:
            yield from _comment(f"{guess.name}: {words.collector}", "  ")
        yield f"  - office: {guess.office}    # {guess.name}"
    yield f"    expected: {guess.expected}"
    yield f"    channels: {channels}"


def _rounds(draft: Draft, words: Words) -> Iterator[str]:
    yield from _open(draft, "rounds", words)
    deadline = draft.deadline
    if deadline is None:
        yield "rounds: {}"
        return
    yield from _from(deadline.sentence, words)
    yield "rounds:"
    if deadline.yearly:
        yield f"  yearly: {deadline.day:%m-%d}"
    else:
        yield f"  once: {deadline.day.isoformat()}"
    yield f"  before: {'true' if deadline.before else 'false'}"


def _compile(draft: Draft, around: Surroundings, words: Words) -> Iterator[str]:
    yield from _open(draft, "compile", words)
    body: Body | None = draft.collector
    if body is None:
        return
    yield from _from(body.sentence, words)
    yield "compile:"
    if draft.subject:
        yield f"  title: {_text(f'Kết quả {draft.subject}')}"
    if body.office is not None:
        yield f"  parent_name: {_text(around.unit)}"
        yield f"  issuer_name: {_text(body.name)}"
    else:
        yield from _comment(words.own_unit, "  ")
    yield f"  # {words.compile_more}"
    for key in ("number_notation", "signer_capacity", "signer_position", "signer_name"):
        yield f'  # {key}: ""'


def _forward(draft: Draft, words: Words) -> Iterator[str]:
    yield from _open(draft, "forward", words)
    if draft.department is None:
        return
    yield from _from(draft.department.sentence, words)
    yield from _comment(f"{draft.department.name}: {words.department}")
    yield "forward:"
    yield f"  office: {draft.department.office}"


def _open(draft: Draft, section: str, words: Words) -> Iterator[str]:
    """Return a comment for each thing of a section that is left to a person."""
    for thing in draft.open:
        if thing.left in _SECTIONS[section]:
            yield from _comment(words.fill + told_open(words, thing.left, thing.words))
            known = draft.deadline.sentence if draft.deadline else ""
            if thing.sentence and thing.sentence != known:
                yield from _from(thing.sentence, words)


def _from(said: str, words: Words, indent: str = "") -> Iterator[str]:
    """Return the words of the letter that the next lines are from; nothing where it has none."""
    if said:
        yield from _comment(words.from_words.format(said=said), indent)


def _comment(text: str, indent: str = "") -> Sequence[str]:
    # Words of a letter must not end the comment that they stand in.
    shown = "".join(character if character.isprintable() else " " for character in text)
    lead = f"{indent}# "
    return textwrap.wrap(
        shown,
        width=_WIDTH,
        initial_indent=lead,
        subsequent_indent=f"{lead}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _text(text: str, form: str = "key: {}") -> str:
    """Return a value without quotes where every reader takes it for just this text."""
    read = read_quickly(form.format(text))
    plain = read in ({"key": text}, {"key": [text]}) and text == text.strip()
    return text if plain else json.dumps(text, ensure_ascii=False)


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(_text(text, 'key: [{}]') for text in texts)}]"
