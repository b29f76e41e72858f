"""Names under which a document that pointers name is found again among many.

Coarser than comparing: whatever ``same_document``, ``same_code`` and a bare number with its day
would find equal shares a name here. What was found so must still be compared.
"""

from collections.abc import Iterable, Iterator

from mappings.edxml.bare_number import bare_number
from mappings.edxml.identifiers import issued_as
from mappings.names.fold import fold
from mappings.reply.numbers import cited_numbers, own_numbers


def known_as(document_ids: Iterable[str], codes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a document in pointers with these DocumentIds and Codes, each once."""
    found: dict[str, None] = {}
    for document_id in document_ids:
        found[f"id {fold(document_id)}"] = None
        issued = issued_as(document_id)
        found |= dict.fromkeys(_of_code(issued[1]) if issued else ())
    for code in codes:
        found |= dict.fromkeys(_of_code(code))
    return tuple(found)


def names_of(document_id: str, code: str, number: str | None) -> tuple[str, ...]:
    """Return every name under which a pointer may have named this document."""
    bare = [f"number {number.strip().lstrip('0')}"] if number else []
    return tuple(dict.fromkeys([*known_as([document_id], [code]), *bare]))


def _of_code(code: str) -> Iterator[str]:
    for one in (code, *own_numbers(code), *cited_numbers(code)):
        yield f"code {fold(one).lstrip('0')}"
    bare = bare_number(code)
    if bare:
        yield f"number {bare}"
