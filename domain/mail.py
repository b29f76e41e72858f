"""What travels by mail, before anyone reads it."""

from dataclasses import dataclass, field

from domain.ids import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """SMTP envelope of one message to one recipient (RFC 5321 section 2.3.1).

    ``blind_copies`` are further envelope recipients that no header names; ``envelope_id`` is
    ENVID of RFC 3461, used only where the server offers DSN.
    """

    sender: Address
    recipient: Address
    blind_copies: tuple[Address, ...] = ()
    envelope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A server's positive answer: its text, and recipients refused although others were taken."""

    answer: str
    refused: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPosition:
    """How far a mailbox has been taken in (RFC 3501 section 2.3.1.1)."""

    uid_validity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailArrival:
    """One whole RFC 5322 message as the server gave it, with its place in the mailbox."""

    mailbox: str
    position: MailPosition
    raw: bytes = field(repr=False)
    oversize: int | None = None
    """Size in octets when ``raw`` is the header only: over the limit, or not given by its server.

    It is then more than ``raw`` has; a header that is not given either is empty.
    """
