"""A campaign in memory, told by facts: what is due is asked of it, and done without doors."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from connector.store.memory import MemoryLedger
from connector.store.replay import differences, rebuild
from domain import facts, intents
from domain.campaign import (
    Campaign,
    Channel,
    Expected,
)
from domain.facts import About, Event, Fact
from domain.ids import (
    Digest,
    DispatchId,
    OfficeId,
    ReplyId,
    ReviewId,
    RoundId,
)
from domain.kinds import ASKED_ONCE, Decision, DispatchKind, ReplyKind, ReviewKind
from domain.machine import settled
from domain.office import Directory
from domain.recipients import Recipient, expand
from domain.state import (
    AssignmentState,
    CompilationState,
    DirectiveState,
    DispatchState,
    RecallState,
    ReplyState,
    ReviewState,
    RoundState,
)
from domain.status import DispatchEvent
from schedulers.calendar import WorkingCalendar, at_local, end_of, first_due_date
from schedulers.due import due
from schedulers.picture import Picture
from schedulers.taking_part import recipients_of_round
from tests.unit.domain.small_district import (
    CAMPAIGN,
    CAMPAIGN_RULES,
    DIGEST,
    DIRECTIVE,
    DIRECTORY,
    HOUR,
    ROUND,
    START,
)

Outcome = Callable[[DispatchState, datetime], Sequence[Fact]]


def about(office_id: OfficeId | None = None, round_id: RoundId = ROUND) -> About:
    return About(campaign=CAMPAIGN, round=round_id, office=office_id)


def taken(dispatch: DispatchState, now: datetime) -> Sequence[Fact]:
    """The server took it."""
    return [facts.DispatchAccepted(dispatch=dispatch.dispatch, about=dispatch.about, answer="250")]


def put_off(dispatch: DispatchState, now: datetime) -> Sequence[Fact]:
    """The server is down for an hour."""
    return [
        facts.DispatchDeferred(
            dispatch=dispatch.dispatch, about=dispatch.about, reason="451", retry_at=now + HOUR
        )
    ]


def lost(dispatch: DispatchState, now: datetime) -> Sequence[Fact]:
    """The connection broke after the content."""
    return [
        facts.DispatchLost(
            dispatch=dispatch.dispatch, about=dispatch.about, reason="cut", probe_at=now + HOUR
        )
    ]


@dataclass(slots=True)
class Story:
    """One campaign; every fact goes through the real ledger in memory."""

    campaign: Campaign = CAMPAIGN_RULES
    directory: Directory = DIRECTORY
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    told: int = 0

    def record(
        self, *told: Fact, at: datetime = START, evidence: Digest | None = None, key: str = ""
    ) -> None:
        """Record facts in one transaction; without a key each is a new event."""
        events = []
        for fact in told:
            self.told += 1
            name = f"{key} {type(fact).__name__}" if key else f"{self.told}"
            events.append(
                Event(source="story", source_key=name, occurred_at=at, fact=fact, evidence=evidence)
            )
        self.ledger.append(events, recorded_at=at)

    def begin(self, at: datetime = START) -> "Story":
        """Take the directive and open the first round."""
        self.record(facts.DirectiveTaken(about=About(campaign=CAMPAIGN), directive=DIRECTIVE))
        issued_on = DIRECTIVE.issued_on or date.max
        recipients = expand(self.campaign, self.directory, issued_on)
        self.open_round(first_due_date(self.campaign.rounds, issued_on), recipients, at)
        return self

    def open_round(self, due_on: date, recipients: Iterable[Recipient], at: datetime) -> None:
        name = RoundId(str(due_on.year))
        compile_on = self.calendar.shift(due_on, self.campaign.compile.after)
        opened = facts.RoundOpened(
            about=about(round_id=name),
            due_on=due_on,
            due_at=end_of(due_on),
            compile_at=at_local(compile_on, time(8, 0)),
        )
        assigned = [
            facts.AssignmentMade(
                about=about(r.office.id, name),
                expected=r.expected,
                due_at=None if r.expected is Expected.INFORMATION else opened.due_at,
            )
            for r in recipients
        ]
        self.record(opened, key=f"round {name}", at=at)
        self.record(*assigned, at=at)

    def picture(self) -> Picture:
        directive = self.ledger.get(DirectiveState, (CAMPAIGN,))
        assert directive is not None
        return Picture(
            campaign=self.campaign,
            directory=self.directory,
            directive=directive,
            rounds=self.ledger.select(RoundState),
            assignments=self.ledger.select(AssignmentState),
            dispatches=self.ledger.standings(),
            reviews=[r for r in self.ledger.select(ReviewState) if r.open or r.kind in ASKED_ONCE],
            compilations=self.ledger.select(CompilationState),
            recalls=self.ledger.select(RecallState),
        )

    def edition(self) -> int:
        directive = self.ledger.get(DirectiveState, (CAMPAIGN,))
        return directive.version if directive else 1

    def due(self, now: datetime) -> list[intents.Intent]:
        return due(self.picture(), self.calendar, now)

    def run(self, now: datetime, outcome: Outcome = taken) -> list[intents.Intent]:
        """Carry out what is due until nothing more follows; return all that was done."""
        done: list[intents.Intent] = []
        for _ in range(20):
            found = self.due(now)
            for intent in found:
                self.perform(intent, now, outcome)
            done += found
            if not found:
                return done
        raise AssertionError(f"no fixed point: {found}")

    def perform(  # noqa: C901 - one case for each kind of intent
        self, intent: intents.Intent, now: datetime, outcome: Outcome = taken
    ) -> None:
        """Carry out one intent as the daemon does, with natural keys, but without doors."""
        scope = intent.about
        place = f"{scope.campaign}/{scope.round}/{scope.office}"
        match intent:
            case intents.PlanDispatch():
                self.record(planned(intent, self.edition()), key=dispatch_name(intent), at=now)
            case intents.CancelDispatch():
                fact = facts.DispatchCancelled(
                    dispatch=intent.dispatch, about=scope, reason=intent.why
                )
                self.record(fact, key=intent.dispatch, at=now)
            case intents.Transmit() | intents.Probe():
                self._hand_over(intent, now, outcome)
            case intents.AskPerson():
                name = f"{intent.kind} {place} {intent.of}".strip()
                offices, why = intent.candidates, intent.why
                self.review(intent.kind, name, scope, at=now, candidates=offices, reason=why)
            case intents.AddRecipient() | intents.RemoveRecipient() | intents.RestoreRecipient():
                self._member(intent, place, now)
            case intents.PassDuty():
                self._pass_on(intent, now)
            case intents.CloseReview():
                self.resolve(intent.review, now)
            case intents.PassDeadline():
                passed = facts.DeadlinePassed(about=scope, due_at=intent.due_at)
                self.record(passed, key=f"{place} {intent.due_at}", at=now)
            case intents.ReadyRound():
                self.record(facts.RoundReadied(about=scope, settled=intent.settled), at=now)
            case intents.Compile():
                self.compile(scope, intent.version, now)
            case intents.FinishForwarding():
                done = facts.CompilationForwarded(about=scope, version=intent.version)
                self.record(done, key=f"{place} {intent.version}", at=now)
            case intents.OpenRound():
                recipients, _ = recipients_of_round(self.picture(), now)
                self.open_round(intent.due_on, recipients, now)

    def _member(
        self,
        intent: intents.AddRecipient | intents.RemoveRecipient | intents.RestoreRecipient,
        place: str,
        now: datetime,
    ) -> None:
        scope = intent.about
        match intent:
            case intents.AddRecipient():
                made = facts.AssignmentMade(
                    about=scope, expected=intent.expected, due_at=intent.due_at
                )
                self.record(made, key=place, at=now)
            case intents.RemoveRecipient():
                self.record(facts.AssignmentRemoved(about=scope, reason=intent.why), at=now)
            case intents.RestoreRecipient():
                self.record(facts.AssignmentRestored(about=scope, reason=intent.why), at=now)

    def _pass_on(self, intent: intents.PassDuty, now: datetime) -> None:
        scope = intent.about
        heir = replace(scope, office=intent.to)
        there = self.ledger.get(AssignmentState, (CAMPAIGN, scope.round or ROUND, intent.to))
        made = facts.AssignmentMade(
            about=heir, expected=intent.expected, due_at=intent.due_at, passed=intent.passed
        )
        passed = facts.AssignmentPassed(
            about=scope, to=intent.to, passed=intent.passed, reason=intent.why
        )
        self.record(*([] if there else [made]), passed, at=now)

    def _hand_over(
        self, intent: intents.Transmit | intents.Probe, now: datetime, outcome: Outcome
    ) -> None:
        if not isinstance(intent, intents.Probe) or intent.repeat:
            self._transmit(intent.dispatch, now, outcome)
            return
        fact = facts.DispatchLost(
            dispatch=intent.dispatch, about=intent.about, reason=intent.why, probe_at=None
        )
        self.record(fact, key=f"{intent.dispatch} left open", at=now)

    def _transmit(self, name: DispatchId, now: datetime, outcome: Outcome) -> None:
        before = self.dispatch(name)
        attempt = before.attempts + 1
        self.record(
            facts.DispatchAttempted(dispatch=name, about=before.about, attempt=attempt), at=now
        )
        self.record(*outcome(before, now), at=now)

    def compile(self, scope: About, version: int, now: datetime) -> None:
        rows = self.picture().assignments_of(self.round(scope.round or ROUND))
        made = facts.CompilationMade(
            about=About(campaign=scope.campaign, round=scope.round),
            version=version,
            files=(),
            reports=tuple(a.report for a in rows if a.report),
            missing=tuple(
                a.office
                for a in rows
                if a.expected is Expected.REPORT and not settled(a.expected, a.status)
            ),
        )
        self.record(made, key=f"{scope.round} {version}", at=now)

    def approve(self, version: int, now: datetime, round_id: RoundId = ROUND) -> None:
        approved = facts.CompilationApproved(
            about=about(round_id=round_id), version=version, by="lan", number="88"
        )
        self.record(approved, at=now)

    def reply(
        self,
        office_id: OfficeId,
        kind: ReplyKind,
        at: datetime,
        *,
        name: str = "",
        round_id: RoundId = ROUND,
        corrects: bool = False,
    ) -> ReplyId:
        self.told += 1
        reply = ReplyId(name or f"reply-{self.told}")
        fact = facts.ReplyRecorded(
            reply=reply,
            about=about(office_id, round_id),
            kind=kind,
            channel=Channel.EMAIL,
            received_at=at,
            number="15/BC-UBND",
            corrects=corrects,
        )
        self.record(fact, at=at, evidence=DIGEST)
        return reply

    def receipt(self, name: DispatchId, event: DispatchEvent, at: datetime = START) -> None:
        before = self.dispatch(name)
        fact = facts.ReceiptRecorded(
            dispatch=name, about=before.about, receipt=event, detail="seen"
        )
        self.record(fact, at=at, evidence=DIGEST)

    def review(
        self,
        kind: ReviewKind,
        name: str,
        scope: About,
        *,
        at: datetime = START,
        candidates: tuple[OfficeId, ...] = (),
        reason: str = "why",
    ) -> ReviewId:
        fact = facts.ReviewOpened(
            review=ReviewId(name), kind=kind, about=scope, reason=reason, candidates=candidates
        )
        self.record(fact, at=at, key=name)
        return fact.review

    def resolve(
        self, review: ReviewId, at: datetime = START, decision: Decision = Decision.NOTED
    ) -> None:
        fact = facts.ReviewResolved(
            review=review, about=About(), decision=decision, by="lan", note="đã xem"
        )
        self.record(fact, at=at)

    def waive(self, office_id: OfficeId, at: datetime = START) -> None:
        fact = facts.AssignmentWaived(about=about(office_id), reason="sáp nhập", by="lan")
        self.record(fact, at=at)

    def extend(self, office_id: OfficeId, until: datetime, at: datetime = START) -> None:
        fact = facts.AssignmentExtended(about=about(office_id), until=until, by="lan")
        self.record(fact, at=at)

    def assignment(self, office_id: OfficeId, round_id: RoundId = ROUND) -> AssignmentState:
        found = self.ledger.get(AssignmentState, (CAMPAIGN, round_id, office_id))
        assert found is not None
        return found

    def dispatch(self, name: str) -> DispatchState:
        found = self.ledger.get(DispatchState, (name,))
        assert found is not None
        return found

    def round(self, round_id: RoundId = ROUND) -> RoundState:
        found = self.ledger.get(RoundState, (CAMPAIGN, round_id))
        assert found is not None
        return found

    def kept_reply(self, reply: ReplyId) -> ReplyState:
        found = self.ledger.get(ReplyState, (reply,))
        assert found is not None
        return found

    def check_replay(self) -> None:
        assert differences(self.ledger, rebuild(self.ledger.events())) == []


def dispatch_name(intent: intents.PlanDispatch) -> DispatchId:
    scope = intent.about
    return DispatchId(
        f"{scope.campaign}/{scope.round}/{scope.office}/{intent.kind}/{intent.occurrence}/"
        f"{intent.channel}"
    )


def planned(intent: intents.PlanDispatch, edition: int = 1) -> facts.DispatchPlanned:
    return facts.DispatchPlanned(
        dispatch=dispatch_name(intent),
        about=intent.about,
        kind=intent.kind,
        occurrence=intent.occurrence,
        channel=intent.channel,
        target=intent.target,
        content=DIGEST,
        token="t",
        subject_token="DD-1",
        subject=DIRECTIVE.subject,
        edition=edition,
        recalls=intent.recalls,
    )


def first_letter(office_id: OfficeId, channel: Channel = Channel.EMAIL) -> DispatchId:
    return DispatchId(f"{CAMPAIGN}/{ROUND}/{office_id}/{DispatchKind.DIRECTIVE}/1/{channel}")


def ruled(**changes: object) -> Campaign:
    """Return the campaign with other rules."""
    return replace(CAMPAIGN_RULES, **changes)  # type: ignore[arg-type]
