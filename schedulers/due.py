"""What is due at a given instant: the pure decision of the daemon.

Every function reads the picture of a campaign and returns intents; nothing is carried out here.
Asking twice at one instant gives the same answer until the intents have been recorded.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.campaign import ChannelChoice
from domain.facts import About
from domain.ids import OfficeId, RoundId
from domain.intents import Intent, OpenRound, PassDeadline, PlanDispatch
from domain.kinds import DispatchKind, ReviewKind
from domain.machine import settled
from domain.recipients import Recipient, doors_on
from domain.state import AssignmentState, DispatchStanding, RoundState
from domain.status import AssignmentStatus
from schedulers.calendar import WorkingCalendar, due_date, first_due_date, local_day
from schedulers.canary import held_by_canary
from schedulers.doors import FIRST, in_time, no_door, unused
from schedulers.enclosing import sendable
from schedulers.following import besides_exchange, follows
from schedulers.membership import membership
from schedulers.picture import Picture
from schedulers.portal import held, portal
from schedulers.readdressing import corrections, readdressed
from schedulers.recall import covering, ended, recalls, revoked, taken_back
from schedulers.reminders import reminders
from schedulers.replacement import following, in_force, replacements
from schedulers.results import compilation, forwarding, joint
from schedulers.taking_part import named_in_round
from schedulers.transmissions import transmissions

_CLOSED = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)


def due(picture: Picture, calendar: WorkingCalendar, now: datetime) -> list[Intent]:
    """Return everything to be done for one campaign at ``now``, in the order of doing it."""
    if ended(picture) or revoked(picture):
        asked = recalls(picture)
        return [*asked, *transmissions(picture, asked, now)]
    change = membership(picture, now)
    if change.leaving or change.outside or change.on_hold:
        picture = replace(
            picture, leaving=change.leaving, outside=change.outside, on_hold=change.on_hold
        )
    found = [*change.intents, *portal(picture, now)]
    for round_state in picture.rounds:
        if taken_back(picture, round_state.round):
            continue
        found += _first_dispatches(picture, round_state, calendar, now)
        found += corrections(picture, round_state, local_day(now))
        found += readdressed(picture, round_state, local_day(now))
        found += _deadlines(picture, round_state, now)
        found += reminders(picture, round_state, calendar, now)
        found += joint(picture, round_state, now)
        found += compilation(picture, round_state)
        found += forwarding(picture, round_state, now)
    found = _one_reminder(found)
    if not held(picture):
        found += replacements(picture, now, found)
    found += recalls(picture)
    found = sendable(picture, found, now)
    found += transmissions(picture, found, now)
    found += _later_round(picture, now)
    return found


def _one_reminder(found: list[Intent]) -> list[Intent]:
    """Leave out a reminder that goes to another address where the next one is due, too."""
    last = {
        intent.about: intent
        for intent in found
        if isinstance(intent, PlanDispatch) and intent.kind is DispatchKind.REMINDER
    }
    return [
        intent
        for intent in found
        if not isinstance(intent, PlanDispatch)
        or intent.kind is not DispatchKind.REMINDER
        or last[intent.about] is intent
    ]


def _first_dispatches(
    picture: Picture, round_state: RoundState, calendar: WorkingCalendar, now: datetime
) -> list[Intent]:
    """Bring the directive (or a later round's notice) to each assignment by each of its doors."""
    first = round_state.round == picture.rounds[0].round
    kind = DispatchKind.DIRECTIVE if first else DispatchKind.NOTICE
    sent = in_force(picture, picture.dispatches_of(round_state, FIRST))
    if picture.forwarded(round_state) or held(picture):
        return []
    choices = _choices(picture, round_state)
    waiting, asked = held_by_canary(picture, round_state, sent, choices, now)
    found: list[Intent] = [*asked]
    for assignment in picture.assignments_of(round_state):
        choice = choices.get(assignment.office)
        if choice is None or assignment.status in _CLOSED or assignment.office in waiting:
            continue
        if follows(picture, kind):
            found += besides_exchange(picture, assignment, choice.office, calendar, now)
        else:
            letters = sent.get(assignment.office, [])
            found += _by_its_doors(picture, assignment, kind, choice, letters, local_day(now))
    return found


def _choices(picture: Picture, round_state: RoundState) -> dict[OfficeId, Recipient]:
    """Return by which doors the offices of a round get their letter, those that may get one.

    Whom a person kept although the rules name it no more gets it as most recipients do.
    """
    named = named_in_round(picture, round_state)
    found: dict[OfficeId, Recipient] = {}
    for assignment in picture.assignments_of(round_state):
        office = picture.directory.get(assignment.office)
        place = assignment.round, assignment.office
        if place in picture.on_hold or covering(picture, *place) is not None:
            continue
        if assignment.office in named:
            found[assignment.office] = named[assignment.office]
        elif office is not None:
            usual = _usual(picture)
            found[office.id] = Recipient(
                office=office, expected=assignment.expected, channels=usual
            )
    return found


def _usual(picture: Picture) -> ChannelChoice:
    counted = Counter(rule.channels for rule in picture.campaign.recipients)
    return counted.most_common(1)[0][0] if counted else ChannelChoice.PREFER_EXCHANGE


def _by_its_doors(
    picture: Picture,
    assignment: AssignmentState,
    kind: DispatchKind,
    choice: Recipient,
    sent: Sequence[DispatchStanding],
    today: date,
) -> list[Intent]:
    mode = picture.campaign.exchange
    ways = doors_on(today, choice.office, choice.channels, mode, picture.directory)
    if not ways and not sent:
        return no_door(picture, assignment.about)
    left = unused(ways, choice.channels, {d.channel for d in sent})
    return [
        PlanDispatch(
            about=assignment.about,
            kind=kind,
            occurrence=following(picture, assignment.about, kind, channel),
            channel=channel,
            target=target,
            why=f"{assignment.expected} expected, nothing sent by {channel} yet",
        )
        for channel, target in in_time(picture, assignment.about, left, sent)
    ]


def _deadlines(picture: Picture, round_state: RoundState, now: datetime) -> list[Intent]:
    return [
        PassDeadline(about=a.about, due_at=a.due_at, why="the deadline went by unanswered")
        for a in picture.assignments_of(round_state)
        if a.due_at is not None
        and a.due_at < now
        and not a.late
        and not settled(a.expected, a.status)
    ]


def _later_round(picture: Picture, now: datetime) -> list[Intent]:
    rule = picture.campaign.rounds
    if not rule.yearly or not picture.rounds:
        return []
    latest = max(picture.rounds, key=lambda r: r.due_on)
    today = local_day(now)
    following = due_date(rule, latest.due_on.year + 1)
    # A year that went by unseen is not made up for: everybody would be late at once.
    due_on = max(following, first_due_date(rule, today - timedelta(days=1)))
    missed = _missed(picture, range(following.year, due_on.year))
    if today < due_on - timedelta(days=rule.open_days_before):
        return missed
    about = About(campaign=picture.campaign.id, round=RoundId(str(due_on.year)))
    return [*missed, OpenRound(about=about, due_on=due_on, why="the yearly duty comes round again")]


def _missed(picture: Picture, years: range) -> list[Intent]:
    """Ask about each year whose deadline went by before its round was opened."""
    why = "the deadline of {} went by while Dondoc did not run: nobody was written to"
    campaign = picture.campaign.id
    return [
        intent
        for year in years
        for intent in picture.ask(
            ReviewKind.MISSED_ROUND,
            About(campaign=campaign, round=RoundId(str(year))),
            why.format(year),
        )
    ]
