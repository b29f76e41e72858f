"""What the mail system accepted, one file per transaction, in the order of acceptance.

The journal is the only truth on disk. A file is written whole, synchronised and renamed before
the sender hears 250, with the envelope of all recipients, so acceptance is atomic. Mailboxes
are views of it: the n-th letter stored for an address has UID n, today and after any restart,
so delivering is not a step that could be lost or done twice.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from domain.ids import Address

Outcome = Literal["stored", "relayed", "failed"]


def box_of(address: str) -> Address:
    """Return the mailbox of an address: lower case, without its ``+detail`` (RFC 5233)."""
    local, at, domain = address.lower().rpartition("@")
    return Address(local.partition("+")[0] + at + domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One envelope recipient with what was asked for it (RFC 3461) and what became of it.

    ``notify`` and ``original`` are the NOTIFY and ORCPT parameters as they were given.
    """

    address: Address
    outcome: Outcome = "stored"
    notify: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One accepted message with its envelope; ``sender`` is empty for a machine's report.

    ``reports_on`` names the transaction and recipient that a delivery report is about.
    """

    sequence: int
    at: datetime
    sender: str
    recipients: tuple[Recipient, ...]
    message_id: str
    envelope_id: str = ""
    returns: str = ""
    reports_on: str = ""


class Journal:
    """Append-only store of transactions in a folder; safe to share between threads."""

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self._folder = folder
        self._lock = Lock()
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("*.new"):
            leftover.unlink()
        self._transactions: list[Transaction] = []
        self._boxes: dict[Address, list[tuple[int, int]]] = {}
        for path in sorted(folder.glob("*.mail")):
            with path.open("rb") as file:
                self._index(_decode(file.readline()))
        self.uid_validity = self._uid_validity(now)

    def __iter__(self) -> Iterator[Transaction]:
        return iter(list(self._transactions))

    def __len__(self) -> int:
        return len(self._transactions)

    def since(self, position: int) -> list[Transaction]:
        """Return the transactions after the first ``position`` ones."""
        return self._transactions[position:]

    def append(
        self,
        content: bytes,
        *,
        at: datetime,
        sender: str,
        recipients: Sequence[Recipient],
        envelope_id: str = "",
        returns: str = "",
        reports_on: str = "",
    ) -> Transaction:
        """Store one accepted message durably, for all its recipients at once."""
        with self._lock:
            transaction = Transaction(
                sequence=len(self._transactions) + 1,
                at=at,
                sender=sender,
                recipients=tuple(recipients),
                message_id=message_id_of(content),
                envelope_id=envelope_id,
                returns=returns,
                reports_on=reports_on,
            )
            path = self._path(transaction.sequence)
            _write_durably(path, _encode(transaction) + b"\n" + content)
            self._index(transaction)
            return transaction

    def content(self, sequence: int) -> bytes:
        """Return a message as it was sent, without trace headers."""
        with self._path(sequence).open("rb") as file:
            file.readline()
            return file.read()

    def count(self, box: Address) -> int:
        """Return the number of letters in a mailbox, which is also its highest UID."""
        return len(self._boxes.get(box, ()))

    def letters(self, box: Address, skip: int = 0) -> Iterator[tuple[int, datetime, bytes]]:
        """Yield UID, time and message of a mailbox, oldest first, without the first ``skip``."""
        places = self._boxes.get(box, [])
        for uid, (sequence, index) in enumerate(places[skip:], start=skip + 1):
            transaction = self._transactions[sequence - 1]
            trace = _trace(transaction, transaction.recipients[index].address)
            yield uid, transaction.at, trace + self.content(sequence)

    def _index(self, transaction: Transaction) -> None:
        self._transactions.append(transaction)
        for index, recipient in enumerate(transaction.recipients):
            if recipient.outcome == "stored":
                places = self._boxes.setdefault(box_of(recipient.address), [])
                places.append((transaction.sequence, index))

    def _path(self, sequence: int) -> Path:
        return self._folder / f"{sequence:010d}.mail"

    def _uid_validity(self, now: datetime) -> int:
        path = self._folder / "uid-validity"
        if not path.exists():
            _write_durably(path, str(int(now.timestamp())).encode())
        return int(path.read_bytes())


def message_id_of(content: bytes) -> str:
    """Return the Message-ID with its brackets, or an empty text."""
    head = content.partition(b"\r\n\r\n")[0]
    headers = BytesHeaderParser(policy=policy.compat32).parsebytes(head)
    return str(headers.get("Message-ID", "")).strip()


def _trace(transaction: Transaction, address: Address) -> bytes:
    """Return what a delivering server puts before a message (RFC 5321 section 4.4)."""
    return (
        f"Return-Path: <{transaction.sender}>\r\n"
        f"Delivered-To: {address}\r\n"
        f"Received: by localhost with ESMTP id {transaction.sequence:010d};\r\n"
        f"\t{format_datetime(transaction.at)}\r\n"
    ).encode()


def _encode(transaction: Transaction) -> bytes:
    record = asdict(transaction) | {"at": transaction.at.isoformat()}
    return json.dumps(record, ensure_ascii=False).encode()


def _decode(line: bytes) -> Transaction:
    record = json.loads(line)
    recipients = tuple(Recipient(**recipient) for recipient in record.pop("recipients"))
    at = datetime.fromisoformat(record.pop("at"))
    return Transaction(at=at, recipients=recipients, **record)


def _write_durably(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
