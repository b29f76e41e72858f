"""`dondoc doctor`: is everything in order, and what to do where it is not."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import ConfigError, DondocError
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json
from dondoc.cli.output import print_json, print_line

if TYPE_CHECKING:
    from dondoc.services.doctor import Check
    from dondoc.settings.records import Settings


def doctor(
    config: Config = DEFAULT_CONFIG,
    quick: Annotated[
        bool, typer.Option("--quick", help="Configuration and store only; connect to nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at configuration, store, disk and clock, connect to everything, and say what to do.

    Changes nothing and sends nothing. Exits with 1 if anything is wrong, with 2 if it is the
    configuration.

    Example: dondoc doctor --config /etc/dondoc/dondoc.yaml
    """
    settings, checks = _configuration(config)
    if settings is not None:
        checks += _store_and_doors(settings, quick=quick)
    if as_json:
        print_json({"ok": all(c.ok for c in checks), "checks": [asdict(c) for c in checks]})
    else:
        _print(checks)
    if settings is None:
        raise typer.Exit(ExitCode.WRONG_USAGE)
    if not all(check.ok for check in checks):
        raise typer.Exit(ExitCode.FAILED)


def _configuration(config: Path) -> "tuple[Settings | None, list[Check]]":
    from dondoc.services.doctor import Check  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    try:
        settings = load_settings(config)
    except ConfigError as error:
        wrong = [
            Check(
                name="configuration",
                ok=problem.warning,
                what=f"{problem.file}:{problem.line}:{problem.column}: {problem.what}",
                advice=problem.advice,
            )
            for problem in error.problems
        ]
        return None, wrong
    offices, warnings = len(settings.directory.offices), len(settings.warnings)
    what = f"{offices} offices, {len(settings.campaigns)} campaign(s), {warnings} warning(s)"
    return settings, [Check(name="configuration", ok=True, what=what)]


def _store_and_doors(settings: "Settings", *, quick: bool) -> "list[Check]":
    from dondoc.bootstrap import SystemClock, open_app  # noqa: PLC0415
    from dondoc.services.doctor import Check, examine_doors, examine_store  # noqa: PLC0415

    clock = SystemClock()
    store = settings.store
    places = {"ledger folder": store.database.parent, "evidence folder": store.evidence}
    places["output folder"] = store.output
    try:
        with open_app(settings, clock, read_only=True, may_lack_store=True) as app:
            found = examine_store(app, places, clock.now())
            if not store.database.exists():
                what = f"there is no ledger at {store.database}"
                advice = "start the daemon: its first start makes one"
                found[:0] = [Check(name="store", ok=False, what=what, advice=advice)]
            return found if quick else [*found, *examine_doors(app, clock.now())]
    except ConfigError as error:
        # A secret that cannot be had: files were checked before, secrets only now.
        return [
            Check(name="secrets", ok=False, what=p.what, advice=p.advice) for p in error.problems
        ]
    except DondocError as error:
        return [Check(name="store", ok=False, what=str(error))]


def _print(checks: "list[Check]") -> None:
    for check in checks:
        print_line(f"{'ok    ' if check.ok else 'WRONG '} {check.name}: {check.what}")
        if not check.ok and check.advice:
            print_line(f"        {check.advice}")
