"""Folders and items as XML: the properties that a shape asks for, in the schema's order."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message

from dondoc.simulators.exchange.ids import change_key, folder_id, item_id
from dondoc.simulators.exchange.mime import (
    Person,
    body_of,
    has_attachments,
    header,
    header_block,
    parsed,
    people,
)
from dondoc.simulators.exchange.soap import Content, Element, child, children, flag_of, t, text_of
from dondoc.simulators.exchange.store import FolderRow, ItemRow, MailboxRow, Store

TRANSPORT_HEADERS = "0x7d"
"""PidTagTransportMessageHeaders: the header as it came (MS-OXOMSG section 2.2.3.2)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for: the base shape, single properties, and extended ones by their names."""

    base: str
    fields: frozenset[str]
    extended: tuple[Element, ...]
    mime: bool

    def wants(self, field: str, *bases: str) -> bool:
        """Tell whether a property is asked for by name or by one of these base shapes."""
        return field in self.fields or self.base in bases


def read_shape(request: Element, tag: str) -> Shape:
    """Read ItemShape or FolderShape."""
    shape = child(request, tag)
    if shape is None:
        return Shape("IdOnly", frozenset(), (), mime=False)
    more = child(shape, "AdditionalProperties")
    paths = [] if more is None else list(children(more))
    fields = frozenset(str(path.get("FieldURI", "")) for path in paths)
    return Shape(
        text_of(shape, "BaseShape", "IdOnly"),
        fields,
        tuple(path for path in paths if path.get("FieldURI") is None),
        mime=flag_of(shape, "IncludeMimeContent") or "item:MimeContent" in fields,
    )


def property_key(uri: Element) -> str:
    """Return one text for what an ExtendedFieldURI names; equal ones are the same property."""
    named = {str(key): str(value) for key, value in uri.attrib.items()}
    tag = named.get("PropertyTag")
    if tag:
        return hex(int(tag, 0))
    keys = ("DistinguishedPropertySetId", "PropertySetId", "PropertyName", "PropertyId")
    return "|".join(named.get(key, "").lower() for key in keys)


_BuildFolder = Callable[[Store, FolderRow], str]


def _unread(store: Store, folder: FolderRow) -> str:
    return str(sum(not item.is_read for item in store.items(folder)))


_USUAL = ("Default", "AllProperties")
_FOLDER: tuple[tuple[str, str, tuple[str, ...], _BuildFolder], ...] = (
    ("FolderClass", "folder:FolderClass", ("AllProperties",), lambda _, __: "IPF.Note"),
    ("DisplayName", "folder:DisplayName", _USUAL, lambda _, folder: folder.name),
    ("TotalCount", "folder:TotalCount", _USUAL, lambda store, folder: str(store.count(folder))),
    (
        "ChildFolderCount",
        "folder:ChildFolderCount",
        _USUAL,
        lambda store, folder: str(len(store.subfolders(folder))),
    ),
    (
        "DistinguishedFolderId",
        "folder:DistinguishedFolderId",
        ("AllProperties",),
        lambda _, folder: folder.distinguished,
    ),
    ("UnreadCount", "folder:UnreadCount", _USUAL, _unread),
)


def folder_element(store: Store, folder: FolderRow, shape: Shape) -> Element:
    """Build t:Folder."""
    mailbox = store.mailbox_of(folder)
    key = change_key(1)
    parent = folder.parent
    content: list[Content] = [t("FolderId", Id=folder_id(mailbox, folder.id), ChangeKey=key)]
    if parent is not None and shape.wants("folder:ParentFolderId", "AllProperties"):
        content.append(t("ParentFolderId", Id=folder_id(mailbox, parent), ChangeKey=key))
    content += [
        t(name, value)
        for name, field, bases, build in _FOLDER
        if shape.wants(field, *bases) and (value := build(store, folder))
    ]
    return t("Folder", *content)


def item_element(mailbox: MailboxRow, item: ItemRow, shape: Shape) -> Element:
    """Build t:Message."""
    message = parsed(item.mime)
    content: list[Content] = []
    if shape.mime:
        encoded = base64.b64encode(item.mime).decode()
        content.append(t("MimeContent", encoded, CharacterSet="UTF-8"))
    content.append(t("ItemId", Id=item_id(mailbox, item.id), ChangeKey=change_key(item.version)))
    if shape.wants("item:ParentFolderId", "AllProperties"):
        content.append(
            t("ParentFolderId", Id=folder_id(mailbox, item.folder), ChangeKey=change_key(1))
        )
    for field, bases, build in _ITEM:
        if shape.wants(field, *bases):
            content.append(build(item, message))
    content += _extended(item, shape)
    for field, bases, build in _MESSAGE:
        if shape.wants(field, *bases):
            content.append(build(item, message))
    return t("Message", *content)


def receivers_of(item: ItemRow, message: Message, kind: str) -> list[Person]:
    """Return the receivers of one list: those given beside the MIME content, else its header's."""
    if kind in item.receivers:
        return [("", address) for address in item.receivers[kind]]
    return people(message, kind.capitalize())


def _extended(item: ItemRow, shape: Shape) -> list[Element]:
    built = []
    for uri in shape.extended:
        key = property_key(uri)
        value = item.properties.get(key)
        if key == TRANSPORT_HEADERS:
            value = header_block(item.mime).decode("utf-8", "replace")
        if value is not None:
            names = {str(name): str(text) for name, text in uri.attrib.items()}
            built.append(t("ExtendedProperty", t("ExtendedFieldURI", **names), t("Value", value)))
    return built


_Build = Callable[[ItemRow, Message], Content]
_DEFAULT = ("Default", "AllProperties")
_ALL = ("AllProperties",)


def _text(name: str, value: Callable[[ItemRow, Message], str]) -> _Build:
    """Build an element with a text; none when the text is empty."""
    return lambda item, message: t(name, text) if (text := value(item, message)) else None


def _persons(name: str, kind: str) -> _Build:
    def build(item: ItemRow, message: Message) -> Content:
        found = receivers_of(item, message, kind)
        return t(name, *(_mailbox(person) for person in found)) if found else None

    return build


def _author(name: str, field: str) -> _Build:
    def build(_: ItemRow, message: Message) -> Content:
        found = people(message, field)
        return t(name, _mailbox(found[0])) if found else None

    return build


def _mailbox(person: Person) -> Element:
    shown, address = person
    return t(
        "Mailbox", t("Name", shown or address), t("EmailAddress", address), t("RoutingType", "SMTP")
    )


def _body(_: ItemRow, message: Message) -> Content:
    kind, text = body_of(message)
    return t("Body", text, BodyType=kind)


def _headers(_: ItemRow, message: Message) -> Content:
    found = [
        t("InternetMessageHeader", str(value), HeaderName=name) for name, value in message.items()
    ]
    return t("InternetMessageHeaders", *found) if found else None


def _truth(value: bool) -> str:
    return "true" if value else "false"


_ITEM: tuple[tuple[str, tuple[str, ...], _Build], ...] = (
    ("item:ItemClass", _ALL, _text("ItemClass", lambda *_: "IPM.Note")),
    ("item:Subject", _DEFAULT, _text("Subject", lambda _, m: header(m, "Subject"))),
    ("item:Sensitivity", _DEFAULT, _text("Sensitivity", lambda *_: "Normal")),
    ("item:Body", _ALL, _body),
    ("item:DateTimeReceived", _ALL, _text("DateTimeReceived", lambda i, _: i.received)),
    ("item:Size", _DEFAULT, _text("Size", lambda i, _: str(len(i.mime)))),
    ("item:Importance", _ALL, _text("Importance", lambda *_: "Normal")),
    ("item:InReplyTo", _ALL, _text("InReplyTo", lambda _, m: header(m, "In-Reply-To"))),
    ("item:IsDraft", _ALL, _text("IsDraft", lambda i, _: _truth(i.is_draft))),
    ("item:InternetMessageHeaders", _ALL, _headers),
    ("item:DateTimeSent", _DEFAULT, _text("DateTimeSent", lambda i, _: i.received)),
    ("item:DateTimeCreated", _DEFAULT, _text("DateTimeCreated", lambda i, _: i.received)),
    (
        "item:HasAttachments",
        _DEFAULT,
        _text("HasAttachments", lambda _, m: _truth(has_attachments(m))),
    ),
)
_MESSAGE: tuple[tuple[str, tuple[str, ...], _Build], ...] = (
    ("message:Sender", _DEFAULT, _author("Sender", "From")),
    ("message:ToRecipients", _ALL, _persons("ToRecipients", "to")),
    ("message:CcRecipients", _ALL, _persons("CcRecipients", "cc")),
    ("message:BccRecipients", _ALL, _persons("BccRecipients", "bcc")),
    (
        "message:IsReadReceiptRequested",
        _DEFAULT,
        _text("IsReadReceiptRequested", lambda i, _: _truth(i.read_receipt)),
    ),
    (
        "message:IsDeliveryReceiptRequested",
        _DEFAULT,
        _text("IsDeliveryReceiptRequested", lambda i, _: _truth(i.delivery_receipt)),
    ),
    ("message:From", _DEFAULT, _author("From", "From")),
    (
        "message:InternetMessageId",
        _ALL,
        _text("InternetMessageId", lambda _, m: header(m, "Message-ID")),
    ),
    ("message:IsRead", _DEFAULT, _text("IsRead", lambda i, _: _truth(i.is_read))),
    ("message:References", _ALL, _text("References", lambda _, m: header(m, "References"))),
    ("message:ReplyTo", _ALL, lambda _, m: _reply_to(m)),
)


def _reply_to(message: Message) -> Content:
    found = people(message, "Reply-To")
    return t("ReplyTo", *(_mailbox(person) for person in found)) if found else None
