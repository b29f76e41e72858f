"""The picture of each campaign that decisions are made from."""

from domain.campaign import Campaign
from domain.errors import NotFound
from domain.ids import CampaignId, OfficeId
from domain.kinds import ASKED_ONCE
from domain.state import (
    AssignmentState,
    CompilationState,
    DirectiveState,
    PortalState,
    RecallState,
    ReviewState,
    RoundState,
)
from dondoc.app import App
from mappings.portal.choice import carried
from schedulers.picture import Picture


def pictures(app: App) -> list[Picture]:
    """Return the picture of every configured campaign that has its directive."""
    found = (picture_of(app, campaign) for campaign in app.campaigns.values())
    return [picture for picture in found if picture is not None]


def picture_of(app: App, campaign: Campaign, office: OfficeId | None = None) -> Picture | None:
    """Return the picture of one campaign, None before its directive was taken.

    With an office it has the rows of that one only: enough to write to it, not to decide.
    """
    return _picture_of(app, campaign, office, offices=True)


def _picture_of(
    app: App, campaign: Campaign, office: OfficeId | None, *, offices: bool
) -> Picture | None:
    directive = app.ledger.get(DirectiveState, (campaign.id,))
    if directive is None:
        return None
    one: dict[str, str] = {} if office is None else {"office": office}
    scope = {"campaign": campaign.id, **one}
    found = app.ledger.select(ReviewState, **one) if offices else []
    portal = app.ledger.get(PortalState, (campaign.id,))
    reviews = [r for r in found if r.campaign in (None, campaign.id)]
    return Picture(
        campaign=campaign,
        directory=app.directory,
        directive=directive,
        rounds=app.ledger.select(RoundState, campaign=campaign.id),
        assignments=app.ledger.select(AssignmentState, **scope) if offices else [],
        dispatches=app.ledger.standings(**scope) if offices else [],
        reviews=[r for r in reviews if r.open or r.kind in ASKED_ONCE],
        compilations=app.ledger.select(CompilationState, campaign=campaign.id),
        portal=portal.for_version(directive.version) if portal else None,
        carried=bool(campaign.portal and carried(directive.directive.files, campaign.portal)),
        recalls=app.ledger.select(RecallState, campaign=campaign.id),
        quiet=app.mail.quiet if app.mail else None,
        mail_octets=app.mail.max_octets if app.mail else None,
    )


def outline_of(app: App, campaign: Campaign) -> Picture | None:
    """Return the picture of a campaign without its offices: rounds, versions and results.

    That is enough to say what an office's sending belongs to, not to decide.
    """
    return _picture_of(app, campaign, None, offices=False)


def running(app: App, name: str, office: OfficeId | None = None) -> Picture:
    """Return the picture of the campaign with this name, see above; raises ``NotFound``."""
    campaign = app.campaigns.get(CampaignId(name))
    if campaign is None:
        known = ", ".join(app.campaigns) or "none"
        raise NotFound(f"there is no campaign {name!r}; the configuration has: {known}")
    picture = picture_of(app, campaign, office)
    if picture is None:
        raise NotFound(f"campaign {name} has not taken its directive yet")
    return picture
