"""What the simulated Exchange keeps: mailboxes, their folders, items, and what changed when.

One SQLite file in the state folder; what was answered survives a kill. A mailbox has an epoch:
a new one makes every id and every SyncState of it unknown, as a move to another database does.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

# What sqlite3 gives has no narrower type.
Row: TypeAlias = tuple[Any, ...]

FILE_NAME = "exchange-ews.sqlite3"

DISTINGUISHED = {
    "root": ("", "Root"),
    "msgfolderroot": ("root", "Top of Information Store"),
    "inbox": ("msgfolderroot", "Hộp thư đến"),
    "drafts": ("msgfolderroot", "Thư nháp"),
    "sentitems": ("msgfolderroot", "Thư đã gửi"),
    "outbox": ("msgfolderroot", "Hộp thư đi"),
    "deleteditems": ("msgfolderroot", "Thư đã xóa"),
    "junkemail": ("msgfolderroot", "Thư rác"),
}
"""Distinguished folders: their parent and the display name of a Vietnamese mailbox."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mailboxes (
    id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE COLLATE NOCASE, epoch TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS folders (
    id INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL REFERENCES mailboxes (id),
    parent INTEGER REFERENCES folders (id),
    distinguished TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder INTEGER NOT NULL REFERENCES folders (id),
    mime BLOB NOT NULL,
    record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    folder INTEGER NOT NULL,
    item INTEGER NOT NULL,
    kind TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS items_folder ON items (folder);
CREATE INDEX IF NOT EXISTS changes_folder ON changes (folder, sequence);
"""


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox; ``epoch`` is eight hexadecimal digits."""

    id: int
    address: str
    epoch: str


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder of a mailbox; ``distinguished`` is empty for one that a person made."""

    id: int
    mailbox: int
    parent: int | None
    distinguished: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """A message with what is not in its MIME content.

    ``receivers`` are addresses by list (``to``, ``cc``, ``bcc``) where they were given beside the
    MIME content, ``properties`` extended properties by the attributes that name them. Times are
    UTC in XML form.
    """

    id: int = 0
    folder: int = 0
    mime: bytes = field(repr=False)
    version: int = 1
    received: str
    is_read: bool = False
    is_draft: bool = False
    receivers: dict[str, list[str]] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    read_receipt: bool = False
    delivery_receipt: bool = False


_BESIDE = ("version", "received", "is_read", "is_draft", "receivers", "properties")
_RECORD = (*_BESIDE, "read_receipt", "delivery_receipt")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One entry of the log that SyncFolderItems and notifications read."""

    sequence: int
    folder: int
    item: int
    kind: str


class Store:
    """The state folder; safe to share between threads, which may nest ``change``."""

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self.changed = threading.Condition()
        self._depth = 0
        self._db = sqlite3.connect(state / FILE_NAME, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make several changes at once, all or nothing, and wake whoever waits for changes."""
        with self._lock:
            if not self._depth:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if not self._depth:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth:
                return
            self._db.execute("COMMIT")
        with self.changed:
            self.changed.notify_all()

    def mailbox(self, address: str) -> MailboxRow | None:
        """Return the mailbox of an address, or None."""
        row = self._one("SELECT id, address, epoch FROM mailboxes WHERE address = ?", address)
        return MailboxRow(*row) if row else None

    def open_mailbox(self, address: str) -> MailboxRow:
        """Return the mailbox of an address; one that is not there is made with its folders."""
        with self.change():
            if self.mailbox(address) is None:
                row = self._write(
                    "INSERT INTO mailboxes (address, epoch) VALUES (?, ?)",
                    address,
                    secrets.token_hex(4),
                )
                ids: dict[str, int | None] = {"": None}
                for name, (parent, shown) in DISTINGUISHED.items():
                    ids[name] = self._write(
                        "INSERT INTO folders (mailbox, parent, distinguished, name) "
                        "VALUES (?, ?, ?, ?)",
                        row,
                        ids[parent],
                        name,
                        shown,
                    )
        found = self.mailbox(address)
        assert found is not None
        return found

    def renew(self, address: str) -> None:
        """Give a mailbox a new epoch: its ids and sync states are unknown from now on."""
        with self.change():
            self._write(
                "UPDATE mailboxes SET epoch = ? WHERE address = ?", secrets.token_hex(4), address
            )

    def mailbox_of(self, folder: FolderRow) -> MailboxRow:
        """Return the mailbox that a folder belongs to."""
        row = self._one("SELECT id, address, epoch FROM mailboxes WHERE id = ?", folder.mailbox)
        assert row is not None
        return MailboxRow(*row)

    def folder(self, number: int) -> FolderRow | None:
        """Return a folder by its number, or None."""
        return self._folder("id = ?", number)

    def distinguished(self, mailbox: MailboxRow, name: str) -> FolderRow | None:
        """Return a mailbox's folder by its distinguished name, or None."""
        return self._folder("mailbox = ? AND distinguished = ?", mailbox.id, name)

    def subfolders(self, parent: FolderRow) -> list[FolderRow]:
        """Return the folders within a folder, in the order in which they were made."""
        rows = self._all(
            "SELECT id, mailbox, parent, distinguished, name FROM folders WHERE parent = ? "
            "ORDER BY id",
            parent.id,
        )
        return [FolderRow(*row) for row in rows]

    def make_folder(self, parent: FolderRow, name: str) -> FolderRow:
        """Make a folder within another."""
        with self.change():
            number = self._write(
                "INSERT INTO folders (mailbox, parent, name) VALUES (?, ?, ?)",
                parent.mailbox,
                parent.id,
                name,
            )
        return FolderRow(number, parent.mailbox, parent.id, "", name)

    def item(self, number: int) -> ItemRow | None:
        """Return an item by its number, or None."""
        row = self._one("SELECT id, folder, mime, record FROM items WHERE id = ?", number)
        return _item(*row) if row else None

    def items(self, folder: FolderRow) -> list[ItemRow]:
        """Return the items of a folder, oldest first."""
        rows = self._all(
            "SELECT id, folder, mime, record FROM items WHERE folder = ? ORDER BY id", folder.id
        )
        return [_item(*row) for row in rows]

    def count(self, folder: FolderRow) -> int:
        """Return how many items a folder has."""
        return int(self._all("SELECT count(*) FROM items WHERE folder = ?", folder.id)[0][0])

    def add(self, folder: FolderRow, item: ItemRow) -> ItemRow:
        """Put a new item into a folder."""
        with self.change():
            number = self._write(
                "INSERT INTO items (folder, mime, record) VALUES (?, ?, ?)",
                folder.id,
                item.mime,
                _record(item),
            )
            self._log(folder.id, number, "create")
        return replace(item, id=number, folder=folder.id)

    def update(self, item: ItemRow, kind: str = "update") -> ItemRow:
        """Write an item anew under a new version; ``kind`` is ``update`` or ``read``."""
        newer = replace(item, version=item.version + 1)
        with self.change():
            self._write(
                "UPDATE items SET mime = ?, record = ? WHERE id = ?",
                newer.mime,
                _record(newer),
                newer.id,
            )
            self._log(newer.folder, newer.id, kind)
        return newer

    def remove(self, item: ItemRow) -> None:
        """Delete an item for good."""
        with self.change():
            self._write("DELETE FROM items WHERE id = ?", item.id)
            self._log(item.folder, item.id, "delete")

    def move(self, item: ItemRow, folder: FolderRow) -> ItemRow:
        """Move an item; it gets a new id there, as in Exchange."""
        with self.change():
            self.remove(item)
            return self.add(folder, replace(item, id=0, version=1))

    def changes(self, folder: FolderRow, after: int) -> list[ChangeRow]:
        """Return a folder's log after a place in it."""
        rows = self._all(
            "SELECT sequence, folder, item, kind FROM changes WHERE folder = ? AND sequence > ? "
            "ORDER BY sequence",
            folder.id,
            after,
        )
        return [ChangeRow(*row) for row in rows]

    def created(self, item: int) -> int:
        """Return the place in the log where an item was put into its folder."""
        query = "SELECT max(sequence) FROM changes WHERE item = ? AND kind = 'create'"
        return int(self._all(query, item)[0][0] or 0)

    def last_change(self) -> int:
        """Return the end of the log."""
        return int(self._all("SELECT coalesce(max(sequence), 0) FROM changes")[0][0])

    def _log(self, folder: int, item: int, kind: str) -> None:
        self._write("INSERT INTO changes (folder, item, kind) VALUES (?, ?, ?)", folder, item, kind)

    def _folder(self, where: str, *values: int | str) -> FolderRow | None:
        query = f"SELECT id, mailbox, parent, distinguished, name FROM folders WHERE {where}"
        row = self._one(query, *values)
        return FolderRow(*row) if row else None

    def _one(self, query: str, *values: object) -> Row | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _all(self, query: str, *values: object) -> list[Row]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _write(self, query: str, *values: object) -> int:
        with self._lock:
            return int(self._db.execute(query, values).lastrowid or 0)


def _record(item: ItemRow) -> str:
    return json.dumps({name: getattr(item, name) for name in _RECORD}, ensure_ascii=False)


def _item(number: int, folder: int, mime: bytes, record: str) -> ItemRow:
    return ItemRow(id=number, folder=folder, mime=mime, **json.loads(record))
