"""Whether the recipients that a campaign names exist and can be reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.campaign import Channel, ExchangeMode
from domain.errors import Problem
from domain.ids import OfficeId
from domain.office import Directory, Office
from domain.recipients import doors, successor
from domain.words import Words, say
from dondoc.settings.check_directory import unknown_office
from dondoc.settings.models import CampaignFile, RecipientEntry
from dondoc.settings.placed import Placed
from dondoc.settings.problems import nearest
from dondoc.settings.source import Trail

_NAMED = 5
"""So many offices are named; the others stand in the directory."""

_LOOK = say("look at valid_from and valid_to; of an older directive its own date counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom a campaign can mean: the sound offices, the ids of all, and our channels.

    ``whole`` tells whether all offices are sound; else one that is not may be in any group. Without
    a ``day`` only what holds on every day is looked at.
    """

    directory: Directory
    known: frozenset[str]
    whole: bool
    channels: frozenset[Channel]
    day: date | None


def check_recipients(campaign: Placed[CampaignFile], reach: Reach) -> Iterator[Problem]:
    """Find rules that name nobody, ever or on that day, and offices without a usable door."""
    rules = campaign.entry.recipients
    groups = {group for office in reach.directory.offices for group in office.groups}
    named = [
        _named(rule, campaign.entry.function, reach) if rule.group in groups | {None} else None
        for rule in rules
    ]
    # One warning says what many would: the campaign is of other years than the day.
    empty = reach.whole and reach.day is not None
    nobody = empty and len(rules) > 1 and all(offices == () for offices in named)
    if nobody:
        yield campaign.problem(
            ("recipients",),
            say("{id} names nobody on {day}", id=campaign.entry.id, day=reach.day),
            _LOOK,
            warning=True,
        )
    for index, (rule, offices) in enumerate(zip(rules, named, strict=True)):
        trail = ("recipients", index, "office" if rule.group is None else "group")
        if rule.office is not None and rule.office not in reach.known:
            yield campaign.problem(trail, *unknown_office(rule.office, reach.known))
        elif rule.group is not None and rule.group not in groups and reach.whole:
            yield campaign.problem(
                trail,
                say('no office is in the group "{group}"', group=rule.group),
                nearest(rule.group, sorted(groups))
                or say("add the group to the offices that it means"),
            )
        elif offices == () and empty and not nobody:
            yield campaign.problem(trail, _nobody(rule, reach.day), _LOOK, warning=True)
        yield from _unreached(campaign, trail, rule, offices or (), reach)


def _unreached(
    campaign: Placed[CampaignFile],
    trail: Trail,
    rule: RecipientEntry,
    offices: Sequence[Office],
    reach: Reach,
) -> Iterator[Problem]:
    lost = [office.id for office in offices if not _reached(office, rule, campaign.entry, reach)]
    if lost:
        more = say(" and {count} more", count=len(lost) - _NAMED) if lost[_NAMED:] else ""
        yield campaign.problem(
            trail,
            say(
                "no letter can go to {offices}{more} by this rule",
                offices=", ".join(lost[:_NAMED]),
                more=more,
            ),
            say("give an address for a channel that is set up, or choose other channels"),
            warning=True,
        )


def _named(rule: RecipientEntry, function: str | None, reach: Reach) -> tuple[Office, ...] | None:
    """Return the offices that a rule means; None where its office is not a sound one."""
    directory, day = reach.directory, reach.day
    if rule.office is None:
        group = rule.group or ""
        if day is None:
            return tuple(o for o in directory.offices if group in o.groups)
        return directory.in_group(group, day)
    office = directory.get(OfficeId(rule.office))
    if office is None or day is None:
        return None if office is None else (office,)
    heir = directory.get(successor(directory, office.id, function, day))
    if heir is None:
        return None
    return (heir,) if heir.valid_on(day) else ()


def _nobody(rule: RecipientEntry, day: date | None) -> Words:
    if rule.office is not None:
        return say("neither {id} nor a successor exists on {day}", id=rule.office, day=day)
    return say('nobody is in the group "{group}" on {day}', group=rule.group, day=day)


def _reached(office: Office, rule: RecipientEntry, entry: CampaignFile, reach: Reach) -> bool:
    """Tell whether a letter can go to an office; what is told elsewhere counts as yes."""
    mode, ours = entry.exchange, reach.channels
    equipped = (Channel.EXCHANGE if mode is ExchangeMode.SEND else Channel.EMAIL) in ours
    doorless = not (office.organ_id or office.emails)
    followed = mode is ExchangeMode.FOLLOW and office.organ_id is not None
    return (
        doorless
        or followed
        or not equipped
        or any(channel in ours for channel, _ in doors(office, rule.channels, mode))
    )
