"""What a corrected address does: a letter that came back goes to it, once.

An address that was changed without need sends nothing again; what has not left yet for the old one
goes to the new one instead.
"""

from collections.abc import Iterable
from datetime import date

from domain.campaign import Channel, ExchangeMode
from domain.facts import About
from domain.ids import DispatchId
from domain.intents import CloseReview, Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.machine import ENDED, settled
from domain.state import AssignmentState, DispatchStanding, RoundState
from domain.status import AssignmentStatus, DispatchStatus
from domain.waiting import LONGEST_WAIT
from schedulers.calendar import local_day
from schedulers.doors import address_after, address_now, no_door, to_deputy
from schedulers.picture import Picture
from schedulers.portal import held
from schedulers.recall import covering
from schedulers.reminders import free_occurrence, held_back
from schedulers.replacement import following, replacement_number

_CAME_BACK = frozenset({DispatchStatus.BOUNCED, DispatchStatus.REJECTED})
_CLOSED = frozenset({AssignmentStatus.REPORTED, AssignmentStatus.WAIVED})
_BRINGS = LETTERS | {DispatchKind.REMINDER, DispatchKind.PART}
_MOVES = LETTERS | {DispatchKind.REMINDER}
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


def _of_letter(picture: Picture, dispatch: DispatchStanding) -> bool:
    """Leave out the parts of a result, which went to the same office as the Department."""
    letter = picture.dispatch(dispatch.part_of)
    return letter is None or letter.kind in LETTERS


def _corrected(
    picture: Picture,
    assignment: AssignmentState,
    channel: Channel,
    there: list[DispatchStanding],
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


def _is_letter(dispatch: DispatchStanding, assignment: AssignmentState) -> bool:
    return (
        dispatch.kind in LETTERS
        and dispatch.round == assignment.round
        and dispatch.status is not DispatchStatus.CANCELLED
    )


def _returned(there: Iterable[DispatchStanding]) -> bool:
    """Tell whether the address that was written to last gives things back."""
    sent = sorted(there, key=_age)
    last = [d for d in sent if d.target == sent[-1].target] if sent else []
    back = [d for d in last if d.status in _CAME_BACK]
    return any(
        not any(e.planned_at > d.planned_at and e.status not in ENDED for e in last) for d in back
    )


def _settled_reviews(picture: Picture, there: list[DispatchStanding]) -> list[Intent]:
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


def _age(dispatch: DispatchStanding) -> tuple[object, ...]:
    return (dispatch.planned_at, dispatch.dispatch)


def readdressed(picture: Picture, round_state: RoundState, today: date) -> list[Intent]:
    """Return what has certainly not left, and is planned anew to the address of now.

    Where a letter waits for the time of a deputy that is over, and its office has no address of its
    own, a person is asked.
    """
    found: list[Intent] = []
    moved, waiting = wrongly_addressed(picture, today), stranded(picture, today)
    for d in picture.dispatches:
        if d.round != round_state.round or not _not_left(d):
            continue
        if d.dispatch in moved and not _planned_anew(picture, d, moved[d.dispatch]):
            found.append(_anew(picture, d, moved[d.dispatch]))
        elif d.dispatch in waiting:
            found += no_door(picture, d.about)
    return found


def wrongly_addressed(picture: Picture, today: date) -> dict[DispatchId, str]:
    """Return what has certainly not left, with the other address that its office has now.

    It is dropped, and planned anew: nothing else is in it, so nothing is dropped for good.
    """
    found: dict[DispatchId, str] = {}
    for d in picture.dispatches:
        if not _not_left(d) or not _goes_on(picture, d, today):
            continue
        target = (
            address_after(picture, d)
            if d.kind is DispatchKind.REPLACEMENT
            else address_now(picture, d.office, d.channel, today)
        )
        if target is not None and target != d.target:
            found[d.dispatch] = target
    return found


def stranded(picture: Picture, today: date) -> frozenset[DispatchId]:
    """Return the letters to somebody who stands in no more, of offices without another address."""
    return frozenset(
        d.dispatch
        for d in picture.dispatches
        if d.kind in _MOVES
        and _not_left(d)
        and address_now(picture, d.office, d.channel, today) is None
        and to_deputy(picture, d)
    )


def _goes_on(picture: Picture, dispatch: DispatchStanding, today: date) -> bool:
    """Leave out what is dropped for another reason, or waits for a person."""
    place = dispatch.round, dispatch.office
    row = picture.assignment(dispatch.about)
    if dispatch.kind not in _MOVES or row is None or place in picture.on_hold:
        return False
    if picture.left(*place) or covering(picture, *place) is not None:
        return False
    if dispatch.kind is DispatchKind.REMINDER:
        if held_back(row, picture.reviews_naming(dispatch.office)):
            return False
        forwarded = any(r.round == dispatch.round and picture.forwarded(r) for r in picture.rounds)
        return (
            not forwarded
            and not settled(row.expected, row.status)
            and _last(picture, dispatch, today)
        )
    if dispatch.channel is Channel.EXCHANGE and picture.campaign.exchange is not ExchangeMode.SEND:
        return False
    return dispatch.edition == picture.directive.version


def _last(picture: Picture, reminder: DispatchStanding, today: date) -> bool:
    """Tell whether no other reminder takes its place, and no clock that was ahead planned it."""
    others = [d for d in _reminders(picture, reminder.about) if not _ahead(d, today)]
    return reminder in others and all(d.occurrence <= reminder.occurrence for d in others)


def _reminders(picture: Picture, about: About) -> list[DispatchStanding]:
    there = picture.dispatches_to(about.office)
    return [d for d in there if (d.about, d.kind) == (about, DispatchKind.REMINDER)]


def _ahead(dispatch: DispatchStanding, today: date) -> bool:
    return local_day(dispatch.planned_at) - today > LONGEST_WAIT


def _planned_anew(picture: Picture, dispatch: DispatchStanding, target: str) -> bool:
    """Tell whether a stop came between the new plan and the dropping of the old one."""
    return any(
        (d.about, d.kind, d.channel, d.target)
        == (dispatch.about, dispatch.kind, dispatch.channel, target)
        and d.edition == dispatch.edition
        and d.planned_at >= dispatch.planned_at
        and d.status not in ENDED
        for d in picture.dispatches_to(dispatch.office)
    )


def _anew(picture: Picture, dispatch: DispatchStanding, target: str) -> PlanDispatch:
    about, kind, channel = dispatch.about, dispatch.kind, dispatch.channel
    match kind:
        case DispatchKind.REPLACEMENT:
            occurrence = replacement_number(picture, about, channel)
        case DispatchKind.REMINDER:
            occurrence = free_occurrence(_reminders(picture, about), dispatch.occurrence)
        case _:
            occurrence = following(picture, about, kind, channel)
    return PlanDispatch(
        about=about,
        kind=kind,
        occurrence=occurrence,
        channel=channel,
        target=target,
        why="it has not left, and the directory has another address since",
        marked=dispatch.marked,
    )


def _not_left(dispatch: DispatchStanding) -> bool:
    """Tell whether no attempt can have arrived: one whose outcome was lost is marked."""
    if dispatch.status is DispatchStatus.PLANNED:
        return True
    put_off = dispatch.status is DispatchStatus.DEFERRED and not dispatch.marked
    return put_off and (dispatch.channel is Channel.EMAIL or dispatch.attempts == 1)
