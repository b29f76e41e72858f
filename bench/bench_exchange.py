"""One document through the exchange, beside bare posts of the same size to the same server."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import requests

from bench.arguments import nothing
from bench.measure import ROUNDS, Result, report, scratch, side_by_side
from connector.eoffice.vxp import VxpExchange
from domain.content import Inline, gathered
from domain.exchange import Attachment, Organ, Packet, PacketKind, Settlement
from domain.ids import OrganId
from dondoc import logs
from dondoc.bootstrap import SystemClock, exchange_client
from dondoc.simulators.eoffice import Exchange
from mappings.edxml.write import write_packet

COUNT = 20
"""Documents in one round."""

SENDER, RECEIVER = OrganId("H37.98"), OrganId("H37.97")
_FILE = Inline(bytes(range(256)) * 400)  # 100 KB
_BODIES = (
    ("getReceivedEdocList", b""),
    ("getEdoc", b"{}"),
    ("updateStatus", b"{}"),
)
"""The calls that follow a send, with the bodies that the client sends."""


def document(number: int) -> bytes:
    """Return an edXML file with 100 KB attached."""
    packet = Packet(
        sender=Organ(organ_id=SENDER, name="a"),
        receivers=(Organ(organ_id=RECEIVER, name="b"),),
        document_id=f"bench-{number}",
        code_number=str(number),
        code_notation="UBND-VH",
        attachments=(Attachment(name="a.pdf", content=_FILE),),
    )
    return gathered(lambda out: write_packet(packet, out))


def carry(sender: VxpExchange, receiver: VxpExchange, contents: Sequence[bytes]) -> None:
    """Send, list, fetch and settle one document after the other."""
    for content in contents:
        sender.send(Inline(content), kind=PacketKind.DOCUMENT, sender=SENDER, receivers=[RECEIVER])
        (waiting,) = receiver.waiting(PacketKind.DOCUMENT)
        gathered(partial(receiver.fetch, waiting.doc_id))
        receiver.settle(waiting.doc_id, Settlement.DONE)


def post(session: requests.Session, url: str, contents: Sequence[bytes]) -> None:
    """Post bodies of the same sizes, without signatures: the server reads and refuses each."""
    for content in contents:
        for operation, body in (("sendEdoc", content), *_BODIES):
            session.post(f"{url}/{operation}", data=body, timeout=30).raise_for_status()


def batches() -> Iterator[list[bytes]]:
    """Yield the documents of one round after the other; none is sent twice."""
    documents = [document(number) for number in range(COUNT * (ROUNDS + 1))]
    for start in range(0, len(documents), COUNT):
        yield documents[start : start + COUNT]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    nothing("bench.bench_exchange", __doc__, arguments)
    logs.configure(level=logging.WARNING)
    now = SystemClock().now
    systems: dict[str, str] = {SENDER: "one", RECEIVER: "two"}
    rounds, same = list(batches()), document(0)
    left = iter(rounds)
    with (
        scratch() as folder,
        Exchange(Path(folder), systems) as exchange,
        exchange_client(exchange.url, SENDER, "one", now) as sender,
        exchange_client(exchange.url, RECEIVER, "two", now) as receiver,
        requests.Session() as session,
    ):
        session.trust_env = False
        beside = side_by_side(
            lambda: carry(sender, receiver, next(left)),
            lambda: post(session, exchange.url, [same] * COUNT),
        )
    report(
        Result(
            name="exchange",
            figures={
                "documents sent, listed, fetched, settled": (COUNT / beside.first, "per second"),
                "groups of four bare posts, refused": (COUNT / beside.second, "per second"),
                "a document": (beside.first / COUNT * 1e3, "ms"),
                "size of a document's file": (len(same) / 1024, "KB"),
            },
            ratios={"time of a document by that of four bare posts": beside},
        )
    )


if __name__ == "__main__":
    main()
