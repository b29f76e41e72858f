"""The VXP client before servers that misbehave: never "nothing new", never a second send."""

import base64
import socket
import threading
from collections.abc import Iterator

import pytest
import structlog

from domain.errors import (
    ChangeUnknown,
    DeliveryUnknown,
    DondocError,
    ListNotWhole,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import PacketKind
from domain.exchange_units import RegisteredUnit
from domain.ids import OrganId
from tests.contract.fetching import fetched
from tests.integration.vxp_peer import (
    CONTENT,
    DOC_ID,
    FILE,
    OK,
    READS,
    Behaviour,
    Call,
    Server,
    answering,
    babbling,
    client,
    downloaded,
    dropping,
    every_change,
    every_read,
    flooding,
    good,
    hanging,
    hanging_inside,
    http,
    send,
    serving,
    truncating,
)

# What proves neither success nor refusal.
UNUSABLE: dict[str, Behaviour] = {
    "html": http(b"<html>maintenance</html>"),
    "html 500": http(b"<html>oops</html>", 500),
    "bad gateway": http(b"", 502),
    "empty": http(b""),
    "no json": http(b"OK"),
    "truncated json": http(b'{"status":"OK","ErrorCo'),
    "json null": http(b"null"),
    "json list": http(b"[]"),
    "missing code": answering({"status": "OK"}),
    "null code": answering({"status": "OK", "ErrorCode": None}),
    "success with 500": answering({**OK, "data": [], "DocId": DOC_ID}, 500),
    "contradiction": answering({**OK, "status": "FAIL", "data": [], "DocId": DOC_ID}),
    "hangs": hanging,
    "hangs inside the answer": hanging_inside,
    "drops": dropping,
    "shorter than announced": truncating,
    "no http": babbling,
    "bad compression": http(b"xx", 200, "Content-Encoding: gzip"),
}
# One read of each way in which an answer is taken apart.
CAREFUL = [
    *("getReceivedEdocList", "getEdoc", "updateStatus"),
    *("getSynchronizeUnit", "countReceiveEdoc", "downloadEdoc", "registerAgency"),
]
every_unusable = pytest.mark.parametrize("behaviour", UNUSABLE.values(), ids=UNUSABLE)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@every_unusable
@pytest.mark.parametrize("read", [READS[name] for name in CAREFUL], ids=CAREFUL)
def test_an_unusable_answer_is_never_nothing_new(
    server: Server, read: Call, behaviour: Behaviour
) -> None:
    server.behaviour = behaviour
    with client(server.url) as exchange, pytest.raises(PeerUnavailable):
        read(exchange)


@every_unusable
def test_a_send_without_a_usable_answer_is_unknown_and_not_repeated(
    server: Server, behaviour: Behaviour
) -> None:
    server.behaviour = behaviour
    with client(server.url, attempts=5) as exchange, pytest.raises(DeliveryUnknown):
        send(exchange)
    assert len(server.requests) == 1
    assert server.requests[0].body == CONTENT + b"\r\n"


@every_change
@pytest.mark.parametrize("behaviour", [dropping, truncating, http(b"<html>", 500)])
def test_what_may_happen_twice_is_asked_for_once(
    server: Server, change: Call, behaviour: Behaviour
) -> None:
    server.behaviour = behaviour
    unknown = (DeliveryUnknown, ChangeUnknown)
    with client(server.url, attempts=5) as exchange, pytest.raises(unknown, match="did not say"):
        change(exchange)
    assert len(server.requests) == 1


@pytest.mark.parametrize("doc_id", [None, "", " ", [], {}, True])
def test_a_send_that_gives_no_doc_id_is_unknown(server: Server, doc_id: object) -> None:
    server.behaviour = answering({**OK, "DocId": doc_id})
    with client(server.url) as exchange, pytest.raises(DeliveryUnknown):
        send(exchange)


@pytest.mark.parametrize("data", [None, {}, "x", 3])
@pytest.mark.parametrize("read", [READS["getReceivedEdocList"], READS["getAgenciesList"]])
def test_list_data_of_the_wrong_shape(server: Server, read: Call, data: object) -> None:
    server.behaviour = answering({**OK, "data": data})
    with client(server.url) as exchange, pytest.raises(PeerUnavailable, match="member"):
        read(exchange)


@pytest.mark.parametrize(
    "bad", [None, {}, {"docId": None, "code": None}, ["x"], {"docId": [], "code": "H37\u200b"}]
)
@pytest.mark.parametrize("read", [READS["getReceivedEdocList"], READS["getAgenciesList"]])
def test_the_sound_rows_of_a_list_come_with_its_flaw(
    server: Server, read: Call, bad: object
) -> None:
    good = {"docId": DOC_ID, "code": "H37.99"}
    server.behaviour = answering({**OK, "data": [bad, good]})
    with client(server.url, attempts=3) as exchange, pytest.raises(ListNotWhole) as caught:
        read(exchange)
    assert len(caught.value.rows) == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("data", [None, "", " \n", [], {}, 5, "####", "YW=Jj", "YWJ", "Việt"])
def test_a_success_without_a_readable_file_is_asked_for_again(server: Server, data: object) -> None:
    server.behaviour = answering({**OK, "data": data})
    with client(server.url, attempts=3) as exchange, pytest.raises(PeerUnavailable, match=DOC_ID):
        fetched(exchange, DOC_ID)
    assert len(server.requests) == 3


def test_wrapped_base64_is_read(server: Server) -> None:
    server.behaviour = answering({**OK, "DATA": base64.encodebytes(CONTENT * 9).decode()})
    with client(server.url) as exchange:
        assert fetched(exchange, DOC_ID) == CONTENT * 9


@pytest.mark.parametrize("behaviour", [flooding, http(b" " * 300_000)], ids=["stream", "length"])
def test_a_huge_answer_is_refused_while_it_streams(server: Server, behaviour: Behaviour) -> None:
    server.behaviour = behaviour
    with client(server.url) as exchange, pytest.raises(PeerRefused, match="over the limit"):
        fetched(exchange, DOC_ID)


def test_a_huge_answer_to_a_send_leaves_it_unknown(server: Server) -> None:
    server.behaviour = flooding
    with client(server.url) as exchange, pytest.raises(DeliveryUnknown, match="over the limit"):
        send(exchange)


def test_a_packet_over_the_limit_is_refused(server: Server) -> None:
    server.behaviour = answering({**OK, "data": base64.b64encode(b"x" * 1001).decode()})
    with (
        client(server.url, document_limit=1000) as exchange,
        pytest.raises(PeerRefused, match="over the limit of 1000"),
    ):
        fetched(exchange, DOC_ID)
    server.behaviour = answering({**OK, "data": base64.b64encode(b"x" * 1000).decode()})
    with client(server.url, document_limit=1000) as exchange:
        assert len(fetched(exchange, DOC_ID)) == 1000


@every_read
@pytest.mark.parametrize(("code", "status"), [("15", 200), ("10", 400), ("4711", 500)])
def test_a_refusal_is_not_repeated(server: Server, read: Call, code: str, status: int) -> None:
    server.behaviour = answering({"status": "FAIL", "ErrorCode": code, "ErrorDesc": "Sai"}, status)
    with client(server.url, attempts=3) as exchange, pytest.raises(PeerRefused) as caught:
        read(exchange)
    assert caught.value.code == code
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [("18", PeerRefused), ("22", PeerRefused), ("20", PeerUnavailable), ("21", PeerUnavailable)],
)
def test_a_send_that_is_answered_with_an_error(
    server: Server, code: str, error: type[DondocError]
) -> None:
    server.behaviour = answering({"status": "FAIL", "ErrorCode": code, "DocId": ""})
    with client(server.url, attempts=3) as exchange, pytest.raises(error):
        send(exchange)
    assert len(server.requests) == 1


@pytest.mark.parametrize("operation", READS)
def test_a_read_is_repeated_until_it_succeeds(server: Server, operation: str) -> None:
    answers = iter([dropping, http(b"<html>", 503), good(operation)])

    def next_answer(connection: socket.socket) -> None:
        next(answers)(connection)

    server.behaviour = next_answer
    with structlog.testing.capture_logs() as logs, client(server.url, attempts=3) as exchange:
        READS[operation](exchange)
    assert len(server.requests) == 3
    retried = [entry for entry in logs if entry["event"] == "exchange_call_retried"]
    assert [entry["attempt"] for entry in retried] == [1, 2]


def test_a_read_gives_up_after_its_attempts(server: Server) -> None:
    server.behaviour = dropping
    with client(server.url, attempts=3) as exchange, pytest.raises(PeerUnavailable):
        exchange.agencies()
    assert len(server.requests) == 3


def test_a_refused_connection_leaves_nothing_in_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with client(f"http://127.0.0.1:{port}") as exchange:
        with pytest.raises(PeerUnavailable, match="accepts no connection"):
            send(exchange)
        with pytest.raises(PeerUnavailable, match="accepts no connection"):
            exchange.waiting(PacketKind.STATUS)


def test_an_unknown_name_leaves_nothing_in_doubt() -> None:
    with (
        client("http://exchange.invalid") as exchange,
        pytest.raises(PeerUnavailable, match="name of the server is not known"),
    ):
        send(exchange)


def test_a_server_that_dies_while_it_takes_a_large_file_leaves_it_unknown() -> None:
    def cut(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=cut, args=(listener,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with client(url) as exchange, pytest.raises(DeliveryUnknown):
            send(exchange, b"x" * 20_000_000)
        thread.join(5)


def test_a_redirect_is_not_followed(server: Server) -> None:
    server.behaviour = http(b"", 302, f"Location: {server.url}/elsewhere")
    with client(server.url) as exchange, pytest.raises(PeerRefused, match="check the address"):
        exchange.agencies()
    assert len(server.requests) == 1


UNITS = [{"id": "1", "code": "H37.99", "deleted": False}]


@pytest.mark.parametrize(
    "data",
    [
        [{"id": "1", "code": "H37.99"}],
        [{"id": "1", "deleted": False}],
        [{"code": "H37.99", "deleted": None}],
        [{"code": "H37.99", "deleted": "false"}],
        [{"code": "H37.99", "deleted": 0}],
        [{"code": "H37.99", "deleted": False, "version": "1"}],
        [{"code": "H37.99", "deleted": False, "version": True}],
        [{"code": "H37.99", "deleted": False, "isAgency": 1}],
        [*UNITS, None],
        None,
    ],
)
def test_a_register_of_the_wrong_shape(server: Server, data: object) -> None:
    server.behaviour = answering({**OK, "data": data})
    with client(server.url) as exchange, pytest.raises(PeerUnavailable, match="member"):
        exchange.administration.units()


@pytest.mark.parametrize("number", [None, "3", 3.0, True, -1, [3], {}])
def test_a_count_of_the_wrong_type(server: Server, number: object) -> None:
    server.behaviour = answering({**OK, "count": number})
    with client(server.url) as exchange, pytest.raises(PeerUnavailable, match="member count"):
        exchange.administration.count(PacketKind.DOCUMENT)


BARE = {
    "as written": FILE,
    "with a BOM": b"\xef\xbb\xbf" + FILE,
    "without declaration": b"<edXML>x</edXML>",
    "prefixed, with comments": b"\n<!-- a -- b --><e:edXML>x</e:edXML ><!--c-->\n",
    "long": b"<edXML>" + b"x" * 50_000 + b"</edXML>",
}


@pytest.mark.parametrize("content", BARE.values(), ids=BARE)
def test_a_bare_file_comes_as_it_is(server: Server, content: bytes) -> None:
    server.behaviour = http(content)
    with client(server.url) as exchange:
        assert downloaded(exchange) == content


NO_FILES = {
    "page": b"<html><body>edXML</body></html>",
    "page in xml": b'<?xml version="1.0"?><!DOCTYPE html><html><edXML></edXML></html>',
    "page behind a comment": b"<!-- <edXML> --><html></html></edXML>",
    "half": FILE[: len(FILE) // 2],
    "without its last byte": FILE.rstrip()[:-1],
    "two glued together": FILE + b"<html></html>",
    "another element": b"<edXMLs></edXMLs>",
    "comments without end": b"<!--" * 1000 + b"<edXML></edXML>",
    "an envelope of success": b'{"status":"OK","ErrorCode":"0","ErrorDesc":""}',
    "blank": b" \r\n",
    "binary": bytes(range(256)) * 40,
}


@pytest.mark.parametrize("content", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_whole_file_is_not_taken_for_one(server: Server, content: bytes) -> None:
    server.behaviour = http(content)
    with client(server.url, attempts=2) as exchange, pytest.raises(PeerUnavailable):
        downloaded(exchange)
    assert len(server.requests) == 2


def test_a_refusal_in_place_of_a_file_is_one(server: Server) -> None:
    server.behaviour = answering({"status": "FAIL", "ErrorCode": "15", "ErrorDesc": "Sai"})
    with client(server.url, attempts=3) as exchange, pytest.raises(PeerRefused) as caught:
        downloaded(exchange)
    assert caught.value.code == "15"
    assert len(server.requests) == 1


def test_a_bare_file_over_the_limit_is_refused(server: Server) -> None:
    server.behaviour = http(b"<edXML>" + b"x" * 1000 + b"</edXML>")
    with (
        client(server.url, document_limit=1000) as exchange,
        pytest.raises(PeerRefused, match="over the limit"),
    ):
        downloaded(exchange)


def test_an_agency_is_read_with_all_its_members(server: Server) -> None:
    row = {
        "id": "4",
        "pid": "1",
        "code": "H37.99.1",
        "name": "UBND xã Yên Sơn",
        "mail": "a@b.test",
        "version": 2,
        "centerCode": "vxp.test",
        "deleted": True,
        "isAgency": False,
        "modifyDate": "01/05/2024 08:09:10",
    }
    server.behaviour = answering({**OK, "data": [row]})
    with client(server.url) as exchange:
        (unit,) = exchange.administration.units()
    assert unit == RegisteredUnit(
        id="4",
        code=OrganId("H37.99.1"),
        name="UBND xã Yên Sơn",
        parent_id="1",
        mail="a@b.test",
        center="vxp.test",
        version=2,
        modified="01/05/2024 08:09:10",
        deleted=True,
        is_agency=False,
    )
