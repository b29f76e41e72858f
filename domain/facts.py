"""Facts that the ledger records, in past tense, and the event that carries one.

A fact never changes meaning once written: add a new one instead. ``About`` says which campaign,
round and office a fact belongs to, as far as it is known.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.about import About as About
from domain.agencies import AgenciesConfirmed as AgenciesConfirmed
from domain.agencies import AgenciesTaken as AgenciesTaken
from domain.answer import AnswerDeferred as AnswerDeferred
from domain.answer import AnswerPlanned as AnswerPlanned
from domain.answer import AnswerRefused as AnswerRefused
from domain.answer import AnswerSent as AnswerSent
from domain.campaign import Channel, Expected
from domain.configuration import ConfigurationAdopted as ConfigurationAdopted
from domain.configuration import ConfigurationRefused as ConfigurationRefused
from domain.directive import Directive, StoredFile
from domain.dispatch import DispatchAccepted as DispatchAccepted
from domain.dispatch import DispatchAttempted as DispatchAttempted
from domain.dispatch import DispatchCancelled as DispatchCancelled
from domain.dispatch import DispatchDeferred as DispatchDeferred
from domain.dispatch import DispatchFollowed as DispatchFollowed
from domain.dispatch import DispatchLost as DispatchLost
from domain.dispatch import DispatchPlanned as DispatchPlanned
from domain.dispatch import DispatchRefused as DispatchRefused
from domain.dispatch import ReceiptRecorded as ReceiptRecorded
from domain.ids import (
    Digest,
    DispatchId,
    OfficeId,
    RawId,
    ReplyId,
    ReviewId,
)
from domain.kinds import Decision, RawChannel, ReplyKind, RestorationCause, ReviewKind
from domain.mail import MailCursor
from domain.membership import AssignmentPassed as AssignmentPassed
from domain.membership import AssignmentRemoved as AssignmentRemoved
from domain.membership import AssignmentRestored as AssignmentRestored
from domain.office import Passing
from domain.portal import PortalAsked as PortalAsked
from domain.portal import PortalCompared as PortalCompared
from domain.portal import PortalFailed as PortalFailed
from domain.portal import PortalFileFetched as PortalFileFetched
from domain.portal import PortalRetryAsked as PortalRetryAsked
from domain.portal import PortalWaived as PortalWaived
from domain.recall import DirectiveReplaced as DirectiveReplaced
from domain.recall import RecallOrdered as RecallOrdered
from domain.recall import RevocationDecided as RevocationDecided
from domain.recall import RevocationReceived as RevocationReceived


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArrived:
    """Raw input was stored whole before anyone read it; the event's evidence is its digest."""

    raw: RawId
    channel: RawChannel
    account: str
    place: str
    """Mailbox folder, or the exchange's name."""
    position: str
    """``MailPosition`` in a mailbox, docId on the exchange."""
    size: int
    cursor: MailCursor | None = None
    """How far the mailbox is taken in with this message; empty where that is no further.

    None in events of before the cursor had a place of its own: it is then the position.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRead:
    """Raw input was read and everything that follows from it is recorded with this fact."""

    raw: RawId
    outcome: str
    about: About = field(default_factory=About)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawQuarantined:
    """Raw input could not be read and was set aside."""

    raw: RawId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReleased:
    """A person asked to read quarantined input again.

    The event's evidence is what is to be read from now on: the bytes that arrived or, where
    ``size`` is given, the whole input, of which only the beginning had been fetched.
    """

    raw: RawId
    by: str
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRead:
    """A folder of a mail account was read up to here, and all of it was known already.

    So it is where the server numbers its messages anew, or takes back how far we had come.
    """

    account: str
    place: str
    cursor: MailCursor


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRestored:
    """The ledger is an older one again: what happened after ``made_at`` is not in it.

    ``seen`` says what showed it where nobody gave the command.
    """

    made_at: datetime
    cause: RestorationCause = RestorationCause.BACKUP
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReconciled:
    """Our mailbox and the exchange were asked for what happened in the time of a restoration."""

    restoration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveTaken:
    """A campaign took its directive."""

    about: About
    directive: Directive


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOpened:
    """A reporting period began. ``due_at`` is its deadline, ``due_on`` the date in the letter."""

    about: About
    due_on: date
    due_at: datetime
    compile_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentMade:
    """An office became a recipient of a round. ``due_at`` is None where nothing is due."""

    about: About
    expected: Expected
    due_at: datetime | None
    passed: tuple[Passing, ...] = ()
    """How the duty came to it from offices that have ended; events of before tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRecorded:
    """What a person of an office sent back and is counted for it."""

    reply: ReplyId
    about: About
    kind: ReplyKind
    channel: Channel
    received_at: datetime
    dispatch: DispatchId | None = None
    number: str | None = None
    nil: bool = False
    corrects: bool = False
    summary: str = ""
    attachments: tuple[StoredFile, ...] = ()
    proofs: tuple[str, ...] = ()
    """What was known of a mail's author when it came; keys of signatures are gone later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """The deadline of an assignment went by."""

    about: About
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentExtended:
    """A person gave an office more time."""

    about: About
    until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentWaived:
    """A person released an office from reporting."""

    about: About
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOpened:
    """Something waits for a person; ``raw`` is the input that it is about, if any."""

    review: ReviewId
    kind: ReviewKind
    about: About
    reason: str
    candidates: tuple[OfficeId, ...] = ()
    raw: RawId | None = None
    dispatch: DispatchId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResolved:
    """A person decided, or ``by`` Dondoc nothing was left to decide."""

    review: ReviewId
    about: About
    decision: Decision
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundReadied:
    """The round can be compiled: all settled, or the time for compiling has come."""

    about: About
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilationMade:
    """A version of the compiled result exists; its files are stored evidence."""

    about: About
    version: int
    files: tuple[StoredFile, ...]
    reports: tuple[ReplyId, ...]
    """The replies that it counts, so that a later one shows that it is out of date."""
    missing: tuple[OfficeId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilationApproved:
    """A person approved a version for forwarding, with the number the office gave it."""

    about: About
    version: int
    by: str
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilationForwarded:
    """A version was handed to the Department by every door that it has."""

    about: About
    version: int


Fact = (
    RawArrived
    | RawRead
    | RawQuarantined
    | RawReleased
    | MailboxRead
    | StoreRestored
    | StoreReconciled
    | DirectiveTaken
    | DirectiveReplaced
    | RecallOrdered
    | RevocationReceived
    | RevocationDecided
    | RoundOpened
    | AssignmentMade
    | DispatchPlanned
    | DispatchFollowed
    | DispatchAttempted
    | DispatchAccepted
    | DispatchDeferred
    | DispatchLost
    | DispatchRefused
    | DispatchCancelled
    | ReceiptRecorded
    | ReplyRecorded
    | AnswerPlanned
    | AnswerSent
    | AnswerDeferred
    | AnswerRefused
    | DeadlinePassed
    | AssignmentExtended
    | AssignmentWaived
    | AssignmentRemoved
    | AssignmentRestored
    | AssignmentPassed
    | ReviewOpened
    | ReviewResolved
    | RoundReadied
    | CompilationMade
    | CompilationApproved
    | CompilationForwarded
    | AgenciesTaken
    | AgenciesConfirmed
    | PortalAsked
    | PortalFailed
    | PortalFileFetched
    | PortalCompared
    | PortalRetryAsked
    | PortalWaived
    | ConfigurationAdopted
    | ConfigurationRefused
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact with its origin. (``source``, ``source_key``) is unique in the ledger.

    ``occurred_at`` is when it happened, ``evidence`` the digest of the message or file proving it.
    """

    source: str
    source_key: str
    occurred_at: datetime
    fact: Fact
    evidence: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as the ledger keeps it, with its place in the order and the time of recording."""

    sequence: int
    recorded_at: datetime
    event: Event


def about(fact: Fact) -> About:
    """Return what a fact concerns; raw input concerns nothing until it has been read.

    Neither do the exchange's table of units and the configuration, which serve all campaigns, and
    a restored store.
    """
    match fact:
        case RawArrived() | RawQuarantined() | RawReleased() | MailboxRead():
            return About()
        case AgenciesTaken() | AgenciesConfirmed() | StoreRestored() | StoreReconciled():
            return About()
        case ConfigurationAdopted() | ConfigurationRefused():
            return About()
        case _:
            return fact.about
