"""The client of the provincial axis before servers that misbehave, and what it says of itself."""

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import structlog

from connector.eoffice.lgsp import LgspExchange
from domain.content import Inline
from domain.errors import (
    DeliveryUnknown,
    DondocError,
    ListNotWhole,
    NotOffered,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import PacketKind, Settlement
from tests.contract.fetching import fetched
from tests.integration.lgsp_peer import (
    OK,
    PASSWORD,
    READS,
    SECRET,
    SYSTEM,
    XML,
    Axis,
    client,
    every_read,
    file_answer,
    one_by_one,
    send,
    serving_axis,
    token,
)
from tests.integration.vxp_peer import (
    CONTENT,
    DOC_ID,
    RECEIVER,
    SENDER,
    Behaviour,
    answering,
    babbling,
    dropping,
    flooding,
    hanging,
    hanging_inside,
    http,
    truncating,
)

UNUSABLE: dict[str, Behaviour] = {
    "html": http(b"<html>maintenance</html>"),
    "html 500": http(b"<html>oops</html>", 500),
    "bad gateway": http(b"", 502),
    "empty": http(b""),
    "no json": http(b"OK"),
    "truncated json": http(b'{"success":true,"da'),
    "json null": http(b"null"),
    "json list": http(b"[]"),
    "no success": answering({"message": "OK"}),
    "null success": answering({"success": None, "data": [], "docId": DOC_ID}),
    "success with 500": answering({**OK, "data": [], "docId": DOC_ID}, 500),
    "contradiction": answering({**OK, "data": {"errorCode": "20"}, "docId": DOC_ID}),
    "hangs": hanging,
    "hangs inside the answer": hanging_inside,
    "drops": dropping,
    "shorter than announced": truncating,
    "no http": babbling,
}
every_unusable = pytest.mark.parametrize("behaviour", UNUSABLE.values(), ids=UNUSABLE)
JSON_OBJECTS = ("no success", "null success", "contradiction")
EXPIRED = http(b"licenseInfo:invalid", 401)


@pytest.fixture
def axis() -> Iterator[Axis]:
    with serving_axis() as running:
        yield running


@every_unusable
@every_read
def test_an_unusable_answer_is_never_nothing_new(
    axis: Axis, read: Callable[[LgspExchange], object], behaviour: Behaviour
) -> None:
    axis.behaviour = behaviour
    with client(axis.url) as exchange, pytest.raises(PeerUnavailable):
        read(exchange)


@every_unusable
def test_a_send_without_a_usable_answer_is_unknown_and_not_repeated(
    axis: Axis, behaviour: Behaviour
) -> None:
    axis.behaviour = behaviour
    with client(axis.url, attempts=5) as exchange, pytest.raises(DeliveryUnknown):
        send(exchange)
    assert len(axis.requests) == 1


def test_the_form_of_a_send(axis: Axis) -> None:
    axis.behaviour = answering({**OK, "docId": DOC_ID})
    with client(axis.url) as exchange:
        assert send(exchange) == DOC_ID
    (login,) = axis.logins
    assert login.line == "POST /thu-nghiem/v1/auth/login?allow_anonymous=true HTTP/1.1"
    assert json.loads(login.body) == {
        "username": "tich-hop",
        "password": PASSWORD,
        "applicationCode": "DONDOC",
        "otp": None,
        "twoFactorProvider": None,
        "typeObjs": [0, 1],
    }
    (request,) = axis.requests
    assert request.line == "POST /thu-nghiem/v1/sendEdoc HTTP/1.1"
    assert request.value("Authorization") == f"Bearer {token(1)}"
    assert request.value("X-SystemId") == SYSTEM
    assert request.value("X-SecretKey") == SECRET
    assert request.value("Content-Length") == str(len(request.body))
    kind, _, boundary = request.value("Content-Type").partition("; boundary=")
    assert kind == "multipart/form-data"
    mark = f"--{boundary}".encode()
    lines = [
        mark,
        b'Content-Disposition: form-data; name="messageType"',
        b"",
        b"edoc",
        mark,
        b'Content-Disposition: form-data; name="edocFile"; filename="edoc.edxml"',
        b"Content-Type: application/xml",
        b"",
        CONTENT,
        mark + b"--",
        b"",
    ]
    assert request.body == b"\r\n".join(lines)


def test_the_other_requests(axis: Axis) -> None:
    axis.behave(answering({**OK, "data": []}), answering(OK), answering({"data": []}))
    with client(axis.url) as exchange:
        assert exchange.waiting(PacketKind.STATUS) == []
        exchange.settle(DOC_ID, Settlement.DONE)
        assert exchange.agencies() == []
    listed, settled, units = axis.requests
    assert listed.line == (
        "GET /thu-nghiem/v1/syncReceivedEdocList?messageType=status"
        "&fromDate=2024%2F04%2F29&toDate=2024%2F05%2F02 HTTP/1.1"
    )
    assert settled.line == "POST /thu-nghiem/v1/updateStatus HTTP/1.1"
    assert json.loads(settled.body) == {"docId": DOC_ID, "status": "done"}
    assert settled.value("Content-Type") == "application/json"
    assert units.line == "GET /thu-nghiem/v1/getAgenciesList HTTP/1.1"
    assert "X-SecretKey" not in dict(units.headers)
    assert len(axis.logins) == 1


def test_there_is_no_sent_list(axis: Axis) -> None:
    with client(axis.url) as exchange, pytest.raises(NotOffered):
        exchange.sent(PacketKind.DOCUMENT)
    assert axis.logins == []


@every_read
def test_a_refused_token_is_renewed_once(
    axis: Axis, read: Callable[[LgspExchange], object]
) -> None:
    good = file_answer(XML) if read is READS["getEdoc"] else answering({**OK, "data": []})
    axis.behave(EXPIRED, good)
    with client(axis.url) as exchange:
        read(exchange)
    assert [request.value("Authorization")[-2:] for request in axis.requests] == ["up", "up"]
    used = [request.value("Authorization") for request in axis.requests]
    assert used == [f"Bearer {token(1)}", f"Bearer {token(2)}"]


@every_read
def test_a_token_that_is_never_taken_is_a_refusal(
    axis: Axis, read: Callable[[LgspExchange], object]
) -> None:
    axis.behaviour = http(b"Unauthorized")
    with client(axis.url, attempts=3) as exchange, pytest.raises(PeerRefused) as caught:
        read(exchange)
    assert caught.value.code == "401"
    assert (len(axis.logins), len(axis.requests)) == (2, 2)


def test_a_send_goes_on_with_a_new_token(axis: Axis) -> None:
    axis.behave(EXPIRED, answering({**OK, "data": {"docId": DOC_ID}}))
    with client(axis.url) as exchange:
        assert send(exchange) == DOC_ID
    assert [CONTENT in request.body for request in axis.requests] == [True, True]


def test_a_login_that_is_turned_down_is_not_repeated(axis: Axis) -> None:
    axis.login = answering({"code": 401, "message": f"mật khẩu {PASSWORD} sai"}, 401)
    with client(axis.url, attempts=3) as exchange:
        with pytest.raises(PeerRefused, match="application code") as caught:
            send(exchange)
        assert PASSWORD not in str(caught.value)
        with pytest.raises(PeerRefused):
            exchange.agencies()
    assert (len(axis.logins), axis.requests) == (2, [])


# JSON without a token is an answer: nobody was let in.
@pytest.mark.parametrize(
    "behaviour",
    [UNUSABLE[name] for name in UNUSABLE if name not in JSON_OBJECTS],
)
def test_a_login_without_a_usable_answer_leaves_nothing_in_doubt(
    axis: Axis, behaviour: Behaviour
) -> None:
    axis.login = behaviour
    with client(axis.url) as exchange, pytest.raises(PeerUnavailable):
        send(exchange)
    assert axis.requests == []


def test_a_login_is_repeated_before_a_send(axis: Axis) -> None:
    axis.login = one_by_one(dropping, answering({"data": {"token": "opaque"}}))
    axis.behaviour = answering({**OK, "docId": DOC_ID})
    with client(axis.url, attempts=2) as exchange:
        assert send(exchange) == DOC_ID


@pytest.mark.parametrize("doc_id", [None, "", " ", [], {}, True])
def test_a_send_that_gives_no_doc_id_is_unknown(axis: Axis, doc_id: object) -> None:
    axis.behaviour = answering({**OK, "docId": doc_id})
    with client(axis.url) as exchange, pytest.raises(DeliveryUnknown):
        send(exchange)


@pytest.mark.parametrize(
    ("code", "error"),
    [("18", PeerRefused), ("22", PeerRefused), ("20", PeerUnavailable), ("21", PeerUnavailable)],
)
def test_a_send_that_is_answered_with_an_error(
    axis: Axis, code: str, error: type[DondocError]
) -> None:
    data = {"docId": "", "status": "error", "errorCode": code, "errorDesc": "Sai"}
    axis.behaviour = answering({"success": False, "message": "Lỗi", "data": data})
    with client(axis.url, attempts=3) as exchange, pytest.raises(error, match="Sai"):
        send(exchange)
    assert len(axis.requests) == 1


@pytest.mark.parametrize("data", [None, {}, "x", 3])
@pytest.mark.parametrize("read", [READS["syncReceivedEdocList"], READS["getAgenciesList"]])
def test_list_data_of_the_wrong_shape(
    axis: Axis, read: Callable[[LgspExchange], object], data: object
) -> None:
    axis.behaviour = answering({**OK, "data": data})
    with client(axis.url) as exchange, pytest.raises(PeerUnavailable, match="member"):
        read(exchange)


@pytest.mark.parametrize(
    "bad",
    [None, {}, {"docId": None, "orgCode": None}, ["x"], {"docId": [], "orgCode": "H37\u200b"}],
)
@pytest.mark.parametrize("read", [READS["syncReceivedEdocList"], READS["getAgenciesList"]])
def test_the_sound_rows_of_a_list_come_with_its_flaw(
    axis: Axis, read: Callable[[LgspExchange], object], bad: object
) -> None:
    good = {"docId": DOC_ID, "orgCode": "H37.99"}
    axis.behaviour = answering({**OK, "data": [bad, good]})
    with client(axis.url, attempts=3) as exchange, pytest.raises(ListNotWhole) as caught:
        read(exchange)
    assert len(caught.value.rows) == 1
    assert len(axis.requests) == 1


def test_a_huge_answer_is_refused_while_it_streams(axis: Axis) -> None:
    axis.behaviour = flooding
    with client(axis.url) as exchange:
        with pytest.raises(PeerRefused, match="over the limit"):
            fetched(exchange, DOC_ID)
        with pytest.raises(DeliveryUnknown, match="over the limit"):
            send(exchange)


@every_read
def test_a_refusal_is_not_repeated(axis: Axis, read: Callable[[LgspExchange], object]) -> None:
    axis.behaviour = answering({"success": False, "data": {"errorCode": "15"}})
    with client(axis.url, attempts=3) as exchange, pytest.raises(PeerRefused) as caught:
        read(exchange)
    assert caught.value.code == "15"
    assert len(axis.requests) == 1


@every_read
def test_a_read_is_repeated_until_it_succeeds(
    axis: Axis, read: Callable[[LgspExchange], object]
) -> None:
    good = file_answer("<a/>") if read is READS["getEdoc"] else answering({**OK, "data": []})
    axis.behave(dropping, http(b"<html>", 503), good)
    with structlog.testing.capture_logs() as logs, client(axis.url, attempts=3) as exchange:
        read(exchange)
    retried = [entry for entry in logs if entry["event"] == "exchange_call_retried"]
    assert [entry["attempt"] for entry in retried] == [1, 2]


def test_a_refused_connection_leaves_nothing_in_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with (
        client(f"http://127.0.0.1:{port}") as exchange,
        pytest.raises(PeerUnavailable, match="accepts no connection"),
    ):
        send(exchange)


def test_a_server_that_is_gone_when_the_file_would_be_sent_leaves_nothing_in_doubt() -> None:
    with serving_axis() as going:
        going.behaviour = answering({**OK, "docId": DOC_ID})
        exchange = client(going.url)
        send(exchange)
    with exchange, pytest.raises(PeerUnavailable, match="accepts no connection"):
        send(exchange)


def test_a_server_that_dies_while_it_takes_a_large_file_leaves_it_unknown(axis: Axis) -> None:
    def cut(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)

    with client(axis.url) as exchange, socket.create_server(("127.0.0.1", 0)) as listener:
        axis.behaviour = answering({**OK, "docId": DOC_ID})
        send(exchange)  # with a token in hand, the next request is the file
        thread = threading.Thread(target=cut, args=(listener,), daemon=True)
        thread.start()
        dying = client(f"http://127.0.0.1:{listener.getsockname()[1]}")
        dying._session._tokens = exchange._session._tokens
        with dying, pytest.raises(DeliveryUnknown):
            send(dying, b"x" * 20_000_000)
        thread.join(5)


@pytest.mark.parametrize("bad", ["mã", "a\nb", " made-up", "a\r\nX-Other: b"])
def test_keys_that_cannot_travel_are_told_before_anything_is_sent(axis: Axis, bad: str) -> None:
    for settings in ({"system_id": bad}, {"secret": bad}):
        with client(axis.url, **settings) as exchange, pytest.raises(PeerRefused) as caught:  # type: ignore[arg-type]
            send(exchange)
        assert caught.value.code == "parameter"
        assert bad not in str(caught.value)
    assert axis.requests == []


def test_secrets_stay_out_of_logs_and_errors(axis: Axis) -> None:
    quoted = f"{SECRET} {PASSWORD} {token(1)} tich-hop"
    said = {"success": False, "message": quoted, "data": {"errorCode": "18", "errorDesc": quoted}}
    texts: list[str] = []
    with structlog.testing.capture_logs() as logs, client(axis.url, attempts=2) as exchange:
        texts.append(repr(exchange))
        for behaviour in (answering(said), EXPIRED, dropping, http(quoted.encode(), 500)):
            axis.behaviour = behaviour
            for call in (*READS.values(), send):
                with pytest.raises(DondocError) as caught:
                    call(exchange)
                error: BaseException | None = caught.value
                while error is not None:
                    texts += [str(error), repr(error)]
                    error = error.__cause__
        axis.behaviour = answering({**OK, "docId": DOC_ID})
        send(exchange)
    texts += [str(entry) for entry in logs]
    for secret in (SECRET, PASSWORD, token(1), token(2), axis.url, "127.0.0.1"):
        assert not [text for text in texts if secret in text]
    assert {entry["event"] for entry in logs} >= {"exchange_logged_in", "exchange_packet_sent"}


def test_a_status_is_sent_as_one(axis: Axis) -> None:
    axis.behaviour = answering({**OK, "docId": DOC_ID})
    with client(axis.url) as exchange:
        exchange.send(Inline(CONTENT), kind=PacketKind.STATUS, sender=SENDER, receivers=[RECEIVER])
    (request,) = axis.requests
    assert b'name="messageType"\r\n\r\nstatus\r\n' in request.body
    assert b'filename="status.edxml"' in request.body
