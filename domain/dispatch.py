"""Facts about one sending: planned or followed, tried, and what became of it.

``domain/facts.py`` gathers them with all others.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.about import About
from domain.campaign import Channel
from domain.enclosure import Enclosure
from domain.ids import Digest, DispatchId, MessageId
from domain.kinds import DispatchKind
from domain.office import Passing
from domain.status import DispatchEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPlanned:
    """Intent to send, committed with identity and digest of the rendered bytes before sending."""

    dispatch: DispatchId
    about: About
    kind: DispatchKind
    occurrence: int
    channel: Channel
    target: str
    """Mail address or identifier on the exchange."""
    content: Digest
    token: str
    subject_token: str
    subject: str
    message_id: MessageId | None = None
    reply_to: str | None = None
    document_id: str | None = None
    edition: int = 1
    """Version of the directive that it carries or speaks of."""
    recalls: DispatchId | None = None
    """The sending that it takes back."""
    part_of: DispatchId | None = None
    """The letter whose files it goes on with."""
    enclosure: Enclosure | None = None
    """What it carries; None is a mail with all its files, or no mail."""
    passed: tuple[Passing, ...] = ()
    """How a compilation came to this office from the Department that the campaign names."""
    marked: bool = False
    """Whether it says that it may be a duplicate: an earlier sending may have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFollowed:
    """The e-office itself sent the directive to an office on the exchange; Dondoc sent nothing.

    The event's evidence shows it: a row of a sent list, or the receiver's own status message.
    ``content`` is the directive as it was taken.
    """

    dispatch: DispatchId
    about: About
    target: str
    """Identifier of the receiver, as the directory has it."""
    content: Digest
    subject: str
    answer: str
    exchange_id: str | None = None
    """docId on the door whose sent list shows it."""
    edition: int = 1
    """Version of the directive that it carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchAttempted:
    """A sending is about to start. ``marked`` says it goes out as a possible duplicate.

    ``worker`` is the life of the daemon that sends, see ``Workers``; empty for those before there
    were several.
    """

    dispatch: DispatchId
    about: About
    attempt: int
    marked: bool = False
    content: Digest | None = None
    worker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchAccepted:
    """The server took the content. ``probed`` says it was found out by looking for evidence."""

    dispatch: DispatchId
    about: About
    answer: str
    exchange_id: str | None = None
    probed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchDeferred:
    """The server could not take the content now; nothing was sent."""

    dispatch: DispatchId
    about: About
    reason: str
    retry_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchLost:
    """It is not known whether the server took the content. Look for evidence from ``probe_at``.

    None means that nothing more is tried by itself: a person is asked.
    """

    dispatch: DispatchId
    about: About
    reason: str
    probe_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRefused:
    """The server refused the content or the recipient for good."""

    dispatch: DispatchId
    about: About
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchCancelled:
    """A planned dispatch became needless before it was sent."""

    dispatch: DispatchId
    about: About
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecorded:
    """Machine evidence about a dispatch: exchange status, DSN, MDN or automatic reply."""

    dispatch: DispatchId
    about: About
    receipt: DispatchEvent
    detail: str
    stated_at: datetime | None = None
    """The time that the message itself gives."""
