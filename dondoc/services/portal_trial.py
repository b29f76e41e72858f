"""Trying the rules of a portal: what they find, step by step; nothing is kept or recorded."""

from dataclasses import dataclass

from domain.errors import PeerRefused, PeerUnavailable
from domain.ids import digest_of
from domain.portal import PortalRule, PortalUnusable
from dondoc.app import PortalSite
from dondoc.services.portal_search import Search
from mappings.portal.choice import the_entry, the_file
from mappings.portal.listing import Entry, FileLink
from mappings.portal.page import read_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the rules found. ``entry`` is the document's row, ``file`` the link that is meant.

    ``problem`` says at which point the search ended without a file; empty when it found one.
    """

    listed: tuple[Entry, ...]
    next: str = ""
    entry: Entry | None = None
    files: tuple[FileLink, ...] = ()
    file: FileLink | None = None
    problem: str = ""


def try_page(site: PortalSite, rule: PortalRule, content: bytes) -> Trial:
    """Read one saved list page; links are taken for relative to the portal's address."""
    search = Search(site=site, rule=rule, keep=digest_of)
    entry, following = None, ""
    try:
        listing = search.listing(read_page(content, url=rule.page))
        following = listing.next
        entry = the_entry(listing.entries, rule)
        if entry is None:
            problem = f"{rule.document} is not among the {len(listing.entries)} documents"
        elif site.rules.detail is None:
            file = the_file(entry.files, rule)
            return _trial(search, following, entry, entry.files, file)
        else:
            problem = f"its files stand on its own page, which was not asked: {entry.link}"
    except PortalUnusable as error:
        problem = error.reason
    return _trial(search, following, entry, problem=problem)


def try_portal(site: PortalSite, rule: PortalRule) -> Trial:
    """Ask the portal itself, from its list to the link of the file, which is not fetched."""
    search = Search(site=site, rule=rule, keep=digest_of)
    entry: Entry | None = None
    files: tuple[FileLink, ...] = ()
    try:
        entry = search.entry()
        files = search.files_of(entry)
        return _trial(search, "", entry, files, the_file(files, rule))
    except PortalUnusable as error:
        problem = error.reason
    except (PeerUnavailable, PeerRefused) as error:
        problem = f"{error.peer}: {error.detail}"
    return _trial(search, "", entry, files, problem=problem)


def _trial(
    search: Search,
    following: str,
    entry: Entry | None,
    files: tuple[FileLink, ...] = (),
    file: FileLink | None = None,
    problem: str = "",
) -> Trial:
    return Trial(
        listed=tuple(search.listed),
        next=following,
        entry=entry,
        files=files,
        file=file,
        problem=problem,
    )
