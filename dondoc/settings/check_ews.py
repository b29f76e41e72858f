"""What mail.exchange must hold beyond the form of its keys: a server of one's own, protected."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from domain.errors import Problem
from domain.words import say
from dondoc.settings.models_ews import EwsEntry
from dondoc.settings.models_main import MailEntry, MainFile
from dondoc.settings.placed import Placed

_ONLINE: Final = (
    "outlook.com",
    "office365.com",
    "office.com",
    "office365.us",
    "webmail.apps.mil",
    "outlook.cn",
    "office365.cn",
    "outlook.de",
    "office.de",
)
"""Domains of Exchange Online, which gave up Exchange Web Services: the public one, those for the
government and the forces of the United States, China (21Vianet) and Germany (ended in 2021)."""

_URL: Final = ("mail", "exchange", "url")


def contradictions(main: Placed[MainFile], entry: MailEntry) -> Iterator[Problem]:
    """Find what cannot go with mail.exchange, and a server that has no such service any more."""
    server = entry.exchange
    if server is None:
        return
    for name, other in (("smtp", entry.smtp), ("imap", entry.imap)):
        if other is not None:
            yield main.problem(
                ("mail", name),
                say("mail.{name} means nothing beside mail.exchange", name=name),
                say("take one of the two out: Exchange both sends and receives"),
            )
    if server.ca_file and server.certificate_sha256:
        yield main.problem(
            ("mail", "exchange", "ca_file"),
            say("mail.exchange.ca_file means nothing beside certificate_sha256"),
            say("take one of the two out: a fingerprint is the only proof where it is given"),
        )
    yield from _login(main, server)
    if is_online(server.url):
        yield main.problem(
            _URL,
            say(
                "mail.exchange.url is Exchange Online, where Exchange Web Services are "
                "switched off (since 2026-10-01, for good on 2027-04-01)"
            ),
            say(
                "use mail.smtp and mail.imap with oauth there; mail.exchange is for a server "
                "of your own"
            ),
        )


def _login(main: Placed[MainFile], server: EwsEntry) -> Iterator[Problem]:
    by_token = server.auth == "oauth"
    wanted = {"oauth"} if by_token else {"username", "password"}
    for key in ("username", "password", "oauth"):
        given = bool(getattr(server, key))
        if given and key not in wanted:
            yield main.problem(
                ("mail", "exchange", key),
                say(
                    "mail.exchange.{key} means nothing with auth: {auth}", key=key, auth=server.auth
                ),
                say("take it out, or write auth: ntlm or auth: basic")
                if by_token
                else say("take it out, or write auth: oauth"),
            )
        elif key in wanted and not given:
            yield main.problem(
                ("mail", "exchange"),
                say("mail.exchange.{key} is missing", key=key),
                say('add "{key}", which auth: {auth} needs', key=key, auth=server.auth),
            )
    if by_token and server.oauth and not server.oauth.scopes:
        yield main.problem(
            ("mail", "exchange", "oauth"),
            say("mail.exchange.oauth names no scopes"),
            say("write scopes: [https://SERVER/.default] with the server's own name"),
        )


def is_online(url: str) -> bool:
    """Tell whether an address belongs to Exchange Online."""
    try:
        return is_online_host(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_online_host(host: str) -> bool:
    """Tell whether a server is one of Exchange Online."""
    name = host.rstrip(".").lower()
    return any(name == domain or name.endswith(f".{domain}") for domain in _ONLINE)
