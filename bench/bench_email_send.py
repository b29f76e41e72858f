"""Letters with an attachment through a real Postfix, beside smtp-source with the same sessions.

Both hand the same number of messages of the same size over as many connections to the same
server, which takes each durably into its queue and throws it away afterwards (discard(8)). Ours is
a whole turn: what is due is decided, each letter is read from the evidence, its attempt and its
outcome are committed to the ledger on disk. smtp-source, which comes with Postfix, writes one
buffer again and again and records nothing. The letters were written before; what that takes, and
what both together make of the ratio, are figures of their own.

smtp-source cannot ask for a report of each delivery (DSN, RFC 3461), which our letters do where the
server offers it. Writing and delivering that report is as much work again for the server, here on
the same processor. So the server that both are measured against does not offer it; what the letters
take where it does is a ratio of its own.

`python -m bench.bench_email_send 200` does it with fewer letters.
"""

import multiprocessing
import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.arguments import at_least_one, usage
from bench.measure import OUT, Pair, Result, report, seconds
from bench.memory import peak_above_idle
from dondoc import logs
from tests.sending_office import attachment, hand_over, message_size, opened, write_letters
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix

LETTERS = 2_000
FEW = 200
SESSIONS = 4
ROUNDS = 3
FILE = 2 * 1024 * 1024
DOMAIN = "discard.example"
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Seconds of writing and sending our letters."""

    writing: float
    sending: float
    processor: float
    """Seconds of processor time that our process took to send."""
    size: int
    """Octets of one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Seconds of one round: our letters, and smtp-source."""

    ours: Ours
    reported: Ours
    """Our letters where each delivery is reported to us."""
    beside: float


@contextmanager
def discarding(*, reports: bool) -> Iterator[Postfix]:
    """Yield a Postfix that throws away what it has taken for one domain.

    With ``reports`` it offers to report each delivery.
    """
    with Dovecot() as dovecot:
        postfix = Postfix(dovecot, asking=False)
        table = postfix.folder / "etc" / "transports"
        settings = postfix.folder / "etc" / "main.cf"
        table.write_text(f"/@{DOMAIN}$/ discard:\n{table.read_text()}")
        if not reports:
            settings.write_text(f"{settings.read_text()}\nsmtpd_discard_ehlo_keywords = dsn\n")
        # As in Postfix's own set-up: a file that was changed a moment ago is waited for.
        past = time.time() - 60
        for changed in (table, settings):
            os.utime(changed, (past, past))
        with postfix:
            yield postfix


def one_round(plain: Postfix, reporting: Postfix, letters: int, *, ours_first: bool) -> Round:
    """Send once each, in this order or the other."""
    if ours_first:
        ours = _ours(plain, letters)
        beside = _smtp_source(plain, letters, ours.size)
        return Round(ours=ours, beside=beside, reported=_ours(reporting, letters))
    reported = _ours(reporting, letters)
    beside = _smtp_source(plain, letters, reported.size)
    return Round(ours=_ours(plain, letters), beside=beside, reported=reported)


def _ours(postfix: Postfix, letters: int) -> Ours:
    with (
        TemporaryDirectory(dir=OUT) as folder,
        opened(
            Path(folder), letters, postfix.smtp_port, domain=DOMAIN, connections=SESSIONS
        ) as app,
    ):
        writing = seconds(lambda: write_letters(app, attachment(FILE)))
        before = time.process_time()
        sending = seconds(lambda: hand_over(app))
        processor = time.process_time() - before
        postfix.settle()
        size = message_size(app)
    return Ours(writing=writing, sending=sending, processor=processor, size=size)


def _smtp_source(postfix: Postfix, letters: int, size: int) -> float:
    command = [
        *("smtp-source", "-d", "-s", str(SESSIONS), "-m", str(letters), "-l", str(size)),
        *("-f", "nq47@huulung.example", "-t", f"vanphong@{DOMAIN}"),
        f"{postfix.host}:{postfix.smtp_port}",
    ]
    took = seconds(lambda: _run(command))
    postfix.settle()
    return took


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)


def peak(port: int, letters: int) -> int:
    """Return the bytes that writing and sending letters need at their peak, in a new process."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_peak, (port, letters))


def _peak(port: int, letters: int) -> int:
    logs.configure(level=_QUIET)

    def work() -> None:
        with (
            TemporaryDirectory(dir=OUT) as folder,
            opened(Path(folder), letters, port, domain=DOMAIN, connections=SESSIONS) as app,
        ):
            write_letters(app, attachment(FILE))
            hand_over(app)

    return peak_above_idle(work)


_QUIET = 30
"""Warnings only: two lines a letter would be measured too."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = usage("bench.bench_email_send", __doc__)
    parser.add_argument(
        "letters", nargs="?", type=at_least_one, default=LETTERS, help=f"{LETTERS} unless set"
    )
    letters = parser.parse_args(arguments).letters
    OUT.mkdir(exist_ok=True)
    logs.configure(level=_QUIET)
    with discarding(reports=False) as plain, discarding(reports=True) as reporting:
        one_round(plain, reporting, FEW // 2, ours_first=True)  # warms up
        rounds = [
            one_round(plain, reporting, letters, ours_first=bool(n % 2)) for n in range(ROUNDS)
        ]
        few, many = peak(plain.smtp_port, FEW), peak(plain.smtp_port, letters)
    report(
        Result(
            name="email-send",
            figures={
                "letters": (letters, ""),
                "sessions": (SESSIONS, ""),
                "one message": (rounds[0].ours.size / _MEGABYTE, "MB"),
                "letters written": (_rate(letters, [r.ours.writing for r in rounds]), "per second"),
                "letters sent": (_rate(letters, [r.ours.sending for r in rounds]), "per second"),
                "letters sent, deliveries reported": (
                    _rate(letters, [r.reported.sending for r in rounds]),
                    "per second",
                ),
                "smtp-source": (_rate(letters, [r.beside for r in rounds]), "per second"),
                "processor time to send a letter": (
                    1000 / _rate(letters, [r.ours.processor for r in rounds]),
                    "ms",
                ),
                f"peak memory of {FEW} letters": (few / _MEGABYTE, "MB"),
                f"peak memory of {letters:,} letters": (many / _MEGABYTE, "MB"),
            },
            ratios={
                "vs_smtp_source": _beside(rounds, [r.ours.sending for r in rounds]),
                "vs_smtp_source_with_reports": _beside(
                    rounds, [r.reported.sending for r in rounds]
                ),
                "vs_smtp_source_with_writing": _beside(
                    rounds, [r.ours.sending + r.ours.writing for r in rounds]
                ),
            },
        )
    )


def _rate(letters: int, times: list[float]) -> float:
    return letters / statistics.median(times)


def _beside(rounds: list[Round], ours: list[float]) -> Pair:
    """Compare rates: our part of what smtp-source reaches, round by round."""
    ratios = [r.beside / our for r, our in zip(rounds, ours, strict=True)]
    return Pair(
        first=statistics.median(r.beside for r in rounds),
        second=statistics.median(ours),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
    )


if __name__ == "__main__":
    main()
