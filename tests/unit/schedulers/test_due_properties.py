"""What ``due`` never does, whatever rows it is shown, likely or not."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.campaign import Channel, ChannelChoice, Expected, RecipientRule
from domain.ids import DispatchId, OfficeId, ReviewId, RoundId
from domain.intents import PlanDispatch, Transmit
from domain.kinds import DispatchKind, ReviewKind
from domain.state import AssignmentState, DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus, RoundStatus
from schedulers.calendar import WorkingCalendar, local_day
from schedulers.due import due
from schedulers.picture import Picture
from schedulers.reminders import HOLDING
from tests.unit.domain.round_story import Story, ruled
from tests.unit.domain.small_district import (
    CAMPAIGN,
    DIGEST,
    HOI_NONG_DAN,
    HOUR,
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
MOMENTS = st.integers(0, 237 * 24).map(lambda hours: START + hours * HOUR)
AUTUMN = st.integers(165 * 24, 237 * 24).map(lambda hours: START + hours * HOUR)
DAYS = st.sampled_from((20241025, 20241105, 20241106, 20241111, 20241113, 20241126))
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
    return Story().begin().picture()


def _assignment(before: AssignmentState) -> st.SearchStrategy[AssignmentState]:
    return st.builds(
        replace,
        st.just(before),
        expected=st.sampled_from(Expected),
        status=st.sampled_from(AssignmentStatus),
        due_at=st.just(before.due_at) | st.none() | MOMENTS,
        extended_at=st.none() | MOMENTS,
        late=st.booleans(),
    )


def _dispatch(
    office: OfficeId,
    kind: DispatchKind,
    occurrence: int,
    channel: Channel,
    status: DispatchStatus,
    times: tuple[datetime, datetime | None, datetime | None],
) -> DispatchState:
    planned_at, accepted_at, due_at = times
    return DispatchState(
        dispatch=DispatchId(f"{CAMPAIGN}/{ROUND}/{office}/{kind}/{occurrence}/{channel}"),
        campaign=CAMPAIGN,
        round=ROUND,
        office=office,
        kind=kind,
        occurrence=occurrence,
        channel=channel,
        status=status,
        target="x@huulung.example",
        content=DIGEST,
        token="t",
        subject_token="DD-1",
        subject="",
        planned_at=planned_at,
        changed_at=planned_at,
        accepted_at=accepted_at,
        due_at=due_at,
    )


TIMES = st.tuples(MOMENTS, st.just(START) | st.none() | MOMENTS, st.none() | MOMENTS)
CHANNELS, STATUSES = st.sampled_from(Channel), st.sampled_from(DispatchStatus)
LETTERS = st.builds(
    _dispatch, OFFICES, st.just(DispatchKind.DIRECTIVE), st.just(1), CHANNELS, STATUSES, TIMES
)
REMINDERS = st.builds(
    _dispatch, OFFICES, st.just(DispatchKind.REMINDER), DAYS, CHANNELS, STATUSES, TIMES
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


REVIEWS = st.builds(
    _review,
    OFFICES,
    st.sampled_from([ReviewKind.NO_DOOR, ReviewKind.QUESTION, ReviewKind.UNCLEAR_REPLY]),
    st.booleans(),
    st.sampled_from([ROUND, RoundId("2023")]),
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Rows of one round in any combination, also ones that no story leads to."""
    begun = beginning()
    sent = draw(st.lists(LETTERS | REMINDERS, max_size=8, unique_by=lambda d: d.dispatch))
    (opened,) = begun.rounds
    status = st.sampled_from([RoundStatus.OPEN, RoundStatus.READY, RoundStatus.FORWARDED])
    rules = draw(st.just(begun.campaign) | RULES.map(lambda r: ruled(recipients=tuple(r))))
    return replace(
        begun,
        campaign=rules,
        rounds=[replace(opened, status=draw(status))],
        assignments=[draw(_assignment(a)) for a in begun.assignments],
        dispatches=sent,
        reviews=draw(st.lists(REVIEWS, max_size=3)),
    )


def planned(picture: Picture, now: datetime) -> list[PlanDispatch]:
    return of(PlanDispatch, due(picture, CALENDAR, now))


@settings(max_examples=100, deadline=None)
@given(pictures(), AUTUMN)
def test_no_office_gets_two_reminders_for_one_day(picture: Picture, now: datetime) -> None:
    found = [i for i in planned(picture, now) if i.kind is DispatchKind.REMINDER]
    assert max(Counter(i.about for i in found).values(), default=1) == 1
    earlier = [d for d in picture.dispatches if d.kind is DispatchKind.REMINDER]
    for plan in found:
        own = [d for d in earlier if d.about == plan.about]
        assert all(d.occurrence < plan.occurrence for d in own)
        assert local_day(now) not in {local_day(d.planned_at) for d in own}


@settings(max_examples=100, deadline=None)
@given(pictures(), AUTUMN)
def test_nothing_is_planned_for_an_office_that_reported_or_is_waived(
    picture: Picture, now: datetime
) -> None:
    closed = {a.about for a in picture.assignments if a.status in CLOSED}
    assert closed.isdisjoint(i.about for i in planned(picture, now))


@settings(max_examples=100, deadline=None)
@given(pictures(), AUTUMN)
def test_no_door_is_used_twice_for_the_letter(picture: Picture, now: datetime) -> None:
    letters = [i for i in planned(picture, now) if i.kind is DispatchKind.DIRECTIVE]
    found = Counter((i.about, i.channel) for i in letters)
    assert max(found.values(), default=1) == 1
    used = {(d.about, d.channel) for d in picture.dispatches if d.kind is DispatchKind.DIRECTIVE}
    assert used.isdisjoint(found)


@settings(max_examples=100, deadline=None)
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


@settings(max_examples=100, deadline=None)
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
