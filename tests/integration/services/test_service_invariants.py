"""What always holds, however time, servers, evidence, answers, decisions and crashes interleave.

The decisions, the sending and the projection are those of the daemon; only what is written on the
exchange and the compiled documents are made up, as rendering them takes longer than all else.
"""

import logging
from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
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
from domain.mail import OwnCopy
from domain.state import DispatchState, RecallState, ReviewState
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
from tests.integration.services.invariant_draws import (
    ALL_PUT_OFF,
    BOXES,
    DECISIONS,
    EVE,
    FATES,
    HOLDING,
    LATER,
    MEANWHILE,
    OFFICES,
    RECEIPTS,
    STEPS,
    Act,
)
from tests.integration.services.invariant_parts import (
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
    START,
)

OWN = Address("nq47@huulung.example")
CLOSED = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)
EDITIONS = 3
PASSES = 20
"""More would be a loop of ours: intents lead to intents, but not for ever."""


class Daemon(RuleBasedStateMachine):
    """A daemon that wakes at odd times and may be killed, while others do as they like."""

    @initialize(copied=st.booleans(), fates=FATES, later=LATER)
    def begin(self, copied: bool, fates: list[Fate], later: datetime) -> None:
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
                    mailbox=OwnBox(OWN, self.servers, copied=copied),
                    folders=("INBOX",),
                    addresses=(OWN,),
                ),
                plus_addressing=True,
                own_copy=OwnCopy.ALWAYS if copied else OwnCopy.NEVER,
            ),
            directory=DIRECTORY,
            campaigns={CAMPAIGN: CAMPAIGN_RULES},
            calendar=self.story.calendar,
            token_key=lambda: b"k" * 32,
            phrases=default_phrases(),
        )
        self.run(fates, None)
        self.now = max(self.now, later)

    # What Dondoc does.

    @rule(step=STEPS, fates=FATES)
    def wake(self, step: timedelta, fates: list[Fate]) -> None:
        if self.now < datetime(2027, 1, 1, tzinfo=UTC):
            self.now += step
        self.run(fates, None)

    @rule(fates=FATES, until=st.integers(0, 8))
    def wake_and_die(self, fates: list[Fate], until: int) -> None:
        self.run(fates, until)

    @rule(step=STEPS, fates=FATES)
    def wake_after_letters_waited(self, step: timedelta, fates: list[Fate]) -> None:
        """Have everything that is due put off, and go on with it later: much may have happened."""
        self.run(ALL_PUT_OFF, None)
        self.wake(step, fates)

    @rule(act=st.sampled_from(MEANWHILE), office=OFFICES, step=STEPS, reminding=st.booleans())
    def wake_while_others_decide(
        self, act: Act | ReplyKind, office: OfficeId, step: timedelta, reminding: bool
    ) -> None:
        """Let an answer come, or a person decide, while the first letter of a turn leaves."""
        if reminding:
            self.now = max(self.now, EVE + timedelta(days=2))
        self.servers.meanwhile = partial(self.tell, act, office)
        self.wake(step, [])
        self.servers.meanwhile = None

    def tell(self, act: Act | ReplyKind, office: OfficeId) -> None:
        if isinstance(act, ReplyKind):
            self.story.reply(office, act, self.now)
        elif act is Act.WAIVE:
            self.story.waive(office, self.now)
        else:
            self.change_of(act, office)

    def run(self, fates: list[Fate], until: int | None) -> None:
        """Run one turn, which may end at any intent or within any sending."""
        self.servers.fates = deque(fates)
        with suppress(Killed):
            self.turn(until)
            cut_off = self.ledger.select(DispatchState, status=DispatchStatus.SENDING)
            assert cut_off == [], "nobody looks for it any more"
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
        if isinstance(intent, PlanDispatch) and intent.kind is DispatchKind.REMINDER:
            self.may_be_reminded(intent.about)
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
                self.doubt(office, ReviewKind.UNCLEAR_REPLY, named=True)
            case Act.SETTLE:
                for review in self.waiting(*HOLDING):
                    self.story.resolve(review.review, self.now)
            case Act.APPROVE:
                for one in self.picture().rounds:
                    if one.status is RoundStatus.COMPILED:
                        self.story.approve(one.version, self.now, one.round)

    @rule(act=st.sampled_from([act for act in Act if act not in DECISIONS]), office=OFFICES)
    def change(self, act: Act, office: OfficeId) -> None:
        """Let the directive be replaced or taken back, or the mailbox change."""
        self.change_of(act, office)

    def change_of(self, act: Act, office: OfficeId) -> None:
        match act:
            case Act.REPLACE:
                self.publish_anew()
            case Act.RECALL | Act.RECALL_ALL:
                offices = (office,) if act is Act.RECALL else ()
                order = Order(offices=offices, reason="nhầm", by="lan")
                take_back(self.app, CAMPAIGN, order, self.now)
            case Act.SHOW | Act.HIDE | Act.SWITCH_OFF:
                self.servers.box = BOXES[act]

    def doubt(self, office: OfficeId, kind: ReviewKind, *, named: bool) -> None:
        """Let something wait for a person that is an office's answer, or perhaps is."""
        place = about(office) if named else About(campaign=CAMPAIGN)
        others = () if named else (office,)
        name = f"R-{self.story.told}"
        self.story.review(kind, name, place, at=self.now, candidates=others)

    @rule(office=OFFICES, kind=st.sampled_from(HOLDING), named=st.booleans(), planned=st.booleans())
    def an_answer_waits_when_reminders_leave(
        self, office: OfficeId, kind: ReviewKind, named: bool, planned: bool
    ) -> None:
        """Its reminder is due, or planned already and put off, when the doubt arises."""
        self.now = max(self.now, EVE + timedelta(days=2))
        if planned:
            self.run(ALL_PUT_OFF, None)
        self.doubt(office, kind, named=named)
        self.wake(timedelta(days=1), [])

    @rule(office=OFFICES, first=st.booleans())
    def waived_and_reported(self, office: OfficeId, first: bool) -> None:
        """Let an office report which a person waives, in either order."""
        for step in (0, 1):
            if first is bool(step):
                self.story.waive(office, self.now)
            else:
                self.story.reply(office, ReplyKind.REPORT, self.now)

    @rule(step=STEPS)
    def replaced_while_letters_wait(self, step: timedelta) -> None:
        """Let another version come while letters with the former one are put off."""
        self.run(ALL_PUT_OFF, None)
        self.publish_anew()
        self.wake(step, [])

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
            self.may_be_reminded(row.about)
        if row.kind is not DispatchKind.RECALL:
            orders = self.ledger.select(RecallState)
            assert not any(order.covers(row.round, row.office) for order in orders)
        return row

    def may_be_reminded(self, reminded: About) -> None:
        assert reminded.office is not None
        assert reminded.round is not None
        assert self.story.assignment(reminded.office, reminded.round).status not in CLOSED
        assert not self.perhaps_answers(reminded), "its answer may wait for a person"

    def perhaps_answers(self, reminded: About) -> bool:
        """Tell whether something waits for a person that may answer what a reminder asks for."""
        return any(
            reminded.office in (review.office, *review.candidates)
            and review.round in (None, reminded.round)
            for review in self.waiting(*HOLDING)
        )

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

    @invariant()
    def replay_agrees(self) -> None:
        assert differences(self.ledger, self.ledger.replayed) == []


TestDaemon = Daemon.TestCase
TestDaemon.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
