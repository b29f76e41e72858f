"""What is due at a given instant: the pure decision of the daemon.

Every function reads the picture of a campaign and returns intents; nothing is carried out here.
Asking twice at one instant gives the same answer until the intents have been recorded.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.campaign import Channel, ChannelChoice, Expected
from domain.facts import About
from domain.ids import DispatchId, OfficeId, RoundId
from domain.intents import (
    CancelDispatch,
    Compile,
    FinishForwarding,
    Intent,
    OpenRound,
    PassDeadline,
    PlanDispatch,
    Probe,
    ReadyRound,
    ReportNoDoor,
    Transmit,
)
from domain.kinds import DispatchKind, ReviewKind
from domain.machine import ENDED, joint_events, settled
from domain.recipients import Door, Recipient, doors, expand, heirs, successor
from domain.state import AssignmentState, DispatchState, RoundState
from domain.status import (
    AssignmentStatus,
    DispatchStatus,
    JointCondition,
    RoundEvent,
    RoundStatus,
)
from schedulers.calendar import WorkingCalendar, due_date, local_day
from schedulers.picture import Picture
from schedulers.reminders import due_reminder, held_back, schedule

_FIRST = (DispatchKind.DIRECTIVE, DispatchKind.NOTICE)
_NOT_YET_SENT = (DispatchStatus.PLANNED, DispatchStatus.DEFERRED)
_CLOSED = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)
_UNDER_WAY = (*_NOT_YET_SENT, DispatchStatus.SENDING, DispatchStatus.UNCERTAIN)


def due(picture: Picture, calendar: WorkingCalendar, now: datetime) -> list[Intent]:
    """Return everything to be done for one campaign at ``now``, in the order of doing it."""
    found: list[Intent] = []
    for round_state in picture.rounds:
        found += _first_dispatches(picture, round_state)
        found += _deadlines(picture, round_state, now)
        found += _reminders(picture, round_state, calendar, now)
        found += _joint(picture, round_state, now)
        found += _compilation(picture, round_state)
        found += _forwarding(picture, round_state, now)
    found += _transmissions(picture, found, now)
    found += _later_round(picture, now)
    return found


def recipients_of(picture: Picture, day: datetime | None = None) -> tuple[Recipient, ...]:
    """Return the campaign's recipients: groups expand at the directive's issue date."""
    issued_on = picture.directive.directive.issued_on or local_day(
        day or picture.directive.taken_at
    )
    return expand(picture.campaign, picture.directory, issued_on)


def _of_round(picture: Picture, round_state: RoundState) -> list[AssignmentState]:
    return [a for a in picture.assignments if a.round == round_state.round]


def _dispatches(
    picture: Picture, round_state: RoundState, kinds: Iterable[DispatchKind]
) -> dict[OfficeId, list[DispatchState]]:
    wanted = frozenset(kinds)
    found: dict[OfficeId, list[DispatchState]] = {}
    for dispatch in picture.dispatches:
        if dispatch.round == round_state.round and dispatch.kind in wanted:
            found.setdefault(dispatch.office, []).append(dispatch)
    return found


def _first_dispatches(picture: Picture, round_state: RoundState) -> list[Intent]:
    """Bring the directive (or a later round's notice) to each assignment by each of its doors."""
    first = round_state.round == picture.rounds[0].round
    kind = DispatchKind.DIRECTIVE if first else DispatchKind.NOTICE
    sent = _dispatches(picture, round_state, _FIRST)
    if round_state.status is RoundStatus.FORWARDED:
        return []
    taking_part = (
        recipients_of(picture) if first else recipients_of_round(picture, round_state.opened_at)[0]
    )
    choices = {recipient.office.id: recipient for recipient in taking_part}
    found: list[Intent] = []
    for assignment in _of_round(picture, round_state):
        choice = choices.get(assignment.office)
        if choice is not None and assignment.status not in _CLOSED:
            used = {d.channel for d in sent.get(assignment.office, [])}
            found += _by_its_doors(picture, assignment, kind, choice, used)
    return found


def _unused(ways: Iterable[Door], choice: ChannelChoice, used: set[Channel]) -> list[Door]:
    """Return the doors still to be used: where one is enough, a new one brings no second letter."""
    if used and choice is not ChannelChoice.BOTH:
        return []
    return [(channel, target) for channel, target in ways if channel not in used]


def _by_its_doors(
    picture: Picture,
    assignment: AssignmentState,
    kind: DispatchKind,
    choice: Recipient,
    used: set[Channel],
) -> list[Intent]:
    ways = doors(choice.office, choice.channels, picture.campaign.exchange)
    if not ways and not used:
        return _no_door(picture, assignment.about)
    return [
        PlanDispatch(
            about=assignment.about,
            kind=kind,
            occurrence=1,
            channel=channel,
            target=target,
            why=f"{assignment.expected} expected, nothing sent by {channel} yet",
        )
        for channel, target in _unused(ways, choice.channels, used)
    ]


def _no_door(picture: Picture, about: About) -> list[Intent]:
    known = any(r.kind is ReviewKind.NO_DOOR and r.office == about.office for r in picture.reviews)
    why = "no identifier on the exchange and no mail address that the campaign may use"
    return [] if known else [ReportNoDoor(about=about, why=why)]


def _deadlines(picture: Picture, round_state: RoundState, now: datetime) -> list[Intent]:
    return [
        PassDeadline(about=a.about, due_at=a.due_at, why="the deadline went by unanswered")
        for a in _of_round(picture, round_state)
        if a.due_at is not None
        and a.due_at < now
        and not a.late
        and not settled(a.expected, a.status)
    ]


def _reminders(
    picture: Picture, round_state: RoundState, calendar: WorkingCalendar, now: datetime
) -> list[Intent]:
    if round_state.status is RoundStatus.FORWARDED:
        return []
    first = _dispatches(picture, round_state, _FIRST)
    sent = _dispatches(picture, round_state, [DispatchKind.REMINDER])
    found: list[Intent] = []
    times_of: dict[datetime, list[datetime]] = {}
    rule, before = picture.campaign.reminders, picture.campaign.rounds.before
    for assignment in _of_round(picture, round_state):
        written = [d for d in first.get(assignment.office, []) if d.status not in ENDED]
        reached = [d for d in written if d.accepted_at]
        since = min((d.accepted_at for d in reached if d.accepted_at), default=None)
        if assignment.due_at is None or since is None:
            continue
        if assignment.due_at not in times_of:
            times_of[assignment.due_at] = schedule(rule, calendar, assignment.due_at, before=before)
        day = due_reminder(assignment, times_of[assignment.due_at], now, since=since)
        if day is None or held_back(assignment, picture.reviews):
            continue
        occurrence = int(f"{day:%Y%m%d}")
        if any(d.occurrence >= occurrence for d in sent.get(assignment.office, [])):
            continue
        door = _best_door(reached)
        found.append(
            PlanDispatch(
                about=assignment.about,
                kind=DispatchKind.REMINDER,
                occurrence=occurrence,
                channel=door.channel,
                target=door.target,
                why=f"{assignment.expected} still open, reminder of {day:%Y-%m-%d}",
            )
        )
    return found


def _best_door(reached: list[DispatchState]) -> DispatchState:
    """Remind by mail where the office got a mail: that is where a person reads."""
    return min(reached, key=lambda d: d.channel is not Channel.EMAIL)


def _joint(picture: Picture, round_state: RoundState, now: datetime) -> list[Intent]:
    assignments = _of_round(picture, round_state)
    awaited = [a for a in assignments if a.expected is not Expected.INFORMATION]
    holds = set()
    if awaited and all(settled(a.expected, a.status) for a in awaited):
        holds.add(JointCondition.ALL_SETTLED)
    if now >= round_state.compile_at:
        holds.add(JointCondition.TIME_TO_COMPILE)
    about = About(campaign=round_state.campaign, round=round_state.round)
    if RoundEvent.READIED not in joint_events(round_state.status, holds):
        return []
    all_settled = JointCondition.ALL_SETTLED in holds
    why = "every assignment is settled" if all_settled else "the time for compiling has come"
    return [ReadyRound(about=about, settled=all_settled, why=why)]


def _compilation(picture: Picture, round_state: RoundState) -> list[Intent]:
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
    counted = {a.report for a in _of_round(picture, round_state) if a.report}
    if counted == set(made.reports):
        return []
    return [Compile(about=about, version=following, why="reports came after the last version")]


def _forwarding(picture: Picture, round_state: RoundState, now: datetime) -> list[Intent]:
    rule = picture.campaign.forward
    if rule is None or round_state.status is not RoundStatus.APPROVED:
        return []
    sent = [
        d
        for d in picture.dispatches
        if d.kind is DispatchKind.COMPILATION
        and d.round == round_state.round
        and d.occurrence == round_state.version
    ]
    department = (
        sent[0].office
        if sent
        else successor(picture.directory, rule.office, picture.campaign.function, local_day(now))
    )
    about = About(campaign=round_state.campaign, round=round_state.round, office=department)
    office = picture.directory.get(department)
    ways = doors(office, rule.channels, picture.campaign.exchange) if office else ()
    if not ways and not sent:
        return _no_door(picture, about)
    unused = _unused(ways, rule.channels, {d.channel for d in sent})
    if not unused:
        return _handed_over(round_state, about, sent)
    return [
        PlanDispatch(
            about=about,
            kind=DispatchKind.COMPILATION,
            occurrence=round_state.version,
            channel=channel,
            target=target,
            why=f"version {round_state.version} is approved",
        )
        for channel, target in unused
    ]


def _handed_over(round_state: RoundState, about: About, sent: list[DispatchState]) -> list[Intent]:
    done = all(d.status not in _UNDER_WAY for d in sent)
    if not done or all(d.status in ENDED for d in sent):
        return []
    events = joint_events(round_state.status, {JointCondition.RESULT_HANDED_OVER})
    return [
        FinishForwarding(about=about, version=round_state.version, why="the Department has it")
        for _ in events
    ]


def _transmissions(picture: Picture, planned: list[Intent], now: datetime) -> list[Intent]:
    needless = _needless_reminders(picture, planned)
    found: list[Intent] = []
    for d in picture.dispatches:
        if d.status not in _UNDER_WAY or d.due_at is None or d.due_at > now:
            continue
        if d.status is DispatchStatus.UNCERTAIN:
            # Without evidence a probe sends again: a needless reminder is left uncertain instead.
            if d.dispatch not in needless:
                found.append(Probe(about=d.about, dispatch=d.dispatch, why="outcome not known"))
        elif d.dispatch in needless:
            why = needless[d.dispatch]
            found.append(CancelDispatch(about=d.about, dispatch=d.dispatch, why=why))
        else:
            why = "planned" if d.status is DispatchStatus.PLANNED else "put off until now"
            found.append(Transmit(about=d.about, dispatch=d.dispatch, why=why))
    return found


def _needless_reminders(picture: Picture, planned: list[Intent]) -> dict[DispatchId, str]:
    """Return the reminders that must not go out any more, with the reason."""
    answered = {(a.round, a.office) for a in picture.assignments if settled(a.expected, a.status)}
    reminders = [d for d in picture.dispatches if d.kind is DispatchKind.REMINDER]
    to_come: list[DispatchState | PlanDispatch] = [*reminders]
    to_come += [i for i in planned if isinstance(i, PlanDispatch)]
    newest: dict[About, int] = {}
    for one in to_come:
        if one.kind is DispatchKind.REMINDER:
            newest[one.about] = max(newest.get(one.about, 0), one.occurrence)
    found: dict[DispatchId, str] = {}
    for d in reminders:
        if (d.round, d.office) in answered:
            found[d.dispatch] = "answered before the reminder went out"
        elif d.occurrence < newest[d.about]:
            found[d.dispatch] = "a later reminder takes its place"
    return found


def _later_round(picture: Picture, now: datetime) -> list[Intent]:
    rule = picture.campaign.rounds
    if not rule.yearly or not picture.rounds:
        return []
    latest = max(picture.rounds, key=lambda r: r.due_on)
    due_on = due_date(rule, latest.due_on.year + 1)
    if local_day(now) < due_on - timedelta(days=rule.open_days_before):
        return []
    about = About(campaign=picture.campaign.id, round=RoundId(str(due_on.year)))
    return [OpenRound(about=about, due_on=due_on, why="the yearly duty comes round again")]


def recipients_of_round(
    picture: Picture, opened_at: datetime
) -> tuple[list[Recipient], list[OfficeId]]:
    """Return who takes part in a round opened at an instant, and offices without a successor."""
    kept, ended = heirs(
        recipients_of(picture), picture.directory, picture.campaign.function, local_day(opened_at)
    )
    return kept, [office.id for office in ended]
