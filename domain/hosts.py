"""Names and addresses of machines in a network."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine (RFC 6761 section 6.3)."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
