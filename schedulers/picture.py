"""The state of one campaign that decisions are made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.campaign import Campaign
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

    ``reviews`` are the open ones; ``dispatches`` are all of the campaign.
    """

    campaign: Campaign
    directory: Directory
    directive: DirectiveState
    rounds: Sequence[RoundState]
    assignments: Sequence[AssignmentState]
    dispatches: Sequence[DispatchState]
    reviews: Sequence[ReviewState]
    compilations: Sequence[CompilationState]
