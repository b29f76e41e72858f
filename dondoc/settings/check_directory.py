"""What the offices must hold together: keys, doors and successors that lead to one office only."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from domain.errors import Problem
from domain.words import Words, say
from dondoc.settings.models import OfficeEntry
from dondoc.settings.models_main import MainFile
from dondoc.settings.placed import Placed
from dondoc.settings.problems import nearest
from dondoc.settings.source import Trail

PlacedOffice = Placed[OfficeEntry]


def check_directory(
    offices: Sequence[PlacedOffice], known: frozenset[str] | None, main: Placed[MainFile] | None
) -> Iterator[Problem]:
    """Find contradictions between offices.

    ``known`` has the ids of unsound offices too; it is None when some ids cannot be known.
    """
    yield from _repeated_ids(offices)
    for office in offices:
        yield from _validity(office)
        yield from _successors(office, known)
        yield from _door(office)
    yield from _shared(offices, say("address"), _addresses)
    yield from _shared(offices, say("identifier"), _identifiers)
    if main is not None and main.entry.mail is not None:
        yield from _ours(offices, main.entry.mail.address)


def unknown_office(id: str, known: frozenset[str]) -> tuple[Words, Words]:
    """Return what to say about an id that no office has."""
    advice = nearest(id, sorted(known)) or say("add the office to the directory, or correct the id")
    return say("the directory has no office {id}", id=id), advice


def _repeated_ids(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    first: dict[str, PlacedOffice] = {}
    for office in offices:
        other = first.setdefault(office.entry.id, office)
        if other is not office:
            yield office.problem(
                ("id",),
                say(
                    "two offices have the id {id}, the first in {place}",
                    id=office.entry.id,
                    place=other.where(("id",)),
                ),
                say("give each office an id of its own"),
            )


def _validity(office: PlacedOffice) -> Iterator[Problem]:
    begin, end = office.entry.valid_from, office.entry.valid_to
    if begin and end and end < begin:
        yield office.problem(
            ("valid_to",),
            say("{id} ends before it begins", id=office.entry.id),
            say("exchange the two dates"),
        )
    if office.entry.successors and end is None:
        yield office.problem(
            ("successors",),
            say("{id} has successors but does not end", id=office.entry.id),
            say("give valid_to, its last day, or take the successors out"),
        )


def _successors(office: PlacedOffice, known: frozenset[str] | None) -> Iterator[Problem]:
    functions: set[str | None] = set()
    for index, heir in enumerate(office.entry.successors):
        trail: Trail = ("successors", index)
        if heir.office == office.entry.id:
            yield office.problem(
                (*trail, "office"),
                say("{office} succeeds itself", office=heir.office),
                say("name the office that follows"),
            )
        elif known is not None and heir.office not in known:
            yield office.problem((*trail, "office"), *unknown_office(heir.office, known))
        if heir.function in functions:
            yield office.problem(
                trail,
                _two_heirs(office.entry.id, heir.function),
                say("name one, or tell them apart by function"),
            )
        functions.add(heir.function)


def _two_heirs(id: str, function: str | None) -> Words:
    if function is None:
        return say("{id} has two successors for everything else", id=id)
    return say("{id} has two successors for function {function}", id=id, function=function)


def _door(office: PlacedOffice) -> Iterator[Problem]:
    entry = office.entry
    if not entry.organ_id and not entry.emails:
        yield office.problem(
            (),
            say("{id} has neither organ_id nor emails, so nothing can be sent to it", id=entry.id),
            say("add one of the two"),
            warning=True,
        )


def _addresses(office: OfficeEntry) -> list[tuple[str, Trail]]:
    return [(address, ("emails", index)) for index, address in enumerate(office.emails)]


def _identifiers(office: OfficeEntry) -> list[tuple[str, Trail]]:
    pairs = [(office.organ_id, "organ_id"), (office.organ_id_old, "organ_id_old")]
    return [(text.upper(), (key,)) for text, key in pairs if text]


def _shared(
    offices: Sequence[PlacedOffice],
    what: Words,
    listed: Callable[[OfficeEntry], Sequence[tuple[str, Trail]]],
) -> Iterator[Problem]:
    """Find values by which two offices could be meant on one and the same day.

    The value is not repeated: addresses stay out of logs.
    """
    owners: dict[str, list[PlacedOffice]] = defaultdict(list)
    for office in offices:
        for value, trail in listed(office.entry):
            for other in owners[value]:
                if other is not office and _overlap(office.entry, other.entry):
                    yield office.problem(
                        trail,
                        say(
                            "{id} has the same {what} as {other} in {place} on the same days",
                            id=office.entry.id,
                            what=what,
                            other=other.entry.id,
                            place=other.where(),
                        ),
                        say("correct one, or give valid_from and valid_to that do not overlap"),
                    )
            owners[value].append(office)


def _overlap(one: OfficeEntry, other: OfficeEntry) -> bool:
    begin = max(one.valid_from or date.min, other.valid_from or date.min)
    return begin <= min(one.valid_to or date.max, other.valid_to or date.max)


def _ours(offices: Sequence[PlacedOffice], address: str) -> Iterator[Problem]:
    for office in offices:
        if address in office.entry.emails:
            yield office.problem(
                ("emails", office.entry.emails.index(address)),
                say("{id} has Dondoc's own mailbox as its address", id=office.entry.id),
                say("give the address at which the office reads its mail"),
            )
