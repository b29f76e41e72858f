"""Whether a duty that outlives an office always finds the next one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from domain.errors import Problem
from domain.words import say
from dondoc.settings.models import OfficeEntry
from dondoc.settings.placed import Placed
from dondoc.settings.source import Trail

PlacedOffice = Placed[OfficeEntry]


def check_succession(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    """Find successors that lead back to where they began, and days on which nobody takes over."""
    by_id: dict[str, PlacedOffice] = {}
    for office in offices:
        by_id.setdefault(office.entry.id, office)
    leads = {id: [h.office for h in o.entry.successors] for id, o in by_id.items()}
    circles = rings(leads)
    for ring in circles:
        last = by_id[ring[-1]]
        index = leads[ring[-1]].index(ring[0])
        yield last.problem(
            ("successors", index, "office"),
            say("the successors lead in a circle: {line}", line=" → ".join((*ring, ring[0]))),
            say("name the office that follows in the end, and each office once"),
        )
    for office in offices:
        for index, heir in enumerate(office.entry.successors):
            found = by_id.get(heir.office)
            # In a circle one of them always ends first; that says nothing new.
            circling = any({office.entry.id, heir.office} <= set(ring) for ring in circles)
            if found is not None and found is not office and not circling:
                yield from _handed_over(office, ("successors", index, "office"), found.entry)


def rings(leads: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Return the rings in which links lead, each once from its first member on.

    What leads to itself at once is left out: it is told where it stands.
    """
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in leads:
        # Each entry is a member of the line so far and the links of it that were not tried yet.
        line: dict[str, Iterator[str]] = {} if start in done else {start: iter(leads[start])}
        while line:
            last = next(reversed(line))
            following = next(line[last], None)
            if following is None:
                done.add(last)
                del line[last]
            elif following in line and following != last:
                members = list(line)
                found.append(tuple(members[members.index(following) :]))
            elif following in leads and following not in done and following != last:
                line[following] = iter(leads[following])
    return found


def _handed_over(office: PlacedOffice, trail: Trail, heir: OfficeEntry) -> Iterator[Problem]:
    end = office.entry.valid_to
    if end is None:
        return
    if heir.valid_from and heir.valid_from > end + timedelta(days=1):
        yield office.problem(
            trail,
            say(
                "{id} ends on {end}, but {heir} begins on {begin} only",
                id=office.entry.id,
                end=end,
                heir=heir.id,
                begin=heir.valid_from,
            ),
            say("let the successor begin on the day after; nobody has the duty in between"),
            warning=True,
        )
    if heir.valid_to and heir.valid_to <= end:
        yield office.problem(
            trail,
            say(
                "{id} ends on {end}, when {heir} has ended already",
                id=office.entry.id,
                end=end,
                heir=heir.id,
            ),
            say("name the office that exists after that day"),
            warning=True,
        )
