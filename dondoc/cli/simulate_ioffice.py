"""`dondoc simulate ioffice`: an e-office with a JSON interface of its own, for trials and tests."""

from pathlib import Path
from typing import Annotated

import typer


def ioffice(
    username: Annotated[str, typer.Option("--username", help="Who may sign in.")] = "vanthu",
    password: Annotated[
        str, typer.Option("--password", help="The password of that account.")
    ] = "made-up-password",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Of the interface; 0 takes a free one.")
    ] = 8087,
    file_port: Annotated[
        int, typer.Option("--file-port", min=0, max=65535, help="Of the files; 0 takes a free one.")
    ] = 8088,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    put: Annotated[
        list[Path] | None,
        typer.Option(
            "--put",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A file that comes in as document 512/UBND-VH, 513/UBND-VH and so on.",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="NAME[:N][@OPERATION]",
            help="drop, html, page, empty, truncate, delay, null, expire, duplicate or reorder.",
        ),
    ] = None,
) -> None:
    """Run an e-office in the shape of iOffice, until it is interrupted; it forgets everything then.

    config/mappings/ioffice.yaml is the mapping for it, docs/rest-mapping.md says what it serves.

    Example: dondoc simulate ioffice --port 8087 --file-port 8088 --put letter.pdf
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from dondoc.simulators.ioffice import Faults, Incoming, StoredFile, serve  # noqa: PLC0415

    try:
        Faults().arm_all(fault or ())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    now = datetime.now(UTC)
    documents = [
        Incoming(
            code=f"{number}/UBND-VH",
            subject="Về việc triển khai thực hiện Nghị quyết số 47/NQ-CP",
            issued_on=now.date(),
            arrived=now,
            files=(StoredFile(path.name, path.read_bytes()),),
        )
        for number, path in enumerate(put or (), start=512)
    ]
    serve(
        documents,
        port,
        file_port,
        host=host,
        username=username,
        password=password,
        faults=fault or (),
        started=_say,
    )


def _say(url: str, files: str) -> None:
    # Flushed, because whoever started this waits for the line before connecting.
    typer.echo(f"the e-office listens on {url}, its files are at {files}")
