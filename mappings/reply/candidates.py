"""Offices that a message may come from, scored by independent signs."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.ids import OfficeId
from domain.reading import Candidate

WEIGHTS = {
    "response_for": 0.9,
    "thread": 0.8,
    "token": 0.8,
    "subject_token": 0.6,
    "sender": 0.7,
    "shared_address": 0.3,
    "document_head": 0.6,
    "text": 0.4,
    "sender_name": 0.4,
    "file_name": 0.4,
}
"""How much each kind of sign proves alone; chosen by judgement, they only order a list."""

_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something that points at an office, and the words that do."""

    office: OfficeId
    kind: str
    words: str


def candidates(signs: Iterable[Sign]) -> tuple[Candidate, ...]:
    """Return the likeliest offices, best first; a kind of sign counts once for an office.

    The score is the chance that not every sign errs, were they independent.
    """
    found: dict[OfficeId, dict[str, str]] = {}
    for sign in signs:
        found.setdefault(sign.office, {}).setdefault(sign.kind, sign.words)
    scored = [
        Candidate(
            office=office,
            score=_score(kinds),
            why=tuple(f"{kind}: {words}" for kind, words in kinds.items()),
        )
        for office, kinds in found.items()
    ]
    return tuple(sorted(scored, key=lambda c: (-c.score, c.office))[:_MOST])


def _score(kinds: Iterable[str]) -> float:
    error = 1.0
    for kind in kinds:
        error *= 1.0 - WEIGHTS[kind]
    return round(1.0 - error, 2)
