"""Messages with DKIM signatures, and the records that prove them, for tests of several layers."""

import base64
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

SELECTOR = "nq47"


@cache
def private_key(bits: int = 2048) -> RSAPrivateKey:
    """Return one key of this size for the whole run."""
    return generate_private_key(65537, bits)


def record(bits: int = 2048, *, flags: str = "") -> bytes:
    """Return the key record of RFC 6376 section 3.6.1."""
    der = private_key(bits).public_key()
    octets = der.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; " + flags.encode() + b"p=" + base64.b64encode(octets)


def signed(message: bytes, domain: str, *, bits: int = 2048, **options: object) -> bytes:
    """Return a message under a signature of this domain; ``options`` are those of dkimpy."""
    pem = private_key(bits).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    signature: bytes = dkim.sign(message, SELECTOR.encode(), domain.encode(), pem, **options)
    return signature + message
