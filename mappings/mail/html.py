"""Text out of HTML bodies, with quotations marked by ``>`` as in plain text.

Quoted blocks are taken out first and put back with marks, so that ``quoting`` treats both forms
of a message alike and an answer under the quotation is kept.
"""

import html as entities
import re

from inscriptis import get_text
from lxml.etree import LxmlError
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mappings.mail.outlook_heading import FRAMES, mark_heading
from mappings.mail.quoting import MARK
from mappings.mail.text import clean

_QUOTATIONS = (
    "blockquote, .gmail_quote, .yahoo_quoted, .protonmail_quote, "
    f'[data-marker="__QUOTED_TEXT__"], [data-marker="__HEADERS__"], {FRAMES}'
)
# More than any correspondence has; what lies deeper or further on is left where it is.
_QUOTATIONS_READ = 200
_ANCESTORS_READ = 500
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)
_NO_SIZE = re.compile(r"font-size\s*:\s*0(?:\.0*)?[a-z%]{0,3}\s*(?:[;!]|\Z)", re.IGNORECASE)
_STRUCK = re.compile(
    r"text-decoration[a-z-]{0,10}\s*+:\s*+(?:[^\s;:]{1,40}\s++){0,4}line-through", re.IGNORECASE
)
_STRUCK_TAGS = frozenset({"s", "strike", "del"})
_SIZED = '[style*="font-size" i]'
_SIZES_READ = 100
_ROOTS = frozenset({"html", "body"})
# Gmail and Zimbra indent ordinary text with such a blockquote.
_INDENT = re.compile(r"border\s*:\s*(?:none|0)", re.IGNORECASE)
_PLACE = re.compile("\ue000(\\d+)\ue001")
_DEEPEST = 2_000
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_TAG = re.compile(r"<[A-Za-z/!?][^<>]{0,5000}>?")
_UNSEEN_PART = re.compile(r"<(?:script|style)\b[^<]*", re.IGNORECASE)
# Elements without content, and those that the next of their kind closes.
_SHALLOW = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "source",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "wbr",
    }
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol"})


def html_text(html: str) -> str:
    """Return the text of an HTML body, quotations marked with ``>``.

    What is nested deeper than any correspondence comes without its layout and without marks.
    """
    if _too_deep(html):
        return clean(entities.unescape(_TAG.sub(" ", _UNSEEN_PART.sub(" ", html))))
    tree = LexborHTMLParser(re.sub(f"[\ue000\ue001{MARK}]", "", html))
    _take_out_hidden(tree)
    _tame_styles(tree)
    quotations = _quotations(tree)
    texts = [_marked(_layout(node)) for node in quotations]
    for number, node in enumerate(quotations):
        node.replace_with(f"\ue000{number}\ue001")
    mark_heading(tree)
    text = _layout(tree.body) if tree.body else ""
    text = text.replace(MARK, f"\n{MARK}\n")
    whole = clean(_PLACE.sub(lambda place: f"\n{texts[int(place[1])]}\n", text))
    return "\n".join(line.strip() for line in whole.split("\n"))


def _too_deep(html: str) -> bool:
    """Tell whether elements lie too deep for the parser, whose time grows with depth squared."""
    depth = 0
    for tag in _TAG_NAME.finditer(html):
        if tag[2].lower() not in _SHALLOW:
            depth = max(0, depth + (-1 if tag[1] else 1))
            if depth > _DEEPEST:
                return True
    return False


def _take_out_hidden(tree: LexborHTMLParser) -> None:
    """Take out what no reader sees or the writer struck: neither is judged as said."""
    sizes = 0
    for node in tree.css("[style], [hidden], s, strike, del"):
        style = node.attributes.get("style") or ""
        hidden = (
            "hidden" in node.attributes
            or node.tag in _STRUCK_TAGS
            or _HIDDEN.search(style) is not None
            or _STRUCK.search(style) is not None
        )
        if not hidden and sizes < _SIZES_READ and _NO_SIZE.search(style):
            sizes += 1
            # Frames of newsletters have no size, and in them is text that has one.
            hidden = all(inner.mem_id == node.mem_id for inner in node.css(_SIZED))
        if hidden and node.tag not in _ROOTS:
            node.replace_with("")


def _tame_styles(tree: LexborHTMLParser) -> None:
    # An indentation of a billion ems would be laid out as a billion spaces.
    for node in tree.css("[style]"):
        style = node.attributes.get("style") or ""
        if node.tag == "blockquote" and _INDENT.search(style):
            node.attrs["style"] = "border:none"
        else:
            del node.attrs["style"]


def _quotations(tree: LexborHTMLParser) -> list[LexborNode]:
    """Return the outermost quoted nodes, all found before any is replaced."""
    kept: dict[int, LexborNode] = {}
    for node in tree.css(_QUOTATIONS)[:_QUOTATIONS_READ]:
        if _is_quotation(node) and not _inside(node, kept):
            kept[node.mem_id] = node
    return list(kept.values())


def _is_quotation(node: LexborNode) -> bool:
    if node.tag == "blockquote":
        return node.attributes.get("style") != "border:none"
    # Gmail's frame holds the quotation and, when answered below, the answer too.
    return not any(child.tag == "blockquote" for child in node.iter())


def _inside(node: LexborNode, kept: dict[int, LexborNode]) -> bool:
    parent = node.parent
    for _ in range(_ANCESTORS_READ):
        if parent is None:
            return False
        if parent.mem_id in kept:
            return True
        parent = parent.parent
    return True


def _marked(text: str) -> str:
    return "\n".join(f"> {line.strip()}" for line in clean(text).strip().split("\n"))


def _layout(node: LexborNode) -> str:
    """Lay the node out as text; plainly where the layout engine loses or cannot do it."""
    plain = _plain(node)
    try:
        text = str(get_text(node.html or ""))
    except (LxmlError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return plain
    # The parser below the engine drops what is nested more than some 250 levels deep.
    words = set(plain.split())
    return text if len(words & set(text.split())) * 2 >= len(words) else plain


def _plain(node: LexborNode) -> str:
    out: list[str] = []
    for inner in node.traverse(include_text=True):
        if inner.tag in _BREAKS:
            out.append("\n")
        elif inner.tag == "-text" and not (inner.parent and inner.parent.tag in _UNSEEN):
            out.append(" ".join((inner.text_content or "").split()) + " ")
    return "".join(out)
