"""To whom campaigns will send whose directive has not come yet: the first look at a new one."""

from collections.abc import Iterator
from datetime import date
from typing import TypedDict

from domain.campaign import Campaign
from domain.recipients import doors_on, expand
from domain.state import DirectiveState
from dondoc.app import App
from schedulers.calendar import first_due_date

_NO_DOOR: tuple[tuple[None, None]] = ((None, None),)


class ForeseenView(TypedDict):
    """What one recipient will get; ``channel`` and ``target`` are null where it has no door."""

    campaign: str
    round: str
    office: str
    name: str
    expected: str
    channel: str | None
    target: str | None


def foreseen_views(app: App, day: date) -> list[ForeseenView]:
    """Return what would be sent if each missing directive were issued on ``day``."""
    return [
        view
        for campaign in app.campaigns.values()
        if app.ledger.get(DirectiveState, (campaign.id,)) is None
        for view in _views(app, campaign, day)
    ]


def _views(app: App, campaign: Campaign, day: date) -> Iterator[ForeseenView]:
    round_name = str(first_due_date(campaign.rounds, day).year)
    for recipient in expand(campaign, app.directory, day):
        office = recipient.office
        ways = doors_on(day, office, recipient.channels, campaign.exchange, app.directory)
        for channel, target in ways or _NO_DOOR:
            yield ForeseenView(
                campaign=campaign.id,
                round=round_name,
                office=office.id,
                name=office.name,
                expected=recipient.expected,
                channel=channel,
                target=target,
            )
