"""An office with what a row of a list says of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.ids import Address, OfficeId, OrganId
from domain.office import AddressRole, Deputy, Office, Successor
from mappings.directory.cells import one_line, tidy
from mappings.directory.columns import Column
from mappings.directory.listed import ListedOffice
from mappings.directory.syntax import mail_address

Find = Callable[[str, date], OfficeId | None]
"""Returns the office that an id, or a name on a day, means; None for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """The office as the row has it; ``unknown`` are columns and names that mean no office."""

    office: Office
    unknown: tuple[tuple[Column, str], ...] = ()


def by_itself(office: Office, listed: ListedOffice, *, renamed: bool) -> Office:
    """Return an office with what a row says of it alone; what the row leaves out stays.

    The row's spelling of the name counts only where it is ``renamed``, as by its id.
    """
    if renamed and one_line(office.name) != listed.name:
        office = replace(office, name=listed.name)
    if listed.aliases is not None and _lines(office.aliases) != listed.aliases:
        office = replace(office, aliases=listed.aliases)
    if listed.groups is not None and _lines(office.groups) != listed.groups:
        office = replace(office, groups=listed.groups)
    if listed.note is not None and tidy(office.note) != listed.note:
        office = replace(office, note=listed.note)
    office = _simple(office, listed)
    return _addresses(_without(office, listed.taken_away), listed)


def with_others(office: Office, listed: ListedOffice, on: date, find: Find) -> Updated:
    """Return an office with the other offices that its row names.

    The one above is looked up on a day of the office, ``on`` if it exists then; successors on the
    day after its last, a deputy on the first day of standing in.
    """
    unknown: list[tuple[Column, str]] = []

    def meant(column: Column, text: str, day: date) -> OfficeId:
        found = find(text, day)
        if found is None:
            unknown.append((column, text))
        return found or OfficeId("")

    if listed.parent is not None:
        day = max(min(on, office.valid_to or on), office.valid_from or date.min)
        office = replace(office, parent=meant(Column.PARENT, listed.parent, day))
    if listed.successors is not None:
        last = office.valid_to
        day = last + timedelta(days=1) if last and last < date.max else on
        heirs = (
            Successor(office=meant(Column.SUCCESSORS, who, day), function=function)
            for who, function in listed.successors
        )
        office = replace(office, successors=tuple(heirs))
    if listed.deputies is not None:
        office = replace(office, deputies=tuple(_deputies(listed, meant)))
    return Updated(office=office, unknown=tuple(unknown))


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(one_line, texts)))


def _simple(office: Office, listed: ListedOffice) -> Office:
    organ = OrganId(listed.organ_id) if listed.organ_id else office.organ_id
    old = OrganId(listed.organ_id_old) if listed.organ_id_old else office.organ_id_old
    return replace(
        office,
        kind=listed.kind or office.kind,
        level=listed.level or office.level,
        organ_id=organ,
        organ_id_old=old,
        valid_from=listed.valid_from or office.valid_from,
        valid_to=listed.valid_to or office.valid_to,
    )


def _deputies(
    listed: ListedOffice, meant: Callable[[Column, str, date], OfficeId]
) -> Iterable[Deputy]:
    for who, first, last in listed.deputies or ():
        address = mail_address(who)
        yield Deputy(
            address=Address(address) if address else None,
            office=None if address else meant(Column.DEPUTIES, who, first),
            valid_from=first,
            valid_to=last,
        )


def _addresses(office: Office, listed: ListedOffice) -> Office:
    """Give an office the addresses of a row; a plain list is the clerk's, but for known others."""
    leaders = office.leader_emails if listed.leader_emails is None else listed.leader_emails
    private = office.private_emails if listed.private_emails is None else listed.private_emails
    private = tuple(a for a in private if a not in (listed.leader_emails or ()))
    leaders = tuple(a for a in leaders if a not in private)
    others = {*leaders, *private}
    clerks = office.emails_of(AddressRole.CLERK) if listed.emails is None else listed.emails
    clerks = tuple(a for a in clerks if a not in others)
    return _with_addresses(office, clerks, leaders, private)


def _with_addresses(
    office: Office,
    clerks: Sequence[Address],
    leaders: Sequence[Address],
    private: Sequence[Address],
) -> Office:
    wanted = (tuple(clerks), tuple(leaders), tuple(private))
    if wanted == tuple(office.emails_of(role) for role in AddressRole):
        return office
    return replace(
        office, emails=sum(wanted, ()), leader_emails=wanted[1], private_emails=wanted[2]
    )


def _without(office: Office, columns: Iterable[Column]) -> Office:
    for column in columns:
        if column in _ROLES:
            office = _without_role(office, _ROLES[column])
        elif column in _NOTHING:
            office = _NOTHING[column](office)
    return office


def _without_role(office: Office, gone: AddressRole) -> Office:
    kept = (() if role is gone else office.emails_of(role) for role in AddressRole)
    return _with_addresses(office, *kept)


_ROLES = {
    Column.EMAILS: AddressRole.CLERK,
    Column.LEADER_EMAILS: AddressRole.LEADER,
    Column.PRIVATE_EMAILS: AddressRole.PRIVATE,
}
_NOTHING: dict[Column, Callable[[Office], Office]] = {
    Column.ALIASES: lambda office: replace(office, aliases=()),
    Column.KIND: lambda office: replace(office, kind=None),
    Column.LEVEL: lambda office: replace(office, level=None),
    Column.PARENT: lambda office: replace(office, parent=None),
    Column.GROUPS: lambda office: replace(office, groups=()),
    Column.ORGAN_ID: lambda office: replace(office, organ_id=None),
    Column.ORGAN_ID_OLD: lambda office: replace(office, organ_id_old=None),
    Column.DEPUTIES: lambda office: replace(office, deputies=()),
    Column.VALID_FROM: lambda office: replace(office, valid_from=None),
    Column.VALID_TO: lambda office: replace(office, valid_to=None),
    Column.SUCCESSORS: lambda office: replace(office, successors=()),
    Column.NOTE: lambda office: replace(office, note=""),
}
