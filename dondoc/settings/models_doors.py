"""The form of the doors that documents are taken from besides the exchange."""

from pydantic import Field, model_validator

from domain.words import say
from dondoc.settings.entry import Entry, SecretEntry
from dondoc.settings.values import Id, Line, Listed, Megabytes, Seconds, Text, refuse


class FolderEntry(Entry):
    """A watched folder, for an e-office that can only export."""

    name: Id
    """Name of the door in the ledger; never change it while events name it."""
    path: Text
    """The folder that the e-office or a clerk exports into; Dondoc must be able to write there."""
    settle_seconds: Seconds = 10.0
    """How long a file must have been unchanged before it is taken."""
    max_megabytes: Megabytes = 256
    """Largest document with all its files, in 1 048 576 octets."""


class RestEntry(Entry):
    """An e-office with a JSON interface of its own, spoken to by a mapping file."""

    name: Id
    """Name of the door in the ledger; never change it while events name it."""
    mapping: Text
    """The mapping file, see docs/rest-mapping.md."""
    addresses: dict[Id, Text]
    """Address, https, of each host that the mapping names."""
    username: Line = ""
    """Account name."""
    password: SecretEntry | None = None
    """Password of the account."""
    refresh_token: SecretEntry | None = None
    """Token that the e-office gave to a person, where the mapping does not sign in."""
    values: dict[Text, str] = Field(default_factory=dict)
    """Constants of this office; they win over those of the mapping file."""
    max_megabytes: Megabytes = 256
    """Largest document with all its files, in 1 048 576 octets."""
    ca_file: Text | None = None
    """PEM file of the office's own certificate authorities; the system's when it is left out."""
    allow_plain: bool = False
    """Permit http to another machine: passwords and letters then travel unencrypted."""


class DoorEntry(Entry):
    """One more door; exactly one of the two."""

    folder: FolderEntry | None = None
    """A watched folder, for an e-office that can only export."""
    rest: RestEntry | None = None
    """An e-office with a JSON interface of its own, spoken to by a mapping file."""

    @model_validator(mode="after")
    def _one_kind(self) -> "DoorEntry":
        if (self.folder is None) is (self.rest is None):
            raise refuse(
                say("must be exactly one kind of door"), say("write folder: or rest: with its keys")
            )
        return self


Doors = Listed[DoorEntry]
