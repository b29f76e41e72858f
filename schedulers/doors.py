"""Which doors are still to be used, and what is done when there is none."""

from collections.abc import Iterable
from datetime import date

from domain.campaign import Channel, ChannelChoice
from domain.facts import About
from domain.ids import OfficeId
from domain.intents import Intent
from domain.kinds import DispatchKind, ReviewKind
from domain.recipients import Door, doors_on
from schedulers.picture import Picture

FIRST = (DispatchKind.DIRECTIVE, DispatchKind.NOTICE)
"""What brings the directive to an office."""


def unused(ways: Iterable[Door], choice: ChannelChoice, used: set[Channel]) -> list[Door]:
    """Return the doors still to be used: where one is enough, a new one brings no second letter."""
    if used and choice is not ChannelChoice.BOTH:
        return []
    return [(channel, target) for channel, target in ways if channel not in used]


def no_door(picture: Picture, about: About) -> list[Intent]:
    """Return that a person must be told, unless that was done before."""
    why = "no identifier on the exchange and no mail address that the campaign may use"
    return picture.ask(ReviewKind.NO_DOOR, about, why)


def address_now(picture: Picture, office: OfficeId, channel: Channel, day: date) -> str | None:
    """Return where an office is written to by a channel on ``day``; None without such a door."""
    entry = picture.directory.get(office)
    if entry is None:
        return None
    mode = picture.campaign.exchange
    ways = doors_on(day, entry, ChannelChoice.BOTH, mode, picture.directory)
    return dict(ways).get(channel)
