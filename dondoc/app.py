"""What the use cases work with: ports and rules, wired together in ``bootstrap.py``."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from domain.bundle import Bundle
from domain.campaign import Campaign
from domain.exchange import Ability, Organ, PacketKind, PacketReading, SentPacket
from domain.facts import Recorded
from domain.ids import Address, CampaignId, Digest, DispatchId, OfficeId, RawId, RoundId
from domain.kinds import Answering
from domain.mail import OwnCopy
from domain.office import Directory
from domain.organs import NO_TABLE, OrganTable
from domain.ports import (
    DkimKeys,
    DocumentExchange,
    EvidenceStore,
    Ledger,
    Mailbox,
    MailFiling,
    MailTransport,
    MailWatch,
    MarkBeside,
    PublicPages,
    Workers,
)
from domain.reading import LiveRound
from domain.store_mark import StoreMark
from dondoc.alone import Alone
from dondoc.encoded import EncodedFiles
from dondoc.pace import Pace
from dondoc.reading_ahead import ReadingAhead
from dondoc.rendering import Render, rendered
from mappings.mail.authentication.rules import SenderRules
from mappings.mail.rendering import MailTemplates, default_templates
from mappings.portal.rules import PortalRules
from mappings.reply.phrases import Phrases
from schedulers.calendar import WorkingCalendar
from schedulers.quiet import QuietHours

if TYPE_CHECKING:
    from dondoc.services.lasting import Lasting
    from dondoc.services.pointed import Pointed
    from dondoc.services.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait before trying again and before looking for evidence."""

    retry: tuple[timedelta, ...] = (
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
    )
    probe: timedelta = timedelta(minutes=10)
    give_up: timedelta = timedelta(days=5)
    """How long a letter is put off before a person is told (RFC 5321 section 4.5.4.1)."""

    def after(self, attempt: int) -> timedelta:
        """Return the wait after a failure, counted from 1; the last wait repeats."""
        return self.retry[min(attempt, len(self.retry)) - 1]


ReadBundle = Callable[[Bundle, Digest], PacketReading]
"""Reads a bundle by the rules of its door, given the digest of the whole; raises
``MalformedDocument``."""


@dataclass(slots=True, kw_only=True)
class SentList:
    """What this process knows of a door's sent list.

    ``asked_at`` is when all of it was asked for, ``sought`` the versions of directives that were
    looked for in it then, ``followed`` the docIds of the documents that are followed.
    """

    asked_at: datetime | None = None
    sought: set[tuple[CampaignId, int]] = field(default_factory=set)
    followed: set[str] = field(default_factory=set)


_OFFERED = {
    PacketKind.DOCUMENT: Ability.RECEIVE,
    PacketKind.STATUS: Ability.STATUSES,
}
"""What a door must be able to do before it is asked for packets of a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDoor:
    """Our place on the document exchange, or another door that documents are taken from.

    ``name`` is its name in the configuration, ``read`` reads its bundles where it gives such,
    ``folders`` are the one that it watches, if any, and those that it moves files into.
    ``answers`` says which documents that come by it are answered with status messages. In a
    ``rehearsal`` nothing is said on it that others could hear: it is only read.
    ``not_given`` counts the turns of this process in which a packet could not be fetched, ``heard``
    has the turn in which the door last said what waits, ``not_whole`` counts the turns in a row in
    which it said only a part of that.
    """

    name: str
    exchange: DocumentExchange
    read: ReadBundle | None = None
    folders: tuple[Path, ...] = ()
    answers: Answering = Answering.OURS
    rehearsal: bool = False
    not_given: dict[RawId, int] = field(default_factory=dict, compare=False)
    heard: dict[PacketKind, datetime] = field(default_factory=dict, compare=False)
    not_whole: dict[PacketKind, int] = field(default_factory=dict, compare=False)
    sent_list: SentList = field(default_factory=SentList, compare=False)

    @property
    def kinds(self) -> tuple[PacketKind, ...]:
        """The packets that it can be asked for."""
        return tuple(kind for kind, able in _OFFERED.items() if able in self.exchange.abilities)


@dataclass(slots=True)
class Reach:
    """How a mail account is reached from here: whether it answered when it was asked last, how
    often in a row it did not, and since when it is left to other daemons, if it is.
    """

    answered: bool = False
    failures: int = 0
    left: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A mail account that answers arrive in, and those of its folders that are read.

    ``name`` is its name in the configuration, ``protocol`` how it is read (``imap``, ``ews``),
    ``addresses`` are those that its mail is sent to. ``watch`` notices arrivals, ``filing`` puts
    away what was read and ``filed_in`` is the folder that it moves to, if any; in ``sent_in`` the
    server files what is sent. ``max_octets`` is the largest message that is taken whole, None where
    that is not known. ``heard`` has the turn in which each folder was last read to its end,
    ``taken`` counts what this process took, and ``unanswered`` has since when a folder owes an
    answer; ``reach`` is for the account as a whole.
    """

    name: str
    protocol: str
    mailbox: Mailbox
    folders: tuple[str, ...]
    addresses: tuple[Address, ...]
    watch: MailWatch | None = None
    filing: MailFiling | None = None
    filed_in: str | None = None
    sent_in: str | None = None
    max_octets: int | None = None
    heard: dict[str, datetime] = field(default_factory=dict, compare=False)
    taken: dict[str, int] = field(default_factory=dict, compare=False)
    unanswered: dict[str, datetime] = field(default_factory=dict, compare=False)
    reach: Reach = field(default_factory=Reach, compare=False)

    @property
    def limit(self) -> str:
        """Name the limit of one message in a sentence, with its number where that is known."""
        if self.max_octets is None:
            return "the mailbox's limit"
        return f"{self.max_octets / 1_048_576:g} MB, the limit of mailbox {self.name}"

    @property
    def searched(self) -> tuple[str, ...]:
        """Folders in which a letter of ours may have left a trace."""
        return (*self.folders, *self.kept)

    @property
    def kept(self) -> tuple[str, ...]:
        """Folders that mail which is dealt with lies in: what was read, and what was sent."""
        return tuple(folder for folder in (self.filed_in, self.sent_in) if folder)

    def source(self, folder: str) -> str:
        """Return the source that the ledger keeps the mail of a folder under."""
        return f"{self.protocol}:{self.name}/{folder}"


def place_of(inbox: Inbox) -> str:
    """Return what a mail account is called among the doors that were looked through."""
    return f"mail {inbox.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDoor:
    """Our mail account: how it sends, and where answers arrive.

    ``own_copy`` tells when a blind copy is asked for, which proves what the relay accepted.
    ``connections`` is
    how many letters are sent at the same time, ``pace`` how many in a minute, and ``quiet`` when
    none is. ``redirected`` is where every letter goes in a rehearsal. ``encoded`` has the files
    that letters carry as they travel, ``max_octets`` is the largest message that the server takes,
    None where that is not known.
    """

    name: str
    address: Address
    display_name: str
    domain: str
    transport: MailTransport
    inbox: Inbox
    plus_addressing: bool
    own_copy: OwnCopy
    connections: int = 1
    pace: Pace = field(default_factory=Pace, compare=False)
    quiet: QuietHours | None = None
    redirected: Address | None = None
    encoded: EncodedFiles = field(default_factory=EncodedFiles, compare=False)
    max_octets: int | None = None
    line: AbstractContextManager[object] = field(default_factory=nullcontext, compare=False)
    """Held while a letter is on its way, where only one may be."""
    logins: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """By OAuth 2.0, what gives an access token for each of the servers (``mail.smtp``,
    ``mail.imap``, and those of further mailboxes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderProof:
    """How it is found out who sent a mail; without ``keys`` no signature is checked."""

    rules: SenderRules = field(default_factory=SenderRules)
    keys: DkimKeys | None = None


@dataclass(slots=True, kw_only=True)
class Organs:
    """The exchange's table of units as this process holds it; the ledger says which is in force.

    ``asked`` is when the exchange was asked last, answered or not. ``noted`` gathers what only the
    formula made equal while one input is read; None at other times. ``not_whole`` counts the times
    in a row in which its list had unusable rows.
    """

    table: OrganTable | None = None
    digest: Digest | None = None
    taken_at: datetime | None = None
    asked: datetime | None = None
    noted: dict[str, None] | None = None
    not_whole: int = 0

    def hold(self, table: OrganTable, digest: Digest | None, taken_at: datetime | None) -> None:
        """Compare by this table from now on."""
        self.table, self.digest, self.taken_at = table, digest, taken_at

    def forget(self) -> None:
        """Compare without a table from now on."""
        self.hold(NO_TABLE, None, None)


@dataclass(slots=True, kw_only=True)
class Noticing:
    """What this process knows of whether its ledger is an older one that was put back.

    ``first`` is the ledger's first event, ``found`` the newest that the process found in it,
    ``written`` the mark that it wrote last. ``began`` is when its first turn was, ``looked`` names
    the doors that were looked through once, ``sent`` has the rows of the exchange's sent list in
    one turn. ``anew`` tells whether all is to be taken in anew because of an older ledger; None
    before that is known.
    """

    first: Recorded | None = None
    found: Recorded | None = None
    written: StoreMark | None = None
    began: datetime | None = None
    looked: set[str] = field(default_factory=set)
    sent: tuple[datetime, Sequence[SentPacket]] | None = None
    anew: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSite:
    """A portal of a campaign: how it is read, and the rules by which documents are found there."""

    pages: PublicPages
    rules: PortalRules


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that a use case may touch. Doors that are not configured are None."""

    ledger: Ledger
    evidence: EvidenceStore
    output: Path
    spool: Path | None
    """Folder of files on their way; it should lie on a disk, None is the system's own."""
    unit: Organ
    place: str
    exchange: ExchangeDoor | None
    """The door that documents are sent through."""
    further: tuple[ExchangeDoor, ...] = ()
    """Doors that documents are only taken from."""
    mail: MailDoor | None
    directory: Directory
    campaigns: Mapping[CampaignId, Campaign]
    calendar: WorkingCalendar
    token_key: Callable[[], bytes]
    """Gives the key of the reply tokens; only what sends needs it."""
    phrases: Phrases
    templates: MailTemplates = field(default_factory=default_templates, compare=False)
    """The words of mails: ours, or an administrator's."""
    patience: Patience = Patience()
    proof: SenderProof = field(default_factory=SenderProof)
    organs: Organs = field(default_factory=Organs, compare=False)
    prepared: "Mapping[RawId, Prepared | Exception]" = field(default_factory=dict)
    """Messages that were read by themselves before they are recorded, or what that raised."""
    rounds: Sequence[LiveRound] | None = None
    """The rounds that answers may belong to, where they stay the same for many messages."""
    lasting: "Lasting | None" = None
    """What stays the same while what arrived is read; without it all is asked for each time."""
    taking_part: dict[tuple[CampaignId, RoundId, datetime], frozenset[OfficeId]] = field(
        default_factory=dict, compare=False
    )
    """The offices of rounds, with when those were opened, as far as they were asked for."""
    pointed: "Pointed" = field(default_factory=dict)
    """Dispatches that messages point at, where they were asked for beforehand."""
    further_inboxes: tuple[Inbox, ...] = ()
    """Mail accounts that are only read: answers come to them, too."""
    portals: Mapping[CampaignId, PortalSite] = field(default_factory=dict)
    """The portals of those campaigns that name one."""
    workers: Workers = field(default_factory=Alone, compare=False)
    """The daemons of the store, and which of them this is."""
    in_hand: dict[DispatchId, object] = field(default_factory=dict, compare=False)
    """The dispatches that this process is sending at this moment, and who of its threads does."""
    mark: MarkBeside | None = None
    """How far the ledger had come, kept apart from it; without one that is not compared."""
    noticing: Noticing = field(default_factory=Noticing, compare=False)
    close_accounts: Callable[[], object] = field(default=lambda: None, compare=False)
    """Closes the connections of the doors and mailboxes, where another set has others."""
    ahead: ReadingAhead | None = field(default=None, compare=False)
    """Reads much mail in other processes; without it all is read in this one."""
    render: Render = field(default=rendered, compare=False)
    """Makes the files of a result: in this process, or for a daemon in one of its own."""

    @property
    def doors(self) -> tuple[ExchangeDoor, ...]:
        """Everything that documents are taken from, the exchange first."""
        return (*((self.exchange,) if self.exchange else ()), *self.further)

    @property
    def inboxes(self) -> tuple[Inbox, ...]:
        """Every mail account that answers arrive in, the one that we write from first."""
        return (*((self.mail.inbox,) if self.mail else ()), *self.further_inboxes)

    def inbox(self, name: str) -> Inbox | None:
        """Return the mail account with this name; None when it is configured no more."""
        return next((inbox for inbox in self.inboxes if inbox.name == name), None)

    def door(self, name: str) -> ExchangeDoor | None:
        """Return the door with this name; None when it is configured no more."""
        return next((door for door in self.doors if door.name == name), None)
