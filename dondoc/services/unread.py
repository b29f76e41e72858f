"""Input that was set aside unread: whose answer it may be, and what counting it unread means."""

from domain.directive import StoredFile
from domain.errors import MalformedDocument
from domain.facts import About
from domain.ids import MessageId, OfficeId
from domain.kinds import RawChannel
from domain.reading import (
    AttachmentRole,
    Clue,
    JudgedAttachment,
    Judgement,
    MailContent,
    Match,
    Matching,
    MessageKind,
)
from domain.state import RawState
from dondoc.app import App
from dondoc.services.live import answerable, clues_of, live_rounds
from dondoc.services.understand import Understanding
from mappings.mail.headers import addresses, split_header
from mappings.mail.take_apart import take_apart

_HEADER_OCTETS = 128 * 1024
"""Where the fields that lead to an office stand, on any mail that a program wrote."""

_NAMES = {
    RawChannel.MAIL: ("thu-goc.eml", "message/rfc822"),
    RawChannel.EXCHANGE_DOCUMENT: ("goi-tin-goc.edxml", "application/xml"),
    RawChannel.EXCHANGE_BUNDLE: ("van-ban-goc.zip", "application/zip"),
}


def whose(app: App, raw: RawState) -> tuple[About, tuple[OfficeId, ...]]:
    """Return the round and the offices that a message's header leads to, by clue or by sender.

    Nobody for input from the exchange, whose sender stands in the packet, and for our own mail.
    """
    content = _header(app, raw)
    if content is None:
        return About(), ()
    named = {content.sender, *addresses([v for k, v in content.headers if k == "from"])}
    if app.mail is not None and app.mail.address in named:
        return About(), ()
    clues = answerable(app, clues_of(app, content))
    senders = (o.id for o in app.directory.offices if named.intersection(o.emails))
    return _place(app, clues), tuple(dict.fromkeys([*(c.office for c in clues), *senders]))


def unread(app: App, raw: RawState) -> Understanding:
    """Return what is known of it without reading it: its header, and the whole as one file."""
    name, media_type = _NAMES[raw.channel]
    size = app.evidence.content(raw.digest).size
    whole = JudgedAttachment(
        file=StoredFile(name=name, digest=raw.digest, size=size, media_type=media_type),
        role=AttachmentRole.UNREADABLE,
        why=raw.outcome,
    )
    return Understanding(
        content=_header(app, raw) or _nameless(raw),
        texts={},
        judgement=Judgement(kind=MessageKind.UNCLEAR, attachments=(whole,)),
        clues=(),
        matching=Matching(match=Match.NONE),
    )


def _header(app: App, raw: RawState) -> MailContent | None:
    if raw.channel is not RawChannel.MAIL:
        return None
    content = app.evidence.get(raw.digest)[:_HEADER_OCTETS]
    try:
        return take_apart(content[: split_header(content, 0, len(content))[1]])
    except MalformedDocument:
        return None


def _nameless(raw: RawState) -> MailContent:
    return MailContent(
        message_id=MessageId(f"<{raw.digest[:32]}@unread.invalid>"),
        body_digest=raw.digest,
        sender=None,
        sender_name="",
        recipients=(),
        subject="",
        date=None,
        thread=(),
        tokens=(),
        subject_tokens=(),
        headers=(),
        new_text="",
        quoted_text="",
    )


def _place(app: App, clues: list[Clue]) -> About:
    """Return the one round that all clues lead to, while an answer may still belong to it."""
    places = {(clue.campaign, clue.round) for clue in clues}
    live = {(one.campaign, one.round) for one in live_rounds(app)}
    if len(places) != 1 or not places <= live:
        return About()
    ((campaign, round_id),) = places
    return About(campaign=campaign, round=round_id)
