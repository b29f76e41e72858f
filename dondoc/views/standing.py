"""Where the offices of a round stand: the contract of ``dondoc status --json``."""

from datetime import datetime
from typing import NotRequired, TypedDict

from domain.ids import CampaignId, OfficeId
from domain.state import DispatchState
from dondoc.services.status import CampaignStatus, OfficeStatus


class DispatchView(TypedDict):
    """One sending; ``at`` is when the server took it, or when it was planned."""

    kind: str
    channel: str
    status: str
    message_id: str | None
    reply_to: str | None
    subject: str
    document_id: str | None
    at: str


class StepView(TypedDict):
    """One entry of a timeline; ``evidence`` is a SHA-256."""

    at: str
    event: str
    evidence: str | None


class OfficeView(TypedDict):
    """One office of the round."""

    office: str
    expected: str
    status: str
    late: bool
    removed: NotRequired[str]
    """Why the office is no recipient any more, where it is none."""
    dispatches: list[DispatchView]
    timeline: list[StepView]


class StandingView(TypedDict):
    """One round of a campaign; no round and no office before the directive has come."""

    campaign: str
    round: str | None
    offices: list[OfficeView]


def no_standing(campaign: CampaignId) -> StandingView:
    """Return the standing of a campaign that still waits for its directive."""
    return StandingView(campaign=campaign, round=None, offices=[])


def standing_view(
    standing: CampaignStatus, now: datetime, only: OfficeId | None = None
) -> StandingView:
    """Return the contract's object, of one office if ``only`` names it. Instants are ISO, UTC."""
    return StandingView(
        campaign=standing.campaign,
        round=standing.round.round,
        offices=[_office(o, now) for o in standing.offices if only in (None, o.office)],
    )


def _office(office: OfficeStatus, now: datetime) -> OfficeView:
    view = OfficeView(
        office=office.office,
        expected=office.assignment.expected,
        status=office.assignment.status,
        late=office.assignment.late_at(now),
        dispatches=[_dispatch(dispatch) for dispatch in office.dispatches],
        timeline=[
            StepView(at=step.at.isoformat(), event=step.event, evidence=step.evidence)
            for step in office.timeline
        ],
    )
    if office.assignment.removed:
        view["removed"] = office.assignment.membership_why
    return view


def _dispatch(dispatch: DispatchState) -> DispatchView:
    return DispatchView(
        kind=dispatch.kind,
        channel=dispatch.channel,
        status=dispatch.status,
        message_id=dispatch.message_id,
        reply_to=dispatch.reply_to,
        subject=dispatch.subject,
        document_id=dispatch.document_id,
        at=(dispatch.accepted_at or dispatch.planned_at).isoformat(),
    )
