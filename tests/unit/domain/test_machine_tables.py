"""Every cell of the literal tables against the rules that they follow, legal and illegal."""

from itertools import combinations, product

import pytest

from domain.campaign import Expected
from domain.errors import IllegalTransition
from domain.machine import (
    ASSIGNMENT,
    DISPATCH,
    ENDED,
    JOINT,
    OF_DISPATCH,
    ROUND,
    SETTLED,
    assignment_after,
    dispatch_after,
    joint_events,
    round_after,
    settled,
)
from domain.status import AssignmentEvent as F
from domain.status import AssignmentStatus as A
from domain.status import DispatchEvent as E
from domain.status import DispatchStatus as D
from domain.status import JointCondition
from domain.status import RoundEvent as G
from domain.status import RoundStatus as R

RUNGS = (
    D.ACCEPTED,
    D.DELAYED,
    D.RELAYED,
    D.DELIVERED,
    D.DISPLAYED,
    D.REGISTERED,
    D.ASSIGNED,
    D.PROCESSING,
    D.FINISHED,
)
"""How far a letter has come; evidence moves a dispatch up these rungs, never down."""

PROVES = {E(rung): rung for rung in RUNGS} | {E.AUTO_REPLIED: D.DELIVERED}
LOST_SIGHT_OF = {D.SENDING, D.UNCERTAIN, D.DEFERRED, D.CANCELLED}
AFTER_ATTEMPT = {E.DEFERRED: D.DEFERRED, E.LOST: D.UNCERTAIN, E.REFUSED: D.BOUNCED}
RECALLS = {E.RECALL_ASKED, E.RECALL_AGREED, E.RECALL_REFUSED}


def rung(status: D) -> int:
    return RUNGS.index(status)


def before_evidence(status: D, event: E) -> D | None:
    if event in {E.ATTEMPTED, E.CANCELLED}:
        retried = status in {D.PLANNED, D.DEFERRED} or (
            status is D.UNCERTAIN and event is E.ATTEMPTED
        )
        following = D.SENDING if event is E.ATTEMPTED else D.CANCELLED
        return following if retried else None
    if status is D.SENDING:
        return AFTER_ATTEMPT[event]
    may_have_left = status in {D.PLANNED, D.DEFERRED, D.UNCERTAIN}
    return D.UNCERTAIN if may_have_left and event is E.LOST else None


def on_the_rungs(status: D, event: E) -> D:
    match event:
        case E.BOUNCED:
            return D.BOUNCED if rung(status) < rung(D.DELIVERED) else status
        case E.REJECTED:
            return D.REJECTED if rung(status) < rung(D.REGISTERED) else status
        case E.RECALL_ASKED:
            return D.RECALL_ASKED
        case E.RECALL_AGREED | E.RECALL_REFUSED:
            return status
        case _:
            return max(status, PROVES[event], key=rung)


def after_the_end(status: D, event: E) -> D | None:
    """A bounce or a refusal is overruled by better evidence only."""
    if event is E.REJECTED:
        return D.REJECTED
    if event in RECALLS:
        allowed = (status, event) == (D.REJECTED, E.RECALL_ASKED)
        return D.RECALL_ASKED if allowed else None
    needed = rung(D.DELIVERED if status is D.BOUNCED else D.REGISTERED)
    proved = PROVES.get(event)
    return proved if proved is not None and rung(proved) >= needed else status


def in_recall(status: D, event: E) -> D:
    if status is D.RECALLED or event not in RECALLS:
        return status
    return {
        E.RECALL_ASKED: D.RECALL_ASKED,
        E.RECALL_AGREED: D.RECALLED,
        E.RECALL_REFUSED: D.RECALL_REFUSED,
    }[event]


def dispatch_rule(status: D, event: E) -> D | None:
    if event in {E.ATTEMPTED, E.CANCELLED, *AFTER_ATTEMPT}:
        return before_evidence(status, event)
    if status in RUNGS:
        return on_the_rungs(status, event)
    if (status, event) == (D.UNCERTAIN, E.RECALL_ASKED):
        return D.RECALL_ASKED
    if status in LOST_SIGHT_OF:
        return None if event in RECALLS else {**PROVES, E.BOUNCED: D.BOUNCED}.get(event, D.REJECTED)
    if status in {D.BOUNCED, D.REJECTED}:
        return after_the_end(status, event)
    return None if status is D.PLANNED else in_recall(status, event)


STEPS = (A.WAITING, A.SENT, A.DELIVERED, A.DISPLAYED, A.ACKNOWLEDGED)


def assignment_rule(status: A, event: F) -> A | None:
    if event is F.REPORTED:
        return A.REPORTED
    if status in {A.REPORTED, A.WAIVED}:
        return None if event is F.DEADLINE_PASSED else status
    if event is F.WAIVED:
        return A.WAIVED
    if event in {F.DEADLINE_PASSED, F.EXTENDED}:
        return status
    if event is F.UNREACHED:
        return A.UNREACHED if status in {A.WAITING, A.SENT, A.UNREACHED} else status
    if status is A.UNREACHED:
        return A(event)
    return max(status, A(event), key=STEPS.index)


ROUND_RULES = {
    (R.OPEN, G.READIED): R.READY,
    (R.READY, G.COMPILED): R.COMPILED,
    (R.COMPILED, G.COMPILED): R.COMPILED,
    (R.COMPILED, G.APPROVED): R.APPROVED,
    (R.APPROVED, G.COMPILED): R.COMPILED,
    (R.APPROVED, G.FORWARDED): R.FORWARDED,
    (R.FORWARDED, G.COMPILED): R.COMPILED,
}


def refused(machine: str, status: str, event: str, error: IllegalTransition) -> None:
    assert (error.machine, error.status, error.event) == (machine, status, event)
    assert str(error) == f"{machine}: {event} is not possible in status {status}"


@pytest.mark.parametrize(("status", "event"), [*product(D, E)])
def test_dispatch(status: D, event: E) -> None:
    expected = dispatch_rule(status, event)
    if expected is not None:
        assert dispatch_after(status, event) is expected
        return
    with pytest.raises(IllegalTransition) as caught:
        dispatch_after(status, event)
    refused("dispatch", status, event, caught.value)


@pytest.mark.parametrize(("status", "event"), [*product(A, F)])
def test_assignment(status: A, event: F) -> None:
    expected = assignment_rule(status, event)
    if expected is not None:
        assert assignment_after(status, event) is expected
        return
    with pytest.raises(IllegalTransition) as caught:
        assignment_after(status, event)
    refused("assignment", status, event, caught.value)


@pytest.mark.parametrize(("status", "event"), [*product(R, G)])
def test_round(status: R, event: G) -> None:
    expected = ROUND_RULES.get((status, event))
    if expected is not None:
        assert round_after(status, event) is expected
        return
    with pytest.raises(IllegalTransition) as caught:
        round_after(status, event)
    refused("round", status, event, caught.value)


def test_every_status_has_its_row() -> None:
    assert set(DISPATCH) == set(D)
    assert set(ASSIGNMENT) == set(A)
    assert set(ROUND) == set(JOINT) == set(R)
    assert set(SETTLED) == set(Expected)


@pytest.mark.parametrize("event", [*PROVES])
def test_evidence_said_twice_moves_once(event: E) -> None:
    for status in (*RUNGS, *LOST_SIGHT_OF):
        once = dispatch_after(status, event)
        assert dispatch_after(once, event) is once


@pytest.mark.parametrize("status", sorted({*LOST_SIGHT_OF, *RUNGS}))
def test_evidence_comes_to_the_same_in_any_order(status: D) -> None:
    for one, other in combinations(PROVES, 2):
        there = dispatch_after(dispatch_after(status, one), other)
        assert dispatch_after(dispatch_after(status, other), one) is there


def test_what_was_dropped_takes_evidence_as_if_put_off_but_is_never_tried_again() -> None:
    tries = {E.ATTEMPTED, E.CANCELLED, E.LOST}
    evidence = {e: after for e, after in DISPATCH[D.DEFERRED].items() if e not in tries}
    assert DISPATCH[D.CANCELLED] == evidence


CONDITIONS = tuple(JointCondition)


@pytest.mark.parametrize(
    ("status", "holds", "events"),
    [
        (R.OPEN, {JointCondition.ALL_SETTLED}, [G.READIED]),
        (R.OPEN, {JointCondition.TIME_TO_COMPILE}, [G.READIED]),
        (R.OPEN, set(CONDITIONS), [G.READIED]),
        (R.OPEN, {JointCondition.RESULT_HANDED_OVER}, []),
        (R.OPEN, set(), []),
        (R.READY, set(CONDITIONS), []),
        (R.COMPILED, set(CONDITIONS), []),
        (R.APPROVED, set(CONDITIONS), [G.FORWARDED]),
        (R.APPROVED, {JointCondition.ALL_SETTLED, JointCondition.TIME_TO_COMPILE}, []),
        (R.FORWARDED, set(CONDITIONS), []),
    ],
)
def test_joint_rules_run_to_a_fixed_point(
    status: R, holds: set[JointCondition], events: list[G]
) -> None:
    assert joint_events(status, holds) == events
    for event in events:
        status = round_after(status, event)
    assert joint_events(status, holds) == []


def test_joint_rules_name_only_possible_events() -> None:
    for status, row in JOINT.items():
        for event in row.values():
            assert event in ROUND[status]


@pytest.mark.parametrize(
    ("expected", "statuses"),
    [
        (Expected.REPORT, {A.REPORTED, A.WAIVED}),
        (Expected.ACKNOWLEDGEMENT, {A.ACKNOWLEDGED, A.REPORTED, A.WAIVED}),
        (Expected.INFORMATION, set(A)),
    ],
)
def test_what_is_settled(expected: Expected, statuses: set[A]) -> None:
    assert {status for status in A if settled(expected, status)} == statuses


def test_what_a_dispatch_means_for_its_assignment_agrees_with_how_far_it_came() -> None:
    for event, status in PROVES.items():
        meaning = A(OF_DISPATCH[event])
        assert meaning in STEPS
        assert (meaning is A.ACKNOWLEDGED) is (rung(status) >= rung(D.REGISTERED))
    unreached = {event for event, meaning in OF_DISPATCH.items() if meaning is F.UNREACHED}
    assert unreached == {E.BOUNCED, E.REFUSED, E.REJECTED}
    assert set(RUNGS).isdisjoint(ENDED)
