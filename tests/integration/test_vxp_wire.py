"""The exact shape of what the VXP client sends, whom it trusts, and what it keeps to itself."""

import hashlib
import hmac
import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from domain.content import Inline
from domain.errors import ConfigError, DondocError, PeerRefused, PeerUnavailable
from domain.exchange import PacketKind, Settlement
from domain.ids import OrganId
from tests.contract.fetching import fetched
from tests.integration.vxp_peer import (
    AT,
    CHANGES,
    CONTENT,
    DOC_ID,
    OK,
    READS,
    RECEIVER,
    SECRET,
    SENDER,
    SYSTEM,
    TLS,
    Behaviour,
    Call,
    Request,
    Server,
    answering,
    babbling,
    client,
    dropping,
    good,
    http,
    send,
    serving,
    truncating,
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def signed(
    operation: str, request: Request, names: str, content_type: str, method: str = "POST"
) -> None:
    """Check line, header order and every constant of one request."""
    assert request.line == f"{method} /axis/{operation} HTTP/1.1"
    parameters = names.split(";")
    expected = []
    for name in parameters:
        expected += ["Content-Type"] if name == "Content-Type" else []
        expected.append(f"XroadVnpt-{name}")
    expected += ["XroadVnpt-sign-header-key", "XroadVnpt-sign-header", "XroadVnpt-hash-header"]
    expected += ["User-Agent", "XroadVnpt-version"]
    sent = [name for name, _ in request.headers]
    first = sent.index("XroadVnpt-systemid")
    assert sent[first : first + len(expected)] == expected
    others = {name.lower() for name in sent} - {name.lower() for name in expected}
    assert others <= {"host", "accept-encoding", "connection", "content-length"}
    assert len(sent) == len(set(sent))
    assert request.value("XroadVnpt-sign-header-key") == names
    assert json.loads(request.value("XroadVnpt-sign-header")) == {
        f"XroadVnpt-{name}": request.value(f"XroadVnpt-{name}") for name in parameters
    }
    assert request.value("XroadVnpt-systemid") == SYSTEM
    assert request.value("XroadVnpt-timestamp") == "01052024T080910+0123"
    assert request.value("Content-Type") == content_type
    assert request.value("XroadVnpt-Content-Type") == content_type
    assert request.value("User-Agent") == "JAVASDKAgent/1.0.0 XRoad/VPCP"
    assert request.value("XroadVnpt-version") == "3.0.201608"
    text = request.value("XroadVnpt-sign-header")
    assert "".join(text.split()) == text  # one line without blanks: no value here has any
    expected_hash = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert request.value("XroadVnpt-hash-header") == expected_hash
    assert "".join(value for _, value in request.headers).isascii()
    assert "Transfer-Encoding" not in sent
    if method == "GET":
        assert "Content-Length" not in sent
        assert request.body == b""
    else:
        assert request.value("Content-Length") == str(len(request.body))


def test_send_is_the_second_published_vector_on_the_wire(server: Server) -> None:
    server.behaviour = answering({**OK, "docid": DOC_ID})
    with client(server.url + "/axis/") as exchange:
        assert send(exchange) == DOC_ID
    (request,) = server.requests
    names = "systemid;servicetype;messagetype;hash-file;from;to;timestamp;Content-Type"
    signed("sendEdoc", request, names, "application/octet-stream")
    assert request.body == CONTENT + b"\r\n"
    assert request.value("XroadVnpt-to") == '["000.02.02.H37"]'
    assert request.value("XroadVnpt-hash-file") == (
        "3c784dba6ad4e67b1255a3ec744449a36974a6ee56e347463f66e6fd72e3a9"
    )
    assert request.value("XroadVnpt-hash-header") == (
        "08f51daef9f63aa8adcff40c4c599edca160a29e43c24c89cc78644084cae80b"
    )


def test_the_list_is_the_first_published_vector_on_the_wire(server: Server) -> None:
    server.behaviour = answering({**OK, "data": []})
    with client(server.url + "/axis") as exchange:
        assert exchange.waiting(PacketKind.DOCUMENT) == []
    (request,) = server.requests
    names = "systemid;servicetype;messagetype;timestamp;Content-Type"
    signed("getReceivedEdocList", request, names, "application/json")
    assert request.body == b""
    assert request.value("XroadVnpt-hash-header") == (
        "2f86a49ad3713f3609f4f95e56e8b4c88ee0bdd530eaf2f7640f806838ffe169"
    )


def test_a_status_names_no_receivers(server: Server) -> None:
    server.behaviour = answering({**OK, "DocId": DOC_ID})
    with client(server.url + "/axis") as exchange:
        exchange.send(Inline(CONTENT), kind=PacketKind.STATUS, sender=SENDER, receivers=[RECEIVER])
    (request,) = server.requests
    names = "systemid;servicetype;messagetype;hash-file;from;timestamp;Content-Type"
    signed("sendEdoc", request, names, "application/octet-stream")
    assert request.value("XroadVnpt-messagetype") == "status"


REGISTRATION = (
    b'{"id":"%s","pcode":"H37.99","code":"H37.99.1","name":"UBND x\\u00e3 Y\\u00ean S\\u01a1n",'
    b'"mail":"","mobile":"","fax":""}'
)
# Every operation but sendEdoc and the received list, which the published vectors show.
SHAPES: dict[str, tuple[str, Call, str, bytes, str]] = {
    "getEdoc": ("POST", READS["getEdoc"], "docId;filePath", b"{}", "getEdoc"),
    "downloadEdoc": ("GET", READS["downloadEdoc"], "docId;filePath", b"", "downloadEdoc"),
    "updateStatus": ("POST", READS["updateStatus"], "docId;status", b"{}", "updateStatus"),
    "getSentEdocList": (
        *("POST", READS["getSentEdocList"]),
        *("servicetype;messagetype;docId", b"", "getSentEdocList"),
    ),
    "all that was sent": (
        *("POST", lambda exchange: exchange.sent(PacketKind.STATUS)),
        *("servicetype;messagetype", b"", "getSentEdocList"),
    ),
    "countReceiveEdoc": (
        *("POST", READS["countReceiveEdoc"]),
        *("servicetype;messagetype", b"{}", "countReceiveEdoc"),
    ),
    "countReceiveStatus": (
        *("POST", READS["countReceiveStatus"]),
        *("servicetype;messagetype", b"{}", "countReceiveStatus"),
    ),
    "getAgenciesList": ("POST", READS["getAgenciesList"], "", b"", "getAgenciesList"),
    "getAgenciesListQD20": (
        *("POST", READS["getAgenciesListQD20"]),
        *("level", b"", "getAgenciesListQD20"),
    ),
    "getSynchronizeUnit": ("POST", READS["getSynchronizeUnit"], "", b"", "getSynchronizeUnit"),
    "a new unit": (
        *("POST", CHANGES["registerAgency"]),
        *("", REGISTRATION % b"", "registerAgency"),
    ),
    "a changed unit": (
        *("POST", READS["registerAgency"]),
        *("", REGISTRATION % b"17", "registerAgency"),
    ),
    "deleteAgency": ("POST", CHANGES["deleteAgency"], "AgencyCode", b"{}", "deleteAgency"),
}


@pytest.mark.parametrize(
    ("method", "call", "names", "body", "operation"), SHAPES.values(), ids=SHAPES
)
def test_other_requests_on_the_wire(
    server: Server, method: str, call: Call, names: str, body: bytes, operation: str
) -> None:
    server.behaviour = good(operation)
    with client(server.url + "/axis") as exchange:
        call(exchange)
    (request,) = server.requests
    between = f"{names};" if names else ""
    names = f"systemid;{between}timestamp;Content-Type"
    signed(operation, request, names, "application/json", method)
    assert request.body == body


def test_every_operation_has_its_shape_checked() -> None:
    """The table of the protocol's description; the two others are the published vectors."""
    checked = {operation for *_, operation in SHAPES.values()} | {"sendEdoc", "getReceivedEdocList"}
    assert checked == set(READS) | set(CHANGES)
    assert len(checked) == 13


def test_a_window_goes_out_as_local_times(server: Server) -> None:
    server.behaviour = good("getReceivedEdocList")
    with client(server.url) as exchange:
        exchange.waiting(PacketKind.STATUS, since=AT, until=AT + timedelta(hours=20))
    (request,) = server.requests
    assert request.value("XroadVnpt-sign-header-key") == (
        "systemid;servicetype;messagetype;fromDate;toDate;timestamp;Content-Type"
    )
    assert request.value("XroadVnpt-fromDate") == "01/05/2024 08:09:10"
    assert request.value("XroadVnpt-toDate") == "02/05/2024 04:09:10"


@pytest.mark.parametrize(
    ("reason", "description"),
    [
        ("the file is no XML", "the file is no XML"),
        ("in two\r\n lines ", "in two lines"),
        ("x" * 199 + " and more", "x" * 199),
        ("tệp không đọc được", None),
        ("a\x00b", None),
        ("  ", None),
    ],
)
def test_a_reason_goes_out_where_a_header_can_carry_it(
    server: Server, reason: str, description: str | None
) -> None:
    server.behaviour = good("updateStatus")
    with client(server.url) as exchange:
        exchange.settle(DOC_ID, Settlement.FAIL, reason)
    (request,) = server.requests
    assert request.value("XroadVnpt-status") == "fail"
    assert dict(request.headers).get("XroadVnpt-description") == description


@pytest.mark.parametrize("doc_id", ["số 1", "a\r\nXroadVnpt-from: x", " a", "a\x00"])
def test_a_parameter_that_cannot_travel_is_refused_before_anything_is_sent(
    server: Server, doc_id: str
) -> None:
    with client(server.url) as exchange:
        with pytest.raises(PeerRefused, match=r"parameter docId .*nothing was sent"):
            fetched(exchange, doc_id)
        with pytest.raises(PeerRefused, match=r"parameter to .*nothing was sent"):
            exchange.send(
                Inline(CONTENT),
                kind=PacketKind.DOCUMENT,
                sender=SENDER,
                receivers=[OrganId("Hữu Lũng")],
            )
    assert server.connections == 0


def test_cookies_are_not_kept(server: Server) -> None:
    body = json.dumps({**OK, "data": []}).encode()
    server.behaviour = http(body, 200, "Set-Cookie: session=1; Path=/")
    with client(server.url) as exchange:
        exchange.agencies()
        exchange.agencies()
    assert [name for name, _ in server.requests[1].headers if name.lower() == "cookie"] == []


def test_the_environment_takes_no_part(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.behaviour = answering({**OK, "data": []})
    with client(server.url) as exchange:
        assert exchange.agencies() == []


def tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context


@pytest.fixture
def secure() -> Iterator[Server]:
    with serving(tls_context()) as running:
        running.behaviour = answering({**OK, "data": [], "DocId": DOC_ID})
        yield running


def test_the_configured_authority_wins_over_the_environment(
    secure: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "missing.pem"))
    url = secure.url.replace("http:", "https:")
    with client(url, ca_file=TLS / "authority.pem") as exchange:
        assert exchange.agencies() == []
        assert send(exchange) == DOC_ID


def test_an_unknown_authority_is_refused_and_nothing_is_sent(
    secure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Trust lent by the environment would be trust that the configuration does not know of.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(TLS / "authority.pem"))
    with client(secure.url.replace("http:", "https:")) as exchange:
        with pytest.raises(PeerUnavailable, match="TLS failed; check the CA file"):
            send(exchange)
        with pytest.raises(PeerUnavailable, match="TLS failed; check the CA file"):
            exchange.agencies()
    assert secure.requests == []


def test_another_host_than_the_certificate_names_is_refused() -> None:
    with serving(tls_context(), host="127.0.0.2") as server:
        url = f"https://127.0.0.2:{server.port}"
        with (
            client(url, ca_file=TLS / "authority.pem") as exchange,
            pytest.raises(PeerUnavailable, match="TLS failed"),
        ):
            exchange.agencies()
        assert server.connections == 1
        assert server.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_ca_file_is_a_configuration_error(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    with pytest.raises(ConfigError, match="PEM certificates"):
        client("https://exchange.example", ca_file=ca_file)


@pytest.mark.parametrize(
    "url",
    [
        "exchange.example",
        "ftp://exchange.example",
        "http://",
        "http://user:hidden@exchange.example",
        "http://exchange.example/?hidden=1",
        "http://exchange.example/#hidden",
        "http://exchange.example:hidden",
        "http://exchange.example:99999",
        "http://trục.example",
    ],
)
def test_an_unusable_address_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError, match="address of the exchange") as caught:
        client(url)
    assert "hidden" not in str(caught.value)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "behaviour",
    [
        dropping,
        truncating,
        babbling,
        http(b"<html>"),
        answering({"status": "F", "ErrorCode": "15"}),
    ],
)
def test_the_secret_is_in_no_error_no_representation_and_no_log(
    server: Server, behaviour: Behaviour
) -> None:
    server.behaviour = behaviour
    errors: list[DondocError] = []
    with structlog.testing.capture_logs() as logs, client(server.url, attempts=2) as exchange:
        for call in [*READS.values(), *CHANGES.values()]:
            with pytest.raises(DondocError) as caught:
                call(exchange)
            errors.append(caught.value)
        shown = [repr(exchange), str(exchange), repr(logs)]
    shown += [f"{e!r} {e} {getattr(e, '__notes__', '')}" for error in errors for e in chain(error)]
    assert len(errors) == len(READS) + len(CHANGES)
    assert not any(SECRET in text for text in shown)
    assert not any(server.url in str(error) for error in errors)


def test_logs_are_ids_only(server: Server) -> None:
    server.behaviour = answering({**OK, "DocId": DOC_ID, "data": "YQ=="})
    with structlog.testing.capture_logs() as logs, client(server.url) as exchange:
        send(exchange)
        fetched(exchange, DOC_ID)
        exchange.settle(DOC_ID, Settlement.DONE)
    assert [entry["event"] for entry in logs] == [
        "exchange_packet_sent",
        "exchange_packet_fetched",
        "exchange_packet_settled",
    ]
    keys = {"event", "log_level", "exchange", "doc_id", "kind", "size", "outcome"}
    assert all(set(entry) <= keys and entry["doc_id"] == DOC_ID for entry in logs)
