"""Who takes part in a campaign and in one of its rounds, by the rules in force."""

from datetime import datetime

from domain.ids import OfficeId
from domain.recipients import Recipient, expand, heirs
from schedulers.calendar import local_day
from schedulers.picture import Picture
from schedulers.recall import left_out


def recipients_of(picture: Picture, day: datetime | None = None) -> tuple[Recipient, ...]:
    """Return the campaign's recipients: groups expand at the issue date of the first version."""
    issued_on = picture.directive.versions[0].issued_on or local_day(
        day or picture.directive.taken_at
    )
    found = expand(picture.campaign, picture.directory, issued_on)
    return tuple(r for r in found if not left_out(picture, r.office.id))


def recipients_of_round(
    picture: Picture, opened_at: datetime
) -> tuple[list[Recipient], list[OfficeId]]:
    """Return who takes part in a round opened at an instant, and offices without a successor."""
    kept, gone = heirs(
        recipients_of(picture), picture.directory, picture.campaign.function, local_day(opened_at)
    )
    taking_part = [r for r in kept if not left_out(picture, r.office.id)]
    return taking_part, [office.id for office in gone]
