"""The portals that campaigns name: their mapping files, what is wrong with them, their records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from domain.errors import Problem
from domain.hosts import is_loopback
from domain.ids import CampaignId
from domain.words import say
from dondoc.settings.check_access import check_ca_file
from dondoc.settings.load_portal import read_portal
from dondoc.settings.models import CampaignFile, PortalEntry
from dondoc.settings.placed import Placed
from dondoc.settings.problems import label
from dondoc.settings.records import PortalSettings
from dondoc.settings.source import Document, Trail
from mappings.portal.rules import PortalRules

Mappings = Mapping[Path, PortalRules]
"""The sound mapping files by their paths."""

Open = Callable[[Path], Document | None]
IsFile = Callable[[Path], bool]


def read_portals(
    campaigns: Sequence[Document], open_file: Open, is_file: IsFile = Path.is_file
) -> tuple[dict[Path, PortalRules], tuple[Problem, ...]]:
    """Read the mapping file of each campaign's portal, each once, whatever else is wrong there."""
    found: dict[Path, PortalRules] = {}
    problems: tuple[Problem, ...] = ()
    seen: set[Path] = set()
    for campaign in campaigns:
        name = _named(campaign.data)
        path = campaign.path.parent / name if name else None
        if path is None or path.resolve() in seen:
            continue
        seen.add(path.resolve())
        if not is_file(path):
            what = say("there is no mapping file {name}", name=name)
            advice = say("write its path relative to {file}", file=campaign.path.name)
            problems += (campaign.problem(("portal", "mapping"), what, advice),)
            continue
        document = open_file(path)
        rules, wrong = (None, ()) if document is None else read_portal(document)
        problems += wrong
        if rules is not None:
            found[path.resolve()] = rules
    return found, problems


# What YAML holds has no narrower type.
def _named(data: Any) -> str:
    portal = data.get("portal") if isinstance(data, dict) else None
    name = portal.get("mapping") if isinstance(portal, dict) else None
    return name.strip() if isinstance(name, str) else ""


def check_portals(campaigns: Sequence[Placed[CampaignFile]]) -> Iterator[Problem]:
    """Find addresses that cannot be asked, or not safely, and a CA file that is of no use."""
    for campaign in campaigns:
        entry = campaign.entry.portal
        if entry is None:
            continue
        yield from _address(campaign, ("portal", "page"), entry.page, entry)
        for index, host in enumerate(entry.hosts):
            yield from _address(campaign, ("portal", "hosts", index), host, entry)
        yield from check_ca_file(campaign, ("portal", "ca_file"), entry.ca_file)


def _address(
    campaign: Placed[CampaignFile], trail: Trail, url: str, entry: PortalEntry
) -> Iterator[Problem]:
    host = _host(url)
    if host is None:
        yield campaign.problem(
            trail,
            say("{key} is not the address of a page", key=label(trail)),
            say("write https://host/path without user name and fragment"),
        )
    elif not entry.allow_plain and not url.lower().startswith("https:") and not is_loopback(host):
        yield campaign.problem(
            trail,
            say(
                "what comes from {key} is not protected on its way: another file could be put in "
                "its place",
                key=label(trail),
            ),
            say("use https, or set allow_plain: true"),
        )


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.port != 0 and url.isascii()
    except ValueError:
        return None
    extra = parts.username or parts.password or parts.fragment
    return parts.hostname if sound and not extra else None


def to_portals(
    campaigns: Sequence[Placed[CampaignFile]], mappings: Mappings
) -> dict[CampaignId, PortalSettings]:
    """Make the portals' records; the mappings were found sound."""
    found: dict[CampaignId, PortalSettings] = {}
    for campaign in campaigns:
        entry = campaign.entry.portal
        if entry is not None:
            found[CampaignId(campaign.entry.id)] = PortalSettings(
                addresses=(entry.page, *entry.hosts),
                rules=mappings[_beside(campaign, entry.mapping).resolve()],
                ca_file=_beside(campaign, entry.ca_file) if entry.ca_file else None,
            )
    return found


def _beside(campaign: Placed[CampaignFile], name: str) -> Path:
    return (campaign.document.path.parent / name).absolute()
