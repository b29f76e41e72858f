"""Record who comes into a round that is open, who goes, and who comes back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from domain.facts import (
    About,
    AssignmentMade,
    AssignmentPassed,
    AssignmentRemoved,
    AssignmentRestored,
    Event,
    Fact,
)
from domain.intents import AddRecipient, PassDuty, RemoveRecipient, RestoreRecipient
from domain.kinds import LETTERS, ReviewKind
from domain.state import AssignmentState, DispatchState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.reviews import open_review
from schedulers.picture import Picture

Member: TypeAlias = AddRecipient | RemoveRecipient | RestoreRecipient | PassDuty

_OPEN = (
    "it may or may not have arrived before the office was taken out of the recipients; it is one "
    "again, and no second letter is sent by itself"
)


def change_membership(app: App, picture: Picture, intent: Member, now: datetime) -> None:
    """Record a change of the recipients of a round.

    Raises ``DuplicateEvent`` when an office was added before.
    """
    app.ledger.append(_events(app, picture, intent, now), recorded_at=now)
    # Whoever comes in late may answer from now on.
    for place in [
        p for p in app.taking_part if p[:2] == (intent.about.campaign, intent.about.round)
    ]:
        del app.taking_part[place]


def _events(app: App, picture: Picture, intent: Member, now: datetime) -> Sequence[Event]:
    about = intent.about
    key = f"{about.campaign}/{about.round}/{about.office}"
    match intent:
        case AddRecipient():
            made = AssignmentMade(about=about, expected=intent.expected, due_at=intent.due_at)
            # The same key as at the opening of a round: nobody takes part twice.
            return [_event("assignment", key, made, now)]
        case RemoveRecipient():
            removed = AssignmentRemoved(about=about, reason=intent.why)
            return [_event("membership", f"{key} removed {now.isoformat()}", removed, now)]
        case RestoreRecipient():
            restored = AssignmentRestored(about=about, reason=intent.why)
            back = _event("membership", f"{key} restored {now.isoformat()}", restored, now)
            before = picture.assignment(about)
            # Whom a person kept was never out: what it was asked about then stands.
            out = before is not None and before.removed
            return [back, *(_left_open(app, picture, about, now) if out else [])]
        case PassDuty():
            return _passed(app, intent, now)
        case _:
            assert_never(intent)


def _passed(app: App, intent: PassDuty, now: datetime) -> list[Event]:
    """Return that a duty passed, and the assignment that it becomes where there is none.

    The ledger is asked: several offices that end on one day may have one successor.
    """
    about = intent.about
    heir = replace(about, office=intent.to)
    place = f"{about.campaign}/{about.round}"
    found: list[Event] = []
    if app.ledger.get(AssignmentState, (str(about.campaign), str(about.round), intent.to)) is None:
        made = AssignmentMade(
            about=heir, expected=intent.expected, due_at=intent.due_at, passed=intent.passed
        )
        found.append(_event("assignment", f"{place}/{intent.to}", made, now))
    passed = AssignmentPassed(about=about, to=intent.to, passed=intent.passed, reason=intent.why)
    key = f"{place}/{about.office} passed {now.isoformat()}"
    return [*found, _event("membership", key, passed, now)]


def _left_open(app: App, picture: Picture, about: About, now: datetime) -> list[Event]:
    """Ask about letters of unknown outcome: nobody was told while the office was no recipient."""
    told = {r.dispatch for r in picture.reviews}
    names = [d.dispatch for d in picture.dispatches_to(about.office) if d.round == about.round]
    return [
        open_review(
            ReviewKind.UNCERTAIN,
            f"restored {d.dispatch} {now.isoformat()}",
            about,
            f"{d.kind} to {d.office} by {d.channel}: {_OPEN}",
            now,
            dispatch=d.dispatch,
            evidence=d.content,
        )
        for d in app.ledger.select_any(DispatchState, dispatch=names)
        if d.kind in LETTERS
        and d.status is DispatchStatus.UNCERTAIN
        and d.due_at is None
        and d.dispatch not in told
    ]


def _event(source: str, key: str, fact: Fact, now: datetime) -> Event:
    return Event(source=source, source_key=key, occurred_at=now, fact=fact)
