"""Where the ledger, the evidence and the compiled documents are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from domain.errors import InvariantViolation, Problem
from domain.hosts import is_loopback
from domain.words import say
from dondoc.settings.check_access import Main, check_ca_file, check_secret
from dondoc.settings.models_main import StoreEntry
from dondoc.settings.s3 import S3Settings, check_s3, in_bucket, to_s3
from dondoc.settings.secrets import Secret, to_secret

_SCHEME = "postgresql"
_DATABASE = ("store", "database")
_WRITE = say("write postgresql://USER@HOST[:PORT]/DATABASE, or the path of a SQLite file")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlSettings:
    """A database of PostgreSQL; ``host`` is a name, an address, or the folder of a socket."""

    host: str
    port: int | None
    name: str
    username: str
    password: Secret | None
    ca_file: Path | None

    @property
    def far(self) -> bool:
        """Tell whether it is on another machine, so that the connection must be protected."""
        return not self.host.startswith("/") and not is_loopback(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the ledger, the evidence and the compiled documents are kept; absolute paths."""

    database: Path | PostgresqlSettings
    evidence: Path | S3Settings
    output: Path
    own: Path | None = None
    """The folder that is configured for what this machine keeps for itself."""

    @property
    def place(self) -> str:
        """How a text names the ledger."""
        database = self.database
        if isinstance(database, Path):
            return str(database)
        return f"{database.name} on {database.host}"

    @property
    def folder(self) -> Path:
        """The folder of what the daemon keeps for itself: its lock, its sign of life, its logins.

        It is the ledger's where that is a file, else the configured one, else the one that holds
        the evidence.
        """
        if isinstance(self.database, Path):
            return self.database.parent
        if self.own is not None:
            return self.own
        if isinstance(self.evidence, Path):
            return self.evidence.parent
        raise InvariantViolation("a store elsewhere has no folder of this machine")


def check_store(main: Main, entry: StoreEntry) -> Iterator[Problem]:
    """Find what keeps ``store`` from naming a database; an address is not repeated."""
    yield from check_ca_file(main, ("store", "ca_file"), entry.ca_file)
    if entry.password:
        yield from check_secret(main, ("store", "password"), entry.password)
    address = _address(entry.database)
    if address is None:
        if "://" in entry.database:
            yield main.problem(_DATABASE, say("store.database names no database"), _WRITE)
        for name in ("password", "ca_file"):
            if getattr(entry, name) is not None:
                yield main.problem(
                    ("store", name),
                    say("store.{name} means nothing with a SQLite file", name=name),
                    say("take it out, or let store.database name a PostgreSQL database"),
                )
    elif address.password is not None:
        yield main.problem(
            _DATABASE,
            say("store.database holds a password"),
            say("take it out, and write store.password: {{file: PATH}} or {{env: NAME}}"),
        )
    yield from check_s3(main, entry)
    yield from _own_folder(main, entry, in_file=address is None)


def _own_folder(main: Main, entry: StoreEntry, *, in_file: bool) -> Iterator[Problem]:
    if in_file and entry.folder:
        yield main.problem(
            ("store", "folder"),
            say("store.folder means nothing with a SQLite file"),
            say("take it out: what belongs to the file lies beside it"),
        )
    elif not in_file and in_bucket(entry.evidence) and not entry.folder:
        yield main.problem(
            ("store",),
            say("store.folder is missing"),
            say(
                "name a folder of this machine for the daemon's lock and for files on their "
                "way, such as /var/lib/dondoc"
            ),
        )


def to_store(main: Main, entry: StoreEntry) -> StoreSettings:
    """Make the places of the store, relative ones below the configuration file's folder."""
    folder = main.document.path.parent

    def below(name: str) -> Path:
        return (folder / name).absolute()

    address = _address(entry.database)
    return StoreSettings(
        # The lock is taken where the file lies, however many links lead there.
        database=_postgresql(main, entry, address) if address else below(entry.database).resolve(),
        evidence=to_s3(main, entry.s3, entry.evidence) if entry.s3 else below(entry.evidence),
        output=below(entry.output),
        own=below(entry.folder) if entry.folder else None,
    )


def _postgresql(main: Main, entry: StoreEntry, address: SplitResult) -> PostgresqlSettings:
    password, ca_file = entry.password, entry.ca_file
    return PostgresqlSettings(
        host=address.hostname or _socket(address),
        port=address.port,
        name=unquote(address.path.removeprefix("/")),
        username=unquote(address.username or ""),
        password=to_secret(password, main.document, ("store", "password")) if password else None,
        ca_file=(main.document.path.parent / ca_file).absolute() if ca_file else None,
    )


def _address(text: str) -> SplitResult | None:
    """Return the parts of a database's address; None for what is none."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme == _SCHEME and parts.port != 0 and not parts.fragment
    except ValueError:
        return None
    named = bool(parts.path.strip("/")) and "/" not in parts.path.removeprefix("/")
    reached = bool(parts.hostname) != _socket(parts).startswith("/")
    return parts if sound and named and reached and set(parse_qs(parts.query)) <= {"host"} else None


def _socket(address: SplitResult) -> str:
    return parse_qs(address.query).get("host", [""])[0]
