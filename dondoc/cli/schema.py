"""`dondoc schema`: the form of the configuration files, for editors."""

from typing import Annotated

import typer

from dondoc.cli.output import print_json


def schema(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND", help="dondoc, directory, campaign, calendar, rest or portal; else all."
        ),
    ] = None,
) -> None:
    """Print the JSON Schema of the configuration files, for editors that check while one types.

    Example: dondoc schema campaign > campaign.schema.json
    """
    from dondoc.settings.schema import json_schema  # noqa: PLC0415

    schemas = json_schema()
    if kind is not None and kind not in schemas:
        raise typer.BadParameter(f"there is no kind {kind!r}; there are: {', '.join(schemas)}")
    print_json(schemas if kind is None else schemas[kind])
