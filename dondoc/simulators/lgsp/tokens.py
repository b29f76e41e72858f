"""Login and tokens: JWT signed with a key that lives as long as the process (RFC 7519)."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an integrating application logs in with; blank ``application_code``: any."""

    username: str
    password: str = field(repr=False)
    application_code: str = ""


class Tokens:
    """Gives and verifies tokens; thread-safe."""

    def __init__(self, now: Callable[[], datetime], life: timedelta) -> None:
        self._now = now
        self._life = life
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._series = 0

    def give(self, username: str) -> str:
        """Return a new token of this user."""
        issued = int(self._now().timestamp())
        claims = {
            "sub": username,
            "iat": issued,
            "exp": issued + int(self._life.total_seconds()),
            "jti": secrets.token_hex(8),
            "series": self._series,
        }
        signed = f"{_packed({'alg': 'HS256', 'typ': 'JWT'})}.{_packed(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def is_good(self, token: str) -> bool:
        """Tell whether a token was given here, has not expired and was not withdrawn."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return False
        packed = signed.partition(".")[2]
        claims = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        alive = self._now().timestamp() < claims["exp"]
        return bool(alive and claims["series"] == self._series)

    def expire(self) -> None:
        """Withdraw every token given so far."""
        with self._lock:
            self._series += 1

    def _signature(self, signed: str) -> str:
        return _text(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())


def _packed(members: dict[str, object]) -> str:
    return _text(json.dumps(members, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
