"""Read what was taken in; one message that cannot be read is set aside and the next is read."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import groupby

import structlog

from domain.errors import (
    Conflict,
    DondocError,
    DuplicateEvent,
    EvidenceMissing,
    MalformedDocument,
    PeerRefused,
    PeerUnavailable,
    StoreFailed,
)
from domain.facts import About, Event, RawQuarantined, RawRead, ReviewOpened
from domain.ids import Digest, OfficeId, RawId
from domain.kinds import RawChannel, ReviewKind
from domain.state import RawState
from domain.status import RawStatus
from dondoc.app import App
from dondoc.services.collect import settle
from dondoc.services.collect_mail import never
from dondoc.services.lasting import Lasting
from dondoc.services.live import live_rounds
from dondoc.services.organs import marked, noting
from dondoc.services.pointed import Pointed, pointed_at
from dondoc.services.prepared import Prepared, contents_of, prepare_some
from dondoc.services.quarantine import times_set_aside
from dondoc.services.read_document import document_identity, read_document
from dondoc.services.read_mail import mail_identity, read_mail
from dondoc.services.read_status import read_status, status_identity
from dondoc.services.reviews import review_id
from dondoc.services.unread import whose

log = structlog.get_logger(__name__)

Reader = Callable[[App, RawState, datetime], Sequence[Event]]

_READERS: dict[RawChannel, Reader] = {
    RawChannel.MAIL: read_mail,
    RawChannel.EXCHANGE_DOCUMENT: read_document,
    RawChannel.EXCHANGE_BUNDLE: read_document,
    RawChannel.EXCHANGE_STATUS: read_status,
}

_IDENTITIES: dict[RawChannel, Callable[[App, Digest], str]] = {
    RawChannel.MAIL: mail_identity,
    RawChannel.EXCHANGE_DOCUMENT: document_identity,
    RawChannel.EXCHANGE_BUNDLE: document_identity,
    RawChannel.EXCHANGE_STATUS: status_identity,
}
"""What all deliveries of the same input have in common, and no other input has."""


def read_arrived(app: App, now: datetime, *, pause: Callable[[], bool] = never) -> int:
    """Read everything that waits, record what follows from it, and return how much was read.

    ``pause`` is asked wherever what was read of much mail is recorded: true leaves the rest.
    """
    waiting = app.ledger.select(RawState, status=RawStatus.ARRIVED)
    ordered = sorted(waiting, key=lambda raw: raw.arrival)
    if app.ahead:
        app.ahead.offer((raw.digest, raw.size) for raw in ordered if raw.channel is RawChannel.MAIL)
    return _read_all(app, ordered, now, pause)


@contextmanager
def reading_ahead(app: App) -> Iterator[None]:
    """Have messages read beside this process, if that may be, until the block ends.

    What waits already was left by a turn that did not come to its end, perhaps because of it.
    """
    if app.ahead:
        waiting = app.ledger.select(RawState, status=RawStatus.ARRIVED)
        app.ahead.keep_apart(raw.digest for raw in waiting if raw.channel is RawChannel.MAIL)
    try:
        yield
    finally:
        if app.ahead:
            app.ahead.close()


def _read_all(
    app: App, ordered: Sequence[RawState], now: datetime, pause: Callable[[], bool]
) -> int:
    app = replace(app, lasting=Lasting())
    read = 0
    for channel, run in groupby(ordered, key=lambda raw: raw.channel):
        if channel is RawChannel.MAIL:
            read += _read_mails(app, run, now, pause)
            continue
        for raw in run:
            _read_one(app, raw, now)
            _settle(app, raw)
            read += 1
    return read


def _read_mails(
    app: App, raws: Iterable[RawState], now: datetime, pause: Callable[[], bool]
) -> int:
    """Read messages one by one and record what follows from all of them in a few commits.

    None of them opens or closes a round, so what they may belong to is asked for once. What a
    command does to the rounds meanwhile counts for what is read next.
    """
    app = replace(app, rounds=live_rounds(app))
    waiting = deque(raws)
    read = 0
    while waiting and not (read and pause()):
        some, prepared = prepare_some(app, waiting, now)
        with app.ledger.together() as ledger, app.evidence.together() as evidence:
            together = replace(app, ledger=ledger, evidence=evidence, prepared=prepared)
            together = replace(together, pointed=_pointed(together, prepared))
            # Asked for at once, for each of them is asked for when it is recorded.
            ledger.select_any(RawState, raw=[raw.raw for raw in some])
            for raw in some:
                _read_one(together, raw, now)
        read += len(some)
    return read


def _pointed(app: App, prepared: Mapping[RawId, Prepared | Exception]) -> Pointed:
    try:
        return pointed_at(app, contents_of(prepared))
    except (StoreFailed, Conflict):
        raise
    except Exception:
        # One message among them fails the question; asked for one by one, it fails alone.
        log.exception("pointers_not_asked")
        return {}


def _read_one(app: App, raw: RawState, now: datetime) -> None:
    try:
        with noting(app) as by_formula:
            events = _READERS[raw.channel](app, raw, now)
        _record(app, raw, marked(events, by_formula), now)
    except (StoreFailed, Conflict, PeerUnavailable, PeerRefused):
        raise
    except DondocError as error:
        _set_aside(app, raw, str(error), now)
    except Exception as error:
        # A bug of ours costs one message, not the daemon.
        log.exception("reading_failed", raw=raw.raw, digest=raw.digest)
        _set_aside(app, raw, f"Dondoc failed on it ({type(error).__name__}); see the log", now)


def _record(app: App, raw: RawState, events: Sequence[Event], now: datetime) -> None:
    try:
        app.ledger.append(events, recorded_at=now)
    except DuplicateEvent as duplicate:
        if _came_before(app, raw, duplicate):
            known = RawRead(raw=raw.raw, outcome="known already")
            app.ledger.append([event_of(raw, "known", known, now)], recorded_at=now)
            return
        reason = (
            "its place in the ledger is taken by something else, so nothing of it is recorded: "
            f"{duplicate.source} {duplicate.source_key}; compare the two and decide by hand"
        )
        _set_aside(app, raw, reason, now)


def _came_before(app: App, raw: RawState, duplicate: DuplicateEvent) -> bool:
    """Tell whether what stands under the key was proved by an earlier delivery of this input."""
    earlier = app.ledger.find(duplicate.source, duplicate.source_key)
    evidence = earlier.event.evidence if earlier else None
    if evidence is None or evidence == raw.digest:
        return evidence is not None
    identity = _IDENTITIES[raw.channel]
    try:
        return identity(app, evidence) == identity(app, raw.digest)
    except (MalformedDocument, EvidenceMissing):
        return False


def _set_aside(app: App, raw: RawState, reason: str, now: datetime) -> None:
    log.warning("input_quarantined", raw=raw.raw, digest=raw.digest)
    time = times_set_aside(app, raw.raw) + 1
    about, offices = _perhaps_from(app, raw)
    review = ReviewOpened(
        review=review_id("unreadable", raw.raw, str(time)),
        kind=ReviewKind.UNREADABLE,
        about=about,
        reason=reason,
        candidates=offices,
        raw=raw.raw,
    )
    quarantined = RawQuarantined(raw=raw.raw, reason=reason)
    app.ledger.append(
        [
            event_of(raw, f"quarantined {time}", quarantined, now),
            event_of(raw, f"review {time}", review, now),
        ],
        recorded_at=now,
    )


def _perhaps_from(app: App, raw: RawState) -> tuple[About, tuple[OfficeId, ...]]:
    """Return whose answer it may be, so that nobody who may have answered is chased."""
    try:
        return whose(app, raw)
    except (StoreFailed, Conflict):
        raise
    except Exception:
        # What failed on the message may fail on its header too; it is set aside all the same.
        log.exception("header_not_read", raw=raw.raw, digest=raw.digest)
        return About(), ()


def _settle(app: App, raw: RawState) -> None:
    door = None if raw.channel is RawChannel.MAIL else app.door(raw.account)
    after = app.ledger.get(RawState, raw.key) if door else None
    if door is not None and after is not None:
        settle(door, after)


def event_of(
    raw: RawState,
    key: str,
    fact: RawRead | RawQuarantined | ReviewOpened,
    now: datetime,
    evidence: Digest | None = None,
) -> Event:
    """Return an event about raw input, keyed within that input so that it is recorded once."""
    return Event(
        source="read",
        source_key=f"{raw.raw} {key}",
        occurred_at=now,
        fact=fact,
        evidence=evidence or raw.digest,
    )
