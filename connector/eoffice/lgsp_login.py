"""The token of the provincial axis: taken by login, kept, and renewed before it expires."""

import base64
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

# The guide speaks of about 30 minutes; this is assumed of a token that does not say.
ASSUMED = timedelta(minutes=25)
EARLY = timedelta(minutes=1)
LONGEST = timedelta(days=1)


class Tokens:
    """The present token; safe to use from several threads.

    ``login`` asks the axis for a new one. It is called by one thread at a time.
    """

    def __init__(self, login: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._login = login
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at: datetime | None = None

    def current(self) -> str:
        """Return a token that is good for a while; raises what the login raises."""
        with self._lock:
            if self._renew_at is None or self._now() >= self._renew_at:
                self._token = self._login()
                self._renew_at = renewal(self._token, self._now())
            return self._token

    def forget(self, token: str) -> None:
        """Drop a token that the axis did not accept, unless another one took its place."""
        with self._lock:
            if token == self._token:
                self._renew_at = None

    def known(self) -> str:
        """Return the token in use, also when it has expired; empty before the first login."""
        return self._token


def renewal(token: str, now: datetime) -> datetime:
    """Return when to renew a token taken at ``now``: a minute or a fifth of its life early.

    The life is what the token itself says (RFC 7519 section 4.1), read without checking it: only
    the axis can. It is measured from ``iat`` where that is given, as the two clocks may differ.
    """
    life = _life(token, now)
    return now + max(life - EARLY, life * 4 / 5)


def _life(token: str, now: datetime) -> timedelta:
    claims = _claims(token)
    expires, issued = claims.get("exp"), claims.get("iat")
    if not _is_time(expires):
        return ASSUMED
    start = issued if _is_time(issued) else now.timestamp()
    seconds = float(str(expires)) - float(str(start))
    # An expiry in the past tells of clocks that differ, not of a useless token.
    return timedelta(seconds=seconds) if 0 < seconds <= LONGEST.total_seconds() else ASSUMED


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _claims(token: str) -> dict[str, object]:
    packed = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
