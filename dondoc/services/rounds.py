"""Opening rounds: who takes part and until when."""

from collections.abc import Sequence
from datetime import date, datetime, time

from domain.campaign import Campaign, Expected
from domain.directive import Directive
from domain.facts import About, AssignmentMade, Event, RoundOpened
from domain.ids import CampaignId, RoundId
from domain.intents import OpenRound
from domain.kinds import ReviewKind
from domain.recipients import Recipient, expand
from dondoc.app import App
from dondoc.services.reviews import open_review
from schedulers.calendar import at_local, end_of, first_due_date, local_day
from schedulers.picture import Picture
from schedulers.taking_part import recipients_of_round

_OFFICE_OPENS = time(8, 0)


def first_round(
    app: App, campaign: Campaign, directive: Directive, now: datetime
) -> Sequence[Event]:
    """Return the events that open a campaign's first round at the directive's issue date."""
    issued_on = directive.issued_on or local_day(now)
    due_on = first_due_date(campaign.rounds, issued_on)
    recipients = expand(campaign, app.directory, issued_on)
    return _opened(app, campaign, due_on, recipients, now)


def later_round(app: App, picture: Picture, intent: OpenRound, now: datetime) -> Sequence[Event]:
    """Return the events that open a further round of a yearly duty.

    Duties pass to successors; an office that ended without one waits for a person. Those who were
    only informed of the directive take no part: nothing is asked of them.
    """
    taking_part, ended = recipients_of_round(picture, now)
    recipients = [r for r in taking_part if r.expected is not Expected.INFORMATION]
    about = _about(picture.campaign.id, intent.due_on)
    gone = [
        open_review(
            ReviewKind.NO_DOOR,
            f"ended {about.round} {office}",
            About(campaign=about.campaign, round=about.round, office=office),
            "the office has ended and the directory names no successor; "
            "add the successor, or leave it out of the campaign",
            now,
        )
        for office in ended
    ]
    return [*_opened(app, picture.campaign, intent.due_on, recipients, now), *gone]


def _about(campaign: CampaignId, due_on: date) -> About:
    return About(campaign=campaign, round=RoundId(str(due_on.year)))


def _opened(
    app: App,
    campaign: Campaign,
    due_on: date,
    recipients: Sequence[Recipient],
    now: datetime,
) -> Sequence[Event]:
    about = _about(campaign.id, due_on)
    compile_on = app.calendar.shift(due_on, campaign.compile.after)
    opened = RoundOpened(
        about=about,
        due_on=due_on,
        due_at=end_of(due_on),
        compile_at=at_local(compile_on, _OFFICE_OPENS),
    )
    key = f"{campaign.id}/{about.round}"
    events = [Event(source="round", source_key=key, occurred_at=now, fact=opened)]
    for recipient in recipients:
        office = recipient.office.id
        asked = recipient.expected is not Expected.INFORMATION
        made = AssignmentMade(
            about=About(campaign=campaign.id, round=about.round, office=office),
            expected=recipient.expected,
            due_at=opened.due_at if asked else None,
            passed=recipient.passed,
        )
        events.append(
            Event(source="assignment", source_key=f"{key}/{office}", occurred_at=now, fact=made)
        )
    return events
