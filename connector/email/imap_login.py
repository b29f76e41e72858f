"""Logging in to an IMAP server, by password or by an OAuth 2.0 access token."""

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from imapclient.exceptions import LoginError

from connector.email.security import AccessToken, Secret, reveal

_BEARER = b"AUTH=OAUTHBEARER"


def log_in(client: Any, username: str, password: Secret, token: AccessToken | None) -> None:
    """Log in on a fresh connection; raises ``LoginError`` when refused, ``abort`` when broken.

    With ``token`` a refused one is renewed once: it may have been ended before its time.
    """
    if token is None:
        with _told_apart():
            _by_password(client, username, reveal(password))
        return
    try:
        _by_token(client, username, token())
    except LoginError:
        token.renew()
        _by_token(client, username, token())


def _by_password(client: Any, username: str, password: str) -> None:
    # LOGIN carries ASCII only; PLAIN is UTF-8 (RFC 4616).
    plain = not (password.isascii() and username.isascii())
    (client.plain_login if plain else client.login)(username, password)


def _by_token(client: Any, username: str, token: str) -> None:
    # RFC 7628 where it is offered; Exchange Online and Gmail have the older XOAUTH2 as well.
    bearer = _BEARER in client.capabilities()
    login = client.oauthbearer_login if bearer else client.oauth2_login
    with _told_apart():
        login(username, token)


@contextmanager
def _told_apart() -> Iterator[None]:
    """Tell a connection that broke from a login that was refused; imapclient does not."""
    try:
        yield
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise error.__context__ from None
        raise
