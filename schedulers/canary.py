"""The first letters of a round go to a few recipients; the others wait until a person has looked.

What became of the first ones is known when each arrived or came back, or its time has passed. The
person sees the share that came back; until the answer nobody else is written to.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.facts import About
from domain.ids import OfficeId
from domain.intents import AskPerson, HoldLetters, Intent
from domain.kinds import Decision, ReviewKind
from domain.machine import ENDED
from domain.state import AssignmentState, DispatchState, RoundState
from domain.status import DispatchStatus
from schedulers.picture import Picture

_BACK = frozenset({DispatchStatus.BOUNCED, DispatchStatus.REJECTED})
_ARRIVED = frozenset(
    {
        DispatchStatus.DELIVERED,
        DispatchStatus.DISPLAYED,
        DispatchStatus.REGISTERED,
        DispatchStatus.ASSIGNED,
        DispatchStatus.PROCESSING,
        DispatchStatus.FINISHED,
    }
)


def held_by_canary(
    picture: Picture,
    round_state: RoundState,
    sent: Mapping[OfficeId, Sequence[DispatchState]],
    now: datetime,
) -> tuple[frozenset[OfficeId], list[Intent]]:
    """Return who waits for the outcome of the first letters, and what is asked or said of it.

    ``sent`` are the first letters of the round by office.
    """
    rule = picture.campaign.canary
    if rule is None or _approved(picture, round_state):
        return frozenset(), []
    order = {office.id: index for index, office in enumerate(picture.directory.offices)}
    unsent = sorted(
        (a for a in picture.assignments_of(round_state) if a.office not in sent),
        key=lambda a: order.get(a.office, len(order)),
    )
    # Whoever has its letter is one of the first, also where the rule was added later.
    waiting = unsent[max(0, rule.first - len(sent)) :]
    if not waiting:
        return frozenset(), []
    return frozenset(a.office for a in waiting), _asked(picture, round_state, waiting, sent, now)


def _approved(picture: Picture, round_state: RoundState) -> bool:
    return any(
        (r.kind, r.round, r.decision) == (ReviewKind.CANARY, round_state.round, Decision.ACCEPT)
        for r in picture.reviews
    )


def _asked(
    picture: Picture,
    round_state: RoundState,
    waiting: Sequence[AssignmentState],
    sent: Mapping[OfficeId, Sequence[DispatchState]],
    now: datetime,
) -> list[Intent]:
    rule = picture.campaign.canary
    about = About(campaign=round_state.campaign, round=round_state.round)
    letters = [d for those in sent.values() for d in those]
    back = sum(d.status in _BACK for d in letters)
    above = rule is not None and 100 * back > rule.stop_above_percent * len(letters)
    known = all(
        d.status in _ARRIVED | ENDED
        or (rule is not None and d.accepted_at is not None and d.accepted_at + rule.wait <= now)
        for d in letters
    )
    found: list[Intent] = [
        HoldLetters(
            about=about, why=f"{len(waiting)} recipient(s) wait for what becomes of the first ones"
        )
    ]
    if len(sent) >= (rule.first if rule else 0) and (above or known):
        found += _question(picture, about, len(letters), back, len(waiting), above=above)
    return found


def _question(
    picture: Picture, about: About, letters: int, back: int, waiting: int, *, above: bool
) -> list[Intent]:
    stop = "; that is more than the campaign allows: find out why first" if above else ""
    why = (
        f"of the first {letters} letter(s) {back} came back{stop}; {waiting} recipient(s) wait: "
        "accept has the others sent, until then nothing more goes out"
    )
    asked = any((r.kind, r.round) == (ReviewKind.CANARY, about.round) for r in picture.reviews)
    return [] if asked else [AskPerson(about=about, kind=ReviewKind.CANARY, why=why)]
