"""Raw input and how far each mailbox has been taken in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.kinds import RawChannel
from domain.mail import MailCursor
from domain.ports import StateView
from domain.projection.rows import known, row
from domain.state import CursorState, RawState, State
from domain.status import RawStatus

RawFact = (
    facts.RawArrived | facts.RawRead | facts.RawQuarantined | facts.RawReleased | facts.MailboxRead
)


def raw_rows(view: StateView, recorded: Recorded, fact: RawFact) -> Sequence[State]:
    """Return the raw input's row, and the cursor of its mailbox when it arrived by mail."""
    match fact:
        case facts.RawArrived():
            arrived = RawState(
                raw=fact.raw,
                channel=fact.channel,
                account=fact.account,
                place=fact.place,
                position=fact.position,
                size=fact.size,
                digest=known(recorded.event.evidence, "evidence"),
                arrived_at=recorded.event.occurred_at,
                arrival=recorded.sequence,
            )
            return [arrived, *_cursor(fact)]
        case facts.RawRead():
            status, outcome = RawStatus.READ, fact.outcome
        case facts.RawQuarantined():
            status, outcome = RawStatus.QUARANTINED, fact.reason
        case facts.MailboxRead():
            return [CursorState(account=fact.account, place=fact.place, cursor=fact.cursor)]
        case facts.RawReleased():
            return [_released(row(view, RawState, (fact.raw,)), recorded, fact)]
        case _:
            assert_never(fact)
    return [replace(row(view, RawState, (fact.raw,)), status=status, outcome=outcome)]


def _released(raw: RawState, recorded: Recorded, fact: facts.RawReleased) -> RawState:
    waiting = replace(raw, status=RawStatus.ARRIVED, outcome="")
    if fact.size is None:
        return waiting
    return replace(waiting, digest=known(recorded.event.evidence, "evidence"), size=fact.size)


def _cursor(fact: facts.RawArrived) -> Sequence[State]:
    if fact.channel is not RawChannel.MAIL or fact.cursor == "":
        return []
    cursor = MailCursor(fact.position) if fact.cursor is None else fact.cursor
    return [CursorState(account=fact.account, place=fact.place, cursor=cursor)]
