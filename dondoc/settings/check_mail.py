"""What the mail accounts of dondoc.yaml must hold beyond the form of each key."""

from collections.abc import Iterator

from domain.errors import Problem
from domain.hosts import is_loopback
from domain.words import say
from dondoc.settings.check_access import (
    PLAIN_ADVICE,
    Main,
    check_address,
    check_ca_file,
    check_secret,
    plain,
    service_host,
)
from dondoc.settings.check_ews import contradictions, is_online_host
from dondoc.settings.models_ews import EwsEntry
from dondoc.settings.models_main import ImapEntry, MailEntry, SmtpEntry
from dondoc.settings.models_oauth import OAuthEntry
from dondoc.settings.problems import label
from dondoc.settings.source import Document, Trail


def check_mail(main: Main, entry: MailEntry) -> Iterator[Problem]:
    """Find contradictions within Dondoc's own mail account; ``mailboxes`` looks at what is read."""
    if entry.exchange:
        yield from _ews(main, entry, entry.exchange)
    else:
        for name, server in (("smtp", entry.smtp), ("imap", entry.imap)):
            if server is None:
                advice = say('add "{name}", see docs/configuration.md', name=name)
                yield main.problem(("mail",), say("mail.{name} is missing", name=name), advice)
        if entry.smtp:
            yield from _smtp(main, entry.smtp)
    if entry.quiet_hours and entry.quiet_hours.begins == entry.quiet_hours.ends:
        yield main.problem(
            ("mail", "quiet_hours", "to"),
            say("mail.quiet_hours end when they begin"),
            say("write two different times, or take the block out"),
        )
    proofs = entry.authentication
    due = [key for key in ("require", "signing_domains") if getattr(proofs, key)]
    if due and not (proofs.authserv_ids or proofs.unnamed or proofs.signatures):
        yield main.problem(
            ("mail", "authentication", due[0]),
            say("answers must prove who sent them, and nothing is left that could prove it"),
            say("set signatures: true, or name our own servers in authserv_ids"),
        )


def _ews(main: Main, entry: MailEntry, server: EwsEntry) -> Iterator[Problem]:
    trail = ("mail", "exchange")
    yield from check_address(main, (*trail, "url"), server.url, allow_plain=False)
    yield from contradictions(main, entry)
    if server.password:
        yield from check_secret(main, (*trail, "password"), server.password)
    if server.oauth:
        yield from _issuer(main, (*trail, "oauth"), server.oauth)
    yield from check_ca_file(main, (*trail, "ca_file"), server.ca_file)


def _smtp(main: Main, entry: SmtpEntry) -> Iterator[Problem]:
    smtp = ("mail", "smtp")
    if entry.username and entry.password is None and entry.oauth is None:
        yield main.problem(
            (*smtp, "username"),
            say("mail.smtp.username has no password beside it"),
            say("add password: {{env: NAME}}, {{file: path}} or {{credential: name}}"),
        )
    yield from unnamed_login(main.document)
    yield from check_login(main, smtp, entry)
    yield from check_server(main, smtp, entry)


def unnamed_login(main: Document) -> Iterator[Problem]:
    """Find a login to mail.smtp without a username, also where the form of the file is wrong."""
    mail = main.data.get("mail") if isinstance(main.data, dict) else None
    smtp = mail.get("smtp") if isinstance(mail, dict) else None
    if not isinstance(smtp, dict) or str(smtp.get("username") or "").strip():
        return
    for key in ("password", "oauth"):
        if smtp.get(key):
            yield main.problem(
                ("mail", "smtp", key),
                say("mail.smtp.{key} has no username beside it", key=key),
                say("add username, or take {key} out", key=key),
            )


def check_login(main: Main, trail: Trail, entry: SmtpEntry | ImapEntry) -> Iterator[Problem]:
    """Find what keeps the login to a mail server from working or from being safe."""
    if isinstance(entry, ImapEntry) and entry.password is None and entry.oauth is None:
        yield main.problem(
            trail,
            say("{key} has neither a password nor oauth", key=label(trail)),
            say("add password: {{env: NAME}}, {{file: path}} or {{credential: name}}; or oauth"),
        )
    if entry.password:
        yield from check_secret(main, (*trail, "password"), entry.password)
        if is_online_host(entry.host):
            yield main.problem(
                (*trail, "password"),
                say(
                    "{host} is Exchange Online, which takes no password of a mail program",
                    host=entry.host,
                ),
                say("use oauth there, see docs/configuration.md"),
                warning=True,
            )
    if entry.oauth is None:
        return
    place = (*trail, "oauth")
    if entry.password:
        yield main.problem(
            place,
            say("{key} stands beside a password", key=label(place)),
            say("keep one of the two"),
        )
    if entry.security == "none" and not is_loopback(entry.host):
        yield main.problem(
            place,
            say("the token of {key} crosses the network unencrypted", key=label(place)),
            say("use tls or starttls; allow_plain does not permit this"),
        )
    yield from _issuer(main, place, entry.oauth)


def _issuer(main: Main, place: Trail, oauth: OAuthEntry) -> Iterator[Problem]:
    if oauth.client_secret:
        yield from check_secret(main, (*place, "client_secret"), oauth.client_secret)
    if oauth.authority is not None:
        yield from _authority(main, (*place, "authority"), oauth.authority)
    yield from check_ca_file(main, (*place, "ca_file"), oauth.ca_file)


def _authority(main: Main, trail: Trail, url: str) -> Iterator[Problem]:
    if service_host(url) is None or not url.lower().startswith("https:"):
        yield main.problem(
            trail,
            say("{key} is not the address of an issuer", key=label(trail)),
            say("write https://host[:port][/path] without user name, query or fragment"),
        )


def check_server(main: Main, trail: Trail, entry: SmtpEntry | ImapEntry) -> Iterator[Problem]:
    """Find a server that is reached without protection."""
    if entry.security == "none" and not entry.allow_plain and not is_loopback(entry.host):
        yield main.problem((*trail, "security"), plain(label(trail)), PLAIN_ADVICE)
    yield from check_ca_file(main, (*trail, "ca_file"), entry.ca_file)
