"""`dondoc run`: the daemon."""

import logging
import os
import re
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated

import typer

from dondoc.cli.options import DEFAULT_CONFIG, Config
from dondoc.cli.plan import print_plan

if TYPE_CHECKING:
    from dondoc.settings.records import Settings

_END_SECONDS = 10.0
_WORKER = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
"""It becomes a part of the names of files."""


def run(
    context: typer.Context,
    config: Config = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would be sent now, as `dondoc plan`, and end."),
    ] = False,
    worker: Annotated[
        str | None,
        typer.Option(
            envvar="DONDOC_WORKER",
            metavar="NAME",
            help="Name of this daemon where several work on one PostgreSQL store: another one for "
            "each, and always the same for this one.",
        ),
    ] = None,
) -> None:
    """Run the daemon: take in, distribute, follow, remind, compile and forward, until told to stop.

    Logs go to standard error, one JSON object a line. SIGTERM and SIGINT end it after the sending
    in hand; a second one ends it at once, which is safe too. One daemon at a time works on a store,
    or several with --worker.

    Example: dondoc run --config /etc/dondoc/dondoc.yaml
    """
    if dry_run:
        print_plan(config)
        return
    from dondoc import logs  # noqa: PLC0415
    from dondoc.daemon import serve  # noqa: PLC0415
    from dondoc.settings.loaded import load_set  # noqa: PLC0415

    debug = context.find_root().params.get("debug")
    logs.configure(level=logging.DEBUG if debug else logging.INFO)
    named = _checked(worker)
    loaded = load_set(config)
    if named is not None:
        _check_shared(loaded.sound())
    serve(loaded, named)
    _end_soon()


def _end_soon() -> None:
    """End the process although a thread of a library waits for a server that is gone."""
    timer = Timer(_END_SECONDS, os._exit, [0])
    timer.daemon = True
    timer.start()


def _checked(worker: str | None) -> str | None:
    if worker is not None and not _WORKER.fullmatch(worker):
        raise typer.BadParameter(
            "write 1 to 32 small letters, digits or hyphens", param_hint="--worker"
        )
    return worker


def _check_shared(settings: "Settings") -> None:
    database = settings.store.database
    if isinstance(database, Path):
        raise typer.BadParameter(
            f"several daemons cannot share {database}: a SQLite file has one; take --worker out "
            "(and DONDOC_WORKER), or move the store to PostgreSQL (dondoc store move)",
            param_hint="--worker",
        )
