"""Dispatches on their way: what is sent, probed or dropped now."""

from collections.abc import Iterable
from datetime import datetime

from domain.campaign import Channel
from domain.facts import About
from domain.ids import DispatchId
from domain.intents import CancelDispatch, HoldLetters, Intent, PlanDispatch, Probe, Transmit
from domain.kinds import LETTERS, DispatchKind
from domain.machine import settled
from domain.state import AssignmentState, DispatchStanding, RecallState
from domain.status import DispatchStatus
from domain.waiting import noted_ahead, wait_is_over
from schedulers.calendar import local_day
from schedulers.following import sent_by_us
from schedulers.parts import needless_parts, waiting_parts
from schedulers.picture import UNDER_WAY, Picture
from schedulers.readdressing import stranded, wrongly_addressed
from schedulers.recall import held
from schedulers.recall import needless as recalled
from schedulers.reminders import held_back
from schedulers.replacement import superseded

_MOVED = "the directory has another address since it was written"

_NOT_LEFT = (DispatchStatus.PLANNED, DispatchStatus.DEFERRED)


def parked(dispatch: DispatchStanding) -> bool:
    """Tell whether an uncertain dispatch is left to a person: nothing more is tried by itself."""
    return dispatch.status is DispatchStatus.UNCERTAIN and dispatch.due_at is None


def transmissions(picture: Picture, planned: list[Intent], now: datetime) -> list[Intent]:
    """Return what is handed to its server now, looked for, or dropped as needless."""
    dropped = superseded(picture) | recalled(picture) | _to_others(picture)
    dropped |= dict.fromkeys(wrongly_addressed(picture, local_day(now)), _MOVED)
    stopped = sent_by_us(picture)
    others = _outdated(picture) | stopped
    needless = _needless_reminders(picture, planned, now) | others | dropped
    unwanted = needless_parts(picture, needless)
    needless |= unwanted
    dropped |= unwanted
    waiting = _held(picture) | held(picture) | waiting_parts(picture) | _on_hold(picture)
    waiting |= stranded(picture, local_day(now))
    waiting -= dropped.keys()
    found: list[Intent] = []
    by_night: list[DispatchStanding] = []
    quiet_until = picture.quiet.until(now) if picture.quiet else None
    for d in picture.dispatches:
        if d.status not in UNDER_WAY or d.due_at is None:
            continue
        # What is dropped for good need not wait for its turn: something else may take its place.
        early = not wait_is_over(d.due_at, now)
        if early and not (d.dispatch in dropped and d.status in _NOT_LEFT):
            continue
        if d.dispatch in waiting:
            continue
        if quiet_until and d.channel is Channel.EMAIL and d.dispatch not in needless:
            by_night.append(d)
            continue
        if d.status is DispatchStatus.UNCERTAIN:
            # A letter that may be lost is nobody's loss only if another one takes its place.
            tell = d.kind in LETTERS and d.dispatch in stopped and d.dispatch not in dropped
            found.append(_probe(d, needless.get(d.dispatch), tell=tell))
        elif d.dispatch in needless:
            why = needless[d.dispatch]
            found.append(CancelDispatch(about=d.about, dispatch=d.dispatch, why=why))
        else:
            why = "planned" if d.status is DispatchStatus.PLANNED else "put off until now"
            found.append(Transmit(about=d.about, dispatch=d.dispatch, why=why))
    if quiet_until and by_night:
        found.append(_quiet(picture, len(by_night), quiet_until))
    return found


def stopped(
    dispatch: DispatchStanding,
    kind: DispatchKind,
    assignment: AssignmentState | None,
    orders: Iterable[RecallState],
) -> bool:
    """Tell whether what was decided about one sending must not be done any more.

    Handing over takes as long as there are letters, and people go on deciding meanwhile. ``kind``
    is that of the letter, also of one of its parts; ``assignment`` and ``orders``, those to take
    something back, are as they stand now. Whatever is stopped is dropped by ``transmissions``.
    """
    if kind is DispatchKind.RECALL:
        return False
    if any(order.covers(dispatch.round, dispatch.office) for order in orders):
        return True
    if assignment is None or not _is_for_recipients(kind):
        return False
    answered = settled(assignment.expected, assignment.status)
    return assignment.removed or (kind is DispatchKind.REMINDER and answered)


def _quiet(picture: Picture, letters: int, until: datetime) -> HoldLetters:
    """Say why letters wait; a repeat of one that may be lost is a letter too."""
    why = (
        f"{letters} letter(s) by mail wait until {until:%H:%M}: quiet hours are {picture.quiet} "
        "(mail.quiet_hours)"
    )
    return HoldLetters(about=About(campaign=picture.campaign.id), why=why)


def _probe(dispatch: DispatchStanding, needless: str | None, *, tell: bool) -> Probe:
    """Return how evidence is looked for; what is needless is not sent again without any."""
    why = f"outcome not known; not repeated: {needless}" if needless else "outcome not known"
    return Probe(
        about=dispatch.about, dispatch=dispatch.dispatch, why=why, repeat=not needless, tell=tell
    )


def _needless_reminders(
    picture: Picture, planned: list[Intent], now: datetime
) -> dict[DispatchId, str]:
    """Return the reminders that must not go out any more, with the reason."""
    answered = {(a.round, a.office) for a in picture.assignments if settled(a.expected, a.status)}
    reminders = [d for d in picture.dispatches if d.kind is DispatchKind.REMINDER]
    ahead = {d.dispatch for d in reminders if noted_ahead(d.planned_at, now)}
    to_come: list[DispatchStanding | PlanDispatch] = [
        d for d in reminders if d.dispatch not in ahead
    ]
    to_come += [i for i in planned if isinstance(i, PlanDispatch)]
    newest: dict[About, int] = {}
    for one in to_come:
        if one.kind is DispatchKind.REMINDER:
            newest[one.about] = max(newest.get(one.about, 0), one.occurrence)
    forwarded = {r.round for r in picture.rounds if picture.forwarded(r)}
    found: dict[DispatchId, str] = {}
    for d in reminders:
        if (d.round, d.office) in answered:
            found[d.dispatch] = "answered before the reminder went out"
        elif d.round in forwarded:
            found[d.dispatch] = "the result went to the Department before the reminder went out"
        elif d.dispatch in ahead:
            found[d.dispatch] = "a clock that was ahead planned it, its day has not come"
        elif d.occurrence < newest[d.about]:
            found[d.dispatch] = "a later reminder takes its place"
    return found


def _outdated(picture: Picture) -> dict[DispatchId, str]:
    """Return the compilations that a newer version has taken the place of."""
    latest = {r.round: r.version for r in picture.rounds}
    return {
        d.dispatch: "a newer version takes its place"
        for d in picture.dispatches
        if d.kind is DispatchKind.COMPILATION and d.version < latest[d.round]
    }


def _held(picture: Picture) -> set[DispatchId]:
    """Return the reminders that wait while a review may hold the office's answer."""
    assignments = {(a.round, a.office): a for a in picture.assignments}
    return {
        d.dispatch
        for d in picture.dispatches
        if d.kind is DispatchKind.REMINDER
        and (d.round, d.office) in assignments
        and held_back(assignments[d.round, d.office], picture.reviews_naming(d.office))
    }


def _to_others(picture: Picture) -> dict[DispatchId, str]:
    """Return what is for offices that are recipients no more."""
    return {
        d.dispatch: "the office is no recipient any more"
        for d in picture.dispatches
        if _for_recipients(picture, d) and picture.left(d.round, d.office)
    }


def _on_hold(picture: Picture) -> set[DispatchId]:
    """Return what waits while a person has to decide whether its office is a recipient."""
    return {
        d.dispatch
        for d in picture.dispatches
        if (d.round, d.office) in picture.on_hold and _for_recipients(picture, d)
    }


def _for_recipients(picture: Picture, dispatch: DispatchStanding) -> bool:
    """Tell whether a sending is for a recipient, not for the Department or to take something back.

    One office may be both.
    """
    return _is_for_recipients((picture.dispatch(dispatch.part_of) or dispatch).kind)


def _is_for_recipients(kind: DispatchKind) -> bool:
    return kind in LETTERS or kind is DispatchKind.REMINDER
