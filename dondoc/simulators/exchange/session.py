"""One request's view of the simulated server: who asks, and how its references are resolved."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dondoc.simulators.exchange.ids import change_key, item_id, read_folder_id, read_item_id
from dondoc.simulators.exchange.soap import (
    Content,
    Element,
    EwsError,
    child,
    children,
    error_message,
    local,
    response_message,
    t,
    text_of,
)
from dondoc.simulators.exchange.store import FolderRow, ItemRow, MailboxRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What an operation works with; ``size_limit`` is the largest message in octets."""

    store: Store
    mailbox: MailboxRow
    now: Callable[[], datetime]
    size_limit: int

    def folder(self, reference: Element) -> FolderRow:
        """Return the folder of a FolderId or DistinguishedFolderId; raises ``EwsError``."""
        named = str(reference.get("Id", ""))
        if local(reference) == "FolderId":
            return read_folder_id(self.store, self.mailbox, named)
        owner = child(reference, "Mailbox")
        if owner is not None:
            address = text_of(owner, "EmailAddress")
            if address.lower() != self.mailbox.address.lower():
                raise EwsError("ErrorAccessDenied", "Access is denied. Check credentials.")
        found = self.store.distinguished(self.mailbox, named)
        if found is None:
            raise EwsError("ErrorFolderNotFound", "The specified folder could not be found.")
        return found

    def folder_in(self, request: Element, tag: str) -> FolderRow | None:
        """Return the folder that an element of the request names; None when it is not there."""
        named = child(request, tag)
        return None if named is None or not len(named) else self.folder(named[0])

    def item(self, reference: Element) -> ItemRow:
        """Return the item of an ItemId; raises ``EwsError``."""
        return read_item_id(self.store, self.mailbox, str(reference.get("Id", "")))

    def known(self, name: str) -> FolderRow:
        """Return one of the folders that every mailbox has."""
        found = self.store.distinguished(self.mailbox, name)
        assert found is not None
        return found

    def reference(self, item: ItemRow) -> Element:
        """Build the ItemId of an item."""
        return t("ItemId", Id=item_id(self.mailbox, item.id), ChangeKey=change_key(item.version))


def each(
    operation: str,
    request: Element,
    container: str,
    work: Callable[[Element], Iterable[Content]],
    *,
    empty: Callable[[], Element] | None = None,
) -> list[Element]:
    """Answer each thing that a request names with a message of its own.

    ``empty`` builds what the message of an error must hold beside its code.
    """
    named = child(request, container)
    answers = []
    for one in [] if named is None else list(children(named)):
        try:
            answers.append(response_message(operation, *work(one)))
        except EwsError as error:
            answers.append(error_message(operation, error, *([empty()] if empty else [])))
    return answers
