"""The first letters of a round go to a few recipients; the others wait until a person has looked.

What became of the first ones is known when each arrived or came back, or its time has passed. The
person sees the share that came back, and is asked anew when that changes; until the answer nobody
else is written to, whatever the campaign's rule says by then: only a person continues what stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.campaign import Expected
from domain.facts import About
from domain.ids import OfficeId
from domain.intents import AskPerson, CloseReview, HoldLetters, Intent
from domain.kinds import Decision, ReviewKind
from domain.machine import ENDED, settled
from domain.recipients import Recipient, doors_on
from domain.state import AssignmentState, DispatchStanding, ReviewState, RoundState
from domain.status import DispatchStatus
from schedulers.calendar import local_day
from schedulers.picture import Picture

_CHANGED = "more has become of the first letters since"

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
    sent: Mapping[OfficeId, Sequence[DispatchStanding]],
    choices: Mapping[OfficeId, Recipient],
    now: datetime,
) -> tuple[frozenset[OfficeId], list[Intent]]:
    """Return who waits for the outcome of the first letters, and what is asked or said of it.

    ``sent`` are the first letters of the round by office, ``choices`` say who may get one by which
    doors. Whoever can get none, or needs none, is none of the first ones and waits for nothing.
    """
    rule = picture.campaign.canary
    before = _questions(picture, round_state)
    approved = any(r.decision is Decision.ACCEPT for r in before)
    if approved or (rule is None and not before):
        return frozenset(), []
    sent = {office: letters for office, letters in sent.items() if letters}
    today = local_day(now)
    order = {office.id: index for index, office in enumerate(picture.directory.offices)}
    unsent = sorted(
        (
            a
            for a in picture.assignments_of(round_state)
            if a.office not in sent
            and not (a.expected is not Expected.INFORMATION and settled(a.expected, a.status))
            and _can_be_written_to(picture, choices.get(a.office), today)
        ),
        key=lambda a: order.get(a.office, len(order)),
    )
    # Whoever has its letter is one of the first, also where the rule was added later.
    more = 0 if before or rule is None else max(0, rule.first - len(sent))
    waiting = unsent[more:]
    if not waiting:
        return frozenset(), []
    intents = _asked(picture, round_state, waiting, sent, now, before)
    return frozenset(a.office for a in waiting), intents


def _can_be_written_to(picture: Picture, choice: Recipient | None, today: date) -> bool:
    if choice is None:
        return False
    mode = picture.campaign.exchange
    return bool(doors_on(today, choice.office, choice.channels, mode, picture.directory))


def _questions(picture: Picture, round_state: RoundState) -> list[ReviewState]:
    """Return what was asked in a round; once something was, nobody else is one of the first."""
    return [
        r for r in picture.reviews if (r.kind, r.round) == (ReviewKind.CANARY, round_state.round)
    ]


def _asked(
    picture: Picture,
    round_state: RoundState,
    waiting: Sequence[AssignmentState],
    sent: Mapping[OfficeId, Sequence[DispatchStanding]],
    now: datetime,
    before: Sequence[ReviewState],
) -> list[Intent]:
    rule = picture.campaign.canary
    about = About(campaign=round_state.campaign, round=round_state.round)
    letters = [d for those in sent.values() for d in those]
    back = sum(d.status in _BACK for d in letters)
    above = rule is not None and 100 * back > rule.stop_above_percent * len(letters)
    known = all(
        d.status in _ARRIVED | ENDED
        or ((since := _since(d)) is not None and (rule is None or since + rule.wait <= now))
        for d in letters
    )
    stuck = sum(d.accepted_at is None and d.status not in _ARRIVED | ENDED for d in letters)
    found: list[Intent] = [
        HoldLetters(
            about=about, why=f"{len(waiting)} recipient(s) wait for what becomes of the first ones"
        )
    ]
    complete = bool(before) or rule is None or len(sent) >= rule.first
    if complete and (above or known):
        counts = _Counts(letters=len(letters), back=back, stuck=stuck, waiting=len(waiting))
        # Without a rule nothing is too much: what was said of that stays.
        said = {counts.came(above=above)} if rule else {counts.came(above=a) for a in (True, False)}
        last = max(before, key=lambda r: (r.opened_at, r.review), default=None)
        if last is None or not last.reason.startswith(tuple(said)):
            found += _question(about, counts, before, above=above)
    return found


def _since(letter: DispatchStanding) -> datetime | None:
    """Return when a server took a letter, else since when it is being tried."""
    return letter.accepted_at or letter.tried_since


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Of the first letters: how many they are, came back and have not left; and who waits."""

    letters: int
    back: int
    stuck: int
    waiting: int

    def came(self, *, above: bool) -> str:
        """Return what became of them, ``above`` what the campaign allows or not."""
        stop = "; that is more than the campaign allows: find out why first" if above else ""
        stuck = f"; {self.stuck} could not be handed over so far" if self.stuck else ""
        return f"of the first {self.letters} letter(s) {self.back} came back{stop}{stuck}; "


def _question(
    about: About, counts: _Counts, before: Sequence[ReviewState], *, above: bool
) -> list[Intent]:
    why = (
        f"{counts.came(above=above)}{counts.waiting} recipient(s) wait: accept has the others "
        "sent, until then nothing more goes out"
    )
    again = f"canary {len(before) + 1}" if before else ""
    return [
        *(CloseReview(about=about, review=r.review, why=_CHANGED) for r in before if r.open),
        AskPerson(about=about, kind=ReviewKind.CANARY, why=why, of=again),
    ]
