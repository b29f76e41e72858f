"""The address to which a mailbox has moved, as a notice of that says.

It is proposed to a person and changes nothing: anybody can write such a notice.
"""

from collections.abc import Container

from domain.ids import Address
from mappings.mail.written_addresses import written_addresses
from mappings.reply.phrases import LONGEST, Phrases, Sentences, prepare, search

_PROPOSED = 5


def new_addresses(text: str, phrases: Phrases, known: Container[str]) -> tuple[Address, ...]:
    """Return the addresses that a text names as new, else all that are not ``known`` already.

    What is known are the addresses of the sender and ours; the old one may stand in the text too,
    so words such as "đã chuyển sang" in front of an address decide where there are any.
    """
    named: list[Address] = []
    marked: list[Address] = []
    read = 0
    for address, start, end in written_addresses(text[:LONGEST]):
        before, read = text[read:start], end
        if address in known:
            continue
        named.append(address)
        if search(Sentences(prepare(before, phrases)[-1:]), phrases.new_addresses):
            marked.append(address)
    return tuple(dict.fromkeys(marked or named))[:_PROPOSED]
