"""From a letter to a campaign for a person to look over: guesses, each with the words it came from.

Nothing is decided here: what the letter does not say surely is left open and said. Names are looked
up in the directory as it is on the letter's day.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.campaign import Expected
from domain.ids import CampaignId, OfficeId
from domain.office import Directory
from mappings.letter.addressees import action_addressees, information_addressees
from mappings.letter.body import plain, shown
from mappings.letter.duties import Deadline, Duties, Named, read_duties
from mappings.letter.head import LetterHead, read_head
from mappings.letter.subject import read_subject
from mappings.letter.whom import (
    Here,
    Meant,
    is_unit,
    is_unit_by_name,
    office_named,
    speaks_of_nobody,
    whom,
)
from mappings.names.fold import fold, fold_loose
from mappings.reply.numbers import cited_numbers, notation_type

_MONTH = re.compile(r"tháng[ .…]{0,9}(\d{1,2})[ .…]{0,9}năm[ .…]{0,9}(\d{4})")
_SLUG = re.compile(r"[^a-z0-9]+")
_ID_LENGTH = 40
_NUMBERED = re.compile(r"(\d+)[^/]*/")

_TYPES = {
    "NQ": "Nghị quyết",
    "QĐ": "Quyết định",
    "CT": "Chỉ thị",
    "KH": "Kế hoạch",
    "KL": "Kết luận",
    "NĐ": "Nghị định",
    "TT": "Thông tư",
    "HD": "Hướng dẫn",
    "TB": "Thông báo",
}
"""Types by which a campaign is called, with their words (NĐ 30/2020/NĐ-CP, Phụ lục III)."""


class Left(StrEnum):
    """What a person must still decide."""

    NUMBER = "number"
    ISSUER = "issuer"
    SUBJECT = "subject"
    NOBODY = "nobody"
    ACTION = "action"
    INFORMATION = "information"
    DEADLINE = "deadline"
    DEADLINES = "deadlines"
    YEAR = "year"
    RHYTHM = "rhythm"
    COLLECTOR = "collector"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Our own office, and the place that it writes before the date of its letters."""

    name: str
    place: str
    parent: str = ""
    """Name of the body above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Something left open: what kind, the letter's words, and the sentence that they are from."""

    left: Left
    words: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A recipient: a group or an office, and the item of the letter that names it."""

    group: str | None = None
    office: OfficeId | None = None
    name: str = ""
    expected: Expected
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that the letter names; without ``office`` it is our own unit."""

    office: OfficeId | None
    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A campaign as far as one letter tells it; ``open`` is what it does not tell."""

    id: CampaignId
    head: LetterHead
    day: date
    subject: str
    cited: tuple[str, ...]
    keywords: tuple[str, ...]
    ours: bool
    recipients: tuple[Guess, ...]
    deadline: Deadline | None
    collector: Body | None
    department: Body | None
    open: tuple[Open, ...]


def draft(
    text: str, unit: Unit, directory: Directory, taken: Sequence[CampaignId], today: date
) -> Draft:
    """Read a letter's whole text for our own ``unit``; ``taken`` ids are not given again."""
    head = read_head(text)
    here = Here(unit=unit.name, parent=unit.parent, directory=directory, day=_day(head, today))
    subject = read_subject(text) or ""
    duties = read_duties(text, head.issued_on or here.day)
    cited = cited_numbers(subject)
    ours = _ours(head, text, here, unit.place)
    deadline, over_deadline = _deadline(duties)
    collector, over_collector = _body(duties.collectors, here, Left.COLLECTOR, ours=ours)
    department, over_department = _body(duties.departments, here, Left.DEPARTMENT, ours=ours)
    if department and department.office is None:
        department = None
    guesses, over_names = _recipients(text, here, ours=ours)
    return Draft(
        id=_id(head, cited, here.day, taken),
        head=head,
        day=here.day,
        subject=subject,
        cited=cited,
        keywords=tuple(_keywords(cited)),
        ours=ours,
        recipients=tuple(_with_collector(guesses, collector)),
        deadline=deadline,
        collector=collector,
        department=department,
        open=(
            *([] if head.number else [Open(left=Left.NUMBER)]),
            *([] if ours else [Open(left=Left.ISSUER, words=head.issuer or "")]),
            *([] if subject else [Open(left=Left.SUBJECT)]),
            *over_names,
            *over_deadline,
            *over_collector,
            *over_department,
        ),
    )


def _day(head: LetterHead, today: date) -> date:
    """Return the letter's day; of a draft the last day of its month, else today."""
    if head.issued_on:
        return head.issued_on
    words = " ".join(reason.evidence for reason in head.reasons if reason.rule == "blank_day")
    match = _MONTH.search(words)
    month, year = (int(match[1]), int(match[2])) if match else (0, 0)
    if 1 <= month <= 12 and date.min.year <= year <= date.max.year:
        return date(year, month, monthrange(year, month)[1])
    return today


def _ours(head: LetterHead, text: str, here: Here, place: str) -> bool:
    """Tell whether the letter is from our own office, or from one of ours in our own place.

    An issuer that reads only "UBND" is any committee; the place before the date tells ours.
    """
    if head.issuer is None:
        return False
    if is_unit_by_name(head.issuer, here):
        return True
    if is_unit(head.issuer, here):
        return bool(head.place) and fold(head.place or "") == fold(place)
    whole = fold(plain(text)[:3_000])
    named = bool(here.own_name) and here.own_name in whole
    return named and office_named(head.issuer, here) is not None


def _recipients(text: str, here: Here, *, ours: bool) -> tuple[list[Guess], list[Open]]:
    guesses: dict[str, Guess] = {}
    left: list[Open] = []
    for items, expected, kind, label in (
        (action_addressees(text), Expected.REPORT, Left.ACTION, "Kính gửi"),
        (information_addressees(text), Expected.INFORMATION, Left.INFORMATION, "Nơi nhận"),
    ):
        if not items and kind is Left.ACTION:
            left.append(Open(left=Left.NOBODY))
        for item in items or ():
            if speaks_of_nobody(item):
                continue
            if not ours:
                left.append(Open(left=kind, words=shown(item)))
                continue
            meant = whom(item, here)
            for guess in _guesses(meant, expected, f"{label}: {item}", here.directory):
                guesses.setdefault(guess.group or guess.office or "", guess)
            left += [Open(left=kind, words=words) for words in meant.unknown]
    return _without_told_again(list(guesses.values()), here), left


def _without_told_again(guesses: Sequence[Guess], here: Here) -> list[Guess]:
    """Leave out offices that are only informed by name and owe a report with their group.

    A rule for an office goes before that of its group, so it would owe nothing any more.
    """
    groups = (g.group for g in guesses if g.group and g.expected is Expected.REPORT)
    owing = {o.id for group in groups for o in here.directory.in_group(group, here.day)}
    return [g for g in guesses if g.expected is Expected.REPORT or g.office not in owing]


def _guesses(meant: Meant, expected: Expected, said: str, directory: Directory) -> Iterator[Guess]:
    for group in meant.groups:
        yield Guess(group=group, expected=expected, said=shown(said))
    for office in meant.offices:
        name = _name(directory, office)
        yield Guess(office=office, name=name, expected=expected, said=shown(said))


def _with_collector(guesses: Sequence[Guess], collector: Body | None) -> Iterator[Guess]:
    """Return the recipients; who collects the reports owes none, it only acknowledges.

    A letter to nobody that is known does not become one to the collector.
    """
    if collector is None or collector.office is None:
        yield from guesses
        return
    own = Guess(
        office=collector.office,
        name=collector.name,
        expected=Expected.ACKNOWLEDGEMENT,
        said=collector.sentence,
    )
    others = [guess for guess in guesses if guess.office != collector.office]
    yield from (guess for guess in others if guess.expected is Expected.REPORT)
    if guesses:
        yield own
    yield from (guess for guess in others if guess.expected is not Expected.REPORT)


def _deadline(duties: Duties) -> tuple[Deadline | None, list[Open]]:
    """Return the one deadline; several different ones are a person's choice."""
    rhythms = [Open(left=Left.RHYTHM, sentence=words) for words in dict.fromkeys(duties.rhythms)]
    different = {(d.day, d.yearly, d.before): d for d in duties.deadlines}
    if not different:
        return None, [Open(left=Left.DEADLINE), *rhythms]
    if len(different) > 1:
        told = [
            Open(left=Left.DEADLINES, words=_day_words(d), sentence=d.sentence)
            for d in different.values()
        ]
        return None, [*told, *rhythms]
    found = next(iter(different.values()))
    year = Open(left=Left.YEAR, words=str(found.day.year), sentence=found.sentence)
    return found, [*([year] if found.guessed_year else []), *rhythms]


def _day_words(deadline: Deadline) -> str:
    return f"{deadline.day:%m-%d}" if deadline.yearly else deadline.day.isoformat()


def _body(
    named: Sequence[Named], here: Here, kind: Left, *, ours: bool
) -> tuple[Body | None, list[Open]]:
    """Return the one body that the letter names; several, or one that is unknown, are left.

    "UBND huyện" is our own office only in a letter of ours.
    """
    own = is_unit if ours else is_unit_by_name
    found: dict[OfficeId | None, Body] = {}
    left: list[Open] = []
    for name in named:
        office = office_named(name.words, here)
        if office is None and not own(name.words, here):
            left.append(Open(left=kind, words=name.words, sentence=name.sentence))
            continue
        called = here.unit if office is None else _name(here.directory, office)
        found.setdefault(office, Body(office=office, name=called, sentence=name.sentence))
    if not named:
        return None, [Open(left=kind)]
    if len(found) > 1:
        left += [Open(left=kind, words=b.name, sentence=b.sentence) for b in found.values()]
        return None, left
    return next(iter(found.values()), None), left


def _name(directory: Directory, office: OfficeId) -> str:
    known = directory.get(office)
    return known.name if known else ""


def _keywords(cited: Sequence[str]) -> Iterator[str]:
    """Return how offices call a document when they answer: NQ47, Nghị quyết 47, NQ 47."""
    for code in cited:
        kind, number = notation_type(code), _NUMBERED.match(code)
        if number and kind in _TYPES:
            yield from (f"{kind}{number[1]}", f"{_TYPES[kind]} {number[1]}", f"{kind} {number[1]}")


def _id(
    head: LetterHead, cited: Sequence[str], day: date, taken: Sequence[CampaignId]
) -> CampaignId:
    words = next(_keywords(cited), "") or f"{head.number or ''} {head.notation or day}"
    base = _SLUG.sub("-", fold_loose(words)).strip("-")[:_ID_LENGTH].strip("-")
    # A key of digits alone would be a number or a date in the file.
    base = base if base[:1].isalpha() else f"dot-{base}".strip("-")
    found, count = base, 1
    while found in taken:
        count += 1
        found = f"{base}-{count}"
    return CampaignId(found)
