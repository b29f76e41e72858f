"""Noticing that the ledger is an older one than that which Dondoc worked with before.

A ledger file that was copied, a dump of a database, a machine that was set back: the ledger then
does not know what left since, and would send it once more. Whatever shows it is recorded as
``StoreRestored``, which makes the daemon careful (``restored``), and a person is told.
"""

from datetime import UTC, datetime

import structlog

from domain.errors import StoreFailed
from domain.facts import About, Event, Recorded, StoreRestored
from domain.ids import Digest
from domain.kinds import RestorationCause, ReviewKind
from domain.ports import MarkBeside
from domain.store_mark import StoreMark, lacks, mark_of
from dondoc.app import App
from dondoc.services.restored import restored_lately
from dondoc.services.reviews import open_review

log = structlog.get_logger(__name__)

_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a ledger without any event lacks everything."""

_DOES = (
    "mail is read again, and each letter is looked for before it is sent for the first time; a "
    "mail of which there is no trace is sent with the mark of a possible duplicate"
)
_GONE = (
    "what offices sent on the exchange since then is read again from the evidence; if that was put "
    "back too, ask the operator of the exchange to give it again"
)
_DO = (
    "if a newer ledger exists, stop the daemon and put that one in place; if not, decide again "
    "what was decided by hand since then, and use noted"
)


def check_mark(app: App, now: datetime) -> None:
    """Record that the ledger was put back, if it lacks what the mark beside it names."""
    if app.mark is None:
        return
    # Before the ledger is asked: others may write both meanwhile.
    mark = app.mark.read()
    newest = app.ledger.newest()
    if app.noticing.found is None:
        app.noticing.found = newest
    if mark is not None and lacks(mark, _first(app), _at(app, mark.sequence)):
        _record_lack(app, app.mark, mark, newest, now)


def _record_lack(
    app: App, beside: MarkBeside, mark: StoreMark, newest: Recorded | None, now: datetime
) -> None:
    key = f"{mark.sequence} {mark.newest[:16]}"
    sequence = newest.sequence if newest else 0
    seen = f"the mark names event {mark.sequence}, and the ledger ends with {sequence} or differs"
    # A crash before the mark was written anew leaves the one that was noticed already.
    if app.ledger.find("store", _key(RestorationCause.MARK, key)) is None:
        app.ledger.append(
            put_back_events(app, RestorationCause.MARK, seen, now, key=key), recorded_at=now
        )
    _keep(app, beside)


def keep_mark(app: App) -> None:
    """Write how far the ledger has come beside it; a failure costs the noticing only."""
    if app.mark is not None:
        _keep(app, app.mark)


def _keep(app: App, beside: MarkBeside) -> None:
    first, newest = _first(app), app.ledger.newest()
    if first is None or newest is None:
        return
    mark = mark_of(first, newest)
    if mark == app.noticing.written:
        return
    try:
        beside.write(mark)
    except StoreFailed as error:
        log.warning("store_mark_not_written", error=str(error))
        return
    app.noticing.written = mark


def put_back_events(
    app: App,
    cause: RestorationCause,
    seen: str,
    now: datetime,
    *,
    key: str = "",
    evidence: Digest | None = None,
) -> list[Event]:
    """Return that the ledger is an older one, and the review that tells a person.

    ``seen`` says what showed it, ``key`` what keeps it from being recorded twice; else the instant.
    """
    found = app.noticing.found or app.ledger.newest()
    made_at = found.recorded_at if found else _NOTHING
    app.noticing.anew = True
    log.warning("store_put_back", cause=cause.value, lost_since=made_at.isoformat())
    fact = StoreRestored(made_at=made_at, cause=cause, seen=seen)
    event = Event(
        source="store",
        source_key=_key(cause, key or now.astimezone(UTC).isoformat()),
        occurred_at=now,
        fact=fact,
        evidence=evidence,
    )
    reason = (
        f"an older ledger was put back ({seen}); what happened since "
        f"{made_at:%Y-%m-%d %H:%M} UTC is not in it: {_DOES}; {_GONE}; {_DO}"
    )
    review = open_review(
        ReviewKind.STORE_PUT_BACK, event.source_key, About(), reason, now, evidence=evidence
    )
    return [event, review]


def to_take_anew(app: App, now: datetime) -> bool:
    """Tell, once after it was noticed, whether what the ledger lacks is to be taken in anew.

    So it is at the start of a process for a while: the one before may not have come to it.
    """
    anew = app.noticing.anew
    app.noticing.anew = False
    return restored_lately(app, now) if anew is None else anew


def _key(cause: RestorationCause, key: str) -> str:
    return f"put back, {cause} {key}"


def _first(app: App) -> Recorded | None:
    if app.noticing.first is None:
        app.noticing.first = next(app.ledger.events(), None)
    return app.noticing.first


def _at(app: App, sequence: int) -> Recorded | None:
    found = next(app.ledger.events(after=sequence - 1), None)
    return found if found is not None and found.sequence == sequence else None
