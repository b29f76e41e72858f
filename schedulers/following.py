"""A directive that the e-office has sent on the exchange itself: who needs a mail in spite of it.

Dondoc only watches there. It writes by mail to offices that the exchange does not reach, once that
is known or the time for it has passed.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from domain.campaign import Channel, ExchangeMode
from domain.facts import About
from domain.ids import DispatchId, OfficeId
from domain.intents import Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from domain.office import Office
from domain.recipients import Door
from domain.state import AssignmentState, DispatchStanding
from domain.status import DispatchStatus
from schedulers.calendar import WorkingCalendar, at_local, local_day
from schedulers.picture import Picture
from schedulers.recall import MAY_HAVE
from schedulers.replacement import following, replacement_number

_OFFICE_OPENS = time(8, 0)

_SILENCE = timedelta(days=5)
"""How long a silent exchange is waited for: nobody may be left without the letter for ever."""

_ON_ITS_WAY = frozenset(
    {
        DispatchStatus.ACCEPTED,
        DispatchStatus.DELAYED,
        DispatchStatus.RELAYED,
        # Ours, from before the campaign was told to follow: the sent list shows what it came to.
        DispatchStatus.PLANNED,
        DispatchStatus.SENDING,
        DispatchStatus.DEFERRED,
        DispatchStatus.UNCERTAIN,
    }
)
_FAILED = frozenset({DispatchStatus.BOUNCED})
"""A refusal (status 02) is no failure: the office has seen the letter, and a person is asked."""

_UNREACHED = (
    "the exchange has not brought it the directive, and it has no mail address; have the e-office "
    "send it again, or add an address to the directory"
)

_NOT_REMINDED = (
    "it is to be reminded and has no mail address, and Dondoc sends nothing on the exchange here "
    "(`exchange: follow`); remind it by telephone, or add an address to the directory"
)


def follows(picture: Picture, kind: DispatchKind) -> bool:
    """Tell whether the e-office distributes: it has sent the directive, not our later notices."""
    return picture.campaign.exchange is ExchangeMode.FOLLOW and kind is DispatchKind.DIRECTIVE


def mail_from(picture: Picture, calendar: WorkingCalendar) -> datetime:
    """Return from when on an office gets a mail that the exchange has not reached by then."""
    since = local_day(picture.directive.replaced_at or picture.directive.taken_at)
    return at_local(calendar.shift(since, picture.campaign.follow.email_after), _OFFICE_OPENS)


def besides_exchange(
    picture: Picture,
    assignment: AssignmentState,
    office: Office,
    calendar: WorkingCalendar,
    now: datetime,
) -> list[Intent]:
    """Return the mail to an office that the exchange does not reach, or that a person is told.

    Nothing while the exchange may still bring the version in force, and nothing once it has.
    """
    letters = _letters(picture, assignment)
    current = [d for d in letters if d.edition == picture.directive.version]
    why = _why_by_mail(office, current, time_is_up=_time_is_up(picture, calendar, now))
    if not why or any(d.channel is Channel.EMAIL for d in current):
        return []
    target = picture.directory.mail_to(office, local_day(now))
    if target is None:
        return picture.ask(ReviewKind.NO_DOOR, assignment.about, _UNREACHED)
    version = picture.directive.version
    has_one = any(d.status in MAY_HAVE and d.edition < version for d in letters)
    kind = DispatchKind.REPLACEMENT if has_one else DispatchKind.DIRECTIVE
    about, channel = assignment.about, Channel.EMAIL
    plan = PlanDispatch(
        about=about,
        kind=kind,
        occurrence=replacement_number(picture, about, channel)
        if has_one
        else following(picture, about, kind, channel),
        channel=channel,
        target=target,
        why=f"{assignment.expected} expected, {why}",
    )
    return [plan]


def _letters(picture: Picture, assignment: AssignmentState) -> list[DispatchStanding]:
    return [
        d
        for d in picture.dispatches_to(assignment.office)
        if d.kind in LETTERS
        and d.round == assignment.round
        and d.status is not DispatchStatus.CANCELLED
    ]


def _time_is_up(picture: Picture, calendar: WorkingCalendar, now: datetime) -> bool:
    """Tell whether the exchange had its time; while it is silent nobody knows what it did."""
    passed = now - mail_from(picture, calendar)
    return passed >= (_SILENCE if picture.unheard else timedelta())


def _why_by_mail(office: Office, sent: Sequence[DispatchStanding], *, time_is_up: bool) -> str:
    """Say why an office needs a mail besides the e-office's sending; nothing if it needs none."""
    seen = {d.status for d in sent if d.channel is Channel.EXCHANGE}
    if seen - _ON_ITS_WAY - _FAILED:
        return ""
    if not (office.organ_id or office.organ_id_old):
        return "it has no identifier on the exchange"
    if seen & _FAILED:
        return "the exchange could not bring it"
    return "as far as is known the exchange has not brought it in time" if time_is_up else ""


def mail_door(picture: Picture, office: OfficeId, day: date) -> Door | None:
    """Return the mail door of an office on ``day``, None when it has none."""
    found = picture.directory.get(office)
    address = picture.directory.mail_to(found, day) if found else None
    return (Channel.EMAIL, address) if address else None


def not_reminded(picture: Picture, about: About) -> list[Intent]:
    """Return that a person is told of an office that Dondoc cannot remind, unless that was done."""
    return picture.ask(ReviewKind.NO_DOOR, about, _NOT_REMINDED)


def sent_by_us(picture: Picture) -> dict[DispatchId, str]:
    """Return what must not go out on the exchange, as the campaign does not send there."""
    if picture.campaign.exchange is ExchangeMode.SEND:
        return {}
    why = f"the campaign says exchange: {picture.campaign.exchange}"
    return {d.dispatch: why for d in picture.dispatches if d.channel is Channel.EXCHANGE}
