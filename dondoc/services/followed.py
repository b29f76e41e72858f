"""A directive that the e-office has sent on the exchange: the fact of it, whatever shows it."""

from collections.abc import Callable
from datetime import datetime

from domain.campaign import Campaign, Channel, ExchangeMode
from domain.errors import InvariantViolation
from domain.exchange import StatusPacket
from domain.facts import About, DispatchFollowed, Event
from domain.ids import Digest, DispatchId, OfficeId
from domain.kinds import DispatchKind
from domain.office import Office
from domain.projection.dispatch import followed_row
from domain.state import AssignmentState, DirectiveState, DispatchState, RoundState
from dondoc.app import App
from dondoc.services.bearers import may_bear
from dondoc.services.picture import outline_of, picture_of
from dondoc.services.pointers import carries, names_letter
from schedulers.calendar import local_day
from schedulers.picture import Picture


def followed_pictures(app: App) -> list[Picture]:
    """Return the campaigns whose directive the e-office sends, as long as that matters."""
    return _followed(app, picture_of)


def _followed(app: App, look: Callable[[App, Campaign], Picture | None]) -> list[Picture]:
    rules = [c for c in app.campaigns.values() if c.exchange is ExchangeMode.FOLLOW]
    found = [picture for one in rules if (picture := look(app, one)) is not None]
    return [p for p in found if p.rounds and not p.forwarded(p.rounds[0])]


def followed_fact(
    picture: Picture,
    office: Office,
    answer: str,
    *,
    edition: int,
    exchange_id: str | None = None,
) -> DispatchFollowed:
    """Return the fact that the e-office has sent a version of the directive to an office."""
    about = place_of(picture, office.id)
    directive = picture.directive
    return DispatchFollowed(
        dispatch=followed_id(about, edition),
        about=about,
        target=office.organ_id or office.organ_id_old or "",
        content=evidence_of(directive),
        subject=directive.versions[edition - 1].subject,
        answer=answer,
        exchange_id=exchange_id,
        edition=edition,
    )


def followed_event(fact: DispatchFollowed, at: datetime, evidence: Digest) -> Event:
    """Return the event of a sending by the e-office; whatever shows it, it is recorded once."""
    return Event(
        source="followed", source_key=fact.dispatch, occurred_at=at, fact=fact, evidence=evidence
    )


def followed_id(about: About, edition: int) -> DispatchId:
    """Return the name of the one sending of a version on the exchange, whoever sent it."""
    kind = DispatchKind.DIRECTIVE if edition == 1 else DispatchKind.REPLACEMENT
    place = (about.campaign, about.round, about.office, kind, edition)
    return DispatchId("/".join([*map(str, place), Channel.EXCHANGE]))


def proved_by_status(
    app: App, packet: StatusPacket, evidence: Digest, now: datetime
) -> tuple[Event, DispatchState] | None:
    """Return the e-office's sending that a receiver's status proves, where none is known yet."""
    organ = packet.sender.organ_id
    found = [
        (picture, edition, office)
        for picture in _followed(app, outline_of)
        for edition in _editions_named(app, picture, packet)[-1:]
        for office in may_bear(app, organ)
        if _was_recipient(app, picture, office) and carries(app, office, organ)
    ]
    if len(found) != 1:
        return None
    picture, edition, office = found[0]
    answer = "sent by the e-office, as its receiver's status shows"
    fact = followed_fact(picture, office, answer, edition=edition)
    at = when_sent(packet.at, picture.rounds[0], now)
    return followed_event(fact, at, evidence), followed_row(fact, at)


def _editions_named(app: App, picture: Picture, packet: StatusPacket) -> list[int]:
    versions = enumerate(picture.directive.versions, 1)
    return [n for n, version in versions if names_letter(app, packet.response_for, version)]


def _was_recipient(app: App, picture: Picture, office: Office) -> bool:
    place = (picture.campaign.id, picture.rounds[0].round, office.id)
    made = app.ledger.get(AssignmentState, place) is not None
    return made and office.valid_on(local_day(picture.directive.taken_at))


def offices_of(app: App, picture: Picture) -> list[Office]:
    """Return the recipients of the directive as they were when it was taken."""
    ids = {a.office for a in picture.assignments_of(picture.rounds[0])}
    day = local_day(picture.directive.taken_at)
    return [o for o in app.directory.offices if o.id in ids and o.valid_on(day)]


def place_of(picture: Picture, office: OfficeId) -> About:
    """Return the assignment that a sending by the e-office serves: in the first round."""
    return About(campaign=picture.campaign.id, round=picture.rounds[0].round, office=office)


def evidence_of(directive: DirectiveState) -> Digest:
    """Return the digest of the document as it was taken; raises ``InvariantViolation``."""
    if directive.evidence is None:
        raise InvariantViolation(f"the directive of {directive.campaign} has no evidence")
    return directive.evidence


def when_sent(stated: datetime | None, opened: RoundState, now: datetime) -> datetime:
    """Return a stated instant where it can be true: the e-office may have sent before we took."""
    return stated if stated is not None and stated <= now else min(opened.opened_at, now)
