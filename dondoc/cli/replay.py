"""`dondoc replay`: the rows rebuilt from the events must equal the rows that are kept."""

from dataclasses import replace

import typer

from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json
from dondoc.cli.output import print_json, print_line


def replay(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Rebuild the state from the recorded events and report any difference; changes nothing.

    Exits with 1 if there is a difference. The daemon may go on working: one moment is looked at.

    Example: dondoc replay --config demo-out/dondoc.yaml
    """
    from dondoc.bootstrap import SystemClock, open_app  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    # The store alone is asked: replay works where no door can be opened.
    settings = replace(load_settings(config), exchange=None, mail=None)
    with open_app(settings, SystemClock(), read_only=True) as app:
        found = app.ledger.differences()
    if as_json:
        print_json({"differences": found})
    else:
        for line in found:
            print_line(line)
        print_line(f"{len(found)} difference(s) between the events and the state")
    if found:
        raise typer.Exit(ExitCode.FAILED)
