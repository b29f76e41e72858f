"""Requests to give back what was sent: numbered, and recorded once the request itself has left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.campaign import Channel
from domain.exchange import ExchangeStatus
from domain.facts import DispatchAccepted, Event, ReceiptRecorded
from domain.ids import DispatchId
from domain.kinds import LETTERS, DispatchKind
from domain.machine import DISPATCH
from domain.state import DispatchState
from domain.status import DispatchEvent, DispatchStatus
from dondoc.app import App

RECALLS = frozenset(
    {DispatchEvent.RECALL_ASKED, DispatchEvent.RECALL_AGREED, DispatchEvent.RECALL_REFUSED}
)

_PROVES_NOTHING = frozenset({DispatchEvent.BOUNCED, DispatchEvent.REJECTED})


def request_number(
    app: App, dispatch: DispatchState, event: DispatchEvent, stated_at: datetime | None
) -> int:
    """Return to which request to take the document back a status belongs, 0 before the first.

    A request after an answer is a new one; the same request delivered late is not, which its own
    time shows.
    """
    request, answered = 0, True
    for recorded in app.ledger.events(campaign=dispatch.campaign, office=dispatch.office):
        fact = recorded.event.fact
        if not isinstance(fact, ReceiptRecorded) or fact.dispatch != dispatch.dispatch:
            continue
        if fact.receipt not in RECALLS:
            continue
        asked = fact.receipt is DispatchEvent.RECALL_ASKED
        request += asked and answered
        answered = not asked
        if fact.receipt is event and stated_at is not None and fact.stated_at == stated_at:
            return request
    return request + (event is DispatchEvent.RECALL_ASKED and answered)


def request_for(app: App, letter: DispatchState) -> DispatchState | None:
    """Return the newest request of ours to give a letter back, None where Dondoc sent none."""
    found = requests_for(app, letter)
    return found[-1] if found else None


def requests_for(app: App, letter: DispatchState) -> list[DispatchState]:
    """Return the requests of ours to give a letter back, oldest first."""
    siblings = app.ledger.dispatches_of(letter.campaign, letter.round, letter.office)
    return [d for d in siblings if d.recalls is not None and d.recalls == letter.dispatch]


def asked_back(app: App, events: Iterable[Event], now: datetime) -> list[Event]:
    """Return what follows from events that prove that a request left: its letter is asked back.

    To be recorded with them. A letter that came back meanwhile is not asked for; one whose request
    still waits for its answer is asked for already. What merely follows never stands against what
    it follows from: a request that left is recorded, whatever was recorded of its letter.
    """
    found: list[Event] = []
    seen: set[DispatchId] = set()
    for event in events:
        fact = event.fact
        if not isinstance(fact, DispatchAccepted | ReceiptRecorded) or fact.dispatch in seen:
            continue
        if isinstance(fact, ReceiptRecorded) and fact.receipt in _PROVES_NOTHING:
            continue
        request = app.ledger.get(DispatchState, (fact.dispatch,))
        if request is None or request.kind is not DispatchKind.RECALL or request.accepted_at:
            continue
        seen.add(fact.dispatch)
        found += [_asked(app, request, letter, now) for letter in _not_asked(app, request)]
    return [event for event in found if app.ledger.find(event.source, event.source_key) is None]


def _not_asked(app: App, request: DispatchState) -> list[DispatchState]:
    letters = _letters(app, request)
    return [d for d in letters if d.status is not DispatchStatus.RECALL_ASKED]


def given_back(
    app: App, request: DispatchState, stated_at: datetime | None
) -> list[tuple[DispatchState, ReceiptRecorded]]:
    """Return that an office confirmed by mail what a request asked, for each letter that waits."""
    return [
        (
            letter,
            ReceiptRecorded(
                dispatch=letter.dispatch,
                about=letter.about,
                receipt=DispatchEvent.RECALL_AGREED,
                detail="the office confirmed it by mail",
                stated_at=stated_at,
            ),
        )
        for letter in _letters(app, request)
        if letter.status is DispatchStatus.RECALL_ASKED
    ]


def _letters(app: App, request: DispatchState) -> Sequence[DispatchState]:
    """Return what a request asks for: one document, or every letter at one mail address."""
    siblings = app.ledger.dispatches_of(request.campaign, request.round, request.office)
    return [
        d
        for d in siblings
        if (d.dispatch == request.recalls or _at_address(d, request))
        and DispatchEvent.RECALL_ASKED in DISPATCH[d.status]
    ]


def _at_address(letter: DispatchState, request: DispatchState) -> bool:
    by_mail = letter.channel is Channel.EMAIL and request.channel is Channel.EMAIL
    return by_mail and letter.kind in LETTERS and letter.target == request.target


def _asked(app: App, request: DispatchState, letter: DispatchState, now: datetime) -> Event:
    """Return the request under the key that its own copy would have, were it to come to us."""
    stated_at = request.planned_at.replace(microsecond=0)
    number = request_number(app, letter, DispatchEvent.RECALL_ASKED, stated_at)
    code = ExchangeStatus.RECALL_ASKED
    fact = ReceiptRecorded(
        dispatch=letter.dispatch,
        about=letter.about,
        receipt=DispatchEvent.RECALL_ASKED,
        detail=f"asked for by {request.dispatch}",
        stated_at=stated_at,
    )
    return Event(
        source="exchange-status" if letter.channel is Channel.EXCHANGE else "mail-recall",
        source_key=f"{letter.dispatch} {code} recall {number}",
        occurred_at=now,
        fact=fact,
        evidence=request.content,
    )
