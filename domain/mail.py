"""What travels by mail, before anyone reads it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

from domain.content import Content, Inline
from domain.ids import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """SMTP envelope of one message to one recipient (RFC 5321 section 2.3.1).

    ``blind_copies`` are further envelope recipients that no header names; with ``unless_reported``
    a server that reports deliveries (DSN) gets none of them. ``envelope_id`` is ENVID of RFC 3461,
    used only where the server offers DSN.
    """

    sender: Address
    recipient: Address
    blind_copies: tuple[Address, ...] = ()
    unless_reported: bool = False
    envelope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A server's positive answer: its text, and recipients refused although others were taken."""

    answer: str
    refused: tuple[Address, ...] = ()


class OwnCopy(Enum):
    """When a letter also goes to ourselves, as a blind copy: a proof that the server took it.

    ``UNLESS_REPORTED``: where the server does not report by itself that it delivered a letter.
    """

    ALWAYS = "always"
    NEVER = "never"
    UNLESS_REPORTED = "unless_reported"


class Trace(Enum):
    """What the sender's own mailbox shows of a letter: sent, certainly not sent, or nothing."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


MailPosition = NewType("MailPosition", str)
"""Where a message lies in its mailbox, for good: ``uidvalidity:uid`` over IMAP (RFC 3501 section
2.3.1.1), the ItemId over Exchange Web Services. Only its adapter reads it."""

MailCursor = NewType("MailCursor", str)
"""How far a mailbox has been taken in, as its adapter gave it: the position of the last message
over IMAP, the SyncState over Exchange Web Services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailArrival:
    """One whole RFC 5322 message as the server gave it, with its place in the mailbox.

    ``cursor`` is what everything after this message is asked for with; None where that is still
    what this message was asked for with.
    """

    mailbox: str
    position: MailPosition
    cursor: MailCursor | None
    raw: bytes = field(repr=False)
    """The message in memory; empty when ``large`` has it."""
    oversize: int | None = None
    """Size in octets when ``raw`` is the header only: over the limit, or not given by its server.

    It is then more than ``raw`` has; a header that is not given either is empty.
    """
    large: Content | None = field(default=None, compare=False)
    """The whole message where it lies, when it is too large for memory."""

    @property
    def content(self) -> Content:
        """Return what there is of the message, wherever it lies."""
        return self.large or Inline(self.raw)

    @property
    def size(self) -> int:
        """Return the size of the whole message in octets, given or not."""
        return self.oversize or self.content.size
