"""Notices about what became of a letter in a mail program (MDN, RFC 8098; RFC 2298 before it).

Every one of them proves that the letter arrived, whatever its reader did with it; only an error
or a refusal says less.
"""

import re

from domain.status import DispatchEvent

_MODIFIERS = re.compile(r"[\s,]+")

_ARRIVED = frozenset({"displayed", "deleted", "dispatched", "processed", "denied"})
"""RFC 8098 section 3.2.6.2, and RFC 2298 section 3.2.6.2, of which older programs still take
``processed`` and ``denied`` (the reader did not want to tell)."""

_UNFIT = frozenset({"error", "failure"})
"""Modifiers by which what the type says did not succeed (RFC 8098 section 3.2.6.3)."""

_GONE = "mailbox-terminated"
"""The mailbox was closed, and the letter deleted with it (RFC 2298 section 3.2.6.3)."""

_REJECTED = re.compile(
    r"automatically rejected|message (?:was|has been) (?:rejected|refused)|rejected your message"
    r"|quota exceeded|bị từ chối|đã từ chối",
    re.IGNORECASE,
)
"""Sieve's ``reject`` answers with an MDN ``deleted`` (RFC 5429 section 2.2), and so does Dovecot
for a full mailbox: only the text says that nobody will see the letter."""

BY_PROGRAM = "sent by a program of itself"


def event_of(disposition: str, said: str) -> DispatchEvent | None:
    """Return what a Disposition field proves; ``said`` is the text that came along.

    None where it proves nothing: an unknown type, or RFC 2298's ``failed``.
    """
    kind, modifiers = _parts(disposition)
    if _GONE in modifiers or (kind == "deleted" and _REJECTED.search(said)):
        return DispatchEvent.BOUNCED
    if kind not in _ARRIVED:
        return None
    if kind == "displayed" and not modifiers & _UNFIT:
        return DispatchEvent.DISPLAYED
    return DispatchEvent.DELIVERED


def automatic(disposition: str) -> bool:
    """Tell whether no person did anything for it (RFC 8098 section 3.2.6.1): a weak proof.

    Exchange marks every receipt so, hence it still counts as displayed.
    """
    return disposition.partition("/")[0].strip().lower() == "automatic-action"


def _parts(disposition: str) -> tuple[str, frozenset[str]]:
    kind, _, modifiers = disposition.rpartition(";")[2].partition("/")
    words = _MODIFIERS.split(modifiers.lower().replace("/", ","))
    return kind.strip().lower(), frozenset(word for word in words if word)
