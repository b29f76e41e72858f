"""Who gets a directive and by which doors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from domain.campaign import Campaign, Channel, ChannelChoice, ExchangeMode, Expected, RecipientRule
from domain.errors import NotFound
from domain.ids import Address, OfficeId
from domain.office import Directory, Office, Passing

Door = tuple[Channel, str]
"""A channel and the mail address or identifier to use on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An office that a campaign names, with what is expected of it."""

    office: Office
    expected: Expected
    channels: ChannelChoice
    passed: tuple[Passing, ...] = ()
    """How its duty came to it from offices that have ended, one step after the other."""


def expand(campaign: Campaign, directory: Directory, day: date) -> tuple[Recipient, ...]:
    """Return the recipients on ``day``, in the order of the directory, each office once.

    A rule for a single office wins over the rules for groups; among these the first one counts.
    What an office takes over from a named one that has ended adds to what it owes itself.
    Raises ``NotFound`` when a rule names an office that the directory lacks.
    """
    named = [
        (rule, office, passed)
        for rule in campaign.recipients
        for office, passed in _named(rule, campaign, directory, day)
    ]
    chosen: dict[OfficeId, Recipient] = {}
    for rule, office, passed in sorted(named, key=_precedence):
        one = Recipient(office=office, expected=rule.expected, channels=rule.channels)
        known = chosen.setdefault(office.id, one)
        if passed:
            more = one if _owes_more(one, known) else known
            chosen[office.id] = replace(more, passed=_together(known.passed, passed))
    return tuple(chosen[o.id] for o in directory.offices if o.id in chosen)


def _precedence(named: tuple[RecipientRule, Office, tuple[Passing, ...]]) -> int:
    rule, office, _ = named
    if rule.office is None:
        return 1
    return 0 if rule.office == office.id else 2


def _named(
    rule: RecipientRule, campaign: Campaign, directory: Directory, day: date
) -> Sequence[tuple[Office, tuple[Passing, ...]]]:
    if rule.office is None:
        return [(office, ()) for office in directory.in_group(rule.group or "", day)]
    office = directory.get(rule.office)
    if office is None:
        raise NotFound(
            f"campaign {campaign.id} names office {rule.office}, which the directory lacks; "
            "add it to the directory or take it out of the campaign"
        )
    passed = passings(directory, office.id, campaign.function, day)
    heir = directory.get(_last(office.id, passed))
    return [(heir, passed)] if heir is not None and heir.valid_on(day) else []


def _together(one: tuple[Passing, ...], other: tuple[Passing, ...]) -> tuple[Passing, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def heirs(
    recipients: Sequence[Recipient], directory: Directory, function: str | None, day: date
) -> tuple[list[Recipient], list[Office]]:
    """Pass duties on to the offices that exist on ``day``, each once, for a later round.

    An office that takes over from several owes the most that one of them owed, and each way by
    which a duty came to it is told. Returns the recipients of that day and the offices that ended
    without a successor.
    """
    kept: dict[OfficeId, Recipient] = {}
    ended: list[Office] = []
    for recipient in recipients:
        passed = passings(directory, recipient.office.id, function, day)
        heir = directory.get(_last(recipient.office.id, passed))
        if heir is None or not heir.valid_on(day):
            ended.append(recipient.office)
            continue
        known = kept.get(heir.id)
        more = recipient if known is None or _owes_more(recipient, known) else known
        told = _together(known.passed if known else (), (*recipient.passed, *passed))
        kept[heir.id] = replace(more, office=heir, passed=told)
    return list(kept.values()), ended


def _owes_more(one: Recipient, other: Recipient) -> bool:
    most_first = tuple(Expected)
    return most_first.index(one.expected) < most_first.index(other.expected)


def doors(
    office: Office, choice: ChannelChoice, mode: ExchangeMode, *, stand_in: Address | None = None
) -> Sequence[Door]:
    """Return the doors to use for an office, best first; empty when it has none.

    Only ``ExchangeMode.SEND`` lets Dondoc itself send on the exchange. ``stand_in`` is the address
    that takes its mail in its place, as ``Directory.stand_in`` gives it; on the exchange nobody
    stands in for an office.
    """
    exchange: list[Door] = []
    if office.organ_id and mode is ExchangeMode.SEND:
        exchange = [(Channel.EXCHANGE, office.organ_id)]
    address = stand_in or office.mail_address
    email: list[Door] = [(Channel.EMAIL, address)] if address else []
    match choice:
        case ChannelChoice.BOTH:
            return exchange + email
        case ChannelChoice.PREFER_EXCHANGE:
            return exchange or email
        case ChannelChoice.PREFER_EMAIL:
            return email or exchange
        case _:
            assert_never(choice)


def doors_on(
    day: date, office: Office, choice: ChannelChoice, mode: ExchangeMode, directory: Directory
) -> Sequence[Door]:
    """Return the doors to use for an office on ``day``, when somebody may stand in for it."""
    return doors(office, choice, mode, stand_in=directory.stand_in(office, day))


def successor(directory: Directory, office: OfficeId, function: str | None, day: date) -> OfficeId:
    """Follow successors until an office that exists on ``day``; the last known one otherwise.

    A successor for the named function wins over one for everything.
    """
    return _last(office, passings(directory, office, function, day))


def passings(
    directory: Directory, office: OfficeId, function: str | None, day: date
) -> tuple[Passing, ...]:
    """Return each step by which a duty goes to an office that exists on ``day``, as ``successor``.

    Nothing where the office itself exists, or has no successor.
    """
    steps: list[Passing] = []
    seen = {office}
    while (found := directory.get(office)) is not None and not found.valid_on(day):
        heirs = [s for s in found.successors if s.function == function]
        heirs += [s for s in found.successors if s.function is None]
        following = next((heir for heir in heirs if heir.office not in seen), None)
        if following is None:
            break
        steps.append(Passing(office=office, to=following.office, function=following.function))
        seen.add(following.office)
        office = following.office
    return tuple(steps)


def _last(office: OfficeId, passed: Sequence[Passing]) -> OfficeId:
    return passed[-1].to if passed else office
