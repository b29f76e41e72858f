"""Operations that change the mailbox, such as CreateItem and SendItem."""

import base64
import binascii
import secrets
from dataclasses import replace
from email.utils import format_datetime

from dondoc.simulators.exchange.delivery import HOST, submit, xml_time
from dondoc.simulators.exchange.ids import change_key, item_id
from dondoc.simulators.exchange.mime import composed, with_attachment
from dondoc.simulators.exchange.session import Session, each
from dondoc.simulators.exchange.shapes import property_key
from dondoc.simulators.exchange.soap import (
    Content,
    Element,
    EwsError,
    child,
    children,
    flag_of,
    local,
    m,
    t,
    text_of,
)
from dondoc.simulators.exchange.store import FolderRow, ItemRow

_RECEIVERS = {"to": "ToRecipients", "cc": "CcRecipients", "bcc": "BccRecipients"}


def create_item(session: Session, request: Element) -> list[Element]:
    """Answer CreateItem: save, send, or send and keep a copy."""
    disposition = str(request.get("MessageDisposition", "SaveOnly"))

    def create(element: Element) -> list[Content]:
        if local(element) not in {"Message", "Item"}:
            raise EwsError("ErrorInvalidRequest", "Only messages can be made here.")
        folder = session.folder_in(request, "SavedItemFolderId")
        item = _read_item(session, element)
        if len(item.mime) > session.size_limit:
            raise EwsError("ErrorMessageSizeExceeded", "The message exceeds the maximum size.")
        if disposition == "SaveOnly":
            kept = session.store.add(folder or session.known("drafts"), item)
            return [m("Items", t("Message", session.reference(kept)))]
        _send(session, item, folder or _copy_folder(session, disposition))
        return [m("Items")]

    return each("CreateItem", request, "Items", create, empty=lambda: m("Items"))


def create_attachment(session: Session, request: Element) -> list[Element]:
    """Answer CreateAttachment: a file more in a saved item, whose change key moves."""

    def create(element: Element) -> list[Content]:
        parent = child(request, "ParentItemId")
        if parent is None or local(element) != "FileAttachment":
            raise EwsError("ErrorInvalidRequest", "Only files can be attached here.")
        item = session.store.update(_attached(session.item(parent), element))
        identifier = t(
            "AttachmentId",
            Id=f"{item_id(session.mailbox, item.id)}.{item.version}",
            RootItemId=item_id(session.mailbox, item.id),
            RootItemChangeKey=change_key(item.version),
        )
        return [m("Attachments", t("FileAttachment", identifier))]

    return each("CreateAttachment", request, "Attachments", create, empty=lambda: m("Attachments"))


def send_item(session: Session, request: Element) -> list[Element]:
    """Answer SendItem: deliver a draft; it leaves its folder, and a copy is kept if wanted."""
    keep = str(request.get("SaveItemToFolder", "false")) in {"true", "1"}

    def send(reference: Element) -> list[Content]:
        with session.store.change():
            item = session.item(reference)
            _require_current(item, reference)
            folder = session.folder_in(request, "SavedItemFolderId") if keep else None
            _send(session, item, (folder or session.known("sentitems")) if keep else None)
            session.store.remove(item)
        return []

    return each("SendItem", request, "ItemIds", send)


def update_item(session: Session, request: Element) -> list[Element]:
    """Answer UpdateItem; the read flag, receivers and extended properties can be set."""
    strict = request.get("ConflictResolution") == "NeverOverwrite"

    def update(change: Element) -> list[Content]:
        reference, updates = child(change, "ItemId"), child(change, "Updates")
        if reference is None or updates is None:
            raise EwsError("ErrorInvalidRequest", "The change names no item.")
        item = session.item(reference)
        if strict and reference.get("ChangeKey") != change_key(item.version):
            raise EwsError("ErrorIrresolvableConflict", "The send or update could not be made.")
        newer, kind = item, "read"
        for one in children(updates):
            newer, read_only = _updated(newer, one)
            kind = kind if read_only else "update"
        newer = session.store.update(newer, kind)
        count = m("ConflictResults", t("Count", "0"))
        return [m("Items", t("Message", session.reference(newer))), count]

    return each("UpdateItem", request, "ItemChanges", update, empty=lambda: m("Items"))


def move_item(session: Session, request: Element) -> list[Element]:
    """Answer MoveItem; the item has another id in its new folder."""

    def move(reference: Element) -> list[Content]:
        folder = session.folder_in(request, "ToFolderId")
        if folder is None:
            raise EwsError("ErrorFolderNotFound", "The specified folder could not be found.")
        moved = session.store.move(session.item(reference), folder)
        return [m("Items", t("Message", session.reference(moved)))]

    return each("MoveItem", request, "ItemIds", move, empty=lambda: m("Items"))


def delete_item(session: Session, request: Element) -> list[Element]:
    """Answer DeleteItem: for good, or into the deleted items."""
    kept = request.get("DeleteType") == "MoveToDeletedItems"

    def delete(reference: Element) -> list[Content]:
        item = session.item(reference)
        if kept:
            session.store.move(item, session.known("deleteditems"))
        else:
            session.store.remove(item)
        return []

    return each("DeleteItem", request, "ItemIds", delete)


def _send(session: Session, item: ItemRow, copy_to: FolderRow | None) -> None:
    if len(item.mime) > session.size_limit:
        raise EwsError("ErrorMessageSizeExceeded", "The message exceeds the maximum size.")
    now = session.now()
    with session.store.change():
        submit(session.store, session.mailbox, item, now)
        if copy_to is not None:
            copy = replace(
                item, id=0, version=1, is_draft=False, is_read=True, received=xml_time(now)
            )
            session.store.add(copy_to, copy)


def _copy_folder(session: Session, disposition: str) -> FolderRow | None:
    return session.known("sentitems") if disposition == "SendAndSaveCopy" else None


def _require_current(item: ItemRow, reference: Element) -> None:
    key = reference.get("ChangeKey")
    if not key:
        raise EwsError("ErrorChangeKeyRequired", "The change key is required for this operation.")
    if key != change_key(item.version):
        raise EwsError("ErrorStaleObject", "The item has changed since it was read.")


def _read_item(session: Session, element: Element) -> ItemRow:
    receivers = {
        kind: [text_of(mailbox, "EmailAddress") for mailbox in children(named)]
        for kind, tag in _RECEIVERS.items()
        if (named := child(element, tag)) is not None
    }
    item = ItemRow(
        mime=_mime(session, element, receivers),
        received=xml_time(session.now()),
        is_draft=True,
        is_read=flag_of(element, "IsRead"),
        receivers=receivers,
        properties=dict(map(_property, children(element, "ExtendedProperty"))),
        read_receipt=flag_of(element, "IsReadReceiptRequested"),
        delivery_receipt=flag_of(element, "IsDeliveryReceiptRequested"),
    )
    attachments = child(element, "Attachments")
    for attachment in [] if attachments is None else children(attachments, "FileAttachment"):
        item = _attached(item, attachment)
    return item


def _mime(session: Session, element: Element, receivers: dict[str, list[str]]) -> bytes:
    given = child(element, "MimeContent")
    if given is not None:
        return _decoded(given, "ErrorMimeContentInvalidBase64String")
    body = child(element, "Body")
    return composed(
        sender=session.mailbox.address,
        receivers=receivers,
        subject=text_of(element, "Subject"),
        text="" if body is None else body.text or "",
        kind="Text" if body is None else str(body.get("BodyType", "Text")),
        message_id=text_of(element, "InternetMessageId") or f"<{secrets.token_hex(12)}@{HOST}>",
        date=format_datetime(session.now()),
    )


def _attached(item: ItemRow, attachment: Element) -> ItemRow:
    content = child(attachment, "Content")
    octets = b"" if content is None else _decoded(content, "ErrorInvalidRequest")
    media_type = text_of(attachment, "ContentType")
    name = text_of(attachment, "Name")
    return replace(item, mime=with_attachment(item.mime, name, media_type, octets))


def _decoded(element: Element, code: str) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except binascii.Error:
        raise EwsError(code, "The content is not valid base64.") from None


def _property(element: Element) -> tuple[str, str]:
    uri = child(element, "ExtendedFieldURI")
    if uri is None:
        raise EwsError("ErrorInvalidRequest", "The extended property has no name.")
    return property_key(uri), text_of(element, "Value")


def _updated(item: ItemRow, change: Element) -> tuple[ItemRow, bool]:
    """Return the item after one change, and whether it touched the read flag only."""
    content = child(change, "Message")
    if local(change) != "SetItemField" or content is None:
        raise EwsError("ErrorInvalidPropertyDelete", "Only SetItemField is supported here.")
    for one in children(content):
        match local(one):
            case "IsRead":
                return replace(item, is_read=(one.text or "").strip() in {"true", "1"}), True
            case "ExtendedProperty":
                key, value = _property(one)
                return replace(item, properties=item.properties | {key: value}), False
            case tag if tag in _RECEIVERS.values():
                kind = next(key for key, name in _RECEIVERS.items() if name == tag)
                addresses = [text_of(mailbox, "EmailAddress") for mailbox in children(one)]
                return replace(item, receivers=item.receivers | {kind: addresses}), False
    raise EwsError("ErrorInvalidPropertySet", "The property cannot be set here.")
