"""The exchange's own register of units, as an administrator reads and changes it."""

from dataclasses import dataclass

from domain.ids import OrganId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredUnit:
    """A unit of the register with its history; ``None`` where the exchange does not say."""

    id: str
    code: OrganId
    name: str
    parent_id: str
    mail: str
    center: str
    """The connecting system that sends and fetches for it."""
    version: int | None
    modified: str
    """As the exchange writes it."""
    deleted: bool
    is_agency: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A unit to be put into the register: a new one without ``id``, else the one to change."""

    code: OrganId
    name: str
    parent: str = ""
    """The code of the unit above it."""
    mail: str = ""
    mobile: str = ""
    fax: str = ""
    id: str = ""
