"""The form of dondoc.yaml: our own office, its accounts, and where everything else stands."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.kinds import Answering
from domain.waiting import LONGEST_WAIT
from domain.words import say
from dondoc.settings.entry import Entry, SecretEntry
from dondoc.settings.models_doors import Doors
from dondoc.settings.models_ews import EwsEntry
from dondoc.settings.models_oauth import OAuthEntry
from dondoc.settings.models_s3 import S3Entry
from dondoc.settings.models_senders import AuthenticationEntry
from dondoc.settings.values import (
    AddressText,
    Clock,
    Connections,
    DomainText,
    Files,
    Flag,
    Id,
    Line,
    Listed,
    Megabytes,
    OrganIdText,
    PerMinute,
    Port,
    Seconds,
    Some,
    Text,
    refuse,
)

Security = Literal["starttls", "tls", "none"]
Protocol = Literal["vxp", "lgsp"]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_WAIT // timedelta(minutes=1))]
OwnCopyWord = Literal["auto", True, False]
AnsweringText = Annotated[Answering, Field(strict=False)]


class StoreEntry(Entry):
    """Where Dondoc keeps what it knows."""

    database: Text
    """SQLite file of the ledger, or postgresql://USER@HOST[:PORT]/DATABASE."""
    password: SecretEntry | None = None
    """Password of the user of a PostgreSQL database."""
    ca_file: Text | None = None
    """PEM file of the database server's certificate authorities; the system's when left out."""
    evidence: Text
    """Folder of the messages and files that prove what happened, or s3://BUCKET[/PREFIX]."""
    s3: S3Entry | None = None
    """The store in which that bucket lies; for a bucket only, and there required."""
    output: Text
    """Folder for compiled documents."""
    folder: Text | None = None
    """Folder of what this machine keeps for itself; required where neither the database nor the
    evidence is here. With a SQLite file it is the one that holds that file."""


class UnitEntry(Entry):
    """Our own office, as the exchange and the printed documents name it."""

    organ_id: OrganIdText
    """Mã định danh on the exchange; what we send is sent from it."""
    name: Text
    """Full name, as printed on documents."""
    parent_name: Line = ""
    """Name of the superior office."""
    place: Text
    """Place that stands before the date of a document."""
    address: Line = ""
    """Postal address."""
    email: AddressText | None = None
    """Public mail address of the office; Dondoc's own mailbox is mail.address."""
    telephone: Line = ""
    """Telephone number."""
    fax: Line = ""
    """Fax number."""
    website: Line = ""
    """Address of the office's site."""


class LgspEntry(Entry):
    """The account of the integrating application on a provincial axis (LGSP)."""

    username: Text
    """Account name of the application."""
    password: SecretEntry
    """Password of the application."""
    application_code: Text
    """Code of the application, given by the operator of the axis."""


class ExchangeEntry(Entry):
    """Our connection to the document exchange (trục liên thông văn bản)."""

    name: Id = "exchange"
    """Name of the account in the ledger; never change it while events name it."""
    protocol: Protocol = "vxp"
    """vxp: a node of the exchange itself; lgsp: the REST interface of a provincial axis."""
    url: Text
    """Address of the exchange's service, https."""
    system_id: Text
    """Identifier of the connecting system (systemid), given by the operator of the exchange."""
    secret: SecretEntry
    """Key that signs requests; with lgsp the SecretKey of our unit."""
    lgsp: LgspEntry | None = None
    """The account of the application on a provincial axis; for protocol lgsp only, and there
    required."""
    ca_file: Text | None = None
    """PEM file of the office's own certificate authorities; the system's when it is left out."""
    connect_seconds: Seconds = 10.0
    """How long to wait for a connection."""
    read_seconds: Seconds = 120.0
    """How long to wait for each part of an answer."""
    max_megabytes: Megabytes = 256
    """Largest edXML file that is taken or sent, in 1 048 576 octets."""
    answers: AnsweringText = Answering.OURS
    """Which documents of other units are answered with statuses 01 and 03; see below."""
    allow_plain: bool = False
    """Permit http to another machine: signatures and letters then cross the network unencrypted."""


class SmtpEntry(Entry):
    """The server that takes our mail."""

    host: Text
    """Name or address of the server."""
    port: Port | None = None
    """587 with starttls, 465 with tls, 25 with none when it is left out."""
    security: Security = "starttls"
    """tls from the first octet (RFC 8314), starttls (RFC 3207), or none."""
    username: Line = ""
    """Account name; empty when the server asks for none."""
    password: SecretEntry | None = None
    """Password of the account."""
    max_megabytes: Megabytes = 20
    """Largest message that is sent, in 1 048 576 octets; files grow by 37 % on their way."""
    oauth: OAuthEntry | None = None
    """Login by OAuth 2.0 instead of a password, as Exchange Online asks for it."""
    ca_file: Text | None = None
    """PEM file of the office's own certificate authorities; the system's when it is left out."""
    allow_plain: bool = False
    """Permit security none to another machine: passwords and letters then travel unencrypted."""
    connections: Connections = 2
    """How many letters are sent at the same time, each over its own connection."""
    per_minute: PerMinute | None = None
    """Most letters that leave in a minute, as the provider allows; no limit when it is left out."""


class AfterReadingEntry(Entry):
    """What becomes of mail that was read; exactly one of the two. Unreadable mail stays."""

    move: Text | None = None
    """Folder that it is moved to; none of those that are read, and made where it is missing."""
    flag: Flag | None = None
    """Flag that it gets: \\Seen, \\Flagged or a keyword of your own."""

    @model_validator(mode="after")
    def _one_way(self) -> "AfterReadingEntry":
        if len(self.model_fields_set) != 1:
            raise refuse(
                say("must say exactly one thing"),
                say("write {{move: FOLDER}} or {{flag: KEYWORD}}"),
            )
        return self


class ImapEntry(Entry):
    """The server that keeps what arrives for us."""

    host: Text
    """Name or address of the server."""
    port: Port | None = None
    """993 with tls, 143 otherwise when it is left out."""
    security: Security = "tls"
    """tls from the first octet (RFC 8314), starttls (RFC 3501 section 6.2.1), or none."""
    username: Text
    """Account name."""
    password: SecretEntry | None = None
    """Password of the account; required unless oauth stands here."""
    oauth: OAuthEntry | None = None
    """Login by OAuth 2.0 instead of a password, as Exchange Online asks for it."""
    folders: Some[Text] = ("INBOX",)
    """Folders to read; a junk folder belongs here if the server sorts answers into one."""
    idle: bool = True
    """Have the server tell at once what arrives in the first folder (RFC 2177), if it can."""
    after_reading: AfterReadingEntry | None = None
    """What becomes of mail in its mailbox once it was read; left out, nothing."""
    sent_folder: Text | None = None
    """Folder in which the server itself files what is sent through it, if it does; it is searched
    for letters whose outcome is not known, and not read."""
    max_megabytes: Megabytes = 50
    """Largest message that is taken, in 1 048 576 octets."""
    ca_file: Text | None = None
    """PEM file of the office's own certificate authorities; the system's when it is left out."""
    allow_plain: bool = False
    """Permit security none to another machine: passwords and letters then travel unencrypted."""


class QuietEntry(Entry):
    """The hours in which no mail goes to offices."""

    begins: Clock = Field(alias="from")
    """Local time of day at which they begin."""
    ends: Clock = Field(alias="to")
    """Local time of day at which they end; before `from` it is that of the next day."""


class MailEntry(Entry):
    """Dondoc's own mailbox."""

    name: Id = "mail"
    """Name of the account in the ledger; never change it while events name it."""
    address: AddressText
    """Address that directives come from and answers go to; no person's mailbox."""
    display_name: Line = ""
    """Name beside the address; unit.name when it is left out."""
    domain: DomainText | None = None
    """Domain of our Message-IDs; that of the address when it is left out."""
    plus_addressing: bool = True
    """Whether the server delivers nq47+anything@ to nq47@; answers are then matched by it."""
    copy_to_self: OwnCopyWord = "auto"
    """Send each message to ourselves too, as a blind copy: it proves what the server accepted. With
    auto only where the server does not report what it delivered (DSN, RFC 3461)."""
    smtp: SmtpEntry | None = None
    """The server that takes our mail; it and imap, or exchange."""
    imap: ImapEntry | None = None
    """The server that keeps what arrives for us."""
    exchange: EwsEntry | None = None
    """An Exchange server of one's own (Exchange Web Services), instead of smtp and imap."""
    quiet_hours: QuietEntry | None = None
    """Hours in which nothing goes out by mail; what is planned waits for their end."""
    authentication: AuthenticationEntry = AuthenticationEntry()
    """How it is found out who sent a mail, and which mail must prove it."""
    redirect_all: AddressText | None = None
    """Rehearsal: every mail goes to this address instead of the offices. Campaigns need
    exchange: off; on the exchange nothing is sent, answered or settled."""


class MailboxEntry(Entry):
    """A further mailbox that answers arrive in; it is only read, and nothing is sent from it."""

    name: Id
    """Name of the account in the ledger; never change it while events name it."""
    address: AddressText
    """Address of the mailbox."""
    imap: ImapEntry
    """The server that keeps what arrives there."""


class ScheduleEntry(Entry):
    """How often Dondoc looks, and how patient it is."""

    poll_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60
    """Pause between two looks at the exchange and the mailbox."""
    retry_minutes: Some[Minutes] = (5, 30, 120, 360)
    """Waits after the first, second, … failure of a sending; the last one repeats."""
    probe_minutes: Minutes = 10
    """Wait for evidence of a sending that broke off, before it is made again."""
    stop_seconds: Annotated[int, Field(ge=1, le=3_600)] = 60
    """What is under way may take so long to end when Dondoc is told to stop; what has not ended
    then is looked for at the next start."""


class MainFile(Entry):
    """dondoc.yaml. Relative paths are relative to its own folder."""

    unit: UnitEntry
    """Our own office, as the exchange and the printed documents name it."""
    store: StoreEntry
    """Where Dondoc keeps what it knows."""
    token_key: SecretEntry
    """Key of the reply tokens, at least 16 octets; a new one makes earlier tokens unreadable."""
    directory: Files
    """Files of the directory of offices; patterns such as directory/*.yaml are allowed."""
    directory_columns: Files | None = None
    """Files with the office's own headings and words for lists of offices (directory import)."""
    campaigns: Files
    """Files of the campaigns, one each; patterns are allowed."""
    calendar: Files | None = None
    """Files of the announced days off and make-up days; patterns are allowed."""
    templates: Text | None = None
    """Folder of mail templates of your own, each of which takes the place of Dondoc's of the same
    name."""
    phrases: Text | None = None
    """File of changes to the phrases by which answers are judged."""
    exchange: ExchangeEntry | None = None
    """Our connection to the document exchange; left out, nothing travels there."""
    doors: Doors = ()
    """Further doors that documents are taken from; nothing is sent through them."""
    mail: MailEntry | None = None
    """Dondoc's own mailbox; left out, nothing travels by mail."""
    mailboxes: Listed[MailboxEntry] = ()
    """Further mailboxes that answers arrive in; nothing is sent from them."""
    schedule: ScheduleEntry = ScheduleEntry()
    """How often Dondoc looks, and how patient it is."""
