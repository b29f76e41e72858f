"""Offices as plain data of a directory file: keys in the order in which people write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.office import AddressRole, Deputy, Office, Successor

Plain = str | date | list["Plain"] | dict[str, "Plain"]
"""A value of a directory file."""

KEYS = (
    "id",
    "name",
    "kind",
    "level",
    "parent",
    "groups",
    "organ_id",
    "organ_id_old",
    "emails",
    "deputies",
    "aliases",
    "valid_from",
    "valid_to",
    "successors",
    "note",
)
"""The keys of an office, in the order of the shipped example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A key of an office with what it was and what it becomes; None is a key that is left out."""

    key: str
    old: Plain | None
    new: Plain | None


def plain(office: Office) -> dict[str, Plain]:
    """Return an office as its file has it, without keys that say nothing."""
    found: dict[str, Plain | None] = {
        "id": office.id,
        "name": office.name,
        "kind": office.kind.value if office.kind else None,
        "level": office.level.value if office.level else None,
        "parent": office.parent,
        "groups": list(office.groups),
        "organ_id": office.organ_id,
        "organ_id_old": office.organ_id_old,
        "emails": [_mailbox(office, index) for index in range(len(office.emails))],
        "deputies": [_deputy(deputy) for deputy in office.deputies],
        "aliases": list(office.aliases),
        "valid_from": office.valid_from,
        "valid_to": office.valid_to,
        "successors": [_successor(successor) for successor in office.successors],
        "note": office.note,
    }
    return {key: value for key, value in found.items() if value not in (None, [], "")}


def changes(old: Office, new: Office) -> tuple[FieldChange, ...]:
    """Return the keys in which two records of an office differ, in their order."""
    before, after = plain(old), plain(new)
    return tuple(
        FieldChange(key=key, old=before.get(key), new=after.get(key))
        for key in KEYS
        if before.get(key) != after.get(key)
    )


def _mailbox(office: Office, index: int) -> Plain:
    address = office.emails[index]
    role = office.role(address)
    if role is AddressRole.CLERK:
        return address
    return {"address": address, "role": role.value}


def _deputy(deputy: Deputy) -> Plain:
    who: Mapping[str, str | None] = {"office": deputy.office, "address": deputy.address}
    named: dict[str, Plain] = {key: value for key, value in who.items() if value is not None}
    return named | {"valid_from": deputy.valid_from, "valid_to": deputy.valid_to}


def _successor(successor: Successor) -> Plain:
    named: dict[str, Plain] = {"office": successor.office}
    return named | ({"function": successor.function} if successor.function else {})
