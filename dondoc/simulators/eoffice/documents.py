"""Documents, their files and one delivery per receiving unit.

Transport states of a delivery: ``initial`` (waiting, listed), ``processing``, ``done``, ``fail``.
They acknowledge the fetching only and have nothing to do with status messages.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from dondoc.simulators.eoffice.routing import Destination
from dondoc.simulators.eoffice.state import State, Value

INITIAL = "initial"
DONE = "done"
SETTLED = frozenset({"processing", DONE, "fail"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A file that passed every check; ``sha256`` is the digest, ``sent_at`` epoch seconds."""

    kind: str
    sha256: bytes
    content: bytes
    sender: int
    from_code: str
    document_id: str
    title: str
    notation: str
    sent_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One document on its way to one unit; times are epoch seconds, 0 for never."""

    id: int
    doc_id: str
    sender_doc_id: str
    kind: str
    from_code: str
    to_code: str
    title: str
    notation: str
    state: str
    description: str
    sent_at: int
    updated_at: int
    pulled_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """The bytes of a document as they were sent."""

    kind: str
    content: bytes
    sent_at: int


_DELIVERY = """
SELECT deliveries.*, documents.doc_id AS sender_doc_id, documents.kind, documents.from_code,
    documents.title, documents.notation, documents.sent_at
FROM deliveries JOIN documents ON documents.id = deliveries.document
"""
_OF_RECEIVER = "deliveries.unit IN (SELECT id FROM units WHERE system = :system)"
_OF_SENDER = "documents.sender IN (SELECT id FROM units WHERE system = :system)"


class Documents:
    """Queries and changes of documents and deliveries."""

    def __init__(self, state: State) -> None:
        self._state = state

    def known(self, sha256: bytes, sender: int, document_id: str) -> str | None:
        """Return the DocId that the same file from the same sender got before."""
        row = self._state.row(
            "SELECT doc_id FROM documents WHERE sha256 = :sha256 AND sender = :sender"
            " AND document_id = :document_id",
            {"sha256": sha256, "sender": sender, "document_id": document_id},
        )
        return None if row is None else str(row["doc_id"])

    def add(self, submission: Submission, to: Sequence[Destination]) -> str:
        """Store a file with its deliveries in one commit and return its DocId.

        A repeated file creates nothing and returns the first DocId.
        """
        doc_id = str(uuid4())
        with self._state.writing() as connection:
            document = _insert(connection, submission, doc_id)
            if document is not None:
                _deliver(connection, document, doc_id, submission.sent_at, to)
                return doc_id
        first = self.known(submission.sha256, submission.sender, submission.document_id)
        return first or doc_id

    def waiting(self, system: str, kind: str, since: int, until: int) -> list[Delivery]:
        """Return what waits for a system's units, oldest first; a blank kind means both."""
        return self._deliveries(
            f"WHERE {_OF_RECEIVER} AND deliveries.state = 'initial'"
            " AND (:kind = '' OR documents.kind = :kind)"
            " AND documents.sent_at BETWEEN :since AND :until ORDER BY deliveries.id",
            {"system": system, "kind": kind, "since": since, "until": until},
        )

    def count_waiting(self, system: str, kind: str) -> int:
        """Count what waits for a system's units."""
        row = self._state.row(
            "SELECT count(*) AS waiting FROM deliveries JOIN documents"
            " ON documents.id = deliveries.document"
            f" WHERE {_OF_RECEIVER} AND deliveries.state = 'initial' AND documents.kind = :kind",
            {"system": system, "kind": kind},
        )
        return 0 if row is None else int(row["waiting"])

    def received(self, system: str, doc_id: str) -> Delivery | None:
        """Return the delivery that a receiving system calls by this docId."""
        found = self._deliveries(
            f"WHERE {_OF_RECEIVER} AND deliveries.doc_id = :doc_id ORDER BY deliveries.id",
            {"system": system, "doc_id": doc_id},
        )
        return found[0] if found else None

    def sent(self, system: str, kind: str, doc_id: str) -> list[Delivery]:
        """Return a sender's deliveries, one per receiver; blank kind or docId mean any."""
        where = f"WHERE {_OF_SENDER} AND (:kind = '' OR documents.kind = :kind)"
        # Two texts, so that SQLite can use the index of DocId.
        where += " AND documents.doc_id = :doc_id" if doc_id else ""
        return self._deliveries(
            where + " ORDER BY deliveries.id", {"system": system, "kind": kind, "doc_id": doc_id}
        )

    def file(self, system: str, doc_id: str) -> StoredFile | None:
        """Return the file by the docId of its receiver or its sender, whichever the system is."""
        row = self._state.row(
            "SELECT documents.kind, documents.sent_at, files.content FROM documents"
            " JOIN files ON files.sha256 = documents.sha256 WHERE documents.id IN"
            f" (SELECT document FROM deliveries WHERE doc_id = :doc_id AND {_OF_RECEIVER})"
            f" OR (documents.doc_id = :doc_id AND {_OF_SENDER})",
            {"system": system, "doc_id": doc_id},
        )
        if row is None:
            return None
        return StoredFile(kind=row["kind"], content=row["content"], sent_at=row["sent_at"])

    def pulled(self, delivery: Delivery, at: int) -> None:
        """Note the first fetching of a delivery; later ones change nothing."""
        if not delivery.pulled_at:
            with self._state.writing() as connection:
                connection.execute(
                    "UPDATE deliveries SET pulled_at = ? WHERE id = ? AND pulled_at = 0",
                    (at, delivery.id),
                )

    def settle(self, delivery: Delivery, state: str, description: str, at: int) -> None:
        """Set the transport state of a delivery."""
        with self._state.writing() as connection:
            connection.execute(
                "UPDATE deliveries SET state = ?, description = ?, updated_at = ? WHERE id = ?",
                (state, description, at, delivery.id),
            )

    def redeliver(self, doc_id: str) -> None:
        """Deliver a document once more to each receiver, under docIds of their own."""
        with self._state.writing() as connection:
            first = connection.execute(
                "SELECT deliveries.id FROM deliveries JOIN documents"
                " ON documents.id = deliveries.document WHERE documents.doc_id = ?",
                (doc_id,),
            ).fetchall()
            connection.executemany(
                "INSERT INTO deliveries (document, unit, doc_id, to_code, updated_at)"
                " SELECT document, unit, ?, to_code, updated_at FROM deliveries WHERE id = ?",
                [(str(uuid4()), row["id"]) for row in first],
            )

    def held(self) -> Counter[tuple[str, str]]:
        """Count documents by the receiver's code and DocumentId."""
        rows = self._state.rows(
            "SELECT deliveries.to_code AS code, documents.document_id AS name"
            " FROM deliveries JOIN documents ON documents.id = deliveries.document"
            " WHERE documents.kind = 'edoc'",
            {},
        )
        return Counter((str(row["code"]), str(row["name"])) for row in rows)

    def _deliveries(self, where: str, values: dict[str, Value]) -> list[Delivery]:
        return [_delivery(row) for row in self._state.rows(_DELIVERY + where, values)]


def _insert(connection: sqlite3.Connection, new: Submission, doc_id: str) -> int | None:
    connection.execute("INSERT OR IGNORE INTO files VALUES (?, ?)", (new.sha256, new.content))
    cursor = connection.execute(
        "INSERT INTO documents (doc_id, kind, sha256, sender, from_code, document_id, title,"
        " notation, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256, sender, document_id) DO NOTHING",
        (
            doc_id,
            new.kind,
            new.sha256,
            new.sender,
            new.from_code,
            new.document_id,
            new.title,
            new.notation,
            new.sent_at,
        ),
    )
    return cursor.lastrowid if cursor.rowcount else None


def _deliver(
    connection: sqlite3.Connection,
    document: int,
    doc_id: str,
    at: int,
    to: Sequence[Destination],
) -> None:
    # A receiving system knows the document by the sender's DocId. Only where it holds several
    # units do the further ones need an id of their own, for updateStatus settles one of them.
    systems: set[str] = set()
    for place in to:
        own = doc_id if place.unit.system not in systems else str(uuid4())
        systems.add(place.unit.system)
        connection.execute(
            "INSERT INTO deliveries (document, unit, doc_id, to_code, updated_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (document, place.unit.id, own, place.code, at),
        )


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        id=row["id"],
        doc_id=row["doc_id"],
        sender_doc_id=row["sender_doc_id"],
        kind=row["kind"],
        from_code=row["from_code"],
        to_code=row["to_code"],
        title=row["title"],
        notation=row["notation"],
        state=row["state"],
        description=row["description"],
        sent_at=row["sent_at"],
        updated_at=row["updated_at"],
        pulled_at=row["pulled_at"],
    )
