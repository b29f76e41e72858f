"""The sent list of a mapped e-office, receiver by receiver."""

import pytest

from domain.errors import MalformedDocument
from domain.exchange import ExchangeStatus, SentPacket
from domain.rest import DateRule
from domain.rest_forms import DateForm
from mappings.rest.expression import compiled
from mappings.rest.sent import SentForm, folded, sent_packets


def form() -> SentForm:
    return SentForm(
        sender=None,
        title=compiled("sent.title", "title"),
        notation=None,
        sent_at=None,
        receivers=compiled("sent.receivers.items", "to"),
        receiver=compiled("sent.receivers.receiver", "code || name"),
        status=compiled("sent.receivers.status", "state"),
        received_at=DateRule(
            rule=compiled("sent.receivers.received_at.value", "at"),
            forms=(DateForm("yyyy-MM-dd'T'HH:mm:ss.SSSXXX"),),
        ),
        words=folded({"Đã nhận": ExchangeStatus.REGISTERED, "Trả lại": ExchangeStatus.REJECTED}),
    )


def entries(*rows: object) -> list[SentPacket]:
    return sent_packets(form(), {"title": "Về việc", "to": list(rows)}, "9")


@pytest.mark.parametrize(
    ("state", "status"),
    [("đã nhận", "03"), (" TRẢ LẠI.", "02"), ("chuyển tiếp", "chuyển tiếp"), (None, ""), ("", "")],
)
def test_status_words_become_ours(state: str | None, status: str) -> None:
    (entry,) = entries({"name": "Xã", "state": state})
    assert (entry.receive_status, entry.receiver, entry.title) == (status, "Xã", "Về việc")
    assert (entry.doc_id, entry.send_status, entry.received) == ("9", "done", "")


def test_instants_are_vietnamese() -> None:
    (entry,) = entries({"code": "H37.1", "name": "Xã", "at": "2024-05-08T02:00:00.500Z"})
    assert (entry.receiver, entry.received) == ("H37.1", "2024/05/08 09:00:00")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"state": "x"}, "receiver gives null"),
        ({"name": "Xã", "state": 1.5}, "status gives a number"),
        ({"name": "Xã", "at": "yesterday"}, "received_at.value gives a date"),
        (None, "items gives a list with null"),
    ],
)
def test_a_receiver_of_the_wrong_kind_is_named(row: object, why: str) -> None:
    with pytest.raises(MalformedDocument, match=f"sent document 9.*{why}"):
        entries(row)
