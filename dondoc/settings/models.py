"""The forms of the files that dondoc.yaml names: directory, campaign, calendar."""

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from domain.campaign import ChannelChoice, ExchangeMode, Expected
from domain.enclosure import OverSize
from domain.office import AddressRole, OfficeKind, OfficeLevel
from domain.words import say
from dondoc.settings.entry import Entry
from dondoc.settings.values import (
    AddressText,
    Clock,
    Id,
    Line,
    Lines,
    Listed,
    Megabytes,
    MonthDay,
    OrganIdText,
    Some,
    Text,
    TextOr,
    WebAddress,
    check_address,
    refuse,
)

# Strict mode would want the enum's member itself; YAML holds its text.
ExpectedText = Annotated[Expected, Field(strict=False)]
ChannelsText = Annotated[ChannelChoice, Field(strict=False)]
ModeText = Annotated[ExchangeMode, Field(strict=False)]
OverSizeText = Annotated[OverSize, Field(strict=False)]
RoleText = Annotated[AddressRole, Field(strict=False)]
KindText = Annotated[OfficeKind, Field(strict=False)]
LevelText = Annotated[OfficeLevel, Field(strict=False)]
WorkingDays = Annotated[int, Field(ge=1, le=250)]


class SuccessorEntry(Entry):
    """Who takes over when an office ends."""

    office: Id
    """Id of the office that takes over."""
    function: Id | None = None
    """The one duty that it takes over; everything else when it is left out."""


class MailboxEntry(Entry):
    """A mail address with its role; an address alone is the clerk's."""

    address: AddressText
    """The mail address."""
    role: RoleText = AddressRole.CLERK
    """Whose it is: clerk (văn thư), leader (lãnh đạo) or private (cá nhân)."""


# An address alone is the usual form; with a role it is a mapping.
Mailbox = Annotated[
    MailboxEntry, TextOr(lambda text: MailboxEntry.model_construct(address=check_address(text)))
]


class DeputyEntry(Entry):
    """Who takes the office's mail on certain days."""

    office: Id | None = None
    """Id of the office that stands in; either this or address."""
    address: AddressText | None = None
    """Mail address that stands in; answers from it count on these days."""
    valid_from: date
    """First day."""
    valid_to: date
    """Last day."""

    @model_validator(mode="after")
    def _one_deputy(self) -> "DeputyEntry":
        if (self.office is None) == (self.address is None):
            raise refuse(
                say("must name either an office or an address"), say("keep exactly one of the two")
            )
        return self


class OfficeEntry(Entry):
    """One office of the directory."""

    id: Id
    """Key of the office; never change it while events name it."""
    name: Text
    """Full name as offices write it."""
    kind: KindText | None = None
    """What sort of body it is; the words are below the table."""
    level: LevelText | None = None
    """commune (xã), district (huyện), province (tỉnh) or central (trung ương)."""
    parent: Id | None = None
    """Id of the office above it; left out, it is our own office or none of the directory."""
    groups: Listed[Text] = ()
    """Names by which campaigns address several offices at once."""
    organ_id: OrganIdText | None = None
    """Mã định danh on the exchange; without one the office is reached by mail only."""
    organ_id_old: OrganIdText | None = None
    """The same in the form of QCVN 102:2016."""
    emails: Listed[Mailbox] = ()
    """Mail addresses, answers are recognised from all; written to is the first of the clerk, else
    of a leader, else a private one."""
    deputies: Listed[DeputyEntry] = ()
    """Who gets its mail in its place from one day to another; the exchange is not concerned."""
    aliases: Listed[Text] = ()
    """Other names by which the office appears in letters."""
    valid_from: date | None = None
    """First day on which the office exists; open when it is left out."""
    valid_to: date | None = None
    """Last day on which the office exists; open when it is left out."""
    successors: Listed[SuccessorEntry] = ()
    """Who takes over after valid_to; one with a function wins for that function."""
    note: Lines = ""
    """A remark for people."""


class DirectoryFile(Entry):
    """A file of offices. Several files make one directory, in the order they are named."""

    offices: Some[OfficeEntry]
    """The offices, in the order in which documents list them."""


class IntakeEntry(Entry):
    """Which document the campaign takes; every given key must agree."""

    number: Text | None = None
    """Number of the document, in quotes."""
    notation: Text | None = None
    """Notation after the number, as UBND-VH."""
    issued_on: date | None = None
    """Date of the document; numbers begin anew each year."""
    subject_contains: Listed[Text] = ()
    """Texts that the subject must all contain."""
    type_names: Listed[Text] = ()
    """Types of document, any of them."""
    issuers: Listed[OrganIdText] = ()
    """Identifiers of the issuing offices, any of them."""

    @model_validator(mode="after")
    def _something(self) -> "IntakeEntry":
        if not any(getattr(self, name) for name in type(self).model_fields if name != "issued_on"):
            raise refuse(
                say("would take every document"), say("give at least a number or a subject text")
            )
        return self


class RecipientEntry(Entry):
    """A group or one office that the directive goes to."""

    group: Text | None = None
    """A group of the directory."""
    office: Id | None = None
    """A single office; its rule wins over that of its groups."""
    expected: ExpectedText = Expected.REPORT
    """What the office owes: report, acknowledgement or information (nothing)."""
    channels: ChannelsText = ChannelChoice.PREFER_EXCHANGE
    """prefer_exchange, prefer_email or both."""

    @model_validator(mode="after")
    def _one_target(self) -> "RecipientEntry":
        if (self.group is None) == (self.office is None):
            raise refuse(
                say("must name either a group or an office"), say("keep exactly one of the two")
            )
        return self


class RoundsEntry(Entry):
    """The reporting periods: every year or once."""

    yearly: MonthDay | None = None
    """Deadline of every year as month-day."""
    once: date | None = None
    """The only deadline as a full date."""
    before: bool = True
    """The letter says "trước ngày": the day before is the last safe one, the day itself grace."""
    open_days_before: Annotated[int, Field(ge=1, le=366)] = 60
    """How many days before its deadline a later yearly round opens."""

    @model_validator(mode="after")
    def _one_rhythm(self) -> "RoundsEntry":
        if (self.yearly is None) == (self.once is None):
            raise refuse(
                say("must be either yearly or once"), say("give yearly: month-day or once: date")
            )
        return self


class RemindersEntry(Entry):
    """When open assignments are reminded."""

    before: Listed[WorkingDays] = (10, 3)
    """Working days before the deadline."""
    after: Listed[WorkingDays] = (1, 3)
    """Working days after the deadline."""
    at: Clock = "08:00"
    """Local time of day."""


class CompileEntry(Entry):
    """When a round is compiled and how the report is printed."""

    after: Annotated[int, Field(ge=0, le=250)] = 5
    """Working days from the deadline to the compilation."""
    title: Line = ""
    """Subject of the report; made from the directive when it is left out."""
    place: Line = ""
    """Place before the date; unit.place when it is left out."""
    parent_name: Line = ""
    """Superior office at the head of the report."""
    issuer_name: Line = ""
    """Issuing office at the head of the report; the directive's when it is left out."""
    number_notation: Text = "BC-UBND"
    """Notation after the report's number."""
    signer_capacity: Lines = ""
    """Lines above the signer's position, as KT. CHỦ TỊCH."""
    signer_position: Line = ""
    """Position of the signer."""
    signer_name: Line = ""
    """Full name of the signer."""


class ForwardEntry(Entry):
    """Where the compilation goes."""

    office: Id
    """The Department; one that has ended is followed to its successor."""
    channels: ChannelsText = ChannelChoice.BOTH
    """prefer_exchange, prefer_email or both."""


class FollowEntry(Entry):
    """How the e-office's own sending is followed."""

    email_after: Annotated[int, Field(ge=0, le=30)] = 1
    """Working days after which an office that the exchange has not reached gets a mail; 0 writes at
    once."""


class PortalEntry(Entry):
    """A web page on which the letter says that a document is posted."""

    page: Text
    """Address of the page that lists documents, https."""
    mapping: Text
    """The mapping file of the portal, relative to this file."""
    document: Text
    """Number and notation of the posted document, in quotes."""
    issued_on: date | None = None
    """Its date; numbers begin anew each year."""
    file: Text | None = None
    """Pattern for its file name, as "*47*NQ*"; left out, the number in the name decides."""
    hosts: Listed[Text] = ()
    """Addresses, https, of further hosts that its files lie on."""
    patience_days: Annotated[int, Field(ge=0, le=60)] = 1
    """Working days after which a person is asked when the portal does not give the file."""
    max_megabytes: Megabytes = 64
    """Largest file that is fetched, in 1 048 576 octets."""
    ca_file: Text | None = None
    """PEM file of the portal's certificate authorities; the system's when it is left out."""
    allow_plain: bool = False
    """Permit http: another file could then be put in the place of the real one on its way."""


class CanaryEntry(Entry):
    """A few recipients first, the others when a person has seen what became of it."""

    first: Annotated[int, Field(ge=1, le=10_000)] = 10
    """How many recipients are written to first, in the order of the directory."""
    stop_above_percent: Annotated[int, Field(ge=0, le=100)] = 20
    """More of the first letters than this that come back have a person asked at once."""
    wait_minutes: Annotated[int, Field(ge=1, le=10_080)] = 60
    """How long a letter is waited for: since a server took it, else since it was first tried."""


class CampaignFile(Entry):
    """A campaign: one directive being carried out, and every rule for it."""

    id: Id
    """Key of the campaign; never change it while events name it."""
    title: Text
    """What the campaign is about; stands over its status."""
    function: Id | None = None
    """Subject of the duty, by which successors are chosen when offices are reorganised."""
    keywords: Listed[Text] = ()
    """Short names by which offices call the directive in replies."""
    exchange: ModeText = ExchangeMode.SEND
    """send, off, or follow: the e-office sends the directive there itself, Dondoc watches and
    writes by mail to whom the exchange does not reach."""
    follow: FollowEntry = FollowEntry()
    """With exchange: follow, when an office gets a mail as well."""
    intake: IntakeEntry
    """Which document the campaign takes; every given key must agree."""
    recipients: Some[RecipientEntry]
    """Who gets the directive; among rules for groups the first one counts."""
    rounds: RoundsEntry
    """The reporting periods."""
    reminders: RemindersEntry = RemindersEntry()
    """When open assignments are reminded."""
    compile: CompileEntry | None = None
    """When a round is compiled and how the report is printed."""
    forward: ForwardEntry | None = None
    """Where the compilation goes; left out, it stays in the output folder."""
    portal: PortalEntry | None = None
    """A web page on which the letter says that a document is posted."""
    canary: CanaryEntry | None = None
    """A few recipients first; the others wait until a person lets them follow."""
    over_size: OverSizeText = OverSize.PARTS
    """How files go by mail that one message cannot carry (mail.smtp.max_megabytes): parts, in
    several messages, or link, by the address at which they are published."""
    source_url: WebAddress | None = None
    """Address at which the issuer has published the files of the directive."""


class YearEntry(Entry):
    """The announced exceptions of one year."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    """The year; every day below lies in it."""
    source: Text
    """Where the days come from, so that the next person can check."""
    known_on: date | None = None
    """Day on which this was known; the warning about unverified days names it."""
    verify: bool = False
    """The days still have to be compared with the official announcement; gives a warning."""
    off: Listed[date] = ()
    """Days off, statutory ones too."""
    worked: Listed[date] = ()
    """Days of rest that are worked instead (làm bù)."""


class CalendarFile(Entry):
    """Days off and make-up days; public holidays are known without it."""

    years: Some[YearEntry]
    """One entry a year."""
