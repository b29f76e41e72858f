"""Text that came from outside, made safe to set in a document: text only, never markup."""

import unicodedata

SHORT = 200
"""Characters of a name or a number that a document shows."""

LONG = 600
"""Characters of a summary that a document shows."""

_SPACES = frozenset("\t\n\v\f\r\x85\u2028\u2029")
# Control, format (zero width, bidirectional), surrogate, private and unassigned code points:
# XML 1.0 refuses some of them, the others change what a reader sees.
_DROPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def plain(text: str, limit: int = SHORT) -> str:
    """Return text as one NFC line of at most ``limit`` characters, without control characters."""
    spaced = "".join(" " if c in _SPACES else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
