"""What was read from one mail message, before it is matched and counted."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.content import Content
from domain.directive import Directive, StoredFile
from domain.ids import Address, CampaignId, Digest, DispatchId, MessageId, OfficeId, RoundId
from domain.status import DispatchEvent


class MessageKind(StrEnum):
    """Kinds of the classification; the first four are made by machines."""

    DELIVERY_STATUS = "delivery_status"
    READ_RECEIPT = "read_receipt"
    AUTO_REPLY = "auto_reply"
    ADDRESS_CHANGE = "address_change"
    OWN_COPY = "own_copy"
    """Our own message come back: the blind copy that proves the relay's acceptance, or a loop."""
    ACKNOWLEDGEMENT = "acknowledgement"
    REPORT = "report"
    QUESTION = "question"
    EXTENSION_REQUEST = "extension_request"
    REFUSAL = "refusal"
    UNCLEAR = "unclear"


MACHINE = frozenset(
    {
        MessageKind.DELIVERY_STATUS,
        MessageKind.READ_RECEIPT,
        MessageKind.AUTO_REPLY,
        MessageKind.ADDRESS_CHANGE,
        MessageKind.OWN_COPY,
    }
)


UNSIGNED = frozenset({MessageKind.DELIVERY_STATUS, MessageKind.OWN_COPY})
"""Kinds of which nobody asks who sent them: what they name of ours decides, none is signed."""


class Match(StrEnum):
    """How surely a message belongs to an assignment."""

    CERTAIN = "certain"
    REVIEW = "review"
    NONE = "none"


class AttachmentRole(StrEnum):
    """What an attachment is in a reply."""

    REPORT = "report"
    SIGNED_COPY = "signed_copy"
    FORM = "form"
    OTHER = "other"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rule that was asked, and the words of the message that it looked at.

    ``hit`` tells whether it spoke; a miss is kept to show why a later rule decided.
    """

    rule: str
    evidence: str
    hit: bool = True


BETWEEN = " › "
"""Between the name of an archive and that of a file in it: no path, and no part of a real name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedLetter:
    """A message that came attached to another: who wrote it, and what its writer added.

    ``ours`` tells that it bears the marks of a letter of ours, which nobody but us sends.
    """

    sender: Address | None
    new_text: str = field(repr=False)
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A file that came with an answer: its true name (NFC, no path), its SHA-256, its bytes.

    ``within`` names the archive that it was in, ``problem`` tells why nobody can open it or part
    of it. The files of a ``wrapper`` follow it; an ``inline`` one is a picture shown in the text.
    ``letter`` is the attached message that it was in, or that it ``is_letter`` itself.
    """

    name: str
    media_type: str
    digest: Digest
    content: Content = field(repr=False)
    within: str = ""
    problem: str = ""
    wrapper: bool = False
    inline: bool = False
    letter: AttachedLetter | None = None
    is_letter: bool = False

    @property
    def full_name(self) -> str:
        """Return the name for the record, those of the archives that it was in in front."""
        return f"{self.within}{BETWEEN}{self.name}" if self.within else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAttachment:
    """A file to be sent by mail with its true name (NFC, no path) and its bytes."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """One recipient's part of a DSN (RFC 3464) or an MDN (RFC 8098)."""

    event: DispatchEvent | None
    """None where the report proves nothing about delivery, such as an MDN "denied"."""
    recipient: Address | None
    detail: str
    original_message_id: MessageId | None = None
    envelope_id: str | None = None
    in_words: bool = False
    """Found in a text for people: a guess, good only for the address that we wrote to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailContent:
    """One message taken apart; nothing is judged yet.

    ``new_text`` is what the writer added, ``quoted_text`` what was quoted. ``tokens`` are reply
    tokens found in envelope and address headers, ``subject_tokens`` those in the subject.
    """

    message_id: MessageId
    body_digest: str
    sender: Address | None
    sender_name: str
    recipients: tuple[Address, ...]
    subject: str
    date: datetime | None
    thread: tuple[MessageId, ...]
    tokens: tuple[str, ...]
    subject_tokens: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    """Header fields that the classification reads, names in lower case."""
    new_text: str
    quoted_text: str
    attachments: tuple[ReceivedFile, ...] = ()
    reports: tuple[DeliveryReport, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAttachment:
    """An attachment with its role and the reason for it."""

    file: StoredFile
    role: AttachmentRole
    why: str
    numbers: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a message is, by its own words only.

    ``held`` tells of an automatic reply that keeps the letter back until a person confirms that
    it comes from one. ``proposed`` are the addresses to which a mailbox has moved, as it says.
    """

    kind: MessageKind
    nil: bool = False
    corrects: bool = False
    held: bool = False
    proposed: tuple[Address, ...] = ()
    numbers: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    attachments: tuple[JudgedAttachment, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Via(StrEnum):
    """How a message points at one of our dispatches, strongest first."""

    RESPONSE_FOR = "response_for"
    THREAD = "thread"
    TOKEN = "token"
    SUBJECT_TOKEN = "subject_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One of our dispatches that a message points at, and by what."""

    via: Via
    dispatch: DispatchId
    campaign: CampaignId
    round: RoundId
    office: OfficeId


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRound:
    """A round that a reply may belong to: its directive, and the offices assigned in it.

    ``keywords`` are the short names of the directive that offices use, such as ``NQ47``.
    """

    campaign: CampaignId
    round: RoundId
    directive: Directive
    keywords: tuple[str, ...]
    offices: frozenset[OfficeId]
    former: tuple[Directive, ...] = ()
    """Earlier versions of the directive, the first one in front: offices go on naming them."""

    @property
    def versions(self) -> tuple[Directive, ...]:
        """Return every version of the directive, the first one in front."""
        return (*self.former, self.directive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An office that a message may come from; ``score`` from 0 to 1."""

    office: OfficeId
    score: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """To which assignment a message belongs, as far as that is certain."""

    match: Match
    campaign: CampaignId | None = None
    round: RoundId | None = None
    office: OfficeId | None = None
    dispatch: DispatchId | None = None
    sender_office: OfficeId | None = None
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[Reason, ...] = ()
