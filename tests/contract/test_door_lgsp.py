"""The provincial REST door against the simulated axis on a real socket, in both shapes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connector.eoffice.lgsp import LgspExchange
from domain.content import Inline
from domain.exchange import PacketKind
from domain.ports import DocumentExchange
from dondoc.simulators.eoffice import Agency as Unit
from dondoc.simulators.lgsp import Account, Axis
from tests.contract.agencies_contract import AgenciesContract
from tests.contract.door_contract import (
    COMMUNE,
    DISTRICT,
    NAMES,
    NOW,
    SYSTEM_OF,
    TOWN,
    AbilitiesContract,
    Arriving,
    ArrivingThroughHub,
    Hub,
    NotWholeContract,
    ReceivingContract,
    SendingContract,
    StatusContract,
    status,
)


class TestLgsp(
    NotWholeContract,
    ReceivingContract,
    SendingContract,
    StatusContract,
    AgenciesContract,
    AbilitiesContract,
):
    old_forms = False
    as_base64 = False
    reserialise = False

    @pytest.fixture
    def hub(self, tmp_path: Path) -> Iterator[Hub]:
        secrets = {system: f"made-up key of {system}" for system in SYSTEM_OF.values()}
        units = [
            Unit(code=code, name=name, mail="van-thu@office.example", system=SYSTEM_OF[code])
            for code, name in NAMES.items()
        ]
        account = Account(username="dondoc", password="made-up", application_code="DONDOC")
        with ExitStack() as stack:
            axis = stack.enter_context(
                Axis(
                    tmp_path,
                    secrets,
                    [account],
                    units,
                    now=lambda: NOW,
                    as_base64=self.as_base64,
                    reserialise=self.reserialise,
                )
            )
            connections = {
                code: stack.enter_context(
                    LgspExchange(
                        axis.url,
                        username=account.username,
                        password=account.password,
                        application_code=account.application_code,
                        system_id=system,
                        secret_key=secrets[system],
                        now=lambda: NOW,
                        attempts=1,
                        spool=tmp_path,
                    )
                )
                for code, system in SYSTEM_OF.items()
            }
            yield Hub(
                connections,
                cut=lambda _: axis.faults.arm("short", 99),
                keeps_bytes=not self.reserialise,
            )

    @pytest.fixture
    def arriving(self, hub: Hub) -> Arriving:
        return ArrivingThroughHub(hub)

    @pytest.fixture
    def door(self, hub: Hub) -> DocumentExchange:
        return hub.of(TOWN)

    def test_agencies_come_with_their_mail(self, hub: Hub) -> None:
        known = {agency.code: agency for agency in hub.of(TOWN).agencies()}
        assert known[COMMUNE].mail == "van-thu@office.example"

    def test_a_status_sent_twice_is_one(self, hub: Hub) -> None:
        content = Inline(status(COMMUNE, DISTRICT, "512"))
        sent = {
            hub.of(COMMUNE).send(
                content, kind=PacketKind.STATUS, sender=COMMUNE, receivers=[DISTRICT]
            )
            for _ in range(2)
        }
        assert {packet.doc_id for packet in hub.waiting(DISTRICT, PacketKind.STATUS)} == sent


class TestLgspWithBase64(TestLgsp):
    as_base64 = True


class TestLgspThatRebuildsDocuments(TestLgsp):
    """The real axis is of the family that returns its own serialisation of a document."""

    reserialise = True
