"""Who takes part in a campaign and in one of its rounds, by the rules in force."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from domain.campaign import Expected, more_of
from domain.ids import OfficeId
from domain.office import Office, Passing
from domain.recipients import Recipient, expand, heirs, passings
from domain.state import AssignmentState, RoundState
from domain.status import Membership
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


def named_in_round(picture: Picture, round_state: RoundState) -> Mapping[OfficeId, Recipient]:
    """Return who takes part in a round by the rules in force, as when it was opened.

    To them come the successors of those that ended since, by what the directory says now.
    """
    if round_state.round == picture.rounds[0].round:
        named: Iterable[Recipient] = recipients_of(picture)
    else:
        taking_part, _ = recipients_of_round(picture, round_state.opened_at)
        named = [r for r in taking_part if r.expected is not Expected.INFORMATION]
    found = {r.office.id: r for r in named}
    ended = [
        a
        for a in picture.assignments
        if a.round == round_state.round and a.membership is Membership.PASSED
    ]
    # In the order of their ends: a successor may have ended, too.
    for assignment in sorted(ended, key=_ended_at):
        recipient, (heir, _) = found.get(assignment.office), heir_of(picture, assignment)
        if recipient is None or heir is None:
            continue
        known = found.get(heir.id, replace(recipient, office=heir))
        found[heir.id] = replace(known, expected=more_of(known.expected, recipient.expected))
    return found


def heir_of(
    picture: Picture, assignment: AssignmentState
) -> tuple[Office | None, tuple[Passing, ...]]:
    """Return who answers for an office whose duty has passed, and by which steps it came there."""
    ended_at = assignment.membership_at
    return (None, ()) if ended_at is None else heir_at(picture, assignment.office, ended_at)


def heir_at(
    picture: Picture, office: OfficeId, at: datetime
) -> tuple[Office | None, tuple[Passing, ...]]:
    """Return who takes over what an office that has ended owes, as of an instant; None is nobody.

    The steps by which the duty goes there come with it.
    """
    day = local_day(at)
    passed = passings(picture.directory, office, picture.campaign.function, day)
    heir = picture.directory.get(passed[-1].to) if passed else None
    return (heir, passed) if heir is not None and heir.valid_on(day) else (None, ())


def _ended_at(assignment: AssignmentState) -> tuple[str, str]:
    at = assignment.membership_at
    return (at.isoformat() if at else "", assignment.office)
