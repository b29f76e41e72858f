"""Mail accounts from the settings: the part of ``bootstrap`` that names adapters of mail."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from connector.email.dkim_keys import DnsKeys
from connector.email.imap import ImapMailbox
from connector.email.imap_filing import ImapFiling
from connector.email.imap_watch import ImapWatch
from connector.email.smtp import SmtpTransport
from domain.errors import InvariantViolation
from domain.ids import Address, digest_of
from domain.mail import OwnCopy
from domain.ports import Clock, MailTransport
from dondoc.app import Inbox, MailDoor, SenderProof
from dondoc.pace import Pace
from dondoc.settings.oauth import OAuthSettings
from dondoc.settings.records import (
    EwsSettings,
    ImapSettings,
    MailboxSettings,
    MailSettings,
    Settings,
    SmtpSettings,
)

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from connector.email.oauth import DeviceCode, Tokens

    LoginCode: TypeAlias = DeviceCode
    """What a person needs to log in, for the annotations of commands, which name no adapter."""


class MailWiring:
    """Makes the mail accounts of one configuration; nothing connects before its use."""

    def __init__(
        self, settings: Settings, clock: Clock, spool: Path | None, stack: ExitStack
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._spool = spool
        self._stack = stack
        self._logins = mail_logins(settings, stack)

    def door(self, settings: MailSettings) -> MailDoor:
        """Return the account that we write from."""
        door = partial(
            MailDoor,
            name=settings.name,
            address=settings.address,
            display_name=settings.display_name,
            domain=settings.domain,
            plus_addressing=settings.plus_addressing,
            quiet=settings.quiet_hours,
            redirected=settings.redirect_all,
            logins=self._logins,
        )
        if settings.ews:
            transport, inbox = self._exchange(settings, settings.ews)
            # Exchange keeps a sent copy of its own.
            return door(transport=transport, inbox=inbox, own_copy=OwnCopy.NEVER)
        if settings.smtp is None or settings.imap is None:
            raise InvariantViolation("a mail account without servers passed the check")
        smtp = settings.smtp
        return door(
            transport=self._smtp(smtp, settings.redirect_all),
            inbox=self._inbox(settings.name, settings.address, settings.imap, "mail.imap"),
            # A rehearsal sends no blind copies, so none proves anything.
            own_copy=settings.own_copy if settings.redirect_all is None else OwnCopy.NEVER,
            connections=smtp.connections,
            pace=Pace(smtp.per_minute),
            max_octets=smtp.max_octets,
        )

    def further_inboxes(self) -> tuple[Inbox, ...]:
        """Return the accounts that are only read."""
        return tuple(
            self._inbox(box.name, box.address, box.imap, _login_of(box))
            for box in self._settings.mailboxes
        )

    def _smtp(self, smtp: SmtpSettings, redirect_all: Address | None) -> SmtpTransport:
        transport = SmtpTransport(
            smtp.host,
            smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=smtp.password.reveal if smtp.password else "",
            token=self._logins.get("mail.smtp"),
            ca_file=smtp.ca_file,
            connections=smtp.connections,
            redirect_all=redirect_all,
            allow_plaintext=smtp.allow_plain,
        )
        self._stack.callback(transport.close)
        return transport

    def _exchange(self, settings: MailSettings, ews: EwsSettings) -> tuple[MailTransport, Inbox]:
        # Its library takes half a second, which only those wait for who use it.
        from connector.email.exchange import ExchangeMailbox  # noqa: PLC0415
        from connector.email.exchange_client import ExchangeServer  # noqa: PLC0415
        from connector.email.exchange_login import Basic, Bearer, Ntlm  # noqa: PLC0415
        from connector.email.exchange_transport import ExchangeTransport  # noqa: PLC0415
        from connector.email.exchange_watch import ExchangeWatch  # noqa: PLC0415

        def login() -> "AuthBase":
            if "mail.exchange" in self._logins:
                return Bearer(self._logins["mail.exchange"])
            kind = Basic if ews.auth == "basic" else Ntlm
            return kind(ews.username, ews.password.reveal if ews.password else "")

        server = ExchangeServer(
            url=ews.url,
            address=settings.address,
            login=login,
            ca_file=ews.ca_file,
            fingerprint=ews.fingerprint,
        )
        transport = ExchangeTransport(server, redirect_all=settings.redirect_all)
        self._stack.callback(transport.close)
        mailbox = ExchangeMailbox(settings.name, server, max_message_octets=ews.max_octets)
        self._stack.callback(mailbox.close)
        inbox = Inbox(
            name=settings.name,
            protocol="ews",
            mailbox=mailbox,
            folders=ews.folders,
            addresses=(settings.address,),
            watch=ExchangeWatch(settings.name, server, ews.folders, now=self._clock.now),
            max_octets=ews.max_octets,
        )
        return transport, inbox

    def _inbox(self, name: str, address: Address, imap: ImapSettings, login: str) -> Inbox:
        mailbox = ImapMailbox(
            name,
            imap.host,
            imap.port,
            security=imap.security,
            username=imap.username,
            password=imap.password.reveal if imap.password else "",
            token=self._logins.get(login),
            ca_file=imap.ca_file,
            max_message_octets=imap.max_octets,
            allow_plaintext=imap.allow_plain,
            spool=self._spool,
        )
        self._stack.callback(mailbox.close)
        filing: ImapFiling | None = None
        if imap.move or imap.flag:
            filing = ImapFiling(name, mailbox.connected, move=imap.move, flag=imap.flag)
            self._stack.callback(filing.close)
        watch = ImapWatch(name, mailbox.connected, imap.folders[0], now=self._clock.now)
        return Inbox(
            name=name,
            protocol="imap",
            mailbox=mailbox,
            folders=imap.folders,
            addresses=(address,),
            watch=watch if imap.idle else None,
            filing=filing,
            filed_in=imap.move,
            sent_in=imap.sent,
            max_octets=imap.max_octets,
        )


def sender_proof(settings: MailSettings | None) -> SenderProof:
    """Return how it is found out who sent a mail."""
    if settings is None:
        return SenderProof()
    found = settings.authentication
    keys = DnsKeys(found.name_servers) if found.rules.signatures else None
    return SenderProof(rules=found.rules, keys=keys)


def mail_logins(settings: Settings, stack: ExitStack) -> "dict[str, Tokens]":
    """Return the OAuth 2.0 logins by server; those of one account share what is kept.

    Our own servers are ``mail.smtp``, ``mail.imap`` and ``mail.exchange``, that of a further
    mailbox is ``mailboxes[NAME].imap``: no name makes it one of ours. Nothing connects before its
    use.
    """
    wanted = _oauth_accounts(settings)
    if not wanted:
        return {}
    from connector.email.oauth import Registration, Tokens  # noqa: PLC0415 - msal loads slowly

    found: dict[str, Tokens] = {}
    for name, (username, oauth) in wanted.items():
        registration = Registration(
            authority=oauth.authority,
            microsoft=oauth.microsoft,
            client_id=oauth.client_id,
            client_secret=oauth.client_secret.reveal if oauth.client_secret else None,
            flow=oauth.flow,
            scopes=oauth.scopes,
            ca_file=oauth.ca_file,
        )
        account = f"{oauth.authority} {oauth.client_id} {username}"
        file = f"mail-login-{digest_of(account.encode())[:16]}.json"
        found[name] = Tokens(registration, settings.store.folder / file)
        stack.callback(found[name].close)
    return found


def _oauth_accounts(settings: Settings) -> dict[str, tuple[str, OAuthSettings]]:
    servers: dict[str, EwsSettings | ImapSettings | SmtpSettings | None] = {}
    if settings.mail:
        mail = settings.mail
        servers = {"mail.smtp": mail.smtp, "mail.imap": mail.imap, "mail.exchange": mail.ews}
    servers |= {_login_of(box): box.imap for box in settings.mailboxes}
    return {
        name: (server.username, server.oauth)
        for name, server in servers.items()
        if server and server.oauth
    }


def _login_of(box: MailboxSettings) -> str:
    return f"mailboxes[{box.name}].imap"


def person_logins(
    settings: Settings, stack: ExitStack
) -> "dict[str, Callable[[Callable[[DeviceCode], None]], None]]":
    """Return the logins that want a person, each by the servers that it is for.

    Servers of one account share a login, so one is made that is good for all of them.
    """
    made = mail_logins(settings, stack)
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
