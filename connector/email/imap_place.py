"""Places in an IMAP mailbox as texts: ``uidvalidity:uid`` (RFC 9051 section 2.3.1.1)."""

import re
from typing import TypedDict

from domain.mail import MailCursor, MailPosition

_PLACE = re.compile(r"(\d{1,10}):(\d{1,10})", re.ASCII)


class Placed(TypedDict):
    """The place of one message in its two roles."""

    position: MailPosition
    cursor: MailCursor


def placed(validity: int, uid: int) -> Placed:
    """Return the place of a message."""
    text = f"{validity}:{uid}"
    return Placed(position=MailPosition(text), cursor=MailCursor(text))


def place_of(text: str | None) -> tuple[int, int] | None:
    """Return UIDVALIDITY and UID; None for what the IMAP adapter did not write."""
    found = _PLACE.fullmatch(text or "")
    return (int(found[1]), int(found[2])) if found else None
