"""Our own status messages: every cell of their table, and the rows that their events make."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, product

import pytest

from domain import facts
from domain.errors import IllegalTransition, InvariantViolation
from domain.exchange import ExchangeStatus
from domain.facts import About, Event, Fact, Recorded
from domain.ids import AnswerId, CampaignId, Digest, OfficeId, OrganId, RawId, RoundId
from domain.machine import ANSWER, answer_after
from domain.projection import project
from domain.state import AnswerState, State
from domain.status import AnswerEvent as E
from domain.status import AnswerStatus as S
from domain.time_tried import STOP
from mappings.edxml.status_words import WORDS

START = datetime(2024, 10, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAME = AnswerId("03-abc")
ABOUT = About(campaign=CampaignId("nq47"), round=RoundId("2024"), office=OfficeId("xa-yen-son"))


class Rows:
    """The one row of an answer, changed by one event after the other."""

    def __init__(self) -> None:
        self.row: AnswerState | None = None
        self._numbers: Iterator[int] = count(1)

    def get(self, kind: type[State], key: tuple[str, ...]) -> AnswerState | None:
        return self.row if kind is AnswerState and self.row and self.row.key == key else None

    def dispatches_of(self, *_: object) -> list[object]:
        raise AssertionError("an answer is no dispatch")

    def record(self, fact: Fact, at: datetime = START) -> AnswerState:
        number = next(self._numbers)
        event = Event(source="test", source_key=f"{number}", occurred_at=at, fact=fact)
        recorded = Recorded(sequence=number, recorded_at=at, event=event)
        (row,) = project(self, recorded)  # type: ignore[arg-type] # a view of one row type
        assert isinstance(row, AnswerState)
        self.row = row
        return row


def planned() -> facts.AnswerPlanned:
    return facts.AnswerPlanned(
        answer=NAME,
        raw=RawId("exchange:truc|1"),
        about=ABOUT,
        code=ExchangeStatus.REGISTERED,
        account="truc",
        target=OrganId("H37.99.1"),
        document_id="H37.99.1,2024/10/01,15/BC-UBND",
        content=Digest("ab" * 32),
    )


def deferred(retry_at: datetime) -> facts.AnswerDeferred:
    return facts.AnswerDeferred(
        answer=NAME,
        about=ABOUT,
        code=ExchangeStatus.REGISTERED,
        reason="no route",
        retry_at=retry_at,
    )


def sent() -> facts.AnswerSent:
    return facts.AnswerSent(
        answer=NAME, about=ABOUT, code=ExchangeStatus.REGISTERED, exchange_id="d-1"
    )


def refused() -> facts.AnswerRefused:
    return facts.AnswerRefused(
        answer=NAME, about=ABOUT, code=ExchangeStatus.REGISTERED, reason="18: unknown"
    )


@pytest.mark.parametrize(("status", "event"), [*product(S, E)])
def test_what_was_not_settled_may_become_anything_and_what_was_nothing(status: S, event: E) -> None:
    assert set(ANSWER) == set(S)
    if status in {S.PLANNED, S.DEFERRED}:
        assert answer_after(status, event) is S(event)
        return
    with pytest.raises(IllegalTransition, match=f"answer: {event} is not possible in .* {status}"):
        answer_after(status, event)


def test_a_planned_answer_is_due_at_once() -> None:
    row = Rows().record(planned())
    assert (row.status, row.planned_at, row.due_at, row.attempts) == (S.PLANNED, START, START, 0)
    assert (row.about, row.target, row.account) == (ABOUT, "H37.99.1", "truc")


def test_each_time_that_it_is_put_off_is_counted_and_a_stop_is_no_time_spent_trying() -> None:
    rows = Rows()
    rows.record(planned())
    first = rows.record(deferred(START + HOUR), START)
    assert (first.status, first.due_at, first.attempts) == (S.DEFERRED, START + HOUR, 1)
    assert (first.tried_since, first.detail) == (START, "no route")
    second = rows.record(deferred(START + 3 * HOUR), START + HOUR)
    assert (second.tried_since, second.attempts) == (START, 2)
    stood = START + 3 * HOUR + STOP + HOUR
    third = rows.record(deferred(stood + HOUR), stood)
    assert third.tried_since == START + STOP + HOUR


def test_what_was_sent_has_the_exchanges_id_and_nothing_due() -> None:
    rows = Rows()
    rows.record(planned())
    row = rows.record(sent(), START + HOUR)
    assert (row.status, row.due_at, row.sent_at) == (S.SENT, None, START + HOUR)
    assert row.exchange_id == "d-1"


def test_what_was_refused_says_why() -> None:
    rows = Rows()
    rows.record(planned())
    row = rows.record(refused())
    assert (row.status, row.due_at, row.detail) == (S.REFUSED, None, "18: unknown")


def test_an_answer_that_nobody_planned_is_a_bug() -> None:
    with pytest.raises(InvariantViolation, match="AnswerState 03-abc was never recorded"):
        Rows().record(sent())


def test_every_status_has_words() -> None:
    assert set(WORDS) == set(ExchangeStatus)
    assert WORDS[ExchangeStatus.ARRIVED].startswith("Đã đến")
