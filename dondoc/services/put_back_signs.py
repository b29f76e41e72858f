"""Signs in what comes in, and in what lies at our servers, that an older ledger was put back.

A mail that bears the token of a letter, or a status message that names its DocumentId, proves that
the letter left. Where the ledger never attempted to send it, or does not know it, the ledger is an
older one.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

import structlog

from domain.campaign import Channel
from domain.errors import MalformedDocument
from domain.facts import Event, ReceiptRecorded
from domain.ids import Digest
from domain.kinds import RestorationCause
from domain.ports import MailSearch
from domain.reading import Clue, MailContent
from domain.state import DispatchState
from dondoc.app import App, Inbox, place_of
from dondoc.services.arrived import NOT_NOW
from dondoc.services.live import clues_of
from dondoc.services.lost_letters import lost_letters, possible_letters, proving_tokens
from dondoc.services.packet_letter import document_id_of
from dondoc.services.put_back import put_back_events
from dondoc.services.restored import doubt_of, may_have_left, restored_lately
from dondoc.services.restored_letters import left_unseen
from dondoc.services.reviews import guarded
from dondoc.services.sent_documents import SentDocument, unknown_documents
from mappings.mail.take_apart import take_apart

log = structlog.get_logger(__name__)

_HEADERS = 200
"""Headers of filed and of sent mail that are looked at when the daemon starts: the latest, as those
are of the time that an older ledger lacks."""


def seen_in_mail(
    app: App,
    content: MailContent,
    clues: Sequence[Clue],
    lost: Sequence[Clue],
    evidence: Digest,
    now: datetime,
) -> list[Event]:
    """Return what a mail proves beyond itself: letters that left unseen, and an older ledger.

    ``clues`` are the dispatches that it points at, ``lost`` letters that are not in the ledger.
    """
    unseen = _never_attempted(app, content, clues)
    found = _noticed(app, RestorationCause.MAILBOX, unseen, lost, evidence, now)
    for dispatch in unseen:
        found += left_unseen(dispatch, "a mail that came names it", now, evidence=evidence)
    return found


def seen_in_receipts(
    app: App, events: Iterable[Event], evidence: Digest, now: datetime
) -> list[Event]:
    """Return what receipts of the exchange prove beyond themselves; see ``seen_in_mail``."""
    facts = (event.fact for event in events)
    named = dict.fromkeys(fact.dispatch for fact in facts if isinstance(fact, ReceiptRecorded))
    rows = (app.ledger.get(DispatchState, (dispatch,)) for dispatch in named)
    unseen = [row for row in rows if row is not None and not row.attempts and not row.followed]
    found = _noticed(app, RestorationCause.EXCHANGE, unseen, (), evidence, now)
    for dispatch in unseen:
        found += left_unseen(dispatch, "a status message names it", now, evidence=evidence)
    return found


def look_in_doors(app: App, now: datetime) -> None:
    """Look through what lies at our servers, once in the life of a process.

    Mail that was filed is not taken in again, and the exchange does not say by itself what we sent.
    A server that cannot be asked is asked at the next turn. Of a mail account the folders that are
    read must have been read to their end as well.
    """
    if app.noticing.began is None:
        app.noticing.began = now
    for inbox in app.inboxes:
        if all(inbox.heard.get(folder) == now for folder in inbox.folders):
            _once(app, place_of(inbox), now, partial(_look_in_kept, app, inbox, now))
    if app.exchange:
        _once(app, f"exchange {app.exchange.name}", now, partial(_look_in_sent, app, now))


def looked_lease(place: str) -> str:
    """Return the lease of whoever of several daemons has looked through a door; the others, which
    do not collect that mailbox, need not wait for it.
    """
    return f"looked through {place}"


def _once(app: App, place: str, now: datetime, look: Callable[[], None]) -> None:
    def looked() -> None:
        try:
            look()
        except NOT_NOW as error:
            log.warning("put_back_not_looked_for", place=place, error=str(error))
            return
        app.noticing.looked.add(place)
        app.workers.take(looked_lease(place))

    if place not in app.noticing.looked:
        guarded(app, f"looking through {place}", now, looked)


def _look_in_kept(app: App, inbox: Inbox, now: datetime) -> None:
    box = inbox.mailbox
    if not isinstance(box, MailSearch):
        return
    headers = chain.from_iterable(
        reversed(box.newest_headers(folder, _HEADERS)) for folder in inbox.kept
    )
    for header in headers:
        content = _content(header)
        if content is None:
            continue
        clues = clues_of(app, content)
        unseen = _never_attempted(app, content, clues)
        lost = lost_letters(app, content, clues, now)
        if unseen or lost:
            kept = app.evidence.put(header)
            noticed = _noticed(app, RestorationCause.MAILBOX, unseen, lost, kept, now)
            app.ledger.append(noticed, recorded_at=now)
            return


def _content(header: bytes) -> MailContent | None:
    try:
        return take_apart(header)
    except MalformedDocument:
        # What cannot be read was set aside, or is, where it is read as a message.
        return None


def _look_in_sent(app: App, now: datetime) -> None:
    for document in unknown_documents(app, now):
        rows = app.ledger.select(DispatchState, document_id=document.document_id)
        unseen = [row for row in rows if not row.attempts]
        lost = [] if rows else _lost_documents(app, document, now)
        noticed = _noticed(app, RestorationCause.EXCHANGE, unseen, lost, document.evidence, now)
        if noticed:
            app.ledger.append(noticed, recorded_at=now)
            return


def _lost_documents(app: App, document: SentDocument, now: datetime) -> list[Clue]:
    receivers = [o.id for o in app.directory.offices if o.organ_id == document.receiver]
    possible = possible_letters(app, receivers, Channel.EXCHANGE, now)
    return [one for one in possible if document_id_of(one.dispatch) == document.document_id]


def _never_attempted(app: App, content: MailContent, clues: Iterable[Clue]) -> list[DispatchState]:
    """Return the letters that a mail proves and the ledger never attempted to send."""
    rows = (app.ledger.get(DispatchState, (clue.dispatch,)) for clue in clues)
    waiting = [d for d in rows if d and d.channel is Channel.EMAIL and not d.attempts]
    tokens = set(proving_tokens(app, content)) if waiting else set()
    return [dispatch for dispatch in waiting if dispatch.token in tokens]


def _noticed(
    app: App,
    cause: RestorationCause,
    unseen: Sequence[DispatchState],
    lost: Sequence[Clue],
    evidence: Digest,
    now: datetime,
) -> list[Event]:
    """Return that the ledger is an older one, unless what shows it is explained already."""
    doubt = doubt_of(app)
    new = [dispatch.dispatch for dispatch in unseen if not may_have_left(dispatch, doubt)]
    if lost and not restored_lately(app, now):
        new += [one.dispatch for one in lost]
    if not new:
        return []
    seen = f"{_PROOFS[cause]} proves that {', '.join(new[:_NAMED])} left"
    return put_back_events(app, cause, seen, now, evidence=evidence)


_NAMED = 3
_PROOFS = {
    RestorationCause.MAILBOX: "a mail in our mailbox",
    RestorationCause.EXCHANGE: "the exchange",
}
