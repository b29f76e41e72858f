"""The address to which a mailbox has moved, as a notice of that says.

It is proposed to a person and changes nothing: anybody can write such a notice.
"""

from collections.abc import Container, Iterator

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
    marks = (*phrases.new_addresses, *phrases.new_address_labels)
    for address, before in _unknown(text, phrases, known):
        named.append(address)
        if search(before, marks):
            marked.append(address)
    return tuple(dict.fromkeys(marked or named))[:_PROPOSED]


def labelled_address(text: str, phrases: Phrases, known: Container[str]) -> str | None:
    """Return the words that call an address new which is not ``known``, with that address.

    The words alone tell nothing: "đã nhận được email mới" speaks of a letter.
    """
    for address, before in _unknown(text, phrases, known):
        said = search(before, phrases.new_address_labels)
        if said:
            return f"{said} {address}"
    return None


def _unknown(
    text: str, phrases: Phrases, known: Container[str]
) -> Iterator[tuple[Address, Sentences]]:
    """Yield each address that is not known, with what its sentence says in front of it."""
    read = 0
    for address, start, end in written_addresses(text[:LONGEST]):
        before, read = text[read:start], end
        if address not in known:
            yield address, Sentences(prepare(before, phrases)[-1:])
