"""One sending, as its events left it: with its letter, and without it."""

from dataclasses import dataclass, fields
from datetime import datetime

from domain.about import About
from domain.campaign import Channel
from domain.enclosure import Enclosure
from domain.ids import CampaignId, Digest, DispatchId, MessageId, OfficeId, RoundId
from domain.kinds import DispatchKind
from domain.status import DispatchStatus
from domain.time_tried import without_stop

SENT_AGAIN = 1_000
"""Added to the occurrence of a compilation, which is its version, each time it is sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchStanding:
    """Where one sending to one office over one channel stands, without what is in the letter.

    Decisions need no more, and of thousands of offices the letters' texts are most of the rows.
    """

    dispatch: DispatchId
    campaign: CampaignId
    round: RoundId
    office: OfficeId
    kind: DispatchKind
    occurrence: int
    channel: Channel
    status: DispatchStatus
    target: str
    planned_at: datetime
    changed_at: datetime
    document_id: str | None = None
    exchange_id: str | None = None
    attempts: int = 0
    marked: bool = False
    followed: bool = False
    """The e-office sent it on the exchange, not Dondoc."""
    accepted_at: datetime | None = None
    due_at: datetime | None = None
    """When to try again or to look for evidence; None when nothing is to be done."""
    tried_since: datetime | None = None
    """The first attempt, moved on by each stop since."""
    edition: int = 1
    """Version of the directive that it carries or speaks of."""
    recalls: DispatchId | None = None
    """The sending that it takes back."""
    part_of: DispatchId | None = None
    """The letter whose files it goes on with."""
    enclosure: Enclosure | None = None
    """What it carries; None is a mail with all its files, or no mail."""

    @property
    def key(self) -> tuple[str, ...]:
        """Return (dispatch id)."""
        return (self.dispatch,)

    def tried_without_stop(self, at: datetime) -> datetime:
        """Return since when it has been tried, seen from an attempt or a probe at ``at``.

        A stop is no time spent trying, whether Dondoc stood still or the dispatch was held back.
        """
        return without_stop(self.tried_since, self.due_at or self.changed_at, at)

    @property
    def version(self) -> int:
        """Return what its occurrence counts without those added when it is sent again.

        Of a compilation and a replacement that is the version which it carries.
        """
        return self.occurrence % SENT_AGAIN

    @property
    def about(self) -> About:
        """Return the scope for facts about this dispatch."""
        return About(campaign=self.campaign, round=self.round, office=self.office)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchState(DispatchStanding):
    """One sending, with what tells its letter and the answers to it from all others."""

    content: Digest
    token: str
    subject_token: str
    subject: str
    message_id: MessageId | None = None
    reply_to: str | None = None
    detail: str = ""


def standing_of(row: DispatchState) -> DispatchStanding:
    """Return a sending without its letter."""
    values = {one.name: getattr(row, one.name) for one in fields(DispatchStanding)}
    return DispatchStanding(**values)
