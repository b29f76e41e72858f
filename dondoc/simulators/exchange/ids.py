"""Identifiers as Exchange gives them: opaque texts that only it can read.

An id names the mailbox's epoch, so what was given before the mailbox was moved is not found.
"""

import base64
import binascii
import re

from dondoc.simulators.exchange.soap import EwsError
from dondoc.simulators.exchange.store import FolderRow, ItemRow, MailboxRow, Store

_PREFIX = "AAMk"
_FORM = re.compile(r"([IF]):([0-9a-f]{8}):(\d{1,18})", re.ASCII)
_STATE = re.compile(r"S:([0-9a-f]{8}):(\d{1,18}):(\d{1,18})", re.ASCII)
_MALFORMED = EwsError("ErrorInvalidIdMalformed", "Id is malformed.")


def item_id(mailbox: MailboxRow, number: int) -> str:
    """Return the ItemId of an item."""
    return _PREFIX + _encode(f"I:{mailbox.epoch}:{number}")


def folder_id(mailbox: MailboxRow, number: int) -> str:
    """Return the FolderId of a folder."""
    return _PREFIX + _encode(f"F:{mailbox.epoch}:{number}")


def change_key(version: int) -> str:
    """Return the ChangeKey of a version."""
    return _encode(f"CQAAAB{version:08d}")


def sync_state(mailbox: MailboxRow, folder: FolderRow, sequence: int) -> str:
    """Return the SyncState that a folder is read from next time."""
    return _encode(f"S:{mailbox.epoch}:{folder.id}:{sequence}")


def read_item_id(store: Store, mailbox: MailboxRow, text: str) -> ItemRow:
    """Return the item of an id; raises ``EwsError`` for one that means nothing here."""
    item = store.item(_number(mailbox, text, "I", "ErrorItemNotFound"))
    folder = store.folder(item.folder) if item else None
    if item is None or folder is None or folder.mailbox != mailbox.id:
        raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")
    return item


def read_folder_id(store: Store, mailbox: MailboxRow, text: str) -> FolderRow:
    """Return the folder of an id; raises ``EwsError`` for one that means nothing here."""
    folder = store.folder(_number(mailbox, text, "F", "ErrorFolderNotFound"))
    if folder is None or folder.mailbox != mailbox.id:
        raise EwsError("ErrorFolderNotFound", "The specified folder could not be found.")
    return folder


def read_sync_state(mailbox: MailboxRow, folder: FolderRow, text: str) -> int:
    """Return the place in the log that a SyncState means; raises ``EwsError`` for any other."""
    found = _STATE.fullmatch(_decode(text) or "")
    if found is None or found[1] != mailbox.epoch or int(found[2]) != folder.id:
        raise EwsError("ErrorInvalidSyncStateData", "The synchronization state data is invalid.")
    return int(found[3])


def _number(mailbox: MailboxRow, text: str, kind: str, code: str) -> int:
    found = _FORM.fullmatch(_decode(text[len(_PREFIX) :]) or "")
    if not text.startswith(_PREFIX) or found is None or found[1] != kind:
        raise _MALFORMED
    if found[2] != mailbox.epoch:
        raise EwsError(code, "The specified object was not found in the store.")
    return int(found[3])


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(text: str) -> str | None:
    try:
        return base64.b64decode(text.encode(), validate=True).decode()
    except (binascii.Error, UnicodeError):
        return None
