"""A document of 200 MB through every step, each in a process of its own: memory above idle.

Sent by the VXP client to the simulator, fetched into the evidence, read with its attachments into
the evidence, and written again. The simulator is another process, whose memory does not count.
A document of the same size that answers a directive is read by the service that counts answers.
"""

import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bench import large_answer
from bench.arguments import usage
from bench.measure import Result, report, scratch
from bench.memory import peak_above_idle
from connector.eoffice.vxp import VxpExchange
from connector.files import FileContent
from connector.store.evidence import FolderEvidence
from domain.content import Content, pieces
from domain.exchange import Attachment, Organ, Packet, PacketKind
from domain.ids import Digest, OrganId
from domain.keeping import Files, Write
from dondoc import logs
from dondoc.bootstrap import SystemClock
from dondoc.simulators.eoffice import Exchange
from mappings.edxml.limits import Limits
from mappings.edxml.read import read_packet
from mappings.edxml.write import write_packet

MEGABYTE = 1_000_000
SIZE = 200 * MEGABYTE
"""Bytes of the edXML file."""

BAR = 50.0
"""Megabytes above the idle process that no step may need."""

SENDER, RECEIVER = OrganId("H37.98"), OrganId("H37.97")
SYSTEMS: dict[str, str] = {SENDER: "one", RECEIVER: "two"}
LIMIT = 256 * 1024 * 1024


def make(folder: Path) -> Callable[[], None]:
    """Prepare to write a document with two files that do not compress, one of them in a ZIP."""
    files = []
    for name in ("a.pdf", "b.xls"):
        with (folder / name).open("wb") as out, Path("/dev/urandom").open("rb") as noise:
            for _ in range(SIZE // MEGABYTE * 3 // 8):
                out.write(noise.read(MEGABYTE))
        files.append(Attachment(name=name, content=FileContent(folder / name)))
    packet = Packet(
        sender=Organ(organ_id=SENDER, name="a"),
        receivers=(Organ(organ_id=RECEIVER, name="b"),),
        document_id="bench-large",
        code_number="512",
        code_notation="UBND-VH",
        attachments=tuple(files),
    )
    return partial(_write, packet, folder, "made.edxml")


def _write(packet: Packet, folder: Path, name: str) -> None:
    with (folder / name).open("wb") as out:
        write_packet(packet, out, files=_files(folder))


def send(folder: Path, url: str) -> Callable[[], None]:
    """Prepare to send the document."""
    exchange = _client(url, SENDER, folder)

    def work() -> None:
        exchange.send(
            FileContent(folder / "made.edxml"),
            kind=PacketKind.DOCUMENT,
            sender=SENDER,
            receivers=[RECEIVER],
        )

    return work


def fetch(folder: Path, url: str) -> Callable[[], None]:
    """Prepare to list the document and to fetch it into the evidence."""
    exchange, evidence = _client(url, RECEIVER, folder), FolderEvidence(folder / "evidence")

    def work() -> None:
        (waiting,) = exchange.waiting(PacketKind.DOCUMENT)
        stored = evidence.receive(partial(exchange.fetch, waiting.doc_id))
        (folder / "digest").write_text(stored.digest, encoding="ascii")

    return work


def read(folder: Path) -> Callable[[], None]:
    """Prepare to read the document from the evidence, its attachments into the evidence."""
    return lambda: _check(_read(folder).attachments, "its attachments are lost")


def write(folder: Path) -> Callable[[], None]:
    """Prepare to write what was read."""
    packet = _read(folder)

    def work() -> None:
        _write(packet, folder, "again.edxml")
        _check(_same(folder / "made.edxml", folder / "again.edxml"), "it is another document")

    return work


def answer(folder: Path) -> Callable[[], None]:
    """Prepare to read an answer that was taken in, its files and their texts."""
    return partial(large_answer.read, folder)


def _read(folder: Path) -> Packet:
    evidence = FolderEvidence(folder / "evidence")
    source = evidence.content(Digest((folder / "digest").read_text(encoding="ascii")))
    packet = read_packet(source, limits=Limits(), files=_files(folder)).packet
    if not isinstance(packet, Packet):
        sys.exit("the document became a status message")
    return packet


def _check(good: object, what: str) -> None:
    if not good:
        sys.exit(what)


def _same(one: Path, other: Path) -> bool:
    with one.open("rb") as left, other.open("rb") as right:
        both = zip(pieces(left), pieces(right), strict=True)
        return one.stat().st_size == other.stat().st_size and all(a == b for a, b in both)


def _files(folder: Path) -> Files:
    evidence = FolderEvidence(folder / "evidence")

    def keep(write: Write) -> Content:
        return evidence.content(evidence.receive(write).digest)

    def spool() -> BinaryIO:
        return tempfile.TemporaryFile(dir=folder)

    return Files(keep, spool)


def _client(url: str, system: OrganId, folder: Path) -> VxpExchange:
    return VxpExchange(
        url,
        system_id=system,
        secret=SYSTEMS[system],
        now=SystemClock().now,
        document_limit=LIMIT,
        spool=folder,
    )


def serve(folder: Path) -> None:
    """Run the simulator until the standard input ends; its address is the first line."""
    with Exchange(folder / "exchange", SYSTEMS, max_body=LIMIT) as exchange:
        print(exchange.url, flush=True)
        sys.stdin.read()


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.bench_large", "serve", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        yield child.stdout.readline().strip()
        child.stdin.close()


def _measured(step: str, *arguments: str) -> tuple[float, float]:
    """Run a step in a process of its own; return its megabytes above idle and its seconds."""
    command = [sys.executable, "-m", "bench.bench_large", step, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    return found["above"] / MEGABYTE, found["seconds"]


def _answered(folder: str) -> tuple[float, float]:
    """Let an office answer, in a process that is not measured, and measure how that is read."""
    place = Path(folder) / "answer"
    place.mkdir()
    command = [sys.executable, "-m", "bench.bench_large", "ask", str(place)]
    subprocess.run(command, check=True)
    return _measured("answer", str(place))


_STEPS: dict[str, Callable[..., Callable[[], None]]] = {
    "make": make,
    "send": send,
    "fetch": fetch,
    "read": read,
    "write": write,
    "answer": answer,
}
_HELPERS = {"serve": serve, "ask": large_answer.ask}


def step(name: str, folder: Path, *url: str) -> None:
    """Do one step in this process and print what it needed."""
    work = _STEPS[name](folder, *url)
    began = time.perf_counter()
    above = peak_above_idle(work)
    print(json.dumps({"above": above, "seconds": time.perf_counter() - began}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report, or do one step; return 1 if a step needs more memory than it may."""
    parser = usage("bench.bench_large", __doc__)
    parser.add_argument(
        "step",
        nargs="?",
        choices=[*_STEPS, *_HELPERS],
        help="do this one only, as the benchmark does in a process of its own",
    )
    parser.add_argument("folder", nargs="?", type=Path, help="of the step's files")
    parser.add_argument("url", nargs="?", help="of the exchange; for send and fetch")
    chosen = parser.parse_args(arguments)
    if chosen.step and chosen.folder is None:
        parser.error(f"{chosen.step} needs a folder")
    if (chosen.step in ("send", "fetch")) is (chosen.url is None):
        parser.error("send and fetch need the url of the exchange, and nothing else does")
    logs.configure(level=logging.WARNING)
    if chosen.step in _HELPERS:
        _HELPERS[chosen.step](chosen.folder)
    elif chosen.step:
        step(chosen.step, chosen.folder, *([chosen.url] if chosen.url else []))
    else:
        return measure()
    return 0


def measure() -> int:
    """Measure every step and report; return 1 if one needs more memory than it may."""
    with scratch() as folder, _served(Path(folder)) as url:
        found = {
            "to write it": _measured("make", folder),
            "to send it": _measured("send", folder, url),
            "to list and fetch it into the evidence": _measured("fetch", folder, url),
            "to read it, attachments into the evidence": _measured("read", folder),
            "to write it again from the evidence": _measured("write", folder),
            "to read and count an answer like it": _answered(folder),
        }
        size = (Path(folder) / "made.edxml").stat().st_size
    figures = {"size of the document's file": (size / MEGABYTE, "MB")}
    figures |= {f"memory above idle {name}": (above, "MB") for name, (above, _) in found.items()}
    figures |= {f"time {name}": (seconds, "s") for name, (_, seconds) in found.items()}
    report(Result(name="large", figures=figures, ratios={}))
    return int(any(above > BAR for above, _ in found.values()))


if __name__ == "__main__":
    sys.exit(main())
