"""The certificate of the loopback servers, good for 127.0.0.1 and localhost, and its authority."""

from pathlib import Path

TLS = Path(__file__).resolve().parents[1] / "data" / "tls"
AUTHORITY = TLS / "authority.pem"
"""What a client trusts (``ca_file``)."""
SERVER = TLS / "server.pem"
"""Private key and certificate of a server."""
