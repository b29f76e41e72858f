"""Rows projected from the events: what is true now. Rebuilt from the events at any time.

Each row type has ``key``, the texts that identify one row within its type.
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.agencies import AgenciesState as AgenciesState
from domain.answer import AnswerState as AnswerState
from domain.campaign import Channel, Expected
from domain.configuration import ConfigurationState as ConfigurationState
from domain.directive import Directive, StoredFile
from domain.dispatched import SENT_AGAIN as SENT_AGAIN
from domain.dispatched import DispatchStanding as DispatchStanding
from domain.dispatched import DispatchState as DispatchState
from domain.dispatched import standing_of as standing_of
from domain.facts import About
from domain.ids import (
    CampaignId,
    Digest,
    DispatchId,
    OfficeId,
    RawId,
    ReplyId,
    ReviewId,
    RoundId,
)
from domain.kinds import Decision, RawChannel, ReplyKind, ReviewKind
from domain.mail import MailCursor
from domain.portal import PortalState as PortalState
from domain.recall import RecallState as RecallState
from domain.recall import RevocationState as RevocationState
from domain.recall import RevokedName as RevokedName
from domain.status import (
    AssignmentStatus,
    Membership,
    RawStatus,
    RoundStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawState:
    """Raw input and whether it has been read."""

    raw: RawId
    channel: RawChannel
    account: str
    place: str
    position: str
    size: int
    digest: Digest
    arrived_at: datetime
    arrival: int
    """Number of the event of its arrival: what was taken in first is read first."""
    status: RawStatus = RawStatus.ARRIVED
    outcome: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Return (raw id)."""
        return (self.raw,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveState:
    """The directive of a campaign as it is in force; ``former`` are those that it replaced."""

    campaign: CampaignId
    directive: Directive
    document_id: str
    taken_at: datetime
    evidence: Digest | None
    version: int = 1
    former: tuple[Directive, ...] = ()
    """Earlier versions, the first one in front."""
    reason: str = ""
    """Why this version replaces the one before, in the issuer's words."""
    replaced_at: datetime | None = None
    """When this version took the place of the one before; None for the first one."""

    @property
    def key(self) -> tuple[str, ...]:
        """Return (campaign)."""
        return (self.campaign,)

    @property
    def versions(self) -> tuple[Directive, ...]:
        """Return every version, the first one in front."""
        return (*self.former, self.directive)

    def version_of(self, dispatch: "DispatchState") -> Directive:
        """Return the directive that a dispatch carries or speaks of."""
        return self.versions[dispatch.edition - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundState:
    """A reporting period. ``version`` counts compilations made, 0 before the first."""

    campaign: CampaignId
    round: RoundId
    status: RoundStatus
    opened_at: datetime
    due_on: date
    due_at: datetime
    compile_at: datetime
    version: int = 0

    @property
    def key(self) -> tuple[str, ...]:
        """Return (campaign, round)."""
        return (self.campaign, self.round)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentState:
    """Where one office stands in one round.

    ``late`` is set when the deadline passes unanswered and stays when the report comes after it.
    """

    campaign: CampaignId
    round: RoundId
    office: OfficeId
    expected: Expected
    status: AssignmentStatus = AssignmentStatus.WAITING
    due_at: datetime | None = None
    extended_at: datetime | None = None
    late: bool = False
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    reported_at: datetime | None = None
    report: ReplyId | None = None
    note: str = ""
    membership: Membership = Membership.TAKES_PART
    """Whether the rules in force name the office; apart from how far it has come."""
    membership_at: datetime | None = None
    """When that changed last."""
    membership_why: str = ""

    def late_at(self, now: datetime) -> bool:
        """Tell whether it is late. A deadline that has passed by a clock that was ahead makes
        nobody late who has not reported: that is so only once it has passed.
        """
        passed = self.due_at is None or self.due_at < now
        return self.late and (passed or self.reported_at is not None)

    @property
    def removed(self) -> bool:
        """Tell whether the office is no recipient any more: nothing goes out, nothing is owed."""
        return self.membership is not Membership.TAKES_PART

    @property
    def key(self) -> tuple[str, ...]:
        """Return (campaign, round, office)."""
        return (self.campaign, self.round, self.office)

    @property
    def about(self) -> About:
        """Return the scope for facts about this assignment."""
        return About(campaign=self.campaign, round=self.round, office=self.office)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyState:
    """A reply counted for an office. ``superseded_by`` names a later report in its place."""

    reply: ReplyId
    campaign: CampaignId
    round: RoundId
    office: OfficeId
    kind: ReplyKind
    channel: Channel
    received_at: datetime
    evidence: Digest | None
    dispatch: DispatchId | None = None
    number: str | None = None
    nil: bool = False
    corrects: bool = False
    summary: str = ""
    attachments: tuple[StoredFile, ...] = ()
    superseded_by: ReplyId | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Return (reply id)."""
        return (self.reply,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """Something that waits, or waited, for a person."""

    review: ReviewId
    kind: ReviewKind
    campaign: CampaignId | None
    round: RoundId | None
    office: OfficeId | None
    reason: str
    opened_at: datetime
    candidates: tuple[OfficeId, ...] = ()
    raw: RawId | None = None
    dispatch: DispatchId | None = None
    evidence: Digest | None = None
    open: bool = True
    decision: Decision | None = None
    by: str | None = None
    note: str = ""
    resolved_at: datetime | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Return (review id)."""
        return (self.review,)

    @property
    def about(self) -> About:
        """Return the scope for facts about this review."""
        return About(campaign=self.campaign, round=self.round, office=self.office)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompilationState:
    """One version of a round's compiled result."""

    campaign: CampaignId
    round: RoundId
    version: int
    files: tuple[StoredFile, ...]
    made_at: datetime
    reports: tuple[ReplyId, ...] = ()
    missing: tuple[OfficeId, ...] = ()
    approved_at: datetime | None = None
    approved_by: str | None = None
    number: str | None = None
    forwarded_at: datetime | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Return (campaign, round, version as three digits, so that text order is number order)."""
        return (self.campaign, self.round, f"{self.version:03d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorState:
    """How far one folder of a mail account has been taken in."""

    account: str
    place: str
    cursor: MailCursor

    @property
    def key(self) -> tuple[str, ...]:
        """Return (account, place)."""
        return (self.account, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorationState:
    """A time of which the ledger knows nothing, because it is an older one that was put back.

    ``restoration`` is the source key of the event, which says by what that is known.
    """

    restoration: str
    restored_at: datetime
    made_at: datetime

    @property
    def key(self) -> tuple[str, ...]:
        """Return (restoration,)."""
        return (self.restoration,)


State = (
    RawState
    | DirectiveState
    | RoundState
    | AssignmentState
    | DispatchState
    | ReplyState
    | AnswerState
    | ReviewState
    | CompilationState
    | RecallState
    | RevocationState
    | RevokedName
    | CursorState
    | RestorationState
    | AgenciesState
    | PortalState
    | ConfigurationState
)

STATES: tuple[type[State], ...] = (
    RawState,
    DirectiveState,
    RoundState,
    AssignmentState,
    DispatchState,
    ReplyState,
    AnswerState,
    ReviewState,
    CompilationState,
    RecallState,
    RevocationState,
    RevokedName,
    CursorState,
    RestorationState,
    AgenciesState,
    PortalState,
    ConfigurationState,
)
"""Every row type, in the order in which they are shown and compared."""
