"""Hand dispatches to their servers: intent, attempt and outcome are each committed in turn.

A crash leaves a dispatch in status sending; ``recover`` turns that into uncertain at the next
turn, and ``probe`` looks for evidence before anything is sent again. A mail that may have arrived
is repeated once, marked; one that certainly was not sent goes out as it is. On the exchange the
repeat is harmless and goes on for as long as a letter is put off. What is still uncertain then
stays so, and a person is asked.
"""

from dataclasses import replace
from datetime import datetime
from enum import Enum

import structlog

from domain.campaign import Channel
from domain.content import Content
from domain.errors import (
    ConfigError,
    DeliveryUnknown,
    DuplicateEvent,
    EvidenceMissing,
    InvariantViolation,
    PeerRefused,
    PeerUnavailable,
)
from domain.facts import (
    DispatchAccepted,
    DispatchAttempted,
    DispatchDeferred,
    DispatchLost,
    DispatchRefused,
    Event,
    Fact,
)
from domain.ids import Digest
from domain.kinds import DispatchKind, ReviewKind
from domain.mail import Trace
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.letters import written_again
from dondoc.services.recall_requests import asked_back
from dondoc.services.reviews import open_review
from dondoc.services.sent_trace import no_trace, sent_trace
from dondoc.services.to_server import hand_to_server

log = structlog.get_logger(__name__)

_NEEDLESS = "nothing proves it, and it is needless by now: it is not repeated"
_STOPPED = "nothing proves it, and by the rules that hold now it is not repeated"
_PERHAPS_REPEATED = (
    "nothing proves it, and it may have been repeated in the time that the ledger lacks: it is not "
    "repeated once more"
)

OUR_FAULT = frozenset({"15", "19"})
"""Exchange codes that blame our own account: the letter waits until that is mended."""


class DoorSign(Enum):
    """What an attempt or a probe showed of the door that it used."""

    ANSWERED = "answered"
    FAILED = "failed"
    NOTHING = "nothing"


def recover(app: App, now: datetime) -> int:
    """Mark each sending as uncertain that was cut off, and return how many there were.

    One that a daemon which is alive has in hand goes on.
    """
    sending = app.ledger.select(DispatchState, status=DispatchStatus.SENDING)
    interrupted = [one for one in sending if not _goes_on(app, one)]
    for dispatch in interrupted:
        why = "Dondoc ended while it was sending"
        fact = _lost(app, dispatch, dispatch.attempts, why, now)
        _record(app, dispatch, f"interrupted {dispatch.attempts}", fact, now)
        log.warning("sending_interrupted", dispatch=dispatch.dispatch)
    return len(interrupted)


def _goes_on(app: App, dispatch: DispatchState) -> bool:
    """Tell whether a sending is in somebody's hands, or has ended since it was looked at."""
    if dispatch.dispatch in app.in_hand:
        return True
    attempt = app.ledger.find("dispatch", f"{dispatch.dispatch} attempt {dispatch.attempts}")
    fact = attempt.event.fact if attempt else None
    worker = fact.worker if isinstance(fact, DispatchAttempted) else ""
    if worker != app.workers.own and worker in app.workers.alive():
        return True
    # Its outcome may have been recorded between the two looks.
    after = app.ledger.get(DispatchState, (dispatch.dispatch,))
    return after is None or after.status is not DispatchStatus.SENDING


def transmit(app: App, dispatch: DispatchState, now: datetime) -> DoorSign:
    """Send one planned or put-off dispatch and record the outcome."""
    attempt = dispatch.attempts + 1
    attempted = DispatchAttempted(
        dispatch=dispatch.dispatch, about=dispatch.about, attempt=attempt, marked=dispatch.marked
    )
    return _attempt(app, dispatch, attempted, dispatch.content, now)


def _attempt(
    app: App, dispatch: DispatchState, attempted: DispatchAttempted, digest: Digest, now: datetime
) -> DoorSign:
    """Commit an attempt, send the octets of ``digest``, and record what the server said."""
    # Read first: a disk that fails after the commit would make the outcome look unknown.
    content = _content(app, dispatch, digest)
    attempt = attempted.attempt
    mine = object()
    if app.in_hand.setdefault(dispatch.dispatch, mine) is not mine:
        return DoorSign.NOTHING
    try:
        # Two that would make the same attempt cannot both record it: the other one does not send.
        attempted = replace(attempted, worker=app.workers.own)
        _record(app, dispatch, f"attempt {attempt}", attempted, now)
        if digest != dispatch.content:
            dispatch = replace(dispatch, content=digest)
        if isinstance(content, EvidenceMissing):
            fact: Fact = _refused(app, dispatch, _to_restore(content))
            sign = DoorSign.NOTHING
        else:
            fact, sign = _outcome(app, dispatch, content, attempt, now)
        _record_outcome(app, dispatch, attempt, fact, now)
    finally:
        del app.in_hand[dispatch.dispatch]
    log.info("dispatch_outcome", dispatch=dispatch.dispatch, outcome=type(fact).__name__)
    return sign


def _record_outcome(
    app: App, dispatch: DispatchState, attempt: int, fact: Fact, now: datetime
) -> None:
    """Record what became of an attempt, whatever else is recorded in this moment.

    What merely follows from it may be recorded by somebody else between the look for it and the
    append. No collision leaves here as one: whoever caught it would believe that nothing was sent.
    """
    key = f"outcome {attempt}"
    try:
        _record(app, dispatch, key, fact, now)
    except DuplicateEvent:
        try:
            _record(app, dispatch, key, fact, now)
        except DuplicateEvent as again:
            raise InvariantViolation(f"{dispatch.dispatch}: {again}, twice") from again


def _content(app: App, dispatch: DispatchState, digest: Digest) -> Content | EvidenceMissing:
    try:
        content = app.evidence.content(digest)
        content.open().close()  # opening verifies it
        return content
    except EvidenceMissing as error:
        log.error("dispatch_content_missing", dispatch=dispatch.dispatch, digest=error.digest)
        return error


def _outcome(
    app: App, dispatch: DispatchState, content: Content, attempt: int, now: datetime
) -> tuple[Fact, DoorSign]:
    try:
        return hand_to_server(app, dispatch, content), DoorSign.ANSWERED
    except (PeerUnavailable, ConfigError) as error:
        # A secret that cannot be read is found out only now; nothing has left.
        return _deferred(app, dispatch, attempt, str(error), now), DoorSign.FAILED
    except DeliveryUnknown as error:
        return _lost(app, dispatch, attempt, str(error), now), DoorSign.FAILED
    except PeerRefused as error:
        if dispatch.channel is Channel.EXCHANGE and error.code in OUR_FAULT:
            log.error("exchange_account_refused", code=error.code)
            return _deferred(app, dispatch, attempt, str(error), now), DoorSign.FAILED
        return _refused(app, dispatch, str(error)), DoorSign.ANSWERED


def _deferred(app: App, dispatch: DispatchState, attempt: int, reason: str, now: datetime) -> Fact:
    """Put a letter off; after days of that it is refused instead, so that a person learns of it."""
    if _patience_ended(app, dispatch, now):
        return _refused(app, dispatch, f"given up after {app.patience.give_up.days} days: {reason}")
    return DispatchDeferred(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        reason=reason,
        retry_at=now + app.patience.after(attempt),
    )


def _patience_ended(app: App, dispatch: DispatchState, now: datetime) -> bool:
    # Only time spent trying counts: after a stop or a wait, one short outage ends nothing.
    return now - dispatch.tried_without_stop(now) > app.patience.give_up


def _lost(
    app: App, dispatch: DispatchState, attempt: int, reason: str, now: datetime
) -> DispatchLost:
    """Leave the outcome open until evidence is looked for; repeats on the exchange end in time."""
    repeated = dispatch.channel is Channel.EXCHANGE and attempt > 1
    if repeated and _patience_ended(app, dispatch, now):
        return _left_open(dispatch, f"given up after {app.patience.give_up.days} days: {reason}")
    return DispatchLost(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        reason=reason,
        probe_at=now + app.patience.probe,
    )


def _left_open(dispatch: DispatchState, reason: str) -> DispatchLost:
    """Leave the outcome open for good: a person decides."""
    return DispatchLost(
        dispatch=dispatch.dispatch, about=dispatch.about, reason=reason, probe_at=None
    )


def _refused(app: App, dispatch: DispatchState, reason: str) -> DispatchRefused | DispatchLost:
    """Refuse for good, unless an earlier attempt may have arrived: then its outcome stays open."""
    if _times_lost(app, dispatch):
        return _left_open(dispatch, f"an earlier attempt was cut off, a later one failed: {reason}")
    return DispatchRefused(dispatch=dispatch.dispatch, about=dispatch.about, reason=reason)


def _to_restore(error: EvidenceMissing) -> str:
    return f"{error}; restore the evidence from a backup, then resend"


def probe(
    app: App,
    dispatch: DispatchState,
    now: datetime,
    *,
    repeat: bool = True,
    tell: bool = False,
    may_be_repeated: bool = False,
) -> DoorSign:
    """Look for evidence of an uncertain sending; without any, send a mail once more, marked.

    The exchange answers a repeated document with the first one's docId, so there the repeat itself
    is the probe and needs no mark. Without ``repeat`` nothing is sent: what is needless by now
    stays uncertain, and a person is asked only with ``tell``. A mail that ``may_be_repeated``
    already, in a time that the ledger lacks, is left to a person.
    """
    attempt = dispatch.attempts + 1
    by_mail = dispatch.channel is Channel.EMAIL
    if by_mail and app.mail is not None:
        try:
            shown = sent_trace(app, app.mail, dispatch)
        except (PeerUnavailable, PeerRefused) as error:
            _postpone(app, dispatch, str(error), now, tell=repeat)
            return DoorSign.FAILED
        if shown.trace is Trace.SENT:
            proved = DispatchAccepted(
                dispatch=dispatch.dispatch, about=dispatch.about, answer=shown.proof, probed=True
            )
            _record(app, dispatch, f"probed {attempt}", proved, now)
            return DoorSign.ANSWERED
        if shown.trace is Trace.NOT_SENT and repeat:
            return _send_unsent(app, dispatch, attempt, now)
    if not repeat:
        _leave_open(app, dispatch, _STOPPED if tell else _NEEDLESS, now, tell=tell)
        return DoorSign.NOTHING
    if dispatch.marked:
        _leave_open(app, dispatch, no_trace(app.mail), now)
        return DoorSign.NOTHING
    if by_mail and may_be_repeated:
        _leave_open(app, dispatch, _PERHAPS_REPEATED, now)
        return DoorSign.NOTHING
    return send_again(app, dispatch, attempt, now)


def _send_unsent(app: App, dispatch: DispatchState, attempt: int, now: datetime) -> DoorSign:
    """Send what certainly was not sent: as it is, since no second one can come of it."""
    if _patience_ended(app, dispatch, now):
        why = f"given up after {app.patience.give_up.days} days: its draft was never sent"
        _leave_open(app, dispatch, why, now)
        return DoorSign.NOTHING
    attempted = DispatchAttempted(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        attempt=attempt,
        marked=dispatch.marked,
        content=dispatch.content,
    )
    return _attempt(app, dispatch, attempted, dispatch.content, now)


def _postpone(app: App, dispatch: DispatchState, reason: str, now: datetime, *, tell: bool) -> None:
    """Evidence cannot be looked for now; nothing is sent before it could be."""
    if _patience_ended(app, dispatch, now):
        why = f"the mailbox could not be searched: {reason}"
        _leave_open(app, dispatch, why, now, tell=tell)
        return
    fact = _lost(app, dispatch, dispatch.attempts, reason, now)
    _record(app, dispatch, f"postponed {_times_lost(app, dispatch)}", fact, now)


def _leave_open(
    app: App, dispatch: DispatchState, reason: str, now: datetime, *, tell: bool = True
) -> None:
    # What the server said, or did not say, is what a person starts from.
    fact = _left_open(dispatch, f"{reason}; {dispatch.detail}")
    _record(app, dispatch, "left open", fact, now, tell=tell)


def _times_lost(app: App, dispatch: DispatchState) -> int:
    recorded = app.ledger.events(campaign=dispatch.campaign, office=dispatch.office)
    facts = (one.event.fact for one in recorded)
    return sum(isinstance(f, DispatchLost) and f.dispatch == dispatch.dispatch for f in facts)


def send_again(app: App, dispatch: DispatchState, attempt: int, now: datetime) -> DoorSign:
    """Send what may have arrived already: a mail with the mark of a possible duplicate."""
    marked = dispatch.channel is Channel.EMAIL
    try:
        content = written_again(app, dispatch) if marked else dispatch.content
    except EvidenceMissing as error:
        log.error("dispatch_content_missing", dispatch=dispatch.dispatch, digest=error.digest)
        _not_written_again(app, dispatch, attempt, error, now)
        return DoorSign.NOTHING
    attempted = DispatchAttempted(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        attempt=attempt,
        marked=marked,
        content=content,
    )
    return _attempt(app, dispatch, attempted, content, now)


def leave_to_person(app: App, dispatch: DispatchState, reason: str, now: datetime) -> None:
    """Have a person decide about a letter that may have left unseen; nothing is sent."""
    _record(app, dispatch, "left open", _left_open(dispatch, reason), now)


def _not_written_again(
    app: App, dispatch: DispatchState, attempt: int, error: EvidenceMissing, now: datetime
) -> None:
    """Leave a letter open that may have left; refuse one that the ledger never saw leave."""
    if dispatch.status is DispatchStatus.UNCERTAIN:
        _leave_open(app, dispatch, _to_restore(error), now)
        return
    attempted = DispatchAttempted(
        dispatch=dispatch.dispatch, about=dispatch.about, attempt=attempt, marked=dispatch.marked
    )
    _record(app, dispatch, f"attempt {attempt}", attempted, now)
    refused = _refused(app, dispatch, _to_restore(error))
    _record(app, dispatch, f"outcome {attempt}", refused, now)


def _record(
    app: App, dispatch: DispatchState, key: str, fact: Fact, now: datetime, *, tell: bool = True
) -> None:
    event = Event(
        source="dispatch",
        source_key=f"{dispatch.dispatch} {key}",
        occurred_at=now,
        fact=fact,
        evidence=dispatch.content,
    )
    told = _told(app, dispatch, fact, now) if tell else []
    asked = asked_back(app, [event], now) if dispatch.kind is DispatchKind.RECALL else []
    app.ledger.append([event, *told, *asked], recorded_at=now)


def _told(app: App, dispatch: DispatchState, fact: Fact, now: datetime) -> list[Event]:
    """Return the review that tells a person, where nothing more is done without one.

    Told once: an outcome that has left must never be lost for a review that stands already.
    """
    match fact:
        case DispatchRefused(reason=reason):
            kind, cause, words = ReviewKind.UNDELIVERABLE, "refused", reason
        case DispatchLost(probe_at=None, reason=reason):
            kind, cause = ReviewKind.UNCERTAIN, "uncertain"
            words = f"it may or may not have arrived; {reason}"
        case _:
            return []
    review = open_review(
        kind,
        f"{cause} {dispatch.dispatch}",
        dispatch.about,
        f"{dispatch.kind} to {dispatch.office} by {dispatch.channel}: {words}",
        now,
        dispatch=dispatch.dispatch,
        evidence=dispatch.content,
    )
    return [] if app.ledger.find(review.source, review.source_key) else [review]
