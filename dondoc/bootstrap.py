"""The one place that names adapters: from the settings to an ``App`` ready for use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

from connector.eoffice.folder import FolderDoor
from connector.eoffice.folder_look import PLACES
from connector.eoffice.http import Timeouts
from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.rest import MappedRest
from connector.eoffice.vxp import VxpExchange
from connector.portal import PortalPages
from connector.store.backup_folder import BackupFolder
from connector.store.database_lock import DatabaseLock
from connector.store.engine_database import engine_schema
from connector.store.ledger import SqlLedger
from connector.store.lock import DaemonLock, StoreLock
from connector.store.mark import FileMark
from connector.store.memory import MemoryEvidence, MemoryLedger
from connector.store.postgresql import Server
from connector.store.workers import DatabaseWorkers, workers_seen
from domain.bundle import Bundle
from domain.engine_schema import EngineSchema
from domain.errors import InvariantViolation, StoreFailed, StoreMissing
from domain.exchange import PacketReading
from domain.ids import CampaignId, Digest
from domain.ports import Clock, EvidenceStore, Ledger, Workers
from domain.rest import RestAccount
from domain.workers import WorkerSeen
from dondoc.alone import Alone
from dondoc.app import App, ExchangeDoor, MailDoor, Patience, PortalSite
from dondoc.bootstrap_evidence import evidence_elsewhere, open_evidence, spool_folder
from dondoc.bootstrap_mail import MailWiring, sender_proof
from dondoc.reading_ahead import ReadingAhead
from dondoc.settings.load_rest import RestMapping
from dondoc.settings.records import (
    ExchangeSettings,
    FolderSettings,
    RestSettings,
    Settings,
)
from dondoc.settings.store import PostgresqlSettings
from mappings.folder.read import read_folder
from mappings.folder.refusal import refusal_words
from mappings.mail.rendering import MailTemplates, default_templates
from mappings.reply.phrase_lists import default_phrases

Now = Callable[[], datetime]
VxpNode: TypeAlias = VxpExchange
"""What ``vxp_client`` gives, for the annotations of commands, which name no adapter."""

_LOCK = "daemon.lock"
_SIGN = "daemon.alive"
_METRICS = "metrics.prom"
_MARK = "ledger.mark"
_MOVED = ".moved"


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
    worker: str | None = None,
) -> Iterator[App]:
    """Open the store and the doors; nothing connects, and no secret is read, before first use.

    ``worker`` is the name of one of several daemons, in a ledger that they share. ``create`` makes
    a store that is not there yet, ``may_lack_store`` does with an empty one in memory. ``hurry`` is
    the most, in seconds, that one request to a door may take. Raises ``StoreFailed`` when the store
    cannot be opened.
    """
    with ExitStack() as stack:
        ledger: Ledger = MemoryLedger()
        evidence: EvidenceStore = MemoryEvidence()
        ahead: ReadingAhead | None = None
        spool: Path | None = None
        workers: Workers = Alone()
        if not may_lack_store or has_store(settings):
            sql = open_ledger(settings, create=create, read_only=read_only)
            stack.callback(sql.close)
            if worker is not None:
                several = stack.enter_context(_worker(settings, worker))
                sql.fenced_by(several.fence)
                workers = several
            ledger = sql
            evidence = open_evidence(settings.store, stack, read_only=read_only, hurry=hurry)
            spool = None if read_only else spool_folder(settings.store)
            ahead = ReadingAhead(evidence_elsewhere(settings.store), phrases=settings.phrases)
            stack.callback(ahead.close)
        elif not isinstance(settings.store.evidence, Path):
            # So that the doctor reaches it before the first start.
            evidence = open_evidence(settings.store, stack, read_only=True, hurry=hurry)
        found = settings.exchange
        exchange = _exchange_door(found, clock.now, spool, stack, hurry) if found else None
        further = tuple(_further(door, clock.now, spool, stack, hurry) for door in settings.doors)
        wiring = MailWiring(settings, clock, spool, stack)
        mail = wiring.door(settings.mail) if settings.mail else None
        inboxes = wiring.further_inboxes()
        app = _app(settings, ledger, evidence, spool, exchange, further, mail)
        portals = portal_sites(settings, stack)
        mark = store_mark(settings) if spool else None
        yield replace(
            app, portals=portals, further_inboxes=inboxes, ahead=ahead, workers=workers, mark=mark
        )


@contextmanager
def open_store(
    settings: Settings, *, create: bool = False, read_only: bool = False
) -> Iterator[tuple[SqlLedger, EvidenceStore]]:
    """Open the ledger and the evidence without the doors; see ``open_app``."""
    with (
        closing(open_ledger(settings, create=create, read_only=read_only)) as ledger,
        ExitStack() as stack,
    ):
        yield ledger, open_evidence(settings.store, stack, read_only=read_only)


def backup_folder(path: Path) -> BackupFolder:
    """Return the folder of a backup."""
    return BackupFolder(path.absolute())


def mark_moved(database: Path, place: str, now: datetime) -> None:
    """Have a SQLite ledger refuse to be used any more, because it is kept elsewhere now."""
    note = _moved(database)
    try:
        note.touch(mode=0o600)
        note.write_text(f"{place} at {now.isoformat(timespec='seconds')}\n", encoding="utf-8")
    except OSError as error:
        raise StoreFailed(
            f"{note} cannot be written: {error.strerror}; the store is complete at {place}, "
            f"do not use {database} any more"
        ) from error


def _moved(database: Path) -> Path:
    return database.with_name(f"{database.name}{_MOVED}")


def open_ledger(settings: Settings, *, create: bool = False, read_only: bool = False) -> SqlLedger:
    """Open the ledger alone; see ``open_app``."""
    database = settings.store.database
    if isinstance(database, Path):
        if (note := _moved(database)).exists():
            raise StoreFailed(
                f"the ledger {database} was moved to {note.read_text(encoding='utf-8').strip()}; "
                f"use the configuration that names that one. Only if nothing was ever sent from "
                f"there, remove {note} to go on here"
            )
        return SqlLedger.open(database, create=create, read_only=read_only)
    return SqlLedger.connect(database_server(database), create=create, read_only=read_only)


def _worker(settings: Settings, name: str) -> DatabaseWorkers:
    database = settings.store.database
    if isinstance(database, Path):
        raise InvariantViolation(f"a worker {name} of the SQLite file {database}")
    return DatabaseWorkers(database_server(database), name)


def database_server(database: PostgresqlSettings) -> Server:
    """Return how a database is reached."""
    return Server(
        host=database.host,
        port=database.port,
        name=database.name,
        username=database.username,
        password=database.password.reveal if database.password else "",
        verified=database.far,
        ca_file=database.ca_file,
    )


def has_store(settings: Settings) -> bool:
    """Tell whether there is a ledger; raises ``StoreFailed`` when that cannot be found out."""
    try:
        open_ledger(settings, read_only=True).close()
    except StoreMissing:
        return False
    return True


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
        phrases=settings.phrases or default_phrases(),
        templates=MailTemplates(settings.templates) if settings.templates else default_templates(),
        patience=Patience(
            retry=tuple(timedelta(minutes=m) for m in settings.schedule.retry_minutes),
            probe=timedelta(minutes=settings.schedule.probe_minutes),
        ),
        proof=sender_proof(settings.mail),
    )


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


def exchange_client(url: str, system_id: str, secret: str, now: Now) -> VxpExchange:
    """Return a client of an exchange for a system of its own, such as the demo's offices."""
    return VxpExchange(url, system_id=system_id, secret=secret, now=now)


def daemon_lock(settings: Settings, worker: str | None = None) -> DaemonLock:
    """Return the lock that one daemon at a time may hold on a store, or each of several workers."""
    path, store = settings.store.folder / _of_worker(_LOCK, worker), settings.store.place
    database = settings.store.database
    if isinstance(database, Path):
        return StoreLock(path, store=store, folder=True)
    return DatabaseLock(database_server(database), StoreLock(path, store=store), worker=worker)


def workers_at_work(settings: Settings) -> list[WorkerSeen]:
    """Return the daemons that share the store under names of their own; none in a SQLite file."""
    database = settings.store.database
    return [] if isinstance(database, Path) else workers_seen(database_server(database))


def engine_room(settings: Settings) -> EngineSchema | None:
    """Return how the engine's schema stands in the ledger's database; None beside a SQLite file."""
    database = settings.store.database
    return None if isinstance(database, Path) else engine_schema(database_server(database))


def sign_file(settings: Settings, worker: str | None = None) -> Path:
    """Return the file of a daemon's sign of life."""
    return settings.store.folder / _of_worker(_SIGN, worker)


def store_mark(settings: Settings) -> FileMark:
    """Return the mark beside the ledger."""
    return FileMark(settings.store.folder / _MARK)


def metrics_file(settings: Settings, worker: str | None = None) -> Path:
    """Return the file of a daemon's figures for Prometheus."""
    return settings.store.folder / _of_worker(_METRICS, worker)


def _of_worker(name: str, worker: str | None) -> str:
    """Return the name of a file that each of several workers on one machine has for itself."""
    return f"{worker}.{name}" if worker else name
