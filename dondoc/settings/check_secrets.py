"""Whether every secret that the configuration refers to can be had here and now."""

from collections.abc import Callable, Iterator

from domain.errors import ConfigError, Problem
from dondoc.settings.records import RestSettings, Settings


def missing_secrets(settings: Settings) -> tuple[Problem, ...]:
    """Resolve each reference, show nothing of it, and return a problem for each that fails."""
    return tuple(problem for resolve in references(settings) for problem in _failing(resolve))


def references(settings: Settings) -> Iterator[Callable[[], str | bytes]]:
    """Yield what resolves each secret of a configuration."""
    yield settings.token_key.key
    if settings.exchange:
        yield settings.exchange.secret.reveal
        if settings.exchange.lgsp:
            yield settings.exchange.lgsp.password.reveal
    for door in settings.doors:
        if isinstance(door, RestSettings):
            yield from (s.reveal for s in (door.password, door.refresh_token) if s)
    if settings.mail:
        for server in (settings.mail.imap, settings.mail.smtp, settings.mail.ews):
            if server and server.password:
                yield server.password.reveal


def _failing(resolve: Callable[[], str | bytes]) -> tuple[Problem, ...]:
    try:
        resolve()
    except ConfigError as error:
        return error.problems
    return ()
