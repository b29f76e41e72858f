"""`dondoc doctor`: is everything in order, and what to do where it is not."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import ConfigError, DondocError
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json
from dondoc.cli.output import print_json, print_line

if TYPE_CHECKING:
    from dondoc.app import App
    from dondoc.services.doctor_check import Check
    from dondoc.settings.records import Settings

_WORKER_SILENCE = timedelta(seconds=45)
"""After 30 seconds a daemon is taken for dead by the others, if there are any."""

_TRIES = 3
"""How often a call to the exchange is made before it counts as failed."""

_HURRY = 30.0
"""Seconds that the doctor gives a door for one request: somebody waits for the answer."""


def doctor(
    config: Config = DEFAULT_CONFIG,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Configuration, secrets, daemon and store only; connect to nothing."
        ),
    ] = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="A daemon must be at work on the store.")
    ] = False,
    evidence: Annotated[
        bool,
        typer.Option(
            "--evidence", help="Verify all stored evidence instead of a sample; reads it all."
        ),
    ] = False,
    probe_mail: Annotated[
        bool,
        typer.Option(
            "--probe-mail",
            help="Send one mail to our own mailbox and see whether plus addressing works.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at configuration, daemon, store and clock, connect to everything, and say what to do.

    Changes nothing and, without --probe-mail, sends nothing. Exits with 1 if anything is wrong,
    with 2 if it is the configuration. A daemon that is silent is wrong; that none runs only with
    --alive.

    Example: dondoc doctor --config /etc/dondoc/dondoc.yaml
    """
    settings, checks = _configuration(config)
    if settings is not None:
        checks += [_secrets(settings), *_daemon(settings, wanted=alive)]
        checks += _store_and_doors(settings, quick=quick, whole=evidence, probe=probe_mail)
    if as_json:
        print_json({"ok": all(c.ok for c in checks), "checks": [asdict(c) for c in checks]})
    else:
        _print(checks)
    if settings is None:
        raise typer.Exit(ExitCode.WRONG_USAGE)
    if not all(check.ok for check in checks):
        raise typer.Exit(ExitCode.FAILED)


def _configuration(config: Path) -> "tuple[Settings | None, list[Check]]":
    from dondoc.services.doctor_check import Check  # noqa: PLC0415
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


def _secrets(settings: "Settings") -> "Check":
    from dondoc.services.doctor_check import Check  # noqa: PLC0415
    from dondoc.settings.check_secrets import missing_secrets, references  # noqa: PLC0415

    missing, asked = missing_secrets(settings), len(list(references(settings)))
    return Check(
        name="secrets",
        ok=not missing,
        what=f"{asked - len(missing)} of {asked} can be had",
        advice="the daemon can do without none of them",
        details=tuple(str(problem) for problem in missing),
    )


def _daemon(settings: "Settings", *, wanted: bool) -> "list[Check]":
    from dondoc.bootstrap import (  # noqa: PLC0415
        SystemClock,
        daemon_lock,
        sign_file,
        workers_at_work,
    )
    from dondoc.services.doctor_check import Check  # noqa: PLC0415
    from dondoc.services.mail_life import examine_mail_life  # noqa: PLC0415
    from dondoc.services.sign_of_life import (  # noqa: PLC0415
        examine_life,
        examine_worker,
        read_sign,
    )

    try:
        workers = workers_at_work(settings)
        holder = daemon_lock(settings).holder()
    except DondocError as error:
        return [Check(name="daemon", ok=False, what=str(error), advice="ask as Dondoc's own user")]
    if workers:
        return [examine_worker(seen, _WORKER_SILENCE) for seen in workers]
    sign, now = read_sign(sign_file(settings)), SystemClock().now()
    silence = _silence(settings)
    life = examine_life(holder, sign, silence, now, wanted=wanted)
    if holder is None or sign is None or str(sign.process) != holder:
        return [life]
    pause = timedelta(seconds=settings.schedule.poll_seconds)
    return [life, *examine_mail_life(sign.mail, pause + silence, now)]


def _silence(settings: "Settings") -> timedelta:
    from dondoc.services.sign_of_life import SILENCE  # noqa: PLC0415

    exchange = settings.exchange
    # The most for a list, see ``Timeouts.patience``.
    wait = exchange.connect_seconds + 2 * exchange.read_seconds if exchange else 0.0
    return SILENCE + _TRIES * timedelta(seconds=wait)


def _store_and_doors(
    settings: "Settings", *, quick: bool, whole: bool, probe: bool
) -> "list[Check]":
    from dondoc.bootstrap import SystemClock, has_store, open_app  # noqa: PLC0415
    from dondoc.services.doctor import examine_doors, examine_store  # noqa: PLC0415
    from dondoc.services.doctor_check import Check  # noqa: PLC0415
    from dondoc.services.doctor_share import MOUNTS, examine_share  # noqa: PLC0415

    clock = SystemClock()
    store = settings.store
    places = {"ledger folder": store.folder}
    if isinstance(store.evidence, Path):
        places["evidence folder"] = store.evidence
    places["output folder"] = store.output
    try:
        with open_app(settings, clock, read_only=True, may_lack_store=True, hurry=_HURRY) as app:
            found = [
                *_in_force(app, settings),
                *examine_store(app, places, clock.now(), whole=whole),
            ]
            if isinstance(store.evidence, Path) and MOUNTS.exists():
                mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
                found += examine_share(store.evidence, mounts)
            found += _engine(settings)
            if not has_store(settings):
                what = f"there is no ledger at {store.place}"
                advice = "start the daemon: its first start makes one"
                found[:0] = [Check(name="store", ok=False, what=what, advice=advice)]
            if not quick:
                found += examine_doors(app, clock.now())
            return [*found, *(_probed(app, settings, clock.now()) if probe else ())]
    except DondocError as error:
        return [Check(name="store", ok=False, what=str(error))]


def _engine(settings: "Settings") -> "list[Check]":
    from dondoc.bootstrap import engine_room  # noqa: PLC0415
    from dondoc.services.doctor_engine import examine_engine  # noqa: PLC0415

    database, room = settings.store.database, engine_room(settings)
    if room is None or isinstance(database, Path):
        return []
    return [examine_engine(room, database.username, database.name)]


def _in_force(app: "App", settings: "Settings") -> "list[Check]":
    from dondoc.bootstrap import daemon_lock, workers_at_work  # noqa: PLC0415
    from dondoc.services.configuration import (  # noqa: PLC0415
        examine_campaigns,
        examine_configuration,
    )
    from dondoc.settings.loaded import load_set  # noqa: PLC0415

    running = bool(workers_at_work(settings)) or daemon_lock(settings).holder() is not None
    return [
        *examine_configuration(app.ledger, load_set(settings.path).digest, running=running),
        *examine_campaigns(app.ledger, app.campaigns),
    ]


def _probed(app: "App", settings: "Settings", now: datetime) -> "list[Check]":
    from dondoc.services.doctor_probe import probe_mail  # noqa: PLC0415

    rehearsal = settings.mail is not None and settings.mail.redirect_all is not None
    return probe_mail(app, now, wait=sleep, rehearsal=rehearsal)


def _print(checks: "list[Check]") -> None:
    for check in checks:
        print_line(f"{'ok    ' if check.ok else 'WRONG '} {check.name}: {check.what}")
        if not check.ok and check.advice:
            print_line(f"        {check.advice}")
        for detail in check.details:
            print_line(f"        {detail}")
