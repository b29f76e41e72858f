"""The documents that a list page names, and the files of one of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote, urlsplit

from lxml import etree

from domain.portal import PortalProblem, PortalUnusable
from domain.rest_forms import ZONE
from mappings.portal.page import Page, element_text, line, links_of, text_of
from mappings.portal.rules import DayRule, FilesRule, PortalRules

MAX_ROWS = 1_000
MAX_FILES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """A link to a file; ``name`` is what the page calls it, ``base`` the end of its address."""

    url: str
    name: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document of a list. ``link`` leads to its own page; empty where there is none."""

    number: str
    title: str
    day: date | None
    link: str
    files: tuple[FileLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The documents of one page, and the address of the next page; empty on the last one."""

    entries: tuple[Entry, ...]
    next: str


def read_listing(rules: PortalRules, page: Page) -> Listing:
    """Return what a list page names; raises ``PortalUnusable`` when the rules find no row."""
    rows = [row for row in rules.rows.found(page.root) if not isinstance(row, str)]
    if not rows:
        reason = f"{rules.rows.key} of {rules.name} finds nothing: the page looks different now"
        raise PortalUnusable(PortalProblem.CHANGED, reason)
    if len(rows) > MAX_ROWS:
        reason = f"{rules.rows.key} of {rules.name} finds more than {MAX_ROWS} rows"
        raise PortalUnusable(PortalProblem.CHANGED, reason)
    entries = tuple(_entry(rules, row, page.base) for row in rows)
    if not any(entry.number or entry.title for entry in entries):
        reason = f"{rules.name} finds {len(rows)} row(s), but no number and no title in any"
        raise PortalUnusable(PortalProblem.CHANGED, reason)
    following = links_of(rules.next, page.root, page.base) if rules.next else []
    return Listing(entries=entries, next=following[0][0] if following else "")


def read_files(rule: FilesRule, node: etree._Element, base: str) -> tuple[FileLink, ...]:
    """Return the links to files below a node, each address once."""
    links = links_of(rule.links, node, base)[:MAX_FILES]
    return tuple(
        FileLink(url=url, name=_name(rule, element), base=address_end(url))
        for url, element in links
    )


def address_end(url: str) -> str:
    """Return the last part of an address, as a file would be called that is saved from it."""
    return line(unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2])


def _entry(rules: PortalRules, row: etree._Element, base: str) -> Entry:
    links = links_of(rules.link, row, base) if rules.link else []
    return Entry(
        number=text_of(rules.number, row),
        title=text_of(rules.title, row),
        day=_day(rules.day, row),
        link=links[0][0] if links else "",
        files=read_files(rules.files, row, base) if rules.files else (),
    )


def _name(rule: FilesRule, element: etree._Element | None) -> str:
    if element is None:
        return ""
    return text_of(rule.name, element) if rule.name else element_text(element)


def _day(rule: DayRule | None, row: etree._Element) -> date | None:
    if rule is None:
        return None
    text = text_of(rule.selector, row)
    return next(_days(rule, [text, *text.split()]), None)


def _days(rule: DayRule, texts: Iterable[str]) -> Iterator[date]:
    for text in texts:
        for form in rule.forms:
            instant = form.read(text)
            if instant is not None:
                yield instant.astimezone(ZONE).date()
