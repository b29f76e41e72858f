"""`dondoc version` and `dondoc --version`."""

import typer

from dondoc.cli.output import print_line


def version() -> None:
    """Print the version of Dondoc.

    Example: dondoc version
    """
    from importlib.metadata import version as installed  # noqa: PLC0415

    print_line(f"dondoc {installed('dondoc')}")


def show(wanted: bool) -> None:
    """Print the version and end, when the option was given."""
    if wanted:
        version()
        raise typer.Exit
