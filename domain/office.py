"""Offices of the directory and their validity (they end, merge and are renamed)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.ids import Address, OfficeId, OrganId


class OfficeKind(StrEnum):
    """What sort of body an office is."""

    PEOPLES_COMMITTEE = "peoples_committee"
    DEPARTMENT = "department"
    UNION = "union"
    PARTY = "party"
    VERTICAL = "vertical"
    PUBLIC_UNIT = "public_unit"
    LEADERS = "leaders"
    OTHER = "other"


class OfficeLevel(StrEnum):
    """The level of government at which an office works."""

    COMMUNE = "commune"
    DISTRICT = "district"
    PROVINCE = "province"
    CENTRAL = "central"


class AddressRole(StrEnum):
    """Whose mail address it is; letters go to the first of these that an office has."""

    CLERK = "clerk"
    LEADER = "leader"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    """Who takes an office's mail from one day to another, both included: an office or an address.

    Exactly one of ``office`` and ``address`` is given.
    """

    valid_from: date
    valid_to: date
    office: OfficeId | None = None
    address: Address | None = None

    def stands_in(self, day: date) -> bool:
        """Tell whether the mail goes there on ``day``."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A duty went from an office that has ended to its successor, by the rule for ``function``.

    None is the rule for everything that has no rule of its own.
    """

    office: OfficeId
    to: OfficeId
    function: str | None = None


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
    """All its addresses; answers are recognised from each."""
    leader_emails: tuple[Address, ...] = ()
    """Those of ``emails`` that are a leader's."""
    private_emails: tuple[Address, ...] = ()
    """Those of ``emails`` that are a person's own."""
    deputies: tuple[Deputy, ...] = ()
    kind: OfficeKind | None = None
    level: OfficeLevel | None = None
    parent: OfficeId | None = None
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

    def role(self, address: Address) -> AddressRole:
        """Return whose one of its addresses is; the clerk's unless something else is said."""
        if address in self.private_emails:
            return AddressRole.PRIVATE
        return AddressRole.LEADER if address in self.leader_emails else AddressRole.CLERK

    def emails_of(self, role: AddressRole) -> tuple[Address, ...]:
        """Return its addresses of one role, in order."""
        return tuple(address for address in self.emails if self.role(address) is role)

    @property
    def mail_address(self) -> Address | None:
        """Return where its letters go: to the clerk, else to a leader, else to a person's own."""
        roles = tuple(AddressRole)
        return min(self.emails, key=lambda address: roles.index(self.role(address)), default=None)

    def reads(self, address: Address, day: date) -> bool:
        """Tell whether what comes from an address on ``day`` comes from this office."""
        return address in self.emails or any(
            deputy.address == address and deputy.stands_in(day) for deputy in self.deputies
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
            standing_in = (deputy.address for deputy in office.deputies if deputy.address)
            for address in dict.fromkeys((*office.emails, *standing_in)):
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
        owners = self.owners(address)
        return self._only(o for o in owners if o.valid_on(day) and o.reads(address, day))

    def owners(self, address: Address) -> Sequence[Office]:
        """Return the offices that have this address, or a deputy who has it, at any time."""
        return self._by_address.get(address, ())

    def stand_in(self, office: Office, day: date) -> Address | None:
        """Return the address that takes an office's mail in its place on ``day``, None mostly.

        The first deputy of that day who can be written to counts. The deputy of a deputy does not.
        """
        found = (self._address_on(d, day) for d in office.deputies if d.stands_in(day))
        return next(filter(None, found), None)

    def mail_to(self, office: Office, day: date) -> Address | None:
        """Return the address to which a mail for an office goes on ``day``."""
        return self.stand_in(office, day) or office.mail_address

    def address_of(self, deputy: Deputy) -> Address | None:
        """Return where the mail goes for which a deputy stands in, whatever the day."""
        if deputy.office is None:
            return deputy.address
        other = self.get(deputy.office)
        return other.mail_address if other is not None else None

    def _address_on(self, deputy: Deputy, day: date) -> Address | None:
        other = self.get(deputy.office) if deputy.office is not None else None
        return self.address_of(deputy) if other is None or other.valid_on(day) else None

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
