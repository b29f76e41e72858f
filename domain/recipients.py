"""Who gets a directive and by which doors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from domain.campaign import Campaign, Channel, ChannelChoice, ExchangeMode, Expected, RecipientRule
from domain.errors import NotFound
from domain.ids import OfficeId
from domain.office import Directory, Office

Door = tuple[Channel, str]
"""A channel and the mail address or identifier to use on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An office that a campaign names, with what is expected of it."""

    office: Office
    expected: Expected
    channels: ChannelChoice


def expand(campaign: Campaign, directory: Directory, day: date) -> tuple[Recipient, ...]:
    """Return the recipients on ``day``, in the order of the directory, each office once.

    A rule for a single office wins over the rules for groups; among these the first one counts.
    What an office takes over from a named one that has ended adds to what it owes itself.
    Raises ``NotFound`` when a rule names an office that the directory lacks.
    """
    named = [
        (rule, office)
        for rule in campaign.recipients
        for office in _named(rule, campaign, directory, day)
    ]
    chosen: dict[OfficeId, Recipient] = {}
    for rule, office in sorted(named, key=_precedence):
        one = Recipient(office=office, expected=rule.expected, channels=rule.channels)
        inherited = rule.office not in (None, office.id)
        known = chosen.setdefault(office.id, one)
        if inherited and _owes_more(one, known):
            chosen[office.id] = one
    return tuple(chosen[o.id] for o in directory.offices if o.id in chosen)


def _precedence(named: tuple[RecipientRule, Office]) -> int:
    rule, office = named
    if rule.office is None:
        return 1
    return 0 if rule.office == office.id else 2


def _named(
    rule: RecipientRule, campaign: Campaign, directory: Directory, day: date
) -> Sequence[Office]:
    if rule.office is None:
        return directory.in_group(rule.group or "", day)
    office = directory.get(rule.office)
    if office is None:
        raise NotFound(
            f"campaign {campaign.id} names office {rule.office}, which the directory lacks; "
            "add it to the directory or take it out of the campaign"
        )
    heir = directory.get(successor(directory, office.id, campaign.function, day))
    return [heir] if heir is not None and heir.valid_on(day) else []


def heirs(
    recipients: Sequence[Recipient], directory: Directory, function: str | None, day: date
) -> tuple[list[Recipient], list[Office]]:
    """Pass duties on to the offices that exist on ``day``, each once, for a later round.

    An office that takes over from several owes the most that one of them owed. Returns the
    recipients of that day and the offices that ended without a successor.
    """
    kept: dict[OfficeId, Recipient] = {}
    ended: list[Office] = []
    for recipient in recipients:
        heir = directory.get(successor(directory, recipient.office.id, function, day))
        if heir is None or not heir.valid_on(day):
            ended.append(recipient.office)
        elif heir.id not in kept or _owes_more(recipient, kept[heir.id]):
            kept[heir.id] = replace(recipient, office=heir)
    return list(kept.values()), ended


def _owes_more(one: Recipient, other: Recipient) -> bool:
    most_first = tuple(Expected)
    return most_first.index(one.expected) < most_first.index(other.expected)


def doors(office: Office, choice: ChannelChoice, mode: ExchangeMode) -> Sequence[Door]:
    """Return the doors to use for an office, best first; empty when it has none.

    Only ``ExchangeMode.SEND`` lets Dondoc itself send on the exchange.
    """
    exchange: list[Door] = []
    if office.organ_id and mode is ExchangeMode.SEND:
        exchange = [(Channel.EXCHANGE, office.organ_id)]
    email: list[Door] = [(Channel.EMAIL, office.emails[0])] if office.emails else []
    match choice:
        case ChannelChoice.BOTH:
            return exchange + email
        case ChannelChoice.PREFER_EXCHANGE:
            return exchange or email
        case ChannelChoice.PREFER_EMAIL:
            return email or exchange
        case _:
            assert_never(choice)


def successor(directory: Directory, office: OfficeId, function: str | None, day: date) -> OfficeId:
    """Follow successors until an office that exists on ``day``; the last known one otherwise.

    A successor for the named function wins over one for everything.
    """
    seen = {office}
    while (found := directory.get(office)) is not None and not found.valid_on(day):
        heirs = [s.office for s in found.successors if s.function == function]
        heirs += [s.office for s in found.successors if s.function is None]
        following = next((heir for heir in heirs if heir not in seen), None)
        if following is None:
            break
        seen.add(following)
        office = following
    return office
