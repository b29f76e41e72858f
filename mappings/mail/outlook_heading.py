"""Where Outlook's HTML begins to quote: elements that it names, whatever language they speak.

Outlook puts its quotation in no frame, so what it quotes goes on to the end of the message.
"""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mappings.mail.quoting import MARK

FRAMES = '[id="mail-editor-reference-message-container"]'
"""Outlook for telephones: all of what it quotes lies in it, and an answer may follow."""

# A program that quotes such a message puts x_ in front of its identifiers.
_HEADINGS = '[id$="divRplyFwdMsg"], .ms-outlook-mobile-reference-message'
_SENDING = '[id$="appendonsend"]'


def mark_heading(tree: LexborHTMLParser) -> None:
    """Put marks around the heading of the outermost quotation, or one where it begins."""
    heading = tree.css_first(_HEADINGS)
    if heading is not None:
        heading.insert_before(MARK)
        heading.insert_after(MARK)
        return
    sending = tree.css_first(_SENDING)
    if sending is not None:
        _rule_behind(sending).insert_before(MARK)


def _rule_behind(sending: LexborNode) -> LexborNode:
    """Return the rule above the quotation: people also write between it and this element."""
    behind = sending.next
    while behind is not None and behind.tag != "hr":
        behind = behind.next
    return sending if behind is None else behind
