"""Who a request comes from: Basic (RFC 7617), Bearer (RFC 6750) and NTLM (MS-NLMP, MS-NTHT)."""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from secrets import compare_digest
from typing import Any, Literal

Scheme = Literal["basic", "ntlm", "bearer"]

SCHEMES: tuple[Scheme, ...] = ("basic", "ntlm", "bearer")
_USERS = "ntlm-users"
# Where the NTLM library looks for accounts; it takes them from nowhere else.
_USERS_VARIABLE = "NTLM_USER_FILE"


class Gate:
    """The accounts of the server and the ways of logging in that it offers."""

    def __init__(
        self,
        state: Path,
        accounts: Mapping[str, str],
        *,
        tokens: Mapping[str, str],
        schemes: tuple[Scheme, ...],
    ) -> None:
        """Take ``accounts`` (address -> password) and ``tokens`` (bearer token -> address)."""
        self._accounts = dict(accounts)
        self.tokens = dict(tokens)
        self._schemes = schemes
        self._users = state / _USERS
        if "ntlm" in schemes:
            self._write_users()

    @property
    def challenges(self) -> list[str]:
        """The values of WWW-Authenticate."""
        named = {"ntlm": "NTLM", "basic": 'Basic realm="exchange"', "bearer": "Bearer"}
        return [named[scheme] for scheme in self._schemes]

    def owner(self, authorization: str) -> str | None:
        """Return the address that Basic or Bearer credentials prove, or None."""
        kind, _, rest = authorization.partition(" ")
        if kind.lower() == "bearer" and "bearer" in self._schemes:
            return self.tokens.get(rest.strip())
        if kind.lower() == "basic" and "basic" in self._schemes:
            return self._basic(rest)
        return None

    def offers_ntlm(self, authorization: str) -> bool:
        """Tell whether these are NTLM messages, and NTLM is offered."""
        return "ntlm" in self._schemes and authorization.lower().startswith("ntlm ")

    def _basic(self, encoded: str) -> str | None:
        try:
            name, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeError):
            return None
        known = self._accounts.get(name.lower())
        if known is None or not compare_digest(known.encode(), password.encode()):
            return None
        return name.lower()

    def _write_users(self) -> None:
        # The file's form has no way to write a colon: such a password cannot log in by NTLM.
        lines = [
            f":{address}:{password}\n"
            for address, password in self._accounts.items()
            if ":" not in password
        ]
        handle = os.open(self._users, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.writelines(lines)

    def handshake(self) -> "Handshake":
        """Begin an NTLM handshake, which belongs to one connection."""
        return Handshake(self._users)


class Handshake:
    """The server's side of one NTLM handshake."""

    def __init__(self, users: Path) -> None:
        self._users = users
        # The library's security context; it ships types, but no name for a server's.
        self._context: Any = None

    def step(self, authorization: str) -> tuple[str | None, str | None]:
        """Take a message; return the next challenge or the address that is proved, else neither."""
        import spnego  # noqa: PLC0415  (0.2 s, and most simulations do without)
        from spnego.exceptions import SpnegoError  # noqa: PLC0415

        os.environ[_USERS_VARIABLE] = str(self._users)
        try:
            if self._context is None:
                self._context = spnego.server(protocol="ntlm")
            answer = self._context.step(base64.b64decode(authorization.partition(" ")[2]))
        except (SpnegoError, ValueError):
            self._context = None
            return None, None
        if not self._context.complete:
            return base64.b64encode(answer or b"").decode(), None
        return None, str(self._context.client_principal).lower().rpartition("\\")[2]
