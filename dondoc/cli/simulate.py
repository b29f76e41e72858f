"""`dondoc simulate`: stand-ins of the outside world, for trials and tests."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from dondoc.cli.simulate_exchange import exchange
from dondoc.cli.simulate_ioffice import ioffice
from dondoc.cli.simulate_portal import portal

app = typer.Typer(no_args_is_help=True, help="Run a stand-in of the outside world.")

_MEGABYTE = 1_048_576
_MAX_BODY = 256 * _MEGABYTE


app.command("exchange")(exchange)
app.command("ioffice")(ioffice)
app.command("portal")(portal)


@app.command("eoffice")
def eoffice(
    state: Annotated[
        Path, typer.Option("--state", metavar="DIR", help="State folder, made if absent.")
    ],
    system: Annotated[
        list[str] | None,
        typer.Option("--system", metavar="ID", help="A connecting system; may be repeated."),
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option("--secret", metavar="TEXT", help="Its secret, in the order of --system."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")
    ] = 8086,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    agencies: Annotated[
        Path | None,
        typer.Option("--agencies", metavar="FILE", help="More units, .csv or .json."),
    ] = None,
    reserialise: Annotated[
        bool, typer.Option("--reserialise", help="Rewrite files in transit as the real one does.")
    ] = False,
    window: Annotated[
        float | None,
        typer.Option("--window", min=1, metavar="SECONDS", help="Refuse timestamps further off."),
    ] = None,
    max_body: Annotated[
        int, typer.Option("--max-body", min=1, metavar="BYTES", help="Largest file taken.")
    ] = _MAX_BODY,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:N][@OPERATION]",
            help="drop, html, empty, truncated, delay, duplicate, reorder, blank or redeliver.",
        ),
    ] = None,
) -> None:
    """Run a document exchange that speaks the VXP protocol, until it is interrupted.

    The state survives a kill. Everything about it stands in docs/simulator.md.

    Example: dondoc simulate eoffice --port 8086 --state ./exchange --system 000.00.27.H37
    --secret made-up-1
    """
    from dondoc.simulators.eoffice import read_agencies, serve  # noqa: PLC0415

    serve(
        state,
        _systems(system or [], secret or []),
        read_agencies(agencies) if agencies else (),
        port,
        host=host,
        reserialise=reserialise,
        window=timedelta(seconds=window) if window else None,
        max_body=max_body,
        faults=fault or (),
        started=_say,
    )


@app.command("lgsp")
def lgsp(
    state: Annotated[
        Path,
        typer.Option(
            "--state", metavar="DIR", help="State folder; may be that of a running exchange."
        ),
    ],
    username: Annotated[str, typer.Option("--username", help="Who logs in.")],
    password: Annotated[str, typer.Option("--password", metavar="TEXT", help="Its password.")],
    application: Annotated[
        str, typer.Option("--application", metavar="CODE", help="applicationCode; blank: any.")
    ] = "",
    system: Annotated[
        list[str] | None,
        typer.Option("--system", metavar="ID", help="A SystemId; may be repeated."),
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option("--secret", metavar="TEXT", help="Its SecretKey, in the order of --system."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")
    ] = 8089,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    agencies: Annotated[
        Path | None,
        typer.Option("--agencies", metavar="FILE", help="More units, .csv or .json."),
    ] = None,
    token_life: Annotated[
        float, typer.Option("--token-life", min=1, metavar="SECONDS", help="Life of a token.")
    ] = 1800,
    reserialise: Annotated[
        bool, typer.Option("--reserialise", help="Rewrite files in transit as the real one does.")
    ] = False,
    as_base64: Annotated[
        bool, typer.Option("--base64", help="Give edxml as base64 instead of XML text.")
    ] = False,
    max_body: Annotated[
        int, typer.Option("--max-body", min=1, metavar="BYTES", help="Largest file taken.")
    ] = _MAX_BODY,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:N][@OPERATION]",
            help="drop, html, empty, truncated, delay, duplicate, reorder, short, redeliver or "
            "expire.",
        ),
    ] = None,
) -> None:
    """Run the provincial REST axis (LGSP) of a simulated exchange, until it is interrupted.

    With the state folder of a running `simulate eoffice` both are doors of one exchange. The
    faults and everything else stand in docs/simulator.md.

    Example: dondoc simulate lgsp --port 8089 --state ./exchange --username app --password made-up
    --system H37.DN.001 --secret made-up-1
    """
    from dondoc.simulators.eoffice import read_agencies  # noqa: PLC0415
    from dondoc.simulators.lgsp import Account, Axis, serve  # noqa: PLC0415

    axis = Axis(
        state,
        _systems(system or [], secret or []),
        [Account(username=username, password=password, application_code=application)],
        read_agencies(agencies) if agencies else (),
        port,
        host=host,
        token_life=timedelta(seconds=token_life),
        reserialise=reserialise,
        as_base64=as_base64,
        max_body=max_body,
    )
    serve(axis, faults=fault or (), started=_say)


def _systems(names: list[str], secrets: list[str]) -> dict[str, str]:
    if len(names) != len(secrets):
        raise typer.BadParameter(
            f"{len(names)} --system but {len(secrets)} --secret; give one secret for each system"
        )
    if len(set(names)) != len(names):
        raise typer.BadParameter("a system is named twice; give each --system once")
    return dict(zip(names, secrets, strict=True))


def _say(url: str) -> None:
    # Flushed, because whoever started this waits for the line before connecting.
    typer.echo(f"the exchange listens on {url}")
