"""Headers of messages alone, where it would be too much to read the messages."""

from collections.abc import Iterator
from typing import Any

from connector.email.imap_messages import SEARCH_UIDS, search

_HEADER = "BODY.PEEK[HEADER]"
_GIVEN = b"BODY[HEADER]"


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
