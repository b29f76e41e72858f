"""What an answer of the provincial axis proves."""

import json

import pytest

from connector.eoffice.http import Answer, NoAnswer
from connector.eoffice.lgsp_answer import NotAuthorised, checked, token_of
from connector.eoffice.lgsp_rows import unit, waiting_rows
from domain.errors import PeerRefused, PeerUnavailable
from domain.exchange import PacketKind

PEER = "trục tỉnh"


def answer(members: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(members, ensure_ascii=False).encode())


def refusal(code: object = "18", desc: object = "", **more: object) -> dict[str, object]:
    data = {"docId": "", "status": "error", "errorCode": code, "errorDesc": desc}
    return {"success": False, "message": "Lỗi", "data": data, **more}


def test_a_success() -> None:
    members = {"success": True, "message": "", "data": []}
    assert checked(PEER, answer(members)) == members
    assert checked(PEER, answer({"Success": "TRUE", "data": {"errorCode": "0"}}, 201))
    assert checked(PEER, answer({"data": []}), bare=True) == {"data": []}


@pytest.mark.parametrize(
    ("code", "temporary"),
    [
        ("10", False),
        ("15", False),
        ("18", False),
        ("19", False),
        ("20", True),
        ("21", True),
        ("22", False),
        ("23", False),
        ("4711", False),
        (18, False),
    ],
)
def test_error_codes(code: object, temporary: bool) -> None:
    with pytest.raises(PeerUnavailable if temporary else PeerRefused) as caught:
        checked(PEER, answer(refusal(code, " Sai\n đơn\u0007 vị ")))
    assert "Sai đơn vị" in str(caught.value)
    assert str(code) in str(caught.value)


def test_15_is_about_the_two_keys_of_this_door() -> None:
    with pytest.raises(PeerRefused, match="SystemId and the SecretKey"):
        checked(PEER, answer(refusal("15")))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"success": False}, "none"),
        ({"success": False, "message": "Sai", "data": None}, "none"),
        ({"success": False, "errorCode": "18"}, "18"),
        (refusal("\u0001"), "unprintable"),
        (refusal("9" * 50), "9" * 20),
    ],
)
def test_refusals_of_other_shapes(members: object, code: str) -> None:
    with pytest.raises(PeerRefused) as caught:
        checked(PEER, answer(members, 400))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "given",
    [
        Answer(401, b"licenseInfo:invalid"),
        Answer(401, b""),
        Answer(200, b"Unauthorized"),
        Answer(403, b'"Unauthorized"\r\n'),
        answer({"success": False, "message": "Unauthorized"}),
    ],
)
def test_not_authorised(given: Answer) -> None:
    with pytest.raises(NotAuthorised):
        checked(PEER, given)


@pytest.mark.parametrize(
    "given",
    [
        Answer(200, b""),
        Answer(200, b"<html>"),
        Answer(200, b"OK"),
        Answer(200, b"[" * 100_000),
        Answer(500, b"<html>"),
        answer([]),
        answer(None),
        answer({"data": []}),
        answer({"success": None}),
        answer({"success": 1}),
        answer({"success": "yes"}),
        answer({"success": True}, 500),
        answer({"success": True, "data": {"errorCode": "20"}}),
        answer({"success": True, "data": {"errorCode": []}}),
        answer({"success": False, "message": "Lỗi"}, 500),
    ],
)
def test_what_proves_nothing(given: Answer) -> None:
    with pytest.raises(NoAnswer):
        checked(PEER, given)


@pytest.mark.parametrize("data", [None, {}, "x"])
def test_a_bare_answer_needs_its_list(data: object) -> None:
    with pytest.raises(NoAnswer):
        checked(PEER, answer({"data": data}), bare=True)


@pytest.mark.parametrize(
    ("status", "error"), [(404, PeerRefused), (302, PeerRefused), (429, PeerUnavailable)]
)
def test_http_statuses(status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=str(status)):
        checked(PEER, Answer(status, b"<html>"))


def test_secrets_that_the_axis_quotes_are_not_repeated() -> None:
    given = answer(refusal("18", "key s3cret-1 is wrong"))
    with pytest.raises(PeerRefused) as caught:
        checked(PEER, given, ("", "s3cret-1"))
    assert "s3cret-1" not in str(caught.value)
    assert "receiving unit" in str(caught.value)


def test_a_token() -> None:
    assert token_of(PEER, answer({"code": 200, "data": {"token": " a.b.c "}})) == "a.b.c"


@pytest.mark.parametrize(
    "given",
    [
        answer({"code": 401, "message": "user dondoc, password made-up"}, 401),
        answer({"code": 401, "message": "user dondoc, password made-up", "data": None}),
        answer({"data": {"token": None}}),
        answer({}, 400),
        Answer(200, b"Unauthorized"),
        Answer(404, b"<html>"),
    ],
)
def test_a_login_that_is_turned_down(given: Answer) -> None:
    with pytest.raises(PeerRefused) as caught:
        token_of(PEER, given)
    assert "made-up" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        Answer(200, b""),
        Answer(200, b"<html>"),
        Answer(500, b"{}"),
        answer({"data": {"token": []}}),
        answer({"data": {"token": "a\nb"}}),
        answer({"data": {"token": "a b"}}),
        answer({"data": {"token": "é"}}),
    ],
)
def test_a_login_that_proves_nothing(given: Answer) -> None:
    with pytest.raises(NoAnswer):
        token_of(PEER, given)


def row(doc_id: str, state: str = "initial", at: str = "2024/05/08 09:00:00") -> dict[str, object]:
    return {"docId": doc_id, "status": state, "createdTime": at, "from": "A", "to": "B"}


def test_rows_are_unsettled_once_and_oldest_first() -> None:
    rows = [row("2"), row("1", "", "2024/05/07 09:00:00"), row("2"), row("3", "DONE")]
    rows += [row("4", "fail"), row("5", "processing"), row("6", "seen")]
    rows += [{**row("7"), "messageType": "status"}]
    found = waiting_rows(rows, PacketKind.DOCUMENT)
    packets = found.whole(PEER)
    assert found.others == 1
    assert [packet.doc_id for packet in packets] == ["1", "2", "6"]
    assert (packets[0].sender, packets[0].receiver) == ("A", "B")
    assert packets[0].created == "2024/05/07 09:00:00"


@pytest.mark.parametrize("bad", [{"docId": None}, {"docId": " "}, {"status": []}, {"from": {}}])
def test_a_row_that_cannot_be_used(bad: dict[str, object]) -> None:
    found = waiting_rows([{**row("1"), **bad}, row("2"), 5], PacketKind.DOCUMENT)
    assert [packet.doc_id for packet in found.rows] == ["2"]
    assert len(found.flaws) == 2


def test_a_unit() -> None:
    found = unit(
        {"orgCode": "H37.02", "orgName": "Sở", "parentCode": "H37", "email": "a@b.example"}
    )
    assert (found.id, found.code, found.old_code) == ("H37.02", "H37.02", None)
    assert (found.name, found.parent_id, found.mail) == ("Sở", "H37", "a@b.example")
    with pytest.raises(NoAnswer):
        unit({"orgName": "Sở"})
