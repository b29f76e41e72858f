"""The simulated exchange on the wire: published vectors, signatures, bad requests."""

import base64
import hashlib
import http.client
import json
import random
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dondoc.simulators.eoffice import Agency, Exchange
from tests.unit.simulators.vxp_requests import (
    PREFIX,
    STAMP,
    Caller,
    calling,
    document,
    sign,
    unpadded,
)

SYSTEM, SECRET = "000.99.99.TEST", "s3cret-made-up-for-loopback"
SENDER, RECEIVER = "000.01.01.H37", "000.02.02.H37"
TIME = datetime(2024, 5, 1, 1, 9, 10, tzinfo=UTC)

LIST_VECTOR = {
    PREFIX + "systemid": SYSTEM,
    PREFIX + "servicetype": "eDoc",
    PREFIX + "messagetype": "edoc",
    PREFIX + "timestamp": STAMP,
    "Content-Type": "application/json",
    PREFIX + "Content-Type": "application/json",
    PREFIX + "sign-header-key": "systemid;servicetype;messagetype;timestamp;Content-Type",
    PREFIX + "sign-header": (
        '{"XroadVnpt-systemid":"000.99.99.TEST","XroadVnpt-servicetype":"eDoc",'
        '"XroadVnpt-messagetype":"edoc","XroadVnpt-timestamp":"01052024T080910+0123",'
        '"XroadVnpt-Content-Type":"application/json"}'
    ),
    PREFIX + "hash-header": "2f86a49ad3713f3609f4f95e56e8b4c88ee0bdd530eaf2f7640f806838ffe169",
}
SEND_HASH = "3c784dba6ad4e67b1255a3ec744449a36974a6ee56e347463f66e6fd72e3a9"
SEND_BODY = "Xin chào made-up body 4\n".encode()
SEND_VECTOR = {
    PREFIX + "systemid": SYSTEM,
    PREFIX + "servicetype": "eDoc",
    PREFIX + "messagetype": "edoc",
    PREFIX + "hash-file": SEND_HASH,
    PREFIX + "from": SENDER,
    PREFIX + "to": f'["{RECEIVER}"]',
    PREFIX + "timestamp": STAMP,
    "Content-Type": "application/octet-stream",
    PREFIX + "Content-Type": "application/octet-stream",
    PREFIX + "sign-header-key": (
        "systemid;servicetype;messagetype;hash-file;from;to;timestamp;Content-Type"
    ),
    PREFIX + "sign-header": (
        '{"XroadVnpt-systemid":"000.99.99.TEST","XroadVnpt-servicetype":"eDoc",'
        '"XroadVnpt-messagetype":"edoc","XroadVnpt-hash-file":"' + SEND_HASH + '",'
        '"XroadVnpt-from":"000.01.01.H37","XroadVnpt-to":"[\\"000.02.02.H37\\"]",'
        '"XroadVnpt-timestamp":"01052024T080910+0123",'
        '"XroadVnpt-Content-Type":"application/octet-stream"}'
    ),
    PREFIX + "hash-header": "08f51daef9f63aa8adcff40c4c599edca160a29e43c24c89cc78644084cae80b",
}
OUTSIDE_THE_SIGNATURE = {"User-Agent", PREFIX + "version"}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with Exchange(
        tmp_path_factory.mktemp("wire"),
        {SYSTEM: SECRET},
        [Agency(code=SENDER, system=SYSTEM), Agency(code=RECEIVER, system=SYSTEM)],
        max_body=2_000_000,
    ) as running:
        yield running


@pytest.fixture
def caller(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, SYSTEM, SECRET) as one:
        yield one


def code_of(answer: tuple[int, bytes]) -> str:
    status, body = answer
    assert status == 200
    code: str = json.loads(body)["ErrorCode"]
    return code


def changed(text: str, at: int) -> str:
    return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]


def test_the_list_vector_is_accepted(caller: Caller) -> None:
    status, body = caller.raw("getReceivedEdocList", LIST_VECTOR)
    assert (status, json.loads(body)) == (
        200,
        {"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success", "data": []},
    )


def test_the_send_vector_passes_signature_and_hash_and_is_no_edxml(caller: Caller) -> None:
    for ending in (b"\r\n", b""):
        status, body = caller.raw("sendEdoc", SEND_VECTOR, SEND_BODY + ending)
        answer = json.loads(body)
        assert (status, answer["status"], answer["ErrorCode"]) == (200, "FAIL", "22")
        assert answer["DocId"] == ""


def test_the_printed_hash_of_the_vector() -> None:
    assert unpadded(SEND_BODY) == SEND_HASH
    assert len(hashlib.sha256(SEND_BODY).hexdigest()) == 64


@pytest.mark.parametrize("name", list(SEND_VECTOR))
def test_one_changed_byte_in_a_header_is_refused(caller: Caller, name: str) -> None:
    value = SEND_VECTOR[name]
    for at in {0, len(value) // 2, len(value) - 1}:
        headers = SEND_VECTOR | {name: changed(value, at)}
        assert code_of(caller.raw("sendEdoc", headers, SEND_BODY + b"\r\n")) == "15"


@pytest.mark.parametrize("part", ["sign-header-key", "sign-header", "hash-header"])
def test_every_single_byte_of_the_signature_counts(caller: Caller, part: str) -> None:
    value = LIST_VECTOR[PREFIX + part]
    for at in range(len(value)):
        headers = LIST_VECTOR | {PREFIX + part: changed(value, at)}
        assert code_of(caller.raw("getReceivedEdocList", headers)) == "15"


@pytest.mark.parametrize("name", [name for name in LIST_VECTOR if name != "Content-Type"])
def test_a_missing_or_repeated_header_is_refused(caller: Caller, name: str) -> None:
    rest = {key: value for key, value in LIST_VECTOR.items() if key != name}
    assert code_of(caller.raw("getReceivedEdocList", rest)) == "15"
    caller.connection.putrequest("POST", "/getReceivedEdocList")
    for key, value in [*LIST_VECTOR.items(), (name, LIST_VECTOR[name])]:
        caller.connection.putheader(key, value)
    caller.connection.putheader("Content-Length", "0")
    caller.connection.endheaders()
    response = caller.connection.getresponse()
    assert code_of((response.status, response.read())) == "15"


def test_a_changed_body_has_not_its_hash(caller: Caller) -> None:
    for at in range(len(SEND_BODY)):
        body = SEND_BODY[:at] + bytes([SEND_BODY[at] ^ 1]) + SEND_BODY[at + 1 :]
        assert code_of(caller.raw("sendEdoc", SEND_VECTOR, body + b"\r\n")) == "10"
    assert code_of(caller.raw("sendEdoc", SEND_VECTOR, SEND_BODY + b"\r\nx")) == "10"
    assert code_of(caller.raw("sendEdoc", SEND_VECTOR, b"")) == "10"


def test_an_empty_file_is_refused_even_with_its_hash(caller: Caller) -> None:
    assert caller.send(b"", SENDER)["ErrorCode"] == "10"


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("padded", [True, False])
def test_both_forms_of_hash_and_body_are_taken(caller: Caller, tail: bytes, padded: bool) -> None:
    content = document(SENDER, RECEIVER, document_id=f"form-{padded}-{tail!r}") + tail
    hashed = hashlib.sha256(content).hexdigest() if padded else unpadded(content)
    headers = caller.headers("application/octet-stream", **{"from": SENDER, "hash-file": hashed})
    answers = [caller.raw("sendEdoc", headers, content + ending) for ending in (b"", b"\r\n")]
    first, second = (json.loads(body) for _status, body in answers)
    assert first["ErrorCode"] == "0"
    assert first == second
    assert caller.download(first["DocId"]) == content


@pytest.mark.parametrize("without", ["systemid", "timestamp", "Content-Type"])
def test_what_must_be_signed(caller: Caller, without: str) -> None:
    parameters = {"systemid": SYSTEM, "timestamp": STAMP, "Content-Type": "application/json"}
    del parameters[without]
    assert code_of(caller.raw("countReceiveEdoc", sign(parameters, SECRET))) == "15"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", "1", '[["XroadVnpt-systemid","x"]]', '{"a":"b"}', "[" * 9999]
)
def test_a_signed_text_of_another_shape(caller: Caller, text: str) -> None:
    headers = LIST_VECTOR | {PREFIX + "sign-header": text}
    assert code_of(caller.raw("getReceivedEdocList", headers)) == "15"


def test_wrong_secret_and_unknown_system_are_told_apart_by_nobody(exchange: Exchange) -> None:
    answers = []
    for system, secret in ((SYSTEM, "wrong"), ("nobody", SECRET), ("nobody", ""), ("", "")):
        with calling(exchange.url, system, secret) as other:
            answers.append(other.call("countReceiveEdoc"))
    assert {answer["ErrorCode"] for answer in answers} == {"15"}
    assert len({answer["ErrorDesc"] for answer in answers}) == 1


def test_header_values_beyond_ascii(caller: Caller) -> None:
    parameters = {
        "systemid": SYSTEM,
        "description": "đã nhận",
        "timestamp": STAMP,
        "Content-Type": "application/json",
    }
    headers = {name: value.encode() for name, value in sign(parameters, SECRET).items()}
    caller.connection.request("POST", "/countReceiveEdoc", body=b"{}", headers=headers)
    response = caller.connection.getresponse()
    assert code_of((response.status, response.read())) == "0"
    cut = {name: value.decode().encode("latin-1", "replace") for name, value in headers.items()}
    caller.connection.request("POST", "/countReceiveEdoc", body=b"{}", headers=cut)
    response = caller.connection.getresponse()
    assert code_of((response.status, response.read())) == "15"


def test_a_time_window_is_kept_if_wanted(tmp_path: Path) -> None:
    clock = [TIME]
    with (
        Exchange(
            tmp_path, {"A": "s"}, now=lambda: clock[0], window=timedelta(minutes=5)
        ) as exchange,
        calling(exchange.url, "A", "s") as caller,
    ):
        assert caller.call("countReceiveEdoc")["ErrorCode"] == "0"
        clock[0] = TIME + timedelta(minutes=6)
        assert caller.call("countReceiveEdoc")["ErrorCode"] == "15"
        assert caller.call("countReceiveEdoc")["count"] == 0
        bad = {"systemid": "A", "timestamp": "now", "Content-Type": "application/json"}
        assert code_of(caller.raw("countReceiveEdoc", sign(bad, "s"))) == "15"


def test_methods_paths_and_unknown_operations(caller: Caller) -> None:
    headers = caller.headers(docId="none")
    assert code_of(caller.raw("getEdoc", headers, method="GET")) == "21"
    assert code_of(caller.raw("downloadEdoc", headers, method="POST")) == "21"
    assert code_of(caller.raw("noSuchThing", headers)) == "21"
    assert code_of(caller.raw("", headers, method="GET")) == "21"
    assert code_of(caller.raw("some/base/countReceiveEdoc", headers)) == "0"


# What the SDK reads of each answer, and cannot do without (description of the protocol, 1.4, 1.6).
ALWAYS: dict[str, tuple[type, ...]] = {
    "sendEdoc": (str,),
    "getReceivedEdocList": (list,),
    "getEdoc": (str,),
    "downloadEdoc": (),
    "updateStatus": (),
    "getSentEdocList": (list,),
    "countReceiveEdoc": (int,),
    "countReceiveStatus": (int,),
    "getAgenciesList": (list,),
    "getAgenciesListQD20": (list,),
    "getSynchronizeUnit": (list,),
    "registerAgency": (),
    "deleteAgency": (),
}
MEMBER = {"sendEdoc": "DocId", "countReceiveEdoc": "count", "countReceiveStatus": "count"}


@pytest.mark.parametrize("operation", ALWAYS)
def test_every_refusal_has_all_that_the_sdk_reads(caller: Caller, operation: str) -> None:
    method = "GET" if operation == "downloadEdoc" else "POST"
    refused = [
        caller.raw(operation, caller.headers() | {"XroadVnpt-hash-header": "0" * 64}, method=method)
    ]
    needy = {
        "sendEdoc",
        "getEdoc",
        "downloadEdoc",
        "updateStatus",
        "registerAgency",
        "deleteAgency",
    }
    if operation in needy:
        headers = caller.headers(docId="none", status="done", AgencyCode="none")
        refused.append(caller.raw(operation, headers, method=method))
    for status, body in refused:
        members = json.loads(body)
        assert status == 200
        assert members["status"] == "FAIL"
        assert members["ErrorCode"] != "0"
        assert None not in members.values()
        for kind in ALWAYS[operation]:
            assert isinstance(members[MEMBER.get(operation, "data")], kind)


def test_expect_100_continue_is_answered(exchange: Exchange, caller: Caller) -> None:
    headers = caller.headers() | {"Expect": "100-continue", "Content-Length": "2", "Host": "x"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    address = urlsplit(exchange.url)
    with socket.create_connection((address.hostname, address.port or 0), timeout=10) as raw:
        raw.sendall(f"POST /countReceiveEdoc HTTP/1.1\r\n{head}\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 100 ")
        raw.sendall(b"{}")
        answer = b""
        while not answer.endswith(b"}"):
            answer += raw.recv(4096)
    assert b'"ErrorCode":"0"' in answer


def test_many_receivers_fit_into_the_headers(caller: Caller) -> None:
    codes = json.dumps([f"{number:03}.00.00.H37" for number in range(3000)])
    assert caller.call("countReceiveEdoc", to=codes)["ErrorCode"] == "0"


def test_a_body_over_the_limit_is_refused_and_the_connection_stays(caller: Caller) -> None:
    content = document(SENDER, RECEIVER, subject="x" * 2_000_000)
    assert caller.send(content, SENDER)["ErrorCode"] == "10"
    assert caller.call("countReceiveEdoc")["ErrorCode"] == "0"


def test_a_file_of_many_megabytes_comes_back_whole(tmp_path: Path) -> None:
    picture = base64.b64encode(random.Random(1).randbytes(12_000_000)).decode()
    content = document("A", "A").replace(
        b"</edXML>", f"<AttachmentEncoded>{picture}</AttachmentEncoded></edXML>".encode()
    )
    with Exchange(tmp_path, {"A": "s"}) as exchange, calling(exchange.url, "A", "s") as caller:
        doc_id = caller.send(content)["DocId"]
        assert caller.download(doc_id) == content
        assert base64.b64decode(caller.call("getEdoc", docId=doc_id)["data"]) == content


def mutated(text: str, source: random.Random) -> str:
    at = source.randrange(len(text) + 1)
    piece = source.choice(["", "\t", '"', "\\", ";", "{", "}", "%00", "\x7f", "ê", "A" * 500])
    return text[:at] + piece + text[at + source.randrange(3) :]


def test_mutated_requests_always_get_json(exchange: Exchange, caller: Caller) -> None:
    source = random.Random(20240508)
    content = document(SENDER, RECEIVER, document_id="fuzz")
    operations = ["sendEdoc", "getReceivedEdocList", "getEdoc", "updateStatus", "registerAgency"]
    codes = set()
    for round_ in range(400):
        operation = source.choice(operations)
        parameters = {
            "from": SENDER,
            "messagetype": "edoc",
            "hash-file": unpadded(content),
            "docId": "x",
            "status": "done",
        }
        body = bytearray(content)
        if round_ % 2:  # changed before signing: gets past the signature
            name = source.choice(list(parameters))
            parameters[name] = mutated(parameters[name], source)
            body[source.randrange(len(body))] = source.randrange(256)
            if parameters["hash-file"] == unpadded(content):
                parameters["hash-file"] = unpadded(bytes(body))
        headers = caller.headers("application/octet-stream", **parameters)
        if not round_ % 2:
            name = source.choice(list(headers))
            headers[name] = mutated(headers[name], source)
        wire = {name: value.encode() for name, value in headers.items()}
        try:
            caller.connection.request("POST", f"/{operation}", body=bytes(body), headers=wire)
            response = caller.connection.getresponse()
        except http.client.HTTPException:
            caller.connection.close()
            raise
        answer = json.loads(response.read())
        assert answer["status"] in {"OK", "FAIL"}
        codes.add(answer["ErrorCode"])
    assert {"0", "10", "15", "21", "22"} <= codes
    assert "20" not in codes
    assert caller.call("countReceiveEdoc")["ErrorCode"] == "0"


def test_what_is_not_http_gets_json_too(exchange: Exchange) -> None:
    address = urlsplit(exchange.url)
    for junk in (b"\x16\x03\x01 hello\r\n\r\n", b"POST /x HTTP/1.1\r\nbad header\r\n\r\n"):
        with socket.create_connection((address.hostname, address.port or 0), timeout=10) as raw:
            raw.sendall(junk)
            answer = b""
            while piece := raw.recv(4096):
                answer += piece
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == "FAIL"
