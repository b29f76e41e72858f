"""What is due now, said for a person: what, to whom, by which way and why."""

import re
from collections.abc import Sequence
from typing import TypedDict

from domain.campaign import Channel
from domain.ids import OfficeId
from domain.intents import Intent, PlanDispatch, Probe, SendAnswer, Transmit
from domain.state import AnswerState, DispatchState
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


def intent_views(app: App, intents: Sequence[Intent | SendAnswer]) -> list[IntentView]:
    """Return what is to be done, in the order of doing it."""
    return [_view(app, intent) for intent in intents]


def _view(app: App, intent: Intent | SendAnswer) -> IntentView:
    kind, channel, target = _sending(app, intent)
    about = intent.about
    return IntentView(
        intent=intent_name(intent),
        campaign=about.campaign,
        round=about.round,
        office=about.office,
        name=_office_name(app, about.office),
        kind=kind,
        channel=channel,
        target=target,
        dispatch=getattr(intent, "dispatch", None),
        why=intent.why,
    )


def intent_name(intent: Intent | SendAnswer) -> str:
    """Return what an intent is called in lists."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(intent).__name__).lower()


def _office_name(app: App, office: OfficeId | None) -> str | None:
    found = app.directory.get(office) if office else None
    return found.name if found else office


_Way = tuple[str | None, str | None, str | None]
"""Kind, channel and target of what is sent; None for each where nothing is."""


def _sending(app: App, intent: Intent | SendAnswer) -> _Way:
    match intent:
        case PlanDispatch():
            return intent.kind, intent.channel, intent.target
        case Transmit() | Probe():
            sent = app.ledger.get(DispatchState, (intent.dispatch,))
            return (sent.kind, sent.channel, sent.target) if sent else (None, None, None)
        case SendAnswer():
            answer = app.ledger.get(AnswerState, (intent.answer,))
            way = (f"status {answer.code}", Channel.EXCHANGE, answer.target) if answer else None
            return way or (None, None, None)
        case _:
            return None, None, None
