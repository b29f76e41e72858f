"""The state machines, and nothing else changes a status.

Literal tables: Dispatch, Assignment, Membership, Round and Answer; a missing row raises
``IllegalTransition``.
Rows that lead back to the same status are evidence that came late, twice or out of order: it is
recorded and moves nothing back. ``JOINT`` is the table of rules over all assignments of a round.
"""

from collections.abc import Iterable, Mapping

from domain.campaign import Expected
from domain.errors import IllegalTransition
from domain.exchange import ExchangeStatus
from domain.status import (
    AnswerEvent,
    AnswerStatus,
    AssignmentEvent,
    AssignmentStatus,
    DispatchEvent,
    DispatchStatus,
    JointCondition,
    Membership,
    MembershipEvent,
    RoundEvent,
    RoundStatus,
)

_D = DispatchStatus
_E = DispatchEvent

# fmt: off
DISPATCH: Mapping[DispatchStatus, Mapping[DispatchEvent, DispatchStatus]] = {
    _D.PLANNED: {
        # An older ledger may have been put back: it may have left although no attempt is known.
        _E.ATTEMPTED: _D.SENDING, _E.CANCELLED: _D.CANCELLED, _E.LOST: _D.UNCERTAIN,
    },
    _D.SENDING: {
        _E.ACCEPTED: _D.ACCEPTED, _E.DEFERRED: _D.DEFERRED, _E.LOST: _D.UNCERTAIN,
        _E.REFUSED: _D.BOUNCED, _E.DELAYED: _D.DELAYED, _E.RELAYED: _D.RELAYED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
    },
    _D.DEFERRED: {
        # An earlier attempt may have been lost: its evidence still counts.
        _E.ATTEMPTED: _D.SENDING, _E.CANCELLED: _D.CANCELLED, _E.LOST: _D.UNCERTAIN,
        _E.ACCEPTED: _D.ACCEPTED, _E.DELAYED: _D.DELAYED, _E.RELAYED: _D.RELAYED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
    },
    _D.UNCERTAIN: {
        _E.ATTEMPTED: _D.SENDING, _E.LOST: _D.UNCERTAIN, _E.ACCEPTED: _D.ACCEPTED,
        _E.DELAYED: _D.DELAYED, _E.RELAYED: _D.RELAYED, _E.DELIVERED: _D.DELIVERED,
        _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED, _E.REGISTERED: _D.REGISTERED,
        _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING, _E.FINISHED: _D.FINISHED,
        _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
        # It may have arrived, so it is asked back like one that has.
        _E.RECALL_ASKED: _D.RECALL_ASKED,
    },
    _D.ACCEPTED: {
        _E.ACCEPTED: _D.ACCEPTED, _E.DELAYED: _D.DELAYED, _E.RELAYED: _D.RELAYED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.ACCEPTED,
        _E.RECALL_REFUSED: _D.ACCEPTED,
    },
    _D.DELAYED: {
        _E.ACCEPTED: _D.DELAYED, _E.DELAYED: _D.DELAYED, _E.RELAYED: _D.RELAYED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.DELAYED,
        _E.RECALL_REFUSED: _D.DELAYED,
    },
    _D.RELAYED: {
        _E.ACCEPTED: _D.RELAYED, _E.DELAYED: _D.RELAYED, _E.RELAYED: _D.RELAYED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.RELAYED,
        _E.RECALL_REFUSED: _D.RELAYED,
    },
    _D.DELIVERED: {
        _E.ACCEPTED: _D.DELIVERED, _E.DELAYED: _D.DELIVERED, _E.RELAYED: _D.DELIVERED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.DELIVERED, _E.REJECTED: _D.REJECTED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.DELIVERED,
        _E.RECALL_REFUSED: _D.DELIVERED,
    },
    _D.DISPLAYED: {
        _E.ACCEPTED: _D.DISPLAYED, _E.DELAYED: _D.DISPLAYED, _E.RELAYED: _D.DISPLAYED,
        _E.DELIVERED: _D.DISPLAYED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DISPLAYED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.DISPLAYED, _E.REJECTED: _D.REJECTED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.DISPLAYED,
        _E.RECALL_REFUSED: _D.DISPLAYED,
    },
    _D.REGISTERED: {
        _E.ACCEPTED: _D.REGISTERED, _E.DELAYED: _D.REGISTERED, _E.RELAYED: _D.REGISTERED,
        _E.DELIVERED: _D.REGISTERED, _E.DISPLAYED: _D.REGISTERED,
        _E.AUTO_REPLIED: _D.REGISTERED, _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED,
        _E.PROCESSING: _D.PROCESSING, _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.REGISTERED,
        _E.REJECTED: _D.REGISTERED, _E.RECALL_ASKED: _D.RECALL_ASKED,
        _E.RECALL_AGREED: _D.REGISTERED, _E.RECALL_REFUSED: _D.REGISTERED,
    },
    _D.ASSIGNED: {
        _E.ACCEPTED: _D.ASSIGNED, _E.DELAYED: _D.ASSIGNED, _E.RELAYED: _D.ASSIGNED,
        _E.DELIVERED: _D.ASSIGNED, _E.DISPLAYED: _D.ASSIGNED, _E.AUTO_REPLIED: _D.ASSIGNED,
        _E.REGISTERED: _D.ASSIGNED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.ASSIGNED, _E.REJECTED: _D.ASSIGNED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.ASSIGNED,
        _E.RECALL_REFUSED: _D.ASSIGNED,
    },
    _D.PROCESSING: {
        _E.ACCEPTED: _D.PROCESSING, _E.DELAYED: _D.PROCESSING, _E.RELAYED: _D.PROCESSING,
        _E.DELIVERED: _D.PROCESSING, _E.DISPLAYED: _D.PROCESSING,
        _E.AUTO_REPLIED: _D.PROCESSING, _E.REGISTERED: _D.PROCESSING,
        _E.ASSIGNED: _D.PROCESSING, _E.PROCESSING: _D.PROCESSING, _E.FINISHED: _D.FINISHED,
        _E.BOUNCED: _D.PROCESSING, _E.REJECTED: _D.PROCESSING, _E.RECALL_ASKED: _D.RECALL_ASKED,
        _E.RECALL_AGREED: _D.PROCESSING, _E.RECALL_REFUSED: _D.PROCESSING,
    },
    _D.FINISHED: {
        _E.ACCEPTED: _D.FINISHED, _E.DELAYED: _D.FINISHED, _E.RELAYED: _D.FINISHED,
        _E.DELIVERED: _D.FINISHED, _E.DISPLAYED: _D.FINISHED, _E.AUTO_REPLIED: _D.FINISHED,
        _E.REGISTERED: _D.FINISHED, _E.ASSIGNED: _D.FINISHED, _E.PROCESSING: _D.FINISHED,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.FINISHED, _E.REJECTED: _D.FINISHED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.FINISHED,
        _E.RECALL_REFUSED: _D.FINISHED,
    },
    _D.REJECTED: {
        _E.ACCEPTED: _D.REJECTED, _E.DELAYED: _D.REJECTED, _E.RELAYED: _D.REJECTED,
        _E.DELIVERED: _D.REJECTED, _E.DISPLAYED: _D.REJECTED, _E.AUTO_REPLIED: _D.REJECTED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.REJECTED, _E.REJECTED: _D.REJECTED,
        _E.RECALL_ASKED: _D.RECALL_ASKED,
    },
    _D.BOUNCED: {
        _E.ACCEPTED: _D.BOUNCED, _E.DELAYED: _D.BOUNCED, _E.RELAYED: _D.BOUNCED,
        _E.DELIVERED: _D.DELIVERED, _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED,
        _E.REGISTERED: _D.REGISTERED, _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING,
        _E.FINISHED: _D.FINISHED, _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
    },
    _D.RECALL_ASKED: {
        _E.ACCEPTED: _D.RECALL_ASKED, _E.DELAYED: _D.RECALL_ASKED, _E.RELAYED: _D.RECALL_ASKED,
        _E.DELIVERED: _D.RECALL_ASKED, _E.DISPLAYED: _D.RECALL_ASKED,
        _E.AUTO_REPLIED: _D.RECALL_ASKED, _E.REGISTERED: _D.RECALL_ASKED,
        _E.ASSIGNED: _D.RECALL_ASKED, _E.PROCESSING: _D.RECALL_ASKED,
        _E.FINISHED: _D.RECALL_ASKED, _E.BOUNCED: _D.RECALL_ASKED, _E.REJECTED: _D.RECALL_ASKED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.RECALLED,
        _E.RECALL_REFUSED: _D.RECALL_REFUSED,
    },
    _D.RECALLED: {
        _E.ACCEPTED: _D.RECALLED, _E.DELAYED: _D.RECALLED, _E.RELAYED: _D.RECALLED,
        _E.DELIVERED: _D.RECALLED, _E.DISPLAYED: _D.RECALLED, _E.AUTO_REPLIED: _D.RECALLED,
        _E.REGISTERED: _D.RECALLED, _E.ASSIGNED: _D.RECALLED, _E.PROCESSING: _D.RECALLED,
        _E.FINISHED: _D.RECALLED, _E.BOUNCED: _D.RECALLED, _E.REJECTED: _D.RECALLED,
        _E.RECALL_ASKED: _D.RECALLED, _E.RECALL_AGREED: _D.RECALLED,
        _E.RECALL_REFUSED: _D.RECALLED,
    },
    _D.RECALL_REFUSED: {
        _E.ACCEPTED: _D.RECALL_REFUSED, _E.DELAYED: _D.RECALL_REFUSED,
        _E.RELAYED: _D.RECALL_REFUSED, _E.DELIVERED: _D.RECALL_REFUSED,
        _E.DISPLAYED: _D.RECALL_REFUSED, _E.AUTO_REPLIED: _D.RECALL_REFUSED,
        _E.REGISTERED: _D.RECALL_REFUSED, _E.ASSIGNED: _D.RECALL_REFUSED,
        _E.PROCESSING: _D.RECALL_REFUSED, _E.FINISHED: _D.RECALL_REFUSED,
        _E.BOUNCED: _D.RECALL_REFUSED, _E.REJECTED: _D.RECALL_REFUSED,
        _E.RECALL_ASKED: _D.RECALL_ASKED, _E.RECALL_AGREED: _D.RECALLED,
        _E.RECALL_REFUSED: _D.RECALL_REFUSED,
    },
    _D.CANCELLED: {
        # An attempt before it was dropped may have arrived after all.
        _E.ACCEPTED: _D.ACCEPTED,
        _E.DELAYED: _D.DELAYED, _E.RELAYED: _D.RELAYED, _E.DELIVERED: _D.DELIVERED,
        _E.DISPLAYED: _D.DISPLAYED, _E.AUTO_REPLIED: _D.DELIVERED, _E.REGISTERED: _D.REGISTERED,
        _E.ASSIGNED: _D.ASSIGNED, _E.PROCESSING: _D.PROCESSING, _E.FINISHED: _D.FINISHED,
        _E.BOUNCED: _D.BOUNCED, _E.REJECTED: _D.REJECTED,
    },
}

_A = AssignmentStatus
_F = AssignmentEvent

ASSIGNMENT: Mapping[AssignmentStatus, Mapping[AssignmentEvent, AssignmentStatus]] = {
    _A.WAITING: {
        _F.SENT: _A.SENT, _F.DELIVERED: _A.DELIVERED, _F.DISPLAYED: _A.DISPLAYED,
        _F.ACKNOWLEDGED: _A.ACKNOWLEDGED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.UNREACHED,
        _F.WAIVED: _A.WAIVED, _F.DEADLINE_PASSED: _A.WAITING, _F.EXTENDED: _A.WAITING,
    },
    _A.SENT: {
        _F.SENT: _A.SENT, _F.DELIVERED: _A.DELIVERED, _F.DISPLAYED: _A.DISPLAYED,
        _F.ACKNOWLEDGED: _A.ACKNOWLEDGED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.UNREACHED,
        _F.WAIVED: _A.WAIVED, _F.DEADLINE_PASSED: _A.SENT, _F.EXTENDED: _A.SENT,
    },
    _A.DELIVERED: {
        _F.SENT: _A.DELIVERED, _F.DELIVERED: _A.DELIVERED, _F.DISPLAYED: _A.DISPLAYED,
        _F.ACKNOWLEDGED: _A.ACKNOWLEDGED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.DELIVERED,
        _F.WAIVED: _A.WAIVED, _F.DEADLINE_PASSED: _A.DELIVERED, _F.EXTENDED: _A.DELIVERED,
    },
    _A.DISPLAYED: {
        _F.SENT: _A.DISPLAYED, _F.DELIVERED: _A.DISPLAYED, _F.DISPLAYED: _A.DISPLAYED,
        _F.ACKNOWLEDGED: _A.ACKNOWLEDGED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.DISPLAYED,
        _F.WAIVED: _A.WAIVED, _F.DEADLINE_PASSED: _A.DISPLAYED, _F.EXTENDED: _A.DISPLAYED,
    },
    _A.ACKNOWLEDGED: {
        _F.SENT: _A.ACKNOWLEDGED, _F.DELIVERED: _A.ACKNOWLEDGED, _F.DISPLAYED: _A.ACKNOWLEDGED,
        _F.ACKNOWLEDGED: _A.ACKNOWLEDGED, _F.REPORTED: _A.REPORTED,
        _F.UNREACHED: _A.ACKNOWLEDGED, _F.WAIVED: _A.WAIVED,
        _F.DEADLINE_PASSED: _A.ACKNOWLEDGED, _F.EXTENDED: _A.ACKNOWLEDGED,
    },
    _A.REPORTED: {
        _F.SENT: _A.REPORTED, _F.DELIVERED: _A.REPORTED, _F.DISPLAYED: _A.REPORTED,
        _F.ACKNOWLEDGED: _A.REPORTED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.REPORTED,
        _F.WAIVED: _A.REPORTED, _F.EXTENDED: _A.REPORTED,
    },
    _A.UNREACHED: {
        _F.SENT: _A.SENT, _F.DELIVERED: _A.DELIVERED, _F.DISPLAYED: _A.DISPLAYED,
        _F.ACKNOWLEDGED: _A.ACKNOWLEDGED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.UNREACHED,
        _F.WAIVED: _A.WAIVED, _F.DEADLINE_PASSED: _A.UNREACHED, _F.EXTENDED: _A.UNREACHED,
    },
    _A.WAIVED: {
        _F.SENT: _A.WAIVED, _F.DELIVERED: _A.WAIVED, _F.DISPLAYED: _A.WAIVED,
        _F.ACKNOWLEDGED: _A.WAIVED, _F.REPORTED: _A.REPORTED, _F.UNREACHED: _A.WAIVED,
        _F.WAIVED: _A.WAIVED, _F.EXTENDED: _A.WAIVED,
    },
}
# fmt: on

MEMBERSHIP: Mapping[Membership, Mapping[MembershipEvent, Membership]] = {
    # Apart from how far an assignment has come: one that is restored goes on where it was.
    Membership.TAKES_PART: {
        MembershipEvent.REMOVED: Membership.REMOVED,
        MembershipEvent.PASSED: Membership.PASSED,
        # A person kept it, and the rules name it again: what was decided is spent.
        MembershipEvent.RESTORED: Membership.TAKES_PART,
    },
    Membership.REMOVED: {MembershipEvent.RESTORED: Membership.TAKES_PART},
    Membership.PASSED: {MembershipEvent.RESTORED: Membership.TAKES_PART},
}

_R = RoundStatus
_G = RoundEvent

ROUND: Mapping[RoundStatus, Mapping[RoundEvent, RoundStatus]] = {
    _R.OPEN: {_G.READIED: _R.READY},
    _R.READY: {_G.COMPILED: _R.COMPILED},
    _R.COMPILED: {_G.COMPILED: _R.COMPILED, _G.APPROVED: _R.APPROVED},
    _R.APPROVED: {_G.COMPILED: _R.COMPILED, _G.FORWARDED: _R.FORWARDED},
    _R.FORWARDED: {_G.COMPILED: _R.COMPILED},
}

JOINT: Mapping[RoundStatus, Mapping[JointCondition, RoundEvent]] = {
    _R.OPEN: {
        JointCondition.ALL_SETTLED: _G.READIED,
        JointCondition.TIME_TO_COMPILE: _G.READIED,
    },
    _R.READY: {},
    _R.COMPILED: {},
    _R.APPROVED: {JointCondition.RESULT_HANDED_OVER: _G.FORWARDED},
    _R.FORWARDED: {},
}

ANSWER: Mapping[AnswerStatus, Mapping[AnswerEvent, AnswerStatus]] = {
    # No row for an attempt: the same bytes again are harmless on the exchange, so what was cut off
    # is simply sent again.
    AnswerStatus.PLANNED: {
        AnswerEvent.SENT: AnswerStatus.SENT,
        AnswerEvent.DEFERRED: AnswerStatus.DEFERRED,
        AnswerEvent.REFUSED: AnswerStatus.REFUSED,
    },
    AnswerStatus.DEFERRED: {
        AnswerEvent.SENT: AnswerStatus.SENT,
        AnswerEvent.DEFERRED: AnswerStatus.DEFERRED,
        AnswerEvent.REFUSED: AnswerStatus.REFUSED,
    },
    AnswerStatus.SENT: {},
    AnswerStatus.REFUSED: {},
}

SETTLED: Mapping[Expected, frozenset[AssignmentStatus]] = {
    Expected.REPORT: frozenset({_A.REPORTED, _A.WAIVED}),
    Expected.ACKNOWLEDGEMENT: frozenset({_A.ACKNOWLEDGED, _A.REPORTED, _A.WAIVED}),
    Expected.INFORMATION: frozenset(AssignmentStatus),
}

OF_DISPATCH: Mapping[DispatchEvent, AssignmentEvent] = {
    _E.ACCEPTED: _F.SENT,
    _E.DELAYED: _F.SENT,
    _E.RELAYED: _F.SENT,
    _E.DELIVERED: _F.DELIVERED,
    _E.AUTO_REPLIED: _F.DELIVERED,
    _E.DISPLAYED: _F.DISPLAYED,
    _E.REGISTERED: _F.ACKNOWLEDGED,
    _E.ASSIGNED: _F.ACKNOWLEDGED,
    _E.PROCESSING: _F.ACKNOWLEDGED,
    _E.FINISHED: _F.ACKNOWLEDGED,
    _E.BOUNCED: _F.UNREACHED,
    _E.REFUSED: _F.UNREACHED,
    _E.REJECTED: _F.UNREACHED,
}
"""What an event of the dispatch that carries the directive means for its assignment.

The exchange's status 03 is the notice of receipt that Nghị định 30/2020/NĐ-CP, Điều 21 asks for.
"""

OF_STATUS: Mapping[ExchangeStatus, DispatchEvent] = {
    ExchangeStatus.ARRIVED: _E.DELIVERED,
    ExchangeStatus.REJECTED: _E.REJECTED,
    ExchangeStatus.REGISTERED: _E.REGISTERED,
    ExchangeStatus.ASSIGNED: _E.ASSIGNED,
    ExchangeStatus.PROCESSING: _E.PROCESSING,
    ExchangeStatus.FINISHED: _E.FINISHED,
    ExchangeStatus.RECALL_ASKED: _E.RECALL_ASKED,
    ExchangeStatus.RECALL_AGREED: _E.RECALL_AGREED,
    ExchangeStatus.RECALL_REFUSED: _E.RECALL_REFUSED,
}
"""What a business status of the exchange means for the dispatch that it is about."""

ENDED = frozenset({_D.REJECTED, _D.BOUNCED, _D.RECALLED, _D.CANCELLED})
"""Statuses in which a dispatch will not reach its office."""


def dispatch_after(status: DispatchStatus, event: DispatchEvent) -> DispatchStatus:
    """Return the next status of a dispatch; raises ``IllegalTransition``."""
    if event not in DISPATCH[status]:
        raise IllegalTransition("dispatch", status, event)
    return DISPATCH[status][event]


def assignment_after(status: AssignmentStatus, event: AssignmentEvent) -> AssignmentStatus:
    """Return the next status of an assignment; raises ``IllegalTransition``."""
    if event not in ASSIGNMENT[status]:
        raise IllegalTransition("assignment", status, event)
    return ASSIGNMENT[status][event]


def membership_after(membership: Membership, event: MembershipEvent) -> Membership:
    """Return whether an office takes part after an event; raises ``IllegalTransition``."""
    if event not in MEMBERSHIP[membership]:
        raise IllegalTransition("membership", membership, event)
    return MEMBERSHIP[membership][event]


def round_after(status: RoundStatus, event: RoundEvent) -> RoundStatus:
    """Return the next status of a round; raises ``IllegalTransition``."""
    if event not in ROUND[status]:
        raise IllegalTransition("round", status, event)
    return ROUND[status][event]


def answer_after(status: AnswerStatus, event: AnswerEvent) -> AnswerStatus:
    """Return the next status of an answer of ours; raises ``IllegalTransition``."""
    if event not in ANSWER[status]:
        raise IllegalTransition("answer", status, event)
    return ANSWER[status][event]


def settled(expected: Expected, status: AssignmentStatus) -> bool:
    """Tell whether nothing more is awaited from an assignment."""
    return status in SETTLED[expected]


def joint_events(status: RoundStatus, holds: Iterable[JointCondition]) -> list[RoundEvent]:
    """Apply the joint table to a fixed point and return the events that follow, in order."""
    conditions = frozenset(holds)
    found: list[RoundEvent] = []
    while True:
        event = next((e for c, e in JOINT[status].items() if c in conditions), None)
        if event is None:
            return found
        found.append(event)
        status = round_after(status, event)
