"""What a mail message changes: receipts by machines, replies by people, or a review."""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import TooLarge
from domain.facts import (
    About,
    DispatchAccepted,
    Event,
    Fact,
    RawRead,
    ReceiptRecorded,
)
from domain.ids import Digest, MessageId, OfficeId
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.reading import DeliveryReport, LiveRound, Match, MessageKind
from domain.state import DispatchState, RawState
from domain.status import DispatchEvent, DispatchStatus
from dondoc.app import App
from dondoc.services.collect import header_only
from dondoc.services.recall_requests import asked_back, given_back
from dondoc.services.replies import REVIEW_OF, after_approval, content_key, reply_recorded
from dondoc.services.reviews import open_review
from dondoc.services.understand import Understanding, understand
from mappings.mail.take_apart import take_apart

_SUMMARY = 600

_WITHOUT_ANSWER = (DispatchStatus.SENDING, DispatchStatus.UNCERTAIN, DispatchStatus.DEFERRED)
"""A put-off attempt may follow one whose answer was lost: the copy then proves that one."""


def read_mail(
    rounds: Sequence[LiveRound], app: App, raw: RawState, now: datetime
) -> Sequence[Event]:
    """Return every event that follows from one message, among them that it was read.

    ``rounds`` are those that it may belong to.

    Raises ``MalformedDocument`` when it cannot be read and ``TooLarge`` when only its header was
    fetched.
    """
    content = app.evidence.get(raw.digest)
    if header_only(raw, content):
        raise TooLarge(
            "the message",
            f"only its header was fetched: it has {raw.size} octets, more than the mailbox's "
            "limit, or the mail server did not give it",
        )
    understood = understand(app, content, rounds, now)
    if understood.machine:
        events = _Machine(app, raw, understood, now).events()
        return [*events, *asked_back(app, events, now)]
    return _Person(app, raw, understood, now).events()


def mail_identity(app: App, digest: Digest) -> str:
    """Return what every delivery of a message shares; raises ``MalformedDocument``."""
    return content_key(take_apart(app.evidence.get(digest)))


class _Message:
    """One message under the source ``mail``; its key is the same however often it comes."""

    def __init__(self, app: App, raw: RawState, understood: Understanding, now: datetime) -> None:
        self.app, self.raw, self.understood, self.now = app, raw, understood, now
        self.content, self.judgement = understood.content, understood.judgement
        self.matching, self.clues = understood.matching, understood.clues
        self.key = content_key(self.content)

    def event(self, key: str, fact: Fact) -> Event:
        return Event(
            source="mail",
            source_key=f"{self.key} {key}",
            occurred_at=self.now,
            fact=fact,
            evidence=self.raw.digest,
        )

    def read(self, outcome: str, about: About | None = None) -> Event:
        fact = RawRead(
            raw=self.raw.raw,
            outcome=outcome,
            about=about or About(),
            warnings=self.content.warnings,
        )
        return self.event("read", fact)

    def review(
        self,
        kind: ReviewKind,
        about: About,
        reason: str,
        candidates: tuple[OfficeId, ...] = (),
        dispatch: DispatchState | None = None,
        part: str = "",
    ) -> Event:
        return open_review(
            kind,
            f"mail {self.key} {about.office or ''} {part}",
            about,
            reason,
            self.now,
            candidates=candidates,
            raw=self.raw.raw,
            dispatch=dispatch.dispatch if dispatch else None,
            evidence=self.raw.digest,
        )

    def about(self) -> About:
        m = self.matching
        return About(campaign=m.campaign, round=m.round, office=m.office)

    def why(self) -> str:
        spoke = [f"{r.rule}: {r.evidence}" for r in self.matching.reasons if r.hit]
        return "; ".join(spoke) or "nothing in the message points at one of our letters"


class _Machine(_Message):
    """Delivery reports, read receipts, automatic replies and our own messages come back."""

    def events(self) -> Sequence[Event]:
        kind = self.judgement.kind
        if kind is MessageKind.OWN_COPY:
            return self._own_copy()
        if kind is MessageKind.ADDRESS_CHANGE:
            text = self.content.new_text[:_SUMMARY]
            return [
                self.review(ReviewKind.ADDRESS_CHANGE, self.about(), text),
                self.read(kind, self.about()),
            ]
        if kind is MessageKind.AUTO_REPLY:
            return self._auto_reply()
        return self._reports()

    def _own_copy(self) -> Sequence[Event]:
        message: MessageId = self.content.message_id
        found = self.app.ledger.select(DispatchState, message_id=message)
        proved = [d for d in found if d.status in _WITHOUT_ANSWER]
        facts = [
            self.event(
                "accepted",
                DispatchAccepted(
                    dispatch=d.dispatch,
                    about=d.about,
                    answer="our own blind copy came",
                    probed=True,
                ),
            )
            for d in proved
        ]
        return [*facts, self.read(MessageKind.OWN_COPY)]

    def _auto_reply(self) -> Sequence[Event]:
        dispatch = self._dispatch()
        if dispatch is None:
            return [self.read("automatic reply to nothing of ours")]
        fact = ReceiptRecorded(
            dispatch=dispatch.dispatch,
            about=dispatch.about,
            receipt=DispatchEvent.AUTO_REPLIED,
            detail="automatic reply",
            stated_at=self.content.date,
        )
        return [
            self.event("auto_reply", fact),
            self.read(MessageKind.AUTO_REPLY, dispatch.about),
        ]

    def _reports(self) -> Sequence[Event]:
        if self.judgement.kind is MessageKind.DELIVERY_STATUS and not self._proves():
            return self._wordless()
        found: list[Event] = []
        about = About()
        for index, report in enumerate(self.content.reports):
            dispatch = self._reported(report)
            if report.event is None or self._for_us(report):
                continue
            if dispatch is None:
                found += self._stray_bounce(report, index)
                continue
            about = dispatch.about
            if _of_another(report, dispatch):
                found += self._passed_on(report, dispatch, index)
                continue
            fact = ReceiptRecorded(
                dispatch=dispatch.dispatch,
                about=about,
                receipt=report.event,
                detail=report.detail,
                stated_at=self.content.date,
            )
            found.append(self.event(f"report {index}", fact))
            if report.event is DispatchEvent.BOUNCED:
                kind = ReviewKind.UNDELIVERABLE
                reason = f"{dispatch.kind} to {dispatch.office}: {report.detail}"
                found.append(self.review(kind, about, reason, (), dispatch, f"report {index}"))
        return [*found, self.read(self.judgement.kind, about)]

    def _proves(self) -> bool:
        return any(report.event is not None for report in self.content.reports)

    def _wordless(self) -> Sequence[Event]:
        """Show what a mail system wrote without a report that a program can read (RFC 3464)."""
        dispatch = self._dispatch()
        about = dispatch.about if dispatch else About()
        letter = f"{dispatch.kind} to {dispatch.office}" if dispatch else "a letter"
        said = f"{self.content.subject}: {self.content.new_text}"[:_SUMMARY]
        reason = f"{letter} has perhaps come back, its mail system says so in words only: {said}"
        review = self.review(ReviewKind.UNDELIVERABLE, about, reason, (), dispatch, "report")
        return [review, self.read(self.judgement.kind, about)]

    def _stray_bounce(self, report: DeliveryReport, index: int) -> list[Event]:
        if report.event is not DispatchEvent.BOUNCED:
            return []
        reason = f"a letter came back that cannot be told from its report: {report.detail}"
        kind = ReviewKind.UNDELIVERABLE
        return [self.review(kind, About(), reason, part=f"report {index}")]

    def _passed_on(
        self, report: DeliveryReport, dispatch: DispatchState, index: int
    ) -> list[Event]:
        """Show a bounce of a copy that the office's mail system passed on; no status changes."""
        if report.event is not DispatchEvent.BOUNCED:
            return []
        reason = (
            f"{dispatch.kind} to {dispatch.office}: a copy for {report.recipient}, to whom we did "
            f"not write, came back: {report.detail}"
        )
        kind = ReviewKind.UNDELIVERABLE
        return [self.review(kind, dispatch.about, reason, (), dispatch, f"report {index}")]

    def _for_us(self, report: DeliveryReport) -> bool:
        """Tell a report on our own blind copy, which proves nothing of an office."""
        door = self.app.mail
        if door is None or report.recipient is None:
            return False
        local, _, domain = report.recipient.partition("@")
        return f"{local.partition('+')[0]}@{domain}" == door.address

    def _reported(self, report: DeliveryReport) -> DispatchState | None:
        for column, value in (
            ("token", report.envelope_id),
            ("message_id", report.original_message_id),
        ):
            for dispatch in (
                self.app.ledger.select(DispatchState, **{column: value}) if value else ()
            ):
                return dispatch
        return self._dispatch()

    def _dispatch(self) -> DispatchState | None:
        if not self.clues:
            return None
        return self.app.ledger.get(DispatchState, (self.clues[0].dispatch,))


def _of_another(report: DeliveryReport, dispatch: DispatchState) -> bool:
    """Tell whether a delivery report names another recipient than the one that we wrote to.

    A receipt of a person who read our letter proves that, wherever the office passed it on.
    """
    if report.event is DispatchEvent.DISPLAYED or report.recipient is None:
        return False
    return report.recipient.casefold() != dispatch.target.casefold()


class _Person(_Message):
    """Acknowledgements, reports, questions and whatever else people write."""

    def events(self) -> Sequence[Event]:
        answered = self._answered_by_department()
        if answered is not None:
            return answered
        if self.matching.match is not Match.CERTAIN:
            return self._undecided()
        given_back = self._given_back()
        if given_back:
            return [*given_back, self.read("taken back", self.about())]
        kind = ReplyKind(self.judgement.kind)
        fact = reply_recorded(
            self.app, self.understood, self.about(), self.matching.dispatch, now=self.now
        )
        found = [self.event("reply", fact)]
        if kind in REVIEW_OF:
            text = self.content.new_text[:_SUMMARY]
            found.append(self.review(REVIEW_OF[kind], self.about(), text))
        late = after_approval(self.app, self.about(), kind, self.raw, self.now)
        return [*found, *late, self.read(kind, self.about())]

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
        forwarded = [d for d in found if d and d.kind is DispatchKind.COMPILATION]
        if not forwarded:
            return None
        dispatch = forwarded[0]
        acknowledged = self.judgement.kind is MessageKind.ACKNOWLEDGEMENT
        if not acknowledged or self.matching.sender_office != dispatch.office:
            text = self.content.new_text[:_SUMMARY]
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
        if any(r.hit and r.rule == "wrong_letter" for r in self.matching.reasons):
            kind = ReviewKind.WRONG_LETTER
        elif self.clues:
            kind = ReviewKind.UNKNOWN_SENDER
        else:
            kind = ReviewKind.UNMATCHED_REPLY
        candidates = tuple(c.office for c in self.matching.candidates)
        about = About(campaign=self.matching.campaign, round=self.matching.round)
        return [
            self.review(kind, about, self.why(), candidates),
            self.read(f"{self.judgement.kind}, to be decided", about),
        ]
