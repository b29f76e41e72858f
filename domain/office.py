"""Offices of the directory and their validity (they end, merge and are renamed)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.ids import Address, OfficeId, OrganId


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """The office that takes over; ``function`` limits it to one duty, None means everything."""

    office: OfficeId
    function: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An entry of the directory. ``valid_from`` and ``valid_to`` are inclusive, None is open."""

    id: OfficeId
    name: str
    groups: tuple[str, ...] = ()
    organ_id: OrganId | None = None
    organ_id_old: OrganId | None = None
    emails: tuple[Address, ...] = ()
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[Successor, ...] = ()
    note: str = ""

    def valid_on(self, day: date) -> bool:
        """Tell whether the office exists on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Directory:
    """All offices, looked up by key, identifier, address or group; order is the file's."""

    def __init__(self, offices: Iterable[Office]) -> None:
        self.offices = tuple(offices)
        self._by_id = {office.id: office for office in self.offices}
        self._by_address: dict[Address, list[Office]] = {}
        self._by_organ: dict[OrganId, list[Office]] = {}
        self._by_group: dict[str, list[Office]] = {}
        for office in self.offices:
            for group in dict.fromkeys(office.groups):
                self._by_group.setdefault(group, []).append(office)
            for address in dict.fromkeys(office.emails):
                self._by_address.setdefault(address, []).append(office)
            for organ in set(filter(None, (office.organ_id, office.organ_id_old))):
                self._by_organ.setdefault(organ, []).append(office)
        begin = (office.valid_from for office in self.offices)
        end = (office.valid_to for office in self.offices)
        # The last day that there is has none after it.
        after = {day + timedelta(days=1) for day in end if day and day < date.max}
        self._turns = sorted({day for day in begin if day} | after)

    def get(self, office: OfficeId) -> Office | None:
        """Return the office with this key, or None."""
        return self._by_id.get(office)

    def by_organ(self, organ: OrganId, day: date) -> Office | None:
        """Return the office that carries this identifier in its old or new form on ``day``."""
        return self._only(o for o in self._by_organ.get(organ, ()) if o.valid_on(day))

    def by_address(self, address: Address, day: date) -> Office | None:
        """Return the one office that owns this address on ``day``; None when none or several."""
        return self._only(o for o in self.owners(address) if o.valid_on(day))

    def owners(self, address: Address) -> Sequence[Office]:
        """Return the offices that have this address, whenever they exist."""
        return self._by_address.get(address, ())

    def since(self, day: date) -> date:
        """Return since when the same offices exist as on ``day``; the first day there is if ever.

        What is made of the offices of a day holds for all days with the same answer.
        """
        begun = bisect_right(self._turns, day)
        return self._turns[begun - 1] if begun else date.min

    def in_group(self, group: str, day: date) -> tuple[Office, ...]:
        """Return the offices of a group that exist on ``day``."""
        return tuple(o for o in self._by_group.get(group, ()) if o.valid_on(day))

    @staticmethod
    def _only(found: Iterable[Office]) -> Office | None:
        hits = tuple(found)
        return hits[0] if len(hits) == 1 else None
