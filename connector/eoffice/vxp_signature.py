"""What a VXP request is signed with, byte for byte as the vendor's SDK does it; pure functions.

Every parameter travels as a header ``XroadVnpt-<name>``. The signature covers a one-line JSON
object of these headers in the order in which they are sent; the body is bound by its hash only
(VXP SDK 2.0.1).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.content import Content, pieces
from domain.errors import InvariantViolation

PREFIX = "XroadVnpt-"

# The SDK prints the local time of the machine it runs on, and every office runs on this one.
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def timestamp(at: datetime) -> str:
    """Print an aware instant as the ``timestamp`` parameter, ``ddMMyyyy'T'HHmmss+SSSS``.

    The four digits after the plus are milliseconds (0000-0999), not a zone offset (VXP SDK).
    """
    if at.tzinfo is None:
        raise InvariantViolation("the clock of the exchange client gave an instant without a zone")
    local = at.astimezone(ZONE)
    return f"{local:%d%m%Y}T{local:%H%M%S}+{local.microsecond // 1000:04d}"


def wire_time(at: datetime) -> str:
    """Print an aware instant as ``fromDate`` and ``toDate``, ``dd/MM/yyyy HH:mm:ss`` local time.

    Second-hand: seen in public clients of other integrators.
    """
    return f"{at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}"


def travels(value: str) -> bool:
    """Tell whether a parameter's value can go out as a header that the exchange can verify.

    The SDK cuts characters above 7 bits on the wire after signing them, and HTTP drops blanks
    around a value (RFC 9110 section 5.5).
    """
    return all(" " <= character <= "~" for character in value) and value == value.strip()


def canonical(parameters: Mapping[str, str]) -> str:
    """Print parameters as the canonical JSON text that is signed, prefix added, order kept."""
    members = {PREFIX + name: value for name, value in parameters.items()}
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    # The SDK's JSON printer escapes these two, Python's does not; both mean the same text.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def signature(secret: str, text: str) -> str:
    """Sign a canonical text: 64 lower-case hexadecimal digits of HMAC-SHA256.

    The key is the secret as text in UTF-8, also when it looks like base64 (VXP SDK).
    """
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def file_hash(content: Content) -> str:
    """Hash a file as the ``hash-file`` parameter: SHA-256, each byte WITHOUT zero padding.

    32 to 64 hexadecimal digits. Ambiguous, but it is what the exchange compares (VXP SDK).
    """
    digest = hashlib.sha256()
    with content.open() as stream:
        for piece in pieces(stream):
            digest.update(piece)
    return "".join(f"{byte:x}" for byte in digest.digest())


def signed_headers(parameters: Mapping[str, str], secret: str) -> dict[str, str]:
    """Build the parameter and signature headers of one request in the order they are sent.

    Raises ``ValueError`` naming the parameter whose value does not travel, see ``travels``.
    """
    headers: dict[str, str] = {}
    for name, value in parameters.items():
        _check(name, value)
        if name == "Content-Type":
            headers[name] = value
        headers[PREFIX + name] = value
    text = canonical(parameters)
    headers[PREFIX + "sign-header-key"] = ";".join(parameters)
    headers[PREFIX + "sign-header"] = text
    headers[PREFIX + "hash-header"] = signature(secret, text)
    return headers


def _check(name: str, value: str) -> None:
    if travels(value):
        return
    if value.isascii() and value.isprintable():
        raise ValueError(f"parameter {name} begins or ends with a blank")
    raise ValueError(f"parameter {name} has characters other than printable ASCII")
