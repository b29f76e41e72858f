"""Small packets, whole."""

from domain.content import gathered
from domain.ports import DocumentExchange


def fetched(door: DocumentExchange, doc_id: str) -> bytes:
    """Return one packet's file."""
    return gathered(lambda out: door.fetch(doc_id, out))
