"""What stays as it is while packets are read one after the other, and so is asked for once.

What is sent is planned by a turn after the reading.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.ids import CampaignId, OfficeId, RoundId

_Round = tuple[CampaignId, RoundId]


@dataclass(frozen=True, slots=True)
class Lasting:
    """By round the offices that were written to under an identifier which they bear no more.

    ``former`` has them by its key, see ``bearers``; whoever asks first fills it.
    """

    former: dict[_Round, Mapping[tuple[str, ...], Collection[OfficeId]]] = field(
        default_factory=dict
    )
