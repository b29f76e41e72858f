"""Random interleavings of time, outcomes, evidence, replies and decisions; what always holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.campaign import Channel
from domain.ids import DispatchId, OfficeId
from domain.intents import PlanDispatch
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.machine import DISPATCH
from domain.state import AssignmentState, DispatchState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus, RoundStatus
from tests.unit.domain.round_story import Story, about, lost, put_off, taken
from tests.unit.domain.small_district import CAMPAIGN, MINH_TIEN, PHONG_Y_TE, ROUND, START, YEN_SON

OFFICES = st.sampled_from([YEN_SON, MINH_TIEN, PHONG_Y_TE])
OUTCOMES = {"taken": taken, "put off": put_off, "lost": lost}
RECEIPTS = st.sampled_from(
    [
        DispatchEvent.DELAYED,
        DispatchEvent.DELIVERED,
        DispatchEvent.DISPLAYED,
        DispatchEvent.AUTO_REPLIED,
        DispatchEvent.BOUNCED,
        DispatchEvent.REGISTERED,
        DispatchEvent.FINISHED,
        DispatchEvent.REJECTED,
    ]
)
STEPS = st.sampled_from([timedelta(minutes=90), *map(timedelta, (1, 7, 30, 100, 400))])
PROVED = (
    DispatchStatus.ACCEPTED,
    DispatchStatus.DELAYED,
    DispatchStatus.RELAYED,
    DispatchStatus.DELIVERED,
    DispatchStatus.DISPLAYED,
    DispatchStatus.REGISTERED,
    DispatchStatus.ASSIGNED,
    DispatchStatus.PROCESSING,
    DispatchStatus.FINISHED,
)
CLOSED = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)


class Daemon(RuleBasedStateMachine):
    """A daemon that wakes at odd times while offices do as they like."""

    @initialize()
    def begin(self) -> None:
        self.story = Story().begin()
        self.now = START
        self.statuses: dict[DispatchId, DispatchStatus] = {}
        self.reported: set[tuple[str, ...]] = set()

    @rule(step=STEPS)
    def sleep(self, step: timedelta) -> None:
        if self.now < datetime(2028, 1, 1, tzinfo=UTC):
            self.now += step

    @rule(outcome=st.sampled_from(sorted(OUTCOMES)))
    def wake(self, outcome: str) -> None:
        self.story.run(self.now, OUTCOMES[outcome])
        assert self.story.due(self.now) == []

    @rule(office=OFFICES, channel=st.sampled_from(Channel), receipt=RECEIPTS)
    def evidence(self, office: OfficeId, channel: Channel, receipt: DispatchEvent) -> None:
        for d in self.story.ledger.dispatches_of(CAMPAIGN, ROUND, office):
            if d.channel is channel and receipt in DISPATCH[d.status]:
                self.story.receipt(d.dispatch, receipt, self.now)

    @rule(
        office=OFFICES,
        kind=st.sampled_from(ReplyKind),
        delay=st.integers(0, 5).map(timedelta),
    )
    def reply(self, office: OfficeId, kind: ReplyKind, delay: timedelta) -> None:
        self.story.reply(office, kind, self.now - delay)

    @rule(office=OFFICES)
    def waive(self, office: OfficeId) -> None:
        self.story.waive(office, self.now)

    @rule(office=OFFICES, days=st.integers(1, 40))
    def extend(self, office: OfficeId, days: int) -> None:
        self.story.extend(office, self.now + timedelta(days), self.now)

    @rule(office=OFFICES)
    def doubt(self, office: OfficeId) -> None:
        name = f"R-{self.story.told}"
        self.story.review(ReviewKind.UNCLEAR_REPLY, name, about(office), at=self.now)

    @rule()
    def settle_doubts(self) -> None:
        for review in self.story.picture().reviews:
            if review.kind is ReviewKind.UNCLEAR_REPLY:
                self.story.resolve(review.review, self.now)

    @rule()
    def approve(self) -> None:
        for one in self.story.picture().rounds:
            if one.status is RoundStatus.COMPILED:
                self.story.approve(one.version, self.now, one.round)

    @invariant()
    def evidence_never_goes_back_without_cause(self) -> None:
        for d in self.story.ledger.select(DispatchState):
            before = self.statuses.get(d.dispatch)
            if before in PROVED and d.status in PROVED:
                assert PROVED.index(d.status) >= PROVED.index(before)
            elif before in PROVED:
                assert d.status in {DispatchStatus.BOUNCED, DispatchStatus.REJECTED}
            self.statuses[d.dispatch] = d.status

    @invariant()
    def a_report_stays(self) -> None:
        rows = self.story.ledger.select(AssignmentState)
        now = {a.key for a in rows if a.status is AssignmentStatus.REPORTED}
        assert self.reported <= now
        self.reported = now
        assert all((a.report is not None) is (a.key in now) for a in rows)

    @invariant()
    def asking_twice_gives_the_same(self) -> None:
        assert self.story.due(self.now) == self.story.due(self.now)

    @invariant()
    def nobody_who_answered_is_reminded(self) -> None:
        closed = {a.about for a in self.story.ledger.select(AssignmentState) if a.status in CLOSED}
        reminded = {
            i.about
            for i in self.story.due(self.now)
            if isinstance(i, PlanDispatch) and i.kind is DispatchKind.REMINDER
        }
        assert closed.isdisjoint(reminded)

    @invariant()
    def replay_agrees(self) -> None:
        self.story.check_replay()


TestDaemon = Daemon.TestCase
TestDaemon.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
