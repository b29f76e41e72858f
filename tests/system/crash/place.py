"""What a campaign of the crash suite works in: a configuration, real servers, and its daemon."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path

from connector.eoffice.vxp import VxpExchange
from connector.store.postgresql import Server as Database
from domain.content import Inline
from domain.errors import StoreFailed
from domain.exchange import PacketKind
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.office import Office
from dondoc.app import App
from dondoc.bootstrap import has_store, open_app
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.portal import Portal
from tests.integration.services.service_parts import UNIT, short_letter
from tests.servers.lines import Lines
from tests.servers.postfix import Postfix
from tests.servers.s3 import S3
from tests.system.configured import SECRET, Peers, configure
from tests.system.crash.clock import FastClock
from tests.system.crash.fleet import Fleet
from tests.system.crash.trouble import troubled, write_rules

BEGINNING = datetime(2024, 5, 9, 2, 0, tzinfo=UTC)
SPEED = 60.0
"""A minute passes in a second: the four minutes before a probe cost four seconds."""

OFFICES_SYSTEM = "offices.crash.test"
CAMPAIGN = CampaignId("nq47")
_RULES = """\
id: nq47
title: Nghị quyết 47
intake: {number: "512"}
recipients: [{group: các xã, expected: report}]
rounds: {once: 2024-11-10}
reminders: {before: [10], after: [1]}
compile: {after: 5}
forward: {office: so, channels: both}
"""
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How a campaign is set up. Blind ``copies`` are asked for or not; None leaves that to what the
    server offers, as is the default. ``database`` is None for SQLite, ``s3`` for a folder; with
    ``pairs`` there are two workers at a time, and none that was killed is started again.
    """

    copies: bool | None
    database: Database | None = None
    s3: S3 | None = None
    pairs: bool = False
    moved: bool = True
    """Read mail is moved to another folder."""
    wired: bool = False
    """Each server is reached by a wire, see ``Lines``."""
    troubled: bool = False
    """Two more campaigns go to offices that give trouble, see ``trouble``."""


@dataclass(kw_only=True)
class Place:
    """One campaign's folder and servers; ``offices`` has the recipients, then the Department.

    ``troubled`` are those of ``trouble``, and ``portal`` is theirs; else there are none.
    """

    folder: Path
    postfix: Postfix
    exchange: Exchange
    own: Address
    offices: Sequence[Office]
    troubled: Sequence[Office]
    portal: Portal | None
    clock: FastClock
    lines: Lines
    fleet: Fleet
    database: Database | None = None

    @property
    def recipients(self) -> Sequence[Office]:
        """Return the offices that the directive goes to."""
        return self.offices[:-1]

    def start(self, passes: Mapping[str, int], *, alone: bool = False) -> None:
        """Start daemons of which one kills itself; see ``Fleet.start``."""
        self.clock.keep(self.folder / "clock.json")
        self.fleet.start(passes, alone=alone)

    def log_end(self) -> str:
        """Return the end of the daemons' log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-6000:]

    def jump(self, to: datetime) -> None:
        """Move the clock on; there may be no daemon."""
        self.fleet.stop_the_living()
        self.clock = self.clock.ahead(to)

    def step(self, by: timedelta) -> None:
        """Set the clock of everybody, forwards or back, under a daemon that works."""
        self.clock = self.clock.stepped(by)
        self.clock.keep(self.folder / "clock.json")

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock.now()

    def stop(self) -> None:
        """End the daemons in order; raises ``AssertionError`` when one fails."""
        try:
            self.fleet.stop()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_end()}") from None

    @cached_property
    def settings(self) -> Settings:
        """Return the configuration."""
        return load_settings(self.folder / "dondoc.yaml")

    def take_larger_mail(self) -> None:
        """Raise the limit of our mailbox for whatever reads the configuration next."""
        file = self.folder / "dondoc.yaml"
        text = file.read_text(encoding="utf-8")
        new = file.with_suffix(".new")
        new.write_text(text.replace("max_megabytes: 1\n", "max_megabytes: 50\n"), encoding="utf-8")
        new.replace(file)
        self.configured_anew()

    def configured_anew(self) -> None:
        """Read the configuration again where it is needed next."""
        self.__dict__.pop("settings", None)

    @property
    def begun(self) -> bool:
        """Tell whether a daemon came so far as to make the store whole."""
        try:
            return has_store(self.settings)
        except StoreFailed:
            return False

    @contextmanager
    def opened(self) -> Iterator[App]:
        """Open the store to look at it, beside a daemon or without one."""
        with open_app(self.settings, self.clock, read_only=True) as app:
            yield app

    @contextmanager
    def client(self, system: str) -> Iterator[VxpExchange]:
        """Connect to the exchange as one of its systems."""
        with VxpExchange(
            self.exchange.url, system_id=system, secret=SECRET, now=self.now
        ) as client:
            yield client


@contextmanager
def opened_place(
    folder: Path, postfix: Postfix, recipients: int, variant: Variant
) -> Iterator[Place]:
    """Make everything for a campaign; the directive lies on the exchange, no daemon has run."""
    domain = f"dot{next(_numbers)}.example"
    offices = _offices(recipients, domain)
    giving_trouble = troubled(domain) if variant.troubled else []
    everybody = [*offices, *giving_trouble]
    own = Address(postfix.dovecot.add(f"nq47@{domain}"))
    for office in everybody:
        for address in office.emails:
            postfix.dovecot.add(address)
    agencies = [
        Agency(code=office.organ_id, name=office.name, system=OFFICES_SYSTEM)
        for office in everybody
        if office.organ_id
    ]
    clock = FastClock.begin(BEGINNING, SPEED)
    place: Place | None = None

    def now() -> datetime:
        return (place or clock).now()

    systems = {UNIT: SECRET, OFFICES_SYSTEM: SECRET}
    with (
        Exchange(folder / "exchange", systems, agencies, now=now) as exchange,
        Lines(wired=variant.wired) as lines,
        ExitStack() as stack,
    ):
        peers = Peers(
            postfix=postfix,
            exchange_url=lines.url("exchange", exchange.url),
            smtp=lines.to("smtp", postfix.submission_port),
            imap=lines.to("imap", postfix.dovecot.imaps_port),
            database=lines.database("database", variant.database),
            s3=variant.s3,
        )
        configure(
            folder,
            peers,
            own=own,
            offices=list(map(_entry, everybody)),
            campaign=_RULES,
            schedule="poll_seconds: 5, probe_minutes: 4, retry_minutes: [1, 2, 5]",
            copies=variant.copies,
            moved=variant.moved,
            megabytes=1 if variant.troubled else None,
        )
        portal = stack.enter_context(Portal()) if variant.troubled else None
        if portal is not None:
            write_rules(folder, portal)
        place = Place(
            folder=folder,
            postfix=postfix,
            exchange=exchange,
            own=own,
            offices=offices,
            troubled=giving_trouble,
            portal=portal,
            clock=clock,
            lines=lines,
            database=variant.database,
            fleet=Fleet(folder, pairs=variant.pairs),
        )
        with place.client(UNIT) as client:
            client.send(
                Inline(short_letter()), kind=PacketKind.DOCUMENT, sender=UNIT, receivers=[UNIT]
            )
        try:
            yield place
        finally:
            place.fleet.kill_all()


def _entry(office: Office) -> str:
    ways = f", organ_id: {office.organ_id}" if office.organ_id else ""
    if office.emails:
        ways += f", emails: [{office.emails[0]}]"
    groups = f", groups: [{', '.join(office.groups)}]" if office.groups else ""
    return f"{{id: {office.id}, name: {office.name}{groups}{ways}}}"


_FIRST = "Yên Minh Hòa Tân Đồng Vân Cai Thiện Quyết Nhật Đô Hồ Thanh Liên Phúc Bình Kim Gia"
_SECOND = "Sơn Tiến Lạc Thành Nham Kinh Thắng Lương Tập Lễ Hữu Châu"


def _offices(recipients: int, domain: str) -> list[Office]:
    """Return offices that are reached by mail and by the exchange in turn, and the Department."""
    names = [f"UBND xã {first} {second}" for first in _FIRST.split() for second in _SECOND.split()]
    found = [_office(number, names[number], domain) for number in range(recipients)]
    department = Office(
        id=OfficeId("so"),
        name="Sở Thông tin và Truyền thông",
        organ_id=OrganId("H37.8"),
        emails=(Address(f"so@{domain}"),),
    )
    return [*found, department]


def _office(number: int, name: str, domain: str) -> Office:
    if number % 2:
        return Office(
            id=OfficeId(f"truc{number}"),
            name=name,
            groups=("các xã",),
            organ_id=OrganId(f"H37.99.{number}"),
        )
    return Office(
        id=OfficeId(f"thu{number}"),
        name=name,
        groups=("các xã",),
        emails=(Address(f"thu{number}@{domain}"),),
    )
