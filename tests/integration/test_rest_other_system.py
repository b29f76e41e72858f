"""The mapped REST door in front of a system of quite another shape: no session, JSON bodies."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.eoffice.http import Timeouts
from connector.eoffice.rest import MappedRest
from domain.bundle import read_bundle
from domain.content import Inline, whole
from domain.errors import DondocError, ListNotWhole, PeerRefused, PeerUnavailable
from domain.exchange import PacketKind, Settlement
from domain.rest import RestAccount
from dondoc.settings.load_rest import load_rest
from tests.contract.fetching import fetched
from tests.integration.vxp_peer import (
    STARTS,
    Behaviour,
    Server,
    answering,
    http,
    serving,
    trickling,
)
from tests.rest_office import NOW

MAPPING = """\
name: other
success: code == `0`
message: why
headers:
  X-Api-Key: "{password}"
  X-Unit: "{unit}"
values: {unit: "1"}
received:
  dates: epoch_milliseconds
  list:
    request:
      method: POST
      path: "list/{unit}"
      query: {y: "{year}"}
      body:
        paging: {page: "{page}", skip: "{offset}", text: "p{page}", flags: [true, null, "{size}"]}
    items: rows
    id: id
    paging: {first: 0, size: 2}
  detail: {request: {method: POST, path: doc, form: {id: "{id}"}}}
  files:
    items: files
    name: name
    key: key
    request: {method: POST, path: "file/{key}"}
  acknowledge:
    request: {method: PUT, path: "doc/{id}", body: {state: "{outcome}", why: "{reason}"}}
    outcomes: {done: taken, fail: broken}
  fields: {document_id: id, subject: subject}
"""
DETAIL = {"code": 0, "id": 7, "subject": "x", "files": [{"name": "a.pdf", "key": "k/1"}]}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def door(server: Server, tmp_path: Path) -> Iterator[MappedRest]:
    with opened(server, tmp_path) as opened_door:
        yield opened_door


def opened(server: Server, folder: Path, text: str = MAPPING, **values: str) -> MappedRest:
    path = folder / "other.yaml"
    path.write_text(text, encoding="utf-8")
    return MappedRest(
        {"main": f"{server.url}/base/"},
        load_rest(path).rules,
        account=RestAccount(password=lambda: "key-of-ours", values=values),
        now=lambda: NOW,
        timeouts=Timeouts(connect=2, read=0.5),
        attempts=1,
    )


def in_turn(*behaviours: Behaviour) -> Behaviour:
    turns = iter(behaviours)

    def behave(connection: socket.socket) -> None:
        next(turns)(connection)

    return behave


@pytest.mark.parametrize("start", STARTS)
def test_a_server_that_trickles_does_not_hold_us_up(
    server: Server, door: MappedRest, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Timeouts, "patience", 0.3)
    server.behaviour = trickling(start)
    with pytest.raises(PeerUnavailable, match="not whole in the time"):
        door.waiting(PacketKind.DOCUMENT)


def test_a_list_that_ends_before_its_total_gives_what_it_has(
    server: Server, tmp_path: Path
) -> None:
    text = MAPPING.replace("size: 2}", "size: 2, total: total}")
    # The list is read once more before it counts as cut.
    server.behaviour = in_turn(
        *[
            answering({"code": 0, "total": 3, "rows": [{"id": "a"}, {"id": "b"}]}),
            answering({"code": 0, "total": 3, "rows": []}),
        ]
        * 2
    )
    with (
        opened(server, tmp_path, text) as door,
        pytest.raises(ListNotWhole, match="2 of 3") as caught,
    ):
        door.waiting(PacketKind.DOCUMENT)
    assert [packet.doc_id for packet in caught.value.rows] == ["a", "b"]


def test_requests_are_as_the_mapping_says(server: Server, door: MappedRest) -> None:
    rows = [{"id": "a"}, {"id": "b"}]
    server.behaviour = in_turn(
        answering({"code": 0, "rows": rows}), answering({"code": 0, "rows": []})
    )
    assert [packet.doc_id for packet in door.waiting(PacketKind.DOCUMENT)] == ["a", "b"]
    first, second = server.requests
    assert first.line == "POST /base/list/1?y=2024 HTTP/1.1"
    assert first.value("X-Api-Key") == "key-of-ours"
    assert first.value("Content-Type") == "application/json"
    assert json.loads(first.body) == {
        "paging": {"page": 0, "skip": 0, "text": "p0", "flags": [True, None, 2]}
    }
    assert json.loads(second.body)["paging"]["skip"] == 2


def test_a_document_with_a_file_and_its_acknowledgement(server: Server, door: MappedRest) -> None:
    server.behaviour = in_turn(
        answering(DETAIL),
        http(b"%PDF", 200, "Content-Type: application/pdf"),
        answering({"code": 0}),
    )
    bundle = read_bundle(Inline(fetched(door, "7")))
    assert json.loads(bundle.fields) == DETAIL
    (file,) = bundle.files
    assert (file.name, file.content_type, whole(file.content)) == (
        "a.pdf",
        "application/pdf",
        b"%PDF",
    )
    door.settle("7", Settlement.PROCESSING)  # has no word, so nobody is told
    door.settle("7", Settlement.FAIL, "không đọc được")
    asked, fetched_file, told = server.requests
    assert asked.body == b"id=7"
    assert fetched_file.line == "POST /base/file/k%2F1 HTTP/1.1"
    assert (told.line, json.loads(told.body)) == (
        "PUT /base/doc/7 HTTP/1.1",
        {"state": "broken", "why": "không đọc được"},
    )


def test_the_account_wins_over_the_mapping(server: Server, tmp_path: Path) -> None:
    server.behaviour = answering({"code": 0, "rows": []})
    with opened(server, tmp_path, unit="22") as door:
        door.waiting(PacketKind.DOCUMENT)
    assert server.requests[0].line.startswith("POST /base/list/22?")


@pytest.mark.parametrize("value", ["Đ", "a\r\nX-Evil: 1", "a\x7f"])
def test_what_no_header_may_hold_is_not_sent(server: Server, tmp_path: Path, value: str) -> None:
    with (
        opened(server, tmp_path, unit=value) as door,
        pytest.raises(PeerRefused, match="X-Unit") as caught,
    ):
        door.waiting(PacketKind.DOCUMENT)
    assert server.requests == []
    assert value not in str(caught.value)


def test_a_place_that_the_account_leaves_open_is_told(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    account = RestAccount()
    with (
        MappedRest(
            {"main": server.url}, load_rest(path).rules, account=account, now=lambda: NOW
        ) as door,
        pytest.raises(PeerRefused, match="password"),
    ):
        door.waiting(PacketKind.DOCUMENT)


@pytest.mark.parametrize(
    ("behaviour", "error", "said"),
    [
        (
            answering({"code": 1, "why": "Sai\n\x07 khóa"}),
            PeerRefused,
            "Sai khóa (success is false)",
        ),
        (answering({"code": 1, "why": ["x"]}), PeerRefused, "no reason given"),
        (answering({"code": 0, "rows": []}, 503), PeerUnavailable, "HTTP 503"),
        (answering({"code": 0, "rows": []}, 429), PeerUnavailable, "HTTP 429"),
        (answering({"code": 0, "rows": []}, 404), PeerRefused, "HTTP 404"),
        (answering({"code": 0, "rows": []}, 401), PeerRefused, "has no session"),
        (http(b"", 302, "Location: http://other.example/"), PeerRefused, "HTTP 302"),
        (http(b"[" * 90 + b"]" * 90), PeerUnavailable, "nested"),
        (http(b'{"code": NaN}'), PeerUnavailable, "no JSON"),
        (answering(None), PeerUnavailable, "nothing in it"),
        (answering({}), PeerUnavailable, "nothing in it"),
        (
            answering({"code": 0, "rows": {}}),
            PeerUnavailable,
            "received.list.items gives an object",
        ),
        (http(b" " * 17 * 1024 * 1024), PeerRefused, "over the limit"),
    ],
)
def test_an_answer_is_a_success_or_an_error(
    server: Server, door: MappedRest, behaviour: Behaviour, error: type[DondocError], said: str
) -> None:
    server.behaviour = behaviour
    with pytest.raises(error) as caught:
        door.waiting(PacketKind.DOCUMENT)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (http(b"<html>", 200, "Content-Type: text/html; charset=utf-8"), PeerUnavailable),
        (http(b'{"code": 1}', 200, "Content-Type: application/json"), PeerUnavailable),
        (http(b" " * 99_000, 200, "Content-Type: application/json"), PeerUnavailable),
        (http(b'{"code": 1}', 404, "Content-Type: application/json"), PeerRefused),
        (http(b"busy", 503), PeerUnavailable),
        (http(b"", 302, "Location: http://other.example/"), PeerRefused),
    ],
)
def test_what_comes_instead_of_a_file_is_no_file(
    server: Server, door: MappedRest, behaviour: Behaviour, error: type[DondocError]
) -> None:
    server.behaviour = in_turn(answering(DETAIL), behaviour)
    with pytest.raises(error):
        fetched(door, "7")


@pytest.mark.parametrize(("name", "kind"), [("a.json", "application/json"), ("a.HTM", "text/html")])
def test_a_file_may_be_a_page_or_json_by_its_name(
    server: Server, door: MappedRest, name: str, kind: str
) -> None:
    detail = {**DETAIL, "files": [{"name": name, "key": "k"}]}
    server.behaviour = in_turn(answering(detail), http(b"{}", 200, f"Content-Type: {kind}"))
    assert read_bundle(Inline(fetched(door, "7"))).files[0].name == name


def test_too_many_files_are_refused(server: Server, door: MappedRest) -> None:
    server.behaviour = answering({**DETAIL, "files": [{"name": "a", "key": "k"}] * 1001})
    with pytest.raises(PeerRefused, match="over 1000 files"):
        fetched(door, "7")


def test_a_list_may_come_whole(server: Server, tmp_path: Path) -> None:
    text = MAPPING.replace("    paging: {first: 0, size: 2}\n", "")
    start = text.index("      body:\n        paging")
    text = text[:start] + '      form: {since: "{from}"}\n' + text[text.index("    items: rows") :]
    server.behaviour = answering({"code": 0, "rows": [{"id": 1}, {"id": 2}, {"id": 1}]})
    with opened(server, tmp_path, text) as door:
        assert [packet.doc_id for packet in door.waiting(PacketKind.DOCUMENT)] == ["1", "2"]
    assert [request.body for request in server.requests] == [b"since=1712541600000"]
