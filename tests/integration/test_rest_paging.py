"""Pages of a mapped list: documents that the system never gave are never taken for none."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.eoffice.http import Timeouts
from connector.eoffice.rest import MappedRest
from domain.errors import ListNotWhole
from domain.exchange import PacketKind
from domain.rest import RestAccount
from dondoc.settings.load_rest import load_rest
from tests.integration.vxp_peer import Server, answering, serving
from tests.rest_office import NOW

MAPPING = """\
name: pages
success: code == `0`
received:
  list:
    request: {method: POST, path: list, body: {skip: "{offset}"}}
    items: rows
    id: id
    paging: {first: 0, size: 10, total: total}
  detail: {request: {path: "doc/{id}"}}
  fields: {document_id: id, subject: subject}
"""
WITHOUT_TOTAL = MAPPING.replace(", total: total", "")

Page = Callable[[int], object]
"""What a system answers when that many items are to be skipped."""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def listed(server: Server, folder: Path, page: Page, mapping: str = MAPPING) -> list[str]:
    def behave(connection: socket.socket) -> None:
        skip = json.loads(server.requests[-1].body)["skip"]
        answering(page(skip))(connection)

    server.behaviour = behave
    path = folder / "pages.yaml"
    path.write_text(mapping, encoding="utf-8")
    door = MappedRest(
        {"main": server.url},
        load_rest(path).rules,
        account=RestAccount(),
        now=lambda: NOW,
        timeouts=Timeouts(connect=2, read=0.5),
        attempts=1,
    )
    with door:
        return [packet.doc_id for packet in door.waiting(PacketKind.DOCUMENT)]


def answer(ids: list[int], skip: int, total: int | None = None, size: int = 10) -> object:
    rows = [{"id": one} for one in ids[skip : skip + size]]
    return {"code": 0, "total": len(ids) if total is None else total, "rows": rows}


@pytest.mark.parametrize("mapping", [MAPPING, WITHOUT_TOTAL])
def test_a_system_that_ignores_the_page_loses_nothing_in_silence(
    server: Server, tmp_path: Path, mapping: str
) -> None:
    ids = list(range(23))
    with pytest.raises(ListNotWhole, match=r"10( of 23)? different items") as caught:
        listed(server, tmp_path, lambda _: answer(ids, 0), mapping)
    assert "parameters" in str(caught.value)


@pytest.mark.parametrize("mapping", [MAPPING, WITHOUT_TOTAL])
def test_a_system_that_pages_as_it_should(server: Server, tmp_path: Path, mapping: str) -> None:
    ids = list(range(23))
    assert len(listed(server, tmp_path, lambda skip: answer(ids, skip), mapping)) == 23
    assert len(server.requests) == (3 if mapping is MAPPING else 4)


def test_pages_that_overlap_and_leave_the_end_out_are_not_whole(
    server: Server, tmp_path: Path
) -> None:
    """Their rows add up to the total."""
    ids = [*range(10), *range(5, 15), 14, 14, 14]
    with pytest.raises(ListNotWhole, match="15 of 23"):
        listed(server, tmp_path, lambda skip: answer(ids, skip))


@pytest.mark.parametrize("mapping", [MAPPING, WITHOUT_TOTAL])
@pytest.mark.parametrize("arriving", [1, 10, 12])
def test_documents_that_come_in_while_pages_are_read_are_no_error(
    server: Server, tmp_path: Path, mapping: str, arriving: int
) -> None:
    """Newest first: each new one pushes a row to the next page, or all rows of a page."""
    ids = list(range(23))

    def page(skip: int) -> object:
        if len(server.requests) == 2:
            ids[:0] = range(100, 100 + arriving)
        return answer(ids, skip)

    found = listed(server, tmp_path, page, mapping)
    assert {str(one) for one in range(23)} <= set(found)
    if mapping is MAPPING:
        assert len(found) == 23 + arriving


def test_the_last_row_pushed_onto_a_page_of_its_own_is_no_error(
    server: Server, tmp_path: Path
) -> None:
    ids = list(range(20))

    def page(skip: int) -> object:
        if len(server.requests) == 3:
            ids.insert(0, 100)
        return answer(ids, skip)

    assert len(listed(server, tmp_path, page, WITHOUT_TOTAL)) == 21


def test_documents_that_vanish_while_pages_are_read_hide_none(
    server: Server, tmp_path: Path
) -> None:
    """A colleague takes one away, so a row moves to the page that was read already."""
    ids = list(range(23))

    def page(skip: int) -> object:
        if len(server.requests) == 2:
            ids.remove(3)
        return answer(ids, skip, total=23)

    assert len(listed(server, tmp_path, page)) == 23


def test_an_empty_page_that_names_a_total_is_not_whole(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ListNotWhole, match="0 of 23"):
        listed(server, tmp_path, lambda _: answer([], 0, total=23))
    assert listed(server, tmp_path, lambda _: {"code": 0, "rows": []}) == []
