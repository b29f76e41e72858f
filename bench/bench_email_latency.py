"""Time from delivery to recorded status, by IDLE, through the daemon's own loop.

Dovecot takes each answer by LMTP; the daemon, a process of its own on that mailbox, is woken by
IDLE, takes the answer in, reads and matches it, and commits what follows. Beside it, for the same
delivery, stands a bare client that only waits for the notification: Dovecot holds each one for half
a second, and nobody who uses IDLE can be faster than that.
"""

import logging
import multiprocessing
import os
import signal
import smtplib
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread

from bench.arguments import nothing
from bench.email_world import CONFIG, answers, begin, office, own
from bench.measure import Pair, Result, report, scratch
from domain.campaign import ExchangeMode
from domain.errors import InvariantViolation
from dondoc import logs
from dondoc.bootstrap import sign_file
from dondoc.daemon import serve
from dondoc.services.sign_of_life import read_sign
from dondoc.settings.load import load_settings
from dondoc.settings.loaded import load_set
from dondoc.settings.records import Settings
from dondoc.settings.store import StoreSettings
from tests.servers.dovecot import PASSWORD, Dovecot

DELIVERIES = 200
WARM_UP = 5
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 3600
"""So seldom that no regular turn of the daemon can be what finds a message."""

_STATUSES = "SELECT count(*) FROM events WHERE fact = 'ReplyRecorded'"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    nothing("bench.bench_email_latency", __doc__, arguments)
    logs.configure(level=logging.CRITICAL)
    with scratch() as folder:
        store = Path(folder) / "store"
        store.mkdir()
        with office(store, larger=False) as app:
            begin(app)
            letters = list(answers(app, DELIVERIES + WARM_UP))
            address = own(app).address
        with Dovecot(address) as dovecot:
            settings = _settings(store, dovecot, address)
            with _daemon(settings), _idling(dovecot, address) as notified:
                times = _measure(settings, dovecot, address, letters, notified)
    report(_result(times[WARM_UP:]))


def _settings(store: Path, dovecot: Dovecot, address: str) -> Settings:
    """Return the example's settings with a mailbox on our Dovecot, and nobody to send through."""
    os.environ.update(DONDOC_TOKEN_KEY="k" * 32, DONDOC_MAIL_PASSWORD=PASSWORD)
    settings = load_settings(CONFIG)
    mail = settings.mail
    if mail is None or mail.imap is None or mail.smtp is None:
        raise InvariantViolation("the example configuration has no mail account")
    imap = replace(
        mail.imap,
        host=dovecot.host,
        port=dovecot.imaps_port,
        security="tls",
        ca_file=dovecot.ca_file,
        username=address,
    )
    return replace(
        settings,
        store=StoreSettings(
            database=store / "ledger.sqlite", evidence=store / "evidence", output=store / "output"
        ),
        exchange=None,
        campaigns={
            name: replace(rule, exchange=ExchangeMode.OFF)
            for name, rule in settings.campaigns.items()
        },
        mail=replace(mail, imap=imap, smtp=replace(mail.smtp, host="127.0.0.1", port=9)),
        schedule=replace(settings.schedule, poll_seconds=POLL_SECONDS),
    )


def _served(settings: Settings) -> None:
    logs.configure(level=logging.CRITICAL)
    serve(replace(load_set(CONFIG), settings=settings))


@contextmanager
def _daemon(settings: Settings) -> Iterator[None]:
    """Run the daemon in a process of its own, past its first turn."""
    process = multiprocessing.get_context("fork").Process(target=_served, args=(settings,))
    process.start()
    try:

        def waits() -> bool:
            sign = read_sign(sign_file(settings))
            return process.is_alive() and sign is not None and sign.next_turn is not None

        _until("the daemon's first turn", waits)
        yield
    finally:
        if process.pid and process.is_alive():
            os.kill(process.pid, signal.SIGTERM)
        process.join()


@contextmanager
def _idling(dovecot: Dovecot, address: str) -> Iterator[list[float]]:
    """Yield a list that grows by an instant with each notification of a bare client."""
    notified: list[float] = []
    stopping: list[bool] = []
    with dovecot.imap(address) as client:
        client.select_folder("INBOX", readonly=True)
        client.idle()

        def listen() -> None:
            while not stopping:
                said = client.idle_check(timeout=0.2)
                if any(answer[1:2] == (b"EXISTS",) for answer in said):
                    notified.append(time.perf_counter())

        thread = Thread(target=listen)
        thread.start()
        try:
            yield notified
        finally:
            stopping.append(True)
            thread.join()


def _measure(
    settings: Settings,
    dovecot: Dovecot,
    address: str,
    letters: list[bytes],
    notified: list[float],
) -> list[tuple[float, float]]:
    """Return for each delivery the seconds until its status stood in the ledger, and until the
    bare client was notified.
    """
    times: list[tuple[float, float]] = []
    place = f"file:{settings.store.database}?mode=ro"
    with (
        closing(sqlite3.connect(place, uri=True, isolation_level=None)) as ledger,
        smtplib.LMTP(dovecot.host, dovecot.lmtp_port) as lmtp,
    ):
        statuses = _counted(ledger)
        for letter in letters:
            before, heard = statuses(), len(notified)
            lmtp.sendmail("", [address], letter)
            delivered = time.perf_counter()
            _until("a recorded status", partial(_more, statuses, before))
            recorded = time.perf_counter()
            _until("a notification", partial(_more, notified.__len__, heard))
            times.append((recorded - delivered, notified[heard] - delivered))
    return times


def _counted(ledger: sqlite3.Connection) -> Callable[[], int]:
    """Return what counts statuses, and asks no more of the machine than whether to count again."""
    seen = [0, 0]

    def count() -> int:
        version = int(ledger.execute("PRAGMA data_version").fetchone()[0])
        if version != seen[0]:
            seen[:] = version, int(ledger.execute(_STATUSES).fetchone()[0])
        return seen[1]

    return count


def _more(count: Callable[[], int], than: int) -> bool:
    return count() > than


def _until(what: str, true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            raise InvariantViolation(f"{what} did not come within {PATIENCE_SECONDS:.0f} seconds")
        time.sleep(0.001)


def _result(times: list[tuple[float, float]]) -> Result:
    recorded, notified = [[1000 * one[n] for one in times] for n in (0, 1)]
    ours = [r - n for r, n in zip(recorded, notified, strict=True)]
    ratios = [r / n for r, n in zip(recorded, notified, strict=True)]
    return Result(
        name="email-latency",
        figures={
            "delivery to recorded status, median": (statistics.median(recorded), "ms"),
            "delivery to recorded status, 99th percentile": (_percentile(recorded), "ms"),
            "delivery to bare IDLE notification, median": (statistics.median(notified), "ms"),
            "delivery to bare IDLE notification, 99th percentile": (_percentile(notified), "ms"),
            "recorded after the notification, median": (statistics.median(ours), "ms"),
        },
        ratios={
            "vs_idle": Pair(
                first=statistics.median(recorded) / 1000,
                second=statistics.median(notified) / 1000,
                ratio=statistics.median(ratios),
                lowest=min(ratios),
                highest=max(ratios),
            )
        },
    )


def _percentile(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


if __name__ == "__main__":
    main()
