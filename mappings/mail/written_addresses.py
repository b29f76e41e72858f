"""Mail addresses that stand in a text written for people."""

import re
from collections.abc import Iterator

from domain.ids import Address
from mappings.mail.text import clean

# Bounded like RFC 5321 section 4.5.3.1, which keeps the search linear.
_ADDRESS = re.compile(r"[A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


def written_addresses(text: str) -> Iterator[tuple[Address, int, int]]:
    """Yield each address in a text with the offsets at which it begins and ends."""
    for found in _ADDRESS.finditer(text):
        yield Address(clean(found[0]).lower()), found.start(), found.end()
