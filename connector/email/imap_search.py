"""Messages that are searched for, of which no more is read than their beginnings."""

from collections.abc import Iterator
from typing import Any

from connector.email.imap_messages import SEARCH_UIDS, search

_HEADER = "BODY.PEEK[HEADER]"
_GIVEN = b"BODY[HEADER]"

_SMALL = 262_144
"""Octets up to which a message is searched through: a delivery report has no more. Searching all
text of large ones takes minutes in a mailbox full of copies."""

_BEGINNING = 65_536
"""Octets of a message in which its headers, or the fields of a delivery report, stand."""

_MOST = 50
"""Messages that are looked at: the first, for a report or an answer is soon there."""


def mentioning(client: Any, word: str) -> list[bytes]:
    """Return the beginnings of the messages with a word in the mailbox that is open, oldest first.

    ``client`` is imapclient's, which ships no types.
    """
    named = ["OR", ["HEADER", "Message-ID", word], ["HEADER", "In-Reply-To", word]]
    addressed = ["OR", ["HEADER", "To", word], ["TEXT", word, "SMALLER", _SMALL + 1]]
    found = sorted(client.search(["OR", named, addressed]))[:_MOST]
    answer = client.fetch(found, [f"BODY.PEEK[]<0.{_BEGINNING}>"]) if found else {}
    given = (item.get(b"BODY[]<0>") for _, item in sorted(answer.items()))
    return [beginning for beginning in given if isinstance(beginning, bytes)]


def newest_headers(client: Any, uid_next: int, most: int) -> list[bytes]:
    """Return the headers of the last messages of the mailbox that is open, oldest first.

    ``client`` is imapclient's, which ships no types; ``uid_next`` what the mailbox gives next, 0
    where the server does not say.
    """
    found: list[int] = []
    for uids in _downwards(uid_next):
        found = [*search(client, uids), *found]
        if len(found) >= most:
            break
    answer = client.fetch(sorted(found)[-most:], [_HEADER]) if found else {}
    # A message may vanish meanwhile, and stray FETCH lines carry flags only.
    given = ((uid, item.get(_GIVEN)) for uid, item in sorted(answer.items()))
    return [header for _, header in given if isinstance(header, bytes)]


def _downwards(uid_next: int) -> Iterator[str]:
    """Yield sets of UIDs from the top down; an answer must fit in one line."""
    if not uid_next:
        yield "1:*"
    end = uid_next - 1
    while end > 0:
        start = max(1, end - SEARCH_UIDS + 1)
        yield f"{start}:{end}"
        end = start - 1
