"""The state of one campaign that decisions are made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.campaign import Campaign
from domain.facts import About
from domain.ids import OfficeId
from domain.intents import AskPerson, Intent
from domain.kinds import DispatchKind, ReviewKind
from domain.office import Directory
from domain.state import (
    AssignmentState,
    CompilationState,
    DirectiveState,
    DispatchState,
    PortalState,
    RecallState,
    ReviewState,
    RoundState,
)
from schedulers.quiet import QuietHours


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
    dispatches: Sequence[DispatchState]
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

    def ask(self, kind: ReviewKind, about: About, why: str) -> list[Intent]:
        """Return that a person is asked, unless that was done before."""
        asked = any(
            r.kind is kind and (r.round, r.office) == (about.round, about.office)
            for r in self.reviews
        )
        return [] if asked else [AskPerson(about=about, kind=kind, why=why)]

    def forwarded(self, round_state: RoundState) -> bool:
        """Tell whether a version went to the Department, also when a newer one was made since."""
        return any(c.forwarded_at for c in self.compilations if c.round == round_state.round)

    def assignments_of(self, round_state: RoundState) -> list[AssignmentState]:
        """Return the assignments of a round."""
        return [a for a in self.assignments if a.round == round_state.round]

    def dispatches_of(
        self, round_state: RoundState, kinds: Iterable[DispatchKind]
    ) -> dict[OfficeId, list[DispatchState]]:
        """Return the dispatches of these kinds in a round, by office."""
        wanted = frozenset(kinds)
        found: dict[OfficeId, list[DispatchState]] = {}
        for dispatch in self.dispatches:
            if dispatch.round == round_state.round and dispatch.kind in wanted:
                found.setdefault(dispatch.office, []).append(dispatch)
        return found
