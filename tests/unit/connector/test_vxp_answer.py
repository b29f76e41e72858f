"""What the client makes of the exchange's answers; none of them is ever "nothing new"."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.eoffice.http import Answer, NoAnswer
from connector.eoffice.vxp_answer import (
    VERDICTS,
    checked,
    identifier,
    items,
    member,
    text,
)
from connector.eoffice.vxp_rows import agency, sent_packets, waiting_packets
from domain.errors import ListNotWhole, PeerRefused, PeerUnavailable
from domain.exchange import Agency, PacketKind, SentPacket
from domain.ids import OrganId

OK = {"status": "OK", "ErrorCode": "0", "ErrorDesc": "Thành công"}


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        OK,
        {"STATUS": "ok", "errorcode": "0", "errordesc": ""},
        {"status": "OK", "ErrorCode": 0},
        {"status": "OK", "ErrorCode": "0", "ErrorDesc": None},
    ],
)
def test_success(body: dict[str, object]) -> None:
    assert checked("trục", answer(body)) == body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n",
        b"<html>500</html>",
        b'{"status":"OK","ErrorCo',
        b"null",
        b"[]",
        b'"OK"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"{}",
        b'{"status":"OK"}',
        b'{"status":"OK","ErrorCode":null}',
        b'{"status":"OK","ErrorCode":""}',
        b'{"status":"OK","ErrorCode":["0"]}',
        b'{"status":true,"ErrorCode":"0"}',
        b'{"status":null,"ErrorCode":"0"}',
        b'{"ErrorCode":"0"}',
        b'{"status":"FAIL","ErrorCode":"0"}',
        b'{"status":"ERROR","ErrorCode":"0"}',
        b'{"status":"\\u001b","ErrorCode":"0"}',
        b'{"status":"OK","ErrorCode":"15","ErrorCode":"0"}',
        b'{"status":"OK","ErrorCode":"0","data":[{"docId":"a","docId":"b"}]}',
    ],
)
@pytest.mark.parametrize("status", [200, 500, 502, 503])
def test_an_answer_that_proves_nothing(content: bytes, status: int) -> None:
    with pytest.raises(NoAnswer):
        checked("trục", Answer(status, content))


def test_success_with_a_failing_http_status_proves_nothing() -> None:
    with pytest.raises(NoAnswer, match="HTTP 500 contradicts"):
        checked("trục", answer(OK, 500))


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 413])
def test_no_exchange_at_this_address(status: int) -> None:
    with pytest.raises(PeerRefused, match="check the address") as caught:
        checked("trục", Answer(status, b"<html>no</html>"))
    assert caught.value.code == f"HTTP {status}"


@pytest.mark.parametrize("status", [408, 429])
def test_a_busy_server_may_be_asked_again(status: int) -> None:
    with pytest.raises(PeerUnavailable):
        checked("trục", Answer(status, b""))


@pytest.mark.parametrize("http", [200, 400, 500])
@pytest.mark.parametrize("code", ["10", "15", "18", "19", "22", "23", "99", "-1"])
def test_refusals_carry_code_words_and_advice(code: str, http: int) -> None:
    body = {"status": "FAIL", "ErrorCode": code, "ErrorDesc": "Không hợp lệ"}
    with pytest.raises(PeerRefused, match="Không hợp lệ; ") as caught:
        checked("trục", answer(body, http))
    assert caught.value.code == code


def test_error_15_says_what_to_check() -> None:
    with pytest.raises(PeerRefused, match="check systemid and secret"):
        checked("trục", answer({"status": "FAIL", "ErrorCode": 15}))


@pytest.mark.parametrize("code", ["20", "21"])
def test_the_exchange_failed_at_its_own_work(code: str) -> None:
    with pytest.raises(PeerUnavailable, match=f"error {code}"):
        checked("trục", answer({"status": "FAIL", "ErrorCode": code, "ErrorDesc": "x"}))


def test_every_verdict_has_advice() -> None:
    assert set(VERDICTS) == {"10", "15", "18", "19", "20", "21", "22", "23"}
    assert all(verdict.advice for verdict in VERDICTS.values())


def test_a_long_or_unprintable_description_is_tamed() -> None:
    body = {"status": "FAIL", "ErrorCode": "99", "ErrorDesc": "a\x1b[31m\r\nb " + "x" * 5000}
    with pytest.raises(PeerRefused) as caught:
        checked("trục", answer(body))
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@given(st.binary(max_size=60), st.integers(100, 599))
def test_any_bytes_give_a_typed_error(content: bytes, status: int) -> None:
    with pytest.raises((NoAnswer, PeerRefused, PeerUnavailable)):
        checked("trục", Answer(status, content))


@pytest.mark.parametrize("name", ["docId", "docid", "DocId", "DOCID"])
def test_members_are_found_whatever_their_case(name: str) -> None:
    assert member({"x": 1, name: "d"}, "DocId") == "d"


def test_the_exact_name_wins() -> None:
    assert member({"docid": "other", "DocId": "this"}, "DocId") == "this"


@pytest.mark.parametrize("value", [1.5, True, [], {}])
def test_text_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(NoAnswer, match="member name"):
        text({"name": value}, "name")


@pytest.mark.parametrize("data", [None, {}, "", 0, [None], [{}, None], ["x"], [[]]])
def test_data_that_is_no_list_of_objects(data: object) -> None:
    with pytest.raises(NoAnswer, match="member data"):
        items({"data": data})


def test_absent_data_is_not_an_empty_list() -> None:
    with pytest.raises(NoAnswer, match="member data"):
        items(OK)


@pytest.mark.parametrize("item", [{}, {"docId": None}, {"docId": " "}, {"docId": {}}])
def test_a_waiting_packet_needs_its_doc_id(item: dict[str, object]) -> None:
    found = waiting_packets([item, {"docId": "7f3a"}, None], PacketKind.DOCUMENT)
    assert [packet.doc_id for packet in found.rows] == ["7f3a"]
    assert [flaw.split(":")[0] for flaw in found.flaws] == [
        "row 1 of member data cannot be used",
        "row 3 of member data cannot be used",
    ]
    with pytest.raises(ListNotWhole, match=r"docId.*, and 1 more like it") as caught:
        found.whole("trục")
    assert caught.value.rows == tuple(found.rows)


def test_waiting_packets_come_oldest_first_and_settled_ones_not_at_all() -> None:
    listed: list[dict[str, object]] = [
        {"docId": "c", "created_time": "2024/05/03 08:00:00", "status": "initial"},
        {"docid": "d", "created_time": "04/05/2024 08:00:00", "status": "processing"},
        {"DocId": "a", "created_time": "2024-05-01 08:00:00", "status": "Initial"},
        {"docId": "x", "created_time": "2024/05/01 07:00:00", "status": "done"},
        {"docId": "y", "created_time": "2024/05/01 07:00:00", "status": "FAIL"},
        {"docId": "b", "created_time": "2024/05/02 08:00:00"},
    ]
    found = waiting_packets(listed, PacketKind.DOCUMENT).whole("trục")
    assert [packet.doc_id for packet in found] == ["a", "b", "c", "d"]


def test_times_of_an_unknown_form_leave_the_order_alone() -> None:
    listed: list[dict[str, object]] = [
        {"docId": "b", "created_time": "2024/05/02"},
        {"docId": "a", "created_time": "yesterday"},
    ]
    assert [p.doc_id for p in waiting_packets(listed, PacketKind.STATUS).rows] == ["b", "a"]


@pytest.mark.parametrize(
    ("written", "others"), [("status", 1), ("Status ", 1), ("EDOC", 0), ("", 0), ("?", 0)]
)
def test_a_row_of_the_other_kind_is_left_to_the_other_list(written: str, others: int) -> None:
    found = waiting_packets([{"docId": "a", "messageType": written}], PacketKind.DOCUMENT)
    assert (len(found.rows), found.flaws, found.others) == (1 - others, [], others)
    assert all(packet.kind is PacketKind.DOCUMENT for packet in found.rows)


def test_sent_packets_of_one_doc_id() -> None:
    listed: list[dict[str, object]] = [
        {"senderDocId": "a", "fromCode": "H37.1", "toCode": "H37.2", "receiveStatus": "done"},
        {"senderDocId": "b", "fromCode": "H37.1", "toCode": "H37.2"},
        {"fromCode": "H37.1", "toCode": "H37.3", "title": None},
    ]
    found = sent_packets(listed, PacketKind.DOCUMENT, "a")
    assert [(packet.doc_id, packet.receiver) for packet in found] == [
        ("a", "H37.2"),
        ("a", "H37.3"),
    ]
    assert found[0] == SentPacket(
        doc_id="a",
        kind=PacketKind.DOCUMENT,
        sender="H37.1",
        receiver="H37.2",
        receive_status="done",
    )


def test_sent_packets_without_doc_id_are_unusable() -> None:
    with pytest.raises(NoAnswer, match="senderDocId"):
        sent_packets([{"fromCode": "H37.1"}], PacketKind.DOCUMENT, None)


@pytest.mark.parametrize("old", ["oldCode", "code102"])
def test_agencies_of_both_lists(old: str) -> None:
    item = {"id": 7, "code": "H37.1", old: "000.00.01.H37", "name": "Sở", "mail": None}
    assert agency(item) == Agency(
        id="7", code=OrganId("H37.1"), old_code=OrganId("000.00.01.H37"), name="Sở"
    )


def test_an_agency_needs_a_code() -> None:
    with pytest.raises(NoAnswer, match="code"):
        agency({"id": "1", "name": "Sở"})


BROKEN = ["a\ud800b", "a\x00b", "a\nb", "a\u202eb"]


@pytest.mark.parametrize("value", BROKEN)
def test_an_identifier_that_cannot_be_written_down_is_no_answer(value: str) -> None:
    assert identifier({"DocId": " 7f3a "}, "docId") == "7f3a"
    with pytest.raises(NoAnswer, match="member DocId has characters"):
        identifier({"DocId": value}, "DocId")
    with pytest.raises(NoAnswer):
        agency({"code": value})


@pytest.mark.parametrize("value", BROKEN)
def test_one_broken_row_leaves_the_others_of_its_list(value: str) -> None:
    rows = [{"docId": value}, {"docId": "7f3a"}]
    first, second = waiting_packets(rows, PacketKind.DOCUMENT).whole("trục")
    assert first.doc_id == ascii(value)[1:-1]
    assert second.doc_id == "7f3a"
    sent = sent_packets([{"senderDocId": value}], PacketKind.DOCUMENT, None)
    assert [packet.doc_id for packet in sent] == [first.doc_id]
