"""Servers and offices of the demo, all on loopback, all of whose state survives a kill."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from domain.content import Inline
from domain.exchange import PacketKind
from domain.ids import Address, OfficeId
from domain.office import Directory, Office
from domain.ports import DocumentExchange
from dondoc.bootstrap import exchange_client
from dondoc.demo import directive
from dondoc.demo.acting import PRIVATE_ADDRESS
from dondoc.demo.configuration import OFFICES_SYSTEM_ID, SYSTEM_ID, secret_of
from dondoc.demo.script import RENUMBERED, SPECIAL, Script, Trait, ordinary
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.mail.hub import MailHub

DAY = date(2024, 5, 8)
"""The directive's date, on which the directory is read."""

_TREATMENT = {
    Trait.BOUNCE: "bounce",
    Trait.REFUSED_AT_DOOR: "refuse",
    Trait.GREYLISTED: "tempfail:1",
}
_OFFICES_SECRET = "demo-offices"  # an embedded server on loopback; ends with the demo


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the demo's daemon lives among."""

    hub: MailHub
    exchange: Exchange
    offices_client: DocumentExchange
    own_client: DocumentExchange


def scripts_for(directory: Directory, day: date = DAY) -> dict[OfficeId, Script]:
    """Return how every office of that day behaves, the Department included."""
    special = {script.office: script for script in SPECIAL}
    found: dict[OfficeId, Script] = {}
    for index, office in enumerate(o for o in directory.offices if o.valid_on(day)):
        found[office.id] = special.get(office.id) or ordinary(office.id, index)
    return found


@contextmanager
def open_world(
    folder: Path,
    directory: Directory,
    scripts: Mapping[OfficeId, Script],
    mailbox: Address,
    now: Callable[[], datetime],
) -> Iterator[World]:
    """Start the servers on the state in ``folder`` and stop them at the end."""
    living = [o for o in directory.offices if o.id in scripts]
    with ExitStack() as stack:
        hub = MailHub(
            folder / "mail",
            _accounts(folder, living, mailbox),
            now=now,
            behaviours=_behaviours(living, scripts),
        )
        stack.enter_context(hub)
        systems = {
            SYSTEM_ID: secret_of(folder.parent, "exchange"),
            OFFICES_SYSTEM_ID: _OFFICES_SECRET,
        }
        exchange = stack.enter_context(
            Exchange(folder / "exchange", systems, _agencies(living), now=now)
        )
        offices = stack.enter_context(
            exchange_client(exchange.url, OFFICES_SYSTEM_ID, _OFFICES_SECRET, now)
        )
        own = stack.enter_context(exchange_client(exchange.url, SYSTEM_ID, systems[SYSTEM_ID], now))
        yield World(hub=hub, exchange=exchange, offices_client=offices, own_client=own)


def _accounts(folder: Path, offices: list[Office], mailbox: Address) -> dict[Address, str]:
    accounts = {address: "unused" for office in offices for address in office.emails}
    accounts[PRIVATE_ADDRESS] = "unused"
    accounts[mailbox] = secret_of(folder.parent, "mail")
    return accounts


def _behaviours(offices: list[Office], scripts: Mapping[OfficeId, Script]) -> dict[Address, str]:
    found: dict[Address, str] = {}
    for office in offices:
        for trait in scripts[office.id].traits & _TREATMENT.keys():
            found.update(dict.fromkeys(office.emails, _TREATMENT[trait]))
    return found


def _agencies(offices: list[Office]) -> list[Agency]:
    own = directive.UNIT
    found = [Agency(code=own.organ_id, old_code="000.00.99.H37", name=own.name, system=SYSTEM_ID)]
    for office in offices:
        if office.organ_id:
            found.append(
                Agency(
                    code=office.organ_id,
                    old_code=RENUMBERED.get(office.id) or office.organ_id_old or "",
                    name=office.name,
                    system=OFFICES_SYSTEM_ID,
                )
            )
    return found


def put_on_exchange(world: World, content: bytes) -> str:
    """Let the district's e-office put a document on the exchange; its file names the receivers."""
    unit = directive.UNIT.organ_id
    return world.own_client.send(
        Inline(content), kind=PacketKind.DOCUMENT, sender=unit, receivers=[unit]
    )
