"""The small district on a real exchange: our client, the server of the simulator."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from connector.eoffice.http import Timeouts
from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.vxp import VxpExchange
from domain.content import Inline
from domain.exchange import PacketKind
from dondoc.app import ExchangeDoor
from dondoc.simulators.eoffice import Agency, Exchange, Faults
from dondoc.simulators.lgsp import Account, Axis
from dondoc.simulators.lgsp import Faults as AxisFaults
from tests.edxml_files import read
from tests.integration.services.service_parts import OFFICES, UNIT
from tests.integration.services.service_world import World

OURS, THEIRS = "center.ours", "center.offices"
ACCOUNT = Account(username="app", password="made-up", application_code="DONDOC")
SECRETS = {OURS: "a made-up secret", THEIRS: "another made-up secret"}


@dataclass(slots=True)
class VxpWorld(World):
    """Dondoc and the offices as two systems on one simulated exchange."""

    server: Exchange = field(init=False)
    faults: Faults | AxisFaults = field(init=False)
    """What goes wrong at Dondoc's own door, be it the server's or the axis's."""
    door: VxpExchange = field(init=False)
    others: VxpExchange = field(init=False)

    def put(self, content: bytes, kind: PacketKind = PacketKind.DOCUMENT) -> str:
        """Let our own unit's e-office put a packet on the exchange for us."""
        return self.door.send(Inline(content), kind=kind, sender=UNIT, receivers=[UNIT])

    def turns(self, number: int, *, apart: timedelta) -> None:
        """Run turns with time between them."""
        for _ in range(number):
            self.turn()
            self.now += apart

    def _from_office(self, content: bytes, kind: PacketKind) -> str:
        sender = read(content).packet.sender.organ_id
        return self.others.send(Inline(content), kind=kind, sender=sender, receivers=[UNIT])


@contextmanager
def vxp_world(
    folder: Path,
    *,
    reserialise: bool = False,
    read_seconds: float = 30,
    attempts: int = 1,
    by_axis: bool = False,
) -> Iterator[VxpWorld]:
    """Run a world on an exchange of its own; ``attempts`` are those of Dondoc's own client.

    ``by_axis`` connects Dondoc through the province's axis to that same exchange.
    """
    world = VxpWorld(output=folder / "result")
    units = [Agency(code=UNIT, name="UBND huyện Hữu Lũng", system=OURS)]
    units += [
        Agency(code=office.organ_id, old_code=office.organ_id_old or "", system=THEIRS)
        for office in OFFICES
        if office.organ_id
    ]
    with ExitStack() as stack:
        world.server = stack.enter_context(
            Exchange(
                folder / "state", SECRETS, units, now=lambda: world.now, reserialise=reserialise
            )
        )

        def client(system: str, tries: int = 1, read: float = 30) -> VxpExchange:
            return stack.enter_context(
                VxpExchange(
                    world.server.url,
                    system_id=system,
                    secret=SECRETS[system],
                    now=lambda: world.now,
                    timeouts=Timeouts(read=read),
                    attempts=tries,
                    pause=0.0,
                )
            )

        world.others, world.door = client(THEIRS), client(OURS)
        ours: VxpExchange | LgspExchange = client(OURS, attempts, read_seconds)
        world.faults = world.server.faults
        if by_axis:
            axis = stack.enter_context(
                Axis(folder / "state", {OURS: SECRETS[OURS]}, [ACCOUNT], now=lambda: world.now)
            )
            world.faults = axis.faults
            ours = stack.enter_context(_axis_client(world, axis.url))
        world.change(exchange=ExchangeDoor(name="truc", exchange=ours))
        yield world
        assert world.consistent() == []


def _axis_client(world: VxpWorld, url: str) -> LgspExchange:
    return LgspExchange(
        url,
        username=ACCOUNT.username,
        password=ACCOUNT.password,
        application_code=ACCOUNT.application_code,
        system_id=OURS,
        secret_key=SECRETS[OURS],
        now=lambda: world.now,
        attempts=1,
        pause=0.0,
    )
