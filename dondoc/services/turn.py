"""One turn of the daemon: take in, read, decide, do; harmless when it runs twice or late."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar, assert_never

import structlog

from domain.campaign import Channel
from domain.errors import DuplicateEvent
from domain.facts import (
    About,
    CompilationForwarded,
    DeadlinePassed,
    DispatchCancelled,
    Event,
    Fact,
    RoundReadied,
)
from domain.intents import (
    AskPerson,
    AskPortal,
    CancelDispatch,
    Compile,
    FinishForwarding,
    HoldLetters,
    Intent,
    OpenRound,
    PassDeadline,
    PlanDispatch,
    Probe,
    ReadyRound,
    SendAnswer,
    Transmit,
)
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.agencies import take_agencies
from dondoc.services.answering import answers_due, send_answers
from dondoc.services.collect import collect, collect_mail
from dondoc.services.compiling import compile_version, restore_output
from dondoc.services.filing import file_read
from dondoc.services.following import follow
from dondoc.services.letters import plan_dispatch
from dondoc.services.picture import pictures
from dondoc.services.portal import ask_portal
from dondoc.services.reading import read_arrived
from dondoc.services.reviews import caught, open_review, tell_failed
from dondoc.services.rounds import later_round
from dondoc.services.transmit import DoorSign, probe, recover, transmit
from schedulers.due import due
from schedulers.picture import Picture

log = structlog.get_logger(__name__)

T = TypeVar("T")

_PASSES = 8
"""Intents lead to intents: a plan is sent, a ready round compiled. More would be a loop of ours."""

_FAILURES_IN_A_ROW = 3
"""After as many sendings put off one after the other, a door rests until the next turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn did: raw input taken, raw input read, intents carried out."""

    taken: int
    read: int
    done: int


def turn(app: App, now: datetime, *, pause: Callable[[], bool] = lambda: False) -> Turn:
    """Run one turn at ``now``. ``pause`` is asked between intents: true ends the turn early."""
    # One turn at a time holds the store: whatever still says "sending" was left by a failure.
    recover(app, now)
    take_agencies(app, now)
    taken = collect(app, now)
    read = read_arrived(app, now)
    file_read(app, now)
    unheard = follow(app, now)
    answer = partial(send_answers, app, now, pause)
    done = _guarded(app, "answering on the exchange", About(), now, answer) or 0
    resting = _Resting()
    for _ in range(_PASSES):
        known = (replace(p, unheard=p.campaign.id in unheard) for p in pictures(app))
        worked = sum(_perform_all(app, p, resting, now, pause) for p in known)
        done += worked
        if not worked or pause():
            break
    _guarded(app, "placing the results", About(), now, lambda: restore_output(app, now))
    return Turn(taken=taken, read=read, done=done)


def mail_turn(app: App, now: datetime) -> Turn:
    """Take in and read mail at once, between two turns; what follows from it is done by the next.

    Nothing else is asked: a busy mailbox would have the exchange asked with every message.
    """
    taken = collect_mail(app, now)
    read = read_arrived(app, now) if taken else 0
    file_read(app, now)
    return Turn(taken=taken, read=read, done=0)


def intents(app: App, now: datetime) -> list[Intent | SendAnswer]:
    """Return what a turn would do now, for every campaign; nothing is done."""
    found = [intent for picture in pictures(app) for intent in due(picture, app.calendar, now)]
    return [*answers_due(app, now), *found]


def _perform_all(
    app: App, picture: Picture, resting: "_Resting", now: datetime, pause: Callable[[], bool]
) -> int:
    campaign = About(campaign=picture.campaign.id)
    found = _guarded(app, "what is due", campaign, now, lambda: due(picture, app.calendar, now))
    done = 0
    for intent in found or ():
        if pause():
            break
        done += _carried_out(app, picture, intent, resting, now)
    return done


def _carried_out(
    app: App, picture: Picture, intent: Intent, resting: "_Resting", now: datetime
) -> int:
    def work() -> int:
        if isinstance(intent, Transmit | Probe):
            return _hand_over(app, intent, resting, now)
        if isinstance(intent, HoldLetters):
            return 0
        return _perform(app, picture, intent, now)

    return _guarded(app, _named(intent), intent.about, now, work) or 0


def _named(intent: Intent) -> str:
    """Say what an intent does, so that no other one of the same office has the same words."""
    name = type(intent).__name__
    match intent:
        case PlanDispatch():
            return f"{name} {intent.kind} {intent.channel}"
        case Transmit() | Probe() | CancelDispatch():
            return f"{name} {intent.dispatch}"
        case AskPerson():
            return f"{name} {intent.kind}"
        case _:
            return name


def _guarded(app: App, what: str, about: About, now: datetime, work: Callable[[], T]) -> T | None:
    """Return what one piece of work gives; a failure opens a review, see ``caught``."""

    def told(reason: str, ours: bool) -> None:
        if ours:
            log.exception("intent_broken", intent=what, office=about.office)
        else:
            log.warning("intent_failed", intent=what, office=about.office)
        cause = f"{what} {about.campaign}/{about.round}/{about.office}"
        tell_failed(app, cause, about, f"{what}: {reason}", now)

    return caught(work, told)


class _Resting:
    """Doors that put everything off: the rest of the queue waits instead of failing one by one."""

    def __init__(self) -> None:
        self._failures: dict[Channel, int] = {}

    def rests(self, channel: Channel) -> bool:
        return self._failures.get(channel, 0) >= _FAILURES_IN_A_ROW

    def note(self, channel: Channel, sign: DoorSign) -> None:
        match sign:
            case DoorSign.FAILED:
                self._failures[channel] = self._failures.get(channel, 0) + 1
            case DoorSign.ANSWERED:
                self._failures[channel] = 0
            case DoorSign.NOTHING:
                pass


def _hand_over(app: App, intent: Transmit | Probe, resting: _Resting, now: datetime) -> int:
    dispatch = app.ledger.get(DispatchState, (intent.dispatch,))
    if dispatch is None or resting.rests(dispatch.channel):
        return 0
    # A person, or an intent before this one, may have decided it since the picture was taken.
    if dispatch.status not in _FOR[type(intent)] or not _is_due(dispatch, now):
        return 0
    if isinstance(intent, Probe):
        sign = probe(app, dispatch, now, repeat=intent.repeat, tell=intent.tell)
    else:
        sign = transmit(app, dispatch, now)
    resting.note(dispatch.channel, sign)
    return 1


_FOR: Mapping[type[Transmit | Probe], frozenset[DispatchStatus]] = {
    Transmit: frozenset({DispatchStatus.PLANNED, DispatchStatus.DEFERRED}),
    Probe: frozenset({DispatchStatus.UNCERTAIN}),
}
"""The statuses in which an intent to hand a dispatch over still holds."""


def _is_due(dispatch: DispatchState, now: datetime) -> bool:
    return dispatch.due_at is not None and dispatch.due_at <= now


_Quiet = (
    OpenRound
    | PlanDispatch
    | CancelDispatch
    | AskPerson
    | PassDeadline
    | ReadyRound
    | Compile
    | FinishForwarding
    | AskPortal
)


def _perform(app: App, picture: Picture, intent: _Quiet, now: datetime) -> int:
    try:
        match intent:
            case PlanDispatch():
                plan_dispatch(app, picture, intent, now)
            case Compile():
                compile_version(app, picture, intent.about, now)
            case AskPortal():
                ask_portal(app, picture, now)
            case OpenRound():
                app.ledger.append(later_round(app, picture, intent, now), recorded_at=now)
            case _:
                app.ledger.append(plain_events(intent, now), recorded_at=now)
    except DuplicateEvent as duplicate:
        log.info("already_done", intent=type(intent).__name__, key=duplicate.source_key)
        return 0
    log.info("intent_done", intent=type(intent).__name__, office=intent.about.office)
    return 1


def plain_events(
    intent: CancelDispatch | AskPerson | PassDeadline | ReadyRound | FinishForwarding,
    now: datetime,
) -> Sequence[Event]:
    """Return the events of an intent that needs no more than being recorded."""
    about = intent.about
    key = f"{about.campaign}/{about.round}/{about.office}"
    match intent:
        case CancelDispatch():
            cancelled = DispatchCancelled(dispatch=intent.dispatch, about=about, reason=intent.why)
            return [_event("dispatch", f"{intent.dispatch} cancelled", cancelled, now)]
        case PassDeadline():
            passed = DeadlinePassed(about=about, due_at=intent.due_at)
            return [_event("deadline", f"{key} {intent.due_at.isoformat()}", passed, now)]
        case ReadyRound():
            ready = RoundReadied(about=about, settled=intent.settled)
            return [_event("round", f"{key} ready", ready, now)]
        case FinishForwarding():
            done = CompilationForwarded(about=about, version=intent.version)
            return [_event("forward", f"{key} {intent.version}", done, now)]
        case AskPerson():
            return [open_review(intent.kind, key, about, intent.why, now)]
        case _:
            assert_never(intent)


def _event(source: str, key: str, fact: Fact, now: datetime) -> Event:
    return Event(source=source, source_key=key, occurred_at=now, fact=fact)
