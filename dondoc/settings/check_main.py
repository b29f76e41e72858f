"""What dondoc.yaml must hold beyond the form of each key: its sections beside one another."""

from collections.abc import Iterator

from domain.errors import Problem
from domain.words import say
from dondoc.settings.check_access import Main, check_address, check_ca_file, check_secret
from dondoc.settings.check_mail import check_mail
from dondoc.settings.models_main import ExchangeEntry
from dondoc.settings.secrets import KEY_OCTETS
from dondoc.settings.store import check_store


def check_main(main: Main) -> Iterator[Problem]:
    """Find contradictions within dondoc.yaml; looks at the files that it names."""
    entry = main.entry
    if entry.exchange is None and entry.mail is None:
        yield main.problem(
            (),
            say("there is neither an exchange nor a mail section"),
            say("add at least one of the two"),
        )
    yield from check_store(main, entry.store)
    if entry.exchange:
        yield from _exchange(main, entry.exchange)
    if entry.mail:
        yield from check_mail(main, entry.mail)
    yield from check_secret(main, ("token_key",), entry.token_key, KEY_OCTETS)


def _exchange(main: Main, entry: ExchangeEntry) -> Iterator[Problem]:
    yield from check_address(main, ("exchange", "url"), entry.url, allow_plain=entry.allow_plain)
    yield from check_secret(main, ("exchange", "secret"), entry.secret)
    yield from check_ca_file(main, ("exchange", "ca_file"), entry.ca_file)
    if entry.lgsp:
        yield from check_secret(main, ("exchange", "lgsp", "password"), entry.lgsp.password)
        if entry.protocol != "lgsp":
            yield main.problem(
                ("exchange", "lgsp"),
                say(
                    "exchange.lgsp means nothing with protocol {protocol}", protocol=entry.protocol
                ),
                say("write protocol: lgsp, or take the block out"),
            )
    elif entry.protocol == "lgsp":
        yield main.problem(
            ("exchange", "protocol"),
            say("exchange.lgsp is missing, which protocol lgsp needs"),
            say("add lgsp: with username, password and application_code"),
        )
