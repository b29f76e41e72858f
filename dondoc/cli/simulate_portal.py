"""`dondoc simulate portal`: a web page that lists documents, for trials and tests."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dondoc.cli.options import day


def portal(
    put: Annotated[
        list[Path] | None,
        typer.Option(
            "--put", metavar="FILE", exists=True, dir_okay=False, help="A file of the document."
        ),
    ] = None,
    number: Annotated[
        str, typer.Option("--number", help="Number and notation of the document.")
    ] = "47/NQ-CP",
    issued_on: Annotated[
        date | None,
        typer.Option("--date", metavar="DATE", parser=day, help="Its date, else 2024-04-15."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")
    ] = 8090,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    as_list: Annotated[
        bool, typer.Option("--list", help="Show a list instead of a table.")
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:N]",
            help="down, drop, slow, truncate, layout, login, elsewhere or other_file.",
        ),
    ] = None,
) -> None:
    """Run a portal that lists some documents, one of them with the given files; until interrupted.

    Without a file the document has a page that holds its place. config/mappings/portal-sotttt.yaml
    is the mapping for it.

    Example: dondoc simulate portal --port 8090 --put 47-NQ-CP.pdf
    """
    from dondoc.simulators.documents.resolution import resolution_placeholder  # noqa: PLC0415
    from dondoc.simulators.portal import Faults, Post, serve  # noqa: PLC0415

    try:
        Faults().arm_all(fault or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    files = tuple((path.name, path.read_bytes()) for path in put or ())
    wanted = Post(
        number=number,
        title="Về Chương trình hành động của Chính phủ đến năm 2030",
        issued_on=issued_on or date(2024, 4, 15),
        files=files or ((f"{number.replace('/', '-')}.pdf", resolution_placeholder()),),
    )
    others = (
        Post(
            number="126/KH-UBND", title="Kế hoạch thực hiện 47/NQ-CP", issued_on=date(2024, 3, 22)
        ),
        Post(number="61/KH-UBND", title="Kế hoạch năm 2024", issued_on=date(2024, 3, 18)),
    )
    serve(
        [wanted, *others],
        port,
        host=host,
        style="list" if as_list else "table",
        faults=fault or (),
        started=_say,
    )


def _say(url: str) -> None:
    # Flushed, because whoever started this waits for the line before connecting.
    typer.echo(f"the portal lists its documents on {url}")
