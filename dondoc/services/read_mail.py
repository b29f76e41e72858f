"""What a mail message changes: receipts by machines, replies by people, or a review."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.facts import About, Event, ReceiptRecorded
from domain.ids import Digest, OfficeId
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.reading import AttachmentRole, Match, MessageKind
from domain.state import DispatchState, RawState
from domain.status import DispatchEvent
from dondoc.app import App
from dondoc.services.live import letter_of, live_rounds
from dondoc.services.mail_message import SUMMARY, MailMessage
from dondoc.services.prepared import prepare
from dondoc.services.put_back_signs import seen_in_mail
from dondoc.services.read_machine import read_machine
from dondoc.services.recall_requests import asked_back, given_back
from dondoc.services.replies import (
    REVIEW_OF,
    SENDER_UNPROVED,
    after_approval,
    content_key,
    reply_recorded,
)
from dondoc.services.understand import understand_words
from mappings.mail.take_apart import take_apart
from mappings.reply.machine import ADDRESS_CHANGE
from mappings.reply.match import NOT_AUTHENTICATED

_FILES_TOLD = 5


def read_mail(app: App, raw: RawState, now: datetime) -> Sequence[Event]:
    """Return every event that follows from one message, among them that it was read.

    Raises ``MalformedDocument`` when it cannot be read and ``TooLarge`` when only its header was
    fetched.
    """
    read = app.prepared.get(raw.raw) or prepare(app, raw, now)
    if isinstance(read, Exception):
        raise read
    understood = understand_words(app, read.words, live_rounds(app), now, proved=read.proved)
    seen = seen_in_mail(app, understood.content, understood.clues, understood.lost, raw.digest, now)
    if understood.machine:
        events = read_machine(app, raw, understood, now)
        return [*seen, *events, *asked_back(app, events, now)]
    return [*seen, *_Person(app, raw, understood, now).all_events()]


def mail_identity(app: App, digest: Digest) -> str:
    """Return what every delivery of a message shares; raises ``MalformedDocument``."""
    return content_key(take_apart(app.evidence.get(digest)))


class _Person(MailMessage):
    """Acknowledgements, reports, questions and whatever else people write."""

    def events(self) -> Sequence[Event]:
        answered = self._answered_by_department()
        if answered is not None:
            return answered
        if self.matching.match is not Match.CERTAIN:
            return self._undecided()
        moved = [self.address_change(self.about())] if self._moves() else []
        given_back = self._given_back()
        if given_back:
            return [*given_back, *moved, self.read("taken back", self.about())]
        kind = ReplyKind(self.judgement.kind)
        fact = reply_recorded(
            self.app, self.understood, self.about(), self.matching.dispatch, now=self.now
        )
        if self.understood.authentication.passed is None:
            fact = replace(fact, proofs=(*fact.proofs, SENDER_UNPROVED))
        found = [self.event("reply", fact)]
        if kind in REVIEW_OF:
            found.append(self.review(REVIEW_OF[kind], self.about(), self._said()))
        late = after_approval(self.app, self.about(), kind, self.raw, self.now)
        return [*found, *moved, *late, self.read(kind, self.about())]

    def _moves(self) -> bool:
        """Tell whether the answer says beside the rest that the office's address changes."""
        return any(reason.rule == ADDRESS_CHANGE for reason in self.judgement.reasons)

    def _beside(self) -> str:
        """Say before what a review asks that the address changes, so that it is not overlooked."""
        return f"{self.proposed()}; " if self._moves() else ""

    def _said(self) -> str:
        """Return the words of the message, below them the files that nobody can open, and why."""
        shut = [
            f"{file.file.name}: {file.why}"
            for file in self.judgement.attachments
            if file.role is AttachmentRole.UNREADABLE
        ]
        return "\n".join([self.content.new_text[:SUMMARY], *shut[:_FILES_TOLD]])

    def _given_back(self) -> list[Event]:
        """Take the confirmation of a request to give a letter back: no receipt of the letter."""
        if self.judgement.kind is not MessageKind.ACKNOWLEDGEMENT:
            return []
        found = (self.app.ledger.get(DispatchState, (clue.dispatch,)) for clue in self.clues)
        requests = [d for d in found if d and d.kind is DispatchKind.RECALL]
        return [
            self.event(f"given back {letter.dispatch}", fact)
            for request in requests
            if request.office == self.matching.office
            for letter, fact in given_back(self.app, request, self.content.date)
        ]

    def _answered_by_department(self) -> Sequence[Event] | None:
        """Take an answer to the forwarded compilation: its receipt, or something to look at."""
        found = (self.app.ledger.get(DispatchState, (clue.dispatch,)) for clue in self.clues)
        letters = (letter_of(self.app, d) for d in found if d)
        forwarded = [d for d in letters if d.kind is DispatchKind.COMPILATION]
        if not forwarded:
            return None
        dispatch = forwarded[0]
        acknowledged = self.judgement.kind is MessageKind.ACKNOWLEDGEMENT
        proved = not self.understood.authentication.doubtful
        if not (acknowledged and proved) or self.matching.sender_office != dispatch.office:
            text = self.doubt() + self._beside() + self.content.new_text[:SUMMARY]
            others = self._others_than(dispatch.office)
            review = self.review(ReviewKind.UNCLEAR_REPLY, dispatch.about, text, others, dispatch)
            return [review, self.read("answer to the compilation", dispatch.about)]
        fact = ReceiptRecorded(
            dispatch=dispatch.dispatch,
            about=dispatch.about,
            receipt=DispatchEvent.REGISTERED,
            detail="the Department acknowledged it by mail",
            stated_at=self.content.date,
        )
        return [
            self.event("acknowledged", fact),
            *([self.address_change(dispatch.about)] if self._moves() else []),
            self.read("compilation acknowledged", dispatch.about),
        ]

    def _others_than(self, department: OfficeId) -> tuple[OfficeId, ...]:
        """Return whose answer it may be instead, as where an office quotes both our letters."""
        sender = self.matching.sender_office
        if sender == department:
            return ()
        named = [sender, *(clue.office for clue in self.clues)]
        return tuple(dict.fromkeys(o for o in named if o is not None and o != department))

    def _undecided(self) -> Sequence[Event]:
        spoke = {r.rule for r in self.matching.reasons if r.hit}
        if NOT_AUTHENTICATED in spoke:
            kind = ReviewKind.UNAUTHENTICATED
        elif "wrong_letter" in spoke:
            kind = ReviewKind.WRONG_LETTER
        elif self.clues:
            kind = ReviewKind.UNKNOWN_SENDER
        else:
            kind = ReviewKind.UNMATCHED_REPLY
        candidates = tuple(c.office for c in self.matching.candidates)
        about = About(campaign=self.matching.campaign, round=self.matching.round)
        return [
            self.review(kind, about, self._beside() + self.why(), candidates),
            self.read(f"{self.judgement.kind}, to be decided", about),
        ]
