"""`dondoc simulate exchange`: an Exchange server on this machine, for trials and tests."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from dondoc.simulators.exchange import Scheme


def exchange(
    state: Annotated[
        Path, typer.Option("--state", metavar="DIR", help="State folder, made if absent.")
    ],
    account: Annotated[
        list[str], typer.Option("--account", metavar="ADDRESS", help="A mailbox; may be repeated.")
    ],
    password: Annotated[
        list[str],
        typer.Option("--password", metavar="TEXT", help="Its password, in the order of --account."),
    ],
    token: Annotated[
        list[str] | None,
        typer.Option("--token", metavar="TEXT", help="An OAuth access token of the first mailbox."),
    ] = None,
    auth: Annotated[
        list[str] | None,
        typer.Option("--auth", metavar="NAME", help="ntlm, basic or bearer; all when left out."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")
    ] = 8091,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="PEM file with key and certificate: https instead of http.",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:N][@OPERATION]",
            help="busy, unavailable, denied, stale, not_found, bad_state, login, too_many, down, "
            "drop, drop_after, truncate, slow or slow_answer.",
        ),
    ] = None,
) -> None:
    """Run an Exchange server that speaks Exchange Web Services, until it is interrupted.

    Mail between its mailboxes is delivered, other receivers cause a report of failure. The state
    survives a kill. Everything about it stands in docs/simulator.md.

    Example: dondoc simulate exchange --port 8091 --state ./exchange --account nq47@huulung.example
    --password made-up
    """
    from dondoc.simulators.exchange import OPERATIONS, SCHEMES, Faults, serve  # noqa: PLC0415

    if len(account) != len(password):
        raise typer.BadParameter(
            f"{len(account)} --account but {len(password)} --password; give one for each mailbox"
        )
    if unknown := sorted(set(auth or ()) - set(SCHEMES)):
        raise typer.BadParameter(f"--auth {unknown[0]}: write one of {', '.join(SCHEMES)}")
    try:
        Faults(OPERATIONS).arm_all(fault or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    serve(
        state,
        dict(zip(account, password, strict=True)),
        port,
        host=host,
        tokens=dict.fromkeys(token or (), account[0].lower()),
        schemes=cast("tuple[Scheme, ...]", tuple(auth or SCHEMES)),
        tls=_secured(certificate) if certificate else None,
        faults=fault or (),
        started=_say,
    )


def _secured(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate)
    except (OSError, ssl.SSLError) as error:
        raise typer.BadParameter(f"--certificate cannot be used: {error}") from None
    return context


def _say(url: str) -> None:
    # Flushed, because whoever started this waits for the line before connecting.
    typer.echo(f"Exchange listens on {url}")
