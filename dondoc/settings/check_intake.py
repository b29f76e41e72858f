"""Whether each campaign can still get a document, since the first one that fits takes it."""

from collections.abc import Iterator, Sequence

from domain.errors import Problem
from domain.words import say
from dondoc.settings.convert import to_intake
from dondoc.settings.models import CampaignFile
from dondoc.settings.placed import Placed
from mappings.intake_rules import covers


def check_intake(campaigns: Sequence[Placed[CampaignFile]]) -> Iterator[Problem]:
    """Find a campaign whose every document is taken by one that stands before it."""
    before: list[Placed[CampaignFile]] = []
    for campaign in campaigns:
        rule = to_intake(campaign.entry.intake)
        for other in before:
            if other.entry.id != campaign.entry.id and covers(to_intake(other.entry.intake), rule):
                yield campaign.problem(
                    ("intake",),
                    say(
                        "{id} never gets a document: {other} in {place} takes all that fit it",
                        id=campaign.entry.id,
                        other=other.entry.id,
                        place=other.where(("intake",)),
                    ),
                    say("name in both what tells their documents apart, such as subject_contains"),
                )
                break
        before.append(campaign)
