"""How an Exchange server is authenticated to, and how its certificate is proved.

Secrets are asked for with each request, so that a renewed one is used, and a session can be made
without them.
"""

import base64
import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests_ntlm import HttpNtlmAuth

from connector.email.security import AccessToken, Secret, reveal

# Seconds of silence before a dead line is noticed; well under what firewalls allow.
KEEPALIVE_SECONDS = 60


class Basic(AuthBase):
    """HTTP Basic in UTF-8 (RFC 7617 section 2.1)."""

    def __init__(self, username: str, password: Secret) -> None:
        self._username = username
        self._password = password

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        pair = f"{self._username}:{reveal(self._password)}".encode()
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return request


class Bearer(AuthBase):
    """OAuth 2.0 access tokens (RFC 6750 section 2.1) from whoever renews them.

    One that is refused is renewed once: it may have been ended before its time.
    """

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        request.register_hook("response", self._renewed)  # type: ignore[no-untyped-call]
        return request

    def _renewed(self, response: requests.Response, **how: Any) -> requests.Response:
        """Ask once more with a new token; what was refused by 401 was not carried out."""
        if response.status_code != requests.codes.unauthorized:
            return response
        self._token.renew()
        # The only connection is free when its answer is read.
        _ = response.content
        response.close()
        again = response.request.copy()
        again.headers["Authorization"] = f"Bearer {self._token()}"
        # The connection calls no hooks, so this happens once.
        answer: requests.Response = response.connection.send(again, **how)
        answer.history.append(response)
        return answer


class Ntlm(HttpNtlmAuth):
    """NTLM, which authenticates a connection; the name is an address or ``DOMAIN\\name``."""

    def __init__(self, username: str, password: Secret) -> None:
        self._secret = password
        super().__init__(username, None)

    @property
    def password(self) -> str:
        """The password as it is now."""
        return reveal(self._secret)

    @password.setter
    def password(self, _: object) -> None:
        """Keep nothing."""


class _Pinned(HTTPAdapter):
    """Accepts one certificate, by its SHA-256, instead of verifying chain and name."""

    def __init__(self, fingerprint: str, **kwargs: Any) -> None:
        self._fingerprint = fingerprint
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(
            *args, **kwargs, assert_fingerprint=self._fingerprint, assert_hostname=False
        )

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        return super().get_connection_with_tls_context(request, verify=False)

    def cert_verify(self, conn: Any, url: Any, *_: Any, **__: Any) -> None:
        super().cert_verify(conn, url, verify=False, cert=None)  # type: ignore[no-untyped-call]


def adapter(fingerprint: str) -> HTTPAdapter:
    """Return what connects: one connection, as NTLM needs it, and no request made twice."""
    pool = {"pool_connections": 1, "pool_maxsize": 1, "max_retries": 0, "pool_block": True}
    made = _Pinned(fingerprint, **pool) if fingerprint else HTTPAdapter(**pool)  # type: ignore[arg-type]
    made.poolmanager.connection_pool_kw["socket_options"] = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_SECONDS // 4),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    ]
    return made
