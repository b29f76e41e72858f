"""Packets that a socket never sees, as where a cable is pulled: the other side waits for an answer.

Linux drops them before it would acknowledge them (socket(7), SO_ATTACH_FILTER).
"""

import ctypes
import socket
import struct

_ATTACH, _DETACH = 26, 27  # SO_ATTACH_FILTER and SO_DETACH_FILTER, which Python does not name
_KEEP_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)
"""One instruction: return with no octet of the packet."""


def lose_packets(line: socket.socket) -> None:
    """Let everything be lost that comes for a socket; of one that listens, every connection."""
    program = ctypes.create_string_buffer(_KEEP_NOTHING)
    filtering = struct.pack("HL", 1, ctypes.addressof(program))
    line.setsockopt(socket.SOL_SOCKET, _ATTACH, filtering)


def take_packets(line: socket.socket) -> None:
    """Let a socket see again what comes."""
    line.setsockopt(socket.SOL_SOCKET, _DETACH, 0)
