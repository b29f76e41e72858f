"""The state of one campaign that decisions are made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from domain.campaign import Campaign
from domain.facts import About
from domain.ids import DispatchId, OfficeId, RoundId
from domain.intents import AskPerson, Intent
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Directory
from domain.state import (
    AssignmentState,
    CompilationState,
    DirectiveState,
    DispatchStanding,
    PortalState,
    RecallState,
    ReviewState,
    RoundState,
)
from domain.status import DispatchStatus
from schedulers.quiet import QuietHours

UNDER_WAY = (
    DispatchStatus.PLANNED,
    DispatchStatus.DEFERRED,
    DispatchStatus.SENDING,
    DispatchStatus.UNCERTAIN,
)
"""Statuses in which nothing is known to have been taken by a server."""


class _Gathered:
    """The rows of a picture by what they are looked up by.

    Every office is looked up many times in a turn: among all rows each time, ten thousand offices
    would cost ten thousand times ten thousand steps.
    """

    def __init__(self, picture: "Picture") -> None:
        self.dispatches = {d.dispatch: d for d in picture.dispatches}
        self.to_office: dict[OfficeId, list[DispatchStanding]] = {}
        self.in_round: dict[RoundId, list[DispatchStanding]] = {}
        for dispatch in picture.dispatches:
            self.to_office.setdefault(dispatch.office, []).append(dispatch)
            self.in_round.setdefault(dispatch.round, []).append(dispatch)
        self.assignments: dict[RoundId, dict[OfficeId, AssignmentState]] = {}
        for assignment in picture.assignments:
            self.assignments.setdefault(assignment.round, {})[assignment.office] = assignment
        self.asked = {(r.kind, r.round, r.office) for r in picture.reviews}
        self.waiting = {(r.kind, r.round) for r in picture.reviews if r.open}
        self.naming: dict[OfficeId, list[ReviewState]] = {}
        for review in picture.reviews:
            for office in set(filter(None, (review.office, *review.candidates))):
                self.naming.setdefault(office, []).append(review)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Rules and rows of one campaign as they stand now.

    ``reviews`` are the open ones and all of the kinds that are ``ASKED_ONCE``; ``dispatches`` are
    all there are.
    """

    campaign: Campaign
    directory: Directory
    directive: DirectiveState
    rounds: Sequence[RoundState]
    assignments: Sequence[AssignmentState]
    dispatches: Sequence[DispatchStanding]
    reviews: Sequence[ReviewState]
    compilations: Sequence[CompilationState]
    unheard: bool = False
    """Whether what the exchange did could not be learned at this turn."""
    portal: PortalState | None = None
    carried: bool = False
    """Whether the letter came with the file that it says is posted on a portal."""
    recalls: Sequence[RecallState] = ()
    quiet: QuietHours | None = None
    """When nothing goes out by mail."""
    mail_octets: int | None = None
    """The largest message that our mail server takes; None where that is not known."""
    leaving: frozenset[tuple[RoundId, OfficeId]] = frozenset()
    """Who is taken out of a round at this very turn."""
    outside: frozenset[tuple[RoundId, OfficeId]] = frozenset()
    """Who is named no more in a round that is closed: its result stays, and nothing goes there."""
    on_hold: frozenset[tuple[RoundId, OfficeId]] = frozenset()
    """Who may be taken out of a round: nothing goes there until a person has decided that."""
    _gathered: list[_Gathered] = field(default_factory=list, init=False, compare=False, repr=False)
    """Empty until something is looked up."""

    @property
    def _rows(self) -> _Gathered:
        if not self._gathered:
            self._gathered.append(_Gathered(self))
        return self._gathered[0]

    def dispatch(self, name: DispatchId | None) -> DispatchStanding | None:
        """Return the dispatch with this name, or None."""
        return self._rows.dispatches.get(name) if name is not None else None

    def dispatches_to(self, office: OfficeId | None) -> Sequence[DispatchStanding]:
        """Return every dispatch to an office, in all rounds."""
        return self._rows.to_office.get(office, ()) if office is not None else ()

    def assignment(self, about: About) -> AssignmentState | None:
        """Return where an office stands in a round; None where it takes no part."""
        if about.round is None or about.office is None:
            return None
        return self._rows.assignments.get(about.round, {}).get(about.office)

    def reviews_naming(self, office: OfficeId) -> Sequence[ReviewState]:
        """Return the reviews that are about an office, or perhaps are."""
        return self._rows.naming.get(office, ())

    def waits(self, kind: ReviewKind, round_id: RoundId | None) -> bool:
        """Tell whether a person has been asked something of a kind in a round, and not answered."""
        return (kind, round_id) in self._rows.waiting

    def ask(self, kind: ReviewKind, about: About, why: str) -> list[Intent]:
        """Return that a person is asked, unless that was done before."""
        asked = (kind, about.round, about.office) in self._rows.asked
        return [] if asked else [AskPerson(about=about, kind=kind, why=why)]

    def forwarded(self, round_state: RoundState) -> bool:
        """Tell whether a version went to the Department, also when a newer one was made since."""
        return any(c.forwarded_at for c in self.compilations if c.round == round_state.round)

    def assignments_of(self, round_state: RoundState) -> list[AssignmentState]:
        """Return the assignments of a round, without those that were taken out of it."""
        found = self._rows.assignments.get(round_state.round, {}).values()
        return [a for a in found if not a.removed and (a.round, a.office) not in self.leaving]

    def left(self, round_id: RoundId, office: OfficeId) -> bool:
        """Tell whether an office was taken out of a round, or is now; nothing more goes to it."""
        row = self._rows.assignments.get(round_id, {}).get(office)
        now = (round_id, office) in self.leaving | self.outside
        return now or (row is not None and row.removed)

    def dispatches_of(
        self, round_state: RoundState, kinds: Iterable[DispatchKind]
    ) -> dict[OfficeId, list[DispatchStanding]]:
        """Return the dispatches of these kinds in a round, by office."""
        wanted = frozenset(kinds)
        found: dict[OfficeId, list[DispatchStanding]] = {}
        for dispatch in self._rows.in_round.get(round_state.round, ()):
            if dispatch.kind in wanted:
                found.setdefault(dispatch.office, []).append(dispatch)
        return found
