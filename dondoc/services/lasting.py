"""What stays as it is while packets are read one after the other, and so is asked for once.

An office takes part in a round from its opening on or not at all, and what is sent is planned by a
turn after the reading.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.ids import CampaignId, OfficeId, RoundId

_Round = tuple[CampaignId, RoundId]


@dataclass(frozen=True, slots=True)
class Lasting:
    """By round the offices that take part, and those that were once written to otherwise.

    ``former`` has these by the key of the identifier, see ``bearers``. Both are filled by whoever
    asks first.
    """

    offices: dict[_Round, frozenset[OfficeId]] = field(default_factory=dict)
    former: dict[_Round, Mapping[tuple[str, ...], Collection[OfficeId]]] = field(
        default_factory=dict
    )
