"""`dondoc mail`: logging in to mail servers by hand, where a person must."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from domain.errors import NotAllowed
from dondoc.cli.options import DEFAULT_CONFIG, Config
from dondoc.cli.output import print_line

if TYPE_CHECKING:
    from dondoc.bootstrap_mail import LoginCode

app = typer.Typer(no_args_is_help=True, help="Dondoc's own mailbox.")


@app.callback()
def _mail() -> None:
    # A typer with one command would else be that command itself.
    pass


@app.command(short_help="Log in with a browser.")
def login(config: Config = DEFAULT_CONFIG) -> None:
    """Log in to the mail servers that want a person: shows a page and a code, and waits.

    For servers with `flow: device_code`. The login is kept in the folder of the store, readable by
    Dondoc's user only, so run this as that user; the daemon goes on with it at its next try.

    Example: dondoc mail login --config /etc/dondoc/dondoc.yaml
    """
    from dondoc.bootstrap_mail import person_logins  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    with ExitStack() as stack:
        logins = person_logins(settings, stack)
        if not logins:
            raise NotAllowed(
                "no mail server asks for a person: no oauth of mail and mailboxes has "
                "flow: device_code"
            )
        for servers, log_in in logins.items():
            log_in(_show)
            print_line(f"logged in: {servers}")


def _show(code: "LoginCode") -> None:
    print_line(f"Open {code.address} in a browser, on any machine, and enter the code {code.code}")
    print_line("Log in there as whoever may use the mailbox.")
    print_line(f"The code is good for {code.seconds // 60} minutes; waiting.")
