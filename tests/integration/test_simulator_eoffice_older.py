"""A state folder of an older simulator: what lies in it stays, and waits twice where it shall."""

import sqlite3
from pathlib import Path

from dondoc.simulators.eoffice import Exchange
from dondoc.simulators.eoffice.state import _DELIVERIES, _UNIQUE, FILE_NAME
from tests.unit.simulators.vxp_requests import calling, document

SYSTEMS = {"A": "s", "B": "t"}


def make_older(folder: Path) -> None:
    """Give a folder the table that it had before a document could wait twice."""
    older = _DELIVERIES.replace(_UNIQUE, "UNIQUE (document, unit)")
    assert older != _DELIVERIES
    with sqlite3.connect(folder / FILE_NAME) as connection:
        rows = connection.execute("SELECT * FROM deliveries").fetchall()
        connection.executescript(f"DROP TABLE deliveries; {older}")
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO deliveries VALUES ({marks})", rows)
    connection.close()


def waiting(exchange: Exchange) -> list[str]:
    with calling(exchange.url, "B", "t") as caller:
        return [row["docId"] for row in caller.listed()]


def test_a_document_waits_twice_in_an_older_folder(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, SYSTEMS)
    with exchange, calling(exchange.url, "A", "s") as sender:
        first = sender.send(document("A", "B"))["DocId"]
    make_older(tmp_path)
    with exchange, calling(exchange.url, "A", "s") as sender:
        assert waiting(exchange) == [first]
        exchange.faults.arm("redeliver")
        second = sender.send(document("A", "B", document_id="D2"))["DocId"]
        found = waiting(exchange)
    assert found[:2] == [first, second]
    assert len(found) == 3
    with exchange:
        assert waiting(exchange) == found
