"""Which office of the directory a row of a list is about: by its id, identifier, address, name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from domain.ids import OfficeId, OrganId
from domain.office import Directory, Office
from mappings.directory.columns import Column
from mappings.directory.doubt import Code, Doubt
from mappings.directory.listed import ListedOffice
from mappings.names.forms import bare, canonical, words_of
from mappings.names.resolve import Certainty, Resolution, Why, resolve
from mappings.text.legacy_vietnamese import old_readings

_SAME_WORD = 0.6
_SAME_BUT_A_SLIP = 0.93


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The office of a row, None for a new one; or why that is not sure."""

    office: Office | None = None
    by_id: bool = False
    doubt: Doubt | None = None


def identify(
    listed: ListedOffice, directory: Directory, on: date, around: Sequence[str]
) -> Identity:
    """Return which office a row is about.

    ``on`` is the day for which names are read where the row itself says nothing of a time.
    """
    known = directory.get(OfficeId(listed.id)) if listed.id else None
    if known is not None:
        return Identity(office=known, by_id=True)
    day = _day(listed, on)
    keyed = _by_keys(listed, directory, day)
    named = resolve(listed.name, directory, day, around=around)
    if listed.id and (keyed or named.office):
        there = [*(o.id for o in keyed), *named.candidates]
        return _doubt(listed, Code.KEYS_DISAGREE, Column.ID, listed.id, *dict.fromkeys(there))
    if listed.id:
        return Identity()
    if keyed:
        return _keyed(listed, keyed, named)
    return _named(listed, directory, named)


def _day(listed: ListedOffice, on: date) -> date:
    if listed.valid_from:
        return listed.valid_from
    return min(on, listed.valid_to) if listed.valid_to else on


def _by_keys(listed: ListedOffice, directory: Directory, day: date) -> list[Office]:
    organs = filter(None, (listed.organ_id, listed.organ_id_old))
    boxes = (listed.emails or ()) + (listed.leader_emails or ()) + (listed.private_emails or ())
    found = [directory.by_organ(OrganId(organ), day) for organ in organs]
    found += [directory.by_address(address, day) for address in boxes]
    return list({office.id: office for office in found if office}.values())


def _keyed(listed: ListedOffice, keyed: list[Office], named: Resolution) -> Identity:
    ids = [office.id for office in keyed]
    if len(keyed) > 1 or (named.office is not None and named.office != ids[0]):
        said = dict.fromkeys([*ids, *filter(None, [named.office])])
        return _doubt(listed, Code.KEYS_DISAGREE, Column.NAME, listed.name, *said)
    if ids[0] in named.candidates and named.why not in (Why.SIMILAR, Why.OTHER_TIME):
        return Identity(office=keyed[0])
    return _doubt(listed, Code.OTHER_NAME, Column.NAME, listed.name, ids[0], keyed[0].name)


def _named(listed: ListedOffice, directory: Directory, named: Resolution) -> Identity:
    if named.office is not None:
        return Identity(office=directory.get(named.office))
    said = (listed.name, *named.candidates)
    if named.why is Why.LARGER_PLACE:
        return _doubt(listed, Code.BARE_PLACE, Column.NAME, *said)
    if named.certainty is Certainty.AMBIGUOUS:
        return _doubt(listed, Code.SEVERAL, Column.NAME, *said)
    if named.why is Why.OTHER_TIME and listed.valid_from is None:
        return _doubt(listed, Code.NOT_THEN, Column.NAME, *said)
    similar = [o.id for id in named.candidates if (o := directory.get(id)) and _misspelt(listed, o)]
    if named.why is Why.SIMILAR and similar:
        return _doubt(listed, Code.SIMILAR, Column.NAME, listed.name, *similar)
    if old_readings(listed.name):
        return _doubt(listed, Code.OLD_FONT, Column.NAME, listed.name)
    return Identity()


def _words(name: str) -> list[str]:
    """Return the words of a name without diacritics, and without UBND, which people leave out."""
    words = list(map(bare, words_of(canonical(name))))
    return words[1:] if words[:1] == ["ubnd"] else words


def _misspelt(listed: ListedOffice, office: Office) -> bool:
    """Tell whether one name is the other with a slip of the hand in one word.

    Schools and communes have names of which whole words differ: Đồng Tân is not Đồng Tiến.
    """
    one, other = _words(listed.name), _words(office.name)
    if len(one) != len(other):
        return SequenceMatcher(None, " ".join(one), " ".join(other)).ratio() >= _SAME_BUT_A_SLIP
    slips = [SequenceMatcher(None, *pair).ratio() for pair in zip(one, other, strict=True)]
    return sum(slip < 1 for slip in slips) <= 1 and min(slips, default=1) >= _SAME_WORD


def _doubt(listed: ListedOffice, code: Code, column: Column, *said: str) -> Identity:
    return Identity(doubt=Doubt(code=code, place=listed.at(column), said=said))
