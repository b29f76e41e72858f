"""What a machine's message changes: a receipt of a letter of ours, or a review; never a mail.

A report proves something only for the letter that it is about, and it must bear what only our
letter's way can know: its envelope id, Message-ID or reply token. The code in the subject is
quoted by everybody; by itself it shows a person which letter may be meant. What names an author,
as all but the reports of mail systems does, changes nothing where that author is in doubt.
"""

from collections.abc import Sequence
from datetime import datetime

from domain.facts import About, DispatchAccepted, Event, ReceiptRecorded
from domain.ids import OfficeId
from domain.kinds import ReviewKind
from domain.reading import DeliveryReport, MessageKind, Via
from domain.state import DispatchState, RawState
from domain.status import DispatchEvent, DispatchStatus
from dondoc.app import App
from dondoc.services.mail_message import SUMMARY, MailMessage
from dondoc.services.understand import Understanding
from mappings.reply.machine import NOT_DELIVERED, is_daemon
from mappings.reply.moved import new_addresses

_WITHOUT_ANSWER = (DispatchStatus.SENDING, DispatchStatus.UNCERTAIN, DispatchStatus.DEFERRED)
"""A put-off attempt may follow one whose answer was lost: the copy then proves that one."""


def read_machine(
    app: App, raw: RawState, understood: Understanding, now: datetime
) -> Sequence[Event]:
    """Return every event that follows from a message that no person wrote."""
    return _Machine(app, raw, understood, now).all_events()


class _Machine(MailMessage):
    """Delivery reports, read receipts, automatic replies and our own messages come back."""

    def events(self) -> Sequence[Event]:
        kind = self.judgement.kind
        if kind is MessageKind.OWN_COPY:
            return self._own_copy()
        if kind is MessageKind.ADDRESS_CHANGE:
            return self._address_change()
        if self.judgement.held:
            return self._held()
        if kind is MessageKind.AUTO_REPLY:
            return self._auto_reply()
        return self._reports()

    def _own_copy(self) -> Sequence[Event]:
        found = self.app.ledger.select(DispatchState, message_id=self.content.message_id)
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

    def _address_change(self) -> Sequence[Event]:
        about, dispatch = self.about(), self._pointed()
        if dispatch is not None and dispatch.office != about.office:
            dispatch = None
        review = self.address_change(about, dispatch)
        return [review, self.read(MessageKind.ADDRESS_CHANGE, about)]

    def _held(self) -> Sequence[Event]:
        """Show that a letter is kept back until a person confirms it: it has not arrived."""
        dispatch = self._pointed()
        about = dispatch.about if dispatch else About()
        letter = f"{dispatch.kind} to {dispatch.office}" if dispatch else "a letter"
        said = f"{self.content.subject}: {self.content.new_text}"
        reason = f"{letter} is kept back until its sender confirms it, by hand only: {said}"
        kind = ReviewKind.UNDELIVERABLE
        review = self.review(kind, about, reason[:SUMMARY], (), dispatch, "held")
        return [review, self.read("confirmation asked for", about)]

    def _auto_reply(self) -> Sequence[Event]:
        dispatch = self._proved() or self._answered_by_target()
        if dispatch is None:
            pointed = self._pointed()
            if pointed is None:
                return [self.read("automatic reply to nothing of ours")]
            return [self.read("automatic reply, by the code in its subject only", pointed.about)]
        if self.understood.authentication.doubtful:
            return self._doubted(dispatch)
        if dispatch.status is DispatchStatus.BOUNCED:
            # Whoever writes so has not got what came back.
            return [self.read("automatic reply to a letter that came back", dispatch.about)]
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

    def _doubted(self, dispatch: DispatchState) -> Sequence[Event]:
        """Show what somebody else may have sent in an author's name; no reminder waits for it.

        So the review names the office in its words only, as one that holds an answer would not.
        """
        kind, about = self.judgement.kind, dispatch.about
        said = f"{self.content.subject}: {self.content.new_text}"
        reason = (
            f"{self.doubt()}{kind} of {self.content.sender} about {dispatch.kind} to "
            f"{dispatch.office} changed no status: {said}"
        )[:SUMMARY]
        place = About(campaign=about.campaign, round=about.round)
        review = self.review(ReviewKind.UNAUTHENTICATED, place, reason, (), dispatch)
        return [review, self.read(f"{kind}, its sender is in doubt", about)]

    def _reports(self) -> Sequence[Event]:
        if self.judgement.kind is MessageKind.DELIVERY_STATUS and not self._tells():
            return self._wordless()
        if self.understood.authentication.doubtful:
            counting = (r for r in self.content.reports if r.event and self._counts(r))
            dispatch = next(filter(None, map(self._reported, counting)), None)
            return self._doubted(dispatch) if dispatch else [self.read(self.judgement.kind)]
        found: list[Event] = []
        about = About()
        for index, report in enumerate(self.content.reports):
            if report.event is None or not self._counts(report):
                continue
            dispatch = self._reported(report)
            found += self._report(report, report.event, dispatch, index)
            about = dispatch.about if dispatch else about
        return [*found, self.read(self.judgement.kind, about)]

    def _tells(self) -> bool:
        """Tell whether there is a report to go by; one on our own blind copy needs nobody."""
        reports = self.content.reports
        return any(self._counts(r) or (r.event and self._for_us(r)) for r in reports)

    def _counts(self, report: DeliveryReport) -> bool:
        if report.event is None or self._for_us(report):
            return False
        if not report.in_words:
            return True
        dispatch = self._reported(report)
        return dispatch is not None and not self._of_another(report, dispatch)

    def _report(
        self,
        report: DeliveryReport,
        event: DispatchEvent,
        dispatch: DispatchState | None,
        index: int,
    ) -> list[Event]:
        bounced = event is DispatchEvent.BOUNCED
        if dispatch is None:
            return [self._stray_bounce(report, index)] if bounced else []
        if self._of_another(report, dispatch):
            return [self._passed_on(report, dispatch, index)] if bounced else []
        fact = ReceiptRecorded(
            dispatch=dispatch.dispatch,
            about=dispatch.about,
            receipt=event,
            detail=report.detail,
            stated_at=self.content.date,
        )
        receipt = self.event(f"report {index}", fact)
        return [receipt, self._came_back(report, dispatch, index)] if bounced else [receipt]

    def _came_back(self, report: DeliveryReport, dispatch: DispatchState, index: int) -> Event:
        known = {dispatch.target.casefold(), report.recipient or "", self._own_address()}
        moved = new_addresses(report.detail, self.app.phrases, known)
        named = f"; new address, as the report says: {', '.join(moved)}" if moved else ""
        reason = f"{dispatch.kind} to {dispatch.office}: {report.detail}{named}"
        kind = ReviewKind.UNDELIVERABLE
        return self.review(kind, dispatch.about, reason, (), dispatch, f"report {index}")

    def _wordless(self) -> Sequence[Event]:
        """Show what a mail system wrote without a report that a program can read (RFC 3464)."""
        dispatch = self._pointed()
        if dispatch is None and self._strangers():
            return [self.read("not delivered, about nothing of ours")]
        about = dispatch.about if dispatch else About()
        letter = f"{dispatch.kind} to {dispatch.office}" if dispatch else "a letter"
        said = f"{self.content.subject}: {self.content.new_text}"[:SUMMARY]
        reason = f"{letter} has perhaps come back, its mail system says so in words only: {said}"
        review = self.review(ReviewKind.UNDELIVERABLE, about, reason, (), dispatch, "report")
        return [review, self.read(self.judgement.kind, about)]

    def _strangers(self) -> bool:
        """Tell whether words that swindlers like, a full mailbox, come from nobody we know."""
        if self.judgement.reasons[0].rule != NOT_DELIVERED or is_daemon(self.content):
            return False
        return self.matching.sender_office is None

    def _stray_bounce(self, report: DeliveryReport, index: int) -> Event:
        reason = f"a letter came back that cannot be told from its report: {report.detail}"
        offices: tuple[OfficeId, ...] = tuple(dict.fromkeys(clue.office for clue in self.clues))
        kind = ReviewKind.UNDELIVERABLE
        return self.review(kind, About(), reason, offices, part=f"report {index}")

    def _passed_on(self, report: DeliveryReport, dispatch: DispatchState, index: int) -> Event:
        """Show a bounce of a copy that the office's mail system passed on; no status changes."""
        reason = (
            f"{dispatch.kind} to {dispatch.office}: a copy for {report.recipient}, to whom we did "
            f"not write, came back: {report.detail}"
        )
        kind = ReviewKind.UNDELIVERABLE
        return self.review(kind, dispatch.about, reason, (), dispatch, f"report {index}")

    def _own_address(self) -> str:
        return self.app.mail.address if self.app.mail else ""

    def _for_us(self, report: DeliveryReport) -> bool:
        """Tell a report on our own blind copy, which proves nothing of an office."""
        local, _, domain = (report.recipient or "").partition("@")
        return bool(local) and f"{local.partition('+')[0]}@{domain}" == self._own_address()

    def _reported(self, report: DeliveryReport) -> DispatchState | None:
        """Return the letter that a report is about; None where it names two of them."""
        named = {
            dispatch.dispatch: dispatch
            for column, value in (
                ("token", report.envelope_id),
                ("message_id", report.original_message_id),
            )
            for dispatch in (
                self.app.ledger.select(DispatchState, **{column: value}) if value else ()
            )
        }
        if not named:
            return self._proved()
        return next(iter(named.values())) if len(named) == 1 else None

    def _proved(self) -> DispatchState | None:
        """Return the letter whose Message-ID or token the message bears."""
        found = next((clue for clue in self.clues if clue.via is not Via.SUBJECT_TOKEN), None)
        return self.app.ledger.get(DispatchState, (found.dispatch,)) if found else None

    def _pointed(self) -> DispatchState | None:
        """Return the letter that the message is probably about, good for showing it to a person."""
        if not self.clues:
            return None
        return self.app.ledger.get(DispatchState, (self.clues[0].dispatch,))

    def _answered_by_target(self) -> DispatchState | None:
        """Return the letter whose code stands in the subject, if its own recipient answers.

        Nothing but a proof of the sender makes that a second sign: anybody writes an address.
        """
        dispatch = self._pointed()
        answers = dispatch is not None and self.content.sender == dispatch.target.casefold()
        return dispatch if answers and self.understood.authentication.passed else None

    def _of_another(self, report: DeliveryReport, dispatch: DispatchState) -> bool:
        """Tell whether a delivery report names another recipient than the one that we wrote to.

        A receipt of a person who has our letter proves that, wherever the office passed it on.
        """
        receipt = self.judgement.kind is MessageKind.READ_RECEIPT
        if report.recipient is None or (receipt and report.event is not DispatchEvent.BOUNCED):
            return False
        return report.recipient.casefold() != dispatch.target.casefold()
