"""One page of a portal as a tree: bounded, in whatever charset, with its links made whole."""

import re
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree

from domain.portal import PortalProblem, PortalUnusable
from mappings.mail.text import clean, decode
from mappings.portal.selector import Selector

MAX_OCTETS = 4 * 1024 * 1024
MAX_ELEMENTS = 8_000
MAX_DEPTH = 64
"""Two or three times what lists of documents have. Both bound the time of selectors, which grows
with the square of the one and with the other: ``div div`` over a page of 20,000 elements that are
nested 240 deep took minutes, at these limits it takes a second or two."""

_TEXT = 2_000
_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE
)
_META_WITHIN = 4_096
# fmt: off
_BREAKS = frozenset(
    {"br", "p", "div", "section", "li", "ul", "ol", "dt", "dd", "tr", "td", "th", "table",
     "h1", "h2", "h3", "h4", "h5", "h6"}
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the address that its links are relative to."""

    root: etree._Element
    base: str


def read_page(content: bytes, *, url: str, charset: str | None = None) -> Page:
    """Parse one page; ``charset`` is what the server said. Raises ``PortalUnusable``."""
    if len(content) > MAX_OCTETS:
        reason = f"the page has more than {MAX_OCTETS} octets"
        raise PortalUnusable(PortalProblem.TOO_LARGE, reason)
    text, _ = decode(content, charset or _declared(content))
    root = _tree(text)
    _check_shape(root)
    return Page(root=root, base=_base(root, url))


def text_of(selector: Selector | None, node: etree._Element) -> str:
    """Return the first text that a selector finds, on one line; empty without any."""
    if selector is None:
        return ""
    texts = (_said(found, selector.attribute) for found in selector.found(node))
    return next((text for text in texts if text), "")


def links_of(
    selector: Selector, node: etree._Element, base: str
) -> list[tuple[str, etree._Element | None]]:
    """Return the whole addresses that a selector finds, http and https only, each once.

    With each comes the element that names it, None for a bare text.
    """
    found: dict[str, etree._Element | None] = {}
    for item in selector.found(node):
        for reference, element in _references(item, selector.attribute):
            address = absolute(base, reference)
            known = found.get(address)
            # An icon and the name beside it often lead to one place; the name is wanted.
            if address and (known is None or not element_text(known)):
                found[address] = element
    return list(found.items())


def absolute(base: str, reference: str) -> str:
    """Return the whole address of a link, empty where it is none that can be asked for."""
    bare = "".join(letter for letter in reference.strip() if letter.isprintable())
    try:
        address, _ = urldefrag(urljoin(base, bare))
        parts = urlsplit(address)
        sound = bool(bare) and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return address if sound else ""


def line(text: str) -> str:
    """Return text on one line, bounded."""
    return " ".join(clean(text[:_TEXT]).split())


def element_text(element: etree._Element) -> str:
    """Return what an element shows, on one line; its blocks are kept apart."""
    pieces: list[str] = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            pieces.append(inner.text or "")
        elif inner is not element:
            pieces.append(f"{' ' if inner.tag in _BREAKS else ''}{inner.tail or ''}")
    return line("".join(pieces))


def _said(found: etree._Element | str, attribute: str | None) -> str:
    if isinstance(found, str):
        return line(found)
    return line(found.get(attribute) or "") if attribute else element_text(found)


def _references(
    found: etree._Element | str, attribute: str | None
) -> list[tuple[str, etree._Element | None]]:
    if isinstance(found, str):
        return [(found, None)]
    named = found.get(attribute or "href")
    if named is not None or attribute:
        return [(named or "", found)]
    return [(anchor.get("href") or "", anchor) for anchor in found.iter("a")]


def _declared(content: bytes) -> str | None:
    found = _META.search(content[:_META_WITHIN])
    return found[1].decode("ascii") if found else None


def _tree(text: str) -> etree._Element:
    # One parser per page: a parser keeps the errors of the pages before.
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    root = etree.fromstring(text.encode(), parser)
    if root is None:
        raise PortalUnusable(PortalProblem.CHANGED, "there is no page, or an empty one")
    return root


def _check_shape(root: etree._Element) -> None:
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if count > MAX_ELEMENTS or depth > MAX_DEPTH:
            reason = (
                f"the page has over {MAX_ELEMENTS} elements, or nests them over {MAX_DEPTH} deep"
            )
            raise PortalUnusable(PortalProblem.TOO_LARGE, reason)


def _base(root: etree._Element, url: str) -> str:
    named = next((base.get("href") for base in root.iter("base") if base.get("href")), None)
    return absolute(url, named) or url if named else url
