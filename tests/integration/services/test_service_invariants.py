"""What always holds, however time, servers, evidence, answers, decisions and crashes interleave.

The decisions, the sending and the projection are those of the daemon; only what is written on the
exchange and the compiled documents are made up, as rendering them takes longer than all else.
"""

import logging
from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

import structlog
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connector.eoffice.memory import MemoryHub
from connector.store.memory import MemoryEvidence
from connector.store.replay import differences
from domain import facts
from domain.campaign import Channel
from domain.errors import DuplicateEvent, NotAllowed
from domain.exchange import Organ
from domain.facts import About
from domain.ids import Address, OfficeId, OrganId, digest_of
from domain.intents import HoldLetters, Intent, PlanDispatch, Probe, Transmit
from domain.kinds import LETTERS, Decision, DispatchKind, ReplyKind, ReviewKind
from domain.machine import DISPATCH
from domain.state import AssignmentState, DispatchState, RecallState, ReviewState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus, RoundStatus
from dondoc.app import App, ExchangeDoor, Inbox, MailDoor
from dondoc.services.handing_over import Resting, hand_over
from dondoc.services.letters import plan_dispatch
from dondoc.services.picture import picture_of
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.transmit import recover
from mappings.reply.phrase_lists import default_phrases
from schedulers.due import due
from schedulers.picture import Picture
from tests.integration.services.invariant_parts import (
    Box,
    Exchange,
    Fate,
    Killed,
    Line,
    OwnBox,
    Servers,
    WatchedLedger,
)
from tests.unit.domain.round_story import Story, about, dispatch_name, planned
from tests.unit.domain.small_district import (
    CAMPAIGN,
    CAMPAIGN_RULES,
    DIRECTIVE,
    DIRECTORY,
    MINH_TIEN,
    PHONG_Y_TE,
    START,
    YEN_SON,
)

OWN = Address("nq47@huulung.example")
ASKED = (YEN_SON, MINH_TIEN, PHONG_Y_TE)
OFFICES = st.sampled_from(ASKED)
RECEIPTS = st.sampled_from(
    [
        DispatchEvent.DELAYED,
        DispatchEvent.RELAYED,
        DispatchEvent.DELIVERED,
        DispatchEvent.DISPLAYED,
        DispatchEvent.AUTO_REPLIED,
        DispatchEvent.BOUNCED,
        DispatchEvent.REGISTERED,
        DispatchEvent.ASSIGNED,
        DispatchEvent.PROCESSING,
        DispatchEvent.FINISHED,
        DispatchEvent.REJECTED,
        DispatchEvent.RECALL_AGREED,
        DispatchEvent.RECALL_REFUSED,
    ]
)
FATES = st.lists(st.sampled_from(Fate), max_size=6)
STEPS = st.sampled_from(
    [timedelta(hours=-1), timedelta(minutes=15), *map(timedelta, (1, 7, 31, 100))]
)
"""The clock is set back by an hour, or stands a month later than expected."""

CLOSED = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)
EDITIONS = 3
PASSES = 20
"""More would be a loop of ours: intents lead to intents, but not for ever."""


LATER = st.sampled_from([timedelta(), timedelta(days=169)])
"""Nothing more happens before the eve of the first reminder, or something does."""


class Act(Enum):
    """What people do, and what becomes of our own mailbox."""

    WAIVE = "waive"
    EXTEND = "extend"
    DOUBT = "doubt"
    SETTLE = "settle"
    APPROVE = "approve"
    REPLACE = "replace"
    RECALL = "recall"
    RECALL_ALL = "recall all"
    SHOW = "the mailbox shows our copies"
    HIDE = "the mailbox does not show them"
    SWITCH_OFF = "the mailbox is off"


DECISIONS = (Act.WAIVE, Act.EXTEND, Act.DOUBT, Act.SETTLE, Act.APPROVE)
BOXES = {Act.SHOW: Box.SHOWS, Act.HIDE: Box.HIDES, Act.SWITCH_OFF: Box.DOWN}


class Daemon(RuleBasedStateMachine):
    """A daemon that wakes at odd times and may be killed, while others do as they like."""

    @initialize(copied=st.booleans(), fates=FATES, later=LATER)
    def begin(self, copied: bool, fates: list[Fate], later: timedelta) -> None:
        """Let the directive come, and begin to send it: without letters little can happen."""
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.now = START
        self.ledger = WatchedLedger()
        self.story = Story(ledger=self.ledger).begin()
        self.servers = Servers(self.leaving)
        exchange = Exchange(MemoryHub(now=lambda: self.now), "ours")
        exchange.servers = self.servers
        self.app = App(
            ledger=self.ledger,
            evidence=MemoryEvidence(),
            output=Path(),
            spool=None,
            unit=Organ(organ_id=OrganId("H37.20"), name="UBND huyện Hữu Lũng"),
            place="Hữu Lũng",
            exchange=ExchangeDoor(name="truc", exchange=exchange),
            mail=MailDoor(
                name="nq47",
                address=OWN,
                display_name="UBND huyện Hữu Lũng",
                domain="huulung.example",
                transport=Line(self.servers),
                inbox=Inbox(
                    name="nq47",
                    protocol="imap",
                    mailbox=OwnBox(OWN, self.servers),
                    folders=("INBOX",),
                    addresses=(OWN,),
                ),
                plus_addressing=True,
                copy_to_self=copied,
            ),
            directory=DIRECTORY,
            campaigns={CAMPAIGN: CAMPAIGN_RULES},
            calendar=self.story.calendar,
            token_key=lambda: b"k" * 32,
            phrases=default_phrases(),
        )
        self.run(fates, None)
        self.now += later

    # What Dondoc does.

    @rule(step=STEPS, fates=FATES)
    def wake(self, step: timedelta, fates: list[Fate]) -> None:
        if self.now < datetime(2027, 1, 1, tzinfo=UTC):
            self.now += step
        self.run(fates, None)

    @rule(fates=FATES, until=st.integers(0, 8))
    def wake_and_die(self, fates: list[Fate], until: int) -> None:
        self.run(fates, until)

    def run(self, fates: list[Fate], until: int | None) -> None:
        """Run one turn, which may end at any intent or within any sending."""
        self.servers.fates = deque(fates)
        with suppress(Killed):
            self.turn(until)
        self.servers.fates.clear()

    def turn(self, until: int | None) -> None:
        recover(self.app, self.now)
        resting = Resting()
        began = 0
        for _ in range(PASSES):
            picture = self.picture()
            done = 0
            for intent in due(picture, self.app.calendar, self.now):
                if began == until:
                    raise Killed
                began += 1
                done += self.perform(picture, intent, resting)
            if not done:
                return
        raise AssertionError("no fixed point")

    def perform(self, picture: Picture, intent: Intent, resting: Resting) -> int:
        try:
            match intent:
                case HoldLetters():
                    return 0
                case Transmit() | Probe():
                    return hand_over(self.app, intent, resting, self.now, lambda: self.now)
                case PlanDispatch() if intent.channel is Channel.EMAIL:
                    plan_dispatch(self.app, picture, intent, self.now)
                case PlanDispatch():
                    self.plan_document(intent)
                case _:
                    self.story.perform(intent, self.now)
        except DuplicateEvent:
            return 0
        return 1

    def plan_document(self, intent: PlanDispatch) -> None:
        name = dispatch_name(intent)
        content = self.app.evidence.put(name.encode())
        fact = replace(planned(intent, self.story.edition()), content=content)
        self.story.record(fact, key=name, at=self.now)

    def picture(self) -> Picture:
        found = picture_of(self.app, CAMPAIGN_RULES)
        assert found is not None
        return found

    # What others do.

    @rule(
        of=st.integers(0, 20),
        receipts=st.lists(RECEIPTS, min_size=2, max_size=6),
    )
    def evidence(self, of: int, receipts: list[DispatchEvent]) -> None:
        """Hear of one sending that was tried, in any order and twice."""
        tried = [d.dispatch for d in self.ledger.select(DispatchState) if d.attempts]
        for receipt in receipts if tried else ():
            dispatch = self.story.dispatch(tried[of % len(tried)])
            if receipt in DISPATCH[dispatch.status]:
                self.story.receipt(dispatch.dispatch, receipt, self.now)

    @rule(
        office=OFFICES,
        kind=st.sampled_from(ReplyKind),
        delay=st.integers(0, 5).map(timedelta),
        corrects=st.booleans(),
    )
    def reply(self, office: OfficeId, kind: ReplyKind, delay: timedelta, corrects: bool) -> None:
        self.story.reply(office, kind, self.now - delay, corrects=corrects)

    @rule(act=st.sampled_from(DECISIONS), office=OFFICES, days=st.integers(1, 40))
    def act(self, act: Act, office: OfficeId, days: int) -> None:
        """Let a person decide something."""
        match act:
            case Act.WAIVE:
                self.story.waive(office, self.now)
            case Act.EXTEND:
                self.story.extend(office, self.now + timedelta(days), self.now)
            case Act.DOUBT:
                name = f"R-{self.story.told}"
                self.story.review(ReviewKind.UNCLEAR_REPLY, name, about(office), at=self.now)
            case Act.SETTLE:
                for review in self.waiting(ReviewKind.UNCLEAR_REPLY):
                    self.story.resolve(review.review, self.now)
            case Act.APPROVE:
                for one in self.picture().rounds:
                    if one.status is RoundStatus.COMPILED:
                        self.story.approve(one.version, self.now, one.round)

    @rule(act=st.sampled_from([act for act in Act if act not in DECISIONS]), office=OFFICES)
    def change(self, act: Act, office: OfficeId) -> None:
        """Let the directive be replaced or taken back, or the mailbox change."""
        match act:
            case Act.REPLACE:
                self.publish_anew()
            case Act.RECALL | Act.RECALL_ALL:
                offices = (office,) if act is Act.RECALL else ()
                order = Order(offices=offices, reason="nhầm", by="lan")
                take_back(self.app, CAMPAIGN, order, self.now)
            case Act.SHOW | Act.HIDE | Act.SWITCH_OFF:
                self.servers.box = BOXES[act]

    @rule(decision=st.sampled_from((Decision.ACCEPT, Decision.RESEND, Decision.NOTED)))
    def decide(self, decision: Decision) -> None:
        for review in self.waiting(ReviewKind.UNCERTAIN, ReviewKind.UNDELIVERABLE):
            with suppress(NotAllowed, DuplicateEvent):
                resolution = Resolution(decision=decision, by="lan")
                resolve(self.app, review.review, resolution, self.now)

    def waiting(self, *kinds: ReviewKind) -> list[ReviewState]:
        return [r for r in self.ledger.select(ReviewState, open=True) if r.kind in kinds]

    def publish_anew(self) -> None:
        version = self.story.edition() + 1
        if version <= EDITIONS:
            directive = replace(DIRECTIVE, number=f"60{version}", document_id=f"v{version}")
            fact = facts.DirectiveReplaced(
                about=About(campaign=CAMPAIGN), directive=directive, version=version
            )
            self.story.record(fact, at=self.now)

    # What must hold.

    def leaving(self, channel: Channel, target: str, octets: bytes) -> DispatchState:
        """Judge a letter at the instant at which it leaves, and return what it is."""
        wanted = (DispatchStatus.SENDING, channel, target, digest_of(octets))
        found = [
            d
            for d in self.ledger.select(DispatchState)
            if (d.status, d.channel, d.target, d.content) == wanted
        ]
        assert len(found) == 1, "it leaves before its attempt is committed"
        (row,) = found
        if row.kind in LETTERS:
            assert row.edition == self.story.edition(), "an earlier version leaves"
        if row.kind is DispatchKind.REMINDER:
            assert self.story.assignment(row.office, row.round).status not in CLOSED
            assert row.about not in {r.about for r in self.waiting(ReviewKind.UNCLEAR_REPLY)}
        if row.kind is not DispatchKind.RECALL:
            orders = self.ledger.select(RecallState)
            assert not any(order.covers(row.round, row.office) for order in orders)
        return row

    @invariant()
    def nobody_gets_two_that_look_alike(self) -> None:
        for name, copies in self.servers.copies.items():
            if self.story.dispatch(name).channel is Channel.EMAIL:
                assert max(Counter(marked for marked, _ in copies).values()) == 1
            else:
                # The exchange knows the same octets again.
                assert len({octets for _, octets in copies}) == 1

    @invariant()
    def asking_twice_gives_the_same(self) -> None:
        picture = self.picture()
        found = due(picture, self.app.calendar, self.now)
        assert due(picture, self.app.calendar, self.now) == found
        closed = {a.about for a in self.ledger.select(AssignmentState) if a.status in CLOSED}
        reminded = {
            i.about
            for i in found
            if isinstance(i, PlanDispatch) and i.kind is DispatchKind.REMINDER
        }
        assert closed.isdisjoint(reminded)

    @invariant()
    def replay_agrees(self) -> None:
        assert differences(self.ledger, self.ledger.replayed) == []


TestDaemon = Daemon.TestCase
TestDaemon.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
