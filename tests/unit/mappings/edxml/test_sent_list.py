"""Rows of a sent list: of which document they are, and what they prove."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from domain.directive import Directive
from domain.exchange import ExchangeStatus, PacketKind, SentPacket
from domain.ids import Address, OfficeId, OrganId
from domain.office import Office
from domain.status import DispatchEvent
from mappings.edxml.sent_list import by_name, named_offices, received_at, sent_at, shows, state_of

DIRECTIVE = Directive(
    number="512",
    notation="UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    issuer_organ=OrganId("H37.99"),
    subject="V/v triển khai Nghị quyết số 47/NQ-CP",
    type_name="Công văn",
    document_id="H37.99,2024/05/08,512/UBND-VH",
)
ROW = SentPacket(
    doc_id="d-1",
    kind=PacketKind.DOCUMENT,
    sender="H37.99",
    receiver="H37.99.1",
    title="V/v triển khai Nghị quyết số 47/NQ-CP",
    notation="512/UBND-VH",
    sent="08/05/2024 09:12:00",
    received="08/05/2024 10:00:00",
    send_status="done",
    receive_status="initial",
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"notation": "0512/ubnd–vh"}, True),
        ({"notation": "513/UBND-VH"}, False),
        ({"notation": "UBND-VH"}, True),
        ({"notation": "UBND-VH", "title": "Một việc khác"}, False),
        ({"notation": ""}, False),
        ({"sent": "08/05/2023 09:12:00"}, False),
        ({"sent": "2024-05-07 23:59:00"}, True),
        ({"sent": ""}, True),
        ({"sent": "hôm qua"}, True),
    ],
)
def test_a_row_is_of_the_directive_by_number_year_or_subject(
    changes: dict[str, str], expected: bool
) -> None:
    assert shows(replace(ROW, **changes), DIRECTIVE) is expected  # type: ignore[arg-type]


def test_a_directive_without_a_day_of_issue_is_compared_by_number() -> None:
    assert shows(replace(ROW, sent="08/05/2023 09:12:00"), replace(DIRECTIVE, issued_on=None))


@pytest.mark.parametrize(
    ("send", "receive", "expected"),
    [
        ("done", "initial", None),
        ("initial", "", None),
        ("done", "đang chuyển", None),
        ("done", "done", DispatchEvent.DELIVERED),
        ("done", " Processing ", DispatchEvent.DELIVERED),
        ("done", "fail", DispatchEvent.BOUNCED),
        ("fail", "", DispatchEvent.BOUNCED),
        ("FAIL", "initial", DispatchEvent.BOUNCED),
        ("done", "01", DispatchEvent.DELIVERED),
        ("done", "02", DispatchEvent.REJECTED),
        ("done", "03", DispatchEvent.REGISTERED),
        ("done", "15", DispatchEvent.RECALL_AGREED),
    ],
)
def test_a_row_proves_what_its_words_say(
    send: str, receive: str, expected: DispatchEvent | None
) -> None:
    assert state_of(replace(ROW, send_status=send, receive_status=receive)) is expected


def test_every_code_of_the_regulation_means_something() -> None:
    found = [state_of(replace(ROW, receive_status=code)) for code in ExchangeStatus]
    assert None not in found
    assert len(set(found)) == len(ExchangeStatus)


def test_times_are_vietnamese() -> None:
    assert sent_at(ROW) == datetime(2024, 5, 8, 2, 12, tzinfo=UTC)
    assert received_at(ROW) == datetime(2024, 5, 8, 3, tzinfo=UTC)
    assert sent_at(replace(ROW, sent="")) is None


def test_receivers_may_be_listed_by_name() -> None:
    office = Office(
        id=OfficeId("xa-yen-son"),
        name="UBND xã Yên Sơn",
        aliases=("Ủy ban nhân dân xã Yên Sơn",),
        emails=(Address("xayenson@huulung.example"),),
    )
    other = replace(office, id=OfficeId("xa-hoa-lac"), name="UBND xã Hòa Lạc", aliases=())
    both = by_name([office, other])
    assert named_offices("Uỷ ban nhân dân XÃ YÊN SƠN", both) == [office]
    assert named_offices("ubnd xã Hoà Lạc", both) == [other]
    assert named_offices("UBND xã Khác", both) == ()
    assert named_offices("", both) == ()
