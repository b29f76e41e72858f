"""Hand over the status messages that were planned while documents were read.

Each planned answer is sent in the turn that plans it. What a crash cut off is still planned and is
sent again: the same bytes get the first docId from the exchange, so no attempt needs recording and
a broken connection is a reason to try later. What is given up after one may have arrived, which
the person who is told must know.

Answers about one document leave in their order: one waits while an earlier one to the same sender
has not left.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from domain.errors import (
    ConfigError,
    DeliveryUnknown,
    EvidenceMissing,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import PacketKind
from domain.facts import (
    About,
    AnswerDeferred,
    AnswerRefused,
    AnswerSent,
    Event,
)
from domain.ids import Digest
from domain.intents import SendAnswer
from domain.kinds import ReviewKind
from domain.state import AnswerState, ReviewState
from domain.status import AnswerStatus
from domain.waiting import wait_is_over
from dondoc.app import App
from dondoc.services.answers import SOURCE
from dondoc.services.reviews import guarded, open_review, review_id
from dondoc.services.to_server import hold_in_rehearsal
from dondoc.services.transmit import OUR_FAULT
from schedulers.answers import answer_by
from schedulers.calendar import local_day

log = structlog.get_logger(__name__)

_IN_A_TURN = 500
"""Answers handed over in one turn: a flood of documents must not hold up the letters."""

_FAILURES_IN_A_ROW = 3
"""After as many failures one after the other a door rests until the next turn."""

_UNSENT = (AnswerStatus.PLANNED, AnswerStatus.DEFERRED)

_BY_HAND = "answer it in the e-office, the sender awaits it"
_LOOK_FIRST = "ask the sender, or look in the e-office; only if it is not there answer it by hand"


def send_answers(app: App, now: datetime, pause: Callable[[], bool] = lambda: False) -> int:
    """Send what is due and return how many attempts that took; late ones are told once a day."""
    tried = 0
    failures: Counter[str] = Counter()
    stuck: set[tuple[str, str]] = set()
    for answer in _due(app, now):
        if tried >= _IN_A_TURN or pause():
            break
        if _document(answer) in stuck or failures[answer.account] >= _FAILURES_IN_A_ROW:
            continue
        tried += 1
        if guarded(app, f"answer {answer.answer}", now, partial(_sound, app, answer, now)):
            failures[answer.account] = 0
        else:
            failures[answer.account] += 1
            stuck.add(_document(answer))
    _tell_late(app, now)
    return tried


def answers_due(app: App, now: datetime) -> list[SendAnswer]:
    """Return the answers that a turn would send now."""
    return [
        SendAnswer(
            about=answer.about,
            answer=answer.answer,
            why=f"document {answer.document_id} came on {local_day(answer.planned_at)}"
            + (f"; put off: {answer.detail}" if answer.detail else ""),
        )
        for answer in _due(app, now)
    ]


def _unsent(app: App) -> list[AnswerState]:
    found = [a for status in _UNSENT for a in app.ledger.select(AnswerState, status=status)]
    # 01 before 03: receivers show what came last.
    return sorted(found, key=lambda a: (a.planned_at, a.target, a.document_id, a.code, a.answer))


def _due(app: App, now: datetime) -> list[AnswerState]:
    """Return what can leave now: nothing before what is put off about the same document."""
    found: list[AnswerState] = []
    waiting: set[tuple[str, str]] = set()
    for answer in _unsent(app):
        if answer.due_at is None or not wait_is_over(answer.due_at, now):
            waiting.add(_document(answer))
        elif _document(answer) not in waiting:
            found.append(answer)
    return found


def _document(answer: AnswerState) -> tuple[str, str]:
    return answer.target, answer.document_id


def _sound(app: App, answer: AnswerState, now: datetime) -> bool:
    """Hand over one answer, record the outcome and tell whether its door is sound."""
    fact, sound = _outcome(app, answer, now)
    if isinstance(fact, AnswerDeferred):
        _record(app, answer, _deferred_key(answer, answer.attempts + 1), fact, now)
    else:
        _record(app, answer, f"{answer.answer} settled", fact, now)
    log.info("answer_outcome", answer=answer.answer, outcome=type(fact).__name__)
    return sound


_Outcome = AnswerSent | AnswerDeferred | AnswerRefused


def _outcome(app: App, answer: AnswerState, now: datetime) -> tuple[_Outcome, bool]:
    try:
        return _sent(app, answer), True
    except DeliveryUnknown as error:
        return _deferred(app, answer, str(error), now, unknown=True), False
    except (PeerUnavailable, ConfigError) as error:
        return _deferred(app, answer, str(error), now), False
    except PeerRefused as error:
        if error.code in OUR_FAULT:
            log.error("exchange_account_refused", code=error.code)
            return _deferred(app, answer, str(error), now), False
        return _refused(app, answer, str(error)), True
    except EvidenceMissing as error:
        log.error("answer_content_missing", answer=answer.answer, digest=error.digest)
        return _refused(app, answer, f"{error}; restore the evidence from a backup"), True


def _sent(app: App, answer: AnswerState) -> AnswerSent:
    door = app.door(answer.account)
    if door is None:
        raise PeerUnavailable(f"the door {answer.account}", "it is configured no more")
    hold_in_rehearsal(door)
    doc_id = door.exchange.send(
        app.evidence.content(answer.content),
        kind=PacketKind.STATUS,
        sender=app.unit.organ_id,
        receivers=[answer.target],
    )
    return AnswerSent(
        answer=answer.answer, about=answer.about, code=answer.code, exchange_id=doc_id
    )


def _deferred(
    app: App, answer: AnswerState, reason: str, now: datetime, *, unknown: bool = False
) -> AnswerDeferred | AnswerRefused:
    """Put an answer off; after days of that it is given up, so that a person learns of it."""
    if now - answer.tried_without_stop(now) > app.patience.give_up:
        why = f"given up after {app.patience.give_up.days} days: {reason}"
        return _refused(app, answer, why, unknown=unknown)
    return AnswerDeferred(
        answer=answer.answer,
        about=answer.about,
        code=answer.code,
        reason=reason,
        retry_at=now + app.patience.after(answer.attempts + 1),
        unknown=unknown,
    )


def _refused(app: App, answer: AnswerState, reason: str, *, unknown: bool = False) -> AnswerRefused:
    return AnswerRefused(
        answer=answer.answer,
        about=answer.about,
        code=answer.code,
        reason=reason,
        unknown=unknown or _may_have_arrived(app, answer),
    )


def _may_have_arrived(app: App, answer: AnswerState) -> bool:
    """Tell whether an attempt before this one ended without an answer of the exchange."""
    keys = (_deferred_key(answer, number) for number in range(1, answer.attempts + 1))
    found = (app.ledger.find(SOURCE, key) for key in keys)
    facts = (one.event.fact for one in found if one is not None)
    return any(isinstance(fact, AnswerDeferred) and fact.unknown for fact in facts)


def _deferred_key(answer: AnswerState, number: int) -> str:
    return f"{answer.answer} deferred {number}"


def _record(app: App, answer: AnswerState, key: str, fact: _Outcome, now: datetime) -> None:
    event = Event(
        source=SOURCE,
        source_key=key,
        occurred_at=now,
        fact=fact,
        evidence=answer.content,
    )
    told = _told(answer, fact, now) if isinstance(fact, AnswerRefused) else []
    app.ledger.append([event, *told], recorded_at=now)


def _told(answer: AnswerState, fact: AnswerRefused, now: datetime) -> Sequence[Event]:
    reached = "may or may not have reached" if fact.unknown else "did not reach"
    reason = (
        f"status {answer.code} about document {answer.document_id} {reached} {answer.target}: "
        f"{fact.reason}; {_LOOK_FIRST if fact.unknown else _BY_HAND}"
    )
    return [_failed(f"answer {answer.answer}", answer.about, reason, now, answer.content)]


def _tell_late(app: App, now: datetime) -> None:
    """Tell a person once for each day that answers of it have not left by its end."""
    late: dict[str, list[AnswerState]] = {}
    for answer in _unsent(app):
        by = answer_by(app.calendar, answer.planned_at)
        if by < now:
            late.setdefault(f"{local_day(by)}", []).append(answer)
    for day, answers in late.items():
        cause = f"answers due on {day}"
        if app.ledger.get(ReviewState, (review_id(ReviewKind.FAILED, cause),)) is None:
            reason = (
                f"{len(answers)} status message(s) due by the end of {day} have not left, the "
                f"latest because {answers[-1].detail or 'no turn came to it'}; they are tried on"
            )
            app.ledger.append([_failed(cause, About(), reason, now)], recorded_at=now)


def _failed(
    cause: str, about: About, reason: str, now: datetime, evidence: Digest | None = None
) -> Event:
    return open_review(ReviewKind.FAILED, cause, about, reason, now, evidence=evidence)
