"""What Dondoc makes of one message, for a person to look at; nothing is recorded."""

from datetime import datetime
from typing import TypedDict

from domain.reading import Judgement, Matching
from dondoc.app import App
from dondoc.services.live import foreseen_rounds, live_rounds
from dondoc.services.understand import Understanding, understand_content
from mappings.mail.take_apart import take_apart
from schedulers.calendar import local_day


class CandidateView(TypedDict):
    """An office that the message may come from."""

    office: str
    score: float
    why: list[str]


class SenderView(TypedDict):
    """Who sent it; ``authenticated`` is null while nothing vouches for the address."""

    address: str | None
    belongs_to: str | None
    authenticated: bool | None


class AttachmentView(TypedDict):
    """One attachment; ``size`` in octets."""

    name: str
    sha256: str
    size: int
    role: str
    why: str


class ReasonView(TypedDict):
    """A rule that spoke, and the words that it spoke on."""

    rule: str
    evidence: str


class MessageView(TypedDict):
    """The contract of ``dondoc read message --json``."""

    kind: str
    machine: bool
    office: str | None
    campaign: str | None
    round: str | None
    match: str
    candidates: list[CandidateView]
    sender: SenderView
    numbers: list[str]
    cites: list[str]
    new_text: str
    quoted_text: str
    attachments: list[AttachmentView]
    reasons: list[ReasonView]


def message_view(app: App, raw: bytes, at: datetime | None, now: datetime) -> MessageView:
    """Return what is made of one whole RFC 5322 message; raises ``MalformedDocument``.

    It is read as of ``at``, else of its own date: offices end, and addresses pass to others.
    Campaigns that have not begun count as their rules foresee them.
    """
    content = take_apart(raw)
    moment = at or content.date or now
    rounds = [*live_rounds(app), *foreseen_rounds(app, local_day(moment))]
    return view_of(understand_content(app, content, rounds, moment, rivals=True))


def view_of(understood: Understanding) -> MessageView:
    """Return the contract's object for an understood message."""
    judgement, matching, content = understood.judgement, understood.matching, understood.content
    return MessageView(
        kind=judgement.kind,
        machine=understood.machine,
        office=matching.office,
        campaign=matching.campaign,
        round=matching.round,
        match=matching.match,
        candidates=[
            CandidateView(office=c.office, score=c.score, why=list(c.why))
            for c in matching.candidates
        ],
        sender=SenderView(
            address=content.sender, belongs_to=matching.sender_office, authenticated=None
        ),
        numbers=list(judgement.numbers),
        cites=list(judgement.cites),
        new_text=content.new_text,
        quoted_text=content.quoted_text,
        attachments=_attachments(judgement),
        reasons=_reasons(judgement, matching),
    )


def _attachments(judgement: Judgement) -> list[AttachmentView]:
    return [
        AttachmentView(
            name=a.file.name, sha256=a.file.digest, size=a.file.size, role=a.role, why=a.why
        )
        for a in judgement.attachments
    ]


def _reasons(judgement: Judgement, matching: Matching) -> list[ReasonView]:
    return [
        ReasonView(rule=r.rule, evidence=r.evidence)
        for r in (*judgement.reasons, *matching.reasons)
        if r.hit
    ]
