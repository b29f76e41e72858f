"""What ``due`` never does, whatever rows it is shown, likely or not."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaign import Channel, ChannelChoice, Expected, RecipientRule
from domain.ids import DispatchId, OfficeId, ReviewId, RoundId
from domain.intents import CancelDispatch, PlanDispatch, Transmit
from domain.kinds import DispatchKind, ReviewKind
from domain.state import AssignmentState, DispatchStanding, DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus, RoundStatus
from domain.waiting import noted_ahead
from schedulers.calendar import WorkingCalendar, at_local, local_day
from schedulers.due import due
from schedulers.picture import Picture
from schedulers.reminders import HOLDING
from tests.unit.domain.round_story import Story, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DIGEST,
    HOI_NONG_DAN,
    LANH_DAO,
    MINH_TIEN,
    PHONG_Y_TE,
    ROUND,
    START,
    YEN_SON,
)
from tests.unit.schedulers.intents_found import of

CALENDAR = WorkingCalendar()
ASSIGNED = (YEN_SON, MINH_TIEN, PHONG_Y_TE, HOI_NONG_DAN, LANH_DAO)
CLOSED = (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED)
OFFICES = st.sampled_from(ASSIGNED)
AUTUMN = st.sampled_from(
    [
        at_local(date(2024, month, day), time(hour, 30))
        for month, day in ((10, 25), (11, 5), (11, 6), (11, 11), (11, 13), (11, 20), (12, 4))
        for hour in (7, 8)
    ]
)
"""Just before and just after the instants at which reminders fall due, and days without any."""

MOMENTS = st.just(START) | AUTUMN
RULES = st.lists(
    st.builds(
        RecipientRule,
        group=st.sampled_from(("xa", "phong", "biet")),
        expected=st.sampled_from(Expected),
        channels=st.sampled_from(ChannelChoice),
    )
    | st.builds(RecipientRule, office=OFFICES, expected=st.sampled_from(Expected)),
    max_size=4,
)


@cache
def beginning() -> Picture:
    """Return a round whose letters have been taken by their servers."""
    story = Story().begin()
    story.run(START)
    return story.picture()


def _assignment(before: AssignmentState) -> st.SearchStrategy[AssignmentState]:
    return st.just(before) | st.builds(
        replace,
        st.just(before),
        expected=st.sampled_from(Expected),
        status=st.sampled_from(AssignmentStatus),
        due_at=st.just(before.due_at) | st.none() | MOMENTS,
        extended_at=st.none() | MOMENTS,
        late=st.booleans(),
    )


def _letter(before: DispatchStanding) -> st.SearchStrategy[DispatchStanding | None]:
    changed = st.builds(
        replace,
        st.just(before),
        status=st.sampled_from(DispatchStatus),
        accepted_at=st.none() | MOMENTS,
        due_at=st.none() | MOMENTS,
    )
    return st.just(before) | changed | st.none()


def _reminder(
    office: OfficeId, day: int, status: DispatchStatus, planned_at: datetime, due_at: datetime
) -> DispatchState:
    return DispatchState(
        dispatch=DispatchId(f"{CAMPAIGN}/{ROUND}/{office}/reminder/{day}/email"),
        campaign=CAMPAIGN,
        round=ROUND,
        office=office,
        kind=DispatchKind.REMINDER,
        occurrence=day,
        channel=Channel.EMAIL,
        status=status,
        target="x@huulung.example",
        content=DIGEST,
        token="t",
        subject_token="DD-1",
        subject="",
        planned_at=planned_at,
        changed_at=planned_at,
        due_at=due_at,
    )


REMINDERS = st.builds(
    _reminder,
    OFFICES,
    st.sampled_from((20241025, 20241105, 20241111, 20241113)),
    st.just(DispatchStatus.DEFERRED) | st.sampled_from(DispatchStatus),
    MOMENTS,
    MOMENTS,
)


def _review(office: OfficeId, kind: ReviewKind, is_open: bool, round_id: RoundId) -> ReviewState:
    return ReviewState(
        review=ReviewId(f"R {office} {kind}"),
        kind=kind,
        campaign=CAMPAIGN,
        round=round_id,
        office=office,
        reason="",
        opened_at=START,
        open=is_open,
    )


ROUNDS = st.just(RoundStatus.OPEN) | st.sampled_from([RoundStatus.READY, RoundStatus.FORWARDED])
REVIEWS = st.builds(
    _review,
    OFFICES,
    st.just(ReviewKind.UNCLEAR_REPLY) | st.just(ReviewKind.NO_DOOR),
    st.just(True) | st.booleans(),
    st.just(ROUND) | st.sampled_from([ROUND, RoundId("2023")]),
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Rows of one round in any combination, also ones that no story leads to."""
    begun = beginning()
    (opened,) = begun.rounds
    letters = [draw(_letter(d)) for d in begun.dispatches]
    reminders = draw(st.lists(REMINDERS, max_size=4, unique_by=lambda d: d.dispatch))
    rules = draw(st.none() | RULES)
    return replace(
        begun,
        campaign=begun.campaign if rules is None else ruled(recipients=tuple(rules)),
        rounds=[replace(opened, status=draw(ROUNDS))],
        assignments=[draw(_assignment(a)) for a in begun.assignments],
        dispatches=[*filter(None, letters), *reminders],
        reviews=draw(st.lists(REVIEWS, max_size=3)),
    )


def planned(picture: Picture, now: datetime) -> list[PlanDispatch]:
    return of(PlanDispatch, due(picture, CALENDAR, now))


@settings(max_examples=60, deadline=None)
@given(pictures(), AUTUMN)
def test_no_office_gets_two_reminders_for_one_day(picture: Picture, now: datetime) -> None:
    intents = due(picture, CALENDAR, now)
    found = [i for i in of(PlanDispatch, intents) if i.kind is DispatchKind.REMINDER]
    assert max(Counter(i.about for i in found).values(), default=1) == 1
    # One that has not left may be dropped, and planned anew to another address.
    dropped = {i.dispatch for i in of(CancelDispatch, intents)}
    reminders = [d for d in picture.dispatches if d.kind is DispatchKind.REMINDER]
    earlier = [d for d in reminders if d.dispatch not in dropped]
    for plan in found:
        assert plan.occurrence not in {d.occurrence for d in reminders if d.about == plan.about}
        own = [d for d in earlier if d.about == plan.about and not noted_ahead(d.planned_at, now)]
        assert all(d.occurrence < plan.occurrence for d in own)
        assert local_day(now) not in {local_day(d.planned_at) for d in own}


@settings(max_examples=60, deadline=None)
@given(pictures(), AUTUMN)
def test_nothing_is_planned_for_an_office_that_reported_or_is_waived(
    picture: Picture, now: datetime
) -> None:
    closed = {a.about for a in picture.assignments if a.status in CLOSED}
    assert closed.isdisjoint(i.about for i in planned(picture, now))


@settings(max_examples=60, deadline=None)
@given(pictures(), AUTUMN)
def test_no_door_is_used_twice_for_the_letter(picture: Picture, now: datetime) -> None:
    letters = [i for i in planned(picture, now) if i.kind is DispatchKind.DIRECTIVE]
    found = Counter((i.about, i.channel) for i in letters)
    assert max(found.values(), default=1) == 1
    # A letter that was dropped before it left frees its door.
    used = {
        (d.about, d.channel)
        for d in picture.dispatches
        if d.kind is DispatchKind.DIRECTIVE and d.status is not DispatchStatus.CANCELLED
    }
    assert used.isdisjoint(found)


@settings(max_examples=60, deadline=None)
@given(pictures(), AUTUMN)
def test_no_reminder_is_planned_or_sent_while_a_review_may_hold_the_answer(
    picture: Picture, now: datetime
) -> None:
    held = {r.about for r in picture.reviews if r.open and r.kind in HOLDING and r.round == ROUND}
    reminders = {d.dispatch for d in picture.dispatches if d.kind is DispatchKind.REMINDER}
    found = due(picture, CALENDAR, now)
    planned_for = {i.about for i in of(PlanDispatch, found) if i.kind is DispatchKind.REMINDER}
    sent_to = {i.about for i in of(Transmit, found) if i.dispatch in reminders}
    assert held.isdisjoint(planned_for | sent_to)


@settings(max_examples=60, deadline=None)
@given(pictures(), AUTUMN)
def test_what_is_due_depends_on_no_order_of_rows(picture: Picture, now: datetime) -> None:
    turned = replace(
        picture,
        dispatches=list(reversed(picture.dispatches)),
        reviews=list(reversed(picture.reviews)),
    )
    found = due(picture, CALENDAR, now)
    assert due(picture, CALENDAR, now) == found
    assert Counter(due(turned, CALENDAR, now)) == Counter(found)
