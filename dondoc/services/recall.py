"""Take back what was sent: an order of a person, carried out by the turns that follow.

The order and the release of the offices from reporting are one transaction. Whom to ask by which
door is decided from the ledger at each turn (`schedulers/recall.py`), so a crash between any two
steps leaves nothing undone, and ordering twice changes nothing.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from domain.campaign import Channel, ExchangeMode
from domain.errors import DuplicateEvent, NotAllowed, NotFound
from domain.facts import About, AssignmentWaived, Event, RecallOrdered
from domain.ids import OfficeId, RoundId
from domain.intents import PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.machine import ENDED
from domain.state import AssignmentState, DispatchStanding, RecallState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import App
from dondoc.services.picture import running
from schedulers.picture import Picture
from schedulers.recall import covering, recalls, revoked, taken_back

_NOT_LEFT = (DispatchStatus.PLANNED, DispatchStatus.DEFERRED)
_NOT_OWING = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants to take back: from all, or from these offices; in all rounds, or one."""

    offices: tuple[OfficeId, ...] = ()
    round: RoundId | None = None
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an order leads to.

    ``asked`` are requests that go out, ``dropped`` sendings that never leave now. ``elsewhere``
    are offices that the e-office itself wrote to on the exchange: it takes back there.
    ``known`` tells that all of it was ordered before.
    """

    asked: tuple[PlanDispatch, ...]
    dropped: tuple[DispatchStanding, ...]
    waived: tuple[AssignmentState, ...]
    elsewhere: tuple[OfficeId, ...]
    mode: ExchangeMode
    known: bool = False


def outlook(app: App, campaign: str, order: Order, now: datetime) -> Outlook:
    """Return what an order would lead to; nothing is recorded.

    Raises ``NotFound`` for an unknown campaign, round or office, ``NotAllowed`` without a reason.
    """
    picture = running(app, campaign)
    _check(picture, order)
    new = [s for s in _scopes(picture, order) if s.key not in {r.key for r in picture.recalls}]
    rows = [replace(s, ordered_at=now) for s in new]
    after = replace(picture, recalls=[*picture.recalls, *rows])
    return Outlook(
        asked=tuple(i for i in recalls(after) if isinstance(i, PlanDispatch)),
        dropped=tuple(d for d in after.dispatches if _is_dropped(after, d)),
        waived=tuple(_released(after)),
        elsewhere=_elsewhere(after, order),
        mode=picture.campaign.exchange,
        known=not new,
    )


def take_back(app: App, campaign: str, order: Order, now: datetime) -> Outlook:
    """Record an order with the release of its offices; what was ordered before stays as it is.

    Raises as ``outlook``.
    """
    seen = outlook(app, campaign, order, now)
    with suppress(DuplicateEvent):
        # Another command ordered the same in this moment.
        app.ledger.append(ordered(running(app, campaign), order, now), recorded_at=now)
    return seen


def ordered(picture: Picture, order: Order, now: datetime) -> Sequence[Event]:
    """Return the events of an order, none for what was ordered before."""
    _check(picture, order)
    known = {r.key for r in picture.recalls}
    new = [s for s in _scopes(picture, order) if s.key not in known]
    after = replace(picture, recalls=[*picture.recalls, *new])
    return [
        *(_event(f"{'/'.join(s.key)}", _fact(s), now) for s in new),
        *(
            _event(f"{a.campaign}/{a.round}/{a.office} waived", _waived(a, order), now)
            for a in _released(after)
        ),
    ]


def refuse_stopped(picture: Picture, dispatch: DispatchStanding) -> None:
    """Raise ``NotAllowed`` for a sending that was taken back or revoked: it never goes out again.

    The request to give something back does.
    """
    if dispatch.kind is DispatchKind.RECALL:
        return
    found = covering(picture, dispatch.round, dispatch.office)
    if found is not None:
        raise NotAllowed(
            f"{dispatch.kind} to {dispatch.office} was taken back by {found.by} ({found.reason}); "
            "what was taken back is not sent again: use noted"
        )
    refuse_revoked(picture)


def refuse_revoked(picture: Picture) -> None:
    """Raise ``NotAllowed`` while a person has to decide whether the directive is revoked."""
    if revoked(picture):
        raise NotAllowed(
            f"the issuer takes the directive of {picture.campaign.id} back; decide that review of "
            f"kind {ReviewKind.REVOKED} first: until then nothing of it is sent"
        )


def refuse_ended(picture: Picture, round_id: RoundId) -> None:
    """Raise ``NotAllowed`` for a round that was taken back from all: it has no result."""
    if taken_back(picture, round_id):
        raise NotAllowed(
            f"round {round_id} of {picture.campaign.id} was taken back from every office: nothing "
            "is compiled of it or handed on; `dondoc status` says why"
        )


def _check(picture: Picture, order: Order) -> None:
    said = _said(order)
    if not said or not said.isprintable():
        raise NotAllowed("say why in plain words; the offices are told so: --reason TEXT")
    rounds = [r.round for r in picture.rounds]
    if order.round is not None and order.round not in rounds:
        known = ", ".join(rounds)
        raise NotFound(
            f"campaign {picture.campaign.id} has no round {order.round}; it has: {known}"
        )
    for office in order.offices:
        if not any(
            a.office == office and order.round in (None, a.round) for a in picture.assignments
        ):
            where = f"round {order.round}" if order.round else "any round"
            raise NotFound(f"office {office} takes no part in {where} of {picture.campaign.id}")


def _said(order: Order) -> str:
    return " ".join(order.reason.split())


def _scopes(picture: Picture, order: Order) -> list[RecallState]:
    return [
        RecallState(
            campaign=picture.campaign.id,
            round=order.round or RoundId(""),
            office=office,
            reason=_said(order),
            by=order.by,
            ordered_at=picture.directive.taken_at,
        )
        for office in dict.fromkeys(order.offices or (OfficeId(""),))
    ]


def _fact(scope: RecallState) -> RecallOrdered:
    about = About(campaign=scope.campaign, round=scope.round or None, office=scope.office or None)
    return RecallOrdered(about=about, reason=scope.reason, by=scope.by)


def _waived(assignment: AssignmentState, order: Order) -> AssignmentWaived:
    reason = f"thu hồi văn bản: {_said(order)}"
    return AssignmentWaived(about=assignment.about, reason=reason, by=order.by)


def _released(picture: Picture) -> list[AssignmentState]:
    """Return the offices of recalled letters that still owe something, or are only informed."""
    return [
        a
        for a in picture.assignments
        if a.status not in _NOT_OWING and covering(picture, a.round, a.office) is not None
    ]


def _is_dropped(picture: Picture, dispatch: DispatchStanding) -> bool:
    covered = covering(picture, dispatch.round, dispatch.office) is not None
    return covered and dispatch.status in _NOT_LEFT and dispatch.recalls is None


def _elsewhere(picture: Picture, order: Order) -> tuple[OfficeId, ...]:
    """Return the offices that have the letter on the exchange where Dondoc does not send there."""
    if picture.campaign.exchange is ExchangeMode.SEND:
        return ()
    mine = [
        d.office
        for d in picture.dispatches
        if d.kind in LETTERS
        and d.channel is Channel.EXCHANGE
        and d.status not in ENDED
        and (not order.offices or d.office in order.offices)
        and order.round in (None, d.round)
    ]
    return tuple(dict.fromkeys(mine))


def _event(key: str, fact: RecallOrdered | AssignmentWaived, now: datetime) -> Event:
    return Event(source="recall", source_key=key, occurred_at=now, fact=fact)
