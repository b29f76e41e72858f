"""edXML files that are small enough to be whole in memory, as tests write and read them."""

from domain.content import Inline, gathered
from domain.exchange import Attachment, Packet, PacketReading
from mappings.edxml.limits import DEFAULT_LIMITS, Limits
from mappings.edxml.read import read_packet
from mappings.edxml.write import write_packet


def written(packet: Packet) -> bytes:
    """Return the file of a packet."""
    return gathered(lambda out: write_packet(packet, out))


def read(content: bytes, *, limits: Limits = DEFAULT_LIMITS) -> PacketReading:
    """Read the bytes of a file."""
    return read_packet(Inline(content), limits=limits)


def attached(
    name: str, content: bytes, content_type: str = "", description: str = ""
) -> Attachment:
    """Return an attachment with these bytes."""
    return Attachment(
        name=name,
        content=Inline(content),
        content_type=content_type or "application/octet-stream",
        description=description,
    )
