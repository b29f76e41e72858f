"""When the store became an older one again."""

from domain.facts import Recorded, StoreRestored
from domain.state import RestorationState


def restored(recorded: Recorded, fact: StoreRestored) -> RestorationState:
    """Return the row of a restoration."""
    event = recorded.event
    return RestorationState(
        restoration=event.source_key, restored_at=event.occurred_at, made_at=fact.made_at
    )
