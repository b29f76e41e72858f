"""What a mapping file says about a portal: where its pages name documents, dates and files."""

from dataclasses import dataclass

from domain.rest_forms import DateForm
from mappings.portal.selector import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """Where a row has the issue date, and the forms in which it may be written."""

    selector: Selector
    forms: tuple[DateForm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRule:
    """Where the links to files are; ``name`` is looked for from the link on."""

    links: Selector
    name: Selector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalRules:
    """The rules of one portal. Files are named in the row, or on the page that ``link`` leads to.

    ``rows``, ``next`` and the links of ``detail`` are looked for in a whole page, the rest from a
    row on.
    """

    name: str
    rows: Selector
    number: Selector | None = None
    title: Selector | None = None
    day: DayRule | None = None
    link: Selector | None = None
    files: FilesRule | None = None
    next: Selector | None = None
    max_pages: int = 5
    detail: FilesRule | None = None
