"""Secrets stand in the configuration by reference only and are read when they are used.

So a renewed password counts without a restart, and `dondoc check` needs none of them. The value
is in no error text and no representation.
"""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from domain.errors import ConfigError, Problem
from domain.words import Words, say
from dondoc.settings.entry import SecretEntry
from dondoc.settings.secret_files import MAX_OCTETS
from dondoc.settings.source import Document, Trail, octets

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a unit with LoadCredential= (systemd.exec, "Credentials")."""

KEY_OCTETS = 16
"""Shortest key of a MAC that is not worth guessing (NIST SP 800-107 asks for 112 bits)."""


class SecretKind(StrEnum):
    """Where a secret is kept."""

    ENV = "env"
    FILE = "file"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A reference to a secret, with the place in the configuration that makes it.

    ``name`` is the variable's, the credential's, or the path of the file. Where in the
    configuration the reference stands makes no difference.
    """

    kind: SecretKind
    name: str
    file: str = field(compare=False)
    line: int = field(compare=False)
    column: int = field(compare=False)

    def reveal(self) -> str:
        """Return the secret without surrounding blanks; raises ``ConfigError`` if there is none."""
        value = (
            os.environ.get(self.name, "") if self.kind is SecretKind.ENV else self._content()
        ).strip()
        if not value:
            raise self._missing(
                say("the secret {kind} {name} is empty or not set", kind=self.kind, name=self.name)
            )
        return value

    def key(self) -> bytes:
        """Return the secret as octets of a key; raises ``ConfigError`` if it is too short."""
        octets = self.reveal().encode()
        if len(octets) < KEY_OCTETS:
            raise self._missing(
                say(
                    "the secret {kind} {name} has fewer than {octets} octets",
                    octets=KEY_OCTETS,
                    kind=self.kind,
                    name=self.name,
                )
            )
        return octets

    def _content(self) -> str:
        try:
            return octets(self._path(), MAX_OCTETS).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise self._missing(
                say(
                    "the secret {kind} {name} cannot be read as UTF-8 text",
                    kind=self.kind,
                    name=self.name,
                )
            ) from error

    def _path(self) -> Path:
        if self.kind is SecretKind.FILE:
            return Path(self.name)
        folder = os.environ.get(CREDENTIALS)
        if not folder:
            raise self._missing(
                say(
                    "the secret {kind} {name} cannot be found because {variable} is not set",
                    variable=CREDENTIALS,
                    kind=self.kind,
                    name=self.name,
                )
            )
        return Path(folder, self.name)

    def _missing(self, what: Words) -> ConfigError:
        advice = {
            SecretKind.ENV: say("set the variable for the service"),
            SecretKind.FILE: say("write the secret into the file, readable by Dondoc only"),
            SecretKind.CREDENTIAL: say("run under systemd with LoadCredential= for this name"),
        }[self.kind]
        problem = Problem(
            file=self.file,
            line=self.line,
            column=self.column,
            what=what,
            advice=advice,
        )
        return ConfigError((problem,))


def to_secret(entry: SecretEntry, document: Document, trail: Trail) -> Secret:
    """Make the reference that stands at ``trail``; a relative file is relative to the document."""
    (kind,) = (SecretKind(name) for name in entry.model_fields_set)
    name = getattr(entry, kind)
    if kind is SecretKind.FILE:
        name = str((document.path.parent / name).absolute())
    line, column = document.position((*trail, str(kind)))
    return Secret(kind=kind, name=name, file=document.file, line=line, column=column)
