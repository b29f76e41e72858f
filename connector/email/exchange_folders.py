"""Folders of an Exchange mailbox by the names of the configuration."""

from typing import Any

DISTINGUISHED = {
    "inbox": "inbox",
    "drafts": "drafts",
    "sentitems": "sent",
    "outbox": "outbox",
    "deleteditems": "trash",
    "junk": "junk",
    "junkemail": "junk",
}
"""Names that mean the same folder in every language, and what the library calls it."""


def folder_named(account: Any, name: str) -> Any:
    """Return a folder: a distinguished one by its name, else by its path of displayed names.

    A path such as ``Văn bản/Trả lời`` starts at the top of the mailbox. Raises what the library
    does for a folder that is not there (ErrorFolderNotFound).
    """
    known = DISTINGUISHED.get(name.lower())
    if known is not None:
        return getattr(account, known)
    folder = account.msg_folder_root
    for part in name.split("/"):
        folder = folder // part
    return folder
