"""When an open assignment is reminded."""

from collections.abc import Sequence
from datetime import date, datetime

from domain.campaign import ReminderRule
from domain.kinds import ReviewKind
from domain.machine import settled
from domain.state import AssignmentState, ReviewState
from domain.status import AssignmentStatus
from schedulers.calendar import WorkingCalendar, at_local, local_day

HOLDING = frozenset(
    {
        ReviewKind.UNMATCHED_REPLY,
        ReviewKind.UNKNOWN_SENDER,
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
        if names_it and review.kind in HOLDING and review.campaign in (None, assignment.campaign):
            return review
    return None
