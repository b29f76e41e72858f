"""What holds for every server, secret and file that dondoc.yaml names."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from domain.errors import Problem
from domain.hosts import is_loopback
from domain.words import Words, say
from dondoc.settings.entry import SecretEntry
from dondoc.settings.models_main import MainFile
from dondoc.settings.placed import EntryT, Placed
from dondoc.settings.problems import label
from dondoc.settings.secret_files import flaws
from dondoc.settings.secrets import SecretKind, to_secret
from dondoc.settings.source import MAX_OCTETS, Trail, os_advice, os_reason, problem_at

PLAIN_ADVICE: Final = say("use tls, or set allow_plain: true if the network itself is protected")

Main = Placed[MainFile]


def check_address(main: Main, trail: Trail, url: str, *, allow_plain: bool) -> Iterator[Problem]:
    """Find what keeps an address from being that of a service; it is not repeated.

    It may hold a password.
    """
    host = service_host(url)
    if host is None:
        yield main.problem(
            trail,
            say("{key} is not the address of a service", key=label(trail)),
            say("write https://host[:port][/path] without user name, query or fragment"),
        )
    elif url.lower().startswith("http:") and not allow_plain and not is_loopback(host):
        yield main.problem(trail, plain(label(trail)), PLAIN_ADVICE)


def plain(key: str) -> Words:
    """Return what to say of a key whose server is reached without protection."""
    return say("what goes to {key} crosses the network unencrypted", key=key)


def service_host(url: str) -> str | None:
    """Return the host that a service's address names; None for what is no such address."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.port != 0 and url.isascii()
    except ValueError:
        return None
    extra = parts.username or parts.password or parts.query or parts.fragment
    return parts.hostname if sound and not extra else None


def check_ca_file(placed: Placed[EntryT], trail: Trail, name: str | None) -> Iterator[Problem]:
    """Find a file of certificate authorities that is not there, or that holds none.

    It is read like every other file of a set: whoever mends it need not touch another one.
    """
    if name is None:
        return
    path = Path(placed.document.path.parent, name)
    try:
        content = placed.document.read(path)
    except FileNotFoundError:
        yield placed.problem(
            trail,
            say("the file of certificate authorities is missing"),
            say("name a readable PEM file, or take the key out"),
        )
        return
    except OSError as error:
        what = say("cannot be read: {reason}", reason=os_reason(error))
        yield problem_at(path, (0, 0), what, os_advice(error))
        return
    if not _holds_certificates(content):
        yield problem_at(
            path,
            (1, 1),
            say("is no file of certificate authorities"),
            say("put certificates in PEM form into it, -----BEGIN CERTIFICATE----- and so on"),
        )


def _holds_certificates(content: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(
            cadata=content.decode("ascii", "ignore")
        )
    except (ssl.SSLError, ValueError):
        return False
    return len(content) <= MAX_OCTETS


def check_secret(main: Main, trail: Trail, entry: SecretEntry, least: int = 1) -> Iterator[Problem]:
    """Look at a secret's file, if it is kept in one: see ``secret_files.flaws``."""
    secret = to_secret(entry, main.document, trail)
    if secret.kind is SecretKind.FILE:
        for flaw in flaws(Path(secret.name), least):
            place = (*trail, str(SecretKind.FILE))
            yield main.problem(place, flaw.what, flaw.advice, warning=not flaw.error)
