"""What the tests of `exchange: follow` share: rows of the sent list, and whom Dondoc wrote to."""

from dataclasses import replace

from domain.campaign import Channel
from domain.exchange import PacketKind, SentPacket
from domain.ids import OfficeId
from domain.state import DispatchState
from tests.integration.services.service_parts import UNIT
from tests.integration.services.service_world import World


def row(receiver: str, state: str, **changes: str) -> SentPacket:
    """Make the sent list's row of the letter for one receiver."""
    made = SentPacket(
        doc_id="e-1",
        kind=PacketKind.DOCUMENT,
        sender=UNIT,
        receiver=receiver,
        title="Triển khai",
        notation="512/UBND-VH",
        sent="08/05/2024 08:30:00",
        received="08/05/2024 08:45:00",
        send_status="done",
        receive_status=state,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # texts only


def followed(world: World, office: OfficeId) -> DispatchState:
    return world.dispatch(office, Channel.EXCHANGE)


def mailed(world: World) -> set[OfficeId]:
    rows = world.app.ledger.select(DispatchState)
    return {d.office for d in rows if d.channel is Channel.EMAIL}
