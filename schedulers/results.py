"""The result of a round: when it can be compiled, what is out of date, where it goes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain.campaign import Expected, ForwardRule
from domain.facts import About
from domain.intents import Compile, FinishForwarding, Intent, PlanDispatch, ReadyRound
from domain.kinds import DispatchKind, ReviewKind
from domain.machine import ENDED, joint_events, settled
from domain.office import Office
from domain.recipients import Door, doors_on, passings, successor
from domain.state import DispatchStanding, RoundState
from domain.status import JointCondition, RoundEvent, RoundStatus
from schedulers.calendar import local_day
from schedulers.doors import FIRST, no_door, unused
from schedulers.parts import parts_of
from schedulers.picture import UNDER_WAY, Picture
from schedulers.transmissions import parked

_NOT_SENT = (
    "the time for compiling has come, but the letter has left for nobody; mend what "
    "`dondoc doctor` names and resend what was given up: the round is compiled once one has left"
)

_TIME_TO_SEND = timedelta(days=1)
"""A round that opens after its time for compiling has its letters sent first."""


def joint(picture: Picture, round_state: RoundState, now: datetime) -> list[Intent]:
    """Return whether the round can be compiled by the joint table."""
    assignments = picture.assignments_of(round_state)
    awaited = [a for a in assignments if a.expected is not Expected.INFORMATION]
    holds = set()
    if awaited and all(settled(a.expected, a.status) for a in awaited):
        holds.add(JointCondition.ALL_SETTLED)
    about = About(campaign=round_state.campaign, round=round_state.round)
    if now >= round_state.compile_at and round_state.status is RoundStatus.OPEN:
        if not _begun(picture, round_state):
            tried = now >= round_state.opened_at + _TIME_TO_SEND
            return picture.ask(ReviewKind.NOT_SENT, about, _NOT_SENT) if tried else []
        holds.add(JointCondition.TIME_TO_COMPILE)
    if RoundEvent.READIED not in joint_events(round_state.status, holds):
        return []
    all_settled = JointCondition.ALL_SETTLED in holds
    why = "every assignment is settled" if all_settled else "the time for compiling has come"
    return [ReadyRound(about=about, settled=all_settled, why=why)]


def _begun(picture: Picture, round_state: RoundState) -> bool:
    """Return whether the letter left for anybody, or somebody answered or was waived without it."""
    written = picture.dispatches_of(round_state, FIRST).values()
    return any(d.accepted_at for sent in written for d in sent) or any(
        settled(a.expected, a.status)
        for a in picture.assignments_of(round_state)
        if a.expected is not Expected.INFORMATION
    )


def compilation(picture: Picture, round_state: RoundState) -> list[Intent]:
    """Return whether a version is to be made: the first, or one that the last lacks."""
    about = About(campaign=round_state.campaign, round=round_state.round)
    following = round_state.version + 1
    if round_state.status is RoundStatus.READY:
        return [Compile(about=about, version=following, why="the round is ready")]
    if round_state.status is not RoundStatus.COMPILED:
        return []
    made = next(
        c
        for c in picture.compilations
        if c.round == round_state.round and c.version == round_state.version
    )
    assignments = picture.assignments_of(round_state)
    counted = {a.report for a in assignments if a.report}
    missing = {
        a.office
        for a in assignments
        if a.expected is Expected.REPORT and not settled(a.expected, a.status)
    }
    if counted == set(made.reports) and missing == set(made.missing):
        return []
    return [Compile(about=about, version=following, why="something changed since the last version")]


def forwarding(picture: Picture, round_state: RoundState, now: datetime) -> list[Intent]:
    """Return how an approved version goes on to the Department, by each of its doors."""
    rule = picture.campaign.forward
    if rule is None or round_state.status is not RoundStatus.APPROVED:
        return []
    sent = [
        d
        for d in picture.dispatches
        if d.kind is DispatchKind.COMPILATION
        and d.round == round_state.round
        and d.version == round_state.version
    ]
    today, function = local_day(now), picture.campaign.function
    department = (
        sent[0].office if sent else successor(picture.directory, rule.office, function, today)
    )
    passed = passings(picture.directory, rule.office, function, today)
    about = About(campaign=round_state.campaign, round=round_state.round, office=department)
    office = picture.directory.get(department)
    ways = _ways(picture, office, rule, today) if office else ()
    if not ways and not sent:
        return no_door(picture, about)
    left = unused(ways, rule.channels, {d.channel for d in sent})
    if not left:
        return _handed_over(round_state, about, [*sent, *parts_of(picture, sent)])
    return [
        PlanDispatch(
            about=about,
            kind=DispatchKind.COMPILATION,
            occurrence=round_state.version,
            channel=channel,
            target=target,
            why=f"version {round_state.version} is approved",
            passed=passed if passed and passed[-1].to == department else (),
        )
        for channel, target in left
    ]


def _ways(picture: Picture, office: Office, rule: ForwardRule, day: date) -> Sequence[Door]:
    return doors_on(day, office, rule.channels, picture.campaign.exchange, picture.directory)


def _handed_over(
    round_state: RoundState, about: About, sent: list[DispatchStanding]
) -> list[Intent]:
    # What is left to a person holds nothing up, and does not count as handed over either.
    done = all(d.status not in UNDER_WAY or parked(d) for d in sent)
    if not done or all(d.status in ENDED or parked(d) for d in sent):
        return []
    events = joint_events(round_state.status, {JointCondition.RESULT_HANDED_OVER})
    return [
        FinishForwarding(about=about, version=round_state.version, why="the Department has it")
        for _ in events
    ]
