"""Which doors are still to be used, and what is done when there is none."""

from collections.abc import Iterable, Sequence
from datetime import date

from domain.campaign import Channel, ChannelChoice
from domain.facts import About
from domain.ids import OfficeId
from domain.intents import Intent
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.recipients import Door, doors, doors_on
from domain.state import DispatchStanding
from domain.status import DispatchStatus
from schedulers.picture import Picture
from schedulers.recall import MAY_HAVE

FIRST = (DispatchKind.DIRECTIVE, DispatchKind.NOTICE)
"""What brings the directive to an office."""


def unused(ways: Iterable[Door], choice: ChannelChoice, used: set[Channel]) -> list[Door]:
    """Return the doors still to be used: where one is enough, a new one brings no second letter."""
    if used and choice is not ChannelChoice.BOTH:
        return []
    return [(channel, target) for channel, target in ways if channel not in used]


def in_time(
    picture: Picture, about: About, left: Sequence[Door], sent: Iterable[DispatchStanding]
) -> Sequence[Door]:
    """Leave out the doors that come too late to an office that has the letter, or perhaps has it.

    A change of the rules or of the directory opens them; nobody is sent again what they have
    because of that. ``sent`` are the first letters of the round. A door by which a letter was
    planned in the round before is no such door, nor is mail while its files are asked about.
    """
    if not left or not any(_may_have(d) for d in sent):
        return left
    known = {
        d.channel
        for d in picture.dispatches_to(about.office)
        if d.kind in LETTERS and d.round == about.round
    }
    if picture.waits(ReviewKind.OVER_SIZE, about.round):
        known.add(Channel.EMAIL)
    return [door for door in left if door[0] in known]


def _may_have(letter: DispatchStanding) -> bool:
    on_its_way = letter.status is DispatchStatus.SENDING
    tried_before = letter.status is DispatchStatus.DEFERRED and letter.marked
    return letter.status in MAY_HAVE or on_its_way or tried_before


def no_door(picture: Picture, about: About) -> list[Intent]:
    """Return that a person must be told, unless that was done before."""
    why = "no identifier on the exchange and no mail address that the campaign may use"
    return picture.ask(ReviewKind.NO_DOOR, about, why)


def address_after(picture: Picture, letter: DispatchStanding) -> str | None:
    """Return where goes what belongs to a letter that an office has; None without such a door.

    That is where the letter went, also to a deputy who stood in and does no more; where it went to
    the office itself, that is where the office is written to now, by whomever it is stood in for.
    """
    entry = picture.directory.get(letter.office)
    if entry is None or to_deputy(picture, letter):
        return letter.target
    ways = doors(entry, ChannelChoice.BOTH, picture.campaign.exchange)
    return dict(ways).get(letter.channel)


def to_deputy(picture: Picture, letter: DispatchStanding) -> bool:
    """Tell whether a mail is addressed to somebody who stands in for its office at some time."""
    entry = picture.directory.get(letter.office)
    if entry is None or letter.channel is not Channel.EMAIL or letter.target in entry.emails:
        return False
    return any(picture.directory.address_of(d) == letter.target for d in entry.deputies)


def address_now(picture: Picture, office: OfficeId, channel: Channel, day: date) -> str | None:
    """Return where an office is written to by a channel on ``day``; None without such a door."""
    entry = picture.directory.get(office)
    if entry is None:
        return None
    mode = picture.campaign.exchange
    ways = doors_on(day, entry, ChannelChoice.BOTH, mode, picture.directory)
    return dict(ways).get(channel)
