"""Which configuration a daemon works by."""

from dataclasses import replace
from typing import assert_never

from domain import facts
from domain.facts import Recorded
from domain.ports import StateView
from domain.state import ConfigurationState


def configuration_row(
    view: StateView,
    recorded: Recorded,
    fact: facts.ConfigurationAdopted | facts.ConfigurationRefused,
) -> ConfigurationState:
    """Return the row of a daemon after it took a set, or refused one."""
    at = recorded.event.occurred_at
    match fact:
        case facts.ConfigurationAdopted():
            return ConfigurationState(
                worker=fact.worker,
                path=fact.path,
                digest=fact.digest,
                adopted=recorded.sequence,
                adopted_at=at,
            )
        case facts.ConfigurationRefused():
            found = view.get(ConfigurationState, (fact.worker,))
            before = found or ConfigurationState(worker=fact.worker, path=fact.path)
            return replace(before, refused=fact.digest, refused_at=at, problems=fact.problems)
        case _:
            assert_never(fact)
