"""Looking for a document on a portal: from its list page to the one file that is meant."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.errors import TooLarge
from domain.ids import Digest
from domain.portal import PortalProblem, PortalRule, PortalUnusable
from domain.ports import Visit
from dondoc.app import PortalSite
from mappings.portal.choice import the_entry, the_file
from mappings.portal.listing import Entry, FileLink, Listing, read_files, read_listing
from mappings.portal.page import MAX_OCTETS, Page, read_page

_SECONDS = 300.0
"""For a whole search, its pages and its file: letters of other campaigns wait meanwhile."""

_PAGES_OCTETS = 32 * 1024 * 1024
"""For all pages of a search together; the file has its own limit besides."""

Keep = Callable[[bytes], Digest]
"""Stores a page before it is read, and names it."""


@dataclass(slots=True)
class Search:
    """One search: the pages that were read so far are there also when it fails."""

    site: PortalSite
    rule: PortalRule
    keep: Keep
    pages: list[Digest] = field(default_factory=list)
    listed: list[Entry] = field(default_factory=list)
    visit: Visit = field(init=False)

    def __post_init__(self) -> None:
        octets = _PAGES_OCTETS + self.rule.max_octets
        self.visit = self.site.pages.visit(seconds=_SECONDS, octets=octets)

    def file(self) -> FileLink:
        """Return the link to the file that is meant.

        Raises ``PortalUnusable``, and what ``Visit.fetch`` raises.
        """
        return the_file(self.files_of(self.entry()), self.rule)

    def entry(self) -> Entry:
        """Return the document's entry; the pages of the list are read until one has it."""
        address, seen = self.rule.page, set[str]()
        while address and address not in seen and len(seen) < self.site.rules.max_pages:
            seen.add(address)
            listing = self.listing(self._page(address))
            found = the_entry(listing.entries, self.rule)
            if found is not None:
                return found
            address = listing.next
        reason = f"{self.rule.document} is not among the {len(self.listed)} documents listed there"
        raise PortalUnusable(PortalProblem.NOT_POSTED, reason)

    def listing(self, page: Page) -> Listing:
        """Read one page of the list, wherever it comes from."""
        listing = read_listing(self.site.rules, page)
        self.listed += listing.entries
        return listing

    def files_of(self, entry: Entry) -> tuple[FileLink, ...]:
        """Return the files of an entry, from its own page where it has one."""
        detail = self.site.rules.detail
        if detail is None:
            return entry.files
        if not entry.link:
            reason = f"the entry of {self.rule.document} has no link; look at list.link"
            raise PortalUnusable(PortalProblem.CHANGED, reason)
        page = self._page(entry.link)
        return read_files(detail, page.root, page.base)

    def _page(self, url: str) -> Page:
        content = io.BytesIO()
        try:
            answer = self.visit.fetch(url, content, limit=MAX_OCTETS)
        except TooLarge as error:
            raise PortalUnusable(PortalProblem.TOO_LARGE, f"a page: {error.reason}") from error
        self.pages.append(self.keep(content.getvalue()))
        return read_page(content.getvalue(), url=answer.url, charset=answer.charset)
