"""The mapped REST door keeps the contracts of every door, with and without acknowledging."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.eoffice.rest import MappedRest
from domain.ports import DocumentExchange
from dondoc.settings.load_rest import RestMapping
from dondoc.simulators.ioffice import IOffice
from tests.contract.door_contract import AbilitiesContract, ReceivingContract
from tests.rest_office import (
    SUBJECT,
    contents,
    door_to,
    incoming,
    mapped,
    office,
    packet_of,
    running_office,
)

__all__ = ["office", "running_office"]


def acknowledging(text: str) -> str:
    """Take the signs of a comment away from the section that is shipped as one."""
    head, mark, rest = text.partition("  # acknowledge:")
    lines = (mark + rest).split("\n")
    block = [line.replace("  # ", "  ", 1) for line in lines[:9]]
    assert block[-1].strip().startswith("outcomes:")
    return head + "\n".join([*block, *lines[9:]])


class ArrivingAtOffice:
    def __init__(self, office: IOffice, door: MappedRest, mapping: RestMapping) -> None:
        self._office = office
        self._door = door
        self._mapping = mapping
        self._put = 0

    @property
    def door(self) -> DocumentExchange:
        return self._door

    def put(self, number: str) -> None:
        self._put += 1
        self._office.receive(incoming(number, minutes=self._put))

    def assert_same(self, content: bytes, number: str) -> None:
        packet = packet_of(self._mapping, content)
        assert (packet.code_number, packet.code_notation) == (number, "UBND-VH")
        assert packet.subject == SUBJECT
        ((name, data),) = contents(packet)
        assert (name, data) == (f"Công văn {number} bản 1.pdf", b"%PDF-1.4 " + number.encode())


class TestMappedRest(ReceivingContract, AbilitiesContract):
    acknowledges = False

    @pytest.fixture
    def arriving(self, office: IOffice, tmp_path: Path) -> Iterator[ArrivingAtOffice]:
        mapping = mapped(tmp_path, acknowledging if self.acknowledges else str)
        with door_to(office, mapping) as door:
            yield ArrivingAtOffice(office, door, mapping)

    @pytest.fixture
    def door(self, arriving: ArrivingAtOffice) -> DocumentExchange:
        return arriving.door


class TestMappedRestThatAcknowledges(TestMappedRest):
    acknowledges = True
