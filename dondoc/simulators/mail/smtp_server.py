"""The SMTP side: aiosmtpd with the delivery report extension (RFC 3461) that it lacks.

aiosmtpd answers 555 to RET, ENVID, NOTIFY and ORCPT and puts parameters into upper case, so
they are taken out of the commands before it sees them.
"""

import asyncio
import re
import ssl
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from aiosmtpd.smtp import Envelope as PlainEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from domain.ids import Address
from dondoc.simulators.mail.behaviour import Treatment

_MAIL_PARAMETERS = {
    "RET": re.compile(r"FULL|HDRS", re.IGNORECASE),
    "ENVID": re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2}){1,100}"),
}
_RCPT_PARAMETERS = {
    "NOTIFY": re.compile(
        r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*", re.IGNORECASE
    ),
    "ORCPT": re.compile(r"[A-Za-z0-9-]+;(?:[!-*,-<>-~]|\+[0-9A-F]{2})+"),
}
# RFC 3461 section 4: by how much the commands may be longer.
_COMMAND_OCTETS = 512
_LONGER = {"MAIL": _COMMAND_OCTETS + 100, "RCPT": _COMMAND_OCTETS + 500}

_ANSWERS = {
    Treatment.REFUSE: "550 5.1.1 mailbox refuses this mail",
    Treatment.TEMPFAIL: "450 4.2.1 mailbox is busy, try again later",
}

Parameters = dict[str, str]


class Envelope(PlainEnvelope):
    """An SMTP envelope that also keeps what delivery reports were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Parameters = {}
        self.recipients: list[tuple[Address, Treatment, Parameters]] = []


class QuietSession(SmtpSession):
    """A session without aiosmtpd's warning about an attribute that only it still sets."""

    login_data: Any = None


class Office(Protocol):
    """What the SMTP side needs from the mail system."""

    def treatment(self, address: Address) -> Treatment | None:
        """Return how this attempt is treated, or None when the mailbox does not exist."""

    def accept(self, envelope: Envelope) -> str:
        """Store the message durably and return the text of the positive answer."""

    def password_is(self, user: str, password: str) -> bool:
        """Tell whether these credentials are right."""


class Handler:
    """The hooks that aiosmtpd calls; names and arguments are its own."""

    def __init__(self, office: Office, *, dsn: bool) -> None:
        self._office = office
        self._dsn = dsn

    async def handle_EHLO(
        self,
        server: "ReportingSmtp",
        session: SmtpSession,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        if not self._dsn:
            return responses
        return [*responses[:-1], "250-DSN", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_MAIL(
        self,
        server: "ReportingSmtp",
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        envelope.asked = server.asked
        return "250 2.1.0 sender ok"

    async def handle_RCPT(
        self,
        server: "ReportingSmtp",
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        receiver = Address(address.lower())
        treatment = self._office.treatment(receiver)
        if treatment is None:
            return "550 5.1.1 no such mailbox here"
        if treatment in _ANSWERS:
            return _ANSWERS[treatment]
        envelope.rcpt_tos.append(address)
        envelope.recipients.append((receiver, treatment, server.asked))
        return "250 2.1.5 recipient ok"

    async def handle_DATA(
        self, server: "ReportingSmtp", session: SmtpSession, envelope: Envelope
    ) -> str:
        treatments = {treatment for _, treatment, _ in envelope.recipients}
        lost = Treatment.LOSE_AFTER_DATA in treatments
        answer = "" if lost else self._office.accept(envelope)
        if lost or Treatment.DROP_AFTER_DATA in treatments:
            server.hang_up()
        return f"250 2.0.0 {answer}"

    async def handle_exception(self, error: Exception) -> str:
        # Nothing was stored, so the sender must keep the message (RFC 5321 section 4.2.5).
        return "451 4.3.0 the message could not be stored"


class ReportingSmtp(SMTP):
    """One SMTP connection that understands RET, ENVID, NOTIFY and ORCPT."""

    def __init__(
        self,
        office: Office,
        lines: set[asyncio.BaseTransport],
        *,
        hostname: str,
        dsn: bool,
        tls: ssl.SSLContext | None,
        size_limit: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            Handler(office, dsn=dsn),
            hostname=hostname,
            ident="ESMTP",
            enable_SMTPUTF8=True,
            data_size_limit=size_limit,
            tls_context=tls,
            auth_require_tls=False,
            authenticator=_authenticator(office),
            loop=loop,
        )
        # aiosmtpd keeps these on the class, where the next connection would reset them.
        self.command_size_limits = defaultdict(lambda: _COMMAND_OCTETS, _LONGER)
        self._dsn = dsn
        self._lines = lines
        self.asked: Parameters = {}

    def _create_envelope(self) -> Envelope:
        return Envelope()

    def _create_session(self) -> QuietSession:
        return QuietSession(self.loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._lines.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._lines.discard(self.transport)
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Close the connection without another word."""
        if self.transport is not None:
            self.transport.close()

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Take MAIL with RET and ENVID; the rest is aiosmtpd's."""
        rest = await self._taken_out(arg, _MAIL_PARAMETERS)
        if rest is not None:
            await super().smtp_MAIL(rest)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Take RCPT with NOTIFY and ORCPT; the rest is aiosmtpd's."""
        rest = await self._taken_out(arg, _RCPT_PARAMETERS)
        if rest is not None:
            await super().smtp_RCPT(rest)

    async def _taken_out(self, arg: str | None, known: dict[str, re.Pattern[str]]) -> str | None:
        """Keep the report parameters aside; None when one was wrong and has been answered."""
        self.asked = {}
        if not self._dsn or arg is None:
            return arg or ""
        rest = []
        for word in arg.split():
            name, _, value = word.partition("=")
            if name.upper() not in known:
                rest.append(word)
            elif name.upper() in self.asked or not known[name.upper()].fullmatch(value):
                await self.push(f"501 5.5.4 {name.upper()} is wrong or given twice")
                return None
            else:
                self.asked[name.upper()] = value
        return " ".join(rest)


def _authenticator(office: Office) -> Callable[..., AuthResult]:
    def authenticate(*arguments: Any) -> AuthResult:  # aiosmtpd passes five, typed loosely
        credentials = arguments[-1]
        known = isinstance(credentials, LoginPassword) and office.password_is(
            credentials.login.decode("utf-8", "replace"),
            credentials.password.decode("utf-8", "replace"),
        )
        return AuthResult(success=known, handled=False)

    return authenticate


def sender_of(envelope: Envelope) -> str:
    """Return the reverse path; aiosmtpd keeps the null one as ``<>``."""
    sender = envelope.mail_from or ""
    return "" if sender == "<>" else sender
