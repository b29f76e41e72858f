"""The accounts of one configuration, from the settings to doors: the part of ``bootstrap`` for it.

They are made and closed together, so that a daemon can change to those of another set.
"""

from collections.abc import Callable, Container, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from connector.eoffice.folder import FolderDoor
from connector.eoffice.folder_look import PLACES
from connector.eoffice.http import Timeouts
from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.rest import MappedRest
from connector.eoffice.vxp import VxpExchange
from connector.portal import PortalPages
from domain.bundle import Bundle
from domain.exchange import PacketReading
from domain.ids import CampaignId, Digest
from domain.ports import Clock
from domain.rest import RestAccount
from dondoc.app import App, ExchangeDoor, Inbox, MailDoor, PortalSite
from dondoc.bootstrap_mail import MailWiring
from dondoc.settings.load_rest import RestMapping
from dondoc.settings.records import (
    ExchangeSettings,
    FolderSettings,
    RestSettings,
    Settings,
)
from mappings.folder.read import read_folder
from mappings.folder.refusal import refusal_words

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Everything that connects to somebody: doors, mailboxes, portals. Closing it twice is once."""

    exchange: ExchangeDoor | None
    further: tuple[ExchangeDoor, ...]
    mail: MailDoor | None
    further_inboxes: tuple[Inbox, ...]
    portals: Mapping[CampaignId, PortalSite]
    stack: ExitStack

    def close(self) -> None:
        """Close every connection; what is made anew after that is made by other accounts."""
        self.stack.close()

    def into(self, app: App) -> App:
        """Return an application that works with these accounts."""
        return replace(
            app,
            exchange=self.exchange,
            further=self.further,
            mail=self.mail,
            further_inboxes=self.further_inboxes,
            portals=self.portals,
        )


def open_accounts(
    settings: Settings, clock: Clock, spool: Path | None, hurry: float | None = None
) -> Accounts:
    """Make the accounts of a configuration; nothing connects, and no secret is read, before use."""
    found, now = settings.exchange, clock.now
    with ExitStack() as stack:
        wiring = MailWiring(settings, clock, spool, stack)
        exchange = _exchange_door(found, now, spool, stack, hurry) if found else None
        if exchange and settings.mail and settings.mail.redirect_all:
            exchange = replace(exchange, rehearsal=True)
        further = tuple(_further(door, now, spool, stack, hurry) for door in settings.doors)
        mail = wiring.door(settings.mail) if settings.mail else None
        inboxes = wiring.further_inboxes()
        portals = portal_sites(settings, stack)
        # Nothing failed: what was opened is closed by whoever has it now.
        return Accounts(
            exchange=exchange,
            further=further,
            mail=mail,
            further_inboxes=inboxes,
            portals=portals,
            stack=stack.pop_all(),
        )


def carried(before: App, after: App, boxes: Container[str]) -> App:
    """Return an application that goes on with what the process knows of accounts of that name.

    ``boxes`` are the names of those mailboxes that are still the same ones.
    """

    def door(new: ExchangeDoor) -> ExchangeDoor:
        old = before.door(new.name)
        if old is None:
            return new
        return replace(
            new,
            not_given=old.not_given,
            heard=old.heard,
            not_whole=old.not_whole,
            sent_list=old.sent_list,
        )

    for inbox in after.inboxes:
        old = before.inbox(inbox.name)
        if old is not None and old.protocol == inbox.protocol and inbox.name in boxes:
            inbox.heard.update(old.heard)
            inbox.taken.update(old.taken)
    if before.mail and after.mail:
        after.mail.pace.follow(before.mail.pace)
    exchange = door(after.exchange) if after.exchange else None
    return replace(after, exchange=exchange, further=tuple(map(door, after.further)))


def portal_sites(settings: Settings, stack: ExitStack) -> dict[CampaignId, PortalSite]:
    """Return the portals that campaigns name; nothing connects before its use."""
    found: dict[CampaignId, PortalSite] = {}
    for campaign, portal in settings.portals.items():
        name = f"the portal of {campaign}"
        pages = PortalPages(portal.addresses, name=name, ca_file=portal.ca_file)
        stack.callback(pages.close)
        found[campaign] = PortalSite(pages=pages, rules=portal.rules)
    return found


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
