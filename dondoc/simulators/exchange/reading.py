"""Operations that change nothing, such as SyncFolderItems and GetItem."""

from collections.abc import Iterator, Sequence

from dondoc.simulators.exchange.ids import (
    change_key,
    item_id,
    read_item_id,
    read_sync_state,
    sync_state,
)
from dondoc.simulators.exchange.mime import header, parsed
from dondoc.simulators.exchange.restriction import matches
from dondoc.simulators.exchange.session import Session, each
from dondoc.simulators.exchange.shapes import Shape, folder_element, item_element, read_shape
from dondoc.simulators.exchange.soap import (
    INSTANCE,
    Content,
    Element,
    EwsError,
    child,
    error_message,
    m,
    response_message,
    t,
    text_of,
)
from dondoc.simulators.exchange.store import ChangeRow, FolderRow, ItemRow

_NOT_FOUND = frozenset({"item:MimeContent", "item:Body", "item:Attachments"})
"""Properties that FindItem and SyncFolderItems do not give."""


def convert_id(session: Session, request: Element) -> list[Element]:
    """Answer ConvertId; only ids of this server can be converted."""
    wanted = str(request.get("DestinationFormat", "EwsId"))

    def convert(source: Element) -> list[Content]:
        known = read_item_id(session.store, session.mailbox, str(source.get("Id", "")))
        converted = item_id(session.mailbox, known.id)
        owner = str(source.get("Mailbox", ""))
        answer = m("AlternateId", Format=wanted, Id=converted, Mailbox=owner)
        answer.set(f"{{{INSTANCE}}}type", "t:AlternateIdType")
        return [answer]

    return each("ConvertId", request, "SourceIds", convert)


def get_folder(session: Session, request: Element) -> list[Element]:
    """Answer GetFolder."""
    shape = read_shape(request, "FolderShape")

    def get(reference: Element) -> list[Content]:
        return [m("Folders", folder_element(session.store, session.folder(reference), shape))]

    return each("GetFolder", request, "FolderIds", get, empty=lambda: m("Folders"))


def find_folder(session: Session, request: Element) -> list[Element]:
    """Answer FindFolder."""
    shape = read_shape(request, "FolderShape")
    wanted = child(request, "Restriction")
    deep = request.get("Traversal") == "Deep"

    def find(reference: Element) -> list[Content]:
        found = [
            folder
            for folder in _below(session, session.folder(reference), deep=deep)
            if matches(wanted, lambda uri, f=folder: f.name if "DisplayName" in uri else "")  # type: ignore[misc]
        ]
        start, end = _page(request, "IndexedPageFolderView")
        folders = [folder_element(session.store, folder, shape) for folder in found[start:end]]
        return [_root_folder("Folders", folders, len(found), end)]

    return each("FindFolder", request, "ParentFolderIds", find)


def get_item(session: Session, request: Element) -> list[Element]:
    """Answer GetItem."""
    shape = read_shape(request, "ItemShape")

    def get(reference: Element) -> list[Content]:
        return [m("Items", item_element(session.mailbox, session.item(reference), shape))]

    return each("GetItem", request, "ItemIds", get, empty=lambda: m("Items"))


def find_item(session: Session, request: Element) -> list[Element]:
    """Answer FindItem."""
    shape = _listing(read_shape(request, "ItemShape"))
    wanted = child(request, "Restriction")

    def find(reference: Element) -> list[Content]:
        folder = session.folder(reference)
        found = [item for item in session.store.items(folder) if _meets(wanted, item)]
        start, end = _page(request, "IndexedPageItemView")
        items = [item_element(session.mailbox, item, shape) for item in found[start:end]]
        return [_root_folder("Items", items, len(found), end)]

    return each("FindItem", request, "ParentFolderIds", find)


def sync_folder_items(session: Session, request: Element) -> list[Element]:
    """Answer SyncFolderItems: what changed since a state, and the state after it."""
    try:
        shape = _listing(read_shape(request, "ItemShape"))
        folder = session.folder_in(request, "SyncFolderId")
        if folder is None:
            raise EwsError("ErrorSyncFolderNotFound", "The folder to synchronize is not there.")
        state = text_of(request, "SyncState")
        after = read_sync_state(session.mailbox, folder, state) if state else 0
        limit = int(text_of(request, "MaxChangesReturned", "512"))
        changes, reached, whole = _changes(session, folder, after, limit, shape)
    except EwsError as error:
        unknown = [m("SyncState"), m("IncludesLastItemInRange", "true")]
        return [error_message("SyncFolderItems", error, *unknown)]
    return [
        response_message(
            "SyncFolderItems",
            m("SyncState", sync_state(session.mailbox, folder, reached)),
            m("IncludesLastItemInRange", "true" if whole else "false"),
            m("Changes", *changes),
        )
    ]


def _changes(
    session: Session, folder: FolderRow, after: int, limit: int, shape: Shape
) -> tuple[list[Element], int, bool]:
    """Return changes, how far in the log they reach, and whether that is its end."""
    changes: list[Element] = []
    reached = after
    told: set[int] = set()
    rows = session.store.changes(folder, after)
    for row in rows:
        if len(changes) == limit:
            return changes, reached, False
        reached = row.sequence
        change = _change(session, row, after, told, shape)
        if change is not None:
            changes.append(change)
    return changes, reached, True


def _change(
    session: Session, row: ChangeRow, after: int, told: set[int], shape: Shape
) -> Element | None:
    item = session.store.item(row.item)
    new = session.store.created(row.item) > after
    reference = t(
        "ItemId",
        Id=item_id(session.mailbox, row.item),
        ChangeKey=change_key(item.version if item else 1),
    )
    if row.kind == "delete":
        return None if new else t("Delete", reference)
    if item is None or row.item in told or (new and row.kind != "create"):
        return None
    told.add(row.item)
    if row.kind == "read":
        read = t("IsRead", "true" if item.is_read else "false")
        return t("ReadFlagChange", reference, read)
    element = item_element(session.mailbox, item, shape)
    return t("Create" if row.kind == "create" else "Update", element)


def _listing(shape: Shape) -> Shape:
    if shape.mime or shape.fields & _NOT_FOUND:
        raise EwsError("ErrorInvalidPropertyRequest", "Property is not valid for this object type.")
    return shape


def _meets(wanted: Element | None, item: ItemRow) -> bool:
    if wanted is None:
        return True
    message = parsed(item.mime)
    names = {"message:InternetMessageId": "Message-ID", "item:Subject": "Subject"}

    def value(uri: str) -> str:
        if uri not in names:
            raise EwsError("ErrorUnsupportedPathForQuery", f"{uri} cannot be searched here.")
        return header(message, names[uri])

    return matches(wanted, value)


def _below(session: Session, folder: FolderRow, *, deep: bool) -> Iterator[FolderRow]:
    for one in session.store.subfolders(folder):
        yield one
        if deep:
            yield from _below(session, one, deep=True)


def _page(request: Element, tag: str) -> tuple[int, int]:
    view = child(request, tag)
    if view is None:
        return 0, 1000
    start = int(view.get("Offset", "0"))
    return start, start + int(view.get("MaxEntriesReturned", "1000"))


def _root_folder(kind: str, found: Sequence[Element], total: int, end: int) -> Element:
    return m(
        "RootFolder",
        t(kind, *found),
        IndexedPagingOffset=str(min(end, total)),
        TotalItemsInView=str(total),
        IncludesLastItemInRange="true" if end >= total else "false",
    )
