"""What a portal is asked for at one instant, and whom the answer is about."""

from dataclasses import dataclass
from datetime import datetime

from domain.facts import About, Event, Fact
from domain.ids import CampaignId, Digest
from domain.portal import PortalRule
from schedulers.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What a portal is asked for, and when."""

    picture: Picture
    rule: PortalRule
    now: datetime

    @property
    def campaign(self) -> CampaignId:
        """Return the campaign whose directive names the portal."""
        return self.picture.campaign.id

    @property
    def about(self) -> About:
        """Return the scope of every fact."""
        return About(campaign=self.campaign)

    @property
    def version(self) -> int:
        """Return the version of the directive that the file is looked for."""
        return self.picture.directive.version

    @property
    def attempt(self) -> int:
        """Return the number of this attempt, from 1 on."""
        return (self.picture.portal.attempts if self.picture.portal else 0) + 1

    @property
    def cause(self) -> str:
        """Return what distinguishes facts about one version of the directive from another's."""
        name = f"{self.campaign}"
        return name if self.version == 1 else f"{name} version {self.version}"

    def event(self, key: str, fact: Fact, evidence: Digest | None = None) -> Event:
        """Return that something happened to the portal; the key tells it from the others."""
        return Event(
            source="portal",
            source_key=f"{self.cause} {key}",
            occurred_at=self.now,
            fact=fact,
            evidence=evidence,
        )
