"""Assignments: replies, deadlines and what people decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from domain import facts
from domain.campaign import more_of
from domain.facts import Recorded
from domain.kinds import ReplyKind
from domain.machine import assignment_after, membership_after, settled
from domain.ports import StateView
from domain.projection.rows import known, row, scope
from domain.state import AssignmentState, ReplyState, State
from domain.status import AssignmentEvent, AssignmentStatus, MembershipEvent

_OF_REPLY = {
    ReplyKind.ACKNOWLEDGEMENT: AssignmentEvent.ACKNOWLEDGED,
    ReplyKind.REPORT: AssignmentEvent.REPORTED,
}


def moved(before: AssignmentState, event: AssignmentEvent, at: datetime) -> AssignmentState:
    """Apply one event of the assignment machine; raises ``IllegalTransition``."""
    after = replace(before, status=assignment_after(before.status, event))
    match event:
        case AssignmentEvent.DELIVERED | AssignmentEvent.DISPLAYED:
            return replace(after, delivered_at=min(before.delivered_at or at, at))
        case AssignmentEvent.ACKNOWLEDGED:
            return replace(after, acknowledged_at=min(before.acknowledged_at or at, at))
        case _:
            return after


def made(fact: facts.AssignmentMade) -> AssignmentState:
    """Return the first row of an assignment."""
    return AssignmentState(
        campaign=known(fact.about.campaign, "campaign"),
        round=known(fact.about.round, "round"),
        office=known(fact.about.office, "office"),
        expected=fact.expected,
        due_at=fact.due_at,
    )


def reply_rows(view: StateView, recorded: Recorded, fact: facts.ReplyRecorded) -> Sequence[State]:
    """Return the reply and the assignment that it moves; only certain replies come here."""
    before = row(view, AssignmentState, scope(fact.about))
    reply = ReplyState(
        reply=fact.reply,
        campaign=before.campaign,
        round=before.round,
        office=before.office,
        kind=fact.kind,
        channel=fact.channel,
        received_at=fact.received_at,
        evidence=recorded.event.evidence,
        dispatch=fact.dispatch,
        number=fact.number,
        nil=fact.nil,
        corrects=fact.corrects,
        summary=fact.summary,
        attachments=fact.attachments,
    )
    event = _OF_REPLY.get(fact.kind)
    if event is None:
        return [reply]
    after = moved(before, event, fact.received_at)
    if event is AssignmentEvent.REPORTED:
        return _report(view, after, reply)
    return [reply, after]


def _report(view: StateView, after: AssignmentState, reply: ReplyState) -> Sequence[State]:
    """Count the newest report of an office; the first one decides whether it came in time."""
    first = min(after.reported_at or reply.received_at, reply.received_at)
    late = after.due_at is not None and first > after.due_at
    earlier = row(view, ReplyState, (after.report,)) if after.report else None
    overtaken = earlier is not None and earlier.received_at > reply.received_at
    # A correction says itself that it is newer than a first report, whatever its sender's clock
    # says; of two corrections only the clock can tell.
    corrects_it = earlier is not None and reply.corrects and not earlier.corrects
    if earlier is not None and overtaken and not corrects_it:
        reply = replace(reply, superseded_by=earlier.reply)
        return [reply, replace(after, reported_at=first, late=late)]
    after = replace(after, reported_at=first, late=late, report=reply.reply)
    if earlier is None:
        return [reply, after]
    return [replace(earlier, superseded_by=reply.reply), reply, after]


_Decision = (
    facts.DeadlinePassed
    | facts.AssignmentExtended
    | facts.AssignmentWaived
    | facts.AssignmentRemoved
    | facts.AssignmentRestored
)


def decided(
    view: StateView, recorded: Recorded, fact: _Decision | facts.AssignmentPassed
) -> Sequence[AssignmentState]:
    """Return the assignment after a deadline, an extension, a waiver, or a change of the rules.

    Of an office that has ended that of its successor comes with it.
    """
    if isinstance(fact, facts.AssignmentPassed):
        return _passed_on(view, recorded, fact)
    return [_after(row(view, AssignmentState, scope(fact.about)), recorded, fact)]


def _after(before: AssignmentState, recorded: Recorded, fact: _Decision) -> AssignmentState:
    match fact:
        case facts.DeadlinePassed():
            after = moved(before, AssignmentEvent.DEADLINE_PASSED, fact.due_at)
            if fact.due_at != before.due_at:
                # It was decided before somebody moved the deadline.
                return after
            return replace(after, late=not settled(after.expected, after.status))
        case facts.AssignmentExtended():
            after = moved(before, AssignmentEvent.EXTENDED, fact.until)
            late = after.reported_at is not None and after.reported_at > fact.until
            extended_at = recorded.event.occurred_at
            return replace(after, due_at=fact.until, extended_at=extended_at, late=late)
        case facts.AssignmentWaived():
            status = assignment_after(before.status, AssignmentEvent.WAIVED)
            if status is not AssignmentStatus.WAIVED:
                return before
            return replace(before, status=status, note=fact.reason, late=False)
        case facts.AssignmentRemoved():
            return _member(before, MembershipEvent.REMOVED, fact.reason, recorded)
        case facts.AssignmentRestored():
            return _member(before, MembershipEvent.RESTORED, fact.reason, recorded)
        case _:
            assert_never(fact)


def _passed_on(
    view: StateView, recorded: Recorded, fact: facts.AssignmentPassed
) -> Sequence[AssignmentState]:
    """Return the assignment of an office that has ended, and that of its successor.

    The successor owes the more of both, by the later of both days.
    """
    before = row(view, AssignmentState, scope(fact.about))
    heir = row(view, AssignmentState, (before.campaign, before.round, fact.to))
    expected = more_of(heir.expected, before.expected)
    due_at = heir.due_at
    if before.due_at is not None and (due_at is not None or expected is not heir.expected):
        due_at = max(due_at or before.due_at, before.due_at)
    heir = replace(heir, expected=expected, due_at=due_at)
    return [_member(before, MembershipEvent.PASSED, fact.reason, recorded), heir]


def _member(
    before: AssignmentState, event: MembershipEvent, why: str, recorded: Recorded
) -> AssignmentState:
    return replace(
        before,
        membership=membership_after(before.membership, event),
        membership_at=recorded.event.occurred_at,
        membership_why=why,
    )
