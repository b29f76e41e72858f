"""What a corrected address does: a letter that came back goes to it, once.

An address that was changed without need sends nothing again; what has not left yet for the old one
goes to the new one instead.
"""

from collections.abc import Iterable
from datetime import date

from domain.campaign import Channel, ExchangeMode
from domain.ids import DispatchId
from domain.intents import CloseReview, Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.machine import ENDED
from domain.state import AssignmentState, DispatchState, RoundState
from domain.status import AssignmentStatus, DispatchStatus
from schedulers.doors import FIRST, address_now
from schedulers.picture import Picture
from schedulers.portal import held
from schedulers.recall import covering
from schedulers.replacement import following, replacement_number

_CAME_BACK = frozenset({DispatchStatus.BOUNCED, DispatchStatus.REJECTED})
_CLOSED = frozenset({AssignmentStatus.REPORTED, AssignmentStatus.WAIVED})
_BRINGS = LETTERS | {DispatchKind.REMINDER, DispatchKind.PART}
_SENT_THERE = "the letter went to the address that the directory has now"


def corrections(picture: Picture, round_state: RoundState, today: date) -> list[Intent]:
    """Return what goes to another address, because nothing reached the office at the one before."""
    if picture.forwarded(round_state) or held(picture):
        return []
    brought = picture.dispatches_of(round_state, _BRINGS)
    found: list[Intent] = []
    for assignment in picture.assignments_of(round_state):
        sent = brought.get(assignment.office, [])
        # Nearly all letters arrive.
        if not any(d.status in _CAME_BACK for d in sent):
            continue
        sent = [
            d for d in sent if d.status is not DispatchStatus.CANCELLED and _of_letter(picture, d)
        ]
        for channel in Channel:
            there = [d for d in sent if d.channel is channel]
            found += _corrected(picture, assignment, channel, there, today)
            found += _settled_reviews(picture, there)
    return found


def _of_letter(picture: Picture, dispatch: DispatchState) -> bool:
    """Leave out the parts of a result, which went to the same office as the Department."""
    letter = picture.dispatch(dispatch.part_of)
    return letter is None or letter.kind in LETTERS


def _corrected(
    picture: Picture,
    assignment: AssignmentState,
    channel: Channel,
    there: list[DispatchState],
    today: date,
) -> list[Intent]:
    if assignment.status in _CLOSED or (assignment.round, assignment.office) in picture.on_hold:
        return []
    if channel is Channel.EXCHANGE and picture.campaign.exchange is not ExchangeMode.SEND:
        return []
    if covering(picture, assignment.round, assignment.office) is not None:
        return []
    target = address_now(picture, assignment.office, channel, today)
    if target is None or target in {d.target for d in there} or not _returned(there):
        return []
    letters = [d for d in picture.dispatches_to(assignment.office) if _is_letter(d, assignment)]
    newest = max(letters, key=_age, default=None)
    # A letter that was replaced goes to the new address in its newest version, as any first one.
    if newest is None or newest.edition < picture.directive.version:
        return []
    about, kind = assignment.about, newest.kind
    occurrence = (
        replacement_number(picture, about, channel)
        if kind is DispatchKind.REPLACEMENT
        else following(picture, about, kind, channel)
    )
    return [
        PlanDispatch(
            about=about,
            kind=kind,
            occurrence=occurrence,
            channel=channel,
            target=target,
            why="what was sent came back, and the directory has another address since",
        )
    ]


def _is_letter(dispatch: DispatchState, assignment: AssignmentState) -> bool:
    return (
        dispatch.kind in LETTERS
        and dispatch.round == assignment.round
        and dispatch.status is not DispatchStatus.CANCELLED
    )


def _returned(there: Iterable[DispatchState]) -> bool:
    """Tell whether the address that was written to last gives things back."""
    sent = sorted(there, key=_age)
    last = [d for d in sent if d.target == sent[-1].target] if sent else []
    back = [d for d in last if d.status in _CAME_BACK]
    return any(
        not any(e.planned_at > d.planned_at and e.status not in ENDED for e in last) for d in back
    )


def _settled_reviews(picture: Picture, there: list[DispatchState]) -> list[Intent]:
    """Close the question what to do with a letter that came back, where another address has it."""
    back = {d.dispatch: d for d in there if d.status in _CAME_BACK}
    return [
        CloseReview(about=r.about, review=r.review, why=_SENT_THERE)
        for r in picture.reviews
        if r.open
        and r.kind is ReviewKind.UNDELIVERABLE
        and r.dispatch in back
        and any(
            d.kind in LETTERS
            and d.target != back[r.dispatch].target
            and d.planned_at >= back[r.dispatch].planned_at
            for d in there
        )
    ]


def _age(dispatch: DispatchState) -> tuple[object, ...]:
    return (dispatch.planned_at, dispatch.dispatch)


def wrongly_addressed(picture: Picture, today: date) -> dict[DispatchId, str]:
    """Return first letters that have certainly not left, and whose office has another address now.

    They are dropped, and planned anew.
    """
    return {
        d.dispatch: "the directory has another address since it was written"
        for d in picture.dispatches
        if d.kind in FIRST
        and _not_left(d)
        and address_now(picture, d.office, d.channel, today) not in (None, d.target)
    }


def _not_left(dispatch: DispatchState) -> bool:
    """Tell whether no attempt can have arrived: one whose outcome was lost is marked."""
    if dispatch.status is DispatchStatus.PLANNED:
        return True
    put_off = dispatch.status is DispatchStatus.DEFERRED and not dispatch.marked
    return put_off and (dispatch.channel is Channel.EMAIL or dispatch.attempts == 1)
