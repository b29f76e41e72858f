"""XML text in the exact shape of the VXP SDK's builder: CRLF and two spaces of indentation.

Written by hand because one namespace has two prefixes there (none and ``edXML``), and XML
libraries choose among them by themselves; some receivers insist on the SDK's choice.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mappings.edxml.namespace import EDXML
from mappings.edxml.values import write_text

BIND_PREFIX = f' xmlns:edXML="{EDXML}"'
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}

# Written as references: the SDK's parser fails on some files with such characters in four bytes
# (Xerces 2.12.0, where one falls on the edge of its buffer).
_BEYOND = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One element: its name and attributes as written, and text, a file's base64 or children."""

    name: str
    attributes: str = ""
    text: str = ""
    base64: Callable[[], Iterator[bytes]] | None = None
    children: tuple["Node", ...] = ()


def leaf(name: str, text: str) -> Node | None:
    """Return an element of the envelope with this text; None when it would be blank."""
    clean = write_text(text)
    return Node(name=f"edXML:{name}", text=clean) if clean.strip() else None


def block(name: str, *children: Node | None, attributes: str = "") -> Node:
    """Return an element of the envelope with those children that there are."""
    return Node(name=f"edXML:{name}", attributes=attributes, children=_present(children))


def plain(name: str, *children: Node | None, attributes: str = "", text: str = "") -> Node:
    """Return an element without prefix."""
    return Node(name=name, attributes=attributes, text=text, children=_present(children))


def filled(node: Node) -> Node | None:
    """Return an element that has children, None for an empty one."""
    return node if node.children else None


def document(root: Node) -> Iterator[bytes]:
    """Yield the file in UTF-8, piece by piece."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\r\n'
    yield from _lines(root, "")


def _present(children: tuple[Node | None, ...]) -> tuple[Node, ...]:
    return tuple(child for child in children if child is not None)


def _lines(node: Node, indent: str) -> Iterator[bytes]:
    opening = f"{indent}<{node.name}{node.attributes}"
    closing = f"</{node.name}>\r\n"
    if node.children:
        yield f"{opening}>\r\n".encode()
        for child in node.children:
            yield from _lines(child, indent + "  ")
        yield f"{indent}{closing}".encode()
    elif node.base64:
        yield f"{opening}>".encode()
        yield from node.base64()
        yield closing.encode()
    elif node.text:
        yield f"{opening}>{_escaped(node.text)}{closing}".encode()
    else:
        yield f"{opening} />\r\n".encode()


def _escaped(text: str) -> str:
    return _BEYOND.sub(lambda found: f"&#{ord(found[0])};", text.translate(_ESCAPES))
