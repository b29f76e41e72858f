"""The simulated exchange at work: sending, fetching, settling, statuses, faults."""

import base64
import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dondoc.simulators.eoffice import Exchange, Fault
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
from tests.unit.simulators.vxp_requests import (
    Caller,
    calling,
    document,
    envelope,
    organ,
    status_message,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exchange(tmp_path: Path, clock: Clock) -> Iterator[Exchange]:
    with Exchange(tmp_path, SYSTEMS, AGENCIES, now=clock) as running:
        yield running


@pytest.fixture
def sender(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, SENDER, SYSTEMS[SENDER]) as caller:
        yield caller


@pytest.fixture
def receiver(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, OTHER, SYSTEMS[OTHER]) as caller:
        yield caller


def test_a_document_on_its_way(sender: Caller, receiver: Caller, clock: Clock) -> None:
    content = document(SENDER, YEN_SON)
    doc_id = sender.send(content)["DocId"]
    assert len(doc_id) == 36
    assert receiver.listed() == [
        {
            "docId": doc_id,
            "serviceType": "eDoc",
            "messageType": "edoc",
            "created_time": "08/05/2024 08:00:00",
            "updated_time": "08/05/2024 08:00:00",
            "from": SENDER,
            "to": YEN_SON,
            "status": "initial",
            "status_desc": "Chờ nhận",
        }
    ]
    assert receiver.listed("status") == []
    assert sender.listed() == []
    assert receiver.call("countReceiveEdoc")["count"] == 1
    assert receiver.call("countReceiveStatus")["count"] == 0

    sent = {
        "serviceType": "eDoc",
        "messageType": "edoc",
        "senderDocId": doc_id,
        "receiverDocId": doc_id,
        "fromCode": SENDER,
        "toCode": YEN_SON,
        "title": "Triển khai Nghị quyết 47",
        "notation": "512/UBND-VH",
        "sentTime": "08/05/2024 08:00:00",
        "receivedTime": "",
        "sendStatus": "initial",
        "sendStatusDesc": "Chờ chuyển",
        "receiveStatus": "initial",
        "receiveStatusDesc": "Chờ nhận",
    }
    assert sender.call("getSentEdocList", b"", docId=doc_id)["data"] == [sent]

    clock.instant += timedelta(hours=1)
    assert base64.b64decode(receiver.call("getEdoc", docId=doc_id, filePath="x")["data"]) == content
    assert receiver.download(doc_id) == content
    pulled = sent | {
        "receivedTime": "08/05/2024 09:00:00",
        "sendStatus": "done",
        "sendStatusDesc": "Đã chuyển",
    }
    assert sender.call("getSentEdocList", b"")["data"] == [pulled]
    assert len(receiver.listed()) == 1  # fetching alone settles nothing

    clock.instant += timedelta(hours=1)
    assert receiver.call("updateStatus", docId=doc_id, status="done")["ErrorCode"] == "0"
    assert receiver.listed() == []
    assert receiver.call("countReceiveEdoc")["count"] == 0
    settled = pulled | {"receiveStatus": "done", "receiveStatusDesc": "Đã nhận thành công"}
    assert sender.call("getSentEdocList", b"", messagetype="edoc")["data"] == [settled]
    assert sender.call("getSentEdocList", b"", messagetype="status")["data"] == []
    assert receiver.call("getSentEdocList", b"", docId=doc_id)["data"] == []
    assert receiver.download(doc_id) == content


def test_transport_states(sender: Caller, receiver: Caller) -> None:
    doc_id = sender.send(document(SENDER, YEN_SON))["DocId"]

    def settle(state: str, **more: str) -> str:
        code: str = receiver.call("updateStatus", b"{}", status=state, **more)["ErrorCode"]
        return code

    assert settle("inbox", docId=doc_id) == "21"
    assert settle("initial", docId=doc_id) == "21"
    assert settle("done", docId="none") == "21"
    assert settle("done") == "21"
    assert sender.call("updateStatus", docId=doc_id, status="done")["ErrorCode"] == "21"
    assert len(receiver.listed()) == 1
    assert settle("processing", docid=doc_id) == "0"
    assert receiver.listed() == []
    assert settle("fail", docId=doc_id, description="disk full") == "0"
    row = sender.call("getSentEdocList", b"", docId=doc_id)["data"][0]
    assert (row["receiveStatus"], row["receiveStatusDesc"]) == ("fail", "disk full")
    assert settle("DONE", docId=doc_id) == "0"
    assert settle("done", docId=doc_id) == "0"
    assert settle("fail", docId=doc_id) == "21"


def test_sticky_parameters_do_no_harm(sender: Caller, receiver: Caller) -> None:
    doc_id = sender.send(document(SENDER, YEN_SON))["DocId"]
    sticky = {"filePath": "/x", "description": "old", "AgencyCode": "none", "level": "1"}
    assert receiver.listed(docId="earlier", status="done", **sticky)[0]["docId"] == doc_id
    both = receiver.call(
        "updateStatus", b"{}", docId=doc_id, docid="earlier", status="done", **sticky
    )
    assert both["ErrorCode"] == "0"
    assert (
        receiver.call("countReceiveEdoc", b"{}", messagetype="status", **sticky)["ErrorCode"] == "0"
    )


def test_documents_of_others_stay_closed(sender: Caller, receiver: Caller) -> None:
    doc_id = sender.send(document(SENDER, SENDER))["DocId"]
    assert receiver.call("getEdoc", docId=doc_id) == {
        "status": "FAIL",
        "ErrorCode": "21",
        "ErrorDesc": f"this system has no document with docId '{doc_id}'",
        "data": "",
    }
    assert json.loads(receiver.download(doc_id))["ErrorCode"] == "21"


def test_several_receivers_settle_each_for_itself(sender: Caller, receiver: Caller) -> None:
    content = document(SENDER, YEN_SON, MINH_SON, SENDER, "001.01.27.H37")
    doc_id = sender.send(content)["DocId"]
    rows = receiver.listed()
    assert [row["to"] for row in rows] == [YEN_SON, MINH_SON]
    assert rows[0]["docId"] == doc_id != rows[1]["docId"]
    assert [row["docId"] for row in sender.listed()] == [doc_id]
    assert receiver.download(rows[1]["docId"]) == content
    receiver.call("updateStatus", docId=rows[1]["docId"], status="done")
    assert [row["to"] for row in receiver.listed()] == [YEN_SON]
    sent = sender.call("getSentEdocList", b"", docId=doc_id)["data"]
    assert [(row["toCode"], row["receiveStatus"]) for row in sent] == [
        (YEN_SON, "initial"),
        (MINH_SON, "done"),
        (SENDER, "initial"),
    ]


def test_status_messages_go_to_the_unit_they_answer(sender: Caller, receiver: Caller) -> None:
    for code in ("01", "03"):
        answer = receiver.send(
            status_message(YEN_SON, SENDER, code), YEN_SON, messagetype="status", to='"H37.27.02"'
        )
        assert answer["ErrorCode"] == "0"
    rows = sender.listed("status")
    assert [(row["from"], row["to"], row["messageType"]) for row in rows] == [
        (YEN_SON, SENDER, "status")
    ] * 2
    assert sender.listed("edoc") == []
    assert len(sender.listed("")) == 2
    assert sender.call("countReceiveStatus")["count"] == 2
    assert b"StatusCode>01<" in sender.download(rows[0]["docId"])
    assert receiver.listed("status") == []
    sent = receiver.call("getSentEdocList", b"", messagetype="status")["data"]
    assert [row["notation"] for row in sent] == ["512/UBND-VH"] * 2


def test_the_kind_without_a_messagetype(sender: Caller, receiver: Caller) -> None:
    receiver.send(status_message(YEN_SON, SENDER), YEN_SON, messagetype="")
    sender.send(document(SENDER, YEN_SON), messagetype="")
    assert len(sender.listed("status")) == len(receiver.listed("edoc")) == 1


def test_old_and_new_codes_reach_the_same_unit(sender: Caller, receiver: Caller) -> None:
    for number, code in enumerate((YEN_SON, "001.01.27.H37", "h37.27.01", " H37.27.01 ")):
        sent = sender.send(document(SENDER, code, document_id=str(number)))
        assert sent["ErrorCode"] == "0"
    assert len(receiver.listed()) == 4
    old = receiver.send(document(YEN_SON, SENDER), "001.01.27.H37")
    assert old["ErrorCode"] == "0"
    assert [row["from"] for row in sender.listed()] == ["001.01.27.H37"]


@pytest.mark.parametrize(
    ("content", "sender_code", "error"),
    [
        (document(SENDER, "H37.99"), SENDER, "18"),
        (document(SENDER, YEN_SON, "H37.99"), SENDER, "18"),
        (status_message(SENDER, "H37.99"), SENDER, "18"),
        (document("H37.99", YEN_SON), "H37.99", "19"),
        (document(YEN_SON, SENDER), YEN_SON, "19"),
        (document(SENDER, YEN_SON), "", "19"),
        (document(SENDER, YEN_SON, LOCKED), SENDER, "23"),
        (document(MINH_SON, YEN_SON), SENDER, "22"),
        (document("H37.99", YEN_SON), SENDER, "22"),
        (document(SENDER), SENDER, "22"),
        (envelope(organ("From", SENDER) + organ("To", "null")), SENDER, "22"),
        (b"<edXML/>", SENDER, "22"),
        (b"Xin ch\xc3\xa0o", SENDER, "22"),
    ],
)
def test_refused_sends_leave_nothing(
    sender: Caller, receiver: Caller, content: bytes, sender_code: str, error: str
) -> None:
    kind = "status" if b"StatusCode" in content else "edoc"
    answer = sender.send(content, messagetype=kind, **{"from": sender_code})
    assert (answer["status"], answer["ErrorCode"], answer["DocId"]) == ("FAIL", error, "")
    assert answer["ErrorDesc"]
    assert receiver.listed("") == []
    assert sender.call("getSentEdocList", b"")["data"] == []


def test_a_document_is_no_status(sender: Caller) -> None:
    assert sender.send(document(SENDER, YEN_SON), messagetype="status")["ErrorCode"] == "22"
    assert sender.send(document(SENDER, YEN_SON), messagetype="letter")["ErrorCode"] == "21"
    assert sender.call("getReceivedEdocList", messagetype="letter")["ErrorCode"] == "21"


@pytest.mark.parametrize("to", ['["H37.27.01"]', '"H37.27.01"', "H37.27.01", '["H37.27.01", 1]'])
def test_the_to_parameter_serves_a_file_without_receivers(
    sender: Caller, receiver: Caller, to: str
) -> None:
    assert sender.send(document(SENDER), to=to)["ErrorCode"] == "0"
    assert [row["to"] for row in receiver.listed()] == [YEN_SON]


def test_a_locked_unit_receives_again_once_unlocked(exchange: Exchange, sender: Caller) -> None:
    content = document(SENDER, LOCKED)
    assert sender.send(content)["ErrorCode"] == "23"
    exchange.lock(LOCKED, locked=False)
    first = sender.send(content)
    exchange.lock(LOCKED)
    assert sender.send(content) == first  # accepted before the lock: a repeat stays accepted
    assert sender.send(document(SENDER, LOCKED, document_id="D2"))["ErrorCode"] == "23"
    with pytest.raises(ValueError, match=r"no unit has the code 'H37\.99'"):
        exchange.lock("H37.99")


def test_a_repeated_send_creates_nothing(sender: Caller, receiver: Caller) -> None:
    content = document(SENDER, YEN_SON, MINH_SON)
    first = sender.send(content)
    assert sender.send(content) == first
    assert len(receiver.listed()) == 2
    again = sender.send(document(SENDER, YEN_SON, document_id="D2"))
    assert again["DocId"] != first["DocId"]


def test_a_dropped_send_was_accepted_and_is_accepted_once(
    exchange: Exchange, sender: Caller, receiver: Caller
) -> None:
    exchange.faults.arm(Fault.DROP)
    content = document(SENDER, YEN_SON)
    assert sender.call("countReceiveEdoc")["ErrorCode"] == "0"  # only sends are dropped
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        sender.send(content)
    sender.connection.close()
    waiting = receiver.listed()
    assert sender.send(content)["DocId"] == waiting[0]["docId"]
    assert receiver.listed() == waiting


def test_the_other_faults(exchange: Exchange, sender: Caller) -> None:
    headers = sender.headers()
    exchange.faults.arm_all(["html", "empty:2", "truncated"])
    assert sender.raw("countReceiveEdoc", headers)[0] == 500
    assert sender.raw("countReceiveEdoc", headers) == (200, b"")
    assert sender.raw("countReceiveEdoc", headers) == (200, b"")
    half = sender.raw("countReceiveEdoc", headers)[1]
    assert half.startswith(b'{"status":"OK"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)
    exchange.faults.delay = 0.05
    exchange.faults.arm(Fault.DELAY, operation="getAgenciesList")
    assert sender.call("countReceiveEdoc")["count"] == 0
    assert sender.call("getAgenciesList", b"")["ErrorCode"] == "0"


def test_a_list_comes_twice_and_backwards(
    exchange: Exchange, sender: Caller, receiver: Caller
) -> None:
    for number in range(3):
        sender.send(document(SENDER, YEN_SON, document_id=str(number)))
    rows = receiver.listed()
    exchange.faults.arm_all(["duplicate", "reorder:2@getAgenciesList", "reorder"])
    assert sender.call("getAgenciesListQD20")["data"]  # the other lists are left alone
    assert receiver.listed() == [row for row in rows for _ in range(2)]
    assert receiver.listed() == rows[::-1]
    backwards = [receiver.call("getAgenciesList", b"")["data"] for _ in range(2)]
    assert backwards == [receiver.call("getAgenciesList", b"")["data"][::-1]] * 2
    assert receiver.listed() == rows


def test_a_file_in_place_of_a_list_is_not_spoiled(
    exchange: Exchange, sender: Caller, receiver: Caller
) -> None:
    content = document(SENDER, YEN_SON)
    doc_id = sender.send(content)["DocId"]
    exchange.faults.arm("duplicate", operation="downloadEdoc")
    assert receiver.download(doc_id) == content


def test_a_document_is_delivered_twice_under_two_ids(
    exchange: Exchange, sender: Caller, receiver: Caller
) -> None:
    exchange.faults.arm(Fault.REDELIVER)
    content = document(SENDER, YEN_SON)
    doc_id = sender.send(content)["DocId"]
    first, second = (row["docId"] for row in receiver.listed())
    assert (first, second != first) == (doc_id, True)
    for each in (first, second):
        data = receiver.call("getEdoc", docId=each)["data"]
        assert base64.b64decode(data) == content
    assert receiver.call("updateStatus", docId=second, status="done")["ErrorCode"] == "0"
    assert [row["docId"] for row in receiver.listed()] == [first]
    rows = sender.call("getSentEdocList", b"", docId=doc_id)["data"]
    assert [row["receiverDocId"] for row in rows] == [first, second]
    assert sum(exchange.held().values()) == 2
    # A send that is refused delivers nothing twice, and the next one is as usual.
    exchange.faults.arm(Fault.REDELIVER)
    assert sender.send(b"no edXML")["ErrorCode"] == "22"
    sender.send(document(SENDER, YEN_SON, document_id="D2"))
    assert len(receiver.listed()) == 2


def test_lists_between_two_dates(sender: Caller, receiver: Caller, clock: Clock) -> None:
    for day in range(3):
        sender.send(document(SENDER, YEN_SON, document_id=str(day)))
        clock.instant += timedelta(days=1)
    assert len(receiver.listed()) == 3
    assert len(receiver.listed(fromDate="09/05/2024 00:00:00")) == 2
    assert len(receiver.listed(toDate="08/05/2024 08:00:00")) == 1
    between = receiver.listed(fromDate="09/05/2024 00:00:00", toDate="09/05/2024 23:59:59")
    assert [row["created_time"] for row in between] == ["09/05/2024 08:00:00"]
    for bad in ("2024-05-09", "31/02/2024 00:00:00", "01/01/0001 00:00:00"):
        answer = receiver.call("getReceivedEdocList", fromDate=bad)
        assert answer["ErrorCode"] in {"0", "21"}
        assert isinstance(answer["data"], list)


HOSTILE = {
    "entity": '<!DOCTYPE edXML [<!ENTITY e "H37.27.01">]>',
    "file": '<!DOCTYPE edXML [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    "external": '<!DOCTYPE edXML SYSTEM "http://127.0.0.1:9/x.dtd">',
    "laughs": '<!DOCTYPE edXML [<!ENTITY a "ha"><!ENTITY e "'
    + "&a;" * 999
    + '"><!ENTITY f "'
    + "&e;" * 999
    + '">]>',
    "parameter": '<!DOCTYPE edXML [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_and_the_server_lives(sender: Caller, name: str) -> None:
    content = document(SENDER, YEN_SON, subject="&e;" if "ENTITY e" in HOSTILE[name] else "x")
    content = content.replace(b"?>", b"?>" + HOSTILE[name].encode(), 1)
    assert sender.send(content)["ErrorCode"] == "22"
    utf16 = content.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert sender.send(utf16)["ErrorCode"] == "22"
    assert sender.send(document(SENDER, YEN_SON))["ErrorCode"] == "0"
