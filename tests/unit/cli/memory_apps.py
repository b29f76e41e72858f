"""An application over adapters in memory, for use cases that need no campaign."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from connector.email.memory import INBOX, MemoryMailbox, MemoryTransport
from connector.email.memory import MemoryHub as MailHub
from connector.eoffice.memory import MemoryHub as ExchangeHub
from connector.store.memory import MemoryEvidence, MemoryLedger
from domain.exchange import Agency, Organ
from domain.ids import Address, OrganId
from domain.mail import OwnCopy
from domain.office import Directory, Office
from dondoc.app import App, ExchangeDoor, Inbox, MailDoor
from mappings.reply.phrase_lists import default_phrases
from schedulers.calendar import WorkingCalendar

NOW = datetime(2024, 5, 10, 2, 0, tzinfo=UTC)
OWN = OrganId("H37.99")
SYSTEM = "dondoc.test"
MAILBOX = Address("nq47@huulung.example")


def exchange_hub(codes: Sequence[str]) -> ExchangeHub:
    hub = ExchangeHub(now=lambda: NOW)
    for code in codes:
        agency = Agency(id=code, code=OrganId(code), old_code=None, name=code)
        hub.register(agency, system_id=SYSTEM)
    return hub


def memory_app(
    output: Path,
    *,
    offices: Sequence[Office] = (),
    exchange: ExchangeHub | None = None,
    mail: MailHub | None = None,
    folders: tuple[str, ...] = (INBOX,),
) -> App:
    return App(
        ledger=MemoryLedger(),
        evidence=MemoryEvidence(),
        output=output,
        spool=None,
        unit=Organ(organ_id=OWN, name="UBND huyện Hữu Lũng"),
        place="Hữu Lũng",
        exchange=ExchangeDoor(name="truc", exchange=exchange.connect(SYSTEM)) if exchange else None,
        mail=_mail_door(mail, folders) if mail else None,
        directory=Directory(offices),
        campaigns={},
        calendar=WorkingCalendar(),
        token_key=lambda: b"k" * 32,
        phrases=default_phrases(),
    )


def _mail_door(hub: MailHub, folders: tuple[str, ...]) -> MailDoor:
    return MailDoor(
        name="nq47",
        address=MAILBOX,
        display_name="UBND huyện Hữu Lũng",
        domain="huulung.example",
        transport=MemoryTransport(hub),
        inbox=Inbox(
            name="nq47",
            protocol="imap",
            mailbox=MemoryMailbox("nq47", hub, MAILBOX),
            folders=folders,
            addresses=(MAILBOX,),
        ),
        plus_addressing=True,
        own_copy=OwnCopy.ALWAYS,
    )
