"""Logging in to a mail server with a password or an OAuth 2.0 token (RFC 4954)."""

import binascii
import json
import smtplib
from base64 import b64decode, b64encode

from connector.email.security import AccessToken, Secret, reveal

_ACCEPTED = 235
_CHALLENGED = 334
_BETWEEN = "\1"
"""What separates the values of both mechanisms (RFC 7628 section 3.1)."""


def log_in(
    connection: smtplib.SMTP, username: str, password: Secret, token: AccessToken | None
) -> None:
    """Log in with the token where there is one, else with the password; raises as smtplib does."""
    if token is not None:
        _with_token(connection, username, token)
    elif "PLAIN" in _mechanisms(connection):
        # smtplib's own PLAIN cannot carry a password with Vietnamese letters (RFC 4616: UTF-8).
        secret = f"\0{username}\0{reveal(password)}"
        _accept(connection.docmd("AUTH", f"PLAIN {_base64(secret)}"))
    else:
        connection.login(username, reveal(password))


def _with_token(connection: smtplib.SMTP, username: str, token: AccessToken) -> None:
    """Log in by a bearer token; one that is refused is asked for anew, once."""
    try:
        _accept(_bearer(connection, username, token()))
    except smtplib.SMTPAuthenticationError:
        token.renew()
        _accept(_bearer(connection, username, token()))


def _bearer(connection: smtplib.SMTP, username: str, token: str) -> tuple[int, bytes]:
    """Send one token and return the answer, with the server's reason where it gives one."""
    offered = _mechanisms(connection)
    bearer = f"auth=Bearer {token}{_BETWEEN}{_BETWEEN}"
    if "XOAUTH2" in offered:
        command = f"XOAUTH2 {_base64(f'user={username}{_BETWEEN}{bearer}')}"
        ending = ""
    elif "OAUTHBEARER" in offered:
        command = f"OAUTHBEARER {_base64(f'n,a={username},{_BETWEEN}{bearer}')}"
        # RFC 7628 section 3.2.3: the server waits for this after it has said what is wrong.
        ending = _base64(_BETWEEN)
    else:
        raise smtplib.SMTPNotSupportedError("the server offers neither XOAUTH2 nor OAUTHBEARER")
    code, text = connection.docmd("AUTH", command)
    if code != _CHALLENGED:
        return code, text
    code, final = connection.docmd(ending)
    return code, _reason(text) or final


def _reason(text: bytes) -> bytes:
    """Return the status in the server's statement; it names neither token nor account."""
    try:
        stated = json.loads(b64decode(text))
        return f"token refused, status {stated['status']}".encode()
    except (ValueError, KeyError, TypeError, binascii.Error):
        return b""


def _mechanisms(connection: smtplib.SMTP) -> list[str]:
    return connection.esmtp_features.get("auth", "").upper().split()


def _accept(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code != _ACCEPTED:
        raise smtplib.SMTPAuthenticationError(code, text)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
