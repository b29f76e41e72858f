"""What is taken back: whom to ask for it by which door, and what must not go out any more."""

from collections.abc import Iterable

from domain.campaign import Channel, ExchangeMode
from domain.ids import DispatchId, OfficeId, RoundId
from domain.intents import Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.state import SENT_AGAIN, DispatchStanding, RecallState
from domain.status import DispatchStatus
from schedulers.picture import Picture

MAY_HAVE = frozenset(
    {
        DispatchStatus.UNCERTAIN,
        DispatchStatus.ACCEPTED,
        DispatchStatus.DELAYED,
        DispatchStatus.RELAYED,
        DispatchStatus.DELIVERED,
        DispatchStatus.DISPLAYED,
        DispatchStatus.REGISTERED,
        DispatchStatus.ASSIGNED,
        DispatchStatus.PROCESSING,
        DispatchStatus.FINISHED,
    }
)
"""Statuses in which the office has a letter, or perhaps has it, and was not asked to give it back.

One that came back or was refused (status 02) is with nobody.
"""

_NOT_WITH_THEM = frozenset(
    {
        DispatchStatus.BOUNCED,
        DispatchStatus.REJECTED,
        DispatchStatus.CANCELLED,
        DispatchStatus.RECALLED,
    }
)


def covering(picture: Picture, round_id: RoundId, office: OfficeId) -> RecallState | None:
    """Return the order that takes back what went to an office in a round, if there is one."""
    return next((r for r in picture.recalls if r.covers(round_id, office)), None)


def left_out(picture: Picture, office: OfficeId) -> bool:
    """Tell whether an office has no part in any round any more."""
    return any(not r.round and r.office in ("", office) for r in picture.recalls)


def taken_back(picture: Picture, round_id: RoundId) -> bool:
    """Tell whether a whole round was taken back: nothing is compiled of it."""
    return any(r.round in ("", round_id) and not r.office for r in picture.recalls)


def ended(picture: Picture) -> bool:
    """Tell whether the whole campaign was taken back: only the asking back is left to do."""
    return any(r.whole for r in picture.recalls)


def revoked(picture: Picture) -> bool:
    """Tell whether a person has to decide on a revocation: until then nothing goes out."""
    campaign = picture.campaign.id
    return any(
        r.open and r.kind is ReviewKind.REVOKED and r.campaign == campaign for r in picture.reviews
    )


def recalls(picture: Picture) -> list[Intent]:
    """Return whom to ask for what: on the exchange each letter, by mail each address once."""
    if not picture.recalls:
        return []
    found: list[Intent] = []
    for letters in _by_way(picture).values():
        wanted = [d for d in letters if d.status in MAY_HAVE]
        if letters[0].channel is Channel.EMAIL:
            wanted = wanted[-1:]
        for letter in wanted:
            order = covering(picture, letter.round, letter.office)
            if order is not None and not _asked(picture, letter):
                found.append(_plan(picture, letter, order))
    return found


def _by_way(picture: Picture) -> dict[tuple[str, ...], list[DispatchStanding]]:
    """Return the letters that Dondoc sent, oldest first, by round, office and address."""
    ours = [
        d
        for d in picture.dispatches
        if d.kind in LETTERS
        # Where the e-office distributes on the exchange, it takes back there, too.
        and (d.channel is Channel.EMAIL or picture.campaign.exchange is ExchangeMode.SEND)
    ]
    found: dict[tuple[str, ...], list[DispatchStanding]] = {}
    for d in sorted(ours, key=_age):
        found.setdefault((d.round, d.office, d.channel, d.target), []).append(d)
    return found


def _age(dispatch: DispatchStanding) -> tuple[object, ...]:
    return (dispatch.planned_at, dispatch.dispatch)


def _asked(picture: Picture, letter: DispatchStanding) -> bool:
    same_way = letter.channel is Channel.EMAIL
    return any(
        d.kind is DispatchKind.RECALL
        and d.status is not DispatchStatus.CANCELLED
        and (d.round, d.office, d.channel) == (letter.round, letter.office, letter.channel)
        and (d.recalls == letter.dispatch or (same_way and d.target == letter.target))
        for d in picture.dispatches_to(letter.office)
    )


def _plan(picture: Picture, letter: DispatchStanding, order: RecallState) -> PlanDispatch:
    return PlanDispatch(
        about=letter.about,
        kind=DispatchKind.RECALL,
        occurrence=_occurrence(picture.dispatches_to(letter.office), letter),
        channel=letter.channel,
        target=letter.target,
        why=f"taken back by {order.by}: {order.reason}",
        recalls=letter.dispatch,
    )


def _occurrence(dispatches: Iterable[DispatchStanding], letter: DispatchStanding) -> int:
    """Count the letters of that door up to this one; asking again adds what sending again does."""
    place = (letter.round, letter.office, letter.channel)
    there = [d for d in dispatches if (d.round, d.office, d.channel) == place]
    letters = sorted((d for d in there if d.kind in LETTERS), key=_age)
    number = letters.index(letter) + 1
    before = sum(d.kind is DispatchKind.RECALL and d.version == number for d in there)
    return number + SENT_AGAIN * before


def needless(picture: Picture) -> dict[DispatchId, str]:
    """Return what must not go out because it was taken back, with the reason."""
    if not picture.recalls:
        return {}
    letters = {d.dispatch: d for d in picture.dispatches}
    found: dict[DispatchId, str] = {}
    for d in picture.dispatches:
        if d.kind is not DispatchKind.RECALL:
            order = covering(picture, d.round, d.office)
            if order is not None:
                found[d.dispatch] = f"taken back by {order.by}: {order.reason}"
        elif d.recalls is not None and letters[d.recalls].status in _NOT_WITH_THEM:
            found[d.dispatch] = f"the letter itself is {letters[d.recalls].status}"
    return found


def held(picture: Picture) -> set[DispatchId]:
    """Return what waits while a person has to decide on a revocation: all but the asking back."""
    if not revoked(picture):
        return set()
    return {d.dispatch for d in picture.dispatches if d.kind is not DispatchKind.RECALL}
