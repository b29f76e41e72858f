"""The text that people see when they open a message."""

from mappings.mail.html import html_text
from mappings.mail.parts import SIGNED, TNEF, Limits, Part, is_body
from mappings.mail.text import clean, decode_raw

CUT = "was cut at"
"""In the warning that tells of a text which was not read to its end."""


def body_text(top: Part, limits: Limits, warnings: list[str]) -> str:
    """Return the text of a message, plain text before HTML, quotations included.

    What was repaired or cut is added to ``warnings``. Texts of attached messages are not part
    of it: somebody else wrote them.
    """
    return _Body(limits.text, warnings).anywhere(top)


class _Body:
    """Reads the texts of one message as far as the limit allows."""

    def __init__(self, room: int, warnings: list[str]) -> None:
        self.room = room
        self.warnings = warnings
        self.envelopes = frozenset({SIGNED})

    def read(self, part: Part) -> str:
        if part.media_type == "multipart/alternative":
            return self.best(part)
        if part.media_type.startswith("multipart/") or part.media_type in self.envelopes:
            texts = (self.read(child) for child in part.children)
            return "\n".join(text for text in texts if text.strip())
        return self.leaf(part) if is_body(part) else ""

    def anywhere(self, top: Part) -> str:
        """Return the text, from winmail.dat where there is no other: it is the same text again."""
        text = self.read(top)
        if text.strip():
            return text
        self.envelopes = frozenset({SIGNED, TNEF})
        return self.read(top)

    def best(self, part: Part) -> str:
        ordered = sorted(part.children, key=lambda child: child.media_type != "text/plain")
        return next((text for text in map(self.read, ordered) if text.strip()), "")

    def leaf(self, part: Part) -> str:
        raw, warning = decode_raw(part.content, part.charset)
        if warning:
            self.warnings.append(warning)
        if len(raw) > self.room:
            self.warnings.append(f"a text of {len(raw)} characters {CUT} {self.room}")
        # Cut first: cleaning 50 MB took ten seconds.
        text = clean(raw[: self.room])
        self.room -= min(len(raw), self.room)
        return html_text(text) if part.media_type == "text/html" else text
