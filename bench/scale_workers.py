"""Letters to many offices handed over by two workers on PostgreSQL, beside one.

Planned once, then sent twice from copies of one database: by one daemon, and by two that share its
queue of four connections. The server takes everything and is a program of its own (smtp-sink of
Postfix), and PostgreSQL writes durably. Only the handing over is measured, from the first batch to
the last.

Two daemons, PostgreSQL and the mail server want four cores. Where there are fewer, two daemons
cannot be faster than the cores are, and what is measured is the machine. There both are also
measured with a quarter of the machine for each daemon, as if it had a slower core of its own; the
database and the mail server are not slowed.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.measure import scratch
from bench.processor_share import share_of_processor
from connector.store.engine_database import engine_database
from connector.store.ledger import SqlLedger
from connector.store.postgresql import Server
from connector.store.workers import DatabaseWorkers
from domain.campaign import Channel
from domain.ids import DispatchId
from domain.intents import Probe, Transmit
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc import logs
from dondoc.app import App
from dondoc.in_force import always
from dondoc.services.handing_out import HandingOut
from dondoc.services.turn import turn
from schedulers.durable import DurableEngine
from tests.sending_office import IN_THE_MORNING, attachment, opened, write_letters
from tests.servers.needed import program
from tests.servers.postgresql import Postgresql
from tests.servers.process import Process, free_ports

CONNECTIONS = 4
_PLACES = 4
"""Two daemons, PostgreSQL, the mail server."""
_FILE = 20 * 1024
_QUIET = 40
_PATIENCE = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Seconds that one daemon took to hand letters over, and two; ``cores`` is what each had of the
    processor, None all that there is.
    """

    cores: float | None
    one: float
    two: float

    @property
    def places(self) -> bool:
        """Tell whether each daemon had a place on the processor, besides those of the servers."""
        return self.cores is not None or _cores() >= _PLACES


def two_workers(letters: int) -> list[Handed]:
    """Return how long one daemon and two took on the machine as it is, then with a place on the
    processor for each daemon.

    On four cores they have that anyway. Without the right to give shares (see ``processor_share``)
    there is the first only.
    """
    all_cores = _cores()
    shares: list[float | None] = [None]
    if all_cores < _PLACES and _may_share():
        shares.append(all_cores / _PLACES)
    with scratch() as folder, sink() as port, Postgresql(durable=True) as server:

        def near(database: Server) -> Server:
            """Reach it by its socket, as on one machine one does."""
            return replace(database, host=str(server.folder))

        planned = near(server.new_database())
        with opened(Path(folder), letters, port, database=planned) as app:
            write_letters(app, attachment(_FILE))
        found: list[Handed] = []
        for cores in shares:
            one, two = (
                _sent(
                    Path(folder),
                    letters,
                    port,
                    near(server.new_database(like=planned)),
                    count,
                    cores,
                )
                for count in (1, 2)
            )
            found.append(Handed(cores=cores, one=one, two=two))
    return found


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _number(process: SpawnProcess) -> int:
    if process.pid is None:
        raise RuntimeError("a daemon that was started has no number")
    return process.pid


def _may_share() -> bool:
    try:
        with share_of_processor(1) as give, subprocess.Popen(["sleep", "60"]) as somebody:
            try:
                give(somebody.pid)
            finally:
                somebody.kill()
    except OSError:
        return False
    return True


def _as_somebody() -> tuple[str, ...]:
    """Return what it has to be told as root: who to become."""
    return ("-u", "nobody") if os.geteuid() == 0 else ()


@contextmanager
def sink() -> Iterator[int]:
    """Yield the port of a mail server that takes everything and keeps nothing."""
    (port,) = free_ports(1)
    with scratch() as folder:
        arguments = [program("smtp-sink"), *_as_somebody(), f"127.0.0.1:{port}", "100"]
        process = Process(arguments, Path(folder) / "log")
        process.start([port])
        try:
            yield port
        finally:
            process.stop()


def _sent(
    folder: Path, letters: int, port: int, database: Server, count: int, cores: float | None
) -> float:
    """Have so many workers, with so much of the processor each, send all letters; return the
    seconds.
    """
    context = multiprocessing.get_context("spawn")
    go, end = context.Event(), context.Event()
    workers: list[tuple[SpawnProcess, Connection]] = []
    with ExitStack() as shares:
        for number in range(count):
            ours, theirs = context.Pipe()
            arguments = (folder, letters, port, database, number, go, end, theirs)
            process = context.Process(target=_work, args=arguments)
            process.start()
            workers.append((process, ours))
        for _, told in workers:
            told.recv()
        if cores is not None:
            for process, _ in workers:
                give = shares.enter_context(share_of_processor(cores))
                give(_number(process))
        go.set()
        seconds: float = workers[0][1].recv()
        end.set()
        for process, _ in workers:
            process.join()
    return seconds


def _work(
    folder: Path,
    letters: int,
    port: int,
    database: Server,
    number: int,
    go: Event,
    end: Event,
    told: Connection,
) -> None:
    """Be one worker; the first one plans, and tells how long handing over took."""
    logs.configure(level=_QUIET)
    name = f"w{number}"
    with ExitStack() as stack:
        app = stack.enter_context(
            opened(folder, letters, port, database=database, connections=CONNECTIONS)
        )
        workers = stack.enter_context(DatabaseWorkers(database, name))
        if isinstance(app.ledger, SqlLedger):
            app.ledger.fenced_by(workers.fence)
        app = replace(app, workers=workers)
        store = engine_database(database, worker=name)
        stack.callback(store.dispose)
        engine = DurableEngine(store, worker=name, daemons=lambda: len(workers.alive()))
        stack.callback(engine.close)
        handing_out = HandingOut(always(app), engine, lambda: IN_THE_MORNING, lambda: False)
        seconds = list[float]()

        def timed(
            intents: Sequence[Transmit | Probe],
            channels: Mapping[DispatchId, Channel],
            now: datetime,
        ) -> int:
            began = time.monotonic()
            done = handing_out(intents, channels, now)
            seconds.append(time.monotonic() - began)
            return done

        def work() -> None:
            told.send(None)
            go.wait()
            if number == 0:
                turn(app, IN_THE_MORNING, hand_over=timed)
                _check(app, letters)
                told.send(sum(seconds))
            end.wait()
            engine.stop()

        engine.every("turn", _PATIENCE, work)
        engine.run()


def _check(app: App, letters: int) -> None:
    rows = app.ledger.select(DispatchState, status=DispatchStatus.ACCEPTED)
    if len(rows) != letters or any(row.attempts != 1 for row in rows):
        sys.exit(f"{len(rows)} of {letters} letters were taken")
