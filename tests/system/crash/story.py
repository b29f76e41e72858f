"""A campaign from the first letter to the result, whose daemon is killed again and again.

Each daemon runs until it kills itself at a boundary, or until it is killed at a random instant.
What is wanted first are boundaries at which nobody was killed yet; those that were are passed the
more often the more kills they had, so that the campaign gets on.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.campaign import Channel
from domain.errors import Conflict, StoreFailed
from domain.ids import Address, DispatchId
from domain.kinds import Decision, ReviewKind
from domain.state import (
    AnswerState,
    AssignmentState,
    DispatchState,
    RawState,
    ReplyState,
    RoundState,
)
from domain.status import AnswerStatus, AssignmentStatus, DispatchStatus, RawStatus, RoundStatus
from dondoc.app import App
from dondoc.demo.office_mail import Received
from dondoc.services.resolve import open_reviews
from tests.system.crash.boundaries import RANDOM
from tests.system.crash.count import all_taken, counted
from tests.system.crash.desk import BY, Desk
from tests.system.crash.incidents import Incidents
from tests.system.crash.offices import Offices
from tests.system.crash.place import CAMPAIGN, Place
from tests.system.crash.tally import Tally

REMINDED = datetime(2024, 10, 31, 2, 0, tzinfo=UTC)
"""After the one reminder before the deadline of 10 November."""
OVERDUE = datetime(2024, 11, 13, 2, 0, tzinfo=UTC)
"""After the deadline and the one reminder behind it."""
COMPILED = datetime(2024, 11, 25, 2, 0, tzinfo=UTC)
"""After the five working days until the result is compiled."""

_LEFT = frozenset({DispatchStatus.PLANNED, DispatchStatus.SENDING, DispatchStatus.DEFERRED})
_ACT_SECONDS = 0.3
_LONGEST_RUN = 5.0
"""Seconds until a daemon that reaches nothing wanted is killed at a random instant."""
_PATIENCE = 240.0
"""Seconds without a kill in which a phase must come to its end."""


class NotSettled(AssertionError):
    """A phase of a campaign does not come to its end."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A part of a campaign: it begins at an instant, and ends when all is quiet.

    ``letters`` is how many letters offices answer by then, ``status`` what the round must be.
    """

    name: str
    begins: datetime | None
    letters: int
    status: RoundStatus
    late: bool = False
    """Whether everybody who has not reported must be called late by then."""


PHASES = (
    Phase(name="distribution", begins=None, letters=1, status=RoundStatus.OPEN),
    Phase(name="reminder", begins=REMINDED, letters=2, status=RoundStatus.OPEN),
    Phase(name="deadline", begins=OVERDUE, letters=2, status=RoundStatus.OPEN, late=True),
    Phase(name="compilation", begins=COMPILED, letters=2, status=RoundStatus.COMPILED),
    Phase(name="forwarding", begins=None, letters=2, status=RoundStatus.FORWARDED),
)


@dataclass(kw_only=True)
class Story:
    """One campaign in its place. ``kills`` is how many daemons it may kill, ``share`` the part of
    the boundaries that one daemon is to be killed at, after those that come ``first``.
    """

    place: Place
    offices: Offices
    tally: Tally
    kills: int
    share: float
    chance: random.Random
    first: Sequence[str] = ()
    killed: int = 0
    interrupted: dict[tuple[DispatchId, int], str] = field(default_factory=dict)
    """Which kill cut off which attempt of a sending."""
    desk: Desk = field(init=False)
    incidents: Incidents = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Desk(place=self.place, passes=self._of_command, ended=self._command_ended)
        self.incidents = Incidents(place=self.place, offices=self.offices, desk=self.desk)

    def play(self) -> None:
        """Play it to its end and count."""
        for phase in PHASES:
            if phase.begins is not None:
                self.place.jump(phase.begins)
            if phase.status is RoundStatus.FORWARDED:
                self.desk.command("approve", CAMPAIGN, "--by", BY, "--number", "88")
            self._play(phase)
        self._drain()
        cut = {dispatch for dispatch, _ in self.interrupted}
        account = counted(self.place, self.offices, cut=cut)
        account.wrong += self.incidents.wrong()
        self.tally.campaigns += 1
        self.tally.recipients += len(self.place.recipients)
        by = [(boundary, dispatch) for (dispatch, _), boundary in self.interrupted.items()]
        self.tally.add(account, by)

    def _play(self, phase: Phase) -> None:
        while True:
            self._run(phase)
            self._operator()
            if self._quiet(phase):
                return

    def _run(self, phase: Phase) -> None:
        """Run one daemon until it is killed, or until the phase has come to its end.

        Of two workers, the one that outlives the last kill comes to that end alone.
        """
        first = self._first()
        armed = bool(first) or self.killed < self.kills
        by_chance = armed and not first and self.chance.random() < 0.25
        self.place.start(self._passes() if armed and not by_chance else {}, alone=not armed)
        quiet = began = False
        end = time.monotonic() + _PATIENCE
        while not quiet and self.place.fleet.running and time.monotonic() < end:
            self.offices.act(_ACT_SECONDS, phase.letters)
            self.incidents.act()
            if self.place.troubled:
                # What stays uncertain may be in the way of an incident.
                self._operator()
            time.sleep(0.1)
            if armed and not first and not began and self.place.fleet.reached():
                # Only now: on a busy machine a process takes seconds to come so far.
                end = time.monotonic() + (self.chance.uniform(0, 3) if by_chance else _LONGEST_RUN)
            began = bool(self.place.fleet.reached())
            quiet = began and self._quiet(phase)
        self.tally.reached.update(self.place.fleet.reached())
        if armed and not (first and quiet and self.place.fleet.running):
            self._note(alive=self.place.fleet.kill(self.chance.randrange(2)))
        elif not quiet:
            raise NotSettled(f"{phase.name}: {self._waits(phase)}\n{self.place.log_end()}")
        else:
            self.place.stop()

    def _drain(self) -> None:
        """Have everything taken in and read that lies in our mailbox."""
        self.place.postfix.settle()
        self.place.start({}, alone=True)
        end = time.monotonic() + _PATIENCE
        while not (self.place.fleet.reached() and all_taken(self.place)):
            if time.monotonic() > end or not self.place.fleet.running:
                break  # what is missing is counted
            time.sleep(0.5)
        self.place.stop()

    def _note(self, *, alive: bool) -> None:
        lines = self.place.fleet.reached()
        last = lines[-1] if lines else ""
        boundary = RANDOM
        if last.startswith("killed "):
            boundary = last.removeprefix("killed ")
        elif not alive:
            raise NotSettled(f"the daemon ended by itself\n{self.place.log_end()}")
        self.killed += 1
        self.tally.kills[boundary] += 1
        self._note_cut_off(boundary)

    def _note_cut_off(self, boundary: str) -> None:
        if not self.place.begun:
            return
        with self.place.opened() as app:
            cut = app.ledger.select(DispatchState, status=DispatchStatus.SENDING)
            if self.place.fleet.pairs:
                # The other one may have taken over already; nothing else leaves a letter open.
                lost = app.ledger.select(DispatchState, status=DispatchStatus.UNCERTAIN)
                cut += [one for one in lost if one.channel is Channel.EMAIL]
        for one in cut:
            # The kill before this one may have been in the way of noting it.
            self.interrupted.setdefault((one.dispatch, one.attempts), boundary)

    def _first(self) -> list[str]:
        if self.killed >= self.kills:
            # A long run has kills beyond those for what nobody was killed at, late in a campaign.
            return self.tally.spared if self.share == 1 else []
        return [name for name in self.first if not self.tally.kills[name]]

    def _passes(self) -> Mapping[str, int]:
        if first := self._first():
            return dict.fromkeys(first, 0)
        found: dict[str, int] = {}
        for name in sorted(self.tally.wanted):
            kills = self.tally.kills[name]
            if kills:
                found[name] = self.chance.randint(2, 10 + 10 * kills)
            elif self.chance.random() < self.share:
                found[name] = 0
        return found

    def _quiet(self, phase: Phase) -> bool:
        return not self._waits(phase)

    def _waits(self, phase: Phase) -> str:
        """Say what the phase still waits for; empty when all is quiet."""
        if not self.offices.finished(phase.letters):
            return "offices that await letters"
        if incidents := self.incidents.waits():
            return incidents
        try:
            with self.place.opened() as app:
                return unsettled(app, phase, self.offices)
        except (StoreFailed, Conflict) as error:  # the daemon may be making the store
            return f"the store: {error}"

    def _operator(self) -> None:
        """Decide what stayed uncertain as a person does: by asking the office whether it came."""
        if not self.place.begun:
            return
        try:
            decisions = self._decisions()
        except (StoreFailed, Conflict):
            return  # the daemon may be making the store
        for review, decision in decisions.items():
            self.tally.asked += 1
            self.desk.decide(review, decision)

    def _decisions(self) -> Mapping[str, Decision]:
        with self.place.opened() as app:
            waiting = [one for one in open_reviews(app) if one.kind is ReviewKind.UNCERTAIN]
            return {one.review: self._decision(app, str(one.dispatch)) for one in waiting}

    def _decision(self, app: App, name: str) -> Decision:
        dispatch = app.ledger.get(DispatchState, (name,))
        if dispatch is None or dispatch.status is not DispatchStatus.UNCERTAIN:
            return Decision.NOTED
        return Decision.ACCEPT if self._has(dispatch) else Decision.RESEND

    def _has(self, dispatch: DispatchState) -> bool:
        if dispatch.channel is Channel.EXCHANGE:
            return self.place.exchange.held()[dispatch.target, dispatch.document_id or ""] > 0
        letters = self.place.postfix.mail_for(Address(dispatch.target))
        return any(Received.of(raw).message_id == dispatch.message_id for raw in letters)

    def _of_command(self) -> Mapping[str, int]:
        # The last kill is that of the daemon that is aimed at now.
        return self._passes() if self.killed + 1 < self.kills else {}

    def _command_ended(self, reached: Sequence[str]) -> None:
        """Note what a command reached, and whether it was killed at that."""
        self.tally.reached.update(reached)
        if reached and reached[-1].startswith("killed "):
            self.killed += 1
            self.tally.kills[reached[-1].removeprefix("killed ")] += 1


def _late(assignment: AssignmentState) -> bool:
    return assignment.late or assignment.status is AssignmentStatus.REPORTED


def unsettled(app: App, phase: Phase, offices: Offices) -> str:
    """Say what a phase still waits for in the store; empty when nothing."""
    rounds = [one.status for one in app.ledger.select(RoundState, campaign=CAMPAIGN)]
    if rounds != [phase.status]:
        return f"the round is {rounds}, not {phase.status}"
    owing = app.ledger.select(AssignmentState, campaign=CAMPAIGN)
    if phase.late and not all(map(_late, owing)):
        return "a deadline that has passed"
    for one in app.ledger.select(DispatchState):
        uncertain = one.status is DispatchStatus.UNCERTAIN and one.due_at is not None
        if one.status in _LEFT or uncertain:
            return f"{one.dispatch} is {one.status}"
    if waiting := app.ledger.select(RawState, status=RawStatus.ARRIVED):
        return f"{len(waiting)} inputs are not read"
    answers = (AnswerStatus.PLANNED, AnswerStatus.DEFERRED)
    if any(app.ledger.select(AnswerState, status=status) for status in answers):
        return "status messages of ours"
    sent = sum(replies.total() for replies in offices.replies().values())
    if (recorded := len(app.ledger.select(ReplyState))) < sent:
        return f"{recorded} of {sent} replies are recorded"
    return ""
