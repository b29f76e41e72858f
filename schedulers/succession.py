"""Offices that end while a round is open: what they owe passes to their successors, once.

Only what is not settled passes. The office that has ended is written to no more; its successor
takes part in the round, with the deadline that the office had. Where nobody takes over, a person
is asked, and nothing goes to the address of an office that is no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.campaign import more_of
from domain.facts import About
from domain.ids import OfficeId, RoundId
from domain.intents import AskPerson, CloseReview, Intent, PassDuty
from domain.kinds import ReviewKind
from domain.machine import settled
from domain.office import Office
from domain.state import AssignmentState, RoundState
from domain.status import RoundStatus
from schedulers.calendar import local_day
from schedulers.picture import Picture
from schedulers.recall import covering
from schedulers.reminders import held_back
from schedulers.taking_part import heir_at

TAKES_MORE = frozenset({RoundStatus.OPEN, RoundStatus.READY, RoundStatus.COMPILED})
"""Statuses in which a result is still to come, or may be made anew."""

_PASSED = "the office ended on {day}, and {heir} takes over what it owed"
_NOBODY = (
    "the office ended on {day} before it had answered, and the directory names nobody who takes "
    "over: nothing more is sent to it; add its successor to the directory, which then gets the "
    "letter, or waive it"
)
_HAD_ANSWERED = (
    "the office ended on {day} before it had answered, and its successor {heir} had answered for "
    "itself already: ask whether that answer holds for both, and have another one sent if not"
)
_FOUND = "its successor takes over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What is to be recorded, who leaves at this turn, and who waits for a person."""

    intents: Sequence[Intent] = ()
    leaving: frozenset[tuple[RoundId, OfficeId]] = frozenset()
    on_hold: frozenset[tuple[RoundId, OfficeId]] = frozenset()


def succession(
    picture: Picture, round_state: RoundState, members: Sequence[AssignmentState], now: datetime
) -> Succession:
    """Return what becomes of the ``members`` of a round that have ended before they had answered.

    Who takes over is by the directory as of ``now``, in one step however many offices lie between.
    """
    if round_state.status not in TAKES_MORE:
        return Succession()
    found: list[Intent] = []
    leaving: set[tuple[RoundId, OfficeId]] = set()
    on_hold: set[tuple[RoundId, OfficeId]] = set()
    for assignment in members:
        ended_on = _ended_on(picture, assignment, local_day(now))
        if ended_on is None or settled(assignment.expected, assignment.status):
            continue
        place = assignment.round, assignment.office
        heir, _ = heir_at(picture, assignment.office, now)
        if held_back(assignment, picture.reviews_naming(assignment.office)):
            # What waits for a person may be its answer.
            on_hold.add(place)
        elif heir is None or covering(picture, assignment.round, heir.id) is not None:
            why = _NOBODY.format(day=f"{ended_on:%d/%m/%Y}")
            found += picture.ask(ReviewKind.ENDED, assignment.about, why)
            on_hold.add(place)
        else:
            found += _passed(picture, assignment, heir, ended_on, now)
            leaving.add(place)
    return Succession(intents=found, leaving=frozenset(leaving), on_hold=frozenset(on_hold))


def _ended_on(picture: Picture, assignment: AssignmentState, today: date) -> date | None:
    """Return the last day of an office, None where it exists or has been taken back from."""
    entry = picture.directory.get(assignment.office)
    if entry is None or entry.valid_to is None or today <= entry.valid_to:
        return None
    if covering(picture, assignment.round, assignment.office) is not None:
        return None
    return entry.valid_to


def _passed(
    picture: Picture, assignment: AssignmentState, heir: Office, ended_on: date, now: datetime
) -> list[Intent]:
    about, day = assignment.about, f"{ended_on:%d/%m/%Y}"
    found: list[Intent] = [
        CloseReview(about=about, review=r.review, why=_FOUND)
        for r in picture.reviews
        if r.open and (r.kind, r.about) == (ReviewKind.ENDED, about)
    ]
    there = picture.assignment(About(campaign=about.campaign, round=about.round, office=heir.id))
    if there is not None:
        expected = more_of(there.expected, assignment.expected)
        if settled(expected, there.status):
            # Before it passes: afterwards nothing would tell that this is to be asked.
            asked = AskPerson(
                about=about,
                kind=ReviewKind.ENDED,
                why=_HAD_ANSWERED.format(day=day, heir=heir.name),
                of=f"answered by {heir.id}",
                candidates=(heir.id,),
            )
            found.append(asked)
    _, steps = heir_at(picture, assignment.office, now)
    found.append(
        PassDuty(
            about=about,
            to=heir.id,
            passed=steps,
            expected=assignment.expected,
            due_at=assignment.due_at,
            why=_PASSED.format(day=day, heir=heir.name),
        )
    )
    return found
