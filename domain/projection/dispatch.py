"""Dispatches, and what their events mean for the assignment that they serve."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain import facts
from domain.campaign import Channel
from domain.facts import Recorded
from domain.kinds import LETTERS, DispatchKind
from domain.machine import ENDED, OF_DISPATCH, dispatch_after
from domain.ports import StateView
from domain.projection.assignment import moved
from domain.projection.rows import known, row
from domain.state import AssignmentState, DispatchState, State
from domain.status import AssignmentEvent, DispatchEvent, DispatchStatus


def planned(recorded: Recorded, fact: facts.DispatchPlanned) -> DispatchState:
    """Return the first row of a dispatch, due at once."""
    return DispatchState(
        dispatch=fact.dispatch,
        campaign=known(fact.about.campaign, "campaign"),
        round=known(fact.about.round, "round"),
        office=known(fact.about.office, "office"),
        kind=fact.kind,
        occurrence=fact.occurrence,
        channel=fact.channel,
        status=DispatchStatus.PLANNED,
        target=fact.target,
        content=fact.content,
        token=fact.token,
        subject_token=fact.subject_token,
        subject=fact.subject,
        planned_at=recorded.event.occurred_at,
        changed_at=recorded.event.occurred_at,
        message_id=fact.message_id,
        reply_to=fact.reply_to,
        document_id=fact.document_id,
        edition=fact.edition,
        recalls=fact.recalls,
        part_of=fact.part_of,
        enclosure=fact.enclosure,
        marked=fact.marked,
        due_at=recorded.event.occurred_at,
    )


def followed(view: StateView, recorded: Recorded, fact: facts.DispatchFollowed) -> Sequence[State]:
    """Return the row of a sending by the e-office, and the assignment that it serves."""
    at = recorded.event.occurred_at
    dispatch = followed_row(fact, at)
    key = (dispatch.campaign, dispatch.round, dispatch.office)
    return [dispatch, moved(row(view, AssignmentState, key), AssignmentEvent.SENT, at)]


def followed_row(fact: facts.DispatchFollowed, at: datetime) -> DispatchState:
    """Return the first row of a dispatch that the exchange had accepted from the e-office."""
    return DispatchState(
        dispatch=fact.dispatch,
        campaign=known(fact.about.campaign, "campaign"),
        round=known(fact.about.round, "round"),
        office=known(fact.about.office, "office"),
        kind=DispatchKind.DIRECTIVE if fact.edition == 1 else DispatchKind.REPLACEMENT,
        occurrence=fact.edition,
        channel=Channel.EXCHANGE,
        status=DispatchStatus.ACCEPTED,
        target=fact.target,
        content=fact.content,
        # Nobody answers by a token or a DocumentId of ours: the letter itself is the pointer.
        token="",
        subject_token="",
        subject=fact.subject,
        planned_at=at,
        changed_at=at,
        exchange_id=fact.exchange_id,
        edition=fact.edition,
        followed=True,
        accepted_at=at,
        detail=fact.answer,
    )


DispatchFact = (
    facts.DispatchAttempted
    | facts.DispatchAccepted
    | facts.DispatchDeferred
    | facts.DispatchLost
    | facts.DispatchRefused
    | facts.DispatchCancelled
    | facts.ReceiptRecorded
)


def dispatch_rows(view: StateView, recorded: Recorded, fact: DispatchFact) -> Sequence[State]:
    """Return the dispatch after its event, and the assignment where that moves too."""
    at = recorded.event.occurred_at
    before = row(view, DispatchState, (fact.dispatch,))
    event = _dispatch_event(fact)
    status = dispatch_after(before.status, event)
    after = replace(
        _with_details(before, at, fact),
        status=status,
        changed_at=before.changed_at if status is before.status else at,
    )
    return [after, *_assignment_of(view, at, after, event)]


def _dispatch_event(fact: DispatchFact) -> DispatchEvent:
    match fact:
        case facts.DispatchAttempted():
            return DispatchEvent.ATTEMPTED
        case facts.DispatchAccepted():
            return DispatchEvent.ACCEPTED
        case facts.DispatchDeferred():
            return DispatchEvent.DEFERRED
        case facts.DispatchLost():
            return DispatchEvent.LOST
        case facts.DispatchRefused():
            return DispatchEvent.REFUSED
        case facts.DispatchCancelled():
            return DispatchEvent.CANCELLED
        case facts.ReceiptRecorded():
            return fact.receipt
        case _:
            assert_never(fact)


def _with_details(before: DispatchState, at: datetime, fact: DispatchFact) -> DispatchState:
    match fact:
        case facts.DispatchAttempted():
            return replace(
                before,
                attempts=fact.attempt,
                marked=before.marked or fact.marked,
                content=fact.content or before.content,
                due_at=None,
                tried_since=before.tried_without_stop(at),
            )
        case facts.DispatchAccepted():
            return replace(
                before,
                accepted_at=before.accepted_at or at,
                exchange_id=fact.exchange_id or before.exchange_id,
                detail=fact.answer,
                due_at=None,
            )
        case facts.DispatchDeferred():
            return replace(before, detail=fact.reason, due_at=fact.retry_at)
        case facts.DispatchLost():
            return replace(
                before,
                detail=fact.reason,
                due_at=fact.probe_at,
                tried_since=before.tried_without_stop(at),
            )
        case facts.DispatchRefused() | facts.DispatchCancelled():
            return replace(before, detail=fact.reason, due_at=None)
        case facts.ReceiptRecorded():
            # That we ask for it back does not prove that it arrived.
            proves = fact.receipt is not DispatchEvent.RECALL_ASKED
            accepted_at = before.accepted_at or (at if proves else None)
            return replace(before, accepted_at=accepted_at, detail=fact.detail, due_at=None)
        case _:
            assert_never(fact)


def _assignment_of(
    view: StateView, at: datetime, after: DispatchState, event: DispatchEvent
) -> Sequence[State]:
    """Carry an event of the dispatch that brings the directive over to its assignment."""
    meaning = OF_DISPATCH.get(event)
    if meaning is None or after.kind not in LETTERS:
        return []
    if meaning is AssignmentEvent.UNREACHED and not _all_ended(view, after):
        return []
    # A late "delayed" after the bounce: the dispatch stays ended, so nothing is on its way again.
    if meaning is AssignmentEvent.SENT and after.status in ENDED:
        return []
    key = (after.campaign, after.round, after.office)
    return [moved(row(view, AssignmentState, key), meaning, at)]


def _all_ended(view: StateView, changed: DispatchState) -> bool:
    siblings = view.dispatches_of(changed.campaign, changed.round, changed.office)
    now = [changed if d.dispatch == changed.dispatch else d for d in siblings]
    return all(d.status in ENDED for d in now if d.kind in LETTERS)
