"""What the demo came to, counted from the ledger and from what the servers really hold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.campaign import Channel, Expected
from domain.ids import CampaignId
from domain.kinds import DispatchKind
from domain.machine import ENDED
from domain.recipients import doors, expand
from domain.state import CompilationState, DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import App
from dondoc.demo.copies import Planned, account
from dondoc.demo.world import DAY, World
from dondoc.services.compiling import latest_version, paths
from dondoc.services.status import CampaignStatus, campaign_status

CAMPAIGN = CampaignId("nq47")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """The figures of one run; ``lost``, ``duplicated`` and ``marked`` as in ``copies``."""

    recipients: int
    dispatches: Mapping[str, int]
    statuses: Mapping[str, int]
    dispatch_statuses: Mapping[str, int]
    reminders: int
    reviews: int
    bounced: int
    reported: int
    missing: tuple[str, ...]
    lost: int
    duplicated: int
    marked: int
    compiled: tuple[Path, ...]
    forwarded: Mapping[str, str | None]
    answered: Mapping[str, int]
    """Statuses of ours that the offices got about documents that they sent, by code."""
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Return the contract's object."""
        return {
            "recipients": self.recipients,
            "dispatches": dict(self.dispatches),
            "statuses": dict(self.statuses),
            "dispatch_statuses": dict(self.dispatch_statuses),
            "reminders": self.reminders,
            "reviews": self.reviews,
            "bounced": self.bounced,
            "reported": self.reported,
            "missing": list(self.missing),
            "lost": self.lost,
            "duplicated": self.duplicated,
            "marked": self.marked,
            "compiled": [str(path) for path in self.compiled],
            "forwarded": dict(self.forwarded),
            "answered": dict(self.answered),
            "seconds": self.seconds,
        }


def count(
    app: App, world: World, round_name: str, answered: Mapping[str, int], seconds: float
) -> DemoResult:
    """Count one round of the demo's campaign; ``answered`` is what the offices counted."""
    status = campaign_status(app, CAMPAIGN, round_name)
    dispatches = [
        d for d in app.ledger.select(DispatchState, campaign=CAMPAIGN) if d.round == round_name
    ]
    found = account(world.hub, world.exchange, _planned(app), dispatches)
    version = latest_version(app, status.round)
    return DemoResult(
        recipients=len(status.offices),
        dispatches=dict(Counter(d.channel.value for d in dispatches)),
        statuses=_statuses(status),
        dispatch_statuses=dict(sorted(Counter(d.status.value for d in dispatches).items())),
        reminders=sum(
            d.kind is DispatchKind.REMINDER and d.accepted_at is not None for d in dispatches
        ),
        reviews=len(app.ledger.select(ReviewState)),
        bounced=sum(d.status is DispatchStatus.BOUNCED for d in dispatches),
        reported=sum(
            o.assignment.expected is Expected.REPORT
            and o.assignment.status is AssignmentStatus.REPORTED
            for o in status.offices
        ),
        missing=tuple(o.office for o in status.missing),
        lost=found.lost,
        duplicated=found.duplicated,
        marked=found.marked,
        compiled=tuple(paths(app, version)),
        forwarded=_forwarded(dispatches, version),
        answered=answered,
        seconds=seconds,
    )


def _statuses(status: CampaignStatus) -> dict[str, int]:
    found = Counter(o.assignment.status.value for o in status.offices)
    return dict(sorted(found.items()))


def _forwarded(dispatches: list[DispatchState], version: CompilationState) -> dict[str, str | None]:
    """Return what the Department's copies are called; None for a door that none went through."""
    found: dict[str, str | None] = {Channel.EXCHANGE.value: None, Channel.EMAIL.value: None}
    for d in dispatches:
        mine = d.kind is DispatchKind.COMPILATION and d.version == version.version
        if mine and d.accepted_at and d.status not in ENDED:
            found[d.channel.value] = d.message_id or d.document_id
    return found


def _planned(app: App) -> list[Planned]:
    """Return the doors by which the rules send the directive, whatever was done."""
    campaign = app.campaigns[CAMPAIGN]
    return [
        (recipient.office.id, channel)
        for recipient in expand(campaign, app.directory, DAY)
        for channel, _ in doors(recipient.office, recipient.channels, campaign.exchange)
    ]
