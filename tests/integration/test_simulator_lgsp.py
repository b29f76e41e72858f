"""The simulated provincial axis: tokens, faults on cue, and one exchange behind two protocols."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connector.eoffice.http import Timeouts
from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.vxp import VxpExchange
from domain.content import Inline
from domain.errors import (
    ConfigError,
    DeliveryUnknown,
    PeerRefused,
    PeerUnavailable,
    StoreFailed,
)
from domain.exchange import PacketKind, Settlement
from domain.ids import OrganId
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.lgsp import Account, Axis, serve
from tests.contract.fetching import fetched
from tests.unit.simulators.vxp_offices import (
    AGENCIES,
    LOCKED,
    MINH_SON,
    OTHER,
    SENDER,
    SYSTEMS,
    YEN_SON,
    Clock,
)
from tests.unit.simulators.vxp_requests import document, status_message

ACCOUNT = Account(username="app", password="made-up", application_code="DONDOC")
DOCUMENT = PacketKind.DOCUMENT


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def axis(tmp_path: Path, clock: Clock) -> Iterator[Axis]:
    with Axis(tmp_path, SYSTEMS, [ACCOUNT], AGENCIES, now=clock) as running:
        yield running


def door(
    axis: Axis,
    clock: Clock,
    system: str,
    *,
    secret: str = "",
    code: str = "DONDOC",
    read: float = 20,
    attempts: int = 1,
) -> LgspExchange:
    return LgspExchange(
        axis.url,
        username=ACCOUNT.username,
        password=ACCOUNT.password,
        application_code=code,
        system_id=system,
        secret_key=secret or SYSTEMS.get(system, "none"),
        now=clock,
        timeouts=Timeouts(connect=5, read=read),
        attempts=attempts,
        pause=0.0,
    )


@pytest.fixture
def sender(axis: Axis, clock: Clock) -> Iterator[LgspExchange]:
    with door(axis, clock, SENDER) as connected:
        yield connected


@pytest.fixture
def receiver(axis: Axis, clock: Clock) -> Iterator[LgspExchange]:
    with door(axis, clock, OTHER) as connected:
        yield connected


def send(exchange: LgspExchange, name: str = "D1", *receivers: str) -> str:
    return exchange.send(
        Inline(document(SENDER, *(receivers or (YEN_SON,)), document_id=name)),
        kind=DOCUMENT,
        sender=OrganId(SENDER),
        receivers=[],
    )


def listed(exchange: LgspExchange) -> list[str]:
    return [packet.doc_id for packet in exchange.waiting(DOCUMENT)]


@pytest.mark.parametrize("fault", ["drop", "html", "empty", "truncated"])
def test_a_send_whose_answer_is_lost_ends_as_one_document(
    axis: Axis, sender: LgspExchange, receiver: LgspExchange, fault: str
) -> None:
    axis.faults.arm(fault, operation="sendEdoc")
    with pytest.raises(DeliveryUnknown):
        send(sender)
    (waiting,) = listed(receiver)
    assert send(sender) == waiting
    assert listed(receiver) == [waiting]


def test_a_document_that_comes_twice_has_two_ids(
    axis: Axis, sender: LgspExchange, receiver: LgspExchange
) -> None:
    axis.faults.arm("redeliver")
    doc_id = send(sender)
    first, second = listed(receiver)
    assert (first, second != first) == (doc_id, True)
    receiver.settle(second, Settlement.DONE)
    assert listed(receiver) == [first]


def test_tokens_are_renewed_before_and_upon_expiry(
    axis: Axis, clock: Clock, sender: LgspExchange, receiver: LgspExchange
) -> None:
    doc_id = send(sender)
    axis.tokens.expire()
    assert listed(receiver) == [doc_id]
    clock.instant += timedelta(minutes=29, seconds=30)
    assert send(sender, "D2")
    axis.faults.arm("expire")
    assert send(sender, "D3")
    assert len(listed(receiver)) == 3


def test_spoiled_lists_are_read_all_the_same(
    axis: Axis, clock: Clock, sender: LgspExchange, receiver: LgspExchange
) -> None:
    sent = []
    for number in range(4):
        sent.append(send(sender, f"D{number}"))
        clock.instant += timedelta(seconds=1)
    for fault in ("duplicate", "reorder", "short", "truncated", "html", "empty"):
        axis.faults.arm(fault, operation="syncReceivedEdocList")
        with door(axis, clock, OTHER, attempts=2) as patient:
            assert listed(patient) == sent


def test_a_long_absence_is_caught_up_and_a_late_packet_is_seen(
    axis: Axis, clock: Clock, sender: LgspExchange, receiver: LgspExchange
) -> None:
    old = send(sender, "D-old")
    clock.instant += timedelta(days=80)
    assert listed(receiver) == [old]
    new = send(sender, "D-new")
    assert listed(receiver) == [old, new]
    receiver.settle(old, Settlement.DONE)
    assert listed(receiver) == [new]
    clock.instant += timedelta(days=2)
    assert listed(receiver) == [new]
    receiver.settle(new, Settlement.FAIL)
    receiver.settle(new, Settlement.DONE)
    assert listed(receiver) == []


def test_a_late_answer(axis: Axis, clock: Clock, receiver: LgspExchange) -> None:
    axis.faults.delay = 0.5
    axis.faults.arm("delay", operation="syncReceivedEdocList")
    with door(axis, clock, OTHER, read=0.1) as hasty, pytest.raises(PeerUnavailable):
        listed(hasty)
    assert listed(receiver) == []


@pytest.mark.parametrize(
    ("system", "secret", "code", "told"),
    [
        (SENDER, "wrong", "DONDOC", "15"),
        ("H37.UNKNOWN", "x", "DONDOC", "15"),
        (SENDER, "", "OTHER", "login"),
    ],
)
def test_wrong_keys(
    axis: Axis, clock: Clock, system: str, secret: str, code: str, told: str
) -> None:
    with door(axis, clock, system, secret=secret, code=code) as exchange:
        with pytest.raises(PeerRefused) as caught:
            listed(exchange)
        assert caught.value.code == told


def test_codes_of_the_exchange(sender: LgspExchange, receiver: LgspExchange) -> None:
    def code(content: bytes, kind: PacketKind = DOCUMENT) -> str:
        with pytest.raises((PeerRefused, PeerUnavailable)) as caught:
            sender.send(Inline(content), kind=kind, sender=OrganId(SENDER), receivers=[])
        return str(caught.value)

    assert "with 10:" in code(b"")
    assert "with 22:" in code(b"<other/>")
    assert "with 22:" in code(document(SENDER, YEN_SON), PacketKind.STATUS)
    assert "with 19:" in code(document(YEN_SON, SENDER))
    assert "with 18:" in code(document(SENDER, "H37.NOWHERE"))
    assert "with 23:" in code(document(SENDER, LOCKED))
    assert listed(receiver) == []


def test_settling_and_fetching_what_is_not_there(
    sender: LgspExchange, receiver: LgspExchange
) -> None:
    doc_id = send(sender)
    receiver.settle(doc_id, Settlement.DONE)
    for call in (
        lambda: receiver.settle("none", Settlement.DONE),
        lambda: receiver.settle(doc_id, Settlement.FAIL),
        lambda: sender.settle(doc_id, Settlement.DONE),
        lambda: fetched(receiver, "none"),
    ):
        with pytest.raises(PeerUnavailable, match="21"):
            call()
    assert fetched(sender, doc_id) == fetched(receiver, doc_id)


def test_units_have_their_parents(receiver: LgspExchange) -> None:
    units = {unit.code: unit for unit in receiver.agencies()}
    assert units[OrganId(YEN_SON)].parent_id == SENDER
    assert units[OrganId(MINH_SON)].mail == "minhson@huulung.example"


def test_one_exchange_behind_two_protocols(tmp_path: Path, clock: Clock) -> None:
    with ExitStack() as stack:
        exchange = stack.enter_context(Exchange(tmp_path, SYSTEMS, AGENCIES, now=clock))
        axis = stack.enter_context(Axis(tmp_path, SYSTEMS, [ACCOUNT], AGENCIES, now=clock))
        over_vxp = stack.enter_context(
            VxpExchange(exchange.url, system_id=OTHER, secret=SYSTEMS[OTHER], now=clock)
        )
        over_rest = stack.enter_context(door(axis, clock, SENDER))
        doc_id = send(over_rest)
        assert [packet.doc_id for packet in over_vxp.waiting(DOCUMENT)] == [doc_id]
        over_vxp.settle(doc_id, Settlement.DONE)
        answer = status_message(YEN_SON, SENDER)
        back = over_vxp.send(
            Inline(answer), kind=PacketKind.STATUS, sender=OrganId(YEN_SON), receivers=[]
        )
        (packet,) = over_rest.waiting(PacketKind.STATUS)
        assert packet.doc_id == back
        assert fetched(over_rest, back) == answer


def raw(
    axis: Axis, method: str, path: str, headers: dict[str, str], body: object = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(axis.url).netloc, timeout=20)
    try:
        connection.request(method, path, body=body, headers=headers)  # type: ignore[arg-type]
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_the_axis_in_its_own_words(axis: Axis) -> None:
    assert raw(axis, "GET", "/v1/getAgenciesList", {}) == (401, b"licenseInfo:invalid")
    assert raw(axis, "GET", "/v1/getAgenciesList", {"Authorization": "Bearer a.b.c"})[0] == 401
    login = {"username": "app", "password": "made-up", "applicationCode": "DONDOC"}
    path = "/base/v1/auth/login?allow_anonymous=true"
    status, answer = raw(axis, "POST", path, {}, json.dumps(login))
    assert status == 200
    token = json.loads(answer)["data"]["token"]
    keys = {
        "Authorization": f"Bearer {token}",
        "X-SystemId": SENDER,
        "X-SecretKey": SYSTEMS[SENDER],
    }
    for method, path, body, code in [
        ("POST", "/v1/sendEdoc", iter([b"a"]), "21"),  # no Content-Length
        ("POST", "/v1/sendEdoc", b"a", "21"),
        ("GET", "/v1/sendEdoc", None, "21"),
        ("GET", "/v1/nothing", None, "21"),
        ("GET", "/v1/syncReceivedEdocList?messageType=edoc&fromDate=x", None, "21"),
        ("POST", "/v1/updateStatus", b"[]", "21"),
        ("POST", "/v1/updateStatus", b'{"docId":"x","status":"new"}', "21"),
        ("POST", "/v1/updateStatus", b" " * 2_000_000, "10"),
    ]:
        status, answer = raw(axis, method, path, keys, body)
        assert (status, json.loads(answer)["data"]["errorCode"]) == (200, code)
    for bad in (b"", b"[]", b"{}", b'{"username":[]}', json.dumps({**login, "password": "no"})):
        status, answer = raw(axis, "POST", "/v1/auth/login", {}, bad)
        assert status == 401
        assert b"made-up" not in answer


def test_a_form_without_a_file(axis: Axis) -> None:
    login = {"username": "app", "password": "made-up", "applicationCode": "DONDOC"}
    _, answer = raw(axis, "POST", "/v1/auth/login", {}, json.dumps(login))
    headers = {
        "Authorization": f"Bearer {json.loads(answer)['data']['token']}",
        "X-SystemId": SENDER,
        "X-SecretKey": SYSTEMS[SENDER],
        "Content-Type": "multipart/form-data; boundary=b",
    }
    for name in ("edocFile", 'edocFile"; filename="a.xml'):
        body = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\na\r\n--b--\r\n'
        _, answer = raw(axis, "POST", "/v1/sendEdoc", headers, body.encode())
        assert json.loads(answer)["data"]["errorCode"] == "10"


def test_wrong_descriptions(tmp_path: Path, axis: Axis) -> None:
    with pytest.raises(ConfigError, match="--system"):
        Axis(tmp_path, {"A": ""}, [ACCOUNT])
    with pytest.raises(ConfigError, match="--username"):
        Axis(tmp_path, {"A": "s"}, [])
    with pytest.raises(ConfigError, match="--agencies"):
        Axis(tmp_path, {"A": "s"}, [ACCOUNT], [Agency(code=" ")])
    with pytest.raises(ConfigError, match="--fault"):
        serve(Axis(tmp_path, {"A": "s"}, [ACCOUNT]), faults=["nope"])
    with pytest.raises(PeerUnavailable, match="port"):
        Axis(tmp_path, {"A": "s"}, [ACCOUNT], port=int(axis.url.rpartition(":")[2])).start()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed):
        Axis(tmp_path / "file", {"A": "s"}, [ACCOUNT]).start()
    two = [Agency(code="X"), Agency(code="Y"), Agency(code="X", old_code="Y")]
    with pytest.raises(ConfigError, match="--agencies"):
        Axis(tmp_path / "two", {"A": "s"}, [ACCOUNT], two).start()


def test_the_command_runs_until_it_is_told_to_end(tmp_path: Path, clock: Clock) -> None:
    words = ["simulate", "lgsp", "--port", "0", "--state", str(tmp_path), "--username", "app"]
    words += ["--password", "made-up", "--system", "A", "--secret", "s", "--fault", "empty"]
    with subprocess.Popen(
        [sys.executable, "-c", "from dondoc.cli.main import main; main()", *words],
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        try:
            line = running.stdout.readline()
            assert line.startswith("the exchange listens on http://127.0.0.1:")
        finally:
            running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
