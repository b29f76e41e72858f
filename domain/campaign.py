"""Rules of a campaign as an administrator wrote them, free of their file form."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from domain.enclosure import OverSize
from domain.ids import CampaignId, OfficeId, OrganId
from domain.portal import PortalRule


class Expected(StrEnum):
    """What an assignment expects of its office."""

    REPORT = "report"
    ACKNOWLEDGEMENT = "acknowledgement"
    INFORMATION = "information"


def more_of(one: Expected, other: Expected) -> Expected:
    """Return the more that is expected of two."""
    most_first = tuple(Expected)
    return min(one, other, key=most_first.index)


class Channel(StrEnum):
    """A way by which a dispatch travels."""

    EXCHANGE = "exchange"
    EMAIL = "email"


class ExchangeMode(StrEnum):
    """Who distributes on the exchange: Dondoc, the e-office before it, or nobody."""

    SEND = "send"
    FOLLOW = "follow"
    OFF = "off"


class ChannelChoice(StrEnum):
    """Which doors of a recipient are used."""

    PREFER_EXCHANGE = "prefer_exchange"
    PREFER_EMAIL = "prefer_email"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRule:
    """Which documents a campaign takes; every given member must agree, text is compared folded."""

    number: str | None = None
    notation: str | None = None
    issued_on: date | None = None
    subject_contains: tuple[str, ...] = ()
    type_names: tuple[str, ...] = ()
    issuers: tuple[OrganId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientRule:
    """A group or a single office as recipient, with what is expected and by which doors."""

    group: str | None = None
    office: OfficeId | None = None
    expected: Expected = Expected.REPORT
    channels: ChannelChoice = ChannelChoice.PREFER_EXCHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRule:
    """How a directive is followed that the e-office has sent on the exchange itself.

    ``email_after`` counts working days from the taking of the directive: whom the exchange has not
    reached by the morning of that day gets a mail.
    """

    email_after: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRule:
    """Reporting periods: once on ``due_on``, or yearly on ``due_month``/``due_day``.

    ``before`` is the letter's "trước ngày": the day before is the last safe one and the day itself
    is grace, so an office is late only after its end.
    ``open_days_before`` says how many days before its deadline a later yearly round opens.
    """

    yearly: bool
    due_on: date | None = None
    due_month: int = 12
    due_day: int = 31
    before: bool = True
    open_days_before: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRule:
    """When open assignments are reminded, in working days before and after the deadline."""

    before: tuple[int, ...] = (10, 3)
    after: tuple[int, ...] = (1, 3)
    at: time = time(8, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRule:
    """When and how a round is compiled; ``after`` counts working days from the deadline."""

    after: int = 5
    title: str = ""
    place: str = ""
    parent_name: str = ""
    issuer_name: str = ""
    number_notation: str = "BC-UBND"
    signer_capacity: str = ""
    signer_position: str = ""
    signer_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRule:
    """How many recipients are written to first, before a person lets the others follow.

    ``wait`` is how long a letter that a server took may stay without further news.
    """

    first: int = 10
    stop_above_percent: int = 20
    wait: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRule:
    """Where the compilation goes. An office that has ended is followed to its successor."""

    office: OfficeId
    channels: ChannelChoice = ChannelChoice.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Đợt triển khai: one directive being carried out, and every rule for it."""

    id: CampaignId
    title: str
    intake: IntakeRule
    recipients: tuple[RecipientRule, ...]
    rounds: RoundRule
    exchange: ExchangeMode = ExchangeMode.SEND
    follow: FollowRule = FollowRule()
    reminders: ReminderRule = ReminderRule()
    compile: CompileRule = CompileRule()
    forward: ForwardRule | None = None
    function: str | None = None
    """The duty's subject, by which successors are chosen when offices are reorganised."""
    portal: PortalRule | None = None
    """A page on which the directive says that a document is posted."""
    canary: CanaryRule | None = None
    """A few recipients first; None writes to all at once."""
    over_size: OverSize = OverSize.PARTS
    """How files go by mail that one mail cannot carry."""
    source_url: str = ""
    """Address at which the issuer has published the directive's files; empty where none is."""
    keywords: tuple[str, ...] = ()
    """Short names by which offices call the directive in replies, such as ``NQ47``."""
