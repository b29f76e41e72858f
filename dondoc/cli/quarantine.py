"""`dondoc quarantine`: input that could not be read."""

from typing import Annotated

import typer

from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, By, Config, Json
from dondoc.cli.output import local_time, print_json, print_line, print_table
from dondoc.cli.session import opened

app = typer.Typer(
    no_args_is_help=True, help="See input that was set aside, and have it read again."
)


@app.command("list")
def list_quarantined(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """List input that could not be read, oldest first. Exits with 3 if there is any.

    Example: dondoc quarantine list --config demo-out/dondoc.yaml
    """
    from dondoc.services.quarantine import quarantined  # noqa: PLC0415
    from dondoc.views.waiting import quarantine_view  # noqa: PLC0415

    with opened(config, read_only=True) as session:
        found = quarantined(session.app)
    if as_json:
        print_json({"quarantined": [quarantine_view(raw) for raw in found]})
    elif found:
        rows = [(raw.raw, local_time(raw.arrived_at), str(raw.size), raw.outcome) for raw in found]
        print_table(("Input", "Arrived", "Octets", "Reason"), rows)
    else:
        print_line("nothing is set aside")
    if found:
        raise typer.Exit(ExitCode.WAITING)


@app.command("release")
def release_raw(
    raw: Annotated[str, typer.Argument(metavar="RAW", help="The input, as the list names it.")],
    by: By,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Have input read again, after its cause was mended; the daemon does it at its next turn.

    Example: dondoc quarantine release 'imap:mail/INBOX|1:42' --by "Trần Thị Lan"
    """
    from dondoc.services.quarantine import release  # noqa: PLC0415

    with opened(config) as session:
        released = release(session.app, raw, by, session.now)
    print_line(f"{released.raw} is released by {by}; the next turn of the daemon reads it")
