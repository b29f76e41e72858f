"""PostgreSQL on a loopback port, with a cluster of its own in a temporary folder."""

import signal
import subprocess
from itertools import count
from pathlib import Path

from connector.store.postgresql import Server as Database
from tests.servers.certificates import AUTHORITY, SERVER
from tests.servers.needed import as_postgresql, postgresql_programs
from tests.servers.process import (
    HOST,
    Process,
    Server,
    free_ports,
    new_folder,
    remove_folder,
    wait_for,
)

USER = "dondoc"
PASSWORD = "mật khẩu"


class Postgresql(Server):
    """A PostgreSQL of its own, with TLS; a context manager, or ``start`` and ``close``.

    Over the network it asks for a password. Without ``durable`` a power cut would cost it what was
    committed, a kill does not, and tests are faster.
    """

    ca_file = AUTHORITY

    def __init__(self, *, durable: bool = False) -> None:
        self._programs = postgresql_programs()
        self._before = as_postgresql()
        self.folder = new_folder()
        self.host = HOST
        (self.port,) = free_ports(1)
        self._numbers = count(1)
        data = self.folder / "data"
        self._give(self.folder)
        secret = self.folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        self._run(
            "initdb",
            *("--pgdata", str(data), "--username", USER, "--pwfile", str(secret)),
            *("--auth-host", "scram-sha-256", "--auth-local", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        own = self.folder / "server.pem"
        own.write_bytes(SERVER.read_bytes())
        own.chmod(0o600)
        self._give(own)
        self.process = Process(
            [
                *(str(self._programs / "postgres"), "-D", str(data), "-p", str(self.port)),
                *("-h", HOST, "-k", str(self.folder), "-c", "shared_buffers=32MB"),
                *("-c", f"fsync={'on' if durable else 'off'}"),
                *("-c", "ssl=on", "-c", f"ssl_cert_file={own}", "-c", f"ssl_key_file={own}"),
            ],
            self.folder / "log",
            before=self._before,
            stop_signal=signal.SIGINT,  # does not wait until everybody has gone
        )

    def start(self) -> None:
        """Start, also after ``stop`` or ``kill``: with the same port and what was committed."""
        self.process.start([self.port])
        wait_for("PostgreSQL is ready", self._ready)

    def close(self) -> None:
        """Stop and remove everything."""
        self.process.stop()
        remove_folder(self.folder, self._before)

    def new_database(self, *, like: Database | None = None) -> Database:
        """Make a database, and return how to reach it.

        It is empty, or a copy of one ``like`` it that nobody is connected to.
        """
        name = f"dondoc{next(self._numbers)}"
        copied = ("--template", like.name) if like else ()
        self._run("createdb", *self._there, *copied, name)
        return Database(host=HOST, port=self.port, name=name, username=USER, password=PASSWORD)

    def dump(self, database: Database) -> Path:
        """Write all that a database holds into a file, as ``pg_dump`` does."""
        file = self.folder / f"{database.name}.dump"
        self._run("pg_dump", *self._there, "--format=custom", f"--file={file}", database.name)
        return file

    def put_back(self, database: Database, dump: Path) -> None:
        """Make a database anew from what ``dump`` wrote; nobody may be connected."""
        self._run("dropdb", *self._there, database.name)
        self._run("createdb", *self._there, database.name)
        self._run("pg_restore", *self._there, f"--dbname={database.name}", str(dump))

    @property
    def _there(self) -> tuple[str, ...]:
        return "--host", str(self.folder), "--port", str(self.port), "--username", USER

    def _ready(self) -> bool:
        done = subprocess.run(
            [*self._before, str(self._programs / "pg_isready"), "--quiet", *self._there],
            check=False,
        )
        return done.returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._before, str(self._programs / program), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _give(self, path: Path) -> None:
        """PostgreSQL refuses to run as root, so what it uses belongs to its own user."""
        if self._before:
            subprocess.run(["chown", "postgres:", str(path)], check=True)
