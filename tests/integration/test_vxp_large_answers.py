"""Files in the exchange's answers, written as JSON in other ways and larger than a piece."""

import base64
import errno
import io
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.eoffice.http import REFUSAL
from domain.errors import PeerRefused, PeerUnavailable, StoreFailed
from tests.contract.fetching import fetched
from tests.integration.vxp_peer import DOC_ID, OK, Server, answering, client, http, serving

FILE = random.Random(2).randbytes(1_500_000)
ENCODED = base64.b64encode(FILE).decode()
IN_LINES = "\r\n".join(ENCODED[at : at + 76] for at in range(0, len(ENCODED), 76))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(ENCODED),
        json.dumps(ENCODED).replace("/", "\\/"),
        json.dumps(ENCODED).replace("=", "\\u003d").replace("+", "\\u002b"),
        json.dumps(IN_LINES),
        json.dumps(IN_LINES).replace("/", "\\/"),
    ],
    ids=["plain", "slashes", "equal signs", "lines", "lines and slashes"],
)
def test_a_large_file_is_read_however_json_writes_it(server: Server, data: str) -> None:
    text = json.dumps({**OK, "data": 0}).replace('"data": 0', f'"data": {data}')
    server.behaviour = http(text.encode())
    with client(server.url, document_limit=4_000_000) as exchange:
        assert fetched(exchange, DOC_ID) == FILE


@pytest.mark.parametrize(
    "data", ["-" * 100_000, ENCODED[:-1] + "*", ENCODED[:-5], "dondoc:run:0:", 5, [], None]
)
def test_a_large_text_that_is_no_file_is_no_answer(server: Server, data: object) -> None:
    server.behaviour = answering({**OK, "data": data})
    with (
        client(server.url, document_limit=4_000_000) as exchange,
        pytest.raises(PeerUnavailable, match="not whole base64"),
    ):
        fetched(exchange, DOC_ID)


def test_an_error_page_is_no_file_and_is_bounded(server: Server) -> None:
    server.behaviour = http(b"<html>" + b"x" * (REFUSAL // 2), 500)
    with (
        client(server.url, document_limit=4_000_000) as exchange,
        pytest.raises(PeerUnavailable, match="HTTP 500"),
    ):
        fetched(exchange, DOC_ID)
    server.behaviour = http(b"<html>" + b"x" * (2 * REFUSAL), 500)
    with (
        client(server.url, document_limit=4_000_000) as exchange,
        pytest.raises(PeerRefused, match="over the limit"),
    ):
        fetched(exchange, DOC_ID)


class FullDisk(io.BytesIO):
    """A stream onto a disk that has no room left."""

    def write(self, _: object, /) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full_is_not_called_a_broken_connection(
    server: Server, tmp_path: Path
) -> None:
    server.behaviour = answering({**OK, "data": ENCODED})
    with (
        client(server.url, document_limit=4_000_000, spool=tmp_path / "gone") as exchange,
        pytest.raises(StoreFailed, match="a file on its way"),
    ):
        fetched(exchange, DOC_ID)
    server.behaviour = http(FILE)
    with (
        client(server.url, document_limit=4_000_000) as exchange,
        pytest.raises(StoreFailed, match="the disk is full: make room"),
    ):
        exchange.administration.download(DOC_ID, FullDisk())
