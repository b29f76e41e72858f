"""The one place that names adapters: from the settings to an ``App`` ready for use."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, TypedDict

from connector.eoffice.vxp import VxpExchange
from connector.store.backup_folder import BackupFolder
from connector.store.database_lock import DatabaseLock
from connector.store.engine_database import engine_schema
from connector.store.ledger import SqlLedger
from connector.store.lock import DaemonLock, StoreLock
from connector.store.mark import FileMark
from connector.store.memory import MemoryEvidence, MemoryLedger
from connector.store.move_notes import MoveNotes
from connector.store.postgresql import Server
from connector.store.workers import DatabaseWorkers, workers_seen
from domain.campaign import Campaign
from domain.engine_schema import EngineSchema
from domain.errors import InvariantViolation, StoreFailed, StoreMissing
from domain.exchange import Organ
from domain.ids import CampaignId
from domain.office import Directory
from domain.ports import Clock, EvidenceStore, Ledger, Workers
from domain.workers import WorkerSeen
from dondoc.alone import Alone
from dondoc.app import App, Patience, SenderProof
from dondoc.bootstrap_accounts import Now, carried, open_accounts
from dondoc.bootstrap_evidence import evidence_elsewhere, open_evidence, spool_folder
from dondoc.bootstrap_mail import sender_proof
from dondoc.reading_ahead import ReadingAhead
from dondoc.settings.mailboxes import boxes_of
from dondoc.settings.records import Settings
from dondoc.settings.store import PostgresqlSettings
from dondoc.settings.unchangeable import same_accounts
from mappings.mail.rendering import MailTemplates, default_templates
from mappings.reply.phrase_lists import default_phrases
from mappings.reply.phrases import Phrases
from schedulers.calendar import WorkingCalendar

VxpNode: TypeAlias = VxpExchange
"""What ``vxp_client`` gives, for the annotations of commands, which name no adapter."""

_LOCK = "daemon.lock"
_SIGN = "daemon.alive"
_METRICS = "metrics.prom"
_MARK = "ledger.mark"


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
        accounts = open_accounts(settings, clock, spool, hurry)
        stack.callback(accounts.close)
        mark = store_mark(settings) if spool else None
        app = App(
            ledger=ledger,
            evidence=evidence,
            output=settings.store.output,
            spool=spool,
            exchange=None,
            mail=None,
            ahead=ahead,
            workers=workers,
            mark=mark,
            close_accounts=accounts.close,
            **_rules(settings),
        )
        yield accounts.into(app)


@contextmanager
def open_store(
    settings: Settings,
    *,
    create: bool = False,
    read_only: bool = False,
    moving_to: str | None = None,
) -> Iterator[tuple[SqlLedger, EvidenceStore]]:
    """Open the ledger and the evidence without the doors; see ``open_app``.

    A ledger that is on its way to another place is opened only where ``moving_to`` is that place.
    """
    opening = open_ledger(settings, create=create, read_only=read_only, moving_to=moving_to)
    with (
        closing(opening) as ledger,
        ExitStack() as stack,
    ):
        yield ledger, open_evidence(settings.store, stack, read_only=read_only)


def backup_folder(path: Path) -> BackupFolder:
    """Return the folder of a backup."""
    return BackupFolder(path.absolute())


def move_notes(database: Path) -> MoveNotes:
    """Return the notes beside a SQLite ledger that tell of its move."""
    return MoveNotes(database)


def open_ledger(
    settings: Settings,
    *,
    create: bool = False,
    read_only: bool = False,
    moving_to: str | None = None,
) -> SqlLedger:
    """Open the ledger alone; see ``open_app`` and ``open_store``."""
    database = settings.store.database
    if isinstance(database, Path):
        MoveNotes(database).check(to=moving_to)
        if create:
            _refuse_second_name(database)
        return SqlLedger.open(database, create=create, read_only=read_only)
    return SqlLedger.connect(database_server(database), create=create, read_only=read_only)


def _refuse_second_name(database: Path) -> None:
    """Raise ``StoreFailed`` where a file has two names: their side files and locks would differ.

    See sqlite.org/howtocorrupt.html, "Multiple links to the same file".
    """
    if database.is_file() and database.stat().st_nlink > 1:
        raise StoreFailed(
            f"the ledger {database} has a second name (a hard link), by which another daemon could "
            "write it unseen; remove the other name, or put a copy in its place"
        )


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


def ruled(app: App, settings: Settings) -> App:
    """Return an application that works by other rules, with its accounts and its store."""
    return replace(app, taking_part={}, **_rules(settings))


def rewired(
    app: App, old: Settings, new: Settings, clock: Clock, dress: Callable[[App], App]
) -> App:
    """Return the application of another set; its accounts are the same where nothing changed there.

    ``dress`` is done to an application with new accounts. Nothing connects.
    """
    found = ruled(app, new)
    if same_accounts(old, new):
        return found
    accounts = open_accounts(new, clock, app.spool)
    was, becomes = boxes_of(old), boxes_of(new)
    same = {n for n, box in becomes.items() if n in was and was[n].account == box.account}
    opened = dress(accounts.into(replace(found, close_accounts=accounts.close)))
    return carried(app, opened, same)


class _Rules(TypedDict):
    unit: Organ
    place: str
    directory: Directory
    campaigns: Mapping[CampaignId, Campaign]
    calendar: WorkingCalendar
    token_key: Callable[[], bytes]
    patience: Patience
    proof: SenderProof
    phrases: Phrases
    templates: MailTemplates


def _rules(settings: Settings) -> _Rules:
    return _Rules(
        unit=settings.unit,
        place=settings.place,
        directory=settings.directory,
        campaigns=settings.campaigns,
        calendar=settings.calendar,
        token_key=settings.token_key.key,
        patience=Patience(
            retry=tuple(timedelta(minutes=m) for m in settings.schedule.retry_minutes),
            probe=timedelta(minutes=settings.schedule.probe_minutes),
        ),
        proof=sender_proof(settings.mail),
        phrases=settings.phrases or default_phrases(),
        templates=MailTemplates(settings.templates) if settings.templates else default_templates(),
    )


def exchange_client(url: str, system_id: str, secret: str, now: Now) -> VxpExchange:
    """Return a client of an exchange for a system of its own, such as the demo's offices."""
    return VxpExchange(url, system_id=system_id, secret=secret, now=now)


def daemon_lock(
    settings: Settings, worker: str | None = None, *, folder_held: bool = False
) -> DaemonLock:
    """Return the lock that one daemon at a time may hold on a store, or each of several workers.

    With ``folder_held`` this process holds that of another store in the same folder already.
    """
    path, store = settings.store.folder / _of_worker(_LOCK, worker), settings.store.place
    database = settings.store.database
    if isinstance(database, Path):
        return StoreLock(path, store=store, folder=True)
    file = None if folder_held else StoreLock(path, store=store)
    return DatabaseLock(database_server(database), file, worker=worker)


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
