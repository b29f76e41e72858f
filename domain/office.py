"""Offices of the directory and their validity (they end, merge and are renamed)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

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

    def get(self, office: OfficeId) -> Office | None:
        """Return the office with this key, or None."""
        return self._by_id.get(office)

    def by_organ(self, organ: OrganId, day: date) -> Office | None:
        """Return the office that carries this identifier in its old or new form on ``day``."""
        return self._only(
            o for o in self.offices if organ in (o.organ_id, o.organ_id_old) and o.valid_on(day)
        )

    def by_address(self, address: Address, day: date) -> Office | None:
        """Return the one office that owns this address on ``day``; None when none or several."""
        return self._only(o for o in self.offices if address in o.emails and o.valid_on(day))

    def in_group(self, group: str, day: date) -> tuple[Office, ...]:
        """Return the offices of a group that exist on ``day``."""
        return tuple(o for o in self.offices if group in o.groups and o.valid_on(day))

    @staticmethod
    def _only(found: Iterable[Office]) -> Office | None:
        hits = tuple(found)
        return hits[0] if len(hits) == 1 else None
