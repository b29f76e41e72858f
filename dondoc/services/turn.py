"""One turn of the daemon: take in, read, decide, do; harmless when it runs twice or late."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TypeAlias, assert_never

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
from domain.ids import DispatchId
from domain.intents import (
    AddRecipient,
    AskPerson,
    AskPortal,
    CancelDispatch,
    CloseReview,
    Compile,
    FinishForwarding,
    HoldLetters,
    Intent,
    OpenRound,
    PassDeadline,
    PassDuty,
    PlanDispatch,
    Probe,
    ReadyRound,
    RemoveRecipient,
    RestoreRecipient,
    SendAnswer,
    Transmit,
)
from dondoc.app import App
from dondoc.services.agencies import take_agencies
from dondoc.services.answering import answers_due, send_answers
from dondoc.services.collect import collect
from dondoc.services.collect_mail import collect_mail, never
from dondoc.services.compiling import compile_version, restore_output
from dondoc.services.filing import file_read
from dondoc.services.following import follow
from dondoc.services.guarding import guarded, guarded_intent
from dondoc.services.handing_over import Resting, hand_over_all
from dondoc.services.held_letters import without_held
from dondoc.services.letters import plan_dispatch
from dondoc.services.membership import change_membership
from dondoc.services.picture import pictures
from dondoc.services.portal import ask_portal
from dondoc.services.put_back import check_mark, keep_mark, to_take_anew
from dondoc.services.put_back_evidence import take_from_evidence
from dondoc.services.put_back_signs import look_in_doors
from dondoc.services.reading import read_arrived, reading_ahead
from dondoc.services.restored import note_reconciled
from dondoc.services.reviews import closed_review, open_review
from dondoc.services.rounds import later_round
from dondoc.services.transmit import recover
from schedulers.due import due
from schedulers.picture import Picture

log = structlog.get_logger(__name__)

_PASSES = 8
"""Intents lead to intents: a plan is sent, a ready round compiled. More would be a loop of ours."""


_Take: TypeAlias = Callable[[Callable[[], object]], int]
_HandOver: TypeAlias = Callable[[Sequence[Transmit | Probe], Mapping[DispatchId, Channel]], int]
HandOver: TypeAlias = Callable[
    [Sequence[Transmit | Probe], Mapping[DispatchId, Channel], datetime], int
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one turn did: raw input taken, raw input read, intents carried out."""

    taken: int
    read: int
    done: int


def turn(
    app: App,
    now: datetime,
    *,
    clock: Callable[[], datetime] | None = None,
    pause: Callable[[], bool] = never,
    hand_over: HandOver | None = None,
) -> Turn:
    """Run one turn at ``now``. ``pause`` is asked between intents and parts of a mailbox: true
    ends the turn early.

    ``clock`` tells the present instant to what a long turn must not decide once for all: the rate
    and the quiet hours of mail. Without it the turn takes no time. ``hand_over`` hands over what
    is due; without it this process does all of that itself.
    """
    taken, read = take_in(app, now, pause=pause)
    file_read(app, now)
    unheard = follow(app, now)
    answer = partial(send_answers, app, now, pause)
    done = guarded(app, "answering on the exchange", About(), now, answer) or 0
    resting = Resting()

    def handing(given: Sequence[Transmit | Probe], by: Mapping[DispatchId, Channel]) -> int:
        given = without_held(app, given, now)
        if hand_over is not None:
            return hand_over(given, by, now)
        return hand_over_all(app, given, by, resting, now, clock or (lambda: now), pause)

    for _ in range(_PASSES):
        known = (replace(p, unheard=p.campaign.id in unheard) for p in pictures(app))
        worked = sum(_perform_all(app, p, handing, now, pause) for p in known)
        done += worked
        if not worked or pause():
            break
    guarded(app, "placing the results", About(), now, lambda: restore_output(app, now))
    keep_mark(app)
    return Turn(taken=taken, read=read, done=done)


def mail_turn(app: App, now: datetime, *, pause: Callable[[], bool] = never) -> Turn:
    """Take in and read mail at once, between two turns; what follows from it is done by the next.

    Nothing else is asked: a busy mailbox would have the exchange asked with every message.
    ``pause`` is asked as by ``turn``.
    """
    taken, read = _take_in(
        app, now, pause, lambda between: collect_mail(app, now, between=between, pause=pause)
    )
    file_read(app, now)
    return Turn(taken=taken, read=read, done=0)


def take_in(app: App, now: datetime, *, pause: Callable[[], bool] = never) -> tuple[int, int]:
    """Take in and read from every door; return how much was taken in, and how much read.

    So nothing leaves by a ledger that is an older one before that was noticed. Where something
    shows it, all is taken in once more: what was filed in the time that it lacks is read too,
    before anything is decided. ``pause`` is asked as by ``turn``.
    """
    check_mark(app, now)
    recover(app, now)
    # Another daemon may have let somebody take part since.
    app.taking_part.clear()
    take_agencies(app, now)

    def take(between: Callable[[], object]) -> int:
        return collect(app, now, between=between, pause=pause)

    taken, read = _take_in(app, now, pause, take)
    look_in_doors(app, now)
    if to_take_anew(app, now):
        # What the exchange still lists was taken in above: that is settled and answered as usual.
        take_from_evidence(app, now)
        more, further = _take_in(app, now, pause, take)
        taken, read = taken + more, read + further
    if not pause():
        note_reconciled(app, now)
    keep_mark(app)
    return taken, read


def _take_in(app: App, now: datetime, pause: Callable[[], bool], take: _Take) -> tuple[int, int]:
    """Take in and read what is new; return how much was taken in, and how much read."""
    read: list[int] = []

    def reading() -> None:
        read.append(read_arrived(app, now, pause=pause))

    with reading_ahead(app):
        taken = take(reading)
        reading()
    return taken, sum(read)


def intents(app: App, now: datetime) -> list[Intent | SendAnswer]:
    """Return what a turn would do now, for every campaign; nothing is done."""
    found = [intent for picture in pictures(app) for intent in due(picture, app.calendar, now)]
    return [*answers_due(app, now), *found]


def _perform_all(
    app: App, picture: Picture, hand_over: _HandOver, now: datetime, pause: Callable[[], bool]
) -> int:
    campaign = About(campaign=picture.campaign.id)
    found = guarded(app, "what is due", campaign, now, lambda: due(picture, app.calendar, now))
    channels = {d.dispatch: d.channel for d in picture.dispatches}
    done = 0
    for sent, group in groupby(found or (), lambda intent: isinstance(intent, Transmit | Probe)):
        if sent:
            handed = [intent for intent in group if isinstance(intent, Transmit | Probe)]
            done += hand_over(handed, channels)
            continue
        for intent in group:
            if pause():
                break
            done += _carried_out(app, picture, intent, now)
    return done


def _carried_out(app: App, picture: Picture, intent: Intent, now: datetime) -> int:
    if isinstance(intent, HoldLetters | Transmit | Probe):
        return 0
    return guarded_intent(app, intent, now, lambda: _perform(app, picture, intent, now)) or 0


_Quiet = (
    OpenRound
    | AddRecipient
    | RemoveRecipient
    | RestoreRecipient
    | PassDuty
    | CloseReview
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
            case AddRecipient() | RemoveRecipient() | RestoreRecipient() | PassDuty():
                change_membership(app, picture, intent, now)
            case _:
                app.ledger.append(plain_events(intent, now), recorded_at=now)
    except DuplicateEvent as duplicate:
        log.info("already_done", intent=type(intent).__name__, key=duplicate.source_key)
        return 0
    log.info("intent_done", intent=type(intent).__name__, office=intent.about.office)
    return 1


def plain_events(
    intent: CancelDispatch | AskPerson | CloseReview | PassDeadline | ReadyRound | FinishForwarding,
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
            cause = f"{key} {intent.of}".strip()
            return [
                open_review(
                    intent.kind, cause, about, intent.why, now, candidates=intent.candidates
                )
            ]
        case CloseReview():
            return [closed_review(intent.review, about, intent.why, now)]
        case _:
            assert_never(intent)


def _event(source: str, key: str, fact: Fact, now: datetime) -> Event:
    return Event(source=source, source_key=key, occurred_at=now, fact=fact)
