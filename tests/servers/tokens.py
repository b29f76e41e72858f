"""An OAuth 2.0 token endpoint on loopback that Dovecot asks whose a token is.

A stand-in for the sign-in service of a mail provider: ``issue`` makes tokens, ``revoke`` and
the passing of their time end them.
"""

import json
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from tests.servers.process import HOST


class Tokens:
    """Valid access tokens and the address that each belongs to."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        owners = self._owners

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
                owner = owners.get(token)
                body = json.dumps({"email": owner} if owner else {"error": "invalid_token"})
                self.send_response(200 if owner else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: a token stands in the address."""

        self._server = ThreadingHTTPServer((HOST, 0), Answers)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def issue(self, address: str) -> str:
        """Return a new access token of one account."""
        token = secrets.token_urlsafe(24)
        self._owners[token] = address
        return token

    def revoke(self, token: str) -> None:
        """End a token; servers refuse it from now on."""
        self._owners.pop(token, None)

    def dovecot_settings(self) -> str:
        """Return what Dovecot's oauth2 passdb has to know."""
        return (
            f"tokeninfo_url = http://{HOST}:{self._server.server_port}/tokeninfo?access_token=\n"
            "introspection_mode = auth\n"
            "username_attribute = email\n"
            "username_format = %u\n"
        )

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
