"""What a change of the rules does to rounds that are open: who comes in, goes and comes back.

Only the rules decide, whatever became of them in the meantime: the same rules give nothing to do.
An office that ends passes its duty on (``succession``).
Whoever comes in late gets the directive as a first letter; whoever goes gets nothing more; whoever
comes back goes on where it was. Where the rules name most of the recipients no more, a person is
asked first: a group that was misspelt looks just so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.campaign import Expected
from domain.facts import About
from domain.ids import OfficeId, RoundId
from domain.intents import (
    AddRecipient,
    AskPerson,
    CloseReview,
    Intent,
    RemoveRecipient,
    RestoreRecipient,
)
from domain.kinds import Decision, ReviewKind
from domain.recipients import Recipient
from domain.state import AssignmentState, ReviewState, RoundState
from domain.status import Membership
from schedulers.calendar import local_day
from schedulers.picture import Picture
from schedulers.recall import covering, taken_back
from schedulers.succession import TAKES_MORE, succession
from schedulers.taking_part import named_in_round, recipients_of

_REMOVED = "the configuration names it as a recipient no more"
_RESTORED = "the configuration names it as a recipient again"
_EXISTS = "the office exists after all"
_ADDED = "the configuration names it as a recipient since"

_SLIP = (
    "the configuration names {gone} of the {of} recipients of round {round} no more ({names}). "
    "Nothing is sent to them for now. If that is meant, accept: they get nothing more and owe "
    "nothing. If not, mend the configuration, which closes this, or reject: they stay recipients"
)
_NAMED_AT_MOST = 8

_MENDED = "the recipients are others now"

_TOO_LATE = (
    "the configuration names {names} as recipients, and round {round} takes nobody more: they get "
    "nothing of it{yearly}. If they are to have the directive, send it to them by hand; use noted"
)
_YEARLY = "; whoever owes something takes part from the next round on"


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChange:
    """What is to be recorded, who leaves at this turn, and for whom a person must decide.

    ``outside`` are those that a closed round keeps as they were and that are named no more.
    """

    intents: Sequence[Intent] = ()
    leaving: frozenset[tuple[RoundId, OfficeId]] = frozenset()
    outside: frozenset[tuple[RoundId, OfficeId]] = frozenset()
    on_hold: frozenset[tuple[RoundId, OfficeId]] = frozenset()


def membership(picture: Picture, now: datetime) -> MembershipChange:
    """Return how the recipients of the open rounds differ from those that the rules name."""
    found: list[Intent] = []
    leaving: set[tuple[RoundId, OfficeId]] = set()
    outside: set[tuple[RoundId, OfficeId]] = set()
    on_hold: set[tuple[RoundId, OfficeId]] = set()
    for round_state in picture.rounds:
        if taken_back(picture, round_state.round):
            continue
        wanted = named_in_round(picture, round_state)
        found += _too_late(picture, round_state, wanted, now)
        forwarded = picture.forwarded(round_state)
        if forwarded and picture.directive.version == 1:
            continue
        members = picture.assignments_of(round_state)
        if forwarded:
            members = [a for a in members if _last_of(picture, a)]
        gone, held, asked = _gone(picture, round_state, members, wanted.keys())
        found += asked
        on_hold |= {(a.round, a.office) for a in held}
        if forwarded:
            # What was compiled stays as it was; only another version of the directive may follow.
            outside |= {(a.round, a.office) for a in gone}
            continue
        found += [RemoveRecipient(about=a.about, why=_REMOVED) for a in gone]
        leaving |= {(a.round, a.office) for a in gone}
        found += _back(picture, round_state, wanted.keys(), now)
        found += _late(picture, round_state, wanted.values(), now)
        there = [a for a in members if a not in gone and a not in held]
        passing = succession(picture, round_state, there, now)
        found += passing.intents
        leaving |= passing.leaving
        on_hold |= passing.on_hold
    return MembershipChange(
        intents=found,
        leaving=frozenset(leaving),
        outside=frozenset(outside),
        on_hold=frozenset(on_hold),
    )


def _last_of(picture: Picture, assignment: AssignmentState) -> bool:
    """Tell whether an office takes part in no later round: its letters of now go in this one."""
    rounds = [
        r for r in picture.rounds if picture.assignment(replace(assignment.about, round=r.round))
    ]
    return assignment.round == max(rounds, key=lambda r: r.due_on).round


def _gone(
    picture: Picture,
    round_state: RoundState,
    members: Iterable[AssignmentState],
    wanted: Iterable[OfficeId],
) -> tuple[list[AssignmentState], list[AssignmentState], list[Intent]]:
    """Return who leaves a round, who waits for a person to say so, and what is asked or closed."""
    named = frozenset(wanted)
    # Whoever was taken back by a person's order is out already, and was told so.
    there = [a for a in members if covering(picture, a.round, a.office) is None]
    missing = [a for a in there if a.office not in named]
    reviews = _reviews(picture, round_state, ReviewKind.RECIPIENTS)
    accepted = [a for a in missing if _decided(reviews, a) is Decision.ACCEPT]
    undecided = [a for a in missing if _decided(reviews, a) is None]
    if 2 * len(undecided) <= len(there):
        closed = _closed(round_state, [r for r in reviews if r.open])
        return [*accepted, *undecided], [], closed
    offices = tuple(a.office for a in undecided)
    asked: list[Intent] = _closed(
        round_state, [r for r in reviews if r.open and set(r.candidates) != set(offices)]
    )
    if not any(r.open and set(r.candidates) == set(offices) for r in reviews):
        asked.append(_ask(round_state, offices, len(there), len(reviews)))
    return accepted, undecided, asked


def _decided(reviews: Iterable[ReviewState], assignment: AssignmentState) -> Decision | None:
    """Return what a person decided last about an office, since it last came or went."""
    since = assignment.membership_at
    about_it = [
        (r.resolved_at, r.decision)
        for r in reviews
        if assignment.office in r.candidates
        and r.decision in (Decision.ACCEPT, Decision.REJECT)
        and r.resolved_at is not None
        and (since is None or r.resolved_at > since)
    ]
    return max(about_it, key=lambda one: one[0])[1] if about_it else None


def _ask(
    round_state: RoundState, offices: tuple[OfficeId, ...], there: int, before: int
) -> AskPerson:
    why = _SLIP.format(
        gone=len(offices),
        of=there,
        round=round_state.round,
        names=_names(offices),
    )
    return AskPerson(
        about=_about(round_state),
        kind=ReviewKind.RECIPIENTS,
        why=why,
        # The same slip may be made once more after it was mended.
        of=f"recipients {before + 1}",
        candidates=offices,
    )


def _closed(round_state: RoundState, reviews: Iterable[ReviewState]) -> list[Intent]:
    return [CloseReview(about=_about(round_state), review=r.review, why=_MENDED) for r in reviews]


def _back(
    picture: Picture, round_state: RoundState, wanted: Iterable[OfficeId], now: datetime
) -> list[Intent]:
    """Return who comes back, and whom a person kept and the rules name again.

    That spends the decision: the next time that it is left out counts as the first time.
    """
    if round_state.status not in TAKES_MORE:
        return []
    named = frozenset(wanted)
    reviews = _reviews(picture, round_state, ReviewKind.RECIPIENTS)
    found: list[Intent] = []
    for a in picture.assignments:
        if a.round != round_state.round or a.office not in named:
            continue
        if a.membership is Membership.PASSED:
            entry = picture.directory.get(a.office)
            if entry is not None and entry.valid_on(local_day(now)):
                found.append(RestoreRecipient(about=a.about, why=_EXISTS))
        elif a.removed or (reviews and _decided(reviews, a) is Decision.REJECT):
            found.append(RestoreRecipient(about=a.about, why=_RESTORED))
    return found


def _reviews(picture: Picture, round_state: RoundState, kind: ReviewKind) -> list[ReviewState]:
    return [r for r in picture.reviews if (r.kind, r.round) == (kind, round_state.round)]


def _late(
    picture: Picture, round_state: RoundState, wanted: Iterable[Recipient], now: datetime
) -> list[Intent]:
    """Return who comes in late: into the newest round before it is to be compiled.

    Whoever is only informed comes into the first one, until its result has gone away.
    """
    all_in, informed_in = _takes_late(picture, round_state, now), _informs(picture, round_state)
    if not all_in and not informed_in:
        return []
    # What had gone by before it was asked for is no deadline of it.
    due_at = round_state.due_at if now < round_state.due_at else None
    found: list[Intent] = []
    for recipient in wanted:
        about = About(
            campaign=round_state.campaign, round=round_state.round, office=recipient.office.id
        )
        informed = recipient.expected is Expected.INFORMATION
        if (all_in or informed) and picture.assignment(about) is None:
            found.append(
                AddRecipient(
                    about=about,
                    expected=recipient.expected,
                    due_at=None if informed else due_at,
                    why=_ADDED,
                )
            )
    return found


def _takes_late(picture: Picture, round_state: RoundState, now: datetime) -> bool:
    in_time = round_state.status in TAKES_MORE and now < round_state.compile_at
    return _newest(picture, round_state) and in_time


def _informs(picture: Picture, round_state: RoundState) -> bool:
    """Tell whether who is only informed may still come in: a result does not wait for it."""
    return round_state.round == picture.rounds[0].round and not picture.forwarded(round_state)


def _newest(picture: Picture, round_state: RoundState) -> bool:
    return round_state.round == max(picture.rounds, key=lambda r: r.due_on).round


def _too_late(
    picture: Picture,
    round_state: RoundState,
    wanted: Mapping[OfficeId, Recipient],
    now: datetime,
) -> list[Intent]:
    """Ask about offices that became recipients when they get nothing of it any more, once."""
    late: Iterable[Recipient] = ()
    if _newest(picture, round_state):
        late = () if _takes_late(picture, round_state, now) else wanted.values()
    elif round_state.round == picture.rounds[0].round:
        # Whoever owes something is looked for in the newest round.
        late = [r for r in recipients_of(picture) if r.expected is Expected.INFORMATION]
    if _informs(picture, round_state):
        late = [r for r in late if r.expected is not Expected.INFORMATION]
    about = _about(round_state)
    missed = [
        r.office.id for r in late if picture.assignment(replace(about, office=r.office.id)) is None
    ]
    reviews = _reviews(picture, round_state, ReviewKind.TOO_LATE)
    found = _closed(round_state, [r for r in reviews if r.open and not {*r.candidates} & {*missed}])
    told = {office for r in reviews for office in r.candidates}
    fresh = tuple(office for office in missed if office not in told)
    if fresh:
        why = _TOO_LATE.format(
            names=_names(fresh),
            round=round_state.round,
            yearly=_YEARLY if picture.campaign.rounds.yearly else "",
        )
        of = f"too late {len(reviews) + 1}"
        kind = ReviewKind.TOO_LATE
        found.append(AskPerson(about=about, kind=kind, why=why, of=of, candidates=fresh))
    return found


def _names(offices: Sequence[OfficeId]) -> str:
    names, more = ", ".join(offices[:_NAMED_AT_MOST]), len(offices) - _NAMED_AT_MOST
    return f"{names} and {more} more" if more > 0 else names


def _about(round_state: RoundState) -> About:
    return About(campaign=round_state.campaign, round=round_state.round)
