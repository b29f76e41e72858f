"""Whether every secret that the configuration refers to can be had here and now."""

from collections.abc import Callable, Iterator

from domain.errors import ConfigError, Problem
from dondoc.settings.records import EwsSettings, ImapSettings, RestSettings, Settings, SmtpSettings
from dondoc.settings.s3 import S3Settings
from dondoc.settings.store import PostgresqlSettings


def missing_secrets(settings: Settings) -> tuple[Problem, ...]:
    """Resolve each reference, show nothing of it, and return a problem for each that fails."""
    return tuple(problem for resolve in references(settings) for problem in _failing(resolve))


def references(settings: Settings) -> Iterator[Callable[[], str | bytes]]:
    """Yield what resolves each secret of a configuration."""
    yield settings.token_key.key
    database = settings.store.database
    if isinstance(database, PostgresqlSettings) and database.password:
        yield database.password.reveal
    if isinstance(settings.store.evidence, S3Settings):
        yield settings.store.evidence.access_key.reveal
        yield settings.store.evidence.secret_key.reveal
    if settings.exchange:
        yield settings.exchange.secret.reveal
        if settings.exchange.lgsp:
            yield settings.exchange.lgsp.password.reveal
    for door in settings.doors:
        if isinstance(door, RestSettings):
            yield from (s.reveal for s in (door.password, door.refresh_token) if s)
    servers: list[EwsSettings | ImapSettings | SmtpSettings | None] = [
        box.imap for box in settings.mailboxes
    ]
    if settings.mail:
        servers += [settings.mail.imap, settings.mail.smtp, settings.mail.ews]
    for server in servers:
        if server is not None:
            secrets = (server.password, server.oauth.client_secret if server.oauth else None)
            yield from (secret.reveal for secret in secrets if secret)


def _failing(resolve: Callable[[], str | bytes]) -> tuple[Problem, ...]:
    try:
        resolve()
    except ConfigError as error:
        return error.problems
    return ()
