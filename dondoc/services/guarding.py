"""The net under each intent of a turn: one may fail, the next one is done."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog

from domain.facts import About
from domain.intents import AskPerson, CancelDispatch, Intent, PlanDispatch, Probe, Transmit
from dondoc.app import App
from dondoc.services.reviews import caught, tell_failed

log = structlog.get_logger(__name__)

T = TypeVar("T")


def guarded_intent(app: App, intent: Intent, now: datetime, work: Callable[[], T]) -> T | None:
    """Return what carrying out an intent gives; a failure opens a review, see ``caught``."""
    return guarded(app, _named(intent), intent.about, now, work)


def guarded(app: App, what: str, about: About, now: datetime, work: Callable[[], T]) -> T | None:
    """Return what one piece of a turn gives; a failure opens a review, see ``caught``."""

    def told(reason: str, ours: bool) -> None:
        if ours:
            log.exception("intent_broken", intent=what, office=about.office)
        else:
            log.warning("intent_failed", intent=what, office=about.office)
        cause = f"{what} {about.campaign}/{about.round}/{about.office}"
        tell_failed(app, cause, about, f"{what}: {reason}", now)

    return caught(work, told)


def _named(intent: Intent) -> str:
    """Say what an intent does, so that no other one of the same office has the same words."""
    name = type(intent).__name__
    match intent:
        case PlanDispatch():
            return f"{name} {intent.kind} {intent.channel}"
        case Transmit() | Probe() | CancelDispatch():
            return f"{name} {intent.dispatch}"
        case AskPerson():
            return f"{name} {intent.kind}"
        case _:
            return name
