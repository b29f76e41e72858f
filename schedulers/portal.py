"""When a portal is asked for the file that a directive says is posted there, and what waits for it.

A letter that came without the file waits until the portal has given it or a person does without; a
letter that came with it goes out at once, and the portal is asked only to compare.
"""

from datetime import datetime, timedelta

from domain.facts import About
from domain.intents import AskPortal, HoldLetters, Intent
from domain.kinds import LETTERS
from domain.portal import PortalRule
from domain.state import PortalState
from schedulers.calendar import LOCAL, WorkingCalendar, at_local, local_day
from schedulers.picture import Picture

WAITS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
"""Waits after the first, second, … failure; the last one repeats. So a portal is asked at most
eight times on the first day and four times on every other one."""

COMPARING_ENDS = timedelta(days=30)
"""After it nobody looks for a file any more that only was to be compared."""


def portal(picture: Picture, now: datetime) -> list[Intent]:
    """Return whether the portal is asked now, and whether first letters wait for it."""
    about = About(campaign=picture.campaign.id)
    rule = picture.campaign.portal
    if rule is None:
        return []
    found: list[Intent] = []
    if is_due(picture, now):
        found.append(AskPortal(about=about, why=_why_asked(picture, rule)))
    if held(picture):
        found.append(HoldLetters(about=about, why=_why_held(picture.portal, rule)))
    return found


def is_due(picture: Picture, now: datetime) -> bool:
    """Tell whether the portal is asked now."""
    state = picture.portal
    if state is not None and state.done:
        return False
    if picture.carried and now > came_at(picture) + COMPARING_ENDS:
        return False
    return state is None or state.retry_at is None or state.retry_at <= now


def came_at(picture: Picture) -> datetime:
    """Return when the version of the directive that is in force came."""
    return picture.directive.replaced_at or picture.directive.taken_at


def held(picture: Picture) -> bool:
    """Tell whether letters with the version in force wait for the portal's file.

    Where some have been planned without it the others follow: nobody gets another letter than his
    neighbour because the rule was added later.
    """
    if picture.campaign.portal is None or picture.carried or begun(picture):
        return False
    return picture.portal is None or not picture.portal.done


def begun(picture: Picture) -> bool:
    """Tell whether a letter of ours with the version in force was planned."""
    version = picture.directive.version
    ours = (d for d in picture.dispatches if d.kind in LETTERS and not d.followed)
    return any(d.edition == version for d in ours)


def patience_ends(since: datetime, rule: PortalRule, calendar: WorkingCalendar) -> datetime:
    """Return when a person is asked: so many working days later at the same time of day."""
    day = calendar.shift(local_day(since), rule.patience) if rule.patience else local_day(since)
    return at_local(day, since.astimezone(LOCAL).time().replace(tzinfo=None))


def retry_at(attempt: int, now: datetime) -> datetime:
    """Return when a portal is asked again after a failure, counted from 1."""
    return now + WAITS[min(attempt, len(WAITS)) - 1]


def _why_asked(picture: Picture, rule: PortalRule) -> str:
    if picture.carried:
        return f"{rule.document} came with the letter: compared with the file on the portal"
    return f"the letter came without {rule.document}, which it says is posted on the portal"


def _why_held(state: PortalState | None, rule: PortalRule) -> str:
    wanted = f"waits for {rule.document} from the portal"
    if state is None or state.retry_at is None:
        return f"{wanted}, which is asked now"
    reason = state.reason or "nothing came of asking it, see the log"
    return f"{wanted}: {reason}; asked again at {state.retry_at.astimezone(LOCAL):%d/%m %H:%M}"
