"""A list of offices beside the directory: what is new, differs, is missing or is unsure.

Nothing is guessed: a row that may mean several offices, or that takes what another office has, is
left out and told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.ids import OfficeId
from domain.office import Directory, Office
from mappings.directory.columns import Column
from mappings.directory.doubt import Code, Doubt, Place
from mappings.directory.identify import Identity, identify
from mappings.directory.listed import ListedOffice, Listing
from mappings.directory.new_ids import new_id
from mappings.directory.records import FieldChange, changes
from mappings.directory.syntax import ID
from mappings.directory.update import by_itself, with_others
from mappings.names.fold import fold
from mappings.names.forms import canonical
from mappings.names.resolve import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """An office that the list has and the directory lacks."""

    office: Office
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """An office of which the list, or the end of a missing one, says something else."""

    before: Office
    office: Office
    place: Place | None
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a list would do to the directory; ``unlisted`` exist now and are not in it."""

    added: tuple[Addition, ...]
    changed: tuple[Alteration, ...]
    ended: tuple[Alteration, ...]
    unlisted: tuple[Office, ...]
    unchanged: int
    doubts: tuple[Doubt, ...]

    @property
    def left_out(self) -> tuple[Doubt, ...]:
        """Return the doubts for which a row was left out."""
        return tuple(doubt for doubt in self.doubts if not doubt.remark)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """A row with the office that it is about, as it is and as the row has it."""

    listed: ListedOffice
    before: Office | None
    office: Office


def compare(
    listing: Listing,
    directory: Directory,
    on: date,
    *,
    around: Sequence[str] = (),
    end_missing: date | None = None,
) -> Comparison:
    """Return what a list says against the directory.

    Names are read as of ``on``, within the bodies ``around``. With ``end_missing`` the offices that
    exist and are not in the list end on that day, if no row was left out: it may be about them.
    """
    doubts = list(listing.doubts)
    rows = _identified(listing, directory, on, around, doubts)
    meant = _updated(rows, directory, on, around, doubts)
    kept = _without_taken(meant, directory, doubts)
    altered = [
        Alteration(
            before=one.before,
            office=one.office,
            place=one.listed.place,
            changes=changes(one.before, one.office),
        )
        for one in kept
        if one.before is not None
    ]
    found = {one.office.id for one in kept}
    unlisted = tuple(o for o in directory.offices if o.id not in found and o.valid_on(on))
    sure = all(doubt.remark for doubt in doubts)
    ended = _ended(unlisted, end_missing) if end_missing and sure else ()
    gone = {one.office.id for one in ended}
    return Comparison(
        added=tuple(
            Addition(office=one.office, place=one.listed.place)
            for one in kept
            if one.before is None
        ),
        changed=tuple(one for one in altered if one.changes),
        ended=ended,
        unlisted=tuple(office for office in unlisted if office.id not in gone),
        unchanged=sum(not one.changes for one in altered),
        doubts=tuple(sorted(doubts, key=_order(listing))),
    )


def _order(listing: Listing) -> Callable[[Doubt], tuple[int, int]]:
    """Return what sorts doubts as their places follow one another in the list."""
    places = [*(d.place for d in listing.doubts), *(office.place for office in listing.offices)]
    sheets = {sheet: number for number, sheet in enumerate(dict.fromkeys(p.sheet for p in places))}
    return lambda doubt: (sheets.get(doubt.place.sheet, -1), doubt.place.row)


def _identified(
    listing: Listing,
    directory: Directory,
    on: date,
    around: Sequence[str],
    doubts: list[Doubt],
) -> list[tuple[ListedOffice, Identity]]:
    """Return the rows that are about one office each; of two about the same one the first."""
    found: list[tuple[ListedOffice, Identity]] = []
    seen: dict[str, Place] = {}
    for listed in listing.offices:
        identity = identify(listed, directory, on, around)
        if identity.doubt is not None:
            doubts.append(identity.doubt)
            continue
        key = _key(listed, identity)
        first = seen.setdefault(key, listed.place)
        if first is listed.place:
            found.append((listed, identity))
        else:
            said = (listed.name, first.sheet, str(first.row))
            doubts.append(Doubt(code=Code.TWICE, place=listed.at(Column.NAME), said=said))
    return found


def _key(listed: ListedOffice, identity: Identity) -> str:
    if identity.office is not None:
        return identity.office.id
    return listed.id or f"{canonical(listed.name)} {listed.valid_from}"


def _updated(
    rows: Sequence[tuple[ListedOffice, Identity]],
    directory: Directory,
    on: date,
    around: Sequence[str],
    doubts: list[Doubt],
) -> list[_Meant]:
    begun = [
        (listed, identity, identity.office or office)
        for (listed, identity), office in zip(rows, _new_offices(rows, directory, on), strict=True)
    ]
    offices = {office.id: office for office in directory.offices}
    offices |= {
        office.id: by_itself(office, listed, renamed=identity.by_id)
        for listed, identity, office in begun
    }
    then = Directory(offices.values())

    def find(text: str, day: date) -> OfficeId | None:
        if ID.fullmatch(text) and text in offices:
            return OfficeId(text)
        return resolve(text, then, day, around=around).office

    meant: list[_Meant] = []
    for listed, identity, office in begun:
        done = with_others(offices[office.id], listed, on, find)
        for column, text in done.unknown:
            place = listed.at(column)
            doubts.append(Doubt(code=Code.UNKNOWN_OFFICE, place=place, said=(text,)))
        if not done.unknown:
            meant.append(_Meant(listed=listed, before=identity.office, office=done.office))
    return meant


def _new_offices(
    rows: Sequence[tuple[ListedOffice, Identity]], directory: Directory, on: date
) -> Iterator[Office]:
    """Yield for each row the office that it would begin, with an id that none has."""
    groups = {fold(group): group for office in directory.offices for group in office.groups}
    taken = {office.id for office in directory.offices}
    taken |= {OfficeId(listed.id) for listed, _ in rows if listed.id}
    for listed, identity in rows:
        if identity.office is not None:
            yield identity.office
            continue
        year = (listed.valid_from or on).year
        id = OfficeId(listed.id) if listed.id else new_id(listed.name, year, taken)
        taken.add(id)
        heading = listed.heading and groups.setdefault(fold(listed.heading), _small(listed.heading))
        yield Office(id=id, name=listed.name, groups=(heading,) if heading else ())


_BEGIN_SMALL = frozenset(map(fold, ("Các", "Khối", "Cơ", "Đơn")))


def _small(heading: str) -> str:
    """Return a heading as the name of a group: "Các xã, thị trấn" begins small within a text."""
    first, _, rest = heading.partition(" ")
    if heading.isupper():
        return heading.lower()
    return f"{first.lower()} {rest}" if fold(first) in _BEGIN_SMALL else heading


def _without_taken(
    meant: Sequence[_Meant], directory: Directory, doubts: list[Doubt]
) -> list[_Meant]:
    """Leave out rows that give an office what another one has on the same days."""
    offices = {office.id: office for office in directory.offices}
    offices |= {one.office.id: one.office for one in meant}
    owners: dict[str, list[Office]] = defaultdict(list)
    for office in offices.values():
        for value in {*_identifiers(office), *office.emails}:
            owners[value].append(office)
    kept: list[_Meant] = []
    for one in meant:
        found = next(_taken(one, owners), None)
        if found is None:
            kept.append(one)
        else:
            doubts.append(found)
    return kept


def _taken(one: _Meant, owners: dict[str, list[Office]]) -> Iterator[Doubt]:
    before = one.before
    old = {*_identifiers(before), *before.emails} if before else set()
    for column, code, listed in (
        (Column.ORGAN_ID, Code.IDENTIFIER_TAKEN, _identifiers(one.office)),
        (Column.EMAILS, Code.ADDRESS_TAKEN, list(one.office.emails)),
    ):
        for value in listed:
            others = [o for o in owners[value] if o.id != one.office.id and _meet(o, one.office)]
            if others and value not in old:
                said = (value, others[0].id, others[0].name)
                yield Doubt(code=code, place=one.listed.at(column), said=said)


def _identifiers(office: Office) -> list[str]:
    return [organ.upper() for organ in (office.organ_id, office.organ_id_old) if organ]


def _meet(one: Office, other: Office) -> bool:
    begin = max(one.valid_from or date.min, other.valid_from or date.min)
    return begin <= min(one.valid_to or date.max, other.valid_to or date.max)


def _ended(unlisted: Sequence[Office], last: date) -> tuple[Alteration, ...]:
    found = []
    for office in unlisted:
        if office.valid_on(last):
            ending = replace(office, valid_to=last)
            found.append(
                Alteration(
                    before=office, office=ending, place=None, changes=changes(office, ending)
                )
            )
    return tuple(one for one in found if one.changes)
