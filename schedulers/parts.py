"""Further mails of a letter: when they may leave, and when they must not any more.

They follow their letter: nobody gets the second part of something that he never gets.
"""

from collections.abc import Iterable, Mapping

from domain.ids import DispatchId
from domain.machine import ENDED
from domain.state import DispatchStanding
from schedulers.picture import UNDER_WAY, Picture


def parts_of(picture: Picture, letters: Iterable[DispatchStanding]) -> list[DispatchStanding]:
    """Return the further mails of letters."""
    names = {d.dispatch for d in letters}
    return [d for d in picture.dispatches if d.part_of in names]


def waiting_parts(picture: Picture) -> set[DispatchId]:
    """Return the parts whose letter no server is known to have taken: it goes first."""
    return {p.dispatch for p, letter in _with_letters(picture) if letter.status in UNDER_WAY}


def needless_parts(picture: Picture, needless: Mapping[DispatchId, str]) -> dict[DispatchId, str]:
    """Return the parts that must not go out any more, with the reason.

    ``needless`` are those other sendings that must not.
    """
    found: dict[DispatchId, str] = {}
    for part, letter in _with_letters(picture):
        if letter.dispatch in needless:
            found[part.dispatch] = needless[letter.dispatch]
        elif letter.status in ENDED:
            found[part.dispatch] = f"the letter that it belongs to is {letter.status}"
        elif _sent_anew(picture, letter):
            found[part.dispatch] = "its letter was sent anew, with all its parts"
    return found


def _with_letters(picture: Picture) -> list[tuple[DispatchStanding, DispatchStanding]]:
    letters = {d.dispatch: d for d in picture.dispatches}
    return [(d, letters[d.part_of]) for d in picture.dispatches if d.part_of is not None]


def _sent_anew(picture: Picture, letter: DispatchStanding) -> bool:
    return any(
        (d.about, d.kind, d.channel) == (letter.about, letter.kind, letter.channel)
        and d.planned_at > letter.planned_at
        for d in picture.dispatches_to(letter.office)
    )
