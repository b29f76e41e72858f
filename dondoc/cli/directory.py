"""`dondoc directory`: the offices taken from the spreadsheet that offices keep, and given back."""

from datetime import date
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from domain.errors import NotFound
from domain.words import say
from dondoc.cli.errors import ExitCode
from dondoc.cli.exchange_file import save
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json, day
from dondoc.cli.output import print_json, print_line
from dondoc.languages import Language, in_language, said

app = typer.Typer(
    no_args_is_help=True, help="Take the directory of offices from a spreadsheet, or give it back."
)


Lang = Annotated[
    Language, typer.Option("--lang", envvar="DONDOC_LANG", help="Language of what is said.")
]


@app.command("import")
def take(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.xlsx", help="The list: an Excel workbook, or CSV.")
    ],
    config: Config = DEFAULT_CONFIG,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="FILE.yaml", help="Where new offices go; a new file if there is none."
        ),
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write what the preview shows; nothing is without it.")
    ] = False,
    at: Annotated[
        date | None,
        typer.Option(
            "--at", metavar="DATE", parser=day, help="Day for which the list is right; else today."
        ),
    ] = None,
    end_missing: Annotated[
        date | None,
        typer.Option(
            "--end-missing",
            metavar="DATE",
            parser=day,
            help="Last day of the offices that the list lacks; without it they stay.",
        ),
    ] = None,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Show what a list of offices would add, change and end in the directory; --apply writes it.

    Rows that are not sure are left out and explained. Exits with 3 when something waits for a
    person: a difference that was not applied, or a row that was left out.

    Example: dondoc directory import danh-ba.xlsx --config config/dondoc.yaml --lang vi
    """
    from dondoc.bootstrap import SystemClock  # noqa: PLC0415
    from dondoc.cli.directory_preview import as_document, lines  # noqa: PLC0415
    from dondoc.services.directory_list import plan_import, write_import  # noqa: PLC0415
    from schedulers.calendar import local_day  # noqa: PLC0415

    on = at or local_day(SystemClock().now())
    with in_language(lang):
        content = _content(file)
        plan = plan_import(config, content, file.stem, on, into=into, end_missing=end_missing)
        written = write_import(plan) if apply and not plan.problems else ()
    if as_json:
        print_json(as_document(plan, written, lang))
    else:
        for line in lines(plan, written, lang, applied=apply):
            print_line(line)
    if plan.problems:
        raise typer.Exit(ExitCode.WRONG_USAGE)
    if plan.comparison.left_out or (plan.edits and not apply):
        raise typer.Exit(ExitCode.WAITING)


@app.command("export")
def give(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The workbook to be written.")],
    config: Config = DEFAULT_CONFIG,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that stands there.")
    ] = False,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Write the directory as the spreadsheet that offices keep; importing it changes nothing.

    Example: dondoc directory export danh-ba.xlsx --config config/dondoc.yaml
    """
    from dondoc.bootstrap import SystemClock  # noqa: PLC0415
    from dondoc.services.directory_list import export_directory  # noqa: PLC0415

    if file.exists() and not overwrite:
        raise typer.BadParameter(f"{file} stands already; give --overwrite to replace it")
    with in_language(lang):
        content, offices = export_directory(config, SystemClock().now())

    def write(stream: BinaryIO) -> None:
        stream.write(content)

    save(file, write)
    if as_json:
        print_json({"file": str(file), "offices": offices})
    else:
        counted = say("{file}: {offices} offices", file=file, offices=offices)
        print_line(said(counted, lang))


def _content(file: Path) -> bytes:
    from dondoc.settings.source import os_reason  # noqa: PLC0415
    from mappings.directory.workbook import LIMITS  # noqa: PLC0415

    try:
        with file.open("rb") as stream:
            return stream.read(LIMITS.octets + 1)
    except OSError as error:
        reason = os_reason(error)
        raise NotFound(say("{what} cannot be read: {reason}", what=file, reason=reason)) from error
