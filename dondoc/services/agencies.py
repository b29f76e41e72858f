"""Take the exchange's table of units, at most once a day; the one in force stays until then.

A table that cannot be had changes nothing. One that shrank far stops and asks: a reform of the
administration and a fault of the exchange look alike.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, runtime_checkable

import structlog

from domain.errors import (
    ConfigError,
    DuplicateEvent,
    ListNotWhole,
    NotAllowed,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import Agency
from domain.facts import About, AgenciesConfirmed, AgenciesTaken, Event
from domain.ids import Digest, digest_of
from domain.kinds import ReviewKind
from domain.organs import far_smaller
from domain.state import AgenciesState, ReviewState
from dondoc.app import App, ExchangeDoor
from dondoc.services.organs import load_table, table_door, table_in_force
from dondoc.services.reviews import guarded, open_review, tell_failed
from mappings.agencies import read_agencies, write_agencies

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""After an exchange that did not answer; it is away for other calls too."""

_TIMES_NOT_WHOLE = 3

_FLAWED = (
    "the other units are compared by, and these are not; ask the operator of the exchange to "
    "correct them"
)

_NOT_NOW = (PeerUnavailable, PeerRefused, ConfigError)


@runtime_checkable
class BothForms(Protocol):
    """A door with a second list, of the identifiers of Quyết định 20/2020/QĐ-TTg."""

    def agencies_qd20(self) -> list[Agency]:
        """List units by their new identifiers with the old ones beside them."""


def take_agencies(app: App, now: datetime) -> None:
    """Ask for the table if a day has passed since it was confirmed, and hold the one in force."""
    load_table(app)
    door = table_door(app)
    if door is None or not _due(app, now):
        return
    app.organs.asked = now
    guarded(app, f"units of {door.name}", now, partial(_take, app, door, now))
    load_table(app)


@dataclass(slots=True, kw_only=True)
class Listing:
    """The units of a door, whether that is all of them, and the flaw of a list that is not whole.

    A flaw is a matter for a person; a list that did not come at all is asked for again.
    """

    rows: list[Agency] = field(default_factory=list)
    whole: bool = True
    flaw: ListNotWhole[Agency] | None = None

    def take(self, ask: Callable[[], Sequence[Agency]]) -> None:
        """Add what one list gives, its sound rows where it has a flaw."""
        try:
            self.rows += ask()
        except ListNotWhole as error:
            self.rows += error.rows
            self.whole, self.flaw = False, error


def listed(door: ExchangeDoor) -> Listing:
    """Return the units by every list that a door has.

    An exchange that refuses the second list has one only; one that does not answer to it may have
    it at another time. Raises what the door raises for the first list, but for a flaw.
    """
    found = Listing()
    found.take(door.exchange.agencies)
    if isinstance(door.exchange, BothForms):
        try:
            found.take(door.exchange.agencies_qd20)
        except (PeerRefused, PeerUnavailable) as error:
            log.warning("agencies_without_second_list", account=door.name, error=str(error))
            found.whole = found.whole and isinstance(error, PeerRefused)
    return found


def accepted(app: App, review: ReviewState, now: datetime) -> Event:
    """Return that the smaller table of a review is in force by a person's word.

    Raises ``NotAllowed`` when the exchange has given another one since, or none is configured.
    """
    door, before = table_door(app), table_in_force(app)
    if door is None or review.evidence is None:
        raise NotAllowed("no exchange with a table of units is configured; use noted")
    if before is not None and before.confirmed_at > review.opened_at:
        raise NotAllowed("the exchange has given a whole table again since then; use noted")
    return _taken(door, read_agencies(app.evidence.get(review.evidence)), review.evidence, now)


def _due(app: App, now: datetime) -> bool:
    organs, state = app.organs, table_in_force(app)
    if organs.asked is not None and _within(organs.asked, now, AGAIN):
        return False
    # A table whose bytes are gone or damaged is not held, and is taken again at once.
    held = state is not None and organs.digest == state.digest
    return state is None or not held or not _within(state.confirmed_at, now, EVERY)


def _within(earlier: datetime, now: datetime, span: timedelta) -> bool:
    """Tell whether an instant is less than ``span`` ago; one to come is no such, nor a reason."""
    return timedelta() <= now - earlier < span


def _take(app: App, door: ExchangeDoor, now: datetime) -> None:
    try:
        listing = listed(door)
    except _NOT_NOW as error:
        log.warning("agencies_unavailable", account=door.name, error=str(error))
        return
    _count_flaw(app, door, listing.flaw, now)
    content, before = write_agencies(listing.rows), table_in_force(app)
    if not listing.whole and (not listing.rows or _fewer(before, read_agencies(content))):
        return
    app.evidence.put(content)
    event = _found(app, door, content, now)
    if event is not None:
        # The same question is asked once, and a turn that runs twice records once.
        with suppress(DuplicateEvent):
            app.ledger.append([event], recorded_at=now)


def _count_flaw(
    app: App, door: ExchangeDoor, flaw: ListNotWhole[Agency] | None, now: datetime
) -> None:
    """Tell a person of a table with unusable rows once it had them several times in a row."""
    if flaw is None:
        app.organs.not_whole = 0
        return
    log.warning("agencies_not_whole", account=door.name, error=str(flaw))
    app.organs.not_whole += 1
    if app.organs.not_whole == _TIMES_NOT_WHOLE:
        reason = f"units of {door.name}: {flaw}; {_FLAWED}"
        tell_failed(app, f"units of {door.name} not whole", About(), reason, now)


def _found(app: App, door: ExchangeDoor, content: bytes, now: datetime) -> Event | None:
    rows, digest, before = read_agencies(content), digest_of(content), table_in_force(app)
    if before is None:
        return _taken(door, rows, digest, now)
    if before.digest == digest:
        return _event(door, AgenciesConfirmed(door=door.name), digest, now)
    lost = _lost(before, rows)
    if lost:
        return _question(app, door, before, lost, digest, now)
    return _taken(door, rows, digest, now)


def _fewer(before: AgenciesState | None, rows: Iterable[Agency]) -> bool:
    if before is None:
        return False
    units, pairs = _counts(rows)
    return units < before.units or pairs < before.pairs


def _lost(before: AgenciesState, rows: Iterable[Agency]) -> str:
    """Say how the table shrank, or nothing if it did not shrink far."""
    units, pairs = _counts(rows)
    if far_smaller(before.units, units):
        return f"{units} units instead of {before.units}"
    if far_smaller(before.pairs, pairs):
        return f"old identifiers of {pairs} units instead of {before.pairs}"
    return ""


def _counts(rows: Iterable[Agency]) -> tuple[int, int]:
    kept = tuple(rows)
    return len({row.code.upper() for row in kept}), sum(row.old_code is not None for row in kept)


def _taken(door: ExchangeDoor, rows: Iterable[Agency], digest: Digest, now: datetime) -> Event:
    units, pairs = _counts(rows)
    return _event(door, AgenciesTaken(door=door.name, units=units, pairs=pairs), digest, now)


def _event(
    door: ExchangeDoor, fact: AgenciesTaken | AgenciesConfirmed, digest: Digest, now: datetime
) -> Event:
    return Event(
        source="agencies",
        source_key=f"{door.name} {now.isoformat()}",
        occurred_at=now,
        fact=fact,
        evidence=digest,
    )


def _question(
    app: App,
    door: ExchangeDoor,
    before: AgenciesState,
    lost: str,
    digest: Digest,
    now: datetime,
) -> Event | None:
    """Return the review of a smaller table, once for each table that it would replace."""
    waits = any(r.kind is ReviewKind.AGENCIES for r in app.ledger.select(ReviewState, open=True))
    log.warning("agencies_shrank", account=door.name, digest=digest)
    if waits:
        return None
    reason = (
        f"{door.name} gives {lost}; the table of before stays in force. Ask the operator of the "
        "exchange, then accept the smaller one, or resolve this as noted"
    )
    cause = f"{door.name} {digest} after {before.digest} {before.taken_at.isoformat()}"
    return open_review(ReviewKind.AGENCIES, cause, About(), reason, now, evidence=digest)
