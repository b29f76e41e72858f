"""What dondoc.yaml must hold beyond the form of each key: protection of connections, files."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from domain.errors import Problem
from dondoc.settings.entry import SecretEntry
from dondoc.settings.models_main import ExchangeEntry, ImapEntry, MailEntry, MainFile, SmtpEntry
from dondoc.settings.placed import Placed
from dondoc.settings.secrets import open_to_others, to_secret
from dondoc.settings.source import Trail

_PLAIN: Final = "crosses the network unencrypted"
_PLAIN_ADVICE: Final = "use tls, or set allow_plain: true if the network itself is protected"

Main = Placed[MainFile]


def check_main(main: Main) -> Iterator[Problem]:
    """Find contradictions within dondoc.yaml; looks at the files that it names."""
    entry = main.entry
    if entry.exchange is None and entry.mail is None:
        yield main.problem(
            (), "there is neither an exchange nor a mail section", "add at least one of the two"
        )
    if entry.exchange:
        yield from _exchange(main, entry.exchange)
    if entry.mail:
        yield from _mail(main, entry.mail)
    yield from _secret(main, ("token_key",), entry.token_key)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine (RFC 6761 section 6.3)."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _exchange(main: Main, entry: ExchangeEntry) -> Iterator[Problem]:
    trail: Trail = ("exchange", "url")
    host = _service_host(entry.url)
    if host is None:
        # The address is not repeated: it may hold a password.
        yield main.problem(
            trail,
            "exchange.url is not the address of a service",
            "write https://host[:port][/path] without user name, query or fragment",
        )
    elif entry.url.lower().startswith("http:") and not entry.allow_plain and not is_loopback(host):
        yield main.problem(trail, f"what goes to exchange.url {_PLAIN}", _PLAIN_ADVICE)
    yield from _secret(main, ("exchange", "secret"), entry.secret)
    yield from _ca_file(main, ("exchange", "ca_file"), entry.ca_file)


def _service_host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.port != 0 and url.isascii()
    except ValueError:
        return None
    extra = parts.username or parts.password or parts.query or parts.fragment
    return parts.hostname if sound and not extra else None


def _mail(main: Main, entry: MailEntry) -> Iterator[Problem]:
    if entry.smtp.username and entry.smtp.password is None:
        yield main.problem(
            ("mail", "smtp", "username"),
            "mail.smtp.username has no password beside it",
            "add password: {env: NAME}, {file: path} or {credential: name}",
        )
    if entry.smtp.password:
        if not entry.smtp.username:
            yield main.problem(
                ("mail", "smtp", "password"),
                "mail.smtp.password has no username beside it",
                "add username, or take the password out",
            )
        yield from _secret(main, ("mail", "smtp", "password"), entry.smtp.password)
    yield from _secret(main, ("mail", "imap", "password"), entry.imap.password)
    yield from _server(main, ("mail", "smtp"), entry.smtp)
    yield from _server(main, ("mail", "imap"), entry.imap)


def _server(main: Main, trail: Trail, entry: SmtpEntry | ImapEntry) -> Iterator[Problem]:
    if entry.security == "none" and not entry.allow_plain and not is_loopback(entry.host):
        yield main.problem(
            (*trail, "security"), f"what goes to {trail[0]}.{trail[1]} {_PLAIN}", _PLAIN_ADVICE
        )
    yield from _ca_file(main, (*trail, "ca_file"), entry.ca_file)


def _ca_file(main: Main, trail: Trail, name: str | None) -> Iterator[Problem]:
    if name is not None and not Path(main.document.path.parent, name).is_file():
        yield main.problem(
            trail,
            "the file of certificate authorities is missing",
            "name a readable PEM file, or take the key out",
        )


def _secret(main: Main, trail: Trail, entry: SecretEntry) -> Iterator[Problem]:
    if open_to_others(to_secret(entry, main.document, trail)):
        yield main.problem(
            (*trail, "file"),
            "other accounts of this machine may read the file of a secret",
            "allow its owner only: chmod 600",
            warning=True,
        )
