"""`dondoc simulate portal`: a web page that lists documents, for trials and tests."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dondoc.cli.options import day

if TYPE_CHECKING:
    from dondoc.simulators.portal import Post


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
            metavar="NAME[:N][@PLACE]",
            help="down, drop, slow, truncate, layout, login, elsewhere, loop or other_file; a "
            "place is list, detail or file.",
        ),
    ] = None,
) -> None:
    """Run a portal that lists some documents, one of them with the given files; until interrupted.

    Without a file the document has a page that holds its place. config/mappings/portal-sotttt.yaml
    is the mapping for it.

    Example: dondoc simulate portal --port 8090 --put 47-NQ-CP.pdf
    """
    from dondoc.simulators.portal import Faults, serve  # noqa: PLC0415

    try:
        Faults().arm_all(fault or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    serve(
        _posts(number, issued_on or date(2024, 4, 15), put or ()),
        port,
        host=host,
        style="list" if as_list else "table",
        faults=fault or (),
        started=_say,
    )


def _posts(number: str, issued_on: date, files: Sequence[Path]) -> "list[Post]":
    """Return the document that is looked for, and two that are not it."""
    from dondoc.simulators.documents.resolution import resolution_placeholder  # noqa: PLC0415
    from dondoc.simulators.portal import Post  # noqa: PLC0415

    posted = tuple((path.name, path.read_bytes()) for path in files)
    wanted = Post(
        number=number,
        title="Về Chương trình hành động của Chính phủ đến năm 2030",
        issued_on=issued_on,
        files=posted or ((f"{number.replace('/', '-')}.pdf", resolution_placeholder()),),
    )
    plan, other = "Kế hoạch thực hiện 47/NQ-CP", "Kế hoạch năm 2024"
    return [
        wanted,
        Post(number="126/KH-UBND", title=plan, issued_on=date(2024, 3, 22)),
        Post(number="61/KH-UBND", title=other, issued_on=date(2024, 3, 18)),
    ]


def _say(url: str) -> None:
    # Flushed, because whoever started this waits for the line before connecting.
    typer.echo(f"the portal lists its documents on {url}")
