"""One document through the exchange, beside bare posts of the same size to the same server."""

import logging
import tempfile
from pathlib import Path

import requests

from bench.measure import Result, report, side_by_side
from domain.exchange import Attachment, Organ, Packet, PacketKind, Settlement
from domain.ids import OrganId
from dondoc import logs
from dondoc.bootstrap import SystemClock, exchange_client
from dondoc.simulators.eoffice import Exchange
from mappings.edxml.write import write_packet

COUNT = 20
CALLS = 4
SENDER, RECEIVER = OrganId("H37.98"), OrganId("H37.97")


def document(number: int) -> bytes:
    """Return an edXML file with 100 KB attached."""
    return write_packet(
        Packet(
            sender=Organ(organ_id=SENDER, name="a"),
            receivers=(Organ(organ_id=RECEIVER, name="b"),),
            document_id=f"bench-{number}",
            code_number=str(number),
            code_notation="UBND-VH",
            attachments=(Attachment(name="a.pdf", content=bytes(range(256)) * 400),),
        )
    )


def main() -> None:
    """Measure and report."""
    logs.configure(level=logging.WARNING)
    clock = SystemClock()
    systems: dict[str, str] = {SENDER: "one", RECEIVER: "two"}
    numbers = iter(range(1_000_000))
    with (
        tempfile.TemporaryDirectory() as folder,
        Exchange(Path(folder), systems) as exchange,
        exchange_client(exchange.url, SENDER, "one", clock.now) as sender,
        exchange_client(exchange.url, RECEIVER, "two", clock.now) as receiver,
        requests.Session() as session,
    ):
        session.trust_env = False

        def ours() -> None:
            for _ in range(COUNT):
                content = document(next(numbers))
                sender.send(content, kind=PacketKind.DOCUMENT, sender=SENDER, receivers=[RECEIVER])
                for waiting in receiver.waiting(PacketKind.DOCUMENT):
                    receiver.fetch(waiting.doc_id)
                    receiver.settle(waiting.doc_id, Settlement.DONE)

        def bare() -> None:
            for _ in range(COUNT):
                content = document(next(numbers))
                for _call in range(CALLS):
                    session.post(f"{exchange.url}/countReceiveEdoc", data=content, timeout=30)

        ours()
        carried, posted = side_by_side(ours, bare)
    report(
        Result(
            name="exchange",
            figures={
                "documents sent, listed, fetched and settled": (COUNT / carried, "per second"),
                "bare groups of four refused posts": (COUNT / posted, "per second"),
            },
            ratios={"vs_bare_posts": posted / carried},
        )
    )


if __name__ == "__main__":
    main()
