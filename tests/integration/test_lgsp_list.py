"""What waits on a provincial axis that gives less than it counts, or impossible days."""

import socket
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog

from domain.errors import ListNotWhole
from domain.exchange import PacketKind
from tests.integration.lgsp_peer import OK, Axis, client, serving_axis
from tests.integration.vxp_peer import DOC_ID, answering


@pytest.fixture
def axis() -> Iterator[Axis]:
    with serving_axis() as running:
        yield running


def test_a_list_shorter_than_its_count_is_asked_for_in_halves(axis: Axis) -> None:
    row = {"status": "initial", "createdTime": "2024/04/30 08:00:00"}
    rows = [{**row, "docId": str(number)} for number in range(3)]
    axis.behave(
        answering({**OK, "count": 3, "data": rows[:2]}),
        answering({**OK, "count": "2", "data": rows[:2]}),
        answering({**OK, "count": 2, "data": rows[2:]}),  # it cannot be split any further
    )
    with structlog.testing.capture_logs() as logs, client(axis.url, days_back=1) as exchange:
        with pytest.raises(ListNotWhole, match="counts 2 packets and gives 1") as caught:
            exchange.waiting(PacketKind.DOCUMENT)
        assert [packet.doc_id for packet in caught.value.rows] == ["0", "1", "2"]
        assert [entry["event"] for entry in logs].count("exchange_list_cut") == 1
        axis.behaviour = answering({**OK, "count": 0, "data": []})
        assert exchange.waiting(PacketKind.DOCUMENT) == []


def test_an_axis_that_counts_what_it_never_gives_is_not_asked_for_every_day(axis: Axis) -> None:
    axis.behaviour = answering({**OK, "count": 5, "data": []})
    with client(axis.url, days_back=90) as exchange:
        with pytest.raises(ListNotWhole, match="counts 5 packets and gives 0") as caught:
            exchange.waiting(PacketKind.DOCUMENT)
        assert caught.value.rows == ()
        assert len(axis.requests) < 25


@pytest.mark.parametrize("cap", [1, 3])
def test_an_axis_that_gives_so_many_rows_and_no_more_is_read_whole(axis: Axis, cap: int) -> None:
    """One packet a day, and none of them is lost; the days are far from where the search begins."""
    days = [date(2024, 4, 2) + timedelta(days=2 * n) for n in range(14)]

    def capped(connection: socket.socket) -> None:
        query = parse_qs(urlsplit(axis.requests[-1].line.split()[1]).query)
        first, last = (
            date.fromisoformat(query[name][0].replace("/", "-")) for name in ("fromDate", "toDate")
        )
        rows = [
            {"docId": f"{day}", "createdTime": f"{day:%Y/%m/%d} 08:00:00"}
            for day in days
            if first <= day <= last
        ]
        answering({**OK, "count": len(rows), "data": rows[:cap]})(connection)

    axis.behaviour = capped
    with client(axis.url, days_back=60) as exchange:
        packets = exchange.waiting(PacketKind.DOCUMENT)
    assert [packet.doc_id for packet in packets] == [f"{day}" for day in days]


@pytest.mark.parametrize(
    "created", ["0001-01-01 00:00:00", "0002/01/01 00:00:00", "9999/12/31 00:00:00", "sometime"]
)
def test_a_packet_of_an_impossible_day_moves_no_search(axis: Axis, created: str) -> None:
    row = {"docId": DOC_ID, "createdTime": created}
    axis.behaviour = answering({**OK, "count": 1, "data": [row]})
    with client(axis.url, days_back=30) as exchange:
        for _ in range(3):
            (packet,) = exchange.waiting(PacketKind.DOCUMENT)
            assert packet.doc_id == DOC_ID
    assert len(axis.requests) <= 3 * 3
