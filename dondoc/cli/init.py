"""`dondoc init`: a folder of configuration to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from dondoc.cli.output import print_line
from dondoc.languages import Language, in_language

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is new or empty.")]
Lang = Annotated[
    Language, typer.Option("--lang", envvar="DONDOC_LANG", help="Language of the comments.")
]


def init(folder: Folder, lang: Lang = Language.EN) -> None:
    """Write a commented configuration to begin with: what is to be filled in is left empty.

    Days off, schemas for editors and a key for the reply tokens are made as well. Nothing that is
    there is overwritten.

    Example: dondoc init /etc/dondoc --lang vi
    """
    from dondoc.settings.starter import lay_out  # noqa: PLC0415

    with in_language(lang):
        lay_out(folder, lang)
    vietnamese = f" --lang {lang}" if lang is not Language.EN else ""
    print_line(f"{folder / 'dondoc.yaml'}")
    print_line(f"dondoc check --config {folder}{vietnamese}")
