"""A whole campaign by mail to 10,000 recipients beside one to 100: cost of one, and memory.

The directive is taken, a letter to each is written and sent over 4 connections to a server that
takes everything, reports of delivery and the offices' answers are read, whoever is still due is
reminded, before the deadline and after it, the result is compiled, and the standing of all is
shown: by the daemon's own turns and its durable engine, over SQLite and evidence on the disk. Each
campaign runs in a process of its own after a small one that warms it up; the memory is all that
this process has in use at its peak, but for the standing, which a command shows. Messages are read
in it too, where the daemon of a machine with several cores has processes for that.

Then as many letters are handed over by one daemon and by two, see ``scale_workers``; nothing that
only this needs is loaded where memory is measured.

`python -m bench.bench_scale 2000` does it with fewer recipients.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dondoc.daemon  # noqa: F401 - what a daemon has loaded is in its memory
from bench.arguments import at_least_one, usage
from bench.measure import Pair, Result, report, scratch, seconds
from bench.memory import peak
from bench.scale_world import KINDS, FileBox, put_answers, sink
from connector.store.engine_database import engine_file
from domain.kinds import DispatchKind
from domain.state import AssignmentState, CompilationState, DispatchState
from domain.status import AssignmentStatus
from dondoc import logs
from dondoc.app import App
from dondoc.in_force import always
from dondoc.memory import few_arenas
from dondoc.rendering import rendered_apart
from dondoc.services.handing_out import HandingOut
from dondoc.services.status import campaign_status
from dondoc.services.turn import HandOver, turn
from schedulers.durable import DurableEngine
from tests.sending_office import BY_NIGHT, attachment, hand_over, opened, write_letters

if TYPE_CHECKING:
    from bench.scale_workers import Handed

MANY, FEW, WARM = 10_000, 100, KINDS
ROUNDS = 5
"""Campaigns to a few, some before and some after the one to many."""

CONNECTIONS = 4
FILE = 20 * 1024
ANSWERED = BY_NIGHT + timedelta(days=20, hours=12)
REMINDED = datetime(2024, 10, 25, 2, tzinfo=UTC)
"""Ten working days before the last safe one, at 9:00."""
OVERDUE = datetime(2024, 11, 13, 2, tzinfo=UTC)
"""After the deadline, and the working day behind it until whoever is late is reminded."""
COMPILED = datetime(2024, 11, 27, 2, tzinfo=UTC)
"""After the working days behind the deadline until the result is compiled."""

_QUIET = 30
"""Warnings only: lines for each letter would be measured too."""

_MEGABYTE = 1_000_000
_ONCE = 3_600.0
_STANDING = "standing shown"
_IDLE = "a turn with nothing to do"


@contextmanager
def office(folder: Path, recipients: int, port: int) -> Iterator[App]:
    """Yield an office that has so many others to write to."""
    with opened(folder, recipients, port, connections=CONNECTIONS) as app:
        if app.mail is None:
            sys.exit("the office has no mail account")
        box = FileBox("nq47", folder / "box")
        inbox = replace(app.mail.inbox, mailbox=box)
        # As the daemon does.
        yield replace(app, mail=replace(app.mail, inbox=inbox), render=rendered_apart)


def steps(app: App, by: HandOver) -> dict[str, Callable[[], object]]:
    """Return the parts of a campaign, in order; ``by`` hands letters over."""
    return {
        "letters written": lambda: write_letters(app, attachment(FILE)),
        "letters sent": lambda: hand_over(app, by),
        "answers read": lambda: turn(app, ANSWERED, hand_over=by),
        "reminders": lambda: turn(app, REMINDED, hand_over=by),
        _IDLE: lambda: turn(app, REMINDED, hand_over=by),
        "reminders after the deadline": lambda: turn(app, OVERDUE, hand_over=by),
        "compiled": lambda: turn(app, COMPILED, hand_over=by),
        _STANDING: lambda: campaign_status(app, "nq47"),
    }


def campaign(folder: Path, recipients: int, port: int) -> dict[str, tuple[float, int]]:
    """Carry out a campaign; return seconds and peak memory in bytes of each part."""
    found: dict[str, tuple[float, int]] = {}
    database = engine_file(folder / "engine.sqlite")
    with (
        office(folder, recipients, port) as app,
        closing(DurableEngine(database, worker="bench")) as engine,
    ):
        by = HandingOut(always(app), engine, lambda: REMINDED, lambda: False)

        def play() -> None:
            for name, work in steps(app, by).items():
                if name == "answers read":
                    put_answers(folder, folder / "box", ANSWERED - timedelta(days=1))
                found[name] = part(work)
            engine.stop()

        engine.every("turn", _ONCE, play)
        engine.run()
        check(app, recipients)
    database.dispose()
    return found


def part(work: Callable[[], object]) -> tuple[float, int]:
    """Do one part; return its seconds and the memory in use at its peak, in bytes."""
    took: list[float] = []
    most = peak(lambda: took.append(seconds(work)))
    return took[0], most


def check(app: App, recipients: int) -> None:
    """See that everything was done that is measured."""
    stands = Counter(row.status for row in app.ledger.select(AssignmentState))
    each = recipients // KINDS
    wanted = {
        AssignmentStatus.DELIVERED: each,
        AssignmentStatus.DISPLAYED: each,
        AssignmentStatus.ACKNOWLEDGED: each,
        AssignmentStatus.REPORTED: 2 * each,
    }
    reminded = sum(
        row.kind is DispatchKind.REMINDER and row.accepted_at is not None
        for row in app.ledger.select(DispatchState)
    )
    if stands != wanted or reminded != 2 * 3 * each:
        sys.exit(f"of {recipients} offices {dict(stands)}, {reminded} reminded")
    (compiled,) = app.ledger.select(CompilationState)
    if len(compiled.reports) != 2 * each or len(compiled.files) != len(list(app.output.iterdir())):
        sys.exit(f"{len(compiled.reports)} reports are compiled, into {len(compiled.files)} files")


def alone(recipients: int, folder: Path) -> None:
    """Carry out a campaign after a small one, and print what it cost."""
    few_arenas()  # as the daemon does
    with sink() as port, TemporaryDirectory(dir=folder) as small:
        campaign(Path(small), WARM, port)
        print(json.dumps(campaign(folder, recipients, port)))


def measured(recipients: int) -> dict[str, tuple[float, int]]:
    """Return what a campaign cost, in a process of its own."""
    with scratch() as folder:
        command = [sys.executable, "-m", "bench.bench_scale", str(recipients), folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, tuple[float, int]] = json.loads(done.stdout)
    return found


def cost(found: dict[str, tuple[float, int]], recipients: int) -> float:
    """Return the seconds that one recipient costs; an idle turn is a figure of its own."""
    return sum(took for name, (took, _) in found.items() if name != _IDLE) / recipients


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report, or carry out one campaign."""
    parser = usage("bench.bench_scale", __doc__)
    parser.add_argument(
        "recipients", nargs="?", type=_fifths, default=MANY, help=f"{MANY} unless set"
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="carry out this one campaign only, with its store in here, as the benchmark does",
    )
    chosen = parser.parse_args(arguments)
    logs.configure(level=_QUIET)
    if chosen.folder is not None:
        alone(chosen.recipients, chosen.folder)
        return
    before = [measured(FEW) for _ in range(ROUNDS // 2 + 1)]
    many = measured(chosen.recipients)
    after = [measured(FEW) for _ in range(ROUNDS // 2)]
    from bench.scale_workers import two_workers  # noqa: PLC0415 - not where memory is measured

    workers = two_workers(chosen.recipients)
    report(result(many, [*before, *after], workers, chosen.recipients))


def _fifths(text: str) -> int:
    """Read a whole number, and make it one that can be divided among all kinds of offices."""
    return -(-at_least_one(text) // KINDS) * KINDS


def result(
    many: dict[str, tuple[float, int]],
    few: Sequence[dict[str, tuple[float, int]]],
    workers: Sequence["Handed"],
    count: int,
) -> Result:
    """Return the cost of one recipient of many by that of one of a few, the memory, and the time of
    two workers by that of one: ``two_workers_time_ratio`` with a place on the processor for each.
    """
    daemon = max(most for name, (_, most) in many.items() if name != _STANDING)
    each = [cost(found, FEW) for found in few]
    first, second = cost(many, count), median(each)
    figures = {
        "peak_memory_mb": (daemon / _MEGABYTE, "MB"),
        f"a recipient of {count:,}": (first * 1e3, "ms"),
        f"a recipient of {FEW:,}": (second * 1e3, "ms"),
    }
    for name, (took, most) in many.items():
        figures[f"{count:,}: {name}"] = took, "s"
        figures[f"{count:,}: {name}, memory"] = most / _MEGABYTE, "MB"
    ratio = Pair(
        first=first,
        second=second,
        ratio=first / second,
        lowest=first / max(each),
        highest=first / min(each),
    )
    ratios = {f"cost_per_recipient_ratio_{count}_{FEW}": ratio}
    for handed in workers:
        by = "all cores" if handed.cores is None else f"{handed.cores} of a core each"
        figures[f"letters handed over by one daemon, {by}"] = handed.one, "s"
        figures[f"letters handed over by two, {by}"] = handed.two, "s"
    ratios["two_workers_time_ratio_all_cores"] = _beside(workers[0])
    if workers[-1].places:
        ratios["two_workers_time_ratio"] = _beside(workers[-1])
    return Result(name="scale", figures=figures, ratios=ratios)


def _beside(handed: "Handed") -> Pair:
    times = handed.two / handed.one
    return Pair(first=handed.two, second=handed.one, ratio=times, lowest=times, highest=times)


if __name__ == "__main__":
    main()
