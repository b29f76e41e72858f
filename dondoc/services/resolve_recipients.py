"""What a person may decide about the recipients of a round; the next turn does what it says."""

from collections.abc import Mapping, Sequence

from domain.errors import NotAllowed
from domain.facts import Event
from domain.kinds import Decision, ReviewKind

OF_RECIPIENTS: Mapping[ReviewKind, tuple[tuple[Decision, ...], str]] = {
    ReviewKind.RECIPIENTS: (
        (Decision.ACCEPT, Decision.REJECT),
        "say whether these are recipients no more: accept takes them out, reject keeps them",
    ),
    ReviewKind.CANARY: (
        (Decision.ACCEPT,),
        "accept has the others written to; leave it open for as long as nothing more is to go out",
    ),
}
"""The decisions that each kind takes, and what is said to others."""


def decide_recipients(kind: ReviewKind, decision: Decision) -> Sequence[Event]:
    """Return that nothing is recorded but the decision; raises ``NotAllowed`` for one that says
    nothing.
    """
    allowed, advice = OF_RECIPIENTS[kind]
    if decision not in allowed:
        raise NotAllowed(advice)
    return []
