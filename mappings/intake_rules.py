"""Whether one campaign's rule for documents leaves anything to another's."""

from collections.abc import Iterable

from domain.campaign import IntakeRule
from mappings.names.fold import fold


def covers(one: IntakeRule, other: IntakeRule) -> bool:
    """Tell whether ``one`` takes every document that ``other`` takes (``intake.takes``).

    Every member that it names must follow from what the other one names; a rule that names
    nothing takes nothing.
    """
    return (
        one != IntakeRule()
        and _same(_digits(one.number), _digits(other.number))
        and _same(_folded(one.notation), _folded(other.notation))
        and one.issued_on in (None, other.issued_on)
        and all(_within(words, other.subject_contains) for words in one.subject_contains)
        and _narrower(map(fold, one.type_names), map(fold, other.type_names))
        and _narrower(map(str.upper, one.issuers), map(str.upper, other.issuers))
    )


def _same(ours: str | None, theirs: str | None) -> bool:
    return ours is None or ours == theirs


def _digits(number: str | None) -> str | None:
    return None if number is None else fold(number).lstrip("0")


def _folded(text: str | None) -> str | None:
    return None if text is None else fold(text)


def _within(words: str, texts: Iterable[str]) -> bool:
    return any(f" {fold(words)} " in f" {fold(text)} " for text in texts)


def _narrower(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    wide, narrow = set(ours), set(theirs)
    return not wide or (bool(narrow) and narrow <= wide)
