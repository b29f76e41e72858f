"""The state of one campaign that decisions are made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.campaign import Campaign
from domain.ids import OfficeId
from domain.kinds import DispatchKind
from domain.office import Directory
from domain.state import (
    AssignmentState,
    CompilationState,
    DirectiveState,
    DispatchState,
    ReviewState,
    RoundState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Rules and rows of one campaign as they stand now.

    ``reviews`` are the open ones and all that found no door; ``dispatches`` are all there are.
    """

    campaign: Campaign
    directory: Directory
    directive: DirectiveState
    rounds: Sequence[RoundState]
    assignments: Sequence[AssignmentState]
    dispatches: Sequence[DispatchState]
    reviews: Sequence[ReviewState]
    compilations: Sequence[CompilationState]

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
