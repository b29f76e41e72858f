"""Who gets the directive anew after another version took its place, and what is not sent any more.

The replacement goes to every office that has an earlier version, or perhaps has it, by each door
by which that went; whoever has answered keeps the answer. Whom nothing has reached yet, or nothing
that was kept, gets the new version as the first letter. An office that has ended gets nothing;
where its successor has no letter either, a person is told.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.campaign import Channel, ExchangeMode
from domain.facts import About
from domain.ids import DispatchId, OfficeId
from domain.intents import Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.machine import ENDED
from domain.office import Office
from domain.state import SENT_AGAIN, DispatchStanding
from domain.status import DispatchStatus
from schedulers.calendar import local_day
from schedulers.doors import address_after
from schedulers.picture import Picture
from schedulers.recall import MAY_HAVE, covering
from schedulers.taking_part import heir_at

_ENDED = (
    "the office ended on {day}, and {heir}: version {version} of the directive is not sent to it; "
    "if somebody is to have it, send it by hand; use noted"
)

POSSIBLE_COUNTS = range(1, 21)
"""Every occurrence that ``following`` gives: how many letters of a kind one office ever gets."""
POSSIBLE_NUMBERS = tuple(
    number + SENT_AGAIN * again
    for again, numbers in enumerate((POSSIBLE_COUNTS, range(1, 6), range(1, 6), range(1, 6)))
    for number in numbers
)
"""Every occurrence that ``replacement_number`` gives, and so do results and recalls: a version, or
which letter, at the very most; hardly any is sent again, and none often."""


def replacements(picture: Picture, now: datetime, planned: Sequence[Intent] = ()) -> list[Intent]:
    """Return the replacements to be sent, one by each door, in the newest round of the office.

    Not by a door by which a first letter is ``planned`` now: that brings the new version.
    """
    version = picture.directive.version
    if version == 1:
        return []
    first = {
        (i.about.office, i.channel)
        for i in planned
        if isinstance(i, PlanDispatch) and i.kind in LETTERS
    }
    found: list[Intent] = []
    told: set[About] = set()
    for (office, channel), letters in _by_door(picture).items():
        if (office, channel) in first:
            continue
        has = [d for d in letters if d.status in MAY_HAVE]
        sent = any(
            d.edition == version and d.status is not DispatchStatus.CANCELLED for d in letters
        )
        if sent or not has or (channel is Channel.EXCHANGE and not _sends(picture)):
            continue
        newest = max(has, key=lambda d: (_opened(picture, d), d.planned_at, d.dispatch))
        place = newest.round, newest.office
        if picture.left(*place) or place in picture.on_hold:
            continue
        if covering(picture, *place) is not None:
            continue
        entry = picture.directory.get(office)
        if entry is None or entry.valid_to is None or local_day(now) <= entry.valid_to:
            found.append(_plan(picture, newest))
        elif newest.about not in told:
            told.add(newest.about)
            found += _ended(picture, newest.about, entry, now)
    return found


def _ended(picture: Picture, about: About, office: Office, now: datetime) -> list[Intent]:
    """Tell a person of an office that has ended, unless its successor has had the letter.

    Such a successor gets the new version for itself.
    """
    heir, _ = heir_at(picture, office.id, now)
    if heir and any(d.kind in LETTERS for d in picture.dispatches_to(heir.id)):
        return []
    why = _ENDED.format(
        day=f"{office.valid_to:%d/%m/%Y}",
        version=picture.directive.version,
        heir=f"its successor {heir.name} has no letter" if heir else "nobody takes over",
    )
    return picture.ask(ReviewKind.ENDED, about, why)


def _by_door(picture: Picture) -> dict[tuple[OfficeId, Channel], list[DispatchStanding]]:
    found: dict[tuple[OfficeId, Channel], list[DispatchStanding]] = {}
    for d in picture.dispatches:
        if d.kind in LETTERS:
            found.setdefault((d.office, d.channel), []).append(d)
    return found


def _sends(picture: Picture) -> bool:
    return picture.campaign.exchange is ExchangeMode.SEND


def _opened(picture: Picture, dispatch: DispatchStanding) -> object:
    return next(r.opened_at for r in picture.rounds if r.round == dispatch.round)


def replacement_number(picture: Picture, about: About, channel: Channel) -> int:
    """Return the occurrence of the next replacement with the version in force by a channel.

    It is the version; one that was dropped before it left makes room as sending again does.
    """
    version = picture.directive.version
    before = sum(
        (d.about, d.kind, d.channel, d.version)
        == (about, DispatchKind.REPLACEMENT, channel, version)
        for d in picture.dispatches_to(about.office)
    )
    return version + SENT_AGAIN * before


def _plan(picture: Picture, newest: DispatchStanding) -> PlanDispatch:
    version = picture.directive.version
    return PlanDispatch(
        about=newest.about,
        kind=DispatchKind.REPLACEMENT,
        occurrence=replacement_number(picture, newest.about, newest.channel),
        channel=newest.channel,
        target=address_after(picture, newest) or newest.target,
        why=f"version {version} of the directive replaces the one that it has",
    )


def superseded(picture: Picture) -> dict[DispatchId, str]:
    """Return the letters that carry an earlier version: they do not leave any more."""
    version = picture.directive.version
    return {
        d.dispatch: f"version {version} of the directive takes its place"
        for d in picture.dispatches
        if d.kind in LETTERS and d.edition < version
    }


def in_force(
    picture: Picture, sent: dict[OfficeId, list[DispatchStanding]]
) -> dict[OfficeId, list[DispatchStanding]]:
    """Leave out first letters that nobody has: their doors are free again.

    They were dropped before they left, or are of an earlier version and came back, were refused or
    given back, and so was all else that went by that door in that round. Whoever refused one
    version has said nothing of the next; while a person has to decide on that letter, its door is
    theirs.
    """
    version, by_door = picture.directive.version, _by_door(picture)
    to_decide = {r.dispatch for r in picture.reviews if r.open}

    def with_nobody(d: DispatchStanding) -> bool:
        older = d.edition < version and d.dispatch not in to_decide
        return d.status is DispatchStatus.CANCELLED or (older and d.status in ENDED)

    def free(dispatch: DispatchStanding) -> bool:
        letters = by_door[dispatch.office, dispatch.channel]
        return all(with_nobody(d) for d in letters if d.round == dispatch.round)

    return {office: [d for d in those if not free(d)] for office, those in sent.items()}


def following(picture: Picture, about: About, kind: DispatchKind, channel: Channel) -> int:
    """Return the occurrence of the next letter of a kind to an office by a channel, from 1 on."""
    before = (
        d.occurrence
        for d in picture.dispatches_to(about.office)
        if (d.about, d.kind, d.channel) == (about, kind, channel)
    )
    return max(before, default=0) + 1
