"""The configuration as the program uses it: domain records, absolute paths, references."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from domain.campaign import Campaign
from domain.errors import Problem
from domain.exchange import Organ
from domain.ids import Address, CampaignId
from domain.kinds import Answering
from domain.mail import OwnCopy
from domain.office import Directory
from dondoc.settings.load_rest import RestMapping
from dondoc.settings.models_ews import Login
from dondoc.settings.models_main import Security
from dondoc.settings.oauth import OAuthSettings
from dondoc.settings.secrets import Secret
from dondoc.settings.store import StoreSettings
from mappings.directory.columns import Words
from mappings.mail.authentication.rules import SenderRules
from mappings.portal.rules import PortalRules
from mappings.reply.phrases import Phrases
from schedulers.calendar import WorkingCalendar
from schedulers.quiet import QuietHours

MEGABYTE = 1_048_576
"""Octets, as mail servers count their limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LgspSettings:
    """The account of the integrating application on a provincial axis."""

    username: str
    password: Secret
    application_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSettings:
    """Our account on the document exchange; ``lgsp`` is None where it is a VXP node."""

    name: str
    lgsp: LgspSettings | None
    url: str
    system_id: str
    secret: Secret
    ca_file: Path | None
    connect_seconds: float
    read_seconds: float
    max_megabytes: int
    answers: Answering
    allow_plain: bool

    @property
    def max_octets(self) -> int:
        """Return the largest edXML file in octets."""
        return self.max_megabytes * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSettings:
    """A watched folder; an absolute path."""

    name: str
    path: Path
    settle_seconds: float
    max_megabytes: int

    @property
    def max_octets(self) -> int:
        """Return the largest document with its files in octets."""
        return self.max_megabytes * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSettings:
    """An e-office behind a mapping; ``values`` win over those of the mapping."""

    name: str
    mapping: RestMapping
    addresses: Mapping[str, str]
    username: str
    password: Secret | None
    refresh_token: Secret | None
    values: Mapping[str, str]
    max_megabytes: int
    ca_file: Path | None
    allow_plain: bool

    @property
    def max_octets(self) -> int:
        """Return the largest document with its files in octets."""
        return self.max_megabytes * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """A portal that a campaign names; the first address is that of its page."""

    addresses: tuple[str, ...]
    rules: PortalRules
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The server that takes our mail; ``password`` is None when it asks for none."""

    host: str
    port: int
    security: Security
    username: str
    password: Secret | None
    max_megabytes: int
    oauth: OAuthSettings | None
    ca_file: Path | None
    allow_plain: bool
    connections: int
    per_minute: int | None

    @property
    def max_octets(self) -> int:
        """Return the largest message that is sent in octets."""
        return self.max_megabytes * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """A server that keeps what arrives; exactly one of password and oauth is given.

    ``move`` and ``flag`` say what becomes of read mail, ``sent`` is the folder of what is sent.
    """

    host: str
    port: int
    security: Security
    username: str
    password: Secret | None
    oauth: OAuthSettings | None
    folders: tuple[str, ...]
    idle: bool
    move: str | None
    flag: str | None
    sent: str | None
    max_megabytes: int
    ca_file: Path | None
    allow_plain: bool

    @property
    def max_octets(self) -> int:
        """Return the largest message in octets."""
        return self.max_megabytes * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationSettings:
    """What counts about who sent a mail; without ``name_servers`` the system's are asked."""

    rules: SenderRules
    name_servers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EwsSettings:
    """Our mailbox on an Exchange server; ``fingerprint`` is empty or hexadecimal digits."""

    url: str
    auth: Login
    username: str
    password: Secret | None
    oauth: OAuthSettings | None
    folders: tuple[str, ...]
    max_megabytes: int
    ca_file: Path | None
    fingerprint: str

    @property
    def max_octets(self) -> int:
        """Return the largest message in octets."""
        return self.max_megabytes * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Dondoc's own mailbox, by ``smtp`` and ``imap`` or by ``ews``.

    ``redirect_all`` is set in rehearsals only.
    """

    name: str
    address: Address
    display_name: str
    domain: str
    plus_addressing: bool
    own_copy: OwnCopy
    smtp: SmtpSettings | None
    imap: ImapSettings | None
    ews: EwsSettings | None
    quiet_hours: QuietHours | None
    authentication: AuthenticationSettings
    redirect_all: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """A mailbox that is only read."""

    name: str
    address: Address
    imap: ImapSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """How often to look and how long to wait, in the unit that each name says."""

    poll_seconds: int
    retry_minutes: tuple[int, ...]
    probe_minutes: int
    stop_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an administrator decides. ``files`` are all that were read, main first."""

    path: Path
    files: tuple[Path, ...]
    store: StoreSettings
    unit: Organ
    place: str
    exchange: ExchangeSettings | None
    doors: tuple[FolderSettings | RestSettings, ...]
    """Further doors that documents are taken from, in the order of the file."""
    mail: MailSettings | None
    token_key: Secret
    mailboxes: tuple[MailboxSettings, ...] = ()
    schedule: ScheduleSettings
    calendar: WorkingCalendar
    directory: Directory
    list_words: Words
    """Headings and words of lists of offices."""
    campaigns: Mapping[CampaignId, Campaign]
    portals: Mapping[CampaignId, PortalSettings]
    """The portals of those campaigns that name one."""
    templates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Mail templates that take the place of ours, by the names of their files."""
    phrases: Phrases | None = None
    """The phrases by which answers are judged; None are those that come with Dondoc."""
    warnings: tuple[Problem, ...] = field(default=())
