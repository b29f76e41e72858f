"""When an open assignment is reminded."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import count

from domain.campaign import Channel, ExchangeMode, ReminderRule
from domain.intents import Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.machine import ENDED, settled
from domain.recipients import Door
from domain.state import AssignmentState, DispatchStanding, ReviewState, RoundState
from domain.status import AssignmentStatus
from domain.waiting import LONGEST_WAIT, noted_ahead
from schedulers.calendar import WorkingCalendar, at_local, local_day
from schedulers.doors import address_now
from schedulers.following import mail_door, not_reminded
from schedulers.picture import Picture

HOLDING = frozenset(
    {
        ReviewKind.UNMATCHED_REPLY,
        ReviewKind.UNKNOWN_SENDER,
        ReviewKind.UNAUTHENTICATED,
        ReviewKind.WRONG_LETTER,
        ReviewKind.UNCLEAR_REPLY,
        ReviewKind.EXTENSION_REQUEST,
        ReviewKind.REFUSAL,
        ReviewKind.UNREADABLE,
    }
)
"""Reviews that may turn out to be the awaited answer: nobody is chased while one is open."""

_REACHABLE = frozenset(
    {
        AssignmentStatus.SENT,
        AssignmentStatus.DELIVERED,
        AssignmentStatus.DISPLAYED,
        AssignmentStatus.ACKNOWLEDGED,
    }
)


_ANSWERED_WITHIN = 183
"""How many days after a reminder something that names it may still come."""
_MOVED = 3
"""How often one reminder follows an office to another address, each time under the next number."""


def occurrence_of(day: date) -> int:
    """Return the occurrence of the reminder of a day, ``20241107``."""
    return int(f"{day:%Y%m%d}")


def possible_occurrences(today: date) -> Sequence[int]:
    """Return every occurrence that a reminder may have of which something is heard on a day."""
    days = (today - timedelta(days=n) for n in range(_ANSWERED_WITHIN))
    return sorted({occurrence_of(day) + moved for day in days for moved in range(_MOVED + 1)})


def schedule(
    rule: ReminderRule, calendar: WorkingCalendar, due_at: datetime, *, before: bool
) -> list[datetime]:
    """Return the instants at which an office that stays silent is reminded, in order."""
    due_on = local_day(due_at)
    practical = calendar.practical(due_on, before=before)
    days = [calendar.shift(practical, -n) for n in rule.before]
    days += [calendar.shift(due_on, n) for n in rule.after]
    return sorted(at_local(day, rule.at) for day in set(days))


def due_reminder(
    assignment: AssignmentState,
    times: Sequence[datetime],
    now: datetime,
    *,
    since: datetime,
) -> date | None:
    """Return the day of the reminder that is due now, or None.

    Only the latest of several missed ones counts: a daemon that slept reminds once. ``since`` is
    when the office was first written to; nothing planned before that is made up for.
    """
    if settled(assignment.expected, assignment.status) or assignment.status not in _REACHABLE:
        return None
    passed = [at for at in times if since < at <= now]
    return local_day(passed[-1]) if passed else None


def held_back(assignment: AssignmentState, reviews: Sequence[ReviewState]) -> ReviewState | None:
    """Return an open review that may hold this office's answer, or None."""
    for review in reviews:
        names_it = review.office == assignment.office or assignment.office in review.candidates
        same = review.campaign in (None, assignment.campaign) and review.round in (
            None,
            assignment.round,
        )
        if review.open and names_it and same and review.kind in HOLDING:
            return review
    return None


def reminders(
    picture: Picture, round_state: RoundState, calendar: WorkingCalendar, now: datetime
) -> list[Intent]:
    """Return the reminders that are due in a round, at most one for each office."""
    if picture.forwarded(round_state):
        return []
    first = picture.dispatches_of(round_state, LETTERS)
    planned = picture.dispatches_of(round_state, [DispatchKind.REMINDER])
    found: list[Intent] = []
    times_of: dict[datetime, list[datetime]] = {}
    rule, before = picture.campaign.reminders, picture.campaign.rounds.before
    for assignment in picture.assignments_of(round_state):
        written = [d for d in first.get(assignment.office, []) if d.status not in ENDED]
        reached = [d for d in written if d.accepted_at]
        if assignment.due_at is None or not reached:
            continue
        if assignment.due_at not in times_of:
            # A day that a person granted is inclusive; the letter's "trước ngày" is not.
            strict = before and assignment.due_at == round_state.due_at
            times_of[assignment.due_at] = schedule(rule, calendar, assignment.due_at, before=strict)
        since = _since(assignment, reached, now)
        day = due_reminder(assignment, times_of[assignment.due_at], now, since=since)
        if day is None or (assignment.round, assignment.office) in picture.on_hold:
            continue
        if held_back(assignment, picture.reviews_naming(assignment.office)):
            continue
        there = planned.get(assignment.office, [])
        occurrence = occurrence_of(day)
        # One that a review held back until this day serves for this day's, too.
        if any(
            not noted_ahead(d.planned_at, now)
            and (d.occurrence >= occurrence or local_day(d.planned_at) >= day)
            for d in there
        ):
            continue
        door = _best_door(picture, reached, local_day(now))
        if door is None:
            found += not_reminded(picture, assignment.about)
            continue
        channel, target = door
        found.append(
            PlanDispatch(
                about=assignment.about,
                kind=DispatchKind.REMINDER,
                occurrence=free_occurrence(there, occurrence),
                channel=channel,
                target=target,
                why=f"{assignment.expected} still open, reminder of {day:%Y-%m-%d}",
            )
        )
    return found


def _since(
    assignment: AssignmentState, reached: Sequence[DispatchStanding], now: datetime
) -> datetime:
    """Return when an office was first written to, or was given its present deadline after that.

    What a new deadline would have planned before it was granted is not made up for. What a clock
    that was ahead has noted was less than a day ago, as far as is known.
    """
    accepted = min(d.accepted_at for d in reached if d.accepted_at)
    known = [accepted, *((assignment.extended_at,) if assignment.extended_at else ())]
    return max(now - LONGEST_WAIT if noted_ahead(at, now) else at for at in known)


def free_occurrence(reminders_there: Iterable[DispatchStanding], at_least: int) -> int:
    """Return the occurrence of another reminder to an office: its day as a number, or the next one.

    One of the same day may stand there, to another address or planned by a clock that was ahead.
    """
    taken = {d.occurrence for d in reminders_there}
    return next(number for number in count(at_least) if number not in taken)


def _best_door(picture: Picture, reached: list[DispatchStanding], day: date) -> Door | None:
    """Remind by mail where the office got a mail: that is where a person reads.

    Where the e-office sends on the exchange, Dondoc does not: such an office is reminded by mail.
    A deputy gets the reminders of the days on which it stands in, and those only.
    """
    best = min(reached, key=lambda d: d.channel is not Channel.EMAIL)
    if best.channel is Channel.EXCHANGE and picture.campaign.exchange is ExchangeMode.FOLLOW:
        return mail_door(picture, best.office, day)
    # Where it is written to now: an address may have been changed since the letter.
    return best.channel, address_now(picture, best.office, best.channel, day) or best.target
