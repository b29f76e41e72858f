"""What a campaign of the crash suite works in: a configuration, real servers, and its daemon."""

import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.parse import quote

from connector.eoffice.vxp import VxpExchange
from connector.store.postgresql import Server as Database
from domain.content import Inline
from domain.errors import StoreFailed
from domain.exchange import PacketKind
from domain.ids import Address, OfficeId, OrganId
from domain.office import Office
from dondoc.app import App
from dondoc.bootstrap import has_store, open_app
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.simulators.eoffice import Agency, Exchange
from tests.integration.services.service_parts import UNIT, short_letter
from tests.servers.dovecot import PASSWORD
from tests.servers.postfix import Postfix
from tests.servers.postgresql import PASSWORD as DATABASE_PASSWORD
from tests.servers.s3 import S3
from tests.servers.s3_account import ACCESS_KEY, SECRET_KEY
from tests.system.crash.clock import FastClock
from tests.system.crash.daemon import PRELOADED, own, serve

BEGINNING = datetime(2024, 5, 9, 2, 0, tzinfo=UTC)
SPEED = 60.0
"""A minute passes in a second: the four minutes before a probe cost four seconds."""

OFFICES_SYSTEM = "offices.crash.test"
_SECRET = "bi-mat-chi-de-thu-trong-may"

_MAIN = """\
store:
  database: {database}
{evidence}  output: result
{password}unit: {{organ_id: {unit}, name: UBND huyện Hữu Lũng, place: Hữu Lũng}}
exchange: {{name: truc, url: {url}, system_id: {unit}, secret: {{file: secret}}}}
mail:
  address: {own}
  copy_to_self: {copies}
  smtp:
    host: 127.0.0.1
    port: {smtp}
    username: {own}
    password: {{file: password}}
    ca_file: {ca_file}
  imap:
    host: 127.0.0.1
    port: {imap}
    username: {own}
    password: {{file: password}}
    ca_file: {ca_file}
    after_reading: {{move: Processed}}
token_key: {{file: secret}}
schedule: {{poll_seconds: 5, probe_minutes: 4, retry_minutes: [1, 2, 5]}}
directory: directory.yaml
campaigns: campaign.yaml
"""
_CAMPAIGN = """\
id: nq47
title: Nghị quyết 47
intake: {number: "512"}
recipients: [{group: các xã, expected: report}]
rounds: {once: 2024-11-10}
reminders: {before: [10], after: [1]}
compile: {after: 5}
forward: {office: so, channels: both}
"""
_PATIENCE = 60.0
_NURSERY = multiprocessing.get_context("forkserver")
"""Daemons are forked from a process that has imported everything: that takes longer than a run."""
_NURSERY.set_forkserver_preload(PRELOADED)
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How a campaign is set up. ``database`` is None for SQLite, ``s3`` for a folder; with
    ``pairs`` there are two workers at a time, and none that was killed is started again.
    """

    copies: bool
    database: Database | None = None
    s3: S3 | None = None
    pairs: bool = False


@dataclass(kw_only=True)
class Place:
    """One campaign's folder and servers; ``offices`` has the recipients, then the Department.

    Of a pair of workers ``daemon`` is the one that kills itself, ``other`` the one that goes on.
    """

    folder: Path
    postfix: Postfix
    exchange: Exchange
    own: Address
    offices: Sequence[Office]
    clock: FastClock
    pairs: bool = False
    daemon: BaseProcess | None = field(default=None)
    other: BaseProcess | None = field(default=None)
    _started: int = 0

    @property
    def recipients(self) -> Sequence[Office]:
        """Return the offices that the directive goes to."""
        return self.offices[:-1]

    @property
    def running(self) -> bool:
        """Tell whether there is a daemon."""
        return self.daemon is not None and self.daemon.is_alive()

    def start(self, passes: Mapping[str, int]) -> None:
        """Start a daemon that kills itself; see ``daemon``."""
        self.clock.keep(self.folder / "clock.json")
        if self.pairs and not (self.other is not None and self.other.is_alive()):
            self.other = self._process({})
        self.daemon = self._process(passes)

    def _process(self, passes: Mapping[str, int]) -> BaseProcess:
        self._started += 1
        worker = self._worker
        aim = self.folder / own("aim.json", worker)
        aim.write_text(json.dumps(dict(passes)), encoding="ascii")
        (self.folder / own("reached", worker)).write_text("", encoding="ascii")
        process = _NURSERY.Process(target=serve, args=(self.folder, worker), daemon=True)
        process.start()
        return process

    @property
    def _worker(self) -> str | None:
        """Return the name of the worker that was started last; None without pairs."""
        return f"w{self._started}" if self.pairs else None

    def kill(self) -> bool:
        """Kill the daemon; tell whether there was one. The other one of a pair goes on."""
        running = self.running
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.join()
        return running

    def kill_other(self) -> None:
        """Kill the one of a pair that has gone on until now; the next pair is the one that stays
        and a new one.
        """
        if self.other is not None:
            self.other.kill()
            self.other.join()
        self.other, self.daemon = self.daemon, None

    def reached(self) -> list[str]:
        """Return what the last daemon wrote about itself."""
        return (self.folder / own("reached", self._worker)).read_text("ascii").splitlines()

    def log_end(self) -> str:
        """Return the end of the daemons' log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-6000:]

    def jump(self, to: datetime) -> None:
        """Move the clock on; there may be no daemon, and the other one of a pair is ended."""
        self._end(self.other)
        self.other = None
        self.clock = self.clock.ahead(to)

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock.now()

    def stop(self) -> None:
        """End the daemon in order; raises ``AssertionError`` when it fails."""
        for daemon in (self.daemon, self.other):
            self._end(daemon)
        self.other = None

    def _end(self, daemon: BaseProcess | None) -> None:
        if daemon is not None:
            daemon.terminate()
            daemon.join(_PATIENCE)
            if daemon.exitcode != 0:
                raise AssertionError(f"the daemon failed at its end\n{self.log_end()}")

    @cached_property
    def settings(self) -> Settings:
        """Return the configuration."""
        return load_settings(self.folder / "dondoc.yaml")

    @property
    def begun(self) -> bool:
        """Tell whether a daemon came so far as to make the store whole."""
        try:
            return has_store(self.settings)
        except StoreFailed:
            return False

    @contextmanager
    def opened(self, *, write: bool = False) -> Iterator[App]:
        """Open the store, beside a daemon or without one."""
        with open_app(self.settings, self.clock, read_only=not write) as app:
            yield app

    @contextmanager
    def client(self, system: str) -> Iterator[VxpExchange]:
        """Connect to the exchange as one of its systems."""
        with VxpExchange(
            self.exchange.url, system_id=system, secret=_SECRET, now=self.now
        ) as client:
            yield client


@contextmanager
def opened_place(
    folder: Path, postfix: Postfix, recipients: int, variant: Variant
) -> Iterator[Place]:
    """Make everything for a campaign; the directive lies on the exchange, no daemon has run."""
    domain = f"dot{next(_numbers)}.example"
    offices = _offices(recipients, domain)
    own = Address(postfix.dovecot.add(f"nq47@{domain}"))
    for office in offices:
        for address in office.emails:
            postfix.dovecot.add(address)
    agencies = [
        Agency(code=office.organ_id, name=office.name, system=OFFICES_SYSTEM)
        for office in offices
        if office.organ_id
    ]
    clock = FastClock.begin(BEGINNING, SPEED)
    place: Place | None = None

    def now() -> datetime:
        return (place or clock).now()

    systems = {UNIT: _SECRET, OFFICES_SYSTEM: _SECRET}
    with Exchange(folder / "exchange", systems, agencies, now=now) as exchange:
        _configure(folder, postfix, exchange, own, offices, variant)
        place = Place(
            folder=folder,
            postfix=postfix,
            exchange=exchange,
            own=own,
            offices=offices,
            clock=clock,
            pairs=variant.pairs,
        )
        with place.client(UNIT) as client:
            client.send(
                Inline(short_letter()), kind=PacketKind.DOCUMENT, sender=UNIT, receivers=[UNIT]
            )
        try:
            yield place
        finally:
            place.kill()
            place.kill_other()


def _configure(
    folder: Path,
    postfix: Postfix,
    exchange: Exchange,
    own: Address,
    offices: Sequence[Office],
    variant: Variant,
) -> None:
    main = _MAIN.format(
        database=_address(variant.database),
        password="  password: {file: database-password}\n" if variant.database else "",
        evidence=_evidence(variant.s3),
        unit=UNIT,
        url=exchange.url,
        own=own,
        copies=str(variant.copies).lower(),
        smtp=postfix.submission_port,
        imap=postfix.dovecot.imaps_port,
        ca_file=postfix.ca_file,
    )
    texts = {
        "dondoc.yaml": main,
        "directory.yaml": "offices:\n" + "".join(map(_entry, offices)),
        "campaign.yaml": _CAMPAIGN,
        "secret": _SECRET,
        "password": PASSWORD,
        "database-password": DATABASE_PASSWORD,
        "access-key": ACCESS_KEY,
        "secret-key": SECRET_KEY,
    }
    for name, text in texts.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text, encoding="utf-8")


def _address(database: Database | None) -> str:
    if database is None:
        return "store/ledger.sqlite"
    user = quote(database.username)
    return f"postgresql://{user}@{database.host}:{database.port}/{database.name}"


def _evidence(s3: S3 | None) -> str:
    if s3 is None:
        return "  evidence: store/evidence\n"
    return (
        f"  evidence: s3://{s3.new_bucket().name}\n"
        f"  s3: {{endpoint: '{s3.address}', access_key: {{file: access-key}}, "
        "secret_key: {file: secret-key}}\n"
    )


def _entry(office: Office) -> str:
    ways = f", organ_id: {office.organ_id}" if office.organ_id else ""
    if office.emails:
        ways += f", emails: [{office.emails[0]}]"
    groups = f", groups: [{', '.join(office.groups)}]" if office.groups else ""
    return f"  - {{id: {office.id}, name: {office.name}{groups}{ways}}}\n"


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
