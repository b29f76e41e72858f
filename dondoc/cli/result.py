"""`dondoc compile`, `approve` and `forward`: the result of a round, by hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import Conflict
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, By, Campaign, Config, RoundName
from dondoc.cli.output import print_line
from dondoc.cli.session import Session, opened

if TYPE_CHECKING:
    from domain.state import CompilationState, DispatchState


def compile_result(
    campaign: Campaign, config: Config = DEFAULT_CONFIG, round_name: RoundName = None
) -> None:
    """Make a new version of a round's result, once the round is ready.

    Example: dondoc compile nq47 --config demo-out/dondoc.yaml
    """
    from dondoc.services.compiling import compile_now  # noqa: PLC0415

    with opened(config) as session:
        _print_version(session, compile_now(session.app, campaign, round_name, session.now))


def approve_result(
    campaign: Campaign,
    number: Annotated[
        str, typer.Option("--number", metavar="N", help="Number that the registry gave, as 88.")
    ],
    by: By,
    config: Config = DEFAULT_CONFIG,
    round_name: RoundName = None,
) -> None:
    """Approve a round's result for forwarding: a version that bears the number is made for it.

    Example: dondoc approve nq47 --number 88 --by "Nguyễn Văn An" --config demo-out/dondoc.yaml
    """
    from dondoc.services.compiling import approve  # noqa: PLC0415

    with opened(config) as session:
        made = approve(session.app, campaign, round_name, session.now, by=by, number=number)
        _print_version(session, made)
    print_line(f"approved by {by}; the daemon, or `dondoc forward {campaign}`, hands it over")


def forward_result(
    campaign: Campaign, config: Config = DEFAULT_CONFIG, round_name: RoundName = None
) -> None:
    """Hand the approved version to the Department now and say how far it came.

    What came by mail and on the exchange is taken in first, as a daemon does. While our mailbox
    cannot be read, nothing leaves by mail. While a daemon works on the store, the sending is left
    to it: it does so at its next turn.
    Exits with 1 if something was not handed over.

    Example: dondoc forward nq47 --config demo-out/dondoc.yaml
    """
    from dondoc.bootstrap import daemon_lock  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    lock = daemon_lock(settings)
    try:
        lock.acquire()
    except Conflict:
        _leave_to_daemon(config, campaign, round_name, settings.schedule.poll_seconds)
        return
    try:
        _forward(config, campaign, round_name)
    finally:
        lock.release()


def _leave_to_daemon(config: Path, campaign: str, round_name: str | None, seconds: int) -> None:
    from dondoc.services.forwarding import approved_round  # noqa: PLC0415

    with opened(config, read_only=True) as session:
        chosen = approved_round(session.app, campaign, round_name)
    print_line(
        f"version {chosen.version} of round {chosen.round} is {chosen.status}; the daemon that "
        f"works on this store hands it over within {seconds} seconds, unless it has done so"
    )


def _forward(config: Path, campaign: str, round_name: str | None) -> None:
    from domain.machine import ENDED  # noqa: PLC0415
    from dondoc.services.forwarding import forward  # noqa: PLC0415

    with opened(config) as session:
        sent = forward(session.app, campaign, round_name, session.now)
    for dispatch in sent:
        print_line(_line(dispatch))
    if any(d.accepted_at is None or d.status in ENDED for d in sent):
        raise typer.Exit(ExitCode.FAILED)


def _line(dispatch: "DispatchState") -> str:
    name = dispatch.document_id or dispatch.message_id
    detail = f" ({dispatch.detail})" if dispatch.detail else ""
    return (
        f"version {dispatch.version} to {dispatch.office} by {dispatch.channel}: "
        f"{dispatch.status}{detail}, {name}"
    )


def _print_version(session: Session, made: "CompilationState") -> None:
    from dondoc.services.compiling import paths, unplaced  # noqa: PLC0415

    missing = len(made.missing)
    print_line(
        f"version {made.version} of round {made.round}: {len(made.reports)} report(s), "
        f"{missing} missing"
    )
    for path in paths(session.app, made):
        print_line(str(path))
    if not_there := unplaced(session.app, made):
        print_line(
            f"recorded, but {len(not_there)} of these files could not be placed; mend what "
            "`dondoc doctor` names: the daemon tries again at each turn"
        )
