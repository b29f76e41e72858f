"""What would be done at one instant by one set of rules and not by another one, each thing told."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from domain.campaign import Channel
from domain.facts import About
from domain.ids import DispatchId, OfficeId, RoundId
from domain.intents import (
    AddRecipient,
    AskPerson,
    CancelDispatch,
    Intent,
    PassDuty,
    PlanDispatch,
    Probe,
    RemoveRecipient,
    RestoreRecipient,
    Transmit,
)
from domain.kinds import ReviewKind
from dondoc.services.difference_of_letters import Difference, Subject
from dondoc.views.intents import intent_name
from schedulers.picture import Picture

Place = tuple[RoundId | None, OfficeId | None]

_WORDS = frozenset({"why", "candidates"})
"""Members that do not tell one intent from another; of candidates only who they are counts."""

_MEMBERSHIP = AddRecipient | RemoveRecipient | RestoreRecipient | PassDuty
_TOLD = (ReviewKind.RECIPIENTS, ReviewKind.TOO_LATE, ReviewKind.ENDED)


def without(intents: Sequence[Intent], others: Sequence[Intent]) -> list[Intent]:
    """Return the intents that are none of the others, whatever their words."""
    known = {_same(intent) for intent in others}
    return [intent for intent in intents if _same(intent) not in known]


def _same(intent: Intent) -> tuple[object, ...]:
    members = (getattr(intent, f.name) for f in fields(intent) if f.name not in _WORDS)
    offices = frozenset(intent.candidates) if isinstance(intent, AskPerson) else None
    return (type(intent), *members, offices)


def told_by_membership(come: Sequence[Intent]) -> frozenset[Place]:
    """Return the offices of which it is told already that they come, go or are asked about."""
    found: set[Place] = set()
    for intent in come:
        if isinstance(intent, _MEMBERSHIP):
            found.add((intent.about.round, intent.about.office))
        elif isinstance(intent, AskPerson) and intent.kind in _TOLD:
            named = (*intent.candidates, *filter(None, [intent.about.office]))
            found |= {(intent.about.round, office) for office in named}
    return frozenset(found)


def intent_differences(
    come: Sequence[Intent],
    gone: Sequence[Intent],
    picture: Picture,
    readdressed: frozenset[tuple[RoundId, OfficeId, Channel]],
) -> Iterator[Difference]:
    """Yield what is done now that was not, and the other way round, unless it is told elsewhere.

    ``readdressed`` are the offices of which it is told that they are written to elsewhere.
    """
    told = told_by_membership(come)
    dropped = {i.dispatch for i in come if isinstance(i, CancelDispatch)}
    for intents, done in ((come, True), (gone, False)):
        for intent in intents:
            place = intent.about.round, intent.about.office
            if place in told or (done and _told(intent)):
                continue
            if _way(picture, intent) in readdressed:
                continue
            if isinstance(intent, Transmit | Probe) and not done and intent.dispatch in dropped:
                continue
            yield _difference(picture, intent, done=done)


def _told(intent: Intent) -> bool:
    return isinstance(intent, AskPerson) and intent.kind in _TOLD


def _way(picture: Picture, intent: Intent) -> tuple[object, ...] | None:
    match intent:
        case PlanDispatch():
            return intent.about.round, intent.about.office, intent.channel
        case CancelDispatch() | Transmit():
            sent = picture.dispatch(intent.dispatch)
            return (sent.round, sent.office, sent.channel) if sent else None
        case _:
            return None


def _difference(picture: Picture, intent: Intent, *, done: bool) -> Difference:
    what, letter = _what(picture, intent)
    about = intent.about
    return Difference(
        subject=Subject.LETTER if letter else Subject.DUE,
        campaign=about.campaign,
        round=about.round,
        office=about.office,
        name=_name(picture, about),
        before="" if done else what,
        after=what if done else "",
        follows=f"done now: {intent.why}" if done else "not done now",
    )


def _what(picture: Picture, intent: Intent) -> tuple[str, bool]:
    """Say what an intent does, and whether it does that to a letter."""
    match intent:
        case PlanDispatch():
            return f"{intent.kind} by {intent.channel} to {intent.target}", True
        case CancelDispatch() | Transmit() | Probe():
            verb = {CancelDispatch: "dropped", Transmit: "handed over", Probe: "looked for"}
            return f"{_letter(picture, intent.dispatch)} {verb[type(intent)]}", True
        case AskPerson():
            return f"{intent_name(intent)} {intent.kind}", False
        case _:
            return intent_name(intent), False


def _letter(picture: Picture, name: DispatchId) -> str:
    sent = picture.dispatch(name)
    return f"{sent.kind} by {sent.channel} to {sent.target}" if sent else name


def _name(picture: Picture, about: About) -> str:
    entry = picture.directory.get(about.office) if about.office else None
    return entry.name if entry else about.office or ""
