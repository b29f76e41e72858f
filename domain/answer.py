"""Status messages of ours about documents that come by the exchange: facts and row.

``domain/facts.py`` and ``domain/state.py`` gather them with all others.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.about import About
from domain.exchange import ExchangeStatus
from domain.ids import AnswerId, CampaignId, Digest, OfficeId, OrganId, RawId, RoundId
from domain.status import AnswerStatus
from domain.time_tried import without_stop


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlanned:
    """Intent to answer a document of the exchange with a status, committed before it leaves.

    ``content`` is the digest of the status message's file, ``account`` the door that it leaves by,
    ``document_id`` the DocumentId of what it answers.
    """

    answer: AnswerId
    raw: RawId
    about: About
    code: ExchangeStatus
    account: str
    target: OrganId
    document_id: str
    content: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSent:
    """The exchange took a status message of ours."""

    answer: AnswerId
    about: About
    code: ExchangeStatus
    exchange_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDeferred:
    """A status message of ours could not be handed over, or it is not known whether it was."""

    answer: AnswerId
    about: About
    code: ExchangeStatus
    reason: str
    retry_at: datetime
    unknown: bool = False
    """Whether the exchange may have taken it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused:
    """A status message of ours was refused for good or given up."""

    answer: AnswerId
    about: About
    code: ExchangeStatus
    reason: str
    unknown: bool = False
    """Whether it may have arrived all the same: of some attempt the outcome is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerState:
    """One status message of ours about a document that came by the exchange."""

    answer: AnswerId
    raw: RawId
    campaign: CampaignId | None
    round: RoundId | None
    office: OfficeId | None
    code: ExchangeStatus
    account: str
    target: OrganId
    document_id: str
    content: Digest
    status: AnswerStatus
    planned_at: datetime
    due_at: datetime | None
    """When to hand it over; None once it was sent or refused."""
    attempts: int = 0
    """How often it was put off."""
    tried_since: datetime | None = None
    """The first attempt that failed, moved on by each stop since."""
    sent_at: datetime | None = None
    exchange_id: str | None = None
    detail: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Return (answer id)."""
        return (self.answer,)

    def tried_without_stop(self, at: datetime) -> datetime:
        """Return since when it has been tried, seen from an attempt at ``at``, stops left out."""
        return without_stop(self.tried_since, self.due_at or self.planned_at, at)

    @property
    def about(self) -> About:
        """Return the scope for facts about this answer."""
        return About(campaign=self.campaign, round=self.round, office=self.office)
