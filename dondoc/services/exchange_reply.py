"""An answer that came through the exchange counts like one by mail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.campaign import Channel
from domain.exchange import Business, Packet
from domain.facts import About, Event
from domain.ids import DispatchId, MessageId, OfficeId, digest_of
from domain.kinds import ReplyKind, ReviewKind
from domain.reading import (
    MACHINE,
    Judgement,
    LiveRound,
    MailContent,
    Match,
    Matching,
    MessageKind,
    Via,
)
from domain.state import DirectiveState, DispatchState, RawState
from dondoc.app import App
from dondoc.services.live import clue, live_rounds
from dondoc.services.organs import is_one_of
from dondoc.services.outcome import read_event
from dondoc.services.own_words import words_of
from dondoc.services.packets import as_received, digest_of_file
from dondoc.services.pointers import (
    assigned_senders,
    codes_named,
    dispatch_of,
    is_receiver,
    may_name_letter,
    named_in,
    names_letter,
)
from dondoc.services.replies import REVIEW_OF, after_approval, reply_recorded
from dondoc.services.reviews import open_review
from dondoc.services.understand import Understanding
from mappings.edxml.identifiers import same_code, same_document
from mappings.reply.match import match
from mappings.reply.numbers import cited_numbers
from schedulers.calendar import local_day


def read_reply(
    app: App,
    raw: RawState,
    packet: Packet,
    dispatch: DispatchState,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    """Return the events of a document that answers one of our dispatches."""
    about = dispatch.about
    if not is_receiver(app, dispatch, packet.sender.organ_id):
        reason = f"{packet.sender.organ_id} answers a document that went to {dispatch.office}"
        return [
            _review(raw, ReviewKind.UNKNOWN_SENDER, about, reason, now, dispatch.dispatch),
            read_event(raw, now, "answer of another unit, to be decided", about, warnings),
        ]
    understood = understood_packet(app, packet, about, dispatch)
    return _counted(app, raw, packet, understood, warnings, now)


def read_unpointed(
    app: App, raw: RawState, packet: Packet, warnings: tuple[str, ...], now: datetime
) -> Sequence[Event] | None:
    """Return the events of a document that points at no dispatch; None if no recipient sent it.

    It is matched like a mail whose sender is proved; what stays uncertain waits for a person.
    """
    rounds = live_rounds(app)
    offices = assigned_senders(app, packet.sender.organ_id, rounds, local_day(now))
    if not offices:
        return None
    matched = _matched(app, packet, rounds, offices, now)
    doubt = _doubt(app, packet, rounds, offices)
    if doubt is None and matched.matching.match is Match.CERTAIN:
        understood = _placed(matched, packet, _about(matched.matching), None)
        return _counted(app, raw, packet, understood, warnings, now)
    return _undecided(raw, matched, offices, doubt, warnings, now)


def read_stranger(
    app: App, raw: RawState, packet: Packet, warnings: tuple[str, ...], now: datetime
) -> Sequence[Event] | None:
    """Return the events of a document about our letter by a unit that it was not sent to.

    None if it is about none of them, or of the issuer itself, who may well speak of its letter. An
    office may use an identifier that the directory does not know: a person looks.
    """
    said = cited_numbers(f"{packet.subject} {packet.content}")
    for live in live_rounds(app):
        letter = live.directive
        named = any(names_letter(app, answer, letter) for answer in packet.response_for)
        cited = any(same_code(one, letter.code) for one in said)
        own = is_one_of(app, packet.sender.organ_id, (app.unit.organ_id, letter.issuer_organ))
        if (named or cited) and not own:
            who = packet.sender.name or packet.sender.organ_id or "a unit without identifier"
            reason = f"{who} is no recipient of {letter.code} and writes about it: {packet.subject}"
            about = About(campaign=live.campaign)
            return [
                _review(raw, ReviewKind.UNKNOWN_SENDER, about, reason, now),
                read_event(raw, now, "about our letter, of no recipient", about, warnings),
            ]
    return None


def several_meant(
    raw: RawState, found: Sequence[DispatchState], warnings: tuple[str, ...], now: datetime
) -> Sequence[Event]:
    """Return the events of a document whose pointer fits several assignments."""
    places = ", ".join("/".join((d.campaign, d.round, d.office)) for d in found)
    offices = tuple(dict.fromkeys(d.office for d in found))
    reason = f"what it answers was sent in several assignments: {places}"
    about = About(campaign=found[0].campaign) if len({d.campaign for d in found}) == 1 else About()
    return [
        _review(raw, ReviewKind.UNMATCHED_REPLY, about, reason, now, candidates=offices),
        read_event(raw, now, "answer to several assignments, to be decided", about, warnings),
    ]


def _counted(
    app: App,
    raw: RawState,
    packet: Packet,
    understood: Understanding,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    about, dispatch = _about(understood.matching), understood.matching.dispatch
    early = _too_early(app, packet, about)
    if early:
        office = (about.office,) if about.office else ()
        place = About(campaign=about.campaign, round=about.round)
        wrong = ReviewKind.WRONG_LETTER
        return [
            _review(raw, wrong, place, early, now, dispatch, candidates=office),
            read_event(raw, now, "older than the letter, to be decided", about, warnings),
        ]
    kind = ReplyKind(understood.judgement.kind)
    fact = reply_recorded(app, understood, about, dispatch, now=now, channel=Channel.EXCHANGE)
    events = [
        Event(
            source="exchange-reply",
            source_key=reply_key(packet, about),
            occurred_at=now,
            fact=fact,
            evidence=raw.digest,
        )
    ]
    if kind in REVIEW_OF:
        events.append(_review(raw, REVIEW_OF[kind], about, packet.subject, now, dispatch))
    events += after_approval(app, about, kind, raw, now)
    return [*events, read_event(raw, now, f"{kind} by exchange", about, warnings)]


def _too_early(app: App, packet: Packet, about: About) -> str:
    """Say why a document cannot answer the letter: it was issued before it; nothing if it can.

    One that gives the letter's own DocumentId, or ours, is an answer whatever day it bears.
    """
    state = app.ledger.get(DirectiveState, (str(about.campaign),))
    if state is None or packet.promulgated_on is None:
        return ""
    first = state.versions[0]
    known = {v.document_id for v in state.versions}
    sure = any(
        dispatch_of(app, a.document_id) or any(same_document(a.document_id, k) for k in known)
        for a in packet.response_for
    )
    if sure or first.issued_on is None or packet.promulgated_on >= first.issued_on:
        return ""
    return (
        f"it is of {packet.promulgated_on}, before {first.code} of {first.issued_on}: "
        "it may answer an earlier year's letter of that number"
    )


def _doubt(
    app: App, packet: Packet, rounds: Sequence[LiveRound], offices: Sequence[OfficeId]
) -> tuple[ReviewKind, str] | None:
    """Return what keeps a document from being certain whatever it says, or None."""
    theirs = [live.directive for live in rounds if live.offices.intersection(offices)]
    for answer in packet.response_for:
        if any(may_name_letter(app, answer, letter) for letter in theirs):
            continue
        if named_in(answer) and not codes_named(app, answer, rounds):
            kind = ReviewKind.WRONG_LETTER if answer.code else ReviewKind.UNMATCHED_REPLY
            return kind, f"it answers {named_in(answer)}, which is none of our documents"
    if len(offices) > 1:
        return ReviewKind.UNMATCHED_REPLY, f"its identifier is that of {', '.join(offices)}"
    if packet.business is Business.REVOCATION:
        return ReviewKind.UNMATCHED_REPLY, "it takes back a document and does not say which"
    return None


def _undecided(
    raw: RawState,
    understood: Understanding,
    offices: Sequence[OfficeId],
    doubt: tuple[ReviewKind, str] | None,
    warnings: tuple[str, ...],
    now: datetime,
) -> Sequence[Event]:
    matching, judgement = understood.matching, understood.judgement
    spoke = [reason for reason in matching.reasons if reason.hit]
    wrong = any(reason.rule == "wrong_letter" for reason in spoke)
    kind = ReviewKind.WRONG_LETTER if wrong else ReviewKind.UNMATCHED_REPLY
    why = "; ".join(f"{reason.rule}: {reason.evidence}" for reason in spoke)
    kind, reason = doubt or (kind, why or "nothing in it points at one of our letters")
    about = About(campaign=matching.campaign, round=matching.round)
    likely = tuple(dict.fromkeys([*offices, *(c.office for c in matching.candidates)]))
    return [
        _review(raw, kind, about, reason, now, candidates=likely),
        read_event(raw, now, f"{judgement.kind} by exchange, to be decided", about, warnings),
    ]


def _about(matching: Matching) -> About:
    return About(campaign=matching.campaign, round=matching.round, office=matching.office)


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
    reason, about = f"{sender}: {packet.subject}", dispatch.about
    return [
        _review(raw, ReviewKind.UNCLEAR_REPLY, about, reason, now, dispatch.dispatch),
        read_event(raw, now, "answer to the compilation", about, warnings),
    ]


def understood_packet(
    app: App, packet: Packet, about: About, dispatch: DispatchState | None = None
) -> Understanding:
    """Judge a document that is known to be of an assignment, as a mail with its words and files.

    ``dispatch`` is the one that it answers, where it says so.
    """
    return _placed(_heard(app, packet), packet, about, dispatch)


def _placed(
    heard: Understanding, packet: Packet, about: About, dispatch: DispatchState | None
) -> Understanding:
    return replace(
        heard,
        content=replace(heard.content, body_digest=_said(packet, about)),
        clues=(clue(Via.RESPONSE_FOR, dispatch),) if dispatch else (),
        matching=Matching(
            match=Match.CERTAIN,
            campaign=about.campaign,
            round=about.round,
            office=about.office,
            dispatch=dispatch.dispatch if dispatch else None,
            sender_office=about.office,
        ),
    )


def _matched(
    app: App,
    packet: Packet,
    rounds: Sequence[LiveRound],
    offices: Sequence[OfficeId],
    now: datetime,
) -> Understanding:
    heard = _heard(app, packet)
    pointed = (code for answer in packet.response_for for code in codes_named(app, answer, rounds))
    cites = tuple(dict.fromkeys([*heard.judgement.cites, *pointed]))
    matching = match(
        heard.content,
        replace(heard.judgement, cites=cites),
        (),
        rounds,
        app.directory,
        local_day(now),
        texts=heard.texts,
        sender_office=offices[0],
    )
    return replace(heard, matching=matching)


def _heard(app: App, packet: Packet) -> Understanding:
    """Judge a document by the same rules as a mail; it is not known yet to what it belongs."""
    attachments = tuple(as_received(a) for a in packet.attachments)
    content = MailContent(
        message_id=MessageId(f"<{digest_of(packet.document_id.encode())[:32]}@exchange.invalid>"),
        body_digest=packet_words(packet),
        sender=None,
        sender_name=packet.sender.name,
        recipients=(),
        subject=packet.subject,
        date=packet.first_seen_at,
        thread=(),
        tokens=(),
        subject_tokens=(),
        headers=(),
        new_text=f"{packet.type_name} {packet.content or packet.subject}".strip(),
        quoted_text="",
        attachments=attachments,
    )
    words = words_of(content, app.phrases)
    return Understanding(
        content=words.content,
        texts=words.texts,
        judgement=_numbered(_by_a_person(words.judgement), packet),
        clues=(),
        matching=Matching(match=Match.NONE),
    )


def _by_a_person(judgement: Judgement) -> Judgement:
    # An office issued the document, though its words be those of an automatic reply.
    if judgement.kind not in MACHINE:
        return judgement
    return replace(judgement, kind=MessageKind.UNCLEAR)


def reply_key(packet: Packet, about: About) -> str:
    """Return what makes an answer in an assignment the same one however often it is delivered.

    Identifier and words must both agree: another text under the same DocumentId is another answer.
    """
    return f"{packet.sender.organ_id} {packet.document_id} {_said(packet, about)}"


def packet_words(packet: Packet) -> str:
    """Return a digest of what a document says: the exchange rewrites files, not words."""
    said = (
        packet.code_number,
        packet.code_notation,
        str(packet.promulgated_on),
        packet.type_name,
        packet.subject,
        packet.content,
        *(digest_of_file(a.content) for a in packet.attachments),
    )
    return digest_of("\n".join(said).encode())[:16]


def _said(packet: Packet, about: About) -> str:
    place = (str(about.campaign), str(about.round), str(about.office), packet_words(packet))
    return digest_of("\n".join(place).encode())[:16]


def _numbered(judgement: Judgement, packet: Packet) -> Judgement:
    """Put the number of the exchange's metadata first: it is surer than any text."""
    if not packet.code_number:
        return judgement
    code = f"{packet.code_number}/{packet.code_notation}"
    others = tuple(n for n in judgement.numbers if n != code)
    return replace(judgement, numbers=(code, *others))


def _review(
    raw: RawState,
    kind: ReviewKind,
    about: About,
    reason: str,
    now: datetime,
    dispatch: DispatchId | None = None,
    candidates: tuple[OfficeId, ...] = (),
) -> Event:
    return open_review(
        kind,
        f"exchange {raw.raw}",
        about,
        reason,
        now,
        candidates=candidates,
        raw=raw.raw,
        dispatch=dispatch,
        evidence=raw.digest,
    )
