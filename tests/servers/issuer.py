"""An issuer of OAuth 2.0 tokens on loopback, over TLS, with OpenID Connect Discovery.

It knows one application and speaks client credentials (RFC 6749 section 4.4), the device flow
(RFC 8628) and refresh tokens, of which each is good once. Access tokens come from ``issue``, such
as that of ``Tokens``, so that a mail server knows them too.
"""

import base64
import json
import secrets
import ssl
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from urllib.parse import parse_qs

from tests.servers.certificates import AUTHORITY, SERVER
from tests.servers.process import HOST

CLIENT = "dondoc"
SECRET = "a secret of the application"
USER_CODE = "BDWP-HQPK"


class Issuer:
    """The issuer; a context manager. ``asked`` has the grant type of every token request."""

    ca_file = AUTHORITY

    def __init__(self, issue: Callable[[str], str], address: str) -> None:
        self.issue = issue
        self.address = address
        self.secret = SECRET
        self.seconds = 3_600
        """How long access tokens live."""
        self.pending: list[str] = []
        """Errors of the next requests of a device, before somebody has logged in."""
        self.broken = ""
        """What is answered to every token request, if anything, instead of a token."""
        self.names_person = True
        self.asked: list[str] = []
        self.scopes: list[str] = []
        self.issued: list[str] = []
        self.refresh_tokens: set[str] = set()
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SERVER)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.authority = f"https://{HOST}:{self._server.server_port}/realms/ubnd"

    def __enter__(self) -> "Issuer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def metadata(self) -> dict[str, object]:
        """Return what OpenID Connect Discovery 1.0 asks for, as far as it is used."""
        return {
            "issuer": self.authority,
            "authorization_endpoint": f"{self.authority}/authorize",
            "token_endpoint": f"{self.authority}/token",
            "device_authorization_endpoint": f"{self.authority}/device",
        }

    def device(self) -> dict[str, object]:
        """Return the answer of RFC 8628 section 3.2."""
        return {
            "device_code": "a device",
            "user_code": USER_CODE,
            "verification_uri": f"{self.authority}/activate",
            "expires_in": 600,
            "interval": 1,
        }

    def token(self, form: dict[str, str], credentials: str) -> dict[str, object]:
        """Return a token, or an error of RFC 6749 section 5.2."""
        grant = form["grant_type"].rpartition(":")[2]
        self.asked.append(grant)
        self.scopes.append(form.get("scope", ""))
        if self.broken:
            return {"error": self.broken, "error_description": "AADSTS70000: quoted by nobody"}
        if grant == "client_credentials":
            given = form.get("client_secret", credentials)
            return self._issued() if given == self.secret else {"error": "invalid_client"}
        if grant == "device_code":
            return {"error": self.pending.pop(0)} if self.pending else self._issued(person=True)
        if form["refresh_token"] not in self.refresh_tokens:
            return {"error": "invalid_grant"}
        self.refresh_tokens.remove(form["refresh_token"])
        return self._issued(person=True)

    def _issued(self, *, person: bool = False) -> dict[str, object]:
        token = self.issue(self.address)
        self.issued.append(token)
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": self.seconds,
        }
        if person:
            again = secrets.token_urlsafe(16)
            self.refresh_tokens.add(again)
            answer["refresh_token"] = again
        if person and self.names_person:
            answer["id_token"] = self._id_token()
        return answer

    def _id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.authority,
            "aud": CLIENT,
            "sub": "1",
            "preferred_username": self.address,
            "iat": now,
            "exp": now + 600,
        }
        parts = ({"alg": "none"}, claims)
        encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts]
        return ".".join([*(part.rstrip("=") for part in encoded), ""])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path.endswith("/.well-known/openid-configuration")
                self._answer(200 if found else 404, issuer.metadata() if found else {})

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                fields = parse_qs(self.rfile.read(length).decode())
                form = {name: values[0] for name, values in fields.items()}
                if self.path.endswith("/device"):
                    self._answer(200, issuer.device())
                    return
                basic = self.headers.get("Authorization", "").removeprefix("Basic ")
                pair = base64.b64decode(basic).decode().partition(":")[2]
                answer = issuer.token(form, pair.replace("+", " ").replace("%20", " "))
                self._answer(400 if "error" in answer else 200, answer)

            def _answer(self, status: int, content: dict[str, object]) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Answers
