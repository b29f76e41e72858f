"""The one place that names adapters: from the settings to an ``App`` ready for use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from connector.email.dkim_keys import DnsKeys
from connector.email.imap import ImapMailbox
from connector.email.smtp import SmtpTransport
from connector.eoffice.folder import FolderDoor
from connector.eoffice.folder_look import PLACES
from connector.eoffice.http import Timeouts
from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.rest import MappedRest
from connector.eoffice.vxp import VxpExchange
from connector.portal import PortalPages
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from connector.store.lock import StoreLock
from connector.store.memory import MemoryEvidence, MemoryLedger
from domain.bundle import Bundle
from domain.errors import StoreFailed
from domain.exchange import PacketReading
from domain.ids import CampaignId, Digest, digest_of
from domain.ports import Clock, EvidenceStore, Ledger
from domain.rest import RestAccount
from dondoc.app import App, ExchangeDoor, Inbox, MailDoor, Patience, PortalSite, SenderProof
from dondoc.settings.load_rest import RestMapping
from dondoc.settings.records import (
    ExchangeSettings,
    FolderSettings,
    MailSettings,
    RestSettings,
    Settings,
)
from mappings.folder.read import read_folder
from mappings.folder.refusal import refusal_words
from mappings.reply.phrases import default_phrases

if TYPE_CHECKING:
    from connector.email.oauth import DeviceCode, Tokens

    LoginCode: TypeAlias = DeviceCode
    """What a person needs to log in, for the annotations of commands, which name no adapter."""

Now = Callable[[], datetime]
VxpNode: TypeAlias = VxpExchange
"""What ``vxp_client`` gives, for the annotations of commands, which name no adapter."""

_LOCK = "daemon.lock"
_SIGN = "daemon.alive"


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


@contextmanager
def open_app(
    settings: Settings,
    clock: Clock,
    *,
    create: bool = False,
    read_only: bool = False,
    may_lack_store: bool = False,
    hurry: float | None = None,
) -> Iterator[App]:
    """Open the store and the doors; nothing connects, and no secret is read, before first use.

    ``create`` makes a store that is not there yet, ``may_lack_store`` does with an empty one in
    memory. ``hurry`` is the most, in seconds, that one request to a door may take. Raises
    ``StoreFailed`` when the store cannot be opened.
    """
    with ExitStack() as stack:
        ledger: Ledger = MemoryLedger()
        evidence: EvidenceStore = MemoryEvidence()
        spool: Path | None = None
        if settings.store.database.exists() or not may_lack_store:
            sql = SqlLedger.open(settings.store.database, create=create, read_only=read_only)
            stack.callback(sql.close)
            ledger, evidence = sql, FolderEvidence(settings.store.evidence, read_only=read_only)
            spool = None if read_only else _spool(settings.store.evidence)
        found = settings.exchange
        exchange = _exchange_door(found, clock.now, spool, stack, hurry) if found else None
        further = tuple(_further(door, clock.now, spool, stack, hurry) for door in settings.doors)
        folder = settings.store.database.parent
        mail = _mail_door(settings.mail, folder, stack) if settings.mail else None
        app = _app(settings, ledger, evidence, spool, exchange, further, mail)
        yield replace(app, portals=portal_sites(settings, stack))


def portal_sites(settings: Settings, stack: ExitStack) -> dict[CampaignId, PortalSite]:
    """Return the portals that campaigns name; nothing connects before its use."""
    found: dict[CampaignId, PortalSite] = {}
    for campaign, portal in settings.portals.items():
        name = f"the portal of {campaign}"
        pages = PortalPages(portal.addresses, name=name, ca_file=portal.ca_file)
        stack.callback(pages.close)
        found[campaign] = PortalSite(pages=pages, rules=portal.rules)
    return found


def _app(
    settings: Settings,
    ledger: Ledger,
    evidence: EvidenceStore,
    spool: Path | None,
    exchange: ExchangeDoor | None,
    further: tuple[ExchangeDoor, ...],
    mail: MailDoor | None,
) -> App:
    return App(
        ledger=ledger,
        evidence=evidence,
        output=settings.store.output,
        spool=spool,
        unit=settings.unit,
        place=settings.place,
        exchange=exchange,
        further=further,
        mail=mail,
        directory=settings.directory,
        campaigns=settings.campaigns,
        calendar=settings.calendar,
        token_key=settings.token_key.key,
        phrases=default_phrases(),
        patience=Patience(
            retry=tuple(timedelta(minutes=m) for m in settings.schedule.retry_minutes),
            probe=timedelta(minutes=settings.schedule.probe_minutes),
        ),
        proof=_proof(settings.mail) if settings.mail else SenderProof(),
    )


def _proof(settings: MailSettings) -> SenderProof:
    found = settings.authentication
    keys = DnsKeys(found.name_servers) if found.rules.signatures else None
    return SenderProof(rules=found.rules, keys=keys)


def _spool(evidence: Path) -> Path:
    """Return the folder for files on their way: beside the evidence, on its disk."""
    folder = evidence / "spool"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreFailed(f"{folder} cannot be made: {error.strerror}") from error
    return folder


def _exchange_door(
    settings: ExchangeSettings,
    now: Now,
    spool: Path | None,
    stack: ExitStack,
    hurry: float | None,
) -> ExchangeDoor:
    client: VxpExchange | LgspExchange
    if settings.lgsp:
        client = LgspExchange(
            settings.url,
            username=settings.lgsp.username,
            password=settings.lgsp.password.reveal,
            application_code=settings.lgsp.application_code,
            system_id=settings.system_id,
            secret_key=settings.secret.reveal,
            now=now,
            name=settings.name,
            ca_file=settings.ca_file,
            timeouts=_timeouts(settings, hurry),
            document_limit=settings.max_octets,
            spool=spool,
        )
    else:
        client = vxp_client(settings, now, spool, hurry)
    stack.callback(client.close)
    return ExchangeDoor(name=settings.name, exchange=client, answers=settings.answers)


def vxp_client(
    settings: ExchangeSettings, now: Now, spool: Path | None = None, hurry: float | None = None
) -> VxpExchange:
    """Return our client of a VXP node, also for commands that need nothing else."""
    return VxpExchange(
        settings.url,
        system_id=settings.system_id,
        secret=settings.secret.reveal,
        now=now,
        name=settings.name,
        ca_file=settings.ca_file,
        timeouts=_timeouts(settings, hurry),
        document_limit=settings.max_octets,
        spool=spool,
    )


def _timeouts(settings: ExchangeSettings, hurry: float | None) -> Timeouts:
    return Timeouts(connect=settings.connect_seconds, read=settings.read_seconds, whole=hurry)


def _further(
    settings: FolderSettings | RestSettings,
    now: Now,
    spool: Path | None,
    stack: ExitStack,
    hurry: float | None,
) -> ExchangeDoor:
    if isinstance(settings, RestSettings):
        return _rest_door(settings, now, spool, stack, hurry)
    folder = FolderDoor(
        settings.path,
        name=settings.name,
        now=now,
        settle_seconds=settings.settle_seconds,
        document_limit=settings.max_octets,
        in_words=refusal_words,
    )
    stack.callback(folder.close)
    folders = (settings.path, *(settings.path / place for place in sorted(PLACES)))
    return ExchangeDoor(name=settings.name, exchange=folder, read=_read_folder, folders=folders)


def _rest_door(
    settings: RestSettings,
    now: Now,
    spool: Path | None,
    stack: ExitStack,
    hurry: float | None,
) -> ExchangeDoor:
    rest = MappedRest(
        settings.addresses,
        settings.mapping.rules,
        account=RestAccount(
            username=settings.username,
            password=settings.password.reveal if settings.password else None,
            refresh_token=settings.refresh_token.reveal if settings.refresh_token else None,
            values=settings.values,
        ),
        now=now,
        name=settings.name,
        ca_file=settings.ca_file,
        timeouts=Timeouts(whole=hurry),
        document_limit=settings.max_octets,
        spool=spool,
    )
    stack.callback(rest.close)
    # A mapping that only follows what was sent cannot read what was taken by an earlier one.
    read = partial(_read_rest, settings.mapping) if settings.mapping.form else None
    return ExchangeDoor(name=settings.name, exchange=rest, read=read)


def _read_folder(bundle: Bundle, digest: Digest) -> PacketReading:
    return read_folder(bundle, digest=digest)


def _read_rest(mapping: RestMapping, bundle: Bundle, _: Digest) -> PacketReading:
    return mapping.read(bundle)


def _mail_door(settings: MailSettings, store: Path, stack: ExitStack) -> MailDoor:
    smtp, imap = settings.smtp, settings.imap
    logins = mail_logins(settings, store, stack)
    transport = SmtpTransport(
        smtp.host,
        smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=smtp.password.reveal if smtp.password else "",
        ca_file=smtp.ca_file,
        redirect_all=settings.redirect_all,
        allow_plaintext=smtp.allow_plain,
    )
    stack.callback(transport.close)
    mailbox = ImapMailbox(
        settings.name,
        imap.host,
        imap.port,
        security=imap.security,
        username=imap.username,
        password=imap.password.reveal if imap.password else "",
        token=logins.get("imap"),
        ca_file=imap.ca_file,
        max_message_octets=imap.max_octets,
        allow_plaintext=imap.allow_plain,
    )
    stack.callback(mailbox.close)
    return MailDoor(
        name=settings.name,
        address=settings.address,
        display_name=settings.display_name,
        domain=settings.domain,
        transport=transport,
        inbox=Inbox(
            name=settings.name,
            protocol="imap",
            mailbox=mailbox,
            folders=imap.folders,
            addresses=(settings.address,),
        ),
        plus_addressing=settings.plus_addressing,
        copy_to_self=settings.copy_to_self,
        logins=logins,
    )


def mail_logins(settings: MailSettings, store: Path, stack: ExitStack) -> "dict[str, Tokens]":
    """Return the OAuth 2.0 logins by server; those of one account share what is kept.

    ``store`` is the folder that they are kept in. Nothing connects before its use.
    """
    if not (settings.smtp.oauth or settings.imap.oauth):
        return {}
    from connector.email.oauth import Registration, Tokens  # noqa: PLC0415 - msal loads slowly

    found: dict[str, Tokens] = {}
    for name, server in (("smtp", settings.smtp), ("imap", settings.imap)):
        oauth = server.oauth
        if oauth is None:
            continue
        registration = Registration(
            authority=oauth.authority,
            microsoft=oauth.microsoft,
            client_id=oauth.client_id,
            client_secret=oauth.client_secret.reveal if oauth.client_secret else None,
            flow=oauth.flow,
            scopes=oauth.scopes,
            ca_file=oauth.ca_file,
        )
        account = f"{oauth.authority} {oauth.client_id} {server.username}"
        file = store / f"mail-login-{digest_of(account.encode())[:16]}.json"
        found[name] = Tokens(registration, file)
        stack.callback(found[name].close)
    return found


def person_logins(
    settings: Settings, stack: ExitStack
) -> "dict[str, Callable[[Callable[[DeviceCode], None]], None]]":
    """Return the logins that want a person, each by the servers that it is for.

    Servers of one account share a login, so one is made that is good for all of them.
    """
    if settings.mail is None:
        return {}
    made = mail_logins(settings.mail, settings.store.database.parent, stack)
    shared: dict[Path, list[str]] = {}
    for name, tokens in made.items():
        if tokens.flow == "device_code":
            shared.setdefault(tokens.kept_in, []).append(name)
    return {
        " and ".join(names): partial(
            made[names[0]].log_in, scopes=tuple(s for n in names for s in made[n].scopes)
        )
        for names in shared.values()
    }


def exchange_client(url: str, system_id: str, secret: str, now: Now) -> VxpExchange:
    """Return a client of an exchange for a system of its own, such as the demo's offices."""
    return VxpExchange(url, system_id=system_id, secret=secret, now=now)


def daemon_lock(settings: Settings) -> StoreLock:
    """Return the lock that one daemon at a time may hold on a store."""
    return StoreLock(settings.store.database.with_name(_LOCK))


def sign_file(settings: Settings) -> Path:
    """Return the file of the daemon's sign of life."""
    return settings.store.database.with_name(_SIGN)
