"""What became of a directive that the e-office itself has sent on the exchange.

Dondoc sends nothing there. It learns each receiver's state from the sent list of every door that
has one, and from the receivers' status messages (``read_status``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from domain.errors import (
    ConfigError,
    DuplicateEvent,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import Ability, PacketKind, SentPacket
from domain.facts import About, DispatchAccepted, Event, ReceiptRecorded
from domain.ids import CampaignId, Digest, OrganId
from domain.kinds import ReviewKind
from domain.office import Office
from domain.projection.dispatch import followed_row
from domain.state import DispatchState, RawState, ReviewState
from domain.status import DispatchEvent, DispatchStatus
from dondoc.app import App, ExchangeDoor
from dondoc.services.bearers import may_bear
from dondoc.services.followed import (
    evidence_of,
    followed_event,
    followed_fact,
    followed_id,
    followed_pictures,
    offices_of,
    place_of,
    when_sent,
)
from dondoc.services.organs import noting
from dondoc.services.pointers import carries
from dondoc.services.reviews import guarded, open_review, resolved_by_itself, tell_failed
from mappings.edxml.sent_list import by_name, named_offices, received_at, sent_at, shows, state_of
from schedulers.following import mail_from
from schedulers.picture import Picture

log = structlog.get_logger(__name__)

_WHOLE_LIST = timedelta(minutes=30)
"""How often the whole list is asked for, to find a sending that is new in it."""

_NOT_NOW = (PeerUnavailable, PeerRefused, ConfigError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A row of a sent list with the office that it names and the evidence that keeps it."""

    office: Office
    row: SentPacket
    edition: int
    door: str
    guesses: tuple[str, ...] = ()
    """What makes it less than certain that the row is of that office."""

    def said(self, text: str) -> str:
        """Return what the row shows, with whatever was guessed."""
        return "; ".join((f"{text} the sent list of {self.door}", *self.guesses))


def follow(app: App, now: datetime) -> frozenset[CampaignId]:
    """Record what the sent lists show; return the campaigns of which not all could be learned.

    For these nobody knows whom the exchange has not reached, so nobody is written to for that.
    """
    followed = followed_pictures(app)
    unheard = [door for door in app.doors if followed and not _heard(app, door, followed, now)]
    for door in unheard:
        _tell_silent(app, door, followed, now)
    return frozenset(p.campaign.id for p in followed) if unheard else frozenset()


def _tell_silent(app: App, door: ExchangeDoor, followed: Sequence[Picture], now: datetime) -> None:
    """Tell a person of a source that is silent while mails wait for what it would say."""
    waiting = [p for p in followed if now >= mail_from(p, app.calendar)]
    for picture in waiting:
        campaign = picture.campaign.id
        reason = (
            f"{door.name} does not say what the exchange brought, so {campaign} writes to nobody "
            "for want of it, for five days at most; see `dondoc doctor`"
        )
        tell_failed(app, f"silent {door.name} {campaign}", About(campaign=campaign), reason, now)


def _heard(app: App, door: ExchangeDoor, followed: Sequence[Picture], now: datetime) -> bool:
    """Take in what one door shows; tell whether it said everything that it can say."""
    abilities = door.exchange.abilities
    statuses = Ability.STATUSES not in abilities or door.heard.get(PacketKind.STATUS) == now
    if Ability.SENT_LIST not in abilities:
        return statuses
    work = partial(_read_list, app, door, followed, now)
    return bool(guarded(app, f"sent list of {door.name}", now, work)) and statuses


def _read_list(app: App, door: ExchangeDoor, followed: Sequence[Picture], now: datetime) -> bool:
    try:
        rows = _rows(door, followed, now)
    except _NOT_NOW as error:
        log.warning("sent_list_unavailable", account=door.name, error=str(error))
        return False
    for picture in followed:
        for seen in _receivers(app, door, picture, _shown(app, door, picture, rows.rows)):
            _record(app, picture, seen, now)
    if rows.whole:
        # Only now: what could not be recorded is looked for again at the next turn.
        door.sent_list.asked_at = now
        door.sent_list.sought = _sought(followed)
    return True


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of a sent list, all that it has or those of the documents that are followed."""

    rows: Sequence[SentPacket]
    whole: bool


def _sought(followed: Sequence[Picture]) -> set[tuple[CampaignId, int]]:
    return {(p.campaign.id, p.directive.version) for p in followed}


def _rows(door: ExchangeDoor, followed: Sequence[Picture], now: datetime) -> _Rows:
    """Ask for the whole list now and then, and for the documents that are followed every time.

    Behind some doors each document of weeks is a request of its own. A campaign or version that
    was not looked for yet needs the whole list at once.
    """
    asked_at, sought = door.sent_list.asked_at, door.sent_list.sought
    recent = asked_at is not None and timedelta() <= now - asked_at < _WHOLE_LIST
    if not recent or not _sought(followed) <= sought:
        return _Rows(door.exchange.sent(PacketKind.DOCUMENT), whole=True)
    known = sorted(door.sent_list.followed)
    found = [row for doc_id in known for row in door.exchange.sent(PacketKind.DOCUMENT, doc_id)]
    return _Rows(found, whole=False)


def _doc_ids(app: App, door: ExchangeDoor, picture: Picture) -> set[str]:
    """Return under which docIds of a door the directive came to us."""
    came = app.ledger.select(RawState, digest=evidence_of(picture.directive))
    return {raw.position for raw in came if raw.account == door.name}


def _shown(
    app: App, door: ExchangeDoor, picture: Picture, rows: Sequence[SentPacket]
) -> list[tuple[SentPacket, int]]:
    """Return the rows of the directive, each with the version that it is of."""
    versions = list(enumerate(picture.directive.versions, 1))
    known = {d.exchange_id: d.edition for d in picture.dispatches if d.followed and d.exchange_id}
    known |= dict.fromkeys(_doc_ids(app, door, picture), picture.directive.version)
    found: list[tuple[SentPacket, int]] = []
    for row in rows:
        fitting = [number for number, version in versions if shows(row, version)]
        edition = known.get(row.doc_id) or (fitting[-1] if fitting else None)
        if edition is not None:
            found.append((row, edition))
    door.sent_list.followed.update(row.doc_id for row, _ in found)
    return found


def _receivers(
    app: App, door: ExchangeDoor, picture: Picture, rows: Sequence[tuple[SentPacket, int]]
) -> list[_Seen]:
    """Return the rows of the campaign's recipients; what names two offices names none of them."""
    offices = {office.id: office for office in offices_of(app, picture)}
    names = by_name(offices.values()) if rows else {}
    found: list[_Seen] = []
    for row, edition in rows:
        with noting(app) as guesses:
            organ = OrganId(row.receiver)
            borne = [o for o in may_bear(app, organ) if o.id in offices and carries(app, o, organ)]
        named = borne or named_offices(row.receiver, names)
        if len(named) == 1:
            found.append(
                _Seen(
                    office=named[0],
                    row=row,
                    edition=edition,
                    door=door.name,
                    guesses=tuple(guesses),
                )
            )
        else:
            log.debug("sent_to_no_recipient", account=door.name, doc_id=row.doc_id, of=len(named))
    return found


def _record(app: App, picture: Picture, seen: _Seen, now: datetime) -> None:
    """Record the sending that a row shows and its state, each once."""
    row, about = seen.row, place_of(picture, seen.office.id)
    known = app.ledger.get(DispatchState, (followed_id(about, seen.edition),))
    events: list[Event] = []
    evidence = partial(_kept, app, seen)
    # A letter of ours that was dropped before it left is in nobody's way.
    if known is None or (known.status is DispatchStatus.CANCELLED and not known.followed):
        at = when_sent(sent_at(row), picture.rounds[0], now)
        answer = seen.said("sent by the e-office, as shown by")
        fact = followed_fact(
            picture, seen.office, answer, edition=seen.edition, exchange_id=row.doc_id
        )
        events.append(followed_event(fact, at, evidence()))
        known = followed_row(fact, at)
    elif known.status in _OPEN:
        proved = DispatchAccepted(
            dispatch=known.dispatch,
            about=about,
            answer=seen.said("taken by the exchange, as shown by"),
            exchange_id=row.doc_id,
            probed=True,
        )
        events.append(_event(seen.door, f"{known.dispatch} accepted", proved, now, evidence()))
        asked = app.ledger.select(ReviewState, open=True, office=known.office)
        events += [
            resolved_by_itself(review, proved.answer, now)
            for review in asked
            if review.kind is ReviewKind.UNCERTAIN and review.dispatch == known.dispatch
        ]
        known = replace(known, exchange_id=row.doc_id, accepted_at=now)
    events += _state(app, seen, known, now)
    if events:
        _append(app, events, now)


def _state(app: App, seen: _Seen, dispatch: DispatchState, now: datetime) -> list[Event]:
    event = state_of(seen.row)
    key = f"{dispatch.dispatch} {event}"
    mine = dispatch.followed or dispatch.exchange_id == seen.row.doc_id
    if event is None or not mine or app.ledger.find(_source(seen.door), key):
        return []
    fact = ReceiptRecorded(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        receipt=event,
        detail=seen.said(f"{seen.row.receive_status or seen.row.send_status} in"),
        stated_at=received_at(seen.row),
    )
    stated = fact.stated_at
    earliest = dispatch.accepted_at or dispatch.planned_at
    at = stated if stated is not None and earliest <= stated <= now else now
    return [
        _event(seen.door, key, fact, at, _kept(app, seen)),
        *_told(app, seen, dispatch, event, now),
    ]


def _told(
    app: App, seen: _Seen, dispatch: DispatchState, event: DispatchEvent, now: datetime
) -> list[Event]:
    """Return the review of a refusal, which only the list may show; a person decides."""
    kind = _ASK.get(event)
    if kind is None or dispatch.status in _ASKED:
        return []
    review = open_review(
        kind,
        f"{_source(seen.door)} {dispatch.dispatch}",
        dispatch.about,
        seen.said(f"{dispatch.office} has status {seen.row.receive_status} in"),
        now,
        dispatch=dispatch.dispatch,
        evidence=_kept(app, seen),
    )
    return [review]


_ASK = {
    DispatchEvent.REJECTED: ReviewKind.REFUSAL,
    DispatchEvent.RECALL_REFUSED: ReviewKind.RECALL_REFUSED,
}
_OPEN = frozenset({DispatchStatus.UNCERTAIN, DispatchStatus.SENDING})
"""Statuses of a letter of ours, from before the campaign followed, that a row of it settles."""
_ASKED = frozenset({DispatchStatus.REJECTED, DispatchStatus.RECALL_REFUSED})
"""Statuses in which the refusal has been told already."""


def _append(app: App, events: Sequence[Event], now: datetime) -> None:
    try:
        app.ledger.append(events, recorded_at=now)
    except DuplicateEvent as duplicate:
        log.info("already_known", key=duplicate.source_key)


def _kept(app: App, seen: _Seen) -> Digest:
    """Keep a row as evidence, in the words in which the door gave it."""
    members: Mapping[str, object] = {"door": seen.door, **asdict(seen.row)}
    return app.evidence.put(json.dumps(members, ensure_ascii=False, indent=1).encode())


def _source(door: str) -> str:
    return f"sent-list:{door}"


def _event(
    door: str,
    key: str,
    fact: ReceiptRecorded | DispatchAccepted,
    at: datetime,
    evidence: Digest,
) -> Event:
    return Event(source=_source(door), source_key=key, occurred_at=at, fact=fact, evidence=evidence)
