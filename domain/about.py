"""Which campaign, round and office something belongs to."""

from dataclasses import dataclass

from domain.ids import CampaignId, OfficeId, RoundId


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a fact concerns; a member is None where it does not apply or is not known."""

    campaign: CampaignId | None = None
    round: RoundId | None = None
    office: OfficeId | None = None
