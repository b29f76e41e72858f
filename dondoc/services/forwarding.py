"""Hand an approved result to the Department now, as the daemon would at its next turn."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from domain.errors import DuplicateEvent, NotAllowed, NotFound
from domain.intents import FinishForwarding, PlanDispatch, Probe, Transmit
from domain.kinds import DispatchKind
from domain.state import DispatchState, RoundState
from domain.status import DispatchStatus, RoundStatus
from domain.waiting import wait_is_over
from dondoc.app import App
from dondoc.services.held_letters import without_held
from dondoc.services.letters import plan_dispatch
from dondoc.services.picture import running
from dondoc.services.put_back import keep_mark
from dondoc.services.recall import refuse_ended, refuse_revoked
from dondoc.services.restored import doubt_of, may_be_repeated, may_have_left
from dondoc.services.restored_letters import send_unless_left
from dondoc.services.transmit import probe, transmit
from dondoc.services.turn import plain_events, take_in
from schedulers.due import due
from schedulers.parts import parts_of, waiting_parts
from schedulers.picture import Picture

_WHY = "it is forwarded by hand"
_TO_SEND = (DispatchStatus.PLANNED, DispatchStatus.DEFERRED)


def approved_round(app: App, campaign: str, round_name: str | None) -> RoundState:
    """Return the round that can be forwarded, or was; the latest unless named.

    Raises ``NotFound`` for an unknown one and ``NotAllowed`` before its approval.
    """
    picture = running(app, campaign)
    named = [r for r in picture.rounds if round_name in (None, r.round)]
    if not named:
        known = ", ".join(r.round for r in picture.rounds)
        raise NotFound(f"campaign {campaign} has no round {round_name}; it has: {known}")
    chosen = max(named, key=lambda r: r.due_on)
    refuse_ended(picture, chosen.round)
    refuse_revoked(picture)
    if picture.campaign.forward is None:
        raise NotAllowed(f"campaign {campaign} forwards to nobody; add `forward:` to its file")
    if chosen.status not in (RoundStatus.APPROVED, RoundStatus.FORWARDED):
        raise NotAllowed(
            f"round {chosen.round} of {campaign} is {chosen.status}: only an approved version is "
            f"forwarded; approve it with `dondoc approve {campaign} --number N --by NAME`"
        )
    return chosen


def forward(app: App, campaign: str, round_name: str | None, now: datetime) -> list[DispatchState]:
    """Send the approved version by every door of the Department; return what was sent and how far.

    What came is taken in first, as at the beginning of a turn: the ledger may be an older one that
    was put back, and letters by mail wait until our mailbox was looked through. What was put off is
    tried at once, whatever wait it had; a version that was handed over before
    is not sent again. Call it only while no daemon works on the store. Raises as
    ``approved_round``, and ``NotAllowed`` when the Department has no door.
    """
    approved_round(app, campaign, round_name)
    take_in(app, now)
    chosen = approved_round(app, campaign, round_name)
    _plan(app, chosen, now)
    _hand_over(app, _dispatches(app, chosen), now)
    picture = running(app, campaign)
    waiting = waiting_parts(picture)
    parts = _parts(app, picture, _dispatches(app, chosen))
    _hand_over(app, [part for part in parts if part.dispatch not in waiting], now)
    _finish(app, chosen, now)
    keep_mark(app)
    letters = _dispatches(app, chosen)
    sent = [*letters, *_parts(app, running(app, campaign), letters)]
    if not sent:
        raise NotAllowed(
            "the Department has no identifier and no address that the campaign may use; "
            "complete its entry in the directory"
        )
    return sent


def _hand_over(app: App, dispatches: Sequence[DispatchState], now: datetime) -> None:
    by_name = {dispatch.dispatch: dispatch for dispatch in dispatches}
    found = (_intent(dispatch, now) for dispatch in dispatches)
    doubt = doubt_of(app)
    for intent in without_held(app, [intent for intent in found if intent], now):
        dispatch = by_name[intent.dispatch]
        if isinstance(intent, Probe):
            probe(app, dispatch, now, may_be_repeated=may_be_repeated(app, dispatch, doubt))
        elif may_have_left(dispatch, doubt):
            send_unless_left(app, dispatch, now)
        else:
            transmit(app, dispatch, now)


def _intent(dispatch: DispatchState, now: datetime) -> Transmit | Probe | None:
    about, name = dispatch.about, dispatch.dispatch
    if dispatch.status in _TO_SEND:
        return Transmit(about=about, dispatch=name, why=_WHY)
    if dispatch.status is DispatchStatus.UNCERTAIN and _is_due(dispatch, now):
        return Probe(about=about, dispatch=name, why=_WHY)
    return None


def _plan(app: App, chosen: RoundState, now: datetime) -> None:
    picture = running(app, chosen.campaign)
    for intent in due(picture, app.calendar, now):
        if isinstance(intent, PlanDispatch) and _is_result(intent, chosen):
            with suppress(DuplicateEvent):
                plan_dispatch(app, picture, intent, now)


def _is_result(intent: PlanDispatch, chosen: RoundState) -> bool:
    return intent.kind is DispatchKind.COMPILATION and intent.about.round == chosen.round


def _dispatches(app: App, chosen: RoundState) -> list[DispatchState]:
    found = app.ledger.select(DispatchState, campaign=chosen.campaign, round=chosen.round)
    return [d for d in found if d.kind is DispatchKind.COMPILATION and d.version == chosen.version]


def _parts(app: App, picture: Picture, letters: Sequence[DispatchState]) -> list[DispatchState]:
    names = [part.dispatch for part in parts_of(picture, letters)]
    return app.ledger.select_any(DispatchState, dispatch=names)


def _is_due(dispatch: DispatchState, now: datetime) -> bool:
    return dispatch.due_at is not None and wait_is_over(dispatch.due_at, now)


def _finish(app: App, chosen: RoundState, now: datetime) -> None:
    for intent in due(running(app, chosen.campaign), app.calendar, now):
        if isinstance(intent, FinishForwarding) and intent.about.round == chosen.round:
            with suppress(DuplicateEvent):
                app.ledger.append(plain_events(intent, now), recorded_at=now)
