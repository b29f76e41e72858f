"""Turn a message that is certain to come from an office into the reply that counts for it."""

from dataclasses import replace
from datetime import datetime

from domain.campaign import Channel, Expected
from domain.directive import StoredFile
from domain.facts import About, Event, ReplyRecorded
from domain.ids import DispatchId, ReplyId, digest_of
from domain.kinds import ReplyKind, ReviewKind
from domain.reading import AttachmentRole, MailContent
from domain.state import AssignmentState, RawState, RoundState
from domain.status import Membership, RoundStatus
from dondoc.app import App
from dondoc.services.packets import keep
from dondoc.services.picture import outline_of
from dondoc.services.reviews import open_review
from dondoc.services.understand import Understanding
from mappings.reply.summary import UNREAD, summarise
from schedulers.taking_part import heir_of

REVIEW_OF = {
    ReplyKind.QUESTION: ReviewKind.QUESTION,
    ReplyKind.EXTENSION_REQUEST: ReviewKind.EXTENSION_REQUEST,
    ReplyKind.REFUSAL: ReviewKind.REFUSAL,
    ReplyKind.UNCLEAR: ReviewKind.UNCLEAR_REPLY,
}
"""Replies that change no status by themselves: a person decides."""

_CLOSED = (RoundStatus.APPROVED, RoundStatus.FORWARDED)


_SETTLES = {
    Expected.REPORT: frozenset({ReplyKind.REPORT}),
    Expected.ACKNOWLEDGEMENT: frozenset({ReplyKind.ACKNOWLEDGEMENT, ReplyKind.REPORT}),
    Expected.INFORMATION: frozenset[ReplyKind](),
}
"""Replies after which nothing more is awaited."""

SENDER_UNPROVED = "its sender is not authenticated"
ACCEPTED = "its sender is not authenticated, a person accepted it"
"""What a reply by mail records beside its proofs, and its status shows."""


def content_key(content: MailContent) -> str:
    """Return what makes a message the same one however often and wherever it is delivered.

    Message-ID, body, sender and date must all agree: programs reuse identifiers, and two offices
    may write the same short words under one of them.
    """
    written = digest_of(f"{content.sender} {content.date}".encode())[:16]
    return f"{content.message_id} {content.body_digest} {written}"


def reply_recorded(
    app: App,
    understood: Understanding,
    about: About,
    dispatch: DispatchId | None,
    *,
    now: datetime,
    channel: Channel = Channel.EMAIL,
) -> ReplyRecorded:
    """Store the attachments and return the fact; the message's own time counts if possible."""
    content, judgement = understood.content, understood.judgement
    for attachment in content.attachments:
        keep(app, attachment.content)
    return ReplyRecorded(
        reply=ReplyId(digest_of(content_key(content).encode())[:16]),
        about=about,
        kind=ReplyKind(judgement.kind),
        channel=channel,
        received_at=_received_at(app, content, about, now),
        dispatch=dispatch,
        number=judgement.numbers[0] if judgement.numbers else None,
        nil=judgement.nil,
        corrects=judgement.corrects,
        summary=_summary(understood),
        attachments=tuple(a.file for a in judgement.attachments),
        proofs=understood.authentication.evidence,
    )


def _received_at(app: App, content: MailContent, about: About, now: datetime) -> datetime:
    """Return the message's own date where it can be true: while the round is open, not to come."""
    row = app.ledger.get(RoundState, (str(about.campaign), str(about.round)))
    earliest = row.opened_at if row else now
    stated = content.date
    return stated if stated is not None and earliest <= stated <= now else now


def _summary(understood: Understanding) -> str:
    """Return the gist; a report whose files hold no text must not be told by its greeting."""
    texts = _report_texts(understood)
    own = (AttachmentRole.REPORT, AttachmentRole.SIGNED_COPY, AttachmentRole.UNREADABLE)
    files = [a for a in understood.judgement.attachments if a.role in own]
    if files and not texts and not understood.judgement.nil:
        return UNREAD
    return summarise(texts, understood.content.new_text)


def _report_texts(understood: Understanding) -> list[str]:
    """Return the texts of the report's own files, the editable one first."""
    wanted = (AttachmentRole.REPORT, AttachmentRole.SIGNED_COPY)
    files: list[StoredFile] = [
        a.file for role in wanted for a in understood.judgement.attachments if a.role is role
    ]
    texts = (understood.texts.get(file.digest) for file in files)
    return [found.text for found in texts if found is not None and found.text]


def after_approval(
    app: App, about: About, kind: ReplyKind, raw: RawState, now: datetime
) -> list[Event]:
    """Return the review of a report that the result does not count, if this is one.

    Either the result is approved, or the duty has passed from the office to its successor.
    """
    ended = _after_end(app, about, kind, raw, now)
    if ended:
        return ended
    row = app.ledger.get(RoundState, (str(about.campaign), str(about.round)))
    if kind is not ReplyKind.REPORT or row is None or row.status not in _CLOSED:
        return []
    reason = (
        f"a report of {about.office} came after the result was {row.status}; "
        f"`dondoc compile {about.campaign}` makes a version that counts it"
    )
    cause = f"{raw.raw} {about.office}"
    return [
        open_review(
            ReviewKind.LATE_REPORT, cause, about, reason, now, raw=raw.raw, evidence=raw.digest
        )
    ]


def _after_end(
    app: App, about: About, kind: ReplyKind, raw: RawState, now: datetime
) -> list[Event]:
    """Ask a person whether the answer of an office that has ended counts for its successor."""
    key = str(about.campaign), str(about.round), str(about.office)
    row = app.ledger.get(AssignmentState, key)
    if row is None or row.membership is not Membership.PASSED:
        return []
    if kind not in _SETTLES[row.expected]:
        return []
    picture = outline_of(app, app.campaigns[row.campaign])
    heir, _ = heir_of(picture, row) if picture else (None, ())
    if heir is None:
        return []
    reason = (
        f"{row.office} answered after its end, when {heir.id} had taken over; accept counts "
        f"this for {heir.id}, else ask {heir.id} for its own"
    )
    asked = open_review(
        ReviewKind.UNMATCHED_REPLY,
        f"{raw.raw} {row.office} ended",
        replace(about, office=heir.id),
        reason,
        now,
        candidates=(heir.id,),
        raw=raw.raw,
        evidence=raw.digest,
    )
    # A person may count it for the office itself after that.
    return [] if app.ledger.find(asked.source, asked.source_key) else [asked]
