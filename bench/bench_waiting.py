"""Many documents waiting on the exchange: taken in at a constant cost, in bounded memory.

Each number of them waits in a process of its own, over SQLite and evidence on the disk. The
exchange is the one in memory: what it holds counts as idle.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.arguments import at_least_one, usage
from bench.measure import Pair, Result, report, scratch
from bench.memory import peak_above_idle
from connector.eoffice.memory import MemoryExchange, MemoryHub
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.content import Inline, gathered
from domain.exchange import Agency, Organ, Packet, PacketKind
from domain.ids import OrganId
from domain.office import Directory
from dondoc import logs
from dondoc.app import App, ExchangeDoor
from dondoc.services.collect import collect
from mappings.edxml.write import write_packet
from mappings.reply.phrase_lists import default_phrases
from schedulers.calendar import WorkingCalendar

FEW, MANY = 1_000, 10_000
ROUNDS = 3
NOW = datetime(2024, 5, 10, 2, 0, tzinfo=UTC)
UNIT = Organ(organ_id=OrganId("H37.98"), name="UBND huyện Hữu Lũng")


def document(number: int) -> bytes:
    """Return an edXML file of about 3 KB."""
    packet = Packet(
        sender=UNIT,
        receivers=(UNIT,),
        document_id=f"bench-{number}",
        code_number=str(number),
        code_notation="UBND-VH",
        subject="V/v triển khai thực hiện Nghị quyết số 47/NQ-CP " * 20,
    )
    return gathered(lambda out: write_packet(packet, out))


def filled(count: int) -> MemoryExchange:
    """Return an exchange on which as many documents wait."""
    hub = MemoryHub(now=lambda: NOW)
    agency = Agency(id="1", code=UNIT.organ_id, old_code=None, name=UNIT.name)
    hub.register(agency, system_id="one")
    exchange = hub.connect("one")
    for number in range(count):
        exchange.send(
            Inline(document(number)),
            kind=PacketKind.DOCUMENT,
            sender=UNIT.organ_id,
            receivers=[UNIT.organ_id],
        )
    return exchange


def take_in(count: int, folder: Path) -> None:
    """List and take in as many documents, and print what one costs."""
    exchange = filled(count)
    with closing(SqlLedger.open(folder / "ledger.sqlite", create=True)) as ledger:
        app = App(
            ledger=ledger,
            evidence=FolderEvidence(folder / "evidence"),
            output=folder,
            spool=None,
            unit=UNIT,
            place="Hữu Lũng",
            exchange=ExchangeDoor(name="bench", exchange=exchange),
            mail=None,
            directory=Directory(()),
            campaigns={},
            calendar=WorkingCalendar(),
            token_key=lambda: b"k" * 32,
            phrases=default_phrases(),
        )
        taken: list[int] = []
        began = time.perf_counter()
        above = peak_above_idle(lambda: taken.append(collect(app, NOW)))
        seconds = time.perf_counter() - began
    if taken != [count]:
        sys.exit(f"{taken} documents were taken in, not {count}")
    print(json.dumps({"above": above / 1e6, "each": seconds / count}))


def measured(count: int) -> tuple[float, float]:
    """Return megabytes above idle and seconds per document, in a process of its own."""
    with scratch() as folder:
        command = [sys.executable, "-m", "bench.bench_waiting", str(count), folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    return found["above"], found["each"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report, or take in as many documents as are named."""
    parser = usage("bench.bench_waiting", __doc__)
    parser.add_argument(
        "documents",
        nargs="?",
        type=at_least_one,
        help="take in so many only, as the benchmark does in a process of its own",
    )
    parser.add_argument("folder", nargs="?", type=Path, help="where their store is made")
    chosen = parser.parse_args(arguments)
    if (chosen.documents is None) is not (chosen.folder is None):
        parser.error("documents and folder are given together")
    logs.configure(level=logging.WARNING)
    if chosen.documents is not None:
        take_in(chosen.documents, chosen.folder)
        return
    rounds = [(measured(MANY), measured(FEW)) for _ in range(ROUNDS)]
    ratios = sorted(many[1] / few[1] for many, few in rounds)
    many, few = (sorted(each)[ROUNDS // 2] for each in zip(*rounds, strict=True))
    beside = Pair(
        first=many[1],
        second=few[1],
        ratio=ratios[ROUNDS // 2],
        lowest=ratios[0],
        highest=ratios[-1],
    )
    report(
        Result(
            name="waiting",
            figures={
                f"a document of {FEW:,} waiting": (few[1] * 1e3, "ms"),
                f"a document of {MANY:,} waiting": (many[1] * 1e3, "ms"),
                f"memory above idle for {FEW:,}": (few[0], "MB"),
                f"memory above idle for {MANY:,}": (many[0], "MB"),
            },
            ratios={f"cost of a document at {MANY:,} by that at {FEW:,}": beside},
        )
    )


if __name__ == "__main__":
    main()
