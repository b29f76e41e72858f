"""The exchanges that can do everything: the fake, and VXP on a real socket."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connector.eoffice.memory import MemoryHub
from connector.eoffice.vxp import VxpExchange
from domain.exchange import Agency
from domain.ids import OrganId
from domain.ports import DocumentExchange
from dondoc.simulators.eoffice import Agency as Unit
from dondoc.simulators.eoffice import Exchange
from tests.contract.agencies_contract import AgenciesContract
from tests.contract.door_contract import (
    DISTRICT,
    NAMES,
    NOW,
    SYSTEM_OF,
    AbilitiesContract,
    Arriving,
    ArrivingThroughHub,
    Hub,
    NotWholeContract,
    ReceivingContract,
    SendingContract,
    SentListContract,
    StatusContract,
)


class ExchangeContract(
    NotWholeContract,
    ReceivingContract,
    SendingContract,
    StatusContract,
    SentListContract,
    AgenciesContract,
    AbilitiesContract,
):
    """Every ability; subclasses give the fixture ``hub``."""

    @pytest.fixture
    def door(self, hub: Hub) -> DocumentExchange:
        return hub.of(DISTRICT)

    @pytest.fixture
    def arriving(self, hub: Hub) -> Arriving:
        return ArrivingThroughHub(hub)


class TestMemory(ExchangeContract):
    @pytest.fixture
    def hub(self) -> Hub:
        hub = MemoryHub(now=lambda: NOW)
        for code, name in NAMES.items():
            agency = Agency(id=code, code=code, old_code=OrganId("old." + code), name=name)
            hub.register(agency, system_id=SYSTEM_OF[code])
        connections = {code: hub.connect(system) for code, system in SYSTEM_OF.items()}
        return Hub(connections, cut=hub.hide)


class TestVxp(ExchangeContract):
    reserialise = False

    @pytest.fixture
    def hub(self, tmp_path: Path) -> Iterator[Hub]:
        secrets = {system: f"made-up secret of {system}" for system in SYSTEM_OF.values()}
        units = [
            Unit(code=code, old_code="old." + code, name=name, system=SYSTEM_OF[code])
            for code, name in NAMES.items()
        ]
        with ExitStack() as stack:
            exchange = stack.enter_context(
                Exchange(tmp_path, secrets, units, port=0, reserialise=self.reserialise)
            )
            connections = {
                code: stack.enter_context(
                    VxpExchange(
                        exchange.url,
                        system_id=system,
                        secret=secrets[system],
                        now=lambda: NOW,
                        attempts=1,
                    )
                )
                for code, system in SYSTEM_OF.items()
            }
            yield Hub(
                connections,
                cut=lambda _: exchange.faults.arm("blank", 9),
                keeps_bytes=not self.reserialise,
            )


class TestVxpThatRebuildsDocuments(TestVxp):
    """The real exchange returns its own serialisation of a document, not the bytes sent."""

    reserialise = True
