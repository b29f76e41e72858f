"""Status messages of ours: planned with the reading of a document, then sent or put off."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.machine import answer_after
from domain.ports import StateView
from domain.projection.rows import row
from domain.state import AnswerState
from domain.status import AnswerEvent, AnswerStatus

AnswerFact = facts.AnswerPlanned | facts.AnswerSent | facts.AnswerDeferred | facts.AnswerRefused


def answer_row(view: StateView, recorded: Recorded, fact: AnswerFact) -> AnswerState:
    """Return the answer after it was planned, sent, put off or refused."""
    at = recorded.event.occurred_at
    match fact:
        case facts.AnswerPlanned():
            return _planned(recorded, fact)
        case facts.AnswerSent():
            before = _after(view, fact, AnswerEvent.SENT)
            return replace(before, sent_at=at, exchange_id=fact.exchange_id, due_at=None)
        case facts.AnswerDeferred():
            before = _after(view, fact, AnswerEvent.DEFERRED)
            return replace(
                before,
                attempts=before.attempts + 1,
                tried_since=before.tried_without_stop(at),
                due_at=fact.retry_at,
                detail=fact.reason,
            )
        case facts.AnswerRefused():
            before = _after(view, fact, AnswerEvent.REFUSED)
            return replace(before, due_at=None, detail=fact.reason)
        case _:
            assert_never(fact)


def _after(
    view: StateView,
    fact: facts.AnswerSent | facts.AnswerDeferred | facts.AnswerRefused,
    event: AnswerEvent,
) -> AnswerState:
    before = row(view, AnswerState, (fact.answer,))
    return replace(before, status=answer_after(before.status, event))


def _planned(recorded: Recorded, fact: facts.AnswerPlanned) -> AnswerState:
    at = recorded.event.occurred_at
    return AnswerState(
        answer=fact.answer,
        raw=fact.raw,
        campaign=fact.about.campaign,
        round=fact.about.round,
        office=fact.about.office,
        code=fact.code,
        account=fact.account,
        target=fact.target,
        document_id=fact.document_id,
        content=fact.content,
        status=AnswerStatus.PLANNED,
        planned_at=at,
        due_at=at,
    )
