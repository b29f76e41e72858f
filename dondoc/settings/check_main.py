"""What dondoc.yaml must hold beyond the form of each key: protection of connections, files."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from domain.errors import Problem
from dondoc.settings.check_ews import contradictions
from dondoc.settings.entry import SecretEntry
from dondoc.settings.models_ews import EwsEntry
from dondoc.settings.models_main import ExchangeEntry, ImapEntry, MailEntry, MainFile, SmtpEntry
from dondoc.settings.placed import Placed
from dondoc.settings.problems import label
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
    yield from check_secret(main, ("token_key",), entry.token_key)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address stays on this machine (RFC 6761 section 6.3)."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _exchange(main: Main, entry: ExchangeEntry) -> Iterator[Problem]:
    yield from check_address(main, ("exchange", "url"), entry.url, allow_plain=entry.allow_plain)
    yield from check_secret(main, ("exchange", "secret"), entry.secret)
    yield from check_ca_file(main, ("exchange", "ca_file"), entry.ca_file)
    if entry.lgsp:
        yield from check_secret(main, ("exchange", "lgsp", "password"), entry.lgsp.password)
        if entry.protocol != "lgsp":
            yield main.problem(
                ("exchange", "lgsp"),
                f"exchange.lgsp means nothing with protocol {entry.protocol}",
                "write protocol: lgsp, or take the block out",
            )
    elif entry.protocol == "lgsp":
        yield main.problem(
            ("exchange", "protocol"),
            "exchange.lgsp is missing, which protocol lgsp needs",
            "add lgsp: with username, password and application_code",
        )


def check_address(main: Main, trail: Trail, url: str, *, allow_plain: bool) -> Iterator[Problem]:
    """Find what keeps an address from being that of a service; it is not repeated.

    It may hold a password.
    """
    host = _service_host(url)
    if host is None:
        yield main.problem(
            trail,
            f"{label(trail)} is not the address of a service",
            "write https://host[:port][/path] without user name, query or fragment",
        )
    elif url.lower().startswith("http:") and not allow_plain and not is_loopback(host):
        yield main.problem(trail, f"what goes to {label(trail)} {_PLAIN}", _PLAIN_ADVICE)


def _service_host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.port != 0 and url.isascii()
    except ValueError:
        return None
    extra = parts.username or parts.password or parts.query or parts.fragment
    return parts.hostname if sound and not extra else None


def _mail(main: Main, entry: MailEntry) -> Iterator[Problem]:
    yield from _quiet(main, entry)
    if entry.exchange:
        yield from _ews(main, entry, entry.exchange)
        return
    for name, server in (("smtp", entry.smtp), ("imap", entry.imap)):
        if server is None:
            yield main.problem(
                ("mail",), f"mail.{name} is missing", f'add "{name}", see docs/configuration.md'
            )
        else:
            yield from _server(main, ("mail", name), server)
    if entry.imap:
        yield from check_secret(main, ("mail", "imap", "password"), entry.imap.password)
    if entry.smtp:
        yield from _smtp_account(main, entry.smtp)


def _ews(main: Main, entry: MailEntry, server: EwsEntry) -> Iterator[Problem]:
    trail = ("mail", "exchange")
    yield from check_address(main, (*trail, "url"), server.url, allow_plain=False)
    yield from contradictions(main, entry)
    yield from check_secret(main, (*trail, "password"), server.password)
    yield from check_ca_file(main, (*trail, "ca_file"), server.ca_file)


def _smtp_account(main: Main, entry: SmtpEntry) -> Iterator[Problem]:
    if entry.username and entry.password is None:
        yield main.problem(
            ("mail", "smtp", "username"),
            "mail.smtp.username has no password beside it",
            "add password: {env: NAME}, {file: path} or {credential: name}",
        )
    if entry.password:
        if not entry.username:
            yield main.problem(
                ("mail", "smtp", "password"),
                "mail.smtp.password has no username beside it",
                "add username, or take the password out",
            )
        yield from check_secret(main, ("mail", "smtp", "password"), entry.password)


def _quiet(main: Main, entry: MailEntry) -> Iterator[Problem]:
    if entry.quiet_hours and entry.quiet_hours.begins == entry.quiet_hours.ends:
        yield main.problem(
            ("mail", "quiet_hours", "to"),
            "mail.quiet_hours end when they begin",
            "write two different times, or take the block out",
        )


def _server(main: Main, trail: Trail, entry: SmtpEntry | ImapEntry) -> Iterator[Problem]:
    if entry.security == "none" and not entry.allow_plain and not is_loopback(entry.host):
        yield main.problem(
            (*trail, "security"), f"what goes to {trail[0]}.{trail[1]} {_PLAIN}", _PLAIN_ADVICE
        )
    yield from check_ca_file(main, (*trail, "ca_file"), entry.ca_file)


def check_ca_file(main: Main, trail: Trail, name: str | None) -> Iterator[Problem]:
    """Find a file of certificate authorities that is not there."""
    if name is not None and not Path(main.document.path.parent, name).is_file():
        yield main.problem(
            trail,
            "the file of certificate authorities is missing",
            "name a readable PEM file, or take the key out",
        )


def check_secret(main: Main, trail: Trail, entry: SecretEntry) -> Iterator[Problem]:
    """Warn of a secret's file that others can read."""
    if open_to_others(to_secret(entry, main.document, trail)):
        yield main.problem(
            (*trail, "file"),
            "other accounts of this machine may read the file of a secret",
            "allow its owner only: chmod 600",
            warning=True,
        )
