"""A portal's mapping file, read, checked and made into the rules by which its pages are read."""

from collections.abc import Iterator
from pathlib import Path

from domain.errors import Problem
from domain.rest_forms import DateForm
from domain.words import say
from dondoc.settings.models_portal import (
    PortalFile,
    PostedFilesEntry,
    PostedListEntry,
    SelectorEntry,
)
from dondoc.settings.placed import Placed, load_checked, read_checked
from dondoc.settings.problems import label
from dondoc.settings.source import Document, Trail
from mappings.portal.rules import DayRule, FilesRule, PortalRules
from mappings.portal.selector import Selector, css, xpath

_IN_ROW = ("number", "title", "date", "link")


def load_portal(path: Path) -> PortalRules:
    """Read a portal's mapping file; raises ``ConfigError`` with every problem at once."""
    return load_checked(path, read_portal)


def read_portal(document: Document) -> tuple[PortalRules | None, tuple[Problem, ...]]:
    """Check a mapping file that was read; without rules when it has problems."""
    placed, problems = read_checked(PortalFile, document, _check)
    return (_rules(placed.entry) if placed else None), problems


def _check(placed: Placed[PortalFile]) -> Iterator[Problem]:
    """Find what is to be looked for in a row, but begins at the top of the page."""
    for trail, selector in _inner(placed.entry):
        path = (selector.xpath or "").lstrip("( ")
        if path.startswith("/"):
            yield placed.problem(
                (*trail, "xpath"),
                say(
                    "{key} begins with / and would search the whole page",
                    key=label((*trail, "xpath")),
                ),
                say("begin it with a dot, as .{path}", path=path),
            )


def _inner(entry: PortalFile) -> Iterator[tuple[Trail, SelectorEntry]]:
    for name in _IN_ROW:
        selector = getattr(entry.list, name)
        if selector is not None:
            yield ("list", name), selector
    if entry.list.files:
        yield ("list", "files", "links"), entry.list.files.links
    for trail, files in (
        (("list", "files"), entry.list.files),
        (("detail", "files"), entry.detail.files if entry.detail else None),
    ):
        if files and files.name:
            yield (*trail, "name"), files.name


def _rules(entry: PortalFile) -> PortalRules:
    listed = entry.list
    return PortalRules(
        name=entry.name,
        rows=_selector("list.rows", listed.rows),
        number=_optional("list.number", listed.number),
        title=_optional("list.title", listed.title),
        day=_day(listed),
        link=_optional("list.link", listed.link),
        files=_files("list.files", listed.files) if listed.files else None,
        next=_optional("list.next", listed.next),
        max_pages=listed.max_pages,
        detail=_files("detail.files", entry.detail.files) if entry.detail else None,
    )


def _day(entry: PostedListEntry) -> DayRule | None:
    if entry.date is None:
        return None
    forms = tuple(map(DateForm, entry.date.forms))
    return DayRule(selector=_selector("list.date", entry.date), forms=forms)


def _files(key: str, entry: PostedFilesEntry) -> FilesRule:
    return FilesRule(
        links=_selector(f"{key}.links", entry.links), name=_optional(f"{key}.name", entry.name)
    )


def _optional(key: str, entry: SelectorEntry | None) -> Selector | None:
    return None if entry is None else _selector(key, entry)


def _selector(key: str, entry: SelectorEntry) -> Selector:
    if entry.css is not None:
        return css(key, entry.css, entry.attribute)
    return xpath(key, entry.xpath or "", entry.attribute)
