"""What is due now, said for a person: what, to whom, by which way and why."""

import re
from collections.abc import Sequence
from typing import TypedDict

from domain.ids import OfficeId
from domain.intents import Intent, PlanDispatch, Probe, Transmit
from domain.state import DispatchState
from dondoc.app import App


class IntentView(TypedDict):
    """One thing to be done; ``kind``, ``channel`` and ``target`` only where something is sent."""

    intent: str
    campaign: str | None
    round: str | None
    office: str | None
    name: str | None
    kind: str | None
    channel: str | None
    target: str | None
    dispatch: str | None
    why: str


def intent_views(app: App, intents: Sequence[Intent]) -> list[IntentView]:
    """Return what is to be done, in the order of doing it."""
    return [_view(app, intent) for intent in intents]


def _view(app: App, intent: Intent) -> IntentView:
    sending = _sending(app, intent)
    about = intent.about
    return IntentView(
        intent=_name(intent),
        campaign=about.campaign,
        round=about.round,
        office=about.office,
        name=_office_name(app, about.office),
        kind=sending.kind if sending else None,
        channel=sending.channel if sending else None,
        target=sending.target if sending else None,
        dispatch=getattr(intent, "dispatch", None),
        why=intent.why,
    )


def _name(intent: Intent) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(intent).__name__).lower()


def _office_name(app: App, office: OfficeId | None) -> str | None:
    found = app.directory.get(office) if office else None
    return found.name if found else office


def _sending(app: App, intent: Intent) -> PlanDispatch | DispatchState | None:
    match intent:
        case PlanDispatch():
            return intent
        case Transmit() | Probe():
            return app.ledger.get(DispatchState, (intent.dispatch,))
        case _:
            return None
