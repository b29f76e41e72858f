"""Record who comes into a round that is open, who goes, and who comes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from domain.facts import (
    About,
    AssignmentMade,
    AssignmentRemoved,
    AssignmentRestored,
    Event,
    Fact,
)
from domain.intents import AddRecipient, RemoveRecipient, RestoreRecipient
from domain.kinds import LETTERS, ReviewKind
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.reviews import open_review
from schedulers.picture import Picture

Member: TypeAlias = AddRecipient | RemoveRecipient | RestoreRecipient

_OPEN = (
    "it may or may not have arrived before the office was taken out of the recipients; it is one "
    "again, and no second letter is sent by itself"
)


def change_membership(app: App, picture: Picture, intent: Member, now: datetime) -> None:
    """Record a change of the recipients of a round.

    Raises ``DuplicateEvent`` when an office was added before.
    """
    app.ledger.append(_events(picture, intent, now), recorded_at=now)
    # Whoever comes in late may answer from now on.
    for place in [
        p for p in app.taking_part if p[:2] == (intent.about.campaign, intent.about.round)
    ]:
        del app.taking_part[place]


def _events(picture: Picture, intent: Member, now: datetime) -> Sequence[Event]:
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
            return [back, *_left_open(picture, about, now)]
        case _:
            assert_never(intent)


def _left_open(picture: Picture, about: About, now: datetime) -> list[Event]:
    """Ask about letters of unknown outcome: nobody was told while the office was no recipient."""
    told = {r.dispatch for r in picture.reviews}
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
        for d in picture.dispatches_to(about.office)
        if d.round == about.round
        and d.kind in LETTERS
        and d.status is DispatchStatus.UNCERTAIN
        and d.due_at is None
        and d.dispatch not in told
    ]


def _event(source: str, key: str, fact: Fact, now: datetime) -> Event:
    return Event(source=source, source_key=key, occurred_at=now, fact=fact)
