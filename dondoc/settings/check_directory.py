"""What the offices must hold together: keys, doors and successors that lead to one office only."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from domain.errors import Problem
from domain.ids import OrganId
from domain.office import AddressRole
from domain.words import Words, say
from dondoc.settings.models import DeputyEntry, OfficeEntry
from dondoc.settings.placed import Placed
from dondoc.settings.problems import nearest
from dondoc.settings.source import Trail
from mappings.edxml.identifiers import same_by_formula

PlacedOffice = Placed[OfficeEntry]


def check_directory(
    offices: Sequence[PlacedOffice], known: frozenset[str] | None
) -> Iterator[Problem]:
    """Find contradictions between offices.

    ``known`` has the ids of unsound offices too; it is None when some ids cannot be known.
    """
    yield from _repeated_ids(offices)
    for office in offices:
        yield from _validity(office)
        yield from _successors(office, known)
        yield from _door(office)
        yield from _forms(office)
        yield from _deputies(office, known)
        yield from _parent(office, known)
    yield from _stand_ins(offices)
    yield from _circles(offices)
    yield from _shared(offices, say("address"), addresses_of)
    yield from _shared(offices, say("identifier"), _identifiers)


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


def _deputies(office: PlacedOffice, known: frozenset[str] | None) -> Iterator[Problem]:
    for index, deputy in enumerate(office.entry.deputies):
        trail: Trail = ("deputies", index)
        if deputy.valid_to < deputy.valid_from:
            yield office.problem(
                (*trail, "valid_to"),
                say("a deputy of {id} ends before it begins", id=office.entry.id),
                say("exchange the two dates"),
            )
        if deputy.office == office.entry.id:
            yield office.problem(
                (*trail, "office"),
                say("{id} is its own deputy", id=deputy.office),
                say("name the office that stands in"),
            )
        elif deputy.office is not None and known is not None and deputy.office not in known:
            yield office.problem((*trail, "office"), *unknown_office(deputy.office, known))


def _stand_ins(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    """Find days on which the mail goes to another than the one who is to stand in."""
    entries = {office.entry.id: office.entry for office in offices}
    for office in offices:
        id, days = office.entry.id, list[DeputyEntry]()
        for index, deputy in enumerate(office.entry.deputies):
            trail: Trail = ("deputies", index)
            other = entries.get(deputy.office) if deputy.office not in (None, id) else None
            if other is not None and not other.emails:
                yield office.problem(
                    (*trail, "office"),
                    say("{other} stands in for {id} and has no address", other=other.id, id=id),
                    say("give it one; without one the mail goes to {id}", id=id),
                    warning=True,
                )
            if other is not None and not _lasts(other, deputy):
                yield office.problem(
                    (*trail, "office"),
                    say(
                        "{other} stands in for {id} on days when it is no office",
                        other=other.id,
                        id=id,
                    ),
                    say("name one that exists then; without one the mail goes to {id}", id=id),
                    warning=True,
                )
            if deputy.address or (other is not None and other.emails):
                if any(overlap(deputy, before) for before in days):
                    yield office.problem(
                        (*trail, "valid_from"),
                        say("{id} has two deputies on the same days", id=id),
                        say("let one begin after the other; the first one counts"),
                        warning=True,
                    )
                days.append(deputy)


def _lasts(office: OfficeEntry, deputy: DeputyEntry) -> bool:
    begun = office.valid_from is None or office.valid_from <= deputy.valid_from
    return begun and (office.valid_to is None or deputy.valid_to <= office.valid_to)


def _parent(office: PlacedOffice, known: frozenset[str] | None) -> Iterator[Problem]:
    parent = office.entry.parent
    if parent is not None and known is not None and parent not in known:
        yield office.problem(("parent",), *unknown_office(parent, known))


def _circles(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    """Find offices that are above themselves; each circle is told once."""
    placed = {office.entry.id: office for office in offices}
    told: set[str] = set()
    for office in offices:
        way: list[str] = []
        at: str | None = office.entry.id
        while at in placed and at not in way and at not in told:
            way.append(at)
            at = placed[at].entry.parent
        told.update(way)
        if at is not None and at in way:
            circle = [*way[way.index(at) :], at]
            yield placed[at].problem(
                ("parent",),
                say("{id} stands above itself: {circle}", id=at, circle=" < ".join(circle)),
                say("take parent out of one of them"),
            )


def _door(office: PlacedOffice) -> Iterator[Problem]:
    entry = office.entry
    if entry.emails and all(mailbox.role is AddressRole.PRIVATE for mailbox in entry.emails):
        yield office.problem(
            ("emails",),
            say("{id} has only private addresses, so its letters go to one of them", id=entry.id),
            say("add the clerk's address, as `emails: [address]`"),
            warning=True,
        )
    if not entry.organ_id and not entry.emails:
        yield office.problem(
            (),
            say("{id} has neither organ_id nor emails, so nothing can be sent to it", id=entry.id),
            say("add one of the two"),
            warning=True,
        )


def _forms(office: PlacedOffice) -> Iterator[Problem]:
    new, old = office.entry.organ_id, office.entry.organ_id_old
    if new and old and not same_by_formula(OrganId(new), OrganId(old)):
        yield office.problem(
            ("organ_id_old",),
            say(
                "organ_id and organ_id_old of {id} do not look like one office", id=office.entry.id
            ),
            say("compare both with the list of the exchange: dondoc exchange agencies"),
            warning=True,
        )


def addresses_of(office: OfficeEntry) -> list[tuple[str, Trail]]:
    """Return each address to which letters for an office may go, with its place."""
    own = [(box.address, ("emails", index)) for index, box in enumerate(office.emails)]
    found = ((deputy.address, index) for index, deputy in enumerate(office.deputies))
    return [*own, *((address, ("deputies", index)) for address, index in found if address)]


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
                if other is not office and overlap(office.entry, other.entry):
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


def overlap(one: OfficeEntry | DeputyEntry, other: OfficeEntry | DeputyEntry) -> bool:
    """Tell whether two exist on one and the same day."""
    begin = max(one.valid_from or date.min, other.valid_from or date.min)
    return begin <= min(one.valid_to or date.max, other.valid_to or date.max)
