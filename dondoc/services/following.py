"""What became of a directive that the e-office itself has sent on the exchange.

Dondoc sends nothing there. It learns each receiver's state from the sent list of every door that
has one, and from the receivers' status messages (``read_status``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from domain.campaign import Channel, ExchangeMode
from domain.errors import (
    ConfigError,
    DuplicateEvent,
    InvariantViolation,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import Ability, PacketKind, SentPacket, StatusPacket
from domain.facts import About, DispatchFollowed, Event, ReceiptRecorded
from domain.ids import CampaignId, Digest, DispatchId, OfficeId, OrganId
from domain.kinds import DispatchKind
from domain.office import Office
from domain.projection.dispatch import followed_row
from domain.state import DirectiveState, DispatchState, RawState, RoundState
from dondoc.app import App, ExchangeDoor
from dondoc.services.organs import noting
from dondoc.services.picture import pictures
from dondoc.services.pointers import carries, names_letter
from dondoc.services.reviews import guarded
from mappings.edxml.sent_list import named_offices, received_at, sent_at, shows, state_of
from schedulers.calendar import local_day
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
    followed = [p for p in pictures(app) if is_followed(p)]
    unheard = [door for door in app.doors if followed and not _heard(app, door, followed, now)]
    return frozenset(p.campaign.id for p in followed) if unheard else frozenset()


def is_followed(picture: Picture) -> bool:
    """Tell whether the sendings of a campaign's directive are the e-office's and still matter."""
    first = picture.rounds[0] if picture.rounds else None
    follows = picture.campaign.exchange is ExchangeMode.FOLLOW
    return follows and first is not None and not picture.forwarded(first)


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
        rows = _rows(door, now)
    except _NOT_NOW as error:
        log.warning("sent_list_unavailable", account=door.name, error=str(error))
        return False
    for picture in followed:
        for seen in _receivers(app, door, picture, _shown(app, door, picture, rows)):
            _record(app, picture, seen, now)
    return True


def _rows(door: ExchangeDoor, now: datetime) -> list[SentPacket]:
    """Ask for the whole list now and then, and for the documents that are followed every time.

    Behind some doors each document of weeks is a request of its own.
    """
    asked_at = door.sent_list.asked_at
    if asked_at is None or not timedelta() <= now - asked_at < _WHOLE_LIST:
        rows = door.exchange.sent(PacketKind.DOCUMENT)
        door.sent_list.asked_at = now
        return rows
    known = sorted(door.sent_list.followed)
    return [row for doc_id in known for row in door.exchange.sent(PacketKind.DOCUMENT, doc_id)]


def _doc_ids(app: App, door: ExchangeDoor, picture: Picture) -> set[str]:
    """Return under which docIds of a door the directive came to us."""
    came = app.ledger.select(RawState, digest=_evidence(picture.directive))
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
    offices = _offices_of(app, picture)
    found: list[_Seen] = []
    for row, edition in rows:
        with noting(app) as guesses:
            named = [o for o in offices if carries(app, o, OrganId(row.receiver))]
        named = named or named_offices(row.receiver, offices)
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
    row, about = seen.row, _about(picture, seen.office.id)
    known = app.ledger.get(DispatchState, (followed_id(about, seen.edition),))
    events: list[Event] = []
    evidence = partial(_kept, app, seen)
    if known is None:
        at = _between(sent_at(row), picture.rounds[0], now)
        answer = seen.said("sent by the e-office, as shown by")
        fact = followed_fact(
            picture, seen.office, answer, edition=seen.edition, exchange_id=row.doc_id
        )
        events.append(_event(seen.door, f"{fact.dispatch} sent", fact, at, evidence()))
        known = followed_row(fact, at)
    events += _state(app, seen, known, now)
    if events:
        _append(app, events, now)


def _state(app: App, seen: _Seen, dispatch: DispatchState, now: datetime) -> list[Event]:
    event = state_of(seen.row)
    key = f"{dispatch.dispatch} {event}"
    if event is None or not dispatch.followed or app.ledger.find(_source(seen.door), key):
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
    return [_event(seen.door, key, fact, at, _kept(app, seen))]


def proved_by_status(
    app: App, packet: StatusPacket, evidence: Digest, now: datetime
) -> tuple[Event, DispatchState] | None:
    """Return the e-office's sending that a receiver's status proves, where none is known yet."""
    found = [
        (picture, edition, office)
        for picture in pictures(app)
        if is_followed(picture)
        for edition in _editions_named(app, picture, packet)[-1:]
        for office in _offices_of(app, picture)
        if carries(app, office, packet.sender.organ_id)
    ]
    if len(found) != 1:
        return None
    picture, edition, office = found[0]
    answer = "sent by the e-office, as its receiver's status shows"
    fact = followed_fact(picture, office, answer, edition=edition)
    at = _between(packet.at, picture.rounds[0], now)
    event = Event(
        source="exchange-status",
        source_key=f"{fact.dispatch} sent",
        occurred_at=at,
        fact=fact,
        evidence=evidence,
    )
    return event, followed_row(fact, at)


def _editions_named(app: App, picture: Picture, packet: StatusPacket) -> list[int]:
    versions = enumerate(picture.directive.versions, 1)
    return [n for n, version in versions if names_letter(app, packet.response_for, version)]


def _offices_of(app: App, picture: Picture) -> list[Office]:
    """Return the recipients of the directive as they were when it was taken."""
    ids = {a.office for a in picture.assignments_of(picture.rounds[0])}
    day = local_day(picture.directive.taken_at)
    return [o for o in app.directory.offices if o.id in ids and o.valid_on(day)]


def _append(app: App, events: Sequence[Event], now: datetime) -> None:
    try:
        app.ledger.append(events, recorded_at=now)
    except DuplicateEvent as duplicate:
        log.info("already_known", key=duplicate.source_key)


def followed_fact(
    picture: Picture,
    office: Office,
    answer: str,
    *,
    edition: int,
    exchange_id: str | None = None,
) -> DispatchFollowed:
    """Return the fact that the e-office has sent a version of the directive to an office."""
    about = _about(picture, office.id)
    directive = picture.directive
    return DispatchFollowed(
        dispatch=followed_id(about, edition),
        about=about,
        target=office.organ_id or office.organ_id_old or "",
        content=_evidence(directive),
        subject=directive.versions[edition - 1].subject,
        answer=answer,
        exchange_id=exchange_id,
        edition=edition,
    )


def _evidence(directive: DirectiveState) -> Digest:
    if directive.evidence is None:
        raise InvariantViolation(f"the directive of {directive.campaign} has no evidence")
    return directive.evidence


def followed_id(about: About, edition: int) -> DispatchId:
    """Return the name of the one sending of a version on the exchange, whoever sent it."""
    kind = DispatchKind.DIRECTIVE if edition == 1 else DispatchKind.REPLACEMENT
    place = (about.campaign, about.round, about.office, kind, edition)
    return DispatchId("/".join([*map(str, place), Channel.EXCHANGE]))


def _about(picture: Picture, office: OfficeId) -> About:
    return About(campaign=picture.campaign.id, round=picture.rounds[0].round, office=office)


def _between(stated: datetime | None, opened: RoundState, now: datetime) -> datetime:
    """Return a stated instant where it can be true: the e-office may have sent before we took."""
    return stated if stated is not None and stated <= now else min(opened.opened_at, now)


def _kept(app: App, seen: _Seen) -> Digest:
    """Keep a row as evidence, in the words in which the door gave it."""
    members: Mapping[str, object] = {"door": seen.door, **asdict(seen.row)}
    return app.evidence.put(json.dumps(members, ensure_ascii=False, indent=1).encode())


def _source(door: str) -> str:
    return f"sent-list:{door}"


def _event(
    door: str,
    key: str,
    fact: DispatchFollowed | ReceiptRecorded,
    at: datetime,
    evidence: Digest,
) -> Event:
    return Event(source=_source(door), source_key=key, occurred_at=at, fact=fact, evidence=evidence)
