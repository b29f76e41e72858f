"""An answer that came through the exchange counts like one by mail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.campaign import Channel
from domain.exchange import Packet
from domain.facts import About, Event
from domain.ids import MessageId, OrganId, digest_of
from domain.kinds import ReplyKind, ReviewKind
from domain.reading import Judgement, MailAttachment, MailContent, Match, Matching, Via
from domain.state import DispatchState, RawState
from dondoc.app import App
from dondoc.services.live import clue
from dondoc.services.outcome import read_event
from dondoc.services.replies import REVIEW_OF, after_approval, reply_recorded
from dondoc.services.reviews import open_review
from dondoc.services.understand import NOBODY, Understanding, attachment_texts
from mappings.edxml.identifiers import same_organ
from mappings.reply.classify import judge


def read_reply(
    app: App,
    raw: RawState,
    packet: Packet,
    dispatch: DispatchState,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Return the events of a document that answers one of our dispatches."""
    if not is_receiver(app, dispatch, packet.sender.organ_id):
        reason = f"{packet.sender.organ_id} answers a document that went to {dispatch.office}"
        return [
            _review(raw, ReviewKind.UNKNOWN_SENDER, dispatch, reason, now),
            read_event(raw, now, "answer of another unit, to be decided", dispatch.about, warnings),
        ]
    understood = understood_packet(app, packet, dispatch)
    kind = ReplyKind(understood.judgement.kind)
    fact = reply_recorded(
        app, understood, dispatch.about, dispatch.dispatch, now=now, channel=Channel.EXCHANGE
    )
    events = [
        Event(
            source="exchange-reply",
            source_key=reply_key(packet, dispatch),
            occurred_at=now,
            fact=fact,
            evidence=raw.digest,
        )
    ]
    if kind in REVIEW_OF:
        events.append(_review(raw, REVIEW_OF[kind], dispatch, packet.subject, now))
    events += after_approval(app, dispatch.about, kind, raw, now)
    return [*events, read_event(raw, now, f"{kind} by exchange", dispatch.about, warnings)]


def answer_to_result(
    _app: App,
    raw: RawState,
    packet: Packet,
    dispatch: DispatchState,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Return the events of a document that answers the forwarded result: a person looks at it."""
    sender = packet.sender.name or packet.sender.organ_id
    return [
        _review(raw, ReviewKind.UNCLEAR_REPLY, dispatch, f"{sender}: {packet.subject}", now),
        read_event(raw, now, "answer to the compilation", dispatch.about, warnings),
    ]


def is_receiver(app: App, dispatch: DispatchState, organ: OrganId) -> bool:
    """Tell whether an identifier is one of the office that a dispatch went to, old or new."""
    office = app.directory.get(dispatch.office)
    known = [dispatch.target] if dispatch.channel is Channel.EXCHANGE else []
    known += [o for o in (office.organ_id, office.organ_id_old) if o] if office else []
    return any(same_organ(organ, OrganId(one)) for one in known)


def understood_packet(app: App, packet: Packet, dispatch: DispatchState) -> Understanding:
    """Judge the document by the same rules as a mail with the same words and files."""
    attachments = tuple(
        MailAttachment(name=a.name, media_type=a.content_type, content=a.content)
        for a in packet.attachments
    )
    content = MailContent(
        message_id=MessageId(f"<{digest_of(packet.document_id.encode())[:32]}@exchange.invalid>"),
        body_digest=_said(packet, dispatch),
        sender=None,
        sender_name=packet.sender.name,
        recipients=(),
        subject=packet.subject,
        date=packet.sent_at,
        thread=(),
        tokens=(),
        subject_tokens=(),
        headers=(),
        new_text=f"{packet.type_name} {packet.content or packet.subject}".strip(),
        quoted_text="",
        attachments=attachments,
    )
    texts = attachment_texts(attachments)
    judgement = _numbered(judge(content, texts, app.phrases, NOBODY), packet)
    matching = Matching(
        match=Match.CERTAIN,
        campaign=dispatch.campaign,
        round=dispatch.round,
        office=dispatch.office,
        dispatch=dispatch.dispatch,
        sender_office=dispatch.office,
    )
    return Understanding(
        content=content,
        texts=texts,
        judgement=judgement,
        clues=(clue(Via.RESPONSE_FOR, dispatch),),
        matching=matching,
    )


def reply_key(packet: Packet, dispatch: DispatchState) -> str:
    """Return what makes an answer to a dispatch the same one however often it is delivered.

    Identifier and words must both agree: another text under the same DocumentId is another answer.
    """
    return f"{packet.sender.organ_id} {packet.document_id} {_said(packet, dispatch)}"


def _said(packet: Packet, dispatch: DispatchState) -> str:
    """Return a digest of what a document says to whom: the exchange rewrites files, not words."""
    said = (
        dispatch.campaign,
        dispatch.round,
        dispatch.office,
        packet.code_number,
        packet.code_notation,
        str(packet.promulgated_on),
        packet.type_name,
        packet.subject,
        packet.content,
        *(digest_of(a.content) for a in packet.attachments),
    )
    return digest_of("\n".join(said).encode())[:16]


def _numbered(judgement: Judgement, packet: Packet) -> Judgement:
    """Put the number of the exchange's metadata first: it is surer than any text."""
    if not packet.code_number:
        return judgement
    code = f"{packet.code_number}/{packet.code_notation}"
    others = tuple(n for n in judgement.numbers if n != code)
    return replace(judgement, numbers=(code, *others))


def _review(
    raw: RawState, kind: ReviewKind, dispatch: DispatchState, reason: str, now: datetime
) -> Event:
    return open_review(
        kind,
        f"exchange {raw.raw}",
        About(campaign=dispatch.campaign, round=dispatch.round, office=dispatch.office),
        reason,
        now,
        raw=raw.raw,
        dispatch=dispatch.dispatch,
        evidence=raw.digest,
    )
