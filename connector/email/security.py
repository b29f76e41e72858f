"""How a connection to a mail server is protected, and where its password comes from.

``tls`` is TLS from the first octet (RFC 8314), ``starttls`` an upgrade that must succeed
(RFC 3207, RFC 3501 section 6.2.1), ``none`` plain text, which only loopback hosts may use.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from domain.errors import ConfigError, Problem
from domain.hosts import is_loopback

Security = Literal["starttls", "tls", "none"]
Secret = str | Callable[[], str]


class AccessToken(Protocol):
    """Gives the access token of an account for OAuth 2.0 logins (RFC 6749 section 1.4)."""

    def __call__(self) -> str:
        """Return a token that is believed to be valid."""

    def renew(self) -> object:
        """Get a new token, because the server refused the one that was given last."""


def reveal(secret: Secret) -> str:
    """Return the password, asking its source each time so that a renewed one is used."""
    return secret() if callable(secret) else secret


def require_protection(host: str, security: Security, *, allow_plaintext: bool) -> None:
    """Refuse plain text to another machine unless it was asked for; raises ``ConfigError``."""
    if security == "none" and not allow_plaintext and not is_loopback(host):
        raise ConfigError(
            (
                Problem(
                    file=host,
                    line=0,
                    column=0,
                    what="passwords and letters would cross the network unencrypted",
                    advice='set security to "tls" or "starttls", or allow plain text explicitly',
                ),
            )
        )


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies the server's certificate and name.

    ``ca_file`` is a PEM file of the office's own authorities; without it the system's are used.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            (
                Problem(
                    file=str(ca_file),
                    line=0,
                    column=0,
                    what=f"no certificates can be read ({error})",
                    advice="give a PEM file with the mail server's certificate authority",
                ),
            )
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def connection_advice(error: Exception) -> str:
    """Say what a failed connection means and, where it is known, what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); set ca_file or renew it"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error}); check port and security"
    return str(error) or type(error).__name__
