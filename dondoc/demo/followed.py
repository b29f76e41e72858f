"""What following the e-office's own sending came to, counted from what the servers hold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from domain.campaign import Channel
from domain.exchange import PacketKind, Settlement
from domain.ids import CampaignId
from domain.office import Office
from domain.state import AssignmentState, DispatchState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.demo.office_mail import Received
from dondoc.demo.world import World

_CAMPAIGN = CampaignId("nq47")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedResult:
    """The figures of the second story.

    ``followed`` are the e-office's sendings that Dondoc has seen, ``mailed`` the letters that it
    wrote to offices besides. ``lost`` are offices that neither has reached, ``duplicated`` those
    whose system had fetched the directive before Dondoc wrote to them all the same.
    """

    recipients: int
    followed: int
    sent_on_exchange: int
    mailed: int
    statuses: Mapping[str, int]
    lost: int
    duplicated: int

    def as_json(self) -> dict[str, object]:
        """Return the figures by name."""
        return {
            "recipients": self.recipients,
            "followed": self.followed,
            "sent_on_exchange": self.sent_on_exchange,
            "mailed": self.mailed,
            "statuses": dict(self.statuses),
            "lost": self.lost,
            "duplicated": self.duplicated,
        }


def count_followed(app: App, world: World) -> FollowedResult:
    """Count the story; who has the letter is asked of the exchange and of the mailboxes."""
    assignments = app.ledger.select(AssignmentState, campaign=_CAMPAIGN)
    dispatches = app.ledger.select(DispatchState, campaign=_CAMPAIGN)
    offices = [o for a in assignments if (o := app.directory.get(a.office)) is not None]
    fetched = _fetched(world)
    letters = {office.id: _letters(world, office) for office in offices}
    returned = {d.office for d in dispatches if d.status is DispatchStatus.BOUNCED}
    return FollowedResult(
        recipients=len(assignments),
        followed=sum(d.followed for d in dispatches),
        sent_on_exchange=sum(d.channel is Channel.EXCHANGE and not d.followed for d in dispatches),
        mailed=sum(d.channel is Channel.EMAIL for d in dispatches),
        statuses=dict(sorted(Counter(a.status.value for a in assignments).items())),
        lost=sum(
            o.organ_id not in fetched and not letters[o.id] and o.id not in returned
            for o in offices
        ),
        duplicated=sum(letters[o.id] > (0 if o.organ_id in fetched else 1) for o in offices),
    )


def _fetched(world: World) -> set[str]:
    """Return the identifiers of the units whose systems have the e-office's document."""
    sent = world.own_client.sent(PacketKind.DOCUMENT)
    return {row.receiver for row in sent if row.receive_status == Settlement.DONE}


def _letters(world: World, office: Office) -> int:
    """Return how many letters lie in an office's mailboxes, machines' reports left out."""
    raws = (raw for address in office.emails for raw in world.hub.mail_for(address))
    return sum(not (read.automatic or read.report) for read in map(Received.of, raws))
