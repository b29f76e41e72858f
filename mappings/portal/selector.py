"""Selectors of mapping files, XPath 1.0 or CSS, checked before use.

They work on pages that strangers wrote, so they are kept from everything but looking: no function
beyond those of XPath 1.0, no variables or prefixes, and no axis along which every element would
look at every other one.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from domain.portal import PortalProblem, PortalUnusable
from domain.words import say

LONGEST = 500
"""Characters of a selector; a longer one was pasted by mistake."""

_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_CALLS = re.compile(r"([A-Za-z_][\w.-]*)\s*\(")
_SIBLINGS = re.compile(r"(?:following|preceding)-sibling\s*::\s*[\w*()-]+\s*(\[1\])?")
_AXES = re.compile(r"([A-Za-z_][\w.-]*)\s*::")
# fmt: off
# XPath 1.0 section 4, without id(), which needs a document type.
_FUNCTIONS = frozenset(
    {"last", "position", "count", "local-name", "name", "string", "concat", "starts-with",
     "contains", "substring-before", "substring-after", "substring", "string-length",
     "normalize-space", "translate", "boolean", "not", "true", "false", "number", "sum", "floor",
     "ceiling", "round"}
)
_NO_FUNCTIONS = frozenset({"text", "node", "comment", "and", "or", "div", "mod"})
_LOOKING = frozenset(
    {"child", "descendant", "descendant-or-self", "self", "attribute", "parent", "ancestor",
     "ancestor-or-self", "following-sibling", "preceding-sibling"}
)
# fmt: on
_SAMPLE = "<html><body><table><tr><td><a href='x'>y</a></td></tr></table></body></html>"


@dataclass(frozen=True, slots=True)
class Selector:
    """A compiled selector and where it stands in its file, such as ``list.rows``.

    ``attribute`` names what is taken of the elements that it finds.
    """

    key: str
    text: str
    attribute: str | None
    _path: etree.XPath = field(repr=False, compare=False)

    def found(self, node: etree._Element) -> list[etree._Element | str]:
        """Return the elements and texts that it finds from a node on; raises ``PortalUnusable``."""
        try:
            result = self._path(node)
        except etree.XPathError as error:
            reason = f"{self.key} cannot be worked out on this page ({type(error).__name__})"
            raise PortalUnusable(PortalProblem.CHANGED, reason) from None
        if isinstance(result, str):
            return [str(result)]
        nodes = result if isinstance(result, list) else []
        return [one for one in nodes if isinstance(one, etree._Element | str)]


def xpath(key: str, text: str, attribute: str | None = None) -> Selector:
    """Compile an XPath; raises ``ValueError`` with words that follow the name of its key."""
    _check_length(text)
    _check_words(_STRINGS.sub("''", text))
    return Selector(key, text, attribute, _compiled(text))


_CSS_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'|~=")


def css(key: str, text: str, attribute: str | None = None) -> Selector:
    """Compile a CSS selector; raises ``ValueError`` with words that follow the name of its key."""
    _check_length(text)
    if "~" in _CSS_STRINGS.sub("", text):
        raise ValueError(say("has ~, which may not be used here; + takes the next element"))
    try:
        path = HTMLTranslator().css_to_xpath(text)
    except (SelectorError, RecursionError):
        raise ValueError(say("is no CSS selector that can be used here")) from None
    return Selector(key, text, attribute, _compiled(path))


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise ValueError(say("has more than {longest} characters", longest=LONGEST))


def _check_words(bare: str) -> None:
    """Refuse what an expression without its strings must not have."""
    if "$" in bare:
        raise ValueError(say("has a variable, and there are none"))
    if ":" in bare.replace("::", ""):
        raise ValueError(say("has a name with a prefix, which pages do not have"))
    for name in _CALLS.findall(bare):
        if name not in _FUNCTIONS | _NO_FUNCTIONS:
            raise ValueError(say("calls {name}(), which may not be used here", name=name))
    for axis in _AXES.findall(bare):
        if axis not in _LOOKING:
            raise ValueError(say("goes along {axis}::, which may not be used here", axis=axis))
    for step in _SIBLINGS.findall(_outside_brackets(bare)):
        if not step:
            raise ValueError(say("takes all siblings of every element; add [1] for the next one"))


def _outside_brackets(bare: str) -> str:
    """Return an expression with ``[]`` for each condition, but ``[1]`` as it is."""
    kept, depth, opened = "", 0, 0
    for at, letter in enumerate(bare):
        if letter == "[":
            opened = at if depth == 0 else opened
            depth += 1
        elif letter == "]" and depth:
            depth -= 1
            if depth == 0:
                kept += "[1]" if bare[opened : at + 1] == "[1]" else "[]"
        elif depth == 0:
            kept += letter
    return kept


@cache
def _compiled(path: str) -> etree.XPath:
    try:
        compiled = etree.XPath(path, smart_strings=False, regexp=False)
        result = compiled(etree.HTML(_SAMPLE))
    except (etree.XPathError, ValueError):
        raise ValueError(say("is no XPath 1.0")) from None
    if not isinstance(result, list | str):
        raise ValueError(say("gives a number or a condition instead of a place or a text"))
    return compiled
