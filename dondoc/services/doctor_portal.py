"""Whether the portals that campaigns name answer, and their rules find the document there."""

from domain.campaign import Campaign
from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import digest_of
from domain.portal import PortalRule, PortalUnusable
from dondoc.app import App, PortalSite
from dondoc.services.doctor_check import Check
from dondoc.services.portal_search import Search


def examine_portals(app: App) -> list[Check]:
    """Ask each portal's pages, without fetching the file; nothing is kept."""
    return [
        _examine(campaign, campaign.portal, app.portals[campaign.id])
        for campaign in app.campaigns.values()
        if campaign.portal and campaign.id in app.portals
    ]


def _examine(campaign: Campaign, rule: PortalRule, site: PortalSite) -> Check:
    name = f"portal of {campaign.id}"
    search = Search(site=site, rule=rule, keep=digest_of)
    try:
        link = search.file()
    except PortalUnusable as error:
        advice = f"`dondoc portal {campaign.id}` shows what the rules of {site.rules.name} find"
        return Check(name=name, ok=False, what=error.reason, advice=advice)
    except (PeerUnavailable, PeerRefused) as error:
        advice = "check portal.page and portal.hosts of the campaign, and the network"
        return Check(name=name, ok=False, what=f"{error.peer}: {error.detail}", advice=advice)
    what = f"answers: {len(search.listed)} document(s) read, {rule.document} with "
    return Check(name=name, ok=True, what=f"{what}{link.base or link.name}")
