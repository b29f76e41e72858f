"""Every packet that Dondoc can express survives writing, transit and reading."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.exchange import Hop, Packet, ResponseFor, Staff, StatusPacket
from dondoc.simulators.eoffice.transit import reserialise
from mappings.edxml.write import write_status
from tests.edxml_files import read, written
from tests.unit.mappings.edxml.edxml_packets import DIRECTIVE, SENDER, packets, statuses
from tests.unit.mappings.edxml.edxml_transit import (
    BYTES,
    TRANSITS,
    TREES,
    Transit,
    as_written,
    byte_order_mark,
    no_namespace,
    one_trace_more,
    reordered,
    stray_bytes,
    utf_16,
)

EXCHANGE = Hop(at=datetime(2025, 10, 1, 1, 0, tzinfo=UTC))


@given(packets)
@example(DIRECTIVE)
@settings(max_examples=60)
def test_a_document_is_read_as_it_was_written(packet: Packet) -> None:
    assert read(written(packet)).packet == packet


@given(statuses)
@settings(max_examples=60)
def test_a_status_is_read_as_it_was_written(status: StatusPacket) -> None:
    reading = read(write_status(status))
    assert reading.packet == status
    assert reading.warnings == ()


@given(packets)
@settings(max_examples=15)
def test_equal_records_give_equal_bytes(packet: Packet) -> None:
    assert written(packet) == written(replace(packet))


@pytest.mark.parametrize("transit", TRANSITS)
def test_a_document_survives_transit(transit: Transit) -> None:
    assert read(transit(written(DIRECTIVE))).packet == DIRECTIVE


@given(packets)
@settings(max_examples=15)
def test_the_order_of_elements_does_not_matter(packet: Packet) -> None:
    content = written(packet)
    assert read(reordered(content)).packet == packet


@given(packets, st.lists(st.sampled_from(TREES), max_size=3), st.sampled_from(BYTES))
@settings(max_examples=80, deadline=None)
def test_a_document_survives_being_written_anew(
    packet: Packet, trees: list[Transit], last: Transit
) -> None:
    content = written(packet)
    for transit in (*trees, last):
        content = transit(content)
    assert read(content).packet == packet


@given(statuses, st.lists(st.sampled_from(TREES), max_size=3), st.sampled_from(BYTES))
@settings(max_examples=60, deadline=None)
def test_a_status_survives_being_written_anew(
    status: StatusPacket, trees: list[Transit], last: Transit
) -> None:
    content = write_status(status)
    for transit in (*trees, last):
        content = transit(content)
    assert read(content).packet == status


def test_a_hop_more_is_kept_and_changes_nothing_else() -> None:
    found = read(one_trace_more(written(DIRECTIVE))).packet
    assert found == replace(DIRECTIVE, hops=(EXCHANGE,))
    assert read(written(found)).packet == found


@given(packets, st.sampled_from(BYTES))
@settings(max_examples=40, deadline=None)
def test_the_exchange_adds_its_hop_and_changes_nothing_else(packet: Packet, last: Transit) -> None:
    content = reserialise(written(packet), is_status=False, timestamp="2025/10/01 08:00:00")
    assert read(last(content)).packet == replace(packet, hops=(*packet.hops, EXCHANGE))


@given(statuses, st.sampled_from(BYTES))
@settings(max_examples=40, deadline=None)
def test_the_exchange_changes_nothing_in_a_status(status: StatusPacket, last: Transit) -> None:
    content = reserialise(write_status(status), is_status=True, timestamp="")
    assert read(last(content)).packet == status


@pytest.mark.parametrize("transit", TRANSITS)
def test_a_status_survives_transit(transit: Transit) -> None:
    status = StatusPacket(
        sender=SENDER,
        response_for=ResponseFor(code="512/UBND-VH", promulgated_on=date(2024, 5, 8)),
        code="03",
        description="Đã tiếp nhận",
        staff=Staff(name="Văn thư"),
        at=datetime(2024, 5, 8, 2, 0, tzinfo=UTC),
    )
    assert read(transit(write_status(status))).packet == status


@pytest.mark.parametrize(
    ("transit", "warning"),
    [
        (as_written, None),
        (no_namespace, "elements have no namespace"),
        (byte_order_mark, "a byte order mark stands before the XML"),
        (stray_bytes, "5 stray bytes stand before the XML"),
        (utf_16, "the file is in utf-16, not in UTF-8"),
    ],
)
def test_each_tolerance_leaves_a_warning(transit: Transit, warning: str | None) -> None:
    warnings = read(transit(written(DIRECTIVE))).warnings
    assert warnings == () if warning is None else warning in warnings
